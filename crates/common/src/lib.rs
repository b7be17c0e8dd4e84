//! The ground that all tools stand on. No tool's name occurs here; what two tools need moves down to here.

pub mod causes;
pub mod clock;
pub mod config;
pub mod git;
pub mod graph;
pub mod http;
pub mod kube;
pub mod reconcile;
pub mod resource;
pub mod secrets;
pub mod telemetry;
pub mod ui;
