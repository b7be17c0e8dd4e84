//! A real Kubernetes cluster on which Krake places things, watched past Krake.

use std::path::Path;
use std::pin::pin;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use futures::TryStreamExt as _;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use kube::api::{DeleteParams, ListParams, PostParams, WatchEvent, WatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config, ResourceExt as _};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::endpoint::Endpoint;

/// How long anything on a cluster may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A cluster with a namespace of the bench's own in it.
pub(super) struct Member {
    pub(super) kubeconfig: Value,
    pub(super) endpoint: Endpoint,
    pub(super) namespace: String,
    client: Client,
}

impl Member {
    /// Connects to the cluster and makes the namespace.
    pub(super) async fn open(kubeconfig: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(kubeconfig)
            .with_context(|| format!("cannot read {}", kubeconfig.display()))?;
        let parsed = Kubeconfig::from_yaml(&text)?;
        let config = Config::from_custom_kubeconfig(parsed, &KubeConfigOptions::default()).await?;
        let member = Self {
            kubeconfig: serde_saphyr::from_str(&text)?,
            endpoint: Endpoint::kubernetes(&config)?,
            namespace: format!("krake-bench-{}", std::process::id()),
            client: Client::try_from(config)?,
        };
        member.create_namespace().await?;
        Ok(member)
    }

    async fn create_namespace(&self) -> Result<()> {
        let namespace: Namespace = serde_json::from_value(json!({"metadata": {"name": self.namespace}}))?;
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        match namespaces.create(&PostParams::default(), &namespace).await {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            Err(error) => return Err(error.into()),
        }
        // Pods are refused until the controller manager has made the account.
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client.clone(), &self.namespace);
        let deadline = Instant::now() + Duration::from_secs(30);
        while accounts.get_opt("default").await?.is_none() {
            if Instant::now() > deadline {
                bail!("the namespace {} got no service account", self.namespace);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Removes the namespace with all that is in it; does not wait for the end of it.
    pub(super) async fn close(&self) -> Result<()> {
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        namespaces
            .delete(&self.namespace, &DeleteParams::default())
            .await?;
        Ok(())
    }

    fn deployments(&self) -> Api<Deployment> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Deletes a Deployment behind Krake's back; done when the API server has answered.
    pub(super) async fn delete_deployment(&self, name: &str) -> Result<()> {
        self.deployments()
            .delete(name, &DeleteParams::background())
            .await?;
        Ok(())
    }

    /// Waits until at most one `ReplicaSet` is there, so that one run does not meet the leavings of the one before: a
    /// new Deployment that finds a foreign `ReplicaSet` under the name of its own looks for another name after a pause.
    /// Seen on a loaded machine, one such meeting at a time; it is not known to have ever cost more than a moment.
    pub(super) async fn old_replicas_are_gone(&self) -> Result<()> {
        let sets: Api<ReplicaSet> = Api::namespaced(self.client.clone(), &self.namespace);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = sets.list_metadata(&ListParams::default()).await?.items.len();
            if left <= 1 {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("{left} ReplicaSets are still there, of Deployments that are gone");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Watches the Deployments of the namespace.
    pub(super) async fn watch(&self) -> Result<MemberWatch> {
        let deployments = self.deployments();
        let version = deployments
            .list(&ListParams::default())
            .await?
            .metadata
            .resource_version;
        let stream = deployments
            .watch(
                &WatchParams::default().timeout(290),
                version.as_deref().unwrap_or("0"),
            )
            .await?;
        let (sender, sightings) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut stream = pin!(stream);
            loop {
                let sighting = match stream.try_next().await {
                    Ok(Some(event)) => MemberSighting::of(event),
                    Ok(None) => Some(Err(anyhow::anyhow!("the member's watch ended"))),
                    Err(error) => Some(Err(error.into())),
                };
                let Some(sighting) = sighting else { continue };
                let is_end = sighting.is_err();
                if sender.send(sighting).is_err() || is_end {
                    return;
                }
            }
        });
        Ok(MemberWatch { sightings })
    }
}

/// What happened to a Deployment of a member, and when it was seen.
#[derive(Debug, Clone)]
pub(super) struct MemberSighting {
    pub(super) at: Instant,
    pub(super) change: MemberChange,
    pub(super) name: String,
    /// Whether all wanted replicas are available.
    pub(super) is_available: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MemberChange {
    Added,
    Modified,
    Deleted,
}

impl MemberSighting {
    fn of(event: WatchEvent<Deployment>) -> Option<Result<Self>> {
        let at = Instant::now();
        let (change, deployment) = match event {
            WatchEvent::Added(deployment) => (MemberChange::Added, deployment),
            WatchEvent::Modified(deployment) => (MemberChange::Modified, deployment),
            WatchEvent::Deleted(deployment) => (MemberChange::Deleted, deployment),
            WatchEvent::Bookmark(_) => return None,
            WatchEvent::Error(status) => return Some(Err(anyhow::anyhow!("the member's watch: {status:?}"))),
        };
        let wanted = deployment
            .spec
            .as_ref()
            .and_then(|spec| spec.replicas)
            .unwrap_or(1);
        let available = deployment
            .status
            .as_ref()
            .and_then(|status| status.available_replicas)
            .unwrap_or(0);
        Some(Ok(Self {
            at,
            change,
            name: deployment.name_any(),
            is_available: available >= wanted,
        }))
    }
}

/// A running watch on a member.
pub(super) struct MemberWatch {
    sightings: mpsc::UnboundedReceiver<Result<MemberSighting>>,
}

impl MemberWatch {
    /// The next sighting for which `wanted` holds; others are dropped.
    pub(super) async fn until(
        &mut self,
        what: &str,
        wanted: impl Fn(&MemberSighting) -> bool,
    ) -> Result<MemberSighting> {
        let mut last = None;
        let search = async {
            loop {
                let sighting = self
                    .sightings
                    .recv()
                    .await
                    .context("the member's watch ended")??;
                if wanted(&sighting) {
                    return anyhow::Ok(sighting);
                }
                last = Some(sighting);
            }
        };
        let found = timeout(PATIENCE, search).await;
        found.with_context(|| match &last {
            Some(last) => format!("not seen in time: {what}; the last that was seen is {last:?}"),
            None => format!("not seen in time: {what}; nothing was seen"),
        })?
    }
}
