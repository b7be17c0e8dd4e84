//! A kind in memory, kept up to date by list and watch.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use parking_lot::RwLock;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::{Client, Error, ListOptions, Namespaces};
use crate::api::{Kind, ResourceRef, WatchEvent, WatchEventType};

const PAGE: usize = 500;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Namespace and name; the identity of an object within its kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey {
    /// Namespace, none for global kinds.
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
}

impl ObjectKey {
    /// Key of an object.
    pub fn of<K: Kind>(object: &K) -> Self {
        let metadata = object.metadata();
        Self {
            namespace: metadata.namespace.clone(),
            name: metadata.name.clone(),
        }
    }
}

impl From<&ResourceRef> for ObjectKey {
    fn from(reference: &ResourceRef) -> Self {
        Self {
            namespace: reference.namespace.clone(),
            name: reference.name.clone(),
        }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{namespace}/{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// A change of one object: created (`old` is none), changed, or erased (`new` is none).
#[derive(Debug, Clone)]
pub struct Change<K> {
    /// Which object.
    pub key: ObjectKey,
    /// Before.
    pub old: Option<Arc<K>>,
    /// After.
    pub new: Option<Arc<K>>,
}

struct Inner<K> {
    state: RwLock<State<K>>,
    synced: watch::Sender<bool>,
    /// Why the kind cannot be followed at the moment.
    trouble: RwLock<Option<String>>,
}

struct State<K> {
    objects: BTreeMap<ObjectKey, Arc<K>>,
    subscribers: Vec<mpsc::UnboundedSender<Change<K>>>,
}

/// All objects of a kind, as of a moment ago. Cheap to clone; clones share the content.
pub struct Cache<K> {
    inner: Arc<Inner<K>>,
}

impl<K> Clone for Cache<K> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
        }
    }
}

impl<K: Kind> Cache<K> {
    /// Starts to follow the kind over all namespaces until `stop`.
    pub fn start(client: Client, stop: CancellationToken) -> Self {
        let cache = Self::empty();
        let follower = cache.clone();
        tokio::spawn(async move {
            stop.run_until_cancelled(follower.follow(client)).await;
        });
        cache
    }

    fn empty() -> Self {
        let state = RwLock::new(State {
            objects: BTreeMap::new(),
            subscribers: Vec::new(),
        });
        Self {
            inner: Arc::new(Inner {
                state,
                synced: watch::Sender::new(false),
                trouble: RwLock::default(),
            }),
        }
    }

    /// Waits until the first list is complete.
    pub async fn synced(&self) {
        let mut synced = self.inner.synced.subscribe();
        // An error means that the sender is gone, which cannot be while `self` lives.
        let _ = synced.wait_for(|synced| *synced).await;
    }

    /// Whether the first list is complete.
    pub fn is_synced(&self) -> bool {
        *self.inner.synced.borrow()
    }

    /// Why the content falls behind, if the API cannot be reached or refuses at the moment.
    pub fn trouble(&self) -> Option<String> {
        self.inner.trouble.read().clone()
    }

    /// One object.
    pub fn get(&self, key: &ObjectKey) -> Option<Arc<K>> {
        self.inner.state.read().objects.get(key).cloned()
    }

    /// All objects in key order.
    pub fn list(&self) -> Vec<Arc<K>> {
        self.inner.state.read().objects.values().cloned().collect()
    }

    /// Number of objects.
    pub fn len(&self) -> usize {
        self.inner.state.read().objects.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Tells of every change from here on, beginning with what is there already as created. Whoever
    /// subscribes has to keep receiving: what is not received is kept in memory.
    pub fn subscribe(&self) -> mpsc::UnboundedReceiver<Change<K>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut state = self.inner.state.write();
        for (key, object) in &state.objects {
            let change = Change {
                key: key.clone(),
                old: None,
                new: Some(object.clone()),
            };
            if sender.send(change).is_err() {
                return receiver;
            }
        }
        state.subscribers.push(sender);
        receiver
    }

    async fn follow(self, client: Client) {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.list_and_watch(&client, &mut pause).await {
                Err(error) if error.is_gone() => {
                    tracing::debug!(kind = K::KIND, "watch is too old, listing again");
                }
                Err(error) => {
                    tracing::warn!(kind = K::KIND, %error, "cannot follow a kind, will try again");
                    *self.inner.trouble.write() = Some(error.to_string());
                }
                Ok(()) => tracing::debug!(kind = K::KIND, "watch ended, listing again"),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn list_and_watch(&self, client: &Client, pause: &mut Duration) -> Result<(), Error> {
        let mut revision = self.replace(client).await?;
        self.inner.synced.send_replace(true);
        *pause = FIRST_PAUSE;
        loop {
            let mut events = pin!(client.watch::<K>(Namespaces::All, Some(&revision)).await?);
            *self.inner.trouble.write() = None;
            while let Some(event) = events.next().await {
                let event = match event {
                    Ok(event) => event,
                    Err(error) if error.status().is_some() => return Err(error),
                    Err(error) => {
                        tracing::debug!(kind = K::KIND, %error, "watch broke, resuming");
                        break;
                    }
                };
                if let Some(version) = &event.object.metadata().resource_version {
                    revision.clone_from(version);
                }
                self.take(event);
            }
            tokio::time::sleep(*pause).await;
        }
    }

    /// Lists everything, page by page, and reports the difference to what was known.
    async fn replace(&self, client: &Client) -> Result<String, Error> {
        let mut objects = BTreeMap::new();
        let mut options = ListOptions {
            limit: Some(PAGE),
            ..ListOptions::default()
        };
        let mut revision = None;
        loop {
            let page = client.list::<K>(Namespaces::All, &options).await?;
            // A watch from the first page's revision tells what changed while later pages were read.
            revision = revision.or(page.metadata.resource_version);
            objects.extend(
                page.items
                    .into_iter()
                    .map(|object| (ObjectKey::of(&object), Arc::new(object))),
            );
            options.continue_token = page.metadata.continue_token;
            if options.continue_token.is_none() {
                break;
            }
        }
        let gone: Vec<_> = {
            let state = self.inner.state.read();
            state
                .objects
                .keys()
                .filter(|key| !objects.contains_key(key))
                .cloned()
                .collect()
        };
        for key in gone {
            self.set(key, None);
        }
        for (key, object) in objects {
            self.set(key, Some(object));
        }
        Ok(revision.unwrap_or_default())
    }

    fn take(&self, event: WatchEvent<K>) {
        let key = ObjectKey::of(&event.object);
        match event.event_type {
            WatchEventType::Deleted => self.set(key, None),
            WatchEventType::Added | WatchEventType::Modified | WatchEventType::Error => {
                self.set(key, Some(Arc::new(event.object)));
            }
        }
    }

    fn set(&self, key: ObjectKey, new: Option<Arc<K>>) {
        let mut state = self.inner.state.write();
        let old = match &new {
            Some(object) => state.objects.insert(key.clone(), object.clone()),
            None => state.objects.remove(&key),
        };
        let version = |object: &Option<Arc<K>>| {
            object
                .as_ref()
                .and_then(|object| object.metadata().resource_version.clone())
        };
        if version(&old) == version(&new) && old.is_some() == new.is_some() {
            return;
        }
        let change = Change { key, old, new };
        state
            .subscribers
            .retain(|subscriber| subscriber.send(change.clone()).is_ok());
    }
}
