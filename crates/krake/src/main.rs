//! Binary of Krake: parses, runs, exits. The only place that reads the environment.

use std::io;
use std::process::ExitCode;

use clap::FromArgMatches;
use krake::api::Timestamp;
use krake::cli::{self, Environment, Krake, Output};

fn main() -> ExitCode {
    let matches = cli::command().get_matches();
    let krake = match Krake::from_arg_matches(&matches) {
        Ok(krake) => krake,
        Err(error) => error.exit(),
    };
    let output = Output::new(io::stdout(), io::stderr());
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            output.note(&format!("error: cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let finished = runtime.block_on(cli::run(krake, environment(), output.clone()));
    match finished {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            cli::report(&output, &error);
            ExitCode::from(cli::exit_code(&error))
        }
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
