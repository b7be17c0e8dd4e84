//! The controllers of a process, each under supervision.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::config::Config;
use super::part::Part;
use super::supervise::{Restarts, supervise};
use crate::api::Timestamp;
use crate::client::{Caches, Client};
use crate::controllers::{ControllerContext, garbage};

/// Starts the controllers among `parts`.
pub(super) fn start(
    parts: &[Part],
    config: &Config,
    client: &Client,
    now: fn() -> Timestamp,
    restarts: &Restarts,
    stop: &CancellationToken,
) -> JoinSet<()> {
    let caches = Caches::new(client.with_user(Part::Api.user()), stop.clone());
    let mut running = JoinSet::new();
    for part in parts {
        let context = ControllerContext {
            client: client.with_user(part.user()),
            caches: caches.clone(),
            now: Arc::new(now),
        };
        if let Some(start) = controller(*part, config, context, stop.clone()) {
            running.spawn(supervise(part.name(), start, restarts.clone(), stop.clone()));
        }
    }
    running
}

type Start = Box<dyn Fn() -> BoxFuture<'static, ()> + Send>;

/// How a part is started; none for the API, which is no controller.
fn controller(
    part: Part,
    _config: &Config,
    context: ControllerContext,
    stop: CancellationToken,
) -> Option<Start> {
    match part {
        Part::Api | Part::Scheduler | Part::Application | Part::Cluster => None,
        Part::Gc => Some(Box::new(move || {
            garbage::run(context.clone(), stop.clone()).boxed()
        })),
    }
}
