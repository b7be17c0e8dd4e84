//! One cache per kind for all controllers of a process.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::{Cache, Client};
use crate::api::Kind;

/// Starts a cache at its first use and shares it from then on. Cheap to clone; clones count as one user.
#[derive(Clone)]
pub struct Caches {
    client: Client,
    stop: CancellationToken,
    started: Arc<Mutex<HashMap<TypeId, Box<dyn Any + Send + Sync>>>>,
    /// By kind, the caches that this user asked for.
    used: Arc<Mutex<BTreeMap<&'static str, Look>>>,
}

/// A look at a cache, whatever its kind.
struct Look {
    is_synced: Box<dyn Fn() -> bool + Send + Sync>,
    trouble: Box<dyn Fn() -> Option<String> + Send + Sync>,
}

impl Look {
    fn at<K: Kind>(cache: &Cache<K>) -> Self {
        let (one, other) = (cache.clone(), cache.clone());
        Self {
            is_synced: Box::new(move || one.is_synced()),
            trouble: Box::new(move || other.trouble()),
        }
    }
}

impl Caches {
    /// Caches that read with `client` until `stop`.
    pub fn new(client: Client, stop: CancellationToken) -> Self {
        Self {
            client,
            stop,
            started: Arc::default(),
            used: Arc::default(),
        }
    }

    /// The same caches for another user.
    #[must_use]
    pub fn for_another(&self) -> Self {
        Self {
            used: Arc::default(),
            ..self.clone()
        }
    }

    /// The cache of a kind.
    pub fn of<K: Kind>(&self) -> Cache<K> {
        let cache = self.shared::<K>();
        self.used
            .lock()
            .entry(K::KIND)
            .or_insert_with(|| Look::at(&cache));
        cache
    }

    fn shared<K: Kind>(&self) -> Cache<K> {
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

    /// Whether the first list of every kind that this user asked for is complete; else what is missing.
    pub fn check_synced(&self) -> Result<(), String> {
        let used = self.used.lock();
        if used.is_empty() {
            return Err("is being started".to_owned());
        }
        let unsynced = used.iter().filter(|(_, look)| !(look.is_synced)());
        let missing: Vec<_> = unsynced.map(|(kind, _)| *kind).collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(format!("waits for the first list of {}", missing.join(", ")))
        }
    }

    /// Whether the API answers to this user; else what it or the network says.
    pub fn check_reachable(&self) -> Result<(), String> {
        let used = self.used.lock();
        let trouble = used.values().find_map(|look| (look.trouble)());
        trouble.map_or(Ok(()), Err)
    }
}
