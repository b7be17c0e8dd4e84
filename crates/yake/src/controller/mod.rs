//! `yake run`: keeps every `Landscape` of a runtime cluster as its repository says.
//!
//! One key per landscape in a work queue. A run fetches the source if that is due, makes what the revision wants, goes
//! through the units once, writes the status, and says when to look again: at the next interval, or when an object of
//! the landscape changes, or the landscape itself. A source that cannot be fetched leaves the last good revision in
//! force, which is still kept. What is remembered here is a cache: whoever is killed and starts again finds all that
//! counts in Git and in the clusters.

mod conditions;
mod events;
mod figures;
mod follow;
mod memory;
mod source;
mod status;
mod subject;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use common::clock::Clock;
use common::kube::{ApplyOptions, Connection, Error, Event, ObjectId, Target};
use common::reconcile::{Queue, QueueOptions, Runner, RunnerOptions};
use tokio_util::sync::CancellationToken;

use crate::api::{definition, names};
pub use figures::Figures;
pub(crate) use subject::Key;
use subject::Kind;
use worker::Worker;

/// Changes within this time are dealt with together.
const DEBOUNCE: Duration = Duration::from_millis(50);

/// How the controller works.
#[derive(Debug, Clone)]
pub struct ControllerOptions {
    /// Folder of the mirrors of repositories; may be lost at any time.
    pub cache: PathBuf,
    /// Landscapes of this namespace only.
    pub namespace: Option<String>,
    /// How many landscapes are gone through at once.
    pub workers: usize,
}

/// Installs the definition of landscapes, and keeps them until `stop`.
pub async fn run(
    connection: Connection,
    options: ControllerOptions,
    clock: Clock,
    figures: Figures,
    stop: CancellationToken,
) -> Result<(), Error> {
    let apply = ApplyOptions::new(names::FIELD_MANAGER);
    connection.apply(&definition(), &apply).await?;
    until_served(&connection, &stop).await;
    let queue = Queue::new(QueueOptions {
        debounce: DEBOUNCE,
        ..QueueOptions::default()
    });
    let worker = Arc::new(Worker::new(
        connection.clone(),
        options.clone(),
        clock,
        queue.clone(),
        figures.clone(),
    ));
    tokio::spawn(follow_sources(
        connection.clone(),
        Arc::clone(&worker),
        stop.clone(),
    ));
    for kind in [Kind::Landscape, Kind::Kustomization] {
        let watch = Watch {
            connection: connection.clone(),
            kind,
            namespace: options.namespace.clone(),
            queue: queue.clone(),
        };
        tokio::spawn(watch.run(stop.clone()));
    }
    let runner = Runner::new(
        queue,
        RunnerOptions {
            workers: options.workers,
            metrics: figures.queue,
            ..RunnerOptions::default()
        },
    );
    runner
        .run(stop, move |key| {
            let worker = Arc::clone(&worker);
            async move { worker.reconcile(key).await }
        })
        .await;
    Ok(())
}

/// A definition is served a moment after it is stored.
async fn until_served(connection: &Connection, stop: &CancellationToken) {
    while connection
        .resolve(names::API_VERSION, names::LANDSCAPE)
        .await
        .is_err()
        && !stop.is_cancelled()
    {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A source of Flux that changes concerns the Kustomizations that are kept.
async fn follow_sources(connection: Connection, worker: Arc<Worker>, stop: CancellationToken) {
    let Ok(resource) = connection
        .resolve(&subject::source_version(), subject::SOURCE)
        .await
    else {
        return;
    };
    let target = Target {
        resource,
        namespace: None,
        label_selector: None,
    };
    let mut events = connection.watch(target, stop);
    while let Some(event) = events.recv().await {
        if matches!(event, Event::Applied(_)) {
            worker.look_at_kustomizations();
        }
    }
}

/// Adds objects of a kind that change to the queue.
struct Watch {
    connection: Connection,
    kind: Kind,
    namespace: Option<String>,
    queue: Queue<Key>,
}

impl Watch {
    async fn run(self, stop: CancellationToken) {
        if self.kind == Kind::Kustomization && !self.is_served().await {
            return;
        }
        let target = Target {
            resource: self.kind.resource(),
            namespace: self.namespace.clone(),
            label_selector: None,
        };
        let mut events = self.connection.watch(target, stop);
        while let Some(event) = events.recv().await {
            let id = match event {
                Event::Applied(object) => ObjectId::of(&object).ok(),
                Event::Deleted(id) => Some(id),
                Event::Failed(error) => {
                    tracing::warn!(%error, kind = self.kind.name(), "objects cannot be followed");
                    None
                }
                Event::Listing | Event::Listed | Event::Restored => None,
            };
            if let Some(ObjectId {
                namespace: Some(namespace),
                name,
                ..
            }) = id
            {
                self.queue.add(Key {
                    kind: self.kind,
                    namespace,
                    name,
                });
            }
        }
    }

    /// Clusters that Flux never saw have no Kustomizations; those that get it later are looked at after a restart.
    async fn is_served(&self) -> bool {
        let api_version = self.kind.api_version();
        let resolved = self.connection.resolve(&api_version, self.kind.name());
        resolved.await.is_ok()
    }
}
