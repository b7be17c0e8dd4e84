//! `?blocking=<state>`: the answer comes when this very object has reached the state.

use std::time::Duration;

use futures::StreamExt;
use serde::Deserialize;

use super::call::Call;
use super::refusal::Refusal;
use super::table::{KindEntry, Workload};
use super::write::Written;
use crate::store::{Change, ChangeKind};

/// How long a request may wait.
const LIMIT: Duration = Duration::from_mins(1);

/// A state to wait for.
pub(super) struct Wait {
    kind: &'static KindEntry,
    /// In upper case; `DELETED` is the end of the object.
    state: String,
}

impl Wait {
    /// What a request wants to wait for; the original's clients send `False` for nothing.
    pub(super) fn asked(kind: &'static KindEntry, call: &Call) -> Result<Option<Self>, Refusal> {
        let Some(state) = call
            .query
            .get("blocking")
            .filter(|_| kind.workload == Workload::Yes)
        else {
            return Ok(None);
        };
        let state = state.to_ascii_uppercase();
        if state.is_empty() || state == "FALSE" {
            return Ok(None);
        }
        if state != "DELETED" && !is_state(kind, &state) {
            return Err(Refusal::Query {
                name: "blocking",
                message: format!("'{state}' is not a state of {}.", kind.plural),
            });
        }
        Ok(Some(Self { kind, state }))
    }

    /// Waits from what was just written on.
    pub(super) async fn until_reached(
        self,
        call: &Call,
        key: &str,
        written: Written,
    ) -> Result<Written, Refusal> {
        if self.is_reached(&written.document) {
            return Ok(written);
        }
        let store = call.app.store();
        // A write that changed nothing may be older than what can be resumed.
        let mut changes = store
            .watch(key, Some(written.revision))
            .or_else(|_| store.watch(key, None))?;
        let mut last = match store.get(key).await? {
            None if self.state == "DELETED" => return Ok(written),
            None => return Err(call.not_found(self.kind)),
            // It may have been reached before the watch was open.
            Some(entry) if self.is_reached(&entry.value) => {
                return Ok(Written {
                    document: entry.value,
                    revision: entry.modified,
                });
            }
            Some(entry) => state_of(&entry.value),
        };
        let reached = async {
            while let Some(change) = changes.next().await {
                let change = change?;
                if *change.key != *key {
                    continue;
                }
                last = state_of(&change.value);
                if let Some(end) = self.judge(&change, call) {
                    return end;
                }
            }
            Err(Refusal::StillWaiting("The server stops.".to_owned()))
        };
        let stop = &call.app.options().stop;
        match stop
            .run_until_cancelled(tokio::time::timeout(LIMIT, reached))
            .await
        {
            Some(Ok(end)) => end,
            Some(Err(_)) => Err(Refusal::StillWaiting(format!(
                "The state {} was not reached within {} seconds; the state is {last}.",
                self.state,
                LIMIT.as_secs()
            ))),
            None => Err(Refusal::StillWaiting("The server stops.".to_owned())),
        }
    }

    fn judge(&self, change: &Change, call: &Call) -> Option<Result<Written, Refusal>> {
        let written = Written {
            document: change.value.clone(),
            revision: change.revision,
        };
        match change.kind {
            ChangeKind::Deleted if self.state == "DELETED" => Some(Ok(written)),
            ChangeKind::Deleted => Some(Err(call.not_found(self.kind))),
            ChangeKind::Created | ChangeKind::Modified => {
                self.is_reached(&change.value).then_some(Ok(written))
            }
        }
    }

    fn is_reached(&self, document: &[u8]) -> bool {
        self.state != "DELETED" && state_of(document) == self.state
    }
}

fn state_of(document: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Document {
        status: Status,
    }
    #[derive(Deserialize)]
    struct Status {
        state: String,
    }
    serde_json::from_slice::<Document>(document)
        .map(|document| document.status.state)
        .unwrap_or_default()
}

fn is_state(kind: &KindEntry, state: &str) -> bool {
    let state = serde_json::Value::String(state.to_owned());
    if kind.kind == "Application" {
        serde_json::from_value::<crate::api::ApplicationState>(state).is_ok()
    } else {
        serde_json::from_value::<crate::api::ClusterState>(state).is_ok()
    }
}
