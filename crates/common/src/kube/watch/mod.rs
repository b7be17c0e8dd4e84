//! Following the objects of a kind: list, then watch from there, resumed after every break, listed anew only when
//! the server has forgotten the place, or has itself gone back behind it.

mod follower;
mod lines;
mod set;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::error::Error;
use super::{ObjectId, Resource};

pub use set::{Change, WatchSet};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What a watch tells. Objects come without `metadata.managedFields`, which is most of their size.
#[derive(Debug, Clone)]
pub enum Event {
    /// A list begins: all objects follow as [`Event::Applied`], then [`Event::Listed`].
    Listing,
    /// The list is complete: what was not in it does not exist.
    Listed,
    /// The server's versions have run backwards, as they do when it goes on from a backup: whatever version an
    /// object is known to have says nothing any more. A list follows.
    Restored,
    /// An object exists in this form.
    Applied(Arc<Value>),
    /// An object is gone, or no longer matches the selector.
    Deleted(ObjectId),
    /// The server cannot be followed at the moment; the watch goes on by itself.
    Failed(Error),
}

/// What is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The kind.
    pub resource: Resource,
    /// One namespace, else all.
    pub namespace: Option<String>,
    /// Labels that objects must have.
    pub label_selector: Option<String>,
}
