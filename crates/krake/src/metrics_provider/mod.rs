//! Reads metrics from their providers. What a provider says, or why it says nothing, is a
//! [`Reading`](crate::scheduler::Reading); what the value means is the scheduler's business.
//!
//! Values of static providers stand in their objects and need no reading.

mod prometheus;

pub use prometheus::Prometheus;
