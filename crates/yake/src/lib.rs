//! Yake: keeps Gardener landscapes as Git says.
//!
//! [`build`] makes objects of a folder of manifests and overlays, and touches nothing but the bytes it is given;
//! [`cli`] is the command line.

pub mod build;
pub mod cli;
