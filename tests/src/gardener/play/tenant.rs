//! Projects and shoots.

use anyhow::Result;
use serde_json::{Value, json};

use super::{
    MANAGED_SEED, PROJECT, SEED, SHOOT, Stage, asked, delete, ensure, finalizer, is_going, is_observed, list,
    name, patch, status, text,
};
use crate::gardener::objects::{operation, truths};
use crate::gardener::script::ShootPlay;

const FINALIZER: &str = "gardener";
const CONDITIONS: [&str; 5] = [
    "APIServerAvailable",
    "ControlPlaneHealthy",
    "EveryNodeReady",
    "ObservabilityComponentsHealthy",
    "SystemComponentsHealthy",
];

impl Stage {
    pub(super) async fn projects(&mut self) -> Result<()> {
        for project in list(&self.garden.clone(), PROJECT).await? {
            self.project(&project).await?;
        }
        Ok(())
    }

    async fn project(&self, project: &Value) -> Result<()> {
        let name = name(project);
        let namespace =
            text(project, "/spec/namespace").map_or_else(|| format!("garden-{name}"), str::to_owned);
        let labels = json!({"project.gardener.cloud/name": name, "gardener.cloud/role": "project"});
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}});
        if is_going(project) {
            delete(&self.garden, &namespace).await?;
            return finalizer(&self.garden, project, FINALIZER, false).await;
        }
        if text(project, "/status/phase") == Some("Ready") && is_observed(project) {
            return Ok(());
        }
        finalizer(&self.garden, project, FINALIZER, true).await?;
        ensure(&self.garden, &namespace).await?;
        let generation = project.pointer("/metadata/generation");
        status(
            &self.garden,
            project,
            json!({"observedGeneration": generation, "phase": "Ready"}),
        )
        .await
    }

    pub(super) async fn shoots(&mut self) -> Result<()> {
        let seeds = list(&self.garden.clone(), SEED).await?;
        for shoot in list(&self.garden.clone(), SHOOT).await? {
            self.shoot(&shoot, &seeds).await?;
        }
        Ok(())
    }

    async fn shoot(&mut self, shoot: &Value, seeds: &[Value]) -> Result<()> {
        let what = format!(
            "Shoot/{}/{}",
            text(shoot, "/metadata/namespace").unwrap_or_default(),
            name(shoot)
        );
        if is_going(shoot) {
            return self.delete_shoot(shoot, &what).await;
        }
        let Some(seed) = self.seed_of(shoot, seeds).await? else {
            return Ok(());
        };
        let Some(version) = text(seed, "/status/gardener/version") else {
            return Ok(());
        };
        let own = text(shoot, "/status/gardener/version");
        let follows = own.is_none() || self.script.scenes().shoots == ShootPlay::Follow;
        let is_due = own != Some(version) && follows;
        if is_due || !is_observed(shoot) || asked(shoot).is_some() {
            self.stepped(&what);
            return self.begin_shoot(shoot, version, &name(seed)).await;
        }
        if text(shoot, "/status/lastOperation/state") == Some("Processing") && self.is_time(&what) {
            return self.end_shoot(shoot).await;
        }
        Ok(())
    }

    /// The scheduler: shoots that shall be seeds go to the first that is none of them.
    async fn seed_of<'a>(&self, shoot: &Value, seeds: &'a [Value]) -> Result<Option<&'a Value>> {
        if let Some(chosen) = text(shoot, "/spec/seedName") {
            return Ok(seeds.iter().find(|seed| name(seed) == chosen));
        }
        let managed = list(&self.garden, MANAGED_SEED).await?;
        let is_managed = |seed: &&Value| managed.iter().any(|managed| name(managed) == name(seed));
        let chosen = seeds.iter().find(|seed| !is_managed(seed));
        if let Some(seed) = chosen {
            patch(&self.garden, shoot, json!({"spec": {"seedName": name(seed)}})).await?;
        }
        Ok(None)
    }

    async fn begin_shoot(&self, shoot: &Value, version: &str, seed: &str) -> Result<()> {
        finalizer(&self.garden, shoot, FINALIZER, true).await?;
        self.label(shoot, "progressing").await?;
        let begun = json!({
            "observedGeneration": shoot.pointer("/metadata/generation"),
            "gardener": {"id": "gardenlet", "name": "gardenlet", "version": version},
            "seedName": seed,
            "lastOperation": operation("Reconcile", "Processing", 0, "Reconciliation of Shoot cluster initialized."),
        });
        status(&self.garden, shoot, begun).await?;
        if asked(shoot).is_some() {
            let gone = json!({"metadata": {"annotations": {"gardener.cloud/operation": null}}});
            patch(&self.garden, shoot, gone).await?;
        }
        Ok(())
    }

    async fn end_shoot(&self, shoot: &Value) -> Result<()> {
        let done = operation(
            "Reconcile",
            "Succeeded",
            100,
            "Shoot cluster has been successfully reconciled.",
        );
        status(
            &self.garden,
            shoot,
            json!({"lastOperation": done, "conditions": truths(&CONDITIONS)}),
        )
        .await?;
        self.label(shoot, "healthy").await
    }

    async fn label(&self, shoot: &Value, value: &str) -> Result<()> {
        let labels = json!({"metadata": {"labels": {"shoot.gardener.cloud/status": value}}});
        patch(&self.garden, shoot, labels).await
    }

    async fn delete_shoot(&mut self, shoot: &Value, what: &str) -> Result<()> {
        if text(shoot, "/status/lastOperation/type") != Some("Delete") {
            self.stepped(what);
            let begun = json!({"lastOperation": operation("Delete", "Processing", 0, "Deletion of Shoot cluster initialized.")});
            return status(&self.garden, shoot, begun).await;
        }
        if self.is_time(what) {
            finalizer(&self.garden, shoot, FINALIZER, false).await?;
        }
        Ok(())
    }
}
