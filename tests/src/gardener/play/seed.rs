//! Seeds: gardenlets report, and those of managed seeds follow the Garden.

use anyhow::Result;
use serde_json::{Value, json};

use super::gardenlet::seed;
use super::{
    GARDEN, MANAGED_SEED, SEED, SHOOT, Stage, asked, delete, ensure, finalizer, get, is_going, is_observed,
    list, minor, name, patch, status, text,
};
use crate::gardener::objects::{condition, operation, truths};

const FINALIZER: &str = "gardener";
const CONDITIONS: [&str; 3] = ["GardenletReady", "ExtensionsReady", "SeedSystemComponentsHealthy"];
/// How many minors a gardenlet may be behind.
const LAG: u32 = 2;

impl Stage {
    /// The version of the Garden that was last reconciled: of the API server in the virtual garden.
    pub(super) async fn garden_version(&self) -> Result<Option<String>> {
        let gardens = list(&self.runtime, GARDEN).await?;
        let done = gardens
            .iter()
            .find(|garden| text(garden, "/status/lastOperation/state") == Some("Succeeded"));
        Ok(done
            .and_then(|garden| text(garden, "/status/gardener/version"))
            .map(str::to_owned))
    }

    pub(super) async fn managed_seeds(&mut self) -> Result<()> {
        for managed in list(&self.garden.clone(), MANAGED_SEED).await? {
            self.managed_seed(&managed).await?;
        }
        Ok(())
    }

    async fn managed_seed(&mut self, managed: &Value) -> Result<()> {
        let name = name(managed);
        if is_going(managed) {
            delete(&self.garden, &seed(&name, &Value::Null)).await?;
            if get(&self.garden, SEED, None, &name).await?.is_none() {
                finalizer(&self.garden, managed, FINALIZER, false).await?;
            }
            return Ok(());
        }
        let shoot = text(managed, "/spec/shoot/name").unwrap_or_default();
        let shoot = get(&self.garden, SHOOT, text(managed, "/metadata/namespace"), shoot).await?;
        let is_ready =
            shoot.is_some_and(|shoot| text(&shoot, "/status/lastOperation/state") == Some("Succeeded"));
        if !is_ready || is_observed(managed) {
            return Ok(());
        }
        finalizer(&self.garden, managed, FINALIZER, true).await?;
        ensure(
            &self.garden,
            &seed(&name, &json!({"provider": {"type": "local"}})),
        )
        .await?;
        let generation = managed.pointer("/metadata/generation");
        let news = json!({"observedGeneration": generation, "conditions": truths(&["ShootReconciled", "SeedRegistered"])});
        status(&self.garden, managed, news).await
    }

    pub(super) async fn seeds(&mut self) -> Result<()> {
        for seed in list(&self.garden.clone(), SEED).await? {
            if is_going(&seed) {
                finalizer(&self.garden, &seed, FINALIZER, false).await?;
            } else {
                self.seed(&seed).await?;
            }
        }
        Ok(())
    }

    async fn seed(&mut self, seed: &Value) -> Result<()> {
        let name = name(seed);
        let what = format!("Seed/{name}");
        let Some(wanted) = self.wanted_gardenlet(&name).await? else {
            return Ok(());
        };
        self.watch_skew(&name, &wanted).await?;
        let is_mine = text(seed, "/status/gardener/version") == Some(wanted.as_str());
        if !is_mine || !is_observed(seed) || asked(seed).is_some() {
            self.stepped(&what);
            return self.begin_seed(seed, &wanted).await;
        }
        let conditions = self.conditions(&name);
        let is_done = text(seed, "/status/lastOperation/state") == Some("Succeeded");
        if (is_done && seed.pointer("/status/conditions") == Some(&conditions)) || !self.is_time(&what) {
            return Ok(());
        }
        let done = operation(
            "Reconcile",
            "Succeeded",
            100,
            "Seed cluster has been successfully reconciled.",
        );
        status(
            &self.garden,
            seed,
            json!({"lastOperation": done, "conditions": conditions}),
        )
        .await
    }

    async fn begin_seed(&self, seed: &Value, version: &str) -> Result<()> {
        finalizer(&self.garden, seed, FINALIZER, true).await?;
        let begun = json!({
            "observedGeneration": seed.pointer("/metadata/generation"),
            "gardener": {"id": "gardenlet", "name": "gardenlet", "version": version},
            "kubernetesVersion": "v1.34.2",
            "lastOperation": operation("Reconcile", "Processing", 0, "Reconciliation of Seed cluster initialized."),
        });
        status(&self.garden, seed, begun).await?;
        if asked(seed).is_some() {
            let gone = json!({"metadata": {"annotations": {"gardener.cloud/operation": null}}});
            patch(&self.garden, seed, gone).await?;
        }
        Ok(())
    }

    fn conditions(&self, name: &str) -> Value {
        let scenes = self.script.scenes();
        let one = |kind: &&str| {
            let key = (name.to_owned(), (*kind).to_owned());
            match scenes.seeds.get(&key) {
                Some(value) => condition(kind, value, "as the script has it"),
                None => condition(kind, "True", "well"),
            }
        };
        CONDITIONS.iter().map(one).collect()
    }

    /// A gardenlet is never newer than the API server, and at most two minors older.
    async fn watch_skew(&self, name: &str, wanted: &str) -> Result<()> {
        let garden = list(&self.runtime, GARDEN).await?;
        let garden = garden
            .iter()
            .find_map(|garden| minor(text(garden, "/status/gardener/version")?));
        if let (Some(server), Some(gardenlet)) = (garden, minor(wanted))
            && (gardenlet > server || gardenlet.1 + LAG < server.1)
        {
            self.violation(format!(
                "the gardenlet of {name} is {wanted}, the API server is of {server:?}"
            ));
        }
        Ok(())
    }
}
