//! Debian's sshd, with what it takes to run it as somebody without an account: a library that it needs and that small
//! images lack, and one that tells it of users that the machine does not know.

use std::path::PathBuf;

use anyhow::Result;

use crate::places::Places;
use crate::setup::debian;

const PACKAGES: [(&str, &str); 4] = [
    ("openssh-server", "a real git server behind ssh, for tests"),
    ("openssh-client", "keys for it"),
    ("libwrap0", "it needs this library"),
    ("libnss-wrapper", "it runs without an account of the machine"),
];

/// The folder in which each package is unpacked under its name.
pub(super) fn ensure(places: &Places) -> Result<PathBuf> {
    for (package, why) in PACKAGES {
        debian::program(places, package, "", why)?;
    }
    Ok(places.cache.join("debian"))
}
