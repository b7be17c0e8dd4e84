//! `cargo xtask test`: all that CI runs. Cheap checks come first; the lab's programs are built beside them
//! from the start, since nothing takes longer on a bare machine.

use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::labs::kubernetes::{self, Programs};
use crate::labs::programs::Set;
use crate::labs::servers;
use crate::places::Places;
use crate::setup::{self, Tool};
use crate::{child, demo, docs, interrupt, say};

/// What to check.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only these checks [default: all]
    #[arg(long, value_name = "CHECK")]
    only: Vec<Check>,
    /// Leave the lab running for the next test
    #[arg(long)]
    keep_lab: bool,
    /// For nextest: names of tests, filters
    #[arg(last = true)]
    nextest: Vec<String>,
}

/// Stories, and what CI's run leaves out.
#[derive(Debug, Args)]
pub(crate) struct EndToEnd {
    /// Also all tests marked as heavy, of every package
    #[arg(long)]
    all: bool,
    /// Leave the lab running for the next test
    #[arg(long)]
    keep_lab: bool,
    /// For nextest: names of tests, filters
    #[arg(last = true)]
    nextest: Vec<String>,
}

/// The checks, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Check {
    /// Formatted as rustfmt does it
    Format,
    /// Bans, licences and sources of dependencies
    Deny,
    /// Lints, as errors
    Clippy,
    /// API documents without a warning
    Rustdoc,
    /// Generated reference pages are up to date
    Docs,
    /// Tests are built
    Build,
    /// Tests, with the lab
    Test,
    /// Examples in API documents
    Doctest,
    /// The demos, each of whose claims has to hold
    Demo,
}

impl Check {
    fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Deny => "deny",
            Self::Clippy => "clippy",
            Self::Rustdoc => "rustdoc",
            Self::Docs => "docs",
            Self::Build => "build",
            Self::Test => "test",
            Self::Doctest => "doctest",
            Self::Demo => "demo",
        }
    }
}

/// Runs the checks, all of them even if one fails, and says at the end what each took.
pub(crate) fn run(places: &Places, arguments: &Arguments) -> Result<()> {
    let wanted = |check: &Check| arguments.only.is_empty() || arguments.only.contains(check);
    let checks = Check::value_variants()
        .iter()
        .copied()
        .filter(wanted)
        .collect::<Vec<_>>();
    let run = Run::new(places, arguments.keep_lab)?;
    setup::fetch(places)?;
    let outcomes = thread::scope(|scope| {
        if checks.contains(&Check::Test) {
            // Its error, if any, is told by the check that needs the programs.
            scope.spawn(|| build_programs(places));
        }
        checks
            .iter()
            .map(|check| run.timed(*check, &arguments.nextest))
            .collect::<Vec<_>>()
    });
    run.end_lab()?;
    interrupt::check()?;
    tell(&outcomes)
}

/// Builds what tests compare with and run against; returns where the real kustomize is.
fn build_programs(places: &Places) -> Result<PathBuf> {
    Programs::build(places)?;
    Set::Sops.ensure(places)?;
    Set::Sshd.ensure(places)?;
    Ok(Set::Kustomize.ensure(places)?.join("kustomize"))
}

/// Runs the stories against the lab.
pub(crate) fn run_stories(places: &Places, arguments: &EndToEnd) -> Result<()> {
    let run = Run::new(places, arguments.keep_lab)?;
    // Stories start the programs themselves, which no test of their package depends on.
    run.cargo(&[
        "build",
        "--locked",
        "--quiet",
        "--package",
        "alasca-krake",
        "--package",
        "alasca-yake",
        "--bins",
    ])?;
    let outcomes = selections(arguments.all)
        .into_iter()
        .map(|selection| {
            interrupt::check()?;
            let selection = selection.iter().map(|&argument| argument.to_owned());
            let more = selection.chain(arguments.nextest.iter().cloned());
            run.test("e2e", &more.collect::<Vec<_>>())
        })
        .collect::<Vec<_>>();
    run.end_lab()?;
    outcomes.into_iter().collect()
}

/// What nextest is told, run by run: it cannot say "of one package all, of the others those that are ignored".
/// A name that somebody asks for may well be found by one of the runs only.
fn selections(all: bool) -> Vec<&'static [&'static str]> {
    if all {
        vec![
            &["--package=alasca-tests", "--run-ignored=all", "--no-tests=pass"],
            &[
                "--workspace",
                "--exclude=alasca-tests",
                "--run-ignored=only",
                "--no-tests=pass",
            ],
        ]
    } else {
        vec![&["--package=alasca-tests"]]
    }
}

struct Outcome {
    check: Check,
    took: Duration,
    result: Result<()>,
}

