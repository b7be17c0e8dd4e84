//! Folders of landscapes are brought to real API servers: what a pass does, what it refuses, what it leaves alone, and
//! what it comes to when it is cut short.

#![cfg(test)]

mod kinds;
mod leaving;
mod moves;
mod ownership;
mod passes;
mod power;
mod refusals;
mod scene;
mod trial;
mod values;
