//! A landscape is judged, and upgrades of it planned, on a real API server. Its Gardener is a stand-in
//! (`alasca_tests::gardener`).

#![cfg(test)]

mod health;
mod plan;
mod stage;
mod stand_in;
