//! Secrets and `ConfigMap`s that a Garden or an Extension names do not go before it.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::Value;

use super::{EXTENSION, GARDEN, Stage, finalizer, list, name, text};

const FINALIZER: &str = "gardener.cloud/reference-protection";
const PROTECTED: [(&str, &str); 2] = [("v1", "Secret"), ("v1", "ConfigMap")];

impl Stage {
    pub(super) async fn protect(&mut self) -> Result<()> {
        let mut named = BTreeSet::new();
        for kind in [GARDEN, EXTENSION] {
            for object in list(&self.runtime, kind).await? {
                references(object.get("spec").unwrap_or(&Value::Null), &mut named);
            }
        }
        for kind in PROTECTED {
            for object in list(&self.runtime, kind).await? {
                if text(&object, "/metadata/namespace") == Some("garden") {
                    let is_named = named.contains(&(kind.1.to_owned(), name(&object)));
                    finalizer_of(self, &object, is_named).await?;
                }
            }
        }
        Ok(())
    }
}

async fn finalizer_of(stage: &Stage, object: &Value, is_named: bool) -> Result<()> {
    let finalizers = object.pointer("/metadata/finalizers").and_then(Value::as_array);
    let is_protected = finalizers.is_some_and(|all| all.iter().any(|one| one == FINALIZER));
    if is_named == is_protected {
        return Ok(());
    }
    finalizer(&stage.runtime, object, FINALIZER, is_named).await
}

fn references(value: &Value, named: &mut BTreeSet<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let name = text(member, "/name").map(str::to_owned);
                match (key.as_str(), name) {
                    ("secretRef" | "pullSecretRef" | "caBundleSecretRef", Some(name)) => {
                        named.insert(("Secret".to_owned(), name));
                    }
                    ("resourceRef", Some(name)) => {
                        named.insert((text(member, "/kind").unwrap_or_default().to_owned(), name));
                    }
                    _ => references(member, named),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, named)),
        _ => {}
    }
}
