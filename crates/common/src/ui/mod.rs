//! What people and scripts see of a command: tables, documents, progress, diagnostics and exit codes.
//!
//! Data goes to the standard output and nothing else does; progress, warnings and errors go to the standard
//! error output. All of it goes through one [`Output`], which knows whether a terminal is at the other end:
//! there, tables fit its width and progress moves; elsewhere both are plain lines. No other module writes
//! to a terminal.

mod errors;
mod examples;
mod exit;
mod format;
mod output;
mod progress;
mod reference;
mod secret;
mod table;

pub use examples::{command_paths, with_examples};
pub use exit::ExitCode;
pub use format::{Detail, OutputFormat, Render};
pub use output::Output;
pub use progress::Step;
pub use reference::command_line_page;
pub use table::Table;
