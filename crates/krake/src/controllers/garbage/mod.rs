//! Garbage collection: what an owner's deletion means for those it owns.
//!
//! Flow: the metadata of all kinds feeds the owner [`Graph`]; every object that a change may concern is looked
//! at again, and the one [`Step`] that remains for it is taken. Deletion is marked from the top and carried
//! out from the bottom; other finalizers wait for their own controllers.
//!
//! Caveat: an owner that is erased by force while no collector runs leaves references that nobody has seen an
//! object for; they count as absent.

mod graph;
mod handler;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use common::reconcile::{Action, Backoff, Queue, QueueOptions, Runner, RunnerOptions};
use parking_lot::Mutex;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::handler::{HANDLERS, Releases, Seen, handler_of};
use super::ControllerContext;
use crate::api::{Metadata, ResourceRef};
use crate::client::{Client, Error};

pub use graph::{Graph, Step};

/// Time limit of one request to the API.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const WORKERS: usize = 16;

/// Collects until `stop`.
pub async fn run(context: ControllerContext, stop: CancellationToken) {
    let (sender, mut seen) = mpsc::unbounded_channel();
    for handler in &HANDLERS {
        let follow = (handler.follow)(&context.caches, sender.clone());
        let stop = stop.clone();
        tokio::spawn(async move { stop.run_until_cancelled(follow).await });
    }
    drop(sender);
    let collector = Collector::new(context.client);
    if stop
        .run_until_cancelled(collector.take_in_all(&mut seen))
        .await
        .is_none()
    {
        return;
    }
    let follower = {
        let (collector, stop) = (collector.clone(), stop.clone());
        async move { stop.run_until_cancelled(collector.take_in(&mut seen)).await }
    };
    let options = RunnerOptions {
        workers: WORKERS,
        metrics: context.metrics.of("gc"),
        ..RunnerOptions::default()
    };
    let runner = Runner::new(collector.queue.clone(), options).run(stop, move |reference| {
        let collector = collector.clone();
        async move { collector.collect(&reference).await }
    });
    tokio::join!(runner, follower);
}

#[derive(Clone)]
struct Collector {
    client: Client,
    queue: Queue<ResourceRef>,
    graph: Arc<Mutex<Graph>>,
    warned: Arc<Mutex<HashSet<BTreeSet<ResourceRef>>>>,
}

impl Collector {
    fn new(client: Client) -> Self {
        let backoff = Backoff {
            initial: Duration::from_millis(20),
            max: LONGEST_PAUSE,
            ..Backoff::default()
        };
        let queue = Queue::new(QueueOptions {
            backoff,
            ..QueueOptions::default()
        });
        Self {
            client,
            queue,
            graph: Arc::default(),
            warned: Arc::default(),
        }
    }

    /// Takes in what there is of every kind: before that, an owner may seem to have no dependents.
    async fn take_in_all(&self, seen: &mut UnboundedReceiver<Seen>) {
        let mut open = HANDLERS.len();
        while open > 0 {
            match seen.recv().await {
                Some(Seen::Complete) => open -= 1,
                Some(Seen::Object(reference, metadata)) => self.take(&reference, metadata.as_deref()),
                None => return,
            }
        }
    }

    async fn take_in(&self, seen: &mut UnboundedReceiver<Seen>) {
        while let Some(report) = seen.recv().await {
            if let Seen::Object(reference, metadata) = report {
                self.take(&reference, metadata.as_deref());
            }
        }
    }

    fn take(&self, reference: &ResourceRef, metadata: Option<&Metadata>) {
        let (concerned, cycle) = {
            let mut graph = self.graph.lock();
            match metadata {
                Some(metadata) => (graph.set(reference, metadata), graph.cycle_through(reference)),
                None => (graph.remove(reference), BTreeSet::new()),
            }
        };
        if !cycle.is_empty() && self.warned.lock().insert(cycle.clone()) {
            let members: Vec<_> = cycle.iter().map(ToString::to_string).collect();
            tracing::warn!(
                ?members,
                "these objects own each other in a circle, which has no meaning"
            );
        }
        self.queue.extend(concerned);
    }

    async fn collect(&self, reference: &ResourceRef) -> Action {
        match timeout(REQUEST_TIMEOUT, self.take_step(reference)).await {
            Ok(Ok(())) => Action::Done,
            Ok(Err(error)) if error.is_conflict() => Action::Retry,
            Ok(Err(error)) => {
                tracing::warn!(object = %reference, %error, "cannot collect an object, will try again");
                Action::Retry
            }
            Err(_) => {
                tracing::warn!(object = %reference, "the API does not answer, will try again");
                Action::Retry
            }
        }
    }

    async fn take_step(&self, reference: &ResourceRef) -> Result<(), Error> {
        let step = self.graph.lock().step(reference);
        let Some(handler) = handler_of(reference) else {
            return Ok(());
        };
        match step {
            Step::Rest => Ok(()),
            Step::Delete { uid } => (handler.delete)(&self.client, reference, &uid).await,
            Step::Strip { uid } => (handler.strip)(&self.client, reference, &uid).await,
            Step::Release { dependents } => self.release(reference, &dependents).await,
        }
    }

    async fn release(&self, owner: &ResourceRef, dependents: &[ResourceRef]) -> Result<(), Error> {
        for dependent in dependents {
            if let Some(handler) = handler_of(dependent)
                && handler.releases == Releases::Collector
            {
                (handler.release)(&self.client, dependent, owner).await?;
            }
        }
        Ok(())
    }
}
