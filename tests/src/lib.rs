//! End-to-end stories, what they share, and the load programs of the benchmarks.

pub mod bench;
pub mod confined;
pub mod gardener;
pub mod git;
pub mod lab;
pub mod programs;
pub mod relay;
