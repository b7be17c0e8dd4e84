//! Ground for HTTP servers: sockets, TLS, limits, problem documents, health and graceful stop.
//!
//! A server is an [`axum::Router`] in a [`Server`]. What the ground sees to, so that no route has to:
//!
//! - a request's body is read before the route is called, within [`Limits`]: too long is answered with 413,
//!   too slow with 408; a head that does not arrive in time is cut with 408, idle connections are closed,
//!   and so are those whose client stops reading;
//! - a client certificate becomes the [`Peer`] extension of each of its requests;
//! - a route that panics answers 500 and nobody else notices;
//! - every request is one tracing event at debug, every answer of 500 and above one at error with its cause.
//!
//! Bodies of requests are therefore never streamed; bodies of responses may be (watches). Upgrades
//! (web sockets) are not supported. What is not HTTP at all is answered by hyper itself with an empty 400.

mod activity;
mod body;
mod connection;
mod health;
mod limits;
mod metrics;
mod peer;
mod problem;
mod server;
mod service;
mod stream;
mod tls;

pub use health::{Health, operations};
pub use limits::Limits;
pub use metrics::HttpMetrics;
pub use peer::{Peer, PeerIdentity};
pub use problem::{Cause, PROBLEM_CONTENT_TYPE, Problem};
pub use server::{Bound, ServeError, Server, Stopped};
pub use tls::{Tls, TlsError};

#[cfg(test)]
mod tests;
