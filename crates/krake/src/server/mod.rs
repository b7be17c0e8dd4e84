//! The HTTP API: routes, JSON and states as the original's clients know them, over any [`Store`].
//!
//! Flow of a request: who asks ([`identity`]), may they ([`access`]), what do they send
//! ([`crate::api::decode`]), what does it mean for the object ([`object`], [`action`]: pure), one
//! compare-and-swap transaction ([`mod@write`]), and the answer with its revision ([`document`]).
//!
//! All routes of all kinds come from one table ([`table`]). The router knows no sockets: `common::http` puts
//! it behind one, the client of the same process calls it directly.

mod access;
mod action;
mod blocking;
mod bootstrap;
mod call;
mod cors;
mod document;
mod events;
mod generic;
mod identity;
mod object;
mod openapi;
mod precondition;
mod problem;
mod read;
mod refusal;
mod roles;
mod routes;
mod secret;
mod selector;
mod system_roles;
mod table;
mod watch;
mod write;

use std::sync::Arc;

use axum::Router;
use common::http::Problem;
use tokio_util::sync::CancellationToken;

use self::roles::Roles;
use crate::api::{Scheduling, Timestamp};
use crate::store::Store;

pub use access::{ANONYMOUS, Authorization};
pub use bootstrap::{BootstrapError, BootstrapProblem, Bootstrapped, Existing, bootstrap};
pub use identity::Authentication;
pub use openapi::openapi;
pub use problem::DEFAULT_PROBLEM_BASE;
pub use refusal::Refusal;

/// How the API behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who is who.
    pub authentication: Authentication,
    /// Who may do what.
    pub authorization: Authorization,
    /// Origin that browsers may call from; `*` for all.
    pub cors_origin: String,
    /// URL of the page that describes problems.
    pub problem_base: String,
    /// Largest body in bytes.
    pub body_limit: usize,
    /// How the scheduler is set, as far as it is known here.
    pub scheduling: Scheduling,
    /// When it is cancelled, watches and waiting requests end.
    pub stop: CancellationToken,
    /// Tells the time.
    pub now: fn() -> Timestamp,
}

impl Options {
    /// Everybody may do everything; the time comes from `now`.
    pub fn new(now: fn() -> Timestamp) -> Self {
        Self {
            authentication: Authentication::default(),
            authorization: Authorization::default(),
            cors_origin: "*".to_owned(),
            problem_base: DEFAULT_PROBLEM_BASE.to_owned(),
            body_limit: 1 << 20,
            scheduling: Scheduling::default(),
            stop: CancellationToken::new(),
            now,
        }
    }
}

/// The API over a store. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    options: Options,
    roles: Roles,
}

impl App {
    /// An API over a store.
    pub fn new(store: Arc<dyn Store>, options: Options) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                options,
                roles: Roles::default(),
            }),
        }
    }

    /// All routes. Who asks is taken from an [`crate::api::Identity`] or a [`common::http::Peer`] among the
    /// request's extensions, neither of which can come from the network by itself.
    pub fn router(&self) -> Router {
        routes::router(self)
    }

    fn store(&self) -> &dyn Store {
        &*self.inner.store
    }

    fn options(&self) -> &Options {
        &self.inner.options
    }

    fn now(&self) -> Timestamp {
        (self.inner.options.now)()
    }

    fn problem(&self, refusal: &Refusal) -> Problem {
        problem::describe(refusal, &self.inner.options.problem_base)
    }
}
