//! `common::kube` against real API servers.

#![cfg(test)]

mod apply;
mod credentials;
mod exact;
mod health;
mod hostile;
mod space;
mod watch;
