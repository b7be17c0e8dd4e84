//! **Stand-ins.** Gardener's own components cannot be had from package registries. Its aggregated kinds are stood in
//! for by definitions of the same group, version, kind, scope and subresources that accept any content, and what its
//! controllers report is written by the test, in the order in which they would.
//!
//! The kinds of the operator are real where the folder of `ALASCA_CONFORMANCE_DATA` has their definitions.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{DynamicObject, Patch, PatchParams, PostParams};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Api, Client};
use serde_json::{Value, json};

/// A kind: group, version, kind, plural, scope.
type Kind = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const OPERATOR: [Kind; 2] = [
    (
        "operator.gardener.cloud",
        "v1alpha1",
        "Garden",
        "gardens",
        "Cluster",
    ),
    (
        "operator.gardener.cloud",
        "v1alpha1",
        "Extension",
        "extensions",
        "Cluster",
    ),
];

const AGGREGATED: [Kind; 5] = [
    ("core.gardener.cloud", "v1beta1", "Project", "projects", "Cluster"),
    ("core.gardener.cloud", "v1beta1", "Seed", "seeds", "Cluster"),
    ("core.gardener.cloud", "v1beta1", "Shoot", "shoots", "Namespaced"),
    (
        "seedmanagement.gardener.cloud",
        "v1alpha1",
        "ManagedSeed",
        "managedseeds",
        "Namespaced",
    ),
    (
        "seedmanagement.gardener.cloud",
        "v1alpha1",
        "Gardenlet",
        "gardenlets",
        "Namespaced",
    ),
];

/// Installs all kinds and waits until they are served.
pub async fn install(client: &Client, conformance_data: Option<&Path>) -> Result<()> {
    for kind in OPERATOR {
        let real = conformance_data.map(|folder| real(folder, kind)).transpose()?;
        let definition = match real {
            Some(real) => real,
            None => stand_in(kind)?,
        };
        define(client, definition).await?;
    }
    for kind in AGGREGATED {
        define(client, stand_in(kind)?).await?;
    }
    Ok(())
}

/// Creates an object, and writes its status as its controller would.
pub async fn report(client: &Client, object: &Value) -> Result<()> {
    let (api, name) = api_of(client, object)?;
    if api.get_opt(&name).await?.is_none() {
        api.create(&PostParams::default(), &serde_json::from_value(object.clone())?)
            .await?;
    }
    if let Some(status) = object.get("status") {
        let mut status = status.clone();
        let stored = api.get(&name).await?;
        if let Some(observed) = status.get_mut("observedGeneration") {
            *observed = json!(stored.metadata.generation);
        }
        let patch = Patch::Merge(json!({"status": status}));
        api.patch_status(&name, &PatchParams::default(), &patch).await?;
    }
    Ok(())
}

fn api_of(client: &Client, object: &Value) -> Result<(Api<DynamicObject>, String)> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let (group, version) = text("/apiVersion")
        .and_then(|text| text.split_once('/'))
        .context("no apiVersion")?;
    let kind = text("/kind").context("no kind")?;
    let known = OPERATOR
        .iter()
        .chain(&AGGREGATED)
        .find(|known| (known.0, known.2) == (group, kind));
    let (.., plural, _) = known.context("not a kind of Gardener")?;
    let resource = ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind), plural);
    let name = text("/metadata/name").context("no name")?.to_owned();
    let api = match text("/metadata/namespace") {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    };
    Ok((api, name))
}

async fn define(client: &Client, definition: CustomResourceDefinition) -> Result<()> {
    let definitions: Api<CustomResourceDefinition> = Api::all(client.clone());
    let name = definition
        .metadata
        .name
        .clone()
        .context("a definition has a name")?;
    definitions.create(&PostParams::default(), &definition).await?;
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_established(&definitions.get(&name).await?) {
        if Instant::now() > deadline {
            bail!("{name} is not established");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

fn is_established(definition: &CustomResourceDefinition) -> bool {
    let conditions = definition
        .status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten());
    conditions
        .into_iter()
        .any(|condition| condition.type_ == "Established" && condition.status == "True")
}

fn real(folder: &Path, (group, _, _, plural, _): Kind) -> Result<CustomResourceDefinition> {
    let file = folder
        .join("gardener/crds")
        .join(format!("10-crd-{group}_{plural}.yaml"));
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(serde_saphyr::from_str(&text)?)
}

fn stand_in((group, version, kind, plural, scope): Kind) -> Result<CustomResourceDefinition> {
    Ok(serde_json::from_value(json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{group}"), "annotations": {
            "api-approved.kubernetes.io": "unapproved, a stand-in for tests"}},
        "spec": {
            "group": group,
            "scope": scope,
            "names": {"kind": kind, "plural": plural, "singular": kind.to_lowercase()},
            "versions": [{
                "name": version, "served": true, "storage": true,
                "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
            }],
        },
    }))?)
}
