//! `krake kube app delete`.

use clap::Args;

use crate::api::Application;
use crate::cli::error::CliError;
use crate::cli::options::GetOptions;
use crate::cli::session::Session;
use crate::cli::wait::{self, DeletedState, LimitOptions};
use crate::client::{DeleteOptions, Force};

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct DeleteApplication {
    #[command(flatten)]
    target: GetOptions,
    /// Erase the record at once; its objects on clusters are no longer looked after.
    #[arg(long)]
    force: bool,
    /// Wait until the deletion has come this far [default without a value: deleted].
    #[arg(long, help_heading = "Waiting", value_enum, value_name = "STATE", num_args = 0..=1, default_missing_value = "deleted")]
    wait: Option<DeletedState>,
    #[command(flatten)]
    limit: LimitOptions,
}

/// Runs the command.
pub(super) async fn run(session: &Session, options: DeleteApplication) -> Result<(), CliError> {
    let DeleteApplication {
        target,
        force,
        wait,
        limit,
    } = options;
    let namespace = session.namespace_for::<Application>(target.namespace.namespace);
    let how = DeleteOptions {
        force: if force { Force::Yes } else { Force::No },
        uid: None,
    };
    let deleted = session
        .client
        .delete::<Application>(namespace.as_deref(), &target.name, &how)
        .await?;
    let last = match wait {
        Some(DeletedState::Deleted) if !force => wait::until_gone(session, deleted, limit.timeout).await?,
        Some(DeletedState::Deleting | DeletedState::Deleted) | None => deleted,
    };
    session.show(&last, target.output.format)
}
