//! What named, labelled objects have in common, whatever tool they belong to.

mod names;

pub use names::{is_label_key, is_label_value, is_resource_name};
