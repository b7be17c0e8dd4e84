//! What the documents say is so: their commands work as printed, their links lead somewhere.

#![cfg(test)]

mod commands;
mod links;
mod pages;
mod serve;
