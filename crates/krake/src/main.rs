//! Binary of Krake: parses, runs, exits. The only place that reads the environment.

use clap::FromArgMatches;
use common::ui::{ExitCode, Output};
use krake::api::Timestamp;
use krake::cli::{self, Environment, Krake};

fn main() -> ExitCode {
    let matches = cli::command().get_matches();
    let krake = match Krake::from_arg_matches(&matches) {
        Ok(krake) => krake,
        Err(error) => error.exit(),
    };
    let output = Output::process();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            output.note(&format!("error: cannot start: {error}"));
            return ExitCode::Failure;
        }
    };
    let finished = runtime.block_on(cli::run(krake, environment(), output.clone()));
    match finished {
        Ok(()) => ExitCode::Success,
        Err(error) => {
            cli::report(&output, &error);
            cli::exit_code(&error)
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
