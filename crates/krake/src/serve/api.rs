//! The API of a process: the embedded store, its first objects, and the routes over it.

use std::sync::Arc;

use common::http::Health;
use tokio_util::sync::CancellationToken;

use super::access::AuthorizationMode;
use super::app::ServeError;
use super::bootstrap::{self, BootstrapFile};
use super::config::{Config, Surroundings};
use super::{DATABASE, default_data_dir, scheduling};
use crate::server::{self, Authentication, Authorization};
use crate::store::{EmbeddedOptions, EmbeddedStore};

/// Opens the store, puts the first objects there and makes the API over it.
pub(super) async fn open(
    config: &Config,
    surroundings: &Surroundings,
    first: &[BootstrapFile],
    health: &Health,
    stop: CancellationToken,
) -> Result<axum::Router, ServeError> {
    let store = Arc::new(open_store(config, surroundings)?);
    bootstrap::store(&*store, first, config.bootstrap.existing(), (surroundings.now)()).await?;
    let checked = store.clone();
    health.add("store", move || checked.check().map_err(|error| error.chain()));
    warn_if_open(config);
    let options = options(config, surroundings, stop);
    Ok(server::App::new(store, options).router())
}

fn options(config: &Config, surroundings: &Surroundings, stop: CancellationToken) -> server::Options {
    let mut options = server::Options::new(surroundings.now);
    options.stop = stop;
    options.scheduling = scheduling::told(config);
    options.authentication = Authentication {
        static_user: config.static_user(),
        allow_anonymous: config.authentication.allow_anonymous,
    };
    options.authorization = match config.authorization {
        AuthorizationMode::AlwaysAllow => Authorization::AlwaysAllow,
        AuthorizationMode::AlwaysDeny => Authorization::AlwaysDeny,
        AuthorizationMode::Rbac => Authorization::Rbac,
    };
    if let Some(origin) = &config.authentication.cors_origin {
        options.cors_origin.clone_from(origin);
    }
    if let Some(base) = &config.docs.problem_base_url {
        options.problem_base.clone_from(base);
    }
    options
}

/// Everybody who reaches the address is an administrator: fine on loopback, and nowhere else.
fn warn_if_open(config: &Config) {
    let address = config.address();
    let is_loopback = ["127.", "localhost:", "[::1]"]
        .iter()
        .any(|local| address.starts_with(local));
    if !is_loopback && config.authorization == AuthorizationMode::AlwaysAllow {
        tracing::warn!(%address, "everybody who reaches this address may do everything; see --authorization and --client-ca");
    }
}

fn open_store(config: &Config, surroundings: &Surroundings) -> Result<EmbeddedStore, ServeError> {
    let directory = config
        .data_dir
        .clone()
        .unwrap_or_else(|| default_data_dir(surroundings.data_home.clone()));
    std::fs::create_dir_all(&directory).map_err(|source| ServeError::DataDir {
        path: directory.clone(),
        source,
    })?;
    let not_before = u64::try_from((surroundings.now)().as_microsecond()).unwrap_or_default();
    Ok(EmbeddedStore::open(&EmbeddedOptions::new(
        directory.join(DATABASE),
        not_before,
    ))?)
}
