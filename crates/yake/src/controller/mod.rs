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
mod worker;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use common::clock::Clock;
use common::kube::{ApplyOptions, Connection, Error, Event, ObjectId, Resource, Scope, Target};
use common::reconcile::{Queue, QueueOptions, Runner, RunnerOptions};
use tokio_util::sync::CancellationToken;

use crate::api::{definition, names};
pub use figures::Figures;
use worker::Worker;

/// A landscape: namespace and name.
pub(crate) type Key = (String, String);

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

/// The resource of landscapes.
pub(crate) fn landscapes() -> Resource {
    Resource::new(
        names::API_VERSION,
        names::LANDSCAPE,
        "landscapes",
        Scope::Namespaced,
    )
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
    tokio::spawn(watch(
        connection,
        options.namespace.clone(),
        queue.clone(),
        stop.clone(),
    ));
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

/// Adds landscapes that change to the queue.
async fn watch(
    connection: Connection,
    namespace: Option<String>,
    queue: Queue<Key>,
    stop: CancellationToken,
) {
    let target = Target {
        resource: landscapes(),
        namespace,
        label_selector: None,
    };
    let mut events = connection.watch(target, stop);
    while let Some(event) = events.recv().await {
        let id = match event {
            Event::Applied(object) => ObjectId::of(&object).ok(),
            Event::Deleted(id) => Some(id),
            Event::Failed(error) => {
                tracing::warn!(%error, "landscapes cannot be followed");
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
            queue.add((namespace, name));
        }
    }
}
