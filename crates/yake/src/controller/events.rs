//! Events of a landscape in its cluster: one for each change of a unit's standing and for each object that was put
//! right. The same event again counts up.

use std::fmt::Write;

use common::clock::Clock;
use common::kube::{ApplyOptions, Connection, ObjectId};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::conditions::seconds;
use crate::api::names;

/// How grave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    Normal,
    Warning,
}

/// Longest message that an event takes.
const LONGEST: usize = 1000;

/// Writes events about one landscape.
pub(super) struct Events<'a> {
    pub(super) connection: &'a Connection,
    pub(super) clock: &'a Clock,
    pub(super) landscape: &'a Value,
}

impl Events<'_> {
    /// Writes an event; one that cannot be written is no reason to stop anything.
    pub(super) async fn tell(&self, severity: Severity, reason: &str, message: &str) {
        let Some(event) = self.event(severity, reason, message).await else {
            return;
        };
        let options = ApplyOptions::new(names::FIELD_MANAGER);
        if let Err(error) = self.connection.apply(&event, &options).await {
            tracing::warn!(%error, reason, "an event could not be written");
        }
    }

    async fn event(&self, severity: Severity, reason: &str, message: &str) -> Option<Value> {
        let of = ObjectId::of(self.landscape).ok()?;
        let namespace = of.namespace.clone()?;
        let message: String = message.chars().take(LONGEST).collect();
        let digest = Sha256::digest(format!("{reason} {message}"));
        let suffix = digest.iter().take(8).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let id = ObjectId {
            api_version: "v1".to_owned(),
            kind: "Event".to_owned(),
            namespace: Some(namespace.clone()),
            name: format!("{}.{suffix}", of.name),
        };
        let now = seconds(self.clock.now());
        let before = self.connection.get(&id).await.ok().flatten();
        let count = before
            .as_ref()
            .and_then(|event| event.get("count")?.as_i64())
            .unwrap_or(0)
            + 1;
        let first = before
            .as_ref()
            .and_then(|event| event.get("firstTimestamp")?.as_str())
            .unwrap_or(&now);
        Some(json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"name": id.name, "namespace": namespace},
            "involvedObject": {"apiVersion": of.api_version, "kind": of.kind, "name": of.name,
                "namespace": namespace, "uid": self.landscape.pointer("/metadata/uid")},
            "type": match severity { Severity::Normal => "Normal", Severity::Warning => "Warning" },
            "reason": reason, "message": message, "count": count,
            "firstTimestamp": first, "lastTimestamp": now,
            "source": {"component": names::FIELD_MANAGER},
            "reportingComponent": names::GROUP, "reportingInstance": names::FIELD_MANAGER,
        }))
    }
}
