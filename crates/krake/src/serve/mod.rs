//! `krake serve`: the parts of Krake in one process, or some of them.
//!
//! Flow: a [`Config`] (file, then variables, then options) becomes an [`App`], one function per subsystem:
//! store, API, controllers. With the API in the process, controllers talk to it without a socket; without it,
//! over HTTP. A controller that ends or panics is started again after a pause and never takes the API down.

mod access;
mod api;
mod app;
mod bootstrap;
mod config;
mod controllers;
mod dropped;
mod overrides;
mod part;
mod scheduling;
mod supervise;
mod tls;

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

pub use app::{App, ServeError};
pub use bootstrap::{BootstrapConfig, BootstrapFile};
pub use config::{Config, LoadError, PREFIX, Surroundings};
pub use dropped::{DROPPED, dropped};
pub use overrides::Overrides;
pub use part::Part;

/// Serves until SIGINT or SIGTERM; the API stores the `first` objects before. `ready` is told the URL once the
/// parts are up.
pub async fn run(
    config: Config,
    surroundings: Surroundings,
    first: &[BootstrapFile],
    ready: impl FnOnce(&str),
) -> Result<(), ServeError> {
    let stop = CancellationToken::new();
    common::telemetry::stop_on_signal(&stop);
    let app = App::build(config, &surroundings, first, stop).await?;
    ready(&app.announcement());
    app.serve().await;
    Ok(())
}

/// Name of the database inside the data directory.
const DATABASE: &str = "krake.redb";

/// The data directory when nothing names one: `krake` below the user's data, else `krake-data` here.
fn default_data_dir(data_home: Option<PathBuf>) -> PathBuf {
    data_home.map_or_else(|| PathBuf::from("krake-data"), |home| home.join("krake"))
}
