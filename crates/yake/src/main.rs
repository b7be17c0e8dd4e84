//! Binary of Yake: parses, runs, exits. The only place that reads the environment.

use clap::FromArgMatches;
use common::clock::Clock;
use common::ui::{ExitCode, Output};
use yake::cli::{self, Environment, Yake};

fn main() -> ExitCode {
    match Yake::from_arg_matches(&cli::command().get_matches()) {
        Ok(yake) => cli::main(yake, &environment(), &Output::process()),
        Err(error) => error.exit(),
    }
}

fn environment() -> Environment {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    Environment {
        variables: std::env::vars_os().filter_map(text).collect(),
        clock: Clock::system(),
    }
}
