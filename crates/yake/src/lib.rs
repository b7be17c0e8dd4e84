//! Yake: keeps Gardener landscapes as Git says.
//!
//! [`build`] makes objects of a folder of manifests and overlays, [`landscape`] judges what was observed of a
//! landscape and plans its upgrades, [`mask`] says what may be shown of secrets, [`secrets`] finds those in the clear:
//! all of these are pure. [`observe`] reads clusters, [`source`] takes what a repository holds at a revision, [`api`] is
//! what people write, [`cli`] the command line.

pub mod api;
pub mod build;
pub mod check;
pub mod cli;
pub mod controller;
pub mod init;
pub mod landscape;
pub mod mask;
pub mod observe;
pub mod secrets;
pub mod source;
pub mod survey;
pub mod sync;
pub mod upgrade;
