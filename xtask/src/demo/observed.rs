//! A cluster of the demo, watched past Krake: when a Deployment came, became available, and went.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::labs::kubernetes::Api;

/// What was seen of the Deployment at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// There, and not all of its replicas are available.
    Starting,
    /// There, all of its replicas available.
    Available,
    /// Not there any more.
    Gone,
}

/// A Deployment on one cluster; a thread keeps its timeline until the process ends.
#[derive(Debug, Clone)]
pub(super) struct Observed {
    pub(super) name: String,
    pub(super) kubeconfig: PathBuf,
    pub(super) api: Api,
    collection: String,
    deployment: String,
    timeline: Arc<Mutex<Vec<(Instant, Sight)>>>,
}

impl Observed {
    /// Watches `deployment` in `namespace` from now on.
    pub(super) fn start(name: &str, kubeconfig: &Path, namespace: &str, deployment: &str) -> Result<Self> {
        let observed = Self {
            name: name.to_owned(),
            kubeconfig: kubeconfig.to_path_buf(),
            api: Api::new(kubeconfig)?,
            collection: format!("/apis/apps/v1/namespaces/{namespace}/deployments"),
            deployment: deployment.to_owned(),
            timeline: Arc::default(),
        };
        let version = observed.version()?;
        let watching = observed.clone();
        thread::spawn(move || watching.watch(&version));
        Ok(observed)
    }

    fn version(&self) -> Result<String> {
        let list = self.api.get(&self.collection)?.document;
        let version = list.pointer("/metadata/resourceVersion").and_then(Value::as_str);
        Ok(version.context("the list has no version")?.to_owned())
    }

    /// Ends with the cluster, which the demo outlives by a moment at most.
    fn watch(&self, version: &str) {
        let path = format!(
            "{}?watch=true&timeoutSeconds=86400&resourceVersion={version}&fieldSelector=metadata.name={}",
            self.collection, self.deployment
        );
        let Ok(events) = self.api.watch(&path) else { return };
        for event in events.map_while(Result::ok) {
            if let Some(sight) = Sight::of(&event) {
                self.note(Instant::now(), sight);
            }
        }
    }

    fn note(&self, at: Instant, sight: Sight) {
        self.timeline
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((at, sight));
    }

    /// All that was seen, oldest first.
    pub(super) fn timeline(&self) -> Vec<(Instant, Sight)> {
        self.timeline
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What was seen last; gone, if nothing ever was.
    pub(super) fn now(&self) -> Sight {
        self.timeline().last().map_or(Sight::Gone, |(_, sight)| *sight)
    }

    /// The first time after `since` that it was seen like this.
    pub(super) fn first(&self, sight: Sight, since: Instant) -> Option<Instant> {
        let timeline = self.timeline();
        let seen = timeline.iter().find(|(at, seen)| *at >= since && *seen == sight);
        seen.map(|(at, _)| *at)
    }

    /// The first time after `since` that it was there at all.
    pub(super) fn first_there(&self, since: Instant) -> Option<Instant> {
        let timeline = self.timeline();
        let seen = timeline
            .iter()
            .find(|(at, seen)| *at >= since && *seen != Sight::Gone);
        seen.map(|(at, _)| *at)
    }

    /// Deletes the Deployment behind Krake's back.
    pub(super) fn delete(&self) -> Result<()> {
        self.api
            .delete(&format!("{}/{}", self.collection, self.deployment))
    }

    /// Asks the cluster itself whether an object is there.
    pub(super) fn has(&self, path: &str) -> Result<bool> {
        Ok(self.api.get(path)?.status == 200)
    }
}

impl Sight {
    /// Of an event of a watch; nothing of a bookmark or an error.
    fn of(event: &Value) -> Option<Self> {
        match event.get("type")?.as_str()? {
            "DELETED" => Some(Self::Gone),
            "ADDED" | "MODIFIED" => {
                let number = |pointer: &str| event.pointer(pointer).and_then(Value::as_i64);
                let wanted = number("/object/spec/replicas").unwrap_or(1);
                let available = number("/object/status/availableReplicas").unwrap_or(0);
                Some(if available >= wanted {
                    Self::Available
                } else {
                    Self::Starting
                })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_deployment_is_available_when_all_of_its_replicas_are() {
        let event = |kind: &str, available: u32| json!({"type": kind, "object": {"spec": {"replicas": 2}, "status": {"availableReplicas": available}}});
        assert_eq!(Sight::of(&event("ADDED", 0)), Some(Sight::Starting));
        assert_eq!(Sight::of(&event("MODIFIED", 1)), Some(Sight::Starting));
        assert_eq!(Sight::of(&event("MODIFIED", 2)), Some(Sight::Available));
        assert_eq!(Sight::of(&event("DELETED", 2)), Some(Sight::Gone));
        assert_eq!(Sight::of(&event("BOOKMARK", 0)), None);
    }
}
