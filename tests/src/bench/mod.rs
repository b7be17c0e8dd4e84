//! Load programs behind `cargo xtask bench`: they start the product, drive it from outside and measure.
//!
//! Nothing here knows targets or references; those stand beside the table in `xtask`. The client shares two
//! cores with what it measures, so it is as cheap as it can be: prebuilt requests, kept connections, no
//! decoding of answers that nobody reads.

mod endpoint;
mod figures;
mod load;
mod member;
mod objects;
mod observe;
mod percentile;
mod report;
mod server;

pub use figures::{Bench, Figure, Scale, run};
pub use report::Measurement;
