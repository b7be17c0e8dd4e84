//! The API as its clients meet it: a real store, real sockets, no controllers.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod access;
mod actions;
mod blocking;
mod bodies;
mod bootstrap;
mod changes;
mod concurrency;
mod generic;
mod harness;
mod kinds;
mod lists;
mod matrix;
mod owners;
mod requests;
mod resuming;
mod secrets;
mod watch;
mod watches;
