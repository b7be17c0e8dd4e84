//! The controllers of a process, each under supervision.

use std::sync::Arc;

use common::http::Health;
use common::reconcile::ReconcileMetrics;
use common::telemetry::Metrics;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::config::Config;
use super::part::Part;
use super::scheduling;
use super::supervise::{Absence, Restarts, supervise};
use crate::api::Timestamp;
use crate::client::{Caches, Client};
use crate::controllers::{ControllerContext, application, cluster, garbage, scheduler};

/// What the controllers of a process share.
pub(super) struct Controllers {
    client: Client,
    caches: Caches,
    now: fn() -> Timestamp,
    scheduling: scheduler::Options,
    reconcile: ReconcileMetrics,
    restarts: Restarts,
    stop: CancellationToken,
}

/// Starts a controller, for the first time or again.
type Start = Box<dyn Fn() -> BoxFuture<'static, ()> + Send>;

impl Controllers {
    /// Controllers that talk to the API by `client`, until `stop`.
    pub(super) fn new(
        config: &Config,
        client: Client,
        now: fn() -> Timestamp,
        metrics: &Metrics,
        stop: CancellationToken,
    ) -> Self {
        Self {
            caches: Caches::new(client.with_user(Part::Api.user()), stop.clone()),
            client,
            now,
            scheduling: scheduling::options(config),
            reconcile: metrics.register(ReconcileMetrics::register),
            restarts: metrics.register(Restarts::register),
            stop,
        }
    }

    /// Starts those among `parts`, each of which has a say in whether the process is ready.
    pub(super) fn start(&self, parts: &[Part], health: &Health) -> JoinSet<()> {
        let mut running = JoinSet::new();
        let mut users = Vec::new();
        for part in parts {
            let context = self.context(*part);
            let caches = context.caches.clone();
            if let Some(start) = self.controller(*part, context) {
                users.push(caches.clone());
                let absence = Absence::default();
                let runs = absence.clone();
                health.add(part.name(), move || {
                    runs.check().and_then(|()| caches.check_synced())
                });
                running.spawn(supervise(
                    part.name(),
                    start,
                    self.restarts.clone(),
                    absence,
                    self.stop.clone(),
                ));
            }
        }
        if !parts.contains(&Part::Api) {
            health.add("api", move || users.iter().try_for_each(Caches::check_reachable));
        }
        running
    }

    /// How a part is started; none for the API, which is no controller.
    fn controller(&self, part: Part, context: ControllerContext) -> Option<Start> {
        let stop = self.stop.clone();
        match part {
            Part::Api => None,
            Part::Scheduler => {
                let options = self.scheduling.clone();
                Some(Box::new(move || {
                    scheduler::run(context.clone(), options.clone(), stop.clone()).boxed()
                }))
            }
            Part::Application => Some(Box::new(move || {
                application::run(context.clone(), stop.clone()).boxed()
            })),
            Part::Cluster => Some(Box::new(move || {
                cluster::run(context.clone(), stop.clone()).boxed()
            })),
            Part::Gc => Some(Box::new(move || {
                garbage::run(context.clone(), stop.clone()).boxed()
            })),
        }
    }

    fn context(&self, part: Part) -> ControllerContext {
        ControllerContext {
            client: self.client.with_user(part.user()),
            caches: self.caches.for_another(),
            now: Arc::new(self.now),
            metrics: self.reconcile.clone(),
        }
    }
}
