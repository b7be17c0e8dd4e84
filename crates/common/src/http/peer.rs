//! Who is at the other end of a connection.

use std::net::SocketAddr;
use std::sync::Arc;

use x509_parser::prelude::{FromDer, X509Certificate};

/// The other end of the connection that a request came over; an extension of every request.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// Who it is, if it showed a certificate of an authority that the server trusts.
    pub identity: Option<Arc<PeerIdentity>>,
}

/// What a verified client certificate says of its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerIdentity {
    /// Common name of the subject, by convention the user's name. Certificates may lack one.
    pub common_name: Option<String>,
}

impl PeerIdentity {
    /// Reads a certificate that TLS has verified; none if it cannot be parsed.
    pub(super) fn from_certificate(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let common_name = certificate.subject().iter_common_name().next();
        let common_name = common_name.and_then(|name| name.as_str().ok()).map(str::to_owned);
        Some(Self { common_name })
    }
}
