//! `Gardenlet`: the operator makes a seed of a cluster once; from then on the gardenlet follows its object by itself.

use anyhow::Result;
use serde_json::{Value, json};

use super::{
    GARDENLET, SEED, Stage, delete, ensure, get, is_going, is_observed, list, name, patch, status, tag, text,
};
use crate::gardener::objects::truths;

impl Stage {
    pub(super) async fn gardenlets(&mut self) -> Result<()> {
        if self.garden_version().await?.is_none() {
            return Ok(());
        }
        for gardenlet in list(&self.garden.clone(), GARDENLET).await? {
            if !is_going(&gardenlet) {
                self.gardenlet(&gardenlet).await?;
            }
        }
        Ok(())
    }

    async fn gardenlet(&mut self, gardenlet: &Value) -> Result<()> {
        let name = name(gardenlet);
        if get(&self.garden, SEED, None, &name).await?.is_none() {
            if !self.has_kubeconfig(gardenlet).await? {
                return Ok(());
            }
            let spec = gardenlet
                .pointer("/spec/config/seedConfig/spec")
                .cloned()
                .unwrap_or_default();
            ensure(&self.garden, &seed(&name, &spec)).await?;
        }
        self.retire(gardenlet).await?;
        if !is_observed(gardenlet) {
            let generation = gardenlet.pointer("/metadata/generation");
            let news =
                json!({"observedGeneration": generation, "conditions": truths(&["GardenletReconciled"])});
            status(&self.garden, gardenlet, news).await?;
        }
        Ok(())
    }

    /// A remote cluster is reached by the kubeconfig in a Secret, the own one without.
    async fn has_kubeconfig(&self, gardenlet: &Value) -> Result<bool> {
        let Some(secret) = text(gardenlet, "/spec/kubeconfigSecretRef/name") else {
            return Ok(true);
        };
        let namespace = text(gardenlet, "/metadata/namespace");
        Ok(get(&self.garden, ("v1", "Secret"), namespace, secret)
            .await?
            .is_some())
    }

    /// The kubeconfig has done its work: the Secret goes, and what refers to it.
    async fn retire(&self, gardenlet: &Value) -> Result<()> {
        let Some(secret) = text(gardenlet, "/spec/kubeconfigSecretRef/name") else {
            return Ok(());
        };
        let namespace = text(gardenlet, "/metadata/namespace");
        let metadata = json!({"name": secret, "namespace": namespace});
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata});
        delete(&self.garden, &secret).await?;
        patch(
            &self.garden,
            gardenlet,
            json!({"spec": {"kubeconfigSecretRef": null}}),
        )
        .await
    }

    /// The version that the gardenlet of a seed shall have: of its chart, or of the Garden where the seed is a shoot.
    pub(super) async fn wanted_gardenlet(&self, seed: &str) -> Result<Option<String>> {
        match get(&self.garden, GARDENLET, Some("garden"), seed).await? {
            Some(gardenlet) => {
                let chart = text(&gardenlet, "/spec/deployment/helm/ociRepository/ref");
                Ok(chart.and_then(tag))
            }
            None => self.garden_version().await,
        }
    }
}

pub(super) fn seed(name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "core.gardener.cloud/v1beta1", "kind": "Seed", "metadata": {"name": name}, "spec": spec})
}
