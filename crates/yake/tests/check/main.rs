//! What `yake check` finds, each on files of its own, without any cluster.

#![cfg(test)]

mod command;
mod conformance;
mod fields;
mod form;
mod given;
mod landscape;
mod secrets;
mod units;
