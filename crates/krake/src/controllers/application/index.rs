//! Applications by uid: whose an object on a cluster is.

use std::collections::HashMap;
use std::sync::Arc;

use crate::api::Application;
use crate::client::{Change, ObjectKey};

/// Keys by uid.
pub(super) struct Index {
    keys: HashMap<String, ObjectKey>,
}

impl Index {
    /// Of the applications that there are.
    pub(super) fn of(applications: &[Arc<Application>]) -> Self {
        let entry = |application: &Arc<Application>| {
            (application.metadata.uid.clone(), ObjectKey::of(&**application))
        };
        Self {
            keys: applications.iter().map(entry).collect(),
        }
    }

    /// Follows a change.
    pub(super) fn follow(&mut self, change: &Change<Application>) {
        if let Some(old) = &change.old {
            self.keys.remove(&old.metadata.uid);
        }
        if let Some(new) = &change.new {
            self.keys.insert(new.metadata.uid.clone(), change.key.clone());
        }
    }

    /// The application with a uid.
    pub(super) fn get(&self, uid: &str) -> Option<ObjectKey> {
        self.keys.get(uid).cloned()
    }
}
