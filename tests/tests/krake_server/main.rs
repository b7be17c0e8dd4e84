//! `krake serve` as a process: killed at any moment, on a full disk, asked whether it is ready.

#![cfg(test)]

mod figures;
mod full_disk;
mod kills;
mod process;
mod readiness;
mod roles;
