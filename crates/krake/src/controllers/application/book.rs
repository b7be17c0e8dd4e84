//! The applications as of now: the shared cache, and what this controller wrote and the cache has not seen yet.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::api::{Application, ApplicationStatus};
use crate::client::{Cache, Client, Error, ObjectKey};

/// Reads and writes applications without ever acting on a copy older than the own last write.
pub(super) struct Book {
    client: Client,
    cache: Cache<Application>,
    newer: Mutex<HashMap<ObjectKey, Arc<Application>>>,
}

impl Book {
    pub(super) fn new(client: Client, cache: Cache<Application>) -> Self {
        Self {
            client,
            cache,
            newer: Mutex::default(),
        }
    }

    /// The newest copy that is known.
    pub(super) fn get(&self, key: &ObjectKey) -> Option<Arc<Application>> {
        let mut newer = self.newer.lock();
        let Some(cached) = self.cache.get(key) else {
            newer.remove(key);
            return None;
        };
        match newer.get(key) {
            Some(own) if revision(own) > revision(&cached) => Some(own.clone()),
            Some(_) => {
                newer.remove(key);
                Some(cached)
            }
            None => Some(cached),
        }
    }

    /// Reads the application again after a conflict.
    pub(super) async fn read_again(&self, key: &ObjectKey) -> Result<(), Error> {
        let read = self
            .client
            .get::<Application>(key.namespace.as_deref(), &key.name)
            .await?;
        self.keep(Arc::new(read));
        Ok(())
    }

    /// Writes the status, on the condition that nobody else wrote since the copy was read. A status that is
    /// the same is not written.
    pub(super) async fn write_status(
        &self,
        application: &Arc<Application>,
        change: impl FnOnce(&mut ApplicationStatus),
    ) -> Result<Arc<Application>, Error> {
        let mut status = application.status.clone();
        change(&mut status);
        if status == application.status {
            return Ok(application.clone());
        }
        let next = Application {
            status,
            ..Application::clone(application)
        };
        Ok(self.keep(Arc::new(self.client.update_status(&next).await?)))
    }

    /// Writes metadata, on the same condition. An application that is erased by it is returned as it was.
    pub(super) async fn write(&self, next: &Application) -> Result<Arc<Application>, Error> {
        Ok(self.keep(Arc::new(self.client.update(next).await?)))
    }

    fn keep(&self, application: Arc<Application>) -> Arc<Application> {
        self.newer
            .lock()
            .insert(ObjectKey::of(&*application), application.clone());
        application
    }
}

/// Revisions are numbers that only grow, over all objects.
fn revision(application: &Application) -> u64 {
    let version = application.metadata.resource_version.as_deref();
    version
        .and_then(|version| version.parse().ok())
        .unwrap_or_default()
}
