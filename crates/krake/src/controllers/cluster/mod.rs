//! Are the registered clusters there, and are their nodes well?
//!
//! Every cluster with a kubeconfig is asked for its nodes as soon as it is registered and every two seconds from
//! then on. What the answer means for its status is decided by pure functions; the status is written only when
//! its state or a condition of a node changes. Each cluster is a key of its own in the work queue and has a time
//! limit, so one that hangs delays no other.
//!
//! A cluster whose infrastructure somebody is building or tearing down is left alone.

mod decide;
mod nodes;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use common::kube::{Connection, ConnectionPool, Timeouts};
use common::reconcile::{Action, Queue, Runner, RunnerOptions};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::ControllerContext;
use super::recorder::Recorder;
use crate::api::{Cluster, ClusterState, EventType};
use crate::client::{Cache, Change, Client, Error, ObjectKey};
use decide::{Observation, is_observed, next_status};

/// Clusters that are asked at the same time; one that hangs takes one of these for the time limit.
const WORKERS: usize = 512;
/// Who says what events say.
const EVENT_SOURCE: &str = "cluster-controller";
/// How often a status is decided anew because somebody else wrote first.
const ATTEMPTS: u32 = 4;

/// Pace and patience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Pause between two questions to a cluster that answers.
    pub health_interval: Duration,
    /// Pause before a cluster that did not answer is asked again.
    pub retry_interval: Duration,
    /// Limit on one answer.
    pub answer_timeout: Duration,
    /// A cluster that has not answered for this long, and at least twice in a row, is offline.
    pub lost_after: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            health_interval: Duration::from_secs(2),
            retry_interval: Duration::from_millis(500),
            answer_timeout: Duration::from_secs(3),
            lost_after: Duration::from_secs(5),
        }
    }
}

/// Follows all clusters until `stop`, at the default pace.
pub async fn run(context: ControllerContext, stop: CancellationToken) {
    run_at(context, Settings::default(), stop).await;
}

/// As [`run`], at another pace.
pub async fn run_at(context: ControllerContext, settings: Settings, stop: CancellationToken) {
    let cache = context.caches.of::<Cluster>();
    let queue = Queue::default();
    let feeding = tokio::spawn(feed(cache.clone(), queue.clone(), stop.clone()));
    let (recorder, recording) = Recorder::start(&context.client, EVENT_SOURCE);
    let controller = Arc::new(Controller {
        client: context.client,
        cache,
        pool: ConnectionPool::new(Timeouts {
            connect: settings.answer_timeout,
            call: settings.answer_timeout,
        }),
        settings,
        silent: Mutex::default(),
        recorder,
    });
    let options = RunnerOptions {
        workers: WORKERS,
        metrics: context.metrics.of("cluster"),
        ..RunnerOptions::default()
    };
    let stopped = Runner::new(queue, options)
        .run(stop, |key| {
            let controller = Arc::clone(&controller);
            async move { controller.reconcile(key).await }
        })
        .await;
    feeding.abort();
    recording.finish().await;
    tracing::debug!(dropped = stopped.dropped, "cluster controller stopped");
}

/// Has a cluster looked at when it appears, goes, or changes in what matters here.
async fn feed(cache: Cache<Cluster>, queue: Queue<ObjectKey>, stop: CancellationToken) {
    let mut changes = cache.subscribe();
    while let Some(Some(change)) = stop.run_until_cancelled(changes.recv()).await {
        if matters(&change) {
            queue.add(change.key);
        }
    }
}

fn matters(change: &Change<Cluster>) -> bool {
    match (&change.old, &change.new) {
        (Some(old), Some(new)) => {
            old.status.state != new.status.state
                || old.metadata.uid != new.metadata.uid
                || old.spec.kubeconfig != new.spec.kubeconfig
        }
        _ => true,
    }
}

/// Since when and how often in a row a cluster has not answered.
#[derive(Debug, Clone, Copy)]
struct Silence {
    since: Instant,
    failures: u32,
}

struct Controller {
    client: Client,
    cache: Cache<Cluster>,
    // Of its own: a question about health never waits behind the work that is done on a cluster.
    pool: ConnectionPool,
    settings: Settings,
    silent: Mutex<HashMap<ObjectKey, Silence>>,
    recorder: Recorder,
}

/// How a report ended.
enum Reported {
    Written,
    /// The cluster is no longer the one that was asked.
    Outdated,
    Erased,
    Failed,
}

