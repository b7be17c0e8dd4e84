//! Binary of Krake: parses, runs, exits. The only place that reads the environment.

use clap::FromArgMatches;
use common::ui::{ExitCode, Output};
use krake::api::Timestamp;
use krake::cli::{self, Environment, Krake};

fn main() -> ExitCode {
    match Krake::from_arg_matches(&cli::command().get_matches()) {
        Ok(krake) => cli::main(krake, environment(), &Output::process()),
        Err(error) => error.exit(),
    }
}

fn environment() -> Environment {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    Environment {
        variables: std::env::vars_os().filter_map(text).collect(),
        now: || Timestamp::new(jiff::Timestamp::now()),
    }
}
