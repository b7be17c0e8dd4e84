//! The operator and its Garden.

use anyhow::Result;
use serde_json::{Value, json};

use super::{GARDEN, Stage, asked, finalizer, is_going, is_observed, list, minor, name, patch, status, text};
use crate::gardener::objects::{operation, truths};
use crate::gardener::script::GardenPlay;

const FINALIZER: &str = "gardener.cloud/operator";
const CONDITIONS: [&str; 4] = [
    "RuntimeComponentsHealthy",
    "VirtualComponentsHealthy",
    "VirtualGardenAPIServerAvailable",
    "ObservabilityComponentsHealthy",
];

impl Stage {
    pub(super) async fn gardens(&mut self) -> Result<()> {
        let Some(version) = self.operator().await? else {
            return Ok(());
        };
        for garden in list(&self.runtime.clone(), GARDEN).await? {
            self.garden(&garden, &version).await?;
        }
        Ok(())
    }

    async fn garden(&mut self, garden: &Value, version: &str) -> Result<()> {
        let play = self.script.scenes().garden;
        let what = format!("Garden/{}", name(garden));
        if !self.runs(garden, version) || play == GardenPlay::Sleep {
            return Ok(());
        }
        if is_going(garden) {
            return self.delete_garden(garden, &what).await;
        }
        let state = text(garden, "/status/lastOperation/state");
        let is_mine = text(garden, "/status/gardener/version") == Some(version);
        if state.is_none() || !is_mine || !is_observed(garden) || asked(garden).is_some() {
            self.stepped(&what);
            return self.begin(garden, version).await;
        }
        let is_retried = matches!(play, GardenPlay::Succeed) && matches!(state, Some("Error" | "Failed"));
        if state != Some("Processing") && !is_retried {
            return Ok(());
        }
        if !self.is_time(&what) {
            return Ok(());
        }
        self.advance(garden, &play).await
    }

    /// The operator ends at once where it would go back or skip a minor.
    fn runs(&self, garden: &Value, version: &str) -> bool {
        let before = text(garden, "/status/gardener/version").and_then(minor);
        let (Some(before), Some(now)) = (before, minor(version)) else {
            return true;
        };
        let is_allowed = now == before || now == (before.0, before.1 + 1);
        if !is_allowed {
            self.violation(format!(
                "the operator {version} ended: the Garden is of {before:?}"
            ));
        }
        is_allowed
    }

    /// Finalizer, then one patch of the status, then the annotation goes.
    async fn begin(&self, garden: &Value, version: &str) -> Result<()> {
        finalizer(&self.runtime, garden, FINALIZER, true).await?;
        let begun = json!({
            "observedGeneration": garden.pointer("/metadata/generation"),
            "gardener": {"id": "operator", "name": "gardener-operator", "version": version},
            "lastOperation": operation("Reconcile", "Processing", 0, "Reconciliation of Garden cluster initialized."),
        });
        status(&self.runtime, garden, begun).await?;
        if asked(garden).is_some() {
            let gone = json!({"metadata": {"annotations": {"gardener.cloud/operation": null}}});
            patch(&self.runtime, garden, gone).await?;
        }
        Ok(())
    }

    async fn advance(&self, garden: &Value, play: &GardenPlay) -> Result<()> {
        let progress = garden
            .pointer("/status/lastOperation/progress")
            .and_then(Value::as_i64);
        let next = match (progress, play) {
            (Some(0), _) => {
                json!({"lastOperation": operation("Reconcile", "Processing", 50, "Deploying etcds")})
            }
            (_, GardenPlay::Hold | GardenPlay::Sleep) => return Ok(()),
            (_, GardenPlay::End(state, why)) => {
                json!({"lastOperation": operation("Reconcile", state, 50, why)})
            }
            (_, GardenPlay::Succeed) => json!({
                "conditions": truths(&CONDITIONS),
                "lastOperation": operation("Reconcile", "Succeeded", 100, "Garden cluster has been successfully reconciled."),
            }),
        };
        status(&self.runtime, garden, next).await
    }

    async fn delete_garden(&mut self, garden: &Value, what: &str) -> Result<()> {
        if text(garden, "/status/lastOperation/type") != Some("Delete") {
            self.stepped(what);
            let begun = json!({"lastOperation": operation("Delete", "Processing", 0, "Deletion of Garden cluster initialized.")});
            return status(&self.runtime, garden, begun).await;
        }
        if self.is_time(what) {
            finalizer(&self.runtime, garden, FINALIZER, false).await?;
        }
        Ok(())
    }
}
