//! Who asks. The order is the original's: the static user, the client certificate, nobody.

use http::Extensions;

use super::access::ANONYMOUS;
use super::refusal::Refusal;
use crate::api::Identity;

/// How users are recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authentication {
    /// Every request comes from this user.
    pub static_user: Option<String>,
    /// Requests without credentials are allowed, as [`ANONYMOUS`].
    pub allow_anonymous: bool,
}

impl Default for Authentication {
    /// As the original's generated configuration: one static administrator.
    fn default() -> Self {
        Self {
            static_user: Some("system:admin".to_owned()),
            allow_anonymous: false,
        }
    }
}

/// Common name of the verified client certificate of a connection; set by whoever terminates TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerName(pub String);

impl Authentication {
    /// The user behind a request.
    pub(super) fn identify(&self, extensions: &Extensions) -> Result<Identity, Refusal> {
        if let Some(identity) = extensions.get::<Identity>() {
            return Ok(identity.clone());
        }
        if let Some(user) = &self.static_user {
            return Ok(Identity(user.clone()));
        }
        if let Some(PeerName(name)) = extensions.get::<PeerName>() {
            return Ok(Identity(name.clone()));
        }
        if self.allow_anonymous {
            return Ok(Identity(ANONYMOUS.to_owned()));
        }
        Err(Refusal::Unauthenticated)
    }
}
