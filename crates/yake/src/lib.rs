//! Yake: keeps Gardener landscapes as Git says.
//!
//! [`cli`] is the command line.

pub mod cli;
