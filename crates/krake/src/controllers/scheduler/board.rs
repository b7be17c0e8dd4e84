//! What the parts of the scheduler share.

use std::collections::HashMap;

use common::reconcile::Queue;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use crate::api::{Application, ResourceRef, Timestamp};
use crate::client::ObjectKey;
use crate::scheduler::{
    Assignments, Decision, ProviderKey, Readings, Settings, Snapshot, Waiting, decide, summary,
};

use super::readings::Source;

/// The current snapshot, the book of assignments, and the queues. Locks are held for microseconds and never
/// across an await.
pub(super) struct Board {
    settings: Settings,
    state: Mutex<State>,
    /// Applications to decide about.
    pub(super) applications: Queue<ObjectKey>,
    /// Clusters whose status is to be brought up to date.
    pub(super) clusters: Queue<ObjectKey>,
    /// Wakes the world when an input changed.
    pub(super) changed: Notify,
    /// What is to be read.
    pub(super) sources: watch::Sender<HashMap<ProviderKey, Source>>,
}

#[derive(Default)]
struct State {
    snapshot: Snapshot,
    readings: Readings,
    assignments: Assignments<ObjectKey>,
    /// Bindings that were decided and have not come back through the watch.
    on_their_way: HashMap<ObjectKey, ResourceRef>,
    waiting: HashMap<ObjectKey, Waiting>,
}

impl Board {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            state: Mutex::default(),
            applications: Queue::default(),
            clusters: Queue::default(),
            changed: Notify::new(),
            sources: watch::Sender::default(),
        }
    }

    /// The candidates of this moment.
    pub(super) fn snapshot(&self) -> Snapshot {
        self.state.lock().snapshot.clone()
    }

    /// Publishes a new snapshot and returns the namespaces in which it may change decisions.
    pub(super) fn publish(&self, snapshot: Snapshot) -> Vec<String> {
        let mut state = self.state.lock();
        let changed = snapshot.changed_since(&state.snapshot);
        state.snapshot = snapshot;
        changed
    }

    /// What the providers said.
    pub(super) fn readings(&self) -> Readings {
        self.state.lock().readings.clone()
    }

    /// Takes what a provider said and wakes the world if it is news.
    pub(super) fn take_readings(
        &self,
        provider: &ProviderKey,
        values: HashMap<String, crate::scheduler::Reading>,
    ) {
        let mut state = self.state.lock();
        if state.readings.get(provider) != Some(&values) {
            state.readings.insert(provider.clone(), values);
            self.changed.notify_one();
        }
    }

    /// Forgets what a provider said that is not read any more.
    pub(super) fn drop_readings(&self, provider: &ProviderKey) {
        self.state.lock().readings.remove(provider);
    }

    /// Decides about an application. A binding is entered into the book in the same step.
    pub(super) fn decide(&self, key: &ObjectKey, application: &Application, now: Timestamp) -> Decision {
        let mut state = self.state.lock();
        let State {
            snapshot,
            assignments,
            on_their_way,
            ..
        } = &mut *state;
        let candidates = snapshot.candidates(key.namespace.as_deref());
        let decision = decide(
            application,
            candidates,
            assignments.counts(&key.namespace),
            &self.settings,
            now,
        );
        if let Decision::Bind { cluster, .. } = &decision {
            assignments.set(key, Some(cluster));
            on_their_way.insert(key.clone(), cluster.clone());
        }
        decision
    }

    /// Says why no cluster fits.
    pub(super) fn summary(&self, application: &Application) -> String {
        let snapshot = self.snapshot();
        let candidates = snapshot.candidates(application.metadata.namespace.as_deref());
        summary(application, candidates)
    }

    /// A binding was not written: the application is where its object says.
    pub(super) fn take_back(&self, key: &ObjectKey, application: Option<&Application>) {
        let mut state = self.state.lock();
        state.on_their_way.remove(key);
        let cluster = application.and_then(|application| application.status.scheduled_to.as_ref());
        state.assignments.set(key, cluster);
    }

    /// Enters where an application is, as its object says. Objects that are older than a binding on its way
    /// say nothing.
    pub(super) fn observe(&self, key: &ObjectKey, application: Option<&Application>) {
        let mut state = self.state.lock();
        let Some(application) = application else {
            state.on_their_way.remove(key);
            state.waiting.remove(key);
            state.assignments.set(key, None);
            return;
        };
        let cluster = application.status.scheduled_to.as_ref();
        match state.on_their_way.get(key) {
            Some(expected) if cluster != Some(expected) => return,
            Some(_) => {
                state.on_their_way.remove(key);
            }
            None => {}
        }
        state.assignments.set(key, cluster);
    }

    /// Earlier attempts in vain.
    pub(super) fn waiting(&self, key: &ObjectKey) -> Option<Waiting> {
        self.state.lock().waiting.get(key).copied()
    }

    /// Remembers an attempt in vain, or that there is no series of them any more.
    pub(super) fn set_waiting(&self, key: &ObjectKey, waiting: Option<Waiting>) {
        let mut state = self.state.lock();
        match waiting {
            Some(waiting) => {
                state.waiting.insert(key.clone(), waiting);
            }
            None => {
                state.waiting.remove(key);
            }
        }
    }
}
