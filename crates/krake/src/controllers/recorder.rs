//! Events of objects, recorded beside the work: no decision waits for them.
//!
//! Guarantees: the events of one object are recorded in the order in which they were said; what was said before
//! [`Recording::finish`] is recorded, as far as the API answers in time.
//!
//! Caveat: who says more than the API can take in loses events. That is logged, and nothing else suffers.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::api::{Event, EventType, Kind};
use crate::client::{Client, EventLog};

/// Requests at a time. Events of one object are always in the same lane.
const LANES: usize = 16;
/// Events that wait in a lane.
const WAITING: usize = 1024;
/// Limit on one request.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// How long a stop may take for events.
const GRACE: Duration = Duration::from_secs(3);

type Entry = (EventLog, Event);

/// Takes events in.
#[derive(Clone)]
pub(super) struct Recorder {
    source: &'static str,
    lanes: Arc<[Sender<Entry>]>,
}

/// Writes events out.
pub(super) struct Recording {
    lanes: JoinSet<()>,
    finish: CancellationToken,
}

impl Recorder {
    /// Records by `client` as `source` until the recording is finished or dropped.
    pub(super) fn start(client: &Client, source: &'static str) -> (Self, Recording) {
        let finish = CancellationToken::new();
        let mut running = JoinSet::new();
        let lanes = (0..LANES).map(|_| {
            let (sender, entries) = mpsc::channel(WAITING);
            running.spawn(record_all(client.clone(), entries, finish.clone()));
            sender
        });
        let lanes = lanes.collect();
        let recording = Recording {
            lanes: running,
            finish,
        };
        (Self { source, lanes }, recording)
    }

    /// Says something of an object. Returns at once.
    pub(super) fn record<K: Kind>(&self, object: &K, event_type: EventType, reason: &str, message: String) {
        let log = EventLog::of(object);
        let event = Event::new(event_type, reason, message, self.source);
        let mut hasher = DefaultHasher::new();
        log.hash(&mut hasher);
        let lane = usize::try_from(hasher.finish() % LANES as u64).unwrap_or_default();
        let is_taken = self
            .lanes
            .get(lane)
            .is_some_and(|lane| lane.try_send((log, event)).is_ok());
        if !is_taken {
            let name = &object.metadata().name;
            tracing::warn!(object = %name, reason, "an event is lost: too many wait to be recorded");
        }
    }
}

impl Recording {
    /// Records what waits. What is said from now on is lost.
    pub(super) async fn finish(mut self) {
        self.finish.cancel();
        let all = async { while self.lanes.join_next().await.is_some() {} };
        if timeout(GRACE, all).await.is_err() {
            tracing::warn!("events are lost: the API did not take them in time");
        }
    }
}

async fn record_all(client: Client, mut entries: Receiver<Entry>, finish: CancellationToken) {
    loop {
        let entry = tokio::select! {
            biased;
            entry = entries.recv() => entry,
            () = finish.cancelled(), if !entries.is_closed() => {
                entries.close();
                continue;
            }
        };
        let Some((log, event)) = entry else {
            return;
        };
        match timeout(TIME_LIMIT, client.append(&log, &event)).await {
            Ok(Ok(_)) => {}
            // Whoever has gone needs no events.
            Ok(Err(error)) if error.is_not_found() => {}
            Ok(Err(error)) => tracing::debug!(%error, reason = event.reason, "an event is lost"),
            Err(_) => tracing::debug!(reason = event.reason, "an event is lost: the API does not answer"),
        }
    }
}

#[cfg(test)]
#[path = "recorder_tests.rs"]
mod tests;
