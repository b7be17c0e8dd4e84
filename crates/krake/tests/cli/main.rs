//! The command line against real servers, each a process of its own.

#![cfg(test)]

mod certificates;
mod config;
mod documents;
mod errors;
mod examples;
mod explain;
mod heritage;
mod original;
mod password;
mod process;
mod serve;
mod wait;
