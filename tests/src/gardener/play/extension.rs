//! The operator and its extensions.

use anyhow::Result;
use serde_json::{Value, json};

use super::{
    EXTENSION, GARDEN, Stage, delete, ensure, finalizer, is_going, is_observed, list, name, status, text,
};
use crate::gardener::objects::condition;
use crate::gardener::script::ExtensionPlay;

const FINALIZER: &str = "gardener.cloud/operator";

impl Stage {
    pub(super) async fn extensions(&mut self) -> Result<()> {
        if self.operator().await?.is_none() {
            return Ok(());
        }
        let gardens = list(&self.runtime, GARDEN).await?;
        let has_garden = gardens
            .iter()
            .any(|garden| text(garden, "/status/lastOperation/state") == Some("Succeeded"));
        for extension in list(&self.runtime.clone(), EXTENSION).await? {
            self.extension(&extension, has_garden).await?;
        }
        Ok(())
    }

    async fn extension(&mut self, extension: &Value, has_garden: bool) -> Result<()> {
        let scenes = self.script.scenes();
        let name = name(extension);
        if is_going(extension) {
            for registration in registrations(&name) {
                delete(&self.garden, &registration).await?;
            }
            return finalizer(&self.runtime, extension, FINALIZER, false).await;
        }
        let play = scenes.extensions.get(&name).unwrap_or(&ExtensionPlay::Install);
        let installed = match play {
            ExtensionPlay::Sleep => return Ok(()),
            ExtensionPlay::Install => condition("Installed", "True", "the chart is installed"),
            ExtensionPlay::Fail(why) => condition("Installed", "False", why),
        };
        let required = match scenes.required.get(&name) {
            Some(by) => condition("RequiredVirtual", "True", by),
            None => condition("RequiredVirtual", "False", "nobody needs it"),
        };
        let conditions = json!([
            installed,
            condition("RequiredRuntime", "False", "nobody needs it"),
            required
        ]);
        if !is_observed(extension) || extension.pointer("/status/conditions") != Some(&conditions) {
            finalizer(&self.runtime, extension, FINALIZER, true).await?;
            let generation = extension.pointer("/metadata/generation");
            let news = json!({"observedGeneration": generation, "conditions": conditions});
            status(&self.runtime, extension, news).await?;
        }
        if has_garden && *play == ExtensionPlay::Install {
            for registration in registrations(&name) {
                ensure(&self.garden, &registration).await?;
            }
        }
        Ok(())
    }
}

/// What the operator makes of an extension in the virtual garden.
fn registrations(name: &str) -> [Value; 2] {
    let metadata = json!({"name": name});
    [
        json!({"apiVersion": "core.gardener.cloud/v1", "kind": "ControllerDeployment", "metadata": metadata}),
        json!({"apiVersion": "core.gardener.cloud/v1beta1", "kind": "ControllerRegistration", "metadata": metadata,
            "spec": {"deployment": {"deploymentRefs": [{"name": name}]}}}),
    ]
}
