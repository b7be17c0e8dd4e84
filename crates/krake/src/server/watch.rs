//! Watching: a line of JSON for every change, an empty line now and then to show that the connection lives.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{FutureExt, StreamExt, stream};
use http::header;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::access::{Authorization, Rules};
use super::call::Call;
use super::document::{self, Sight};
use super::refusal::Refusal;
use super::selector::Selector;
use super::table::KindEntry;
use crate::api::Verb;
use crate::store::{Change, ChangeKind, Changes, Revision, WatchError};

const DEFAULT_HEARTBEAT: u64 = 10;
/// Changes that are ready together are sent together, up to about this many bytes.
const CHUNK: usize = 64 << 10;

/// `GET` on a collection with the parameter `watch`.
pub(super) async fn watch(kind: &'static KindEntry, call: Call) -> Response {
    match open(kind, &call).await {
        Ok((changes, heartbeat, selector)) => {
            let rules = None;
            let sight = Sight::Redacted;
            let mut watch = Watch {
                kind,
                call,
                changes,
                heartbeat,
                selector,
                rules,
                sight,
                is_over: false,
            };
            if watch.call.app.options().authorization != Authorization::Rbac {
                watch.sight = Sight::Full;
            }
            respond(watch)
        }
        Err(refusal) => call.app.problem(&refusal).into_response(),
    }
}

fn respond(watch: Watch) -> Response {
    let lines = stream::unfold(watch, |mut watch| async move {
        let chunk = watch.next_chunk().await?;
        Some((Ok::<_, std::convert::Infallible>(chunk), watch))
    });
    (
        [(header::CONTENT_TYPE, "application/x-ndjson")],
        Body::from_stream(lines),
    )
        .into_response()
}

async fn open(
    kind: &'static KindEntry,
    call: &Call,
) -> Result<(Changes, Option<Interval>, Option<Selector>), Refusal> {
    call.authorize(kind, None, Verb::List).await?;
    let heartbeat = heartbeat(call)?;
    let selector = Selector::asked(call)?;
    let from = from(call)?;
    let changes = call
        .app
        .store()
        .watch(&kind.prefix(call.namespace.as_deref()), from)?;
    Ok((changes, heartbeat, selector))
}

fn heartbeat(call: &Call) -> Result<Option<Interval>, Refusal> {
    let seconds = match call.query.get("heartbeat") {
        None => DEFAULT_HEARTBEAT,
        Some(text) => text.parse().map_err(|_| Refusal::Query {
            name: "heartbeat",
            message: format!("'{text}' is not a number of seconds."),
        })?,
    };
    // Longer than a year is never.
    let period = Duration::from_secs(seconds.min(365 * 86400));
    Ok((seconds > 0).then(|| {
        let mut interval = interval_at(Instant::now() + period, period);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        interval
    }))
}

fn from(call: &Call) -> Result<Option<Revision>, Refusal> {
    let Some(text) = call.query.get("resourceVersion").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|_| Refusal::Query {
        name: "resourceVersion",
        message: format!("'{text}' is not a revision."),
    })
}

struct Watch {
    kind: &'static KindEntry,
    call: Call,
    changes: Changes,
    heartbeat: Option<Interval>,
    selector: Option<Selector>,
    rules: Option<Arc<Rules>>,
    sight: Sight,
    is_over: bool,
}

/// A change, the reason why there are no more, or the end.
type Told = Option<Result<Arc<Change>, WatchError>>;

/// What a watch waits for.
enum Next {
    Change(Told),
    Heartbeat,
}

impl Watch {
    /// The next piece of the body: lines of changes, or one newline.
    async fn next_chunk(&mut self) -> Option<Bytes> {
        let mut chunk = Vec::new();
        while chunk.is_empty() && !self.is_over {
            let next = self.wait().await;
            let more = self.ready_changes(&next);
            // Only now: what was read before the right went is the last that could have been read with it.
            if let Err(refusal) = self.check_rights().await {
                self.end(&refusal, &mut chunk);
                break;
            }
            match next {
                Next::Heartbeat => chunk.push(b'\n'),
                Next::Change(change) => self.take(change, &mut chunk),
            }
            for change in more {
                self.take(change, &mut chunk);
            }
        }
        (!chunk.is_empty()).then(|| chunk.into())
    }

    /// Changes that are there already, to be sent with one that was waited for.
    fn ready_changes(&mut self, first: &Next) -> Vec<Told> {
        let size = |told: &Told| match told {
            Some(Ok(change)) => change.value.len(),
            Some(Err(_)) | None => CHUNK,
        };
        let mut bytes = match first {
            Next::Change(change) => size(change),
            Next::Heartbeat => 0,
        };
        let mut ready = Vec::new();
        while bytes < CHUNK {
            let Some(change) = self.changes.next().now_or_never() else {
                break;
            };
            bytes += size(&change);
            ready.push(change);
        }
        ready
    }

    async fn wait(&mut self) -> Next {
        let heartbeat = async {
            match &mut self.heartbeat {
                Some(heartbeat) => heartbeat.tick().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.call.app.options().stop.cancelled() => Next::Change(None),
            change = self.changes.next() => Next::Change(change),
            _ = heartbeat => Next::Heartbeat,
        }
    }

    /// Rights may vanish while a watch is open; it ends then, before anything more is shown.
    async fn check_rights(&mut self) -> Result<(), Refusal> {
        if self.call.app.options().authorization != Authorization::Rbac {
            return Ok(());
        }
        let rules = self.call.rules().await?;
        if self
            .rules
            .as_ref()
            .is_none_or(|known| !Arc::ptr_eq(known, &rules))
        {
            self.call.judge(&rules, self.kind, None, Verb::List)?;
            self.sight = self.call.sight_by(&rules, self.kind);
            self.rules = Some(rules);
        }
        Ok(())
    }

    fn take(&mut self, change: Told, chunk: &mut Vec<u8>) {
        match change {
            Some(Ok(change)) => self.line(&change, chunk),
            Some(Err(WatchError::Closed)) | None => self.is_over = true,
            Some(Err(error)) => self.end(&Refusal::Gone(error), chunk),
        }
    }

    fn line(&self, change: &Change, chunk: &mut Vec<u8>) {
        let Some((event, document)) = self.seen(change) else {
            return;
        };
        chunk.extend_from_slice(format!(r#"{{"type":"{event}","object":"#).as_bytes());
        document::render(self.kind, document, change.revision, self.sight, chunk);
        chunk.extend_from_slice(b"}\n");
    }

    /// What a change looks like through the selector: objects may come into view and leave it.
    fn seen<'a>(&self, change: &'a Change) -> Option<(&'static str, &'a Bytes)> {
        let matches = |document: &Bytes| {
            self.selector
                .as_ref()
                .is_none_or(|selector| selector.matches_document(document))
        };
        let before = change.previous.as_ref().filter(|document| matches(document));
        let now = Some(&change.value)
            .filter(|_| change.kind != ChangeKind::Deleted)
            .filter(|document| matches(document));
        match (before, now) {
            (None, None) => None,
            (None, Some(document)) => Some(("ADDED", document)),
            (Some(_), Some(document)) => Some(("MODIFIED", document)),
            (Some(document), None) => Some(("DELETED", document)),
        }
    }

    fn end(&mut self, refusal: &Refusal, chunk: &mut Vec<u8>) {
        self.is_over = true;
        let problem = self.call.app.problem(refusal).to_json();
        chunk.extend_from_slice(format!(r#"{{"type":"ERROR","object":{problem}}}"#).as_bytes());
        chunk.push(b'\n');
    }
}
