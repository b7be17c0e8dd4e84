//! One cache per kind for all controllers of a process.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::{Cache, Client};
use crate::api::Kind;

/// Starts a cache at its first use and shares it from then on. Cheap to clone.
#[derive(Clone)]
pub struct Caches {
    client: Client,
    stop: CancellationToken,
    started: Arc<Mutex<HashMap<TypeId, Box<dyn Any + Send + Sync>>>>,
}

impl Caches {
    /// Caches that read with `client` until `stop`.
    pub fn new(client: Client, stop: CancellationToken) -> Self {
        Self {
            client,
            stop,
            started: Arc::default(),
        }
    }

    /// The cache of a kind.
    pub fn of<K: Kind>(&self) -> Cache<K> {
        let mut started = self.started.lock();
        if let Some(cache) = started
            .get(&TypeId::of::<K>())
            .and_then(|cache| cache.downcast_ref::<Cache<K>>())
        {
            return cache.clone();
        }
        let cache = Cache::<K>::start(self.client.clone(), self.stop.clone());
        started.insert(TypeId::of::<K>(), Box::new(cache.clone()));
        cache
    }
}
