//! One cluster as this controller sees it: a connection, and the objects with the application label as they are
//! there now, by watches of the kinds that were asked for.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use common::kube::{Connection, Error, Event, ObjectId, Resource, Target};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::live::Live;
use super::names::APPLICATION_LABEL;
use super::wanted::claimant;

/// How long the first list of a kind may take before the cluster counts as not answering.
const FIRST_LIST: Duration = Duration::from_secs(10);

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
    live: Mutex<Live>,
    kinds: Mutex<HashMap<Resource, watch::Sender<Progress>>>,
    /// Uids of applications of which an object changed.
    changed: mpsc::UnboundedSender<String>,
    stop: CancellationToken,
}

impl Member {
    pub(super) fn new(connection: Connection, changed: mpsc::UnboundedSender<String>) -> Self {
        let stop = CancellationToken::new();
        let shared = Shared {
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
    pub(super) async fn follow(&self, resources: &[Resource]) -> Result<(), Error> {
        let waiting: Vec<_> = resources
            .iter()
            .map(|resource| self.progress_of(resource))
            .collect();
        for mut progress in waiting {
            let known = progress.wait_for(|progress| !matches!(progress, Progress::Starting));
            let known = tokio::time::timeout(FIRST_LIST, known).await;
            let known = known
                .ok()
                .and_then(|known| known.ok().map(|progress| progress.clone()));
            match known {
                Some(Progress::Failed(error)) => return Err(error),
                Some(Progress::Starting | Progress::Listed) => {}
                // The watch hangs, or was stopped with the cluster; asking directly tells why.
                None => drop(self.connection.ping().await?),
            }
        }
        Ok(())
    }

    fn progress_of(&self, resource: &Resource) -> watch::Receiver<Progress> {
        let mut kinds = self.shared.kinds.lock();
        if let Some(sender) = kinds.get(resource) {
            return sender.subscribe();
        }
        let (sender, receiver) = watch::channel(Progress::Starting);
        kinds.insert(resource.clone(), sender);
        let target = Target {
            resource: resource.clone(),
            namespace: None,
            label_selector: Some(APPLICATION_LABEL.to_owned()),
        };
        let events = self.connection.watch(target, self.shared.stop.clone());
        tokio::spawn(follow(self.shared.clone(), resource.clone(), events));
        receiver
    }
}

async fn follow(shared: Arc<Shared>, resource: Resource, mut events: mpsc::Receiver<Event>) {
    let mut listed: Option<HashSet<ObjectId>> = None;
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
            Event::Listed => {
                let listed = listed.take().unwrap_or_default();
                let known = shared
                    .live
                    .lock()
                    .of_kind(&resource.api.api_version, &resource.api.kind);
                for id in known.into_iter().filter(|id| !listed.contains(id)) {
                    shared.take(&id, None);
                }
                shared.progress(&resource, Progress::Listed);
            }
            Event::Failed(error) => {
                tracing::debug!(kind = %resource.api.kind, %error, "cannot follow a kind, will try again");
                shared.progress(&resource, Progress::Failed(error));
            }
        }
    }
}

impl Shared {
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
    fn progress(&self, resource: &Resource, progress: Progress) {
        if let Some(sender) = self.kinds.lock().get(resource) {
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
