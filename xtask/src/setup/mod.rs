//! `cargo xtask setup`: installs what the other chores need and this machine lacks. All of it goes into the
//! cache, keyed by version; only Debian's package lists may need root, and the step says so.

pub(crate) mod clients;
pub(crate) mod debian;
mod tools;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::labs::kubernetes::Programs;
use crate::labs::programs::Set;
use crate::labs::servers::Prometheus;
use crate::places::Places;
use crate::{child, interrupt, say};

pub(crate) use tools::Tool;

type Step = (&'static str, &'static str, fn(&Places) -> Result<()>);

const STEPS: [Step; 9] = [
    ("crates", "everything after this works without the network", fetch),
    (
        "cargo-nextest",
        "runs the tests, each in a process of its own",
        |places| Tool::Nextest.ensure(places).map(drop),
    ),
    (
        "cargo-deny",
        "checks licences and sources of what we build on",
        |places| Tool::Deny.ensure(places).map(drop),
    ),
    (
        "prometheus",
        "the source of metrics in tests of the scheduler",
        |places| Prometheus::program(places).map(drop),
    ),
    (
        "krake-clients",
        "the original's command and library, for conformance tests",
        |places| clients::ensure(places).map(drop),
    ),
    (
        "kubernetes",
        "real API servers for tests and the demo",
        |places| Programs::build(places).map(drop),
    ),
    (
        "sops",
        "the real sops and age, for tests of encrypted files",
        |places| Set::Sops.ensure(places).map(drop),
    ),
    ("kustomize", "the real kustomize, for tests of builds", |places| {
        Set::Kustomize.ensure(places).map(drop)
    }),
    ("sshd", "a real git server behind ssh, for tests", |places| {
        Set::Sshd.ensure(places).map(drop)
    }),
];

/// Does every step; those that were done before take no time.
pub(crate) fn run(places: &Places) -> Result<()> {
    let mut rows = Vec::new();
    for (name, why, step) in STEPS {
        interrupt::check()?;
        let start = Instant::now();
        step(places)?;
        rows.push(vec![name.to_owned(), why.to_owned(), took(start.elapsed())]);
    }
    say::line(say::table(&["STEP", "WHY", "TOOK"], &rows));
    Ok(())
}

fn took(time: Duration) -> String {
    if time < Duration::from_millis(100) {
        "there already".to_owned()
    } else {
        say::spoken(time)
    }
}

/// Downloads the crates of the lock file.
pub(crate) fn fetch(places: &Places) -> Result<()> {
    child::run(places.cargo().args(["fetch", "--locked", "--quiet"]))
}

/// The quiet start of `pip install`: what is named, and nothing that it asks for.
fn pip_install(python: &Path) -> Command {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "--disable-pip-version-check"])
        .args(["install", "--quiet", "--no-deps"]);
    pip
}
