//! End-to-end stories, and what they share.

pub mod lab;
