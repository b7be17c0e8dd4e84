//! One cluster as this controller sees it: a connection, and the objects with the application label as they are
//! there now, by watches of the kinds that were asked for.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use common::kube::{Connection, Error, Event, ObjectId, Resource, Scope, Target};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::live::Live;
use super::names::APPLICATION_LABEL;
use super::wanted::claimant;

/// How long the first list of a kind may take before the cluster counts as not answering.
const FIRST_LIST: Duration = Duration::from_secs(10);

/// What is watched: a kind, in the whole cluster or, for users who may not do that, in one namespace.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Watched {
    pub(super) resource: Resource,
    /// Where the object is that is looked for.
    pub(super) namespace: Option<String>,
}

/// How far the watch of a kind has come.
#[derive(Debug, Clone)]
enum Progress {
    Starting,
    Listed,
    Failed(Error),
}

/// A cluster.
pub(super) struct Member {
    pub(super) connection: Connection,
    shared: Arc<Shared>,
    _stop: DropGuard,
}

struct Shared {
    server: String,
    live: Mutex<Live>,
    kinds: Mutex<HashMap<Watched, watch::Sender<Progress>>>,
    /// Uids of applications of which an object changed.
    changed: mpsc::UnboundedSender<String>,
    stop: CancellationToken,
}

impl Member {
    pub(super) fn new(connection: Connection, changed: mpsc::UnboundedSender<String>) -> Self {
        let stop = CancellationToken::new();
        let shared = Shared {
            server: connection.server().to_owned(),
            live: Mutex::default(),
            kinds: Mutex::default(),
            changed,
            stop: stop.clone(),
        };
        Self {
            connection,
            shared: Arc::new(shared),
            _stop: stop.drop_guard(),
        }
    }

    /// One object; none if it is not there, or not watched.
    pub(super) fn live(&self, id: &ObjectId) -> Option<Arc<Value>> {
        self.shared.live.lock().get(id)
    }

    /// Objects with the label of an application.
    pub(super) fn objects_of(&self, uid: &str) -> Vec<ObjectId> {
        self.shared.live.lock().of(uid)
    }

    /// Takes in the answer to an own request.
    pub(super) fn note(&self, id: &ObjectId, object: Value) {
        self.shared.live.lock().set(id, Arc::new(object));
    }

    /// Takes in that an object is gone.
    pub(super) fn note_gone(&self, id: &ObjectId) {
        self.shared.live.lock().remove(id);
    }

    /// Watches these kinds, and waits until what is there of them is known.
    pub(super) async fn follow(&self, watched: &[Watched]) -> Result<(), Error> {
        let everywhere: Vec<_> = watched
            .iter()
            .map(|watched| {
                self.progress_of(Watched {
                    namespace: None,
                    ..watched.clone()
                })
            })
            .collect();
        for (progress, watched) in everywhere.into_iter().zip(watched) {
            match self.known(progress).await {
                Err(error) if is_confined(&error, &watched.resource) && watched.namespace.is_some() => {
                    self.known(self.progress_of(watched.clone())).await?;
                }
                known => known?,
            }
        }
        Ok(())
    }

    async fn known(&self, mut progress: watch::Receiver<Progress>) -> Result<(), Error> {
        let known = progress.wait_for(|progress| !matches!(progress, Progress::Starting));
        let known = tokio::time::timeout(FIRST_LIST, known).await;
        let known = known
            .ok()
            .and_then(|known| known.ok().map(|progress| progress.clone()));
        match known {
            Some(Progress::Failed(error)) => Err(error),
            Some(Progress::Starting | Progress::Listed) => Ok(()),
            // The watch hangs, or was stopped with the cluster; asking directly tells why.
            None => self.connection.ping().await.map(drop),
        }
    }

    fn progress_of(&self, watched: Watched) -> watch::Receiver<Progress> {
        let mut kinds = self.shared.kinds.lock();
        if let Some(sender) = kinds.get(&watched) {
            return sender.subscribe();
        }
        let (sender, receiver) = watch::channel(Progress::Starting);
        kinds.insert(watched.clone(), sender);
        let target = Target {
            resource: watched.resource.clone(),
            namespace: watched.namespace.clone(),
            label_selector: Some(APPLICATION_LABEL.to_owned()),
        };
        let events = self.connection.watch(target, self.shared.stop.clone());
        tokio::spawn(follow(self.shared.clone(), watched, events));
        receiver
    }
}

/// Whether a user may perhaps see in one namespace what may not be seen in all of them.
fn is_confined(error: &Error, resource: &Resource) -> bool {
    error.is_denied() && resource.scope == Scope::Namespaced
}

async fn follow(shared: Arc<Shared>, watched: Watched, mut events: mpsc::Receiver<Event>) {
    let mut listed: Option<HashSet<ObjectId>> = None;
    let mut was_complete = false;
    while let Some(event) = events.recv().await {
        match event {
            Event::Listing => listed = Some(HashSet::new()),
            Event::Applied(object) => {
                let Ok(id) = ObjectId::of(&object) else { continue };
                if let Some(listed) = &mut listed {
                    listed.insert(id.clone());
                }
                shared.take(&id, Some(object));
            }
            Event::Deleted(id) => shared.take(&id, None),
            Event::Restored => {
                tracing::warn!(server = %shared.server, "a cluster has gone back to an earlier state");
                shared.live.lock().distrust_versions();
            }
            Event::Listed => {
                let listed = listed.take().unwrap_or_default();
                for id in shared.known_of(&watched) {
                    if !listed.contains(&id) {
                        shared.take(&id, None);
                    }
                }
                shared.progress(&watched, Progress::Listed);
                was_complete = true;
            }
            Event::Failed(error) => {
                let kind = &watched.resource.api.kind;
                tracing::debug!(%kind, %error, "cannot follow a kind, will try again");
                // The watches of single namespaces take over.
                let is_over =
                    !was_complete && watched.namespace.is_none() && is_confined(&error, &watched.resource);
                shared.progress(&watched, Progress::Failed(error));
                if is_over {
                    return;
                }
            }
        }
    }
}

impl Shared {
    /// Objects that a list of what is watched should have in it.
    fn known_of(&self, watched: &Watched) -> Vec<ObjectId> {
        let api = &watched.resource.api;
        let mut known = self.live.lock().of_kind(&api.api_version, &api.kind);
        known.retain(|id| watched.namespace.is_none() || id.namespace == watched.namespace);
        known
    }

    fn take(&self, id: &ObjectId, object: Option<Arc<Value>>) {
        let concerned = {
            let mut live = self.live.lock();
            let before = live
                .get(id)
                .and_then(|object| claimant(&object).map(str::to_owned));
            let after = object.as_deref().and_then(claimant).map(str::to_owned);
            let is_changed = match object {
                Some(object) => live.set(id, object),
                None => live.remove(id),
            };
            if is_changed { [before, after] } else { [None, None] }
        };
        for uid in concerned.into_iter().flatten() {
            // Without a receiver the controller is stopping.
            let _ = self.changed.send(uid);
        }
    }

    /// A list that was complete once stays good enough: what it misses is told when the watch is back.
    fn progress(&self, watched: &Watched, progress: Progress) {
        if let Some(sender) = self.kinds.lock().get(watched) {
            sender.send_if_modified(|known| {
                let is_news = !matches!((&known, &progress), (Progress::Listed, Progress::Failed(_)));
                if is_news {
                    *known = progress;
                }
                is_news
            });
        }
    }
}
