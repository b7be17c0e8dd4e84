//! Krake: places workloads over many Kubernetes clusters, by labels and metrics.

pub mod api;
pub mod cli;
pub mod client;
pub mod controllers;
pub mod manifest;
pub mod metrics_provider;
pub mod scheduler;
pub mod serve;
pub mod server;
pub mod store;