impl Controller {
    async fn reconcile(&self, key: ObjectKey) -> Action {
        let Some(cluster) = self.cache.get(&key) else {
            self.silent.lock().remove(&key);
            return Action::Gone;
        };
        if !is_observed(&cluster) {
            return Action::Done;
        }
        let observation = self.observe(&key, &cluster).await;
        let pause = match observation {
            Observation::Reached(_) | Observation::Hidden { .. } | Observation::Lost(_) => {
                self.settings.health_interval
            }
            Observation::Missed => self.settings.retry_interval,
        };
        match self.report(&key, cluster, &observation).await {
            Reported::Written => Action::After(pause),
            Reported::Outdated => Action::After(Duration::ZERO),
            Reported::Erased => Action::Gone,
            Reported::Failed => Action::Retry,
        }
    }

    async fn observe(&self, key: &ObjectKey, cluster: &Cluster) -> Observation {
        let asked = Instant::now();
        let kubeconfig = Value::Object(cluster.spec.kubeconfig.expose().clone());
        let answer = match self.pool.get(&kubeconfig).await {
            Ok(connection) => ask(&connection).await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(observation) => {
                self.silent.lock().remove(key);
                observation
            }
            Err(error) => {
                let silence = self.note_silence(key, asked);
                tracing::debug!(cluster = %key, %error, failures = silence.failures, "cluster does not answer");
                let lost = silence.failures > 1 && silence.since.elapsed() >= self.settings.lost_after;
                // Nothing runs on a cluster that was never reached: no need for patience.
                if lost || cluster.status.state == ClusterState::Pending {
                    Observation::Lost(format!("cluster {key}: {error}"))
                } else {
                    Observation::Missed
                }
            }
        }
    }

    fn note_silence(&self, key: &ObjectKey, asked: Instant) -> Silence {
        let mut silent = self.silent.lock();
        let silence = silent.entry(key.clone()).or_insert(Silence {
            since: asked,
            failures: 0,
        });
        silence.failures += 1;
        *silence
    }

    /// Writes what the observation changes. Whoever wrote in between keeps what they wrote: the decision is made
    /// anew on their copy.
    async fn report(&self, key: &ObjectKey, cluster: Arc<Cluster>, observation: &Observation) -> Reported {
        let asked = cluster;
        let mut current = Cluster::clone(&asked);
        for _ in 0..ATTEMPTS {
            let Some(status) = next_status(&current.status, observation) else {
                return Reported::Written;
            };
            let before = std::mem::replace(&mut current.status, status).state;
            match self.client.update_status(&current).await {
                Ok(written) => {
                    self.tell(&written, before);
                    return Reported::Written;
                }
                Err(error) if error.is_without_change() => return Reported::Written,
                Err(error) if error.is_not_found() => return Reported::Erased,
                Err(error) if error.is_conflict() => match self.read_again(key, &asked).await {
                    Ok(Some(newer)) => current = newer,
                    Ok(None) => return Reported::Outdated,
                    Err(error) if error.is_not_found() => return Reported::Erased,
                    Err(error) => return failed(key, &error),
                },
                Err(error) => return failed(key, &error),
            }
        }
        Reported::Failed
    }

    /// The cluster as it is now; none if it is another one, or one that is not to be observed.
    async fn read_again(&self, key: &ObjectKey, asked: &Cluster) -> Result<Option<Cluster>, Error> {
        let newer: Cluster = self.client.get(key.namespace.as_deref(), &key.name).await?;
        let same = newer.metadata.uid == asked.metadata.uid && newer.spec.kubeconfig == asked.spec.kubeconfig;
        Ok((same && is_observed(&newer)).then_some(newer))
    }

    /// Leaves word of a change of state, in the log and with the cluster.
    fn tell(&self, cluster: &Cluster, before: ClusterState) {
        let state = cluster.status.state;
        if state == before {
            return;
        }
        let cause = cluster
            .status
            .reason
            .as_ref()
            .map(|reason| reason.message.as_str());
        let name = &cluster.metadata.name;
        tracing::info!(cluster = %name, ?before, ?state, cause, "state of a cluster changed");
        let event_type = if state == ClusterState::Online {
            EventType::Normal
        } else {
            EventType::Warning
        };
        let message = cause.map_or_else(|| format!("it was {before:?} before"), ToOwned::to_owned);
        self.recorder
            .record(cluster, event_type, &format!("{state:?}"), message);
    }
}

/// Whoever may not see nodes, such as a user of one namespace, is told by the server whether it is ready.
async fn ask(connection: &Connection) -> Result<Observation, common::kube::Error> {
    let refused = match connection.list_as(&nodes::resource(), None, None).await {
        Ok(found) => return Ok(Observation::Reached(nodes::read(found))),
        Err(error) if error.is_denied() => error,
        Err(error) => return Err(error),
    };
    let readiness = connection.readiness().await?;
    let why = refused.failure.to_string();
    Ok(Observation::Hidden { why, readiness })
}

fn failed(key: &ObjectKey, error: &Error) -> Reported {
    tracing::warn!(cluster = %key, %error, "status of a cluster was not written");
    Reported::Failed
}
