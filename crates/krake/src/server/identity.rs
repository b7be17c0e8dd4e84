//! Who asks. The order is the original's: the static user, the client certificate, nobody.

use common::http::Peer;
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

impl Authentication {
    /// The user behind a request.
    pub(super) fn identify(&self, extensions: &Extensions) -> Result<Identity, Refusal> {
        if let Some(identity) = extensions.get::<Identity>() {
            return Ok(identity.clone());
        }
        if let Some(user) = &self.static_user {
            return Ok(Identity(user.clone()));
        }
        let peer = extensions.get::<Peer>().and_then(|peer| peer.identity.as_ref());
        if let Some(name) = peer.and_then(|peer| peer.common_name.clone()) {
            return Ok(Identity(name));
        }
        if self.allow_anonymous {
            return Ok(Identity(ANONYMOUS.to_owned()));
        }
        Err(Refusal::Unauthenticated)
    }
}
