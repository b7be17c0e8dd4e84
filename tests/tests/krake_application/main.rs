//! Applications on real clusters: created, kept, changed, moved and removed, whatever happens in between.

#![cfg(test)]

mod backup;
mod confined;
mod deletion;
mod drift;
mod krake;
mod life;
mod moves;
mod ports;
mod power;
mod restarts;
mod whole;
