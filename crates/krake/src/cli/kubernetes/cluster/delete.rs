//! `krake kube cluster delete`.

use clap::Args;

use crate::api::Cluster;
use crate::cli::error::CliError;
use crate::cli::options::GetOptions;
use crate::cli::session::Session;
use crate::cli::wait::{self, LimitOptions};
use crate::client::{DeleteOptions, Force};

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct DeleteCluster {
    #[command(flatten)]
    target: GetOptions,
    /// Erase the record at once; its applications are not moved or removed.
    #[arg(long)]
    force: bool,
    /// Wait until the cluster is gone.
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    limit: LimitOptions,
}

/// Runs the command.
pub(super) async fn run(session: &Session, options: DeleteCluster) -> Result<(), CliError> {
    let DeleteCluster {
        target,
        force,
        wait,
        limit,
    } = options;
    let namespace = session.namespace_for::<Cluster>(target.namespace.namespace);
    let how = DeleteOptions {
        force: if force { Force::Yes } else { Force::No },
        uid: None,
    };
    let deleted = session
        .client
        .delete::<Cluster>(namespace.as_deref(), &target.name, &how)
        .await?;
    let last = if wait && !force {
        wait::until_gone(session, deleted, limit.timeout).await?
    } else {
        deleted
    };
    session.show(&last, target.output.format)
}
