//! Ports of loopback that nobody listens on.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

use anyhow::{Result, bail};

/// The first free port of a range that is not taken; from now on it is. Ranges of labs lie below the one
/// that the kernel hands out to outgoing connections.
pub(crate) fn free(range: Range<u16>, taken: &mut BTreeSet<u16>) -> Result<u16> {
    let (first, last) = (range.start, range.end);
    for port in range {
        if !taken.contains(&port) && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            taken.insert(port);
            return Ok(port);
        }
    }
    bail!("no port between {first} and {last} is free")
}
