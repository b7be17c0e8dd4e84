//! Real servers of git on the loopback interface, and repositories to serve.
//!
//! [`Repository`] makes commits, branches and tags with the real git, in a folder below a root; [`Sshd`] and
//! [`HttpServer`] serve what lies below a root: Debian's sshd, and `git http-backend` behind a server of HTTP that
//! knows passwords, tokens and certificates, and can fail on demand.

mod http;
mod repository;
mod sshd;
mod tls;

pub use http::{Door, Fault, HttpServer};
pub use repository::Repository;
pub use sshd::{Key, Sshd};
pub use tls::Authority;
