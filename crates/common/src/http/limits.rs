//! What a client may ask of a server.

use std::time::Duration;

/// Bounds that keep one client from holding up the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Length of a request's body in bytes; more is answered with 413.
    pub body_bytes: usize,
    /// Length of a request's head in bytes (HTTP/1); more is answered with 431.
    pub head_bytes: usize,
    /// From the first byte of a request until its head is complete, and for the TLS handshake.
    pub head_time: Duration,
    /// From a request's head until its body is complete.
    pub body_time: Duration,
    /// How long a connection may stay open without a request.
    pub idle_time: Duration,
    /// How long a client may leave a response unread, once the socket's buffer is full.
    pub write_time: Duration,
    /// Open connections. Further ones wait in the kernel's queue until one closes.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            head_bytes: 64 * 1024,
            head_time: Duration::from_secs(10),
            body_time: Duration::from_secs(30),
            idle_time: Duration::from_secs(75),
            write_time: Duration::from_secs(30),
            connections: 10_000,
        }
    }
}
