//! `common::kube` against real API servers.

mod apply;
mod exact;
mod health;
mod hostile;
mod space;
mod watch;
