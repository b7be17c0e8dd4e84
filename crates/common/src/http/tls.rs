//! The server's certificate and whose clients it trusts.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// TLS of a server: versions 1.2 and 1.3, HTTP/2 and HTTP/1.1 by ALPN, ring as the provider.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ServerConfig>,
}

/// Why certificates or keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Not PEM, or not what it should hold.
    #[error("the {what} is not valid PEM")]
    Pem {
        /// Which of the inputs.
        what: &'static str,
        /// What the parser says.
        source: rustls_pki_types::pem::Error,
    },
    /// PEM without a certificate in it.
    #[error("the {what} contains no certificate")]
    NoCertificate {
        /// Which of the inputs.
        what: &'static str,
    },
    /// Certificate and key do not go together, or the key's kind is not supported.
    #[error("the server's certificate and key cannot be used")]
    Certificate(#[source] rustls::Error),
    /// The authority of the clients cannot be used.
    #[error("the client authority cannot be used")]
    ClientAuthority(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Tls {
    /// Reads the server's certificate (chain, leaf first) and key, both PEM.
    ///
    /// With a `client_authority` (PEM, one or more), clients may show a certificate and those that do are
    /// refused in the handshake unless one of these authorities has signed it. None is demanded: whether a
    /// client without one may do anything is for the routes to decide.
    pub fn from_pem(
        certificate: &[u8],
        key: &[u8],
        client_authority: Option<&[u8]>,
    ) -> Result<Self, TlsError> {
        let chain = certificates(certificate, "server's certificate")?;
        let what = "server's key";
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|source| TlsError::Pem { what, source })?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Certificate)?;
        let builder = match client_authority {
            Some(pem) => builder.with_client_cert_verifier(verifier(pem, provider)?),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder
            .with_single_cert(chain, key)
            .map_err(TlsError::Certificate)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            config: Arc::new(config),
        })
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }
}

fn certificates(pem: &[u8], what: &'static str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let parsed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = parsed.map_err(|source| TlsError::Pem { what, source })?;
    if certificates.is_empty() {
        return Err(TlsError::NoCertificate { what });
    }
    Ok(certificates)
}

fn verifier(pem: &[u8], provider: Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem, "client authority")? {
        roots
            .add(certificate)
            .map_err(|error| TlsError::ClientAuthority(error.into()))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .allow_unauthenticated()
        .build()
        .map_err(|error| TlsError::ClientAuthority(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_refused_by_name() {
        let error = Tls::from_pem(b"nonsense", b"", None).err().unwrap();
        assert_eq!(
            error.to_string(),
            "the server's certificate contains no certificate"
        );
    }
}
