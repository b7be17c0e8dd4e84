//! From names of files to certificates.

use std::path::PathBuf;

use common::http::Tls;

use super::app::ServeError;
use super::config::Config;
use crate::client::TlsMaterial;

/// Certificates of the API, if it speaks TLS.
pub(super) fn of_server(config: &Config) -> Result<Option<Tls>, ServeError> {
    let tls = &config.tls;
    if !tls.enabled {
        return Ok(None);
    }
    let certificate = read("tls.cert", tls.cert.as_ref())?.ok_or(ServeError::Incomplete("tls.cert"))?;
    let key = read("tls.key", tls.key.as_ref())?.ok_or(ServeError::Incomplete("tls.key"))?;
    let authority = read("tls.client_ca", tls.client_ca.as_ref())?;
    Ok(Some(Tls::from_pem(&certificate, &key, authority.as_deref())?))
}

/// Certificates of a controller for its connection to the API.
pub(super) fn of_client(config: &Config) -> Result<TlsMaterial, ServeError> {
    let tls = &config.tls;
    if !tls.enabled {
        return Ok(TlsMaterial::default());
    }
    let certificate = read("tls.client_cert", tls.client_cert.as_ref())?;
    let key = read("tls.client_key", tls.client_key.as_ref())?;
    let identity = certificate
        .zip(key)
        .map(|(certificate, key)| [certificate, key].join(&b'\n'));
    Ok(TlsMaterial {
        authorities: read("tls.client_ca", tls.client_ca.as_ref())?,
        identity,
    })
}

fn read(key: &'static str, path: Option<&PathBuf>) -> Result<Option<Vec<u8>>, ServeError> {
    let Some(path) = path else { return Ok(None) };
    let unreadable = |source| ServeError::Unreadable {
        key,
        path: path.clone(),
        source,
    };
    std::fs::read(path).map(Some).map_err(unreadable)
}
