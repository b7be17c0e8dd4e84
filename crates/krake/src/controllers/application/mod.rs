//! Applications on clusters: what the scheduler has decided is brought about, kept, moved and removed.
//!
//! Flow: a pass over one application sees where it stands ([`stage`]), compares what is wanted with what watches
//! of the clusters say, writes down what it is about to create (`status.placements`), applies and deletes, and
//! reports. It is started by changes of the application, of a cluster's record, or of one of its objects.
//!
//! Guarantees: one pass per application at a time; nothing is created that the inventory does not know, and
//! nothing leaves the inventory before it is gone; every write of the status carries the revision of the copy
//! that was decided upon; in a converged system nothing is written anywhere.
//!
//! Caveats: an application that is erased by force leaves its objects on the clusters: what was known of them is
//! erased with it. They carry the label [`names::APPLICATION_LABEL`]. An object that two applications want
//! belongs to the first, as long as there is the first.

mod applying;
mod book;
mod compare;
mod contention;
mod index;
mod inventory;
mod live;
mod member;
mod members;
mod memory;
mod moving;
pub mod names;
mod outcome;
mod placing;
mod removal;
mod report;
mod reporting;
mod stage;
mod survey;
mod triggers;
mod wanted;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use common::reconcile::{Backoff, Grouping, Queue, QueueOptions, Runner, RunnerOptions};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::book::Book;
use self::index::Index;
use self::members::Members;
use self::memory::Memories;
use self::worker::Worker;
use super::ControllerContext;
use super::recorder::Recorder;
use crate::api::{Application, Cluster};
use crate::client::ObjectKey;

/// Passes at a time. They wait for clusters most of their time.
const WORKERS: usize = 256;
/// Passes at a time for applications of one cluster, so that one that hangs leaves room for the others.
const WORKERS_PER_CLUSTER: usize = 16;
/// Pauses after failures.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_mins(2);

/// Controls applications until `stop`.
pub async fn run(context: ControllerContext, stop: CancellationToken) {
    let (applications, clusters) = (context.caches.of::<Application>(), context.caches.of::<Cluster>());
    let synced = async {
        tokio::join!(applications.synced(), clusters.synced());
    };
    if stop.run_until_cancelled(synced).await.is_none() {
        return;
    }
    let (recorder, recording) = Recorder::start(&context.client, names::EVENT_SOURCE);
    let (sender, changed) = mpsc::unbounded_channel();
    let worker = Arc::new(Worker {
        book: Book::new(context.client.clone(), applications.clone()),
        clusters: clusters.clone(),
        members: Members::new(sender),
        memories: Memories::default(),
        index: Arc::new(Mutex::new(Index::of(&applications.list()))),
        recorder,
        now: context.now.clone(),
    });
    let backoff = Backoff {
        initial: FIRST_PAUSE,
        max: LONGEST_PAUSE,
        ..Backoff::default()
    };
    let queue = Queue::new(QueueOptions {
        backoff,
        ..QueueOptions::default()
    });
    let grouped = applications.clone();
    let options = RunnerOptions {
        workers: WORKERS,
        grouping: Some(Grouping::new(WORKERS_PER_CLUSTER, move |key: &ObjectKey| {
            let application = grouped.get(key)?;
            let status = &application.status;
            let cluster = status.scheduled_to.as_ref().or(status.running_on.as_ref())?;
            Some(cluster.to_string().into())
        })),
        metrics: context.metrics.of("application"),
        ..RunnerOptions::default()
    };
    let triggers = triggers::run(worker.clone(), queue.clone(), applications, clusters, changed);
    let triggers = stop.run_until_cancelled(triggers);
    let runner = Runner::new(queue.clone(), options).run(stop.clone(), move |key| {
        let worker = worker.clone();
        async move { worker.reconcile(key).await }
    });
    tokio::join!(triggers, runner);
    recording.finish().await;
}
