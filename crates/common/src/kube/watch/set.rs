//! Many who follow few objects each, over one watch per kind.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Event, FIRST_PAUSE, LONGEST_PAUSE, Target};
use crate::kube::{Connection, Error, ObjectId};

/// What happened to an object that somebody follows.
#[derive(Debug, Clone)]
pub enum Change<K> {
    /// It exists in this form (without managed fields).
    Present {
        /// Who follows it.
        key: K,
        /// Which object.
        id: ObjectId,
        /// The object.
        object: Arc<Value>,
    },
    /// It is gone, or was not there when the kind was listed.
    Absent {
        /// Who follows it.
        key: K,
        /// Which object.
        id: ObjectId,
    },
    /// The kind cannot be followed at the moment; told again with every attempt.
    Blind {
        /// Everyone who follows an object of the kind.
        keys: Vec<K>,
        /// Why.
        error: Error,
    },
}

/// Kinds are followed as a whole, over all namespaces, for as long as somebody follows one of their objects.
///
/// Subscribe before reading or applying an object: what happens after that is told. For a kind that is not
/// followed yet its present state is told as well, an object that does not exist as absent. An object is told as
/// it is followed, not as it was: several quick changes may be told as one.
pub struct WatchSet<K> {
    shared: Arc<Shared<K>>,
}

struct Shared<K> {
    connection: Connection,
    label_selector: Option<String>,
    sender: mpsc::UnboundedSender<Change<K>>,
    state: Mutex<State<K>>,
    stop: CancellationToken,
}

struct State<K> {
    subscribers: HashMap<K, HashSet<ObjectId>>,
    followers: HashMap<ObjectId, HashSet<K>>,
    kinds: HashMap<Kind, Follow>,
}

type Kind = (String, String);

struct Follow {
    /// Followed objects of this kind.
    objects: HashSet<ObjectId>,
    stop: CancellationToken,
}

fn kind(id: &ObjectId) -> Kind {
    (id.api_version.clone(), id.kind.clone())
}

impl<K: Clone + Eq + Hash + Send + Sync + 'static> WatchSet<K> {
    /// Nothing is followed yet. `label_selector` narrows what the server sends; followed objects must match it.
    pub fn new(
        connection: Connection,
        label_selector: Option<String>,
        sender: mpsc::UnboundedSender<Change<K>>,
    ) -> Self {
        let state = State {
            subscribers: HashMap::new(),
            followers: HashMap::new(),
            kinds: HashMap::new(),
        };
        Self {
            shared: Arc::new(Shared {
                connection,
                label_selector,
                sender,
                state: Mutex::new(state),
                stop: CancellationToken::new(),
            }),
        }
    }

    /// Makes these the objects that `key` follows, in place of those before. Identities must be full
    /// ([`Connection::identify`]).
    pub fn subscribe(&self, key: &K, objects: impl IntoIterator<Item = ObjectId>) {
        let objects: HashSet<_> = objects.into_iter().collect();
        let started = {
            let mut state = self.shared.state.lock();
            let before = state
                .subscribers
                .insert(key.clone(), objects.clone())
                .unwrap_or_default();
            let started = objects
                .difference(&before)
                .filter_map(|id| state.add(key, id, &self.shared.stop));
            let started: Vec<_> = started.collect();
            for id in before.difference(&objects) {
                state.remove(key, id);
            }
            started
        };
        for (kind, stop) in started {
            tokio::spawn(follow(Arc::clone(&self.shared), kind, stop));
        }
    }

    /// Follows nothing for `key` any more; kinds that nobody needs are no longer watched.
    pub fn unsubscribe(&self, key: &K) {
        let mut state = self.shared.state.lock();
        for id in state.subscribers.remove(key).unwrap_or_default() {
            state.remove(key, &id);
        }
    }

    /// Kinds that are being watched.
    pub fn watched_kinds(&self) -> usize {
        self.shared.state.lock().kinds.len()
    }

    /// Whether nobody follows anything.
    pub fn is_idle(&self) -> bool {
        self.shared.state.lock().subscribers.is_empty()
    }
}

