//! The API as its clients meet it: a real store, real sockets, no controllers.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod harness;
mod smoke;
