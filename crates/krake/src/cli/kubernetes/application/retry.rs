//! `krake kube app retry`.

use http::Method;

use crate::api::Application;
use crate::cli::error::CliError;
use crate::cli::options::GetOptions;
use crate::cli::session::Session;

/// Runs the command.
pub(super) async fn run(session: &Session, options: GetOptions) -> Result<(), CliError> {
    let namespace = session.namespace_for::<Application>(options.namespace.namespace);
    let path = session.path_of::<Application>(namespace.as_deref(), &options.name);
    let application: Application = session
        .client
        .request(Method::PUT, &format!("{path}/retry"), None)
        .await?;
    session.show(&application, options.output.format)
}
