//! Writes into the status of clusters what became of their metrics.

use std::sync::Arc;

use common::reconcile::Action;

use super::board::Board;
use super::events::{METRICS_FAILING, METRICS_RECOVERED};
use crate::api::{Cluster, EventType};
use crate::client::{Cache, Client, ObjectKey};
use crate::controllers::ControllerContext;
use crate::controllers::recorder::Recorder;
use crate::scheduler::metrics_status;

pub(super) struct Clusters {
    client: Client,
    cache: Cache<Cluster>,
    board: Arc<Board>,
    recorder: Recorder,
}

impl Clusters {
    pub(super) fn new(context: &ControllerContext, board: Arc<Board>, recorder: Recorder) -> Self {
        Self {
            client: context.client.clone(),
            cache: context.caches.of(),
            board,
            recorder,
        }
    }

    pub(super) async fn reconcile(&self, key: &ObjectKey) -> Action {
        let Some(cluster) = self.cache.get(key) else {
            return Action::Gone;
        };
        let snapshot = self.board.snapshot();
        let Some(status) = snapshot
            .candidates(key.namespace.as_deref())
            .get(&key.name)
            .and_then(|candidate| metrics_status(&cluster, candidate))
        else {
            return Action::Done;
        };
        let mut desired = Cluster::clone(&cluster);
        desired.status = status;
        match self.client.update_status(&desired).await {
            Ok(written) => {
                self.report(&cluster, &written);
                Action::Done
            }
            Err(error) if error.is_not_found() => Action::Gone,
            // A newer copy is on its way through the watch and queues the cluster again if need be.
            Err(error) if error.is_conflict() => Action::Retry,
            Err(error) => {
                tracing::warn!(cluster = %key, %error, "the state of metrics was not written, will try again");
                Action::Retry
            }
        }
    }

    fn report(&self, before: &Cluster, after: &Cluster) {
        let reasons = &after.status.metrics_reasons;
        if *reasons == before.status.metrics_reasons {
            return;
        }
        let (event_type, reason, message) = if reasons.is_empty() {
            let message = "all metrics have values again".to_owned();
            (EventType::Normal, METRICS_RECOVERED, message)
        } else {
            let messages: Vec<_> = reasons.values().map(|reason| reason.message.as_str()).collect();
            (EventType::Warning, METRICS_FAILING, messages.join(" "))
        };
        self.recorder.record(after, event_type, reason, message);
    }
}
