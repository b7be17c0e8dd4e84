//! Chores of the workspace: labs with real servers, the test run of CI, set-up, generated documents.
//!
//! Depends on no product crate: it starts their binaries as a user would. This file alone reads the
//! environment; everything else is told where to look through [`places::Places`].

mod cli;
mod labs;
mod places;
mod process;
mod say;
mod wait;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let outcome = places::Places::from_environment(|name| std::env::var_os(name))
        .and_then(|places| cli::Cli::parse().run(&places));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::failure(&error);
            ExitCode::FAILURE
        }
    }
}
