//! Binary of Yake: parses, runs, exits.

use clap::FromArgMatches;
use common::ui::{ExitCode, Output};
use yake::cli::{self, Yake};

fn main() -> ExitCode {
    match Yake::from_arg_matches(&cli::command().get_matches()) {
        Ok(yake) => cli::main(yake, &Output::process()),
        Err(error) => error.exit(),
    }
}