fn tell(outcomes: &[Outcome]) -> Result<()> {
    let row = |outcome: &Outcome| {
        let verdict = if outcome.result.is_ok() { "ok" } else { "FAILED" };
        vec![
            outcome.check.name().to_owned(),
            verdict.to_owned(),
            say::spoken(outcome.took),
        ]
    };
    say::line(say::table(
        &["CHECK", "RESULT", "TOOK"],
        &outcomes.iter().map(row).collect::<Vec<_>>(),
    ));
    let failed = outcomes.iter().filter(|outcome| outcome.result.is_err());
    let failed = failed.map(|outcome| outcome.check.name()).collect::<Vec<_>>();
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

/// One run and what it has to put back.
struct Run<'a> {
    places: &'a Places,
    /// A lab that ran before is somebody's: it is used and left as it is.
    ends_lab: bool,
}

impl<'a> Run<'a> {
    fn new(places: &'a Places, keep_lab: bool) -> Result<Self> {
        Ok(Self {
            places,
            ends_lab: !keep_lab && kubernetes::Report::now(places)?.clusters.is_empty(),
        })
    }

    fn end_lab(&self) -> Result<()> {
        if self.ends_lab {
            servers::down_all(self.places)?;
            if !kubernetes::Report::now(self.places)?.clusters.is_empty() {
                kubernetes::down(self.places, &[])?;
            }
        }
        Ok(())
    }

    fn timed(&self, check: Check, nextest: &[String]) -> Outcome {
        say::line(format_args!("==> {}", check.name()));
        let start = Instant::now();
        let result = interrupt::check().and_then(|()| self.check(check, nextest));
        if let Err(error) = &result {
            say::failure(error);
        }
        Outcome {
            check,
            took: start.elapsed(),
            result,
        }
    }

    fn check(&self, check: Check, nextest: &[String]) -> Result<()> {
        match check {
            Check::Format => self.cargo(&["fmt", "--all", "--check"]),
            Check::Deny => self.deny(),
            Check::Clippy => self.cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--locked",
                "--quiet",
                "--",
                "--deny",
                "warnings",
            ]),
            Check::Rustdoc => self.rustdoc(),
            Check::Docs => docs::check(self.places),
            Check::Build => self
                .nextest(&["--workspace", "--locked", "--no-run"])
                .and_then(|mut run| child::run(&mut run)),
            Check::Test => {
                let more = std::iter::once("--workspace".to_owned()).chain(nextest.iter().cloned());
                self.test("ci", &more.collect::<Vec<_>>())
            }
            Check::Doctest => self.cargo(&["test", "--doc", "--workspace", "--locked", "--quiet"]),
            Check::Demo => demo::tell_all(self.places),
        }
    }

    fn cargo(&self, arguments: &[&str]) -> Result<()> {
        child::run(self.places.cargo().args(arguments))
    }

    fn deny(&self) -> Result<()> {
        let mut deny = self.places.program(&Tool::Deny.ensure(self.places)?);
        // cargo-deny asks cargo for the graph by the name in CARGO, or in PATH.
        child::run(deny.args([
            "--offline",
            "--all-features",
            "check",
            "--hide-inclusion-graph",
            "bans",
            "licenses",
            "sources",
        ]))
    }

    /// Private items too: these documents are read by those who work here.
    fn rustdoc(&self) -> Result<()> {
        let mut rustdoc = self.places.cargo();
        rustdoc.args([
            "doc",
            "--workspace",
            "--no-deps",
            "--document-private-items",
            "--locked",
            "--quiet",
        ]);
        child::run(rustdoc.env("RUSTDOCFLAGS", "--deny warnings"))
    }

    fn test(&self, profile: &str, more: &[String]) -> Result<()> {
        // Not in the first test that asks: it would take longer than a test may.
        let kustomize = build_programs(self.places)?;
        let lab = kubernetes::up(self.places, &kubernetes::Up::default())?.lab;
        let mut run = self.nextest(&["--locked", "--profile", profile])?;
        run.args(more)
            .env("ALASCA_LAB", lab)
            .env("ALASCA_XTASK", &self.places.xtask)
            .env("ALASCA_KUSTOMIZE", kustomize)
            .env("ALASCA_KRAKE_CLIENTS", setup::clients::ensure(self.places)?);
        if let Some(data) = self.conformance_data() {
            run.env("ALASCA_CONFORMANCE_DATA", data);
        }
        child::run(&mut run)
    }

    fn nextest(&self, arguments: &[&str]) -> Result<Command> {
        let mut nextest = self.places.program(&Tool::Nextest.ensure(self.places)?);
        // Snapshots are compared, never written, by a run that is to tell good from bad.
        nextest
            .args(["nextest", "run"])
            .args(arguments)
            .env("INSTA_UPDATE", "no");
        Ok(nextest)
    }

    /// Files of other projects that lie beside the checkout where somebody has laid them.
    fn conformance_data(&self) -> Option<PathBuf> {
        let data = self.places.checkout.parent()?.join("shared/data");
        data.is_dir().then_some(data)
    }
}