impl<K> Drop for WatchSet<K> {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

impl<K: Clone + Eq + Hash> State<K> {
    /// Gives the kind if it has to be watched from now on.
    fn add(&mut self, key: &K, id: &ObjectId, stop: &CancellationToken) -> Option<(Kind, CancellationToken)> {
        self.followers.entry(id.clone()).or_default().insert(key.clone());
        let kind = kind(id);
        if let Some(follow) = self.kinds.get_mut(&kind) {
            follow.objects.insert(id.clone());
            return None;
        }
        let stop = stop.child_token();
        let follow = Follow {
            objects: HashSet::from([id.clone()]),
            stop: stop.clone(),
        };
        self.kinds.insert(kind.clone(), follow);
        Some((kind, stop))
    }

    fn remove(&mut self, key: &K, id: &ObjectId) {
        let Some(keys) = self.followers.get_mut(id) else {
            return;
        };
        keys.remove(key);
        if !keys.is_empty() {
            return;
        }
        self.followers.remove(id);
        let kind = kind(id);
        if let Some(follow) = self.kinds.get_mut(&kind) {
            follow.objects.remove(id);
            if follow.objects.is_empty() {
                follow.stop.cancel();
                self.kinds.remove(&kind);
            }
        }
    }

    fn keys(&self, id: &ObjectId) -> Vec<K> {
        self.followers.get(id).into_iter().flatten().cloned().collect()
    }
}

/// Watches one kind until nobody needs it.
async fn follow<K: Clone + Eq + Hash + Send + Sync>(
    shared: Arc<Shared<K>>,
    kind: Kind,
    stop: CancellationToken,
) {
    let Some(resource) = stop.run_until_cancelled(resolve(&shared, &kind)).await else {
        return;
    };
    let target = Target {
        resource,
        namespace: None,
        label_selector: shared.label_selector.clone(),
    };
    let mut events = shared.connection.watch(target, stop.clone());
    let mut listed = None;
    while let Some(event) = events.recv().await {
        if stop.is_cancelled() {
            return;
        }
        shared.take(&kind, event, &mut listed);
    }
}

/// The kind may come later, with its definition.
async fn resolve<K: Clone + Eq + Hash>(shared: &Shared<K>, kind: &Kind) -> crate::kube::Resource {
    let mut pause: Duration = FIRST_PAUSE;
    loop {
        match shared.connection.resolve(&kind.0, &kind.1).await {
            Ok(resource) => return resource,
            Err(error) => shared.blind(kind, error),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

impl<K: Clone + Eq + Hash> Shared<K> {
    fn take(&self, kind: &Kind, event: Event, listed: &mut Option<HashSet<ObjectId>>) {
        match event {
            Event::Listing => *listed = Some(HashSet::new()),
            Event::Listed => self.missing(kind, &listed.take().unwrap_or_default()),
            Event::Restored => {}
            Event::Deleted(id) => self.absent(&id),
            Event::Failed(error) => self.blind(kind, error),
            Event::Applied(object) => {
                if let Ok(id) = ObjectId::of(&object) {
                    self.present(&id, &object);
                    if let Some(listed) = listed {
                        listed.insert(id);
                    }
                }
            }
        }
    }

    fn present(&self, id: &ObjectId, object: &Arc<Value>) {
        for key in self.state.lock().keys(id) {
            self.tell(Change::Present {
                key,
                id: id.clone(),
                object: Arc::clone(object),
            });
        }
    }

    fn absent(&self, id: &ObjectId) {
        for key in self.state.lock().keys(id) {
            self.tell(Change::Absent { key, id: id.clone() });
        }
    }

    fn missing(&self, kind: &Kind, listed: &HashSet<ObjectId>) {
        let state = self.state.lock();
        let followed = state.kinds.get(kind).map(|follow| &follow.objects);
        let missing: Vec<_> = followed
            .into_iter()
            .flatten()
            .filter(|id| !listed.contains(*id))
            .cloned()
            .collect();
        drop(state);
        for id in missing {
            self.absent(&id);
        }
    }

    fn blind(&self, kind: &Kind, error: Error) {
        let state = self.state.lock();
        let followed = state.kinds.get(kind).map(|follow| &follow.objects);
        let keys: HashSet<K> = followed
            .into_iter()
            .flatten()
            .flat_map(|id| state.keys(id))
            .collect();
        drop(state);
        let keys = keys.into_iter().collect();
        self.tell(Change::Blind { keys, error });
    }

    /// Without a receiver there is nobody to tell.
    fn tell(&self, change: Change<K>) {
        let _ = self.sender.send(change);
    }
}
