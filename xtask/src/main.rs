//! Chores of the workspace: labs with real servers, the test run of CI, set-up, generated documents.
//!
//! Depends on no product crate: it starts their binaries as a user would. This file alone reads the
//! environment; everything else is told where to look through [`places::Places`].

mod bench;
mod borrowed;
mod child;
mod cli;
mod demo;
mod docs;
mod interrupt;
mod labs;
mod places;
mod process;
mod product;
mod say;
mod schemas;
mod setup;
mod test;
mod wait;

use std::env;
use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::failure(&error);
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let cli = cli::Cli::parse();
    interrupt::watch()?;
    let places = places::Places::from_environment(|name| env::var_os(name))?;
    let places = places.called(env::current_exe()?, env::vars_os().map(|(name, _)| name));
    cli.run(&places)
}
