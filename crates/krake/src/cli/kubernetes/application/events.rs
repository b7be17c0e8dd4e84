//! `krake kube app events`.

use crate::api::Application;
use crate::cli::error::CliError;
use crate::cli::options::GetOptions;
use crate::cli::session::Session;

/// Runs the command.
pub(super) async fn run(session: &Session, options: GetOptions) -> Result<(), CliError> {
    let namespace = session.namespace_for::<Application>(options.namespace.namespace);
    let events = session
        .client
        .events::<Application>(namespace.as_deref(), &options.name)
        .await?;
    session.show_events(&events, options.output.format)
}
