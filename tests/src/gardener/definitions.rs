//! Gardener's kinds, so that an API server serves them.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::PostParams;
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Api, Client};
use serde_json::json;

/// A kind: group, version, kind, plural, scope.
type Kind = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const OPERATOR: &str = "operator.gardener.cloud";
const CORE: &str = "core.gardener.cloud";
const SECURITY: &str = "security.gardener.cloud";
const SEEDS: &str = "seedmanagement.gardener.cloud";

/// Kinds of the operator, on the runtime cluster.
const OF_THE_OPERATOR: [Kind; 2] = [
    (OPERATOR, "v1alpha1", "Garden", "gardens", "Cluster"),
    (OPERATOR, "v1alpha1", "Extension", "extensions", "Cluster"),
];

/// Kinds of the virtual garden.
const AGGREGATED: [Kind; 16] = [
    (CORE, "v1beta1", "Project", "projects", "Cluster"),
    (CORE, "v1beta1", "Seed", "seeds", "Cluster"),
    (CORE, "v1beta1", "Shoot", "shoots", "Namespaced"),
    (CORE, "v1beta1", "CloudProfile", "cloudprofiles", "Cluster"),
    (
        CORE,
        "v1beta1",
        "NamespacedCloudProfile",
        "namespacedcloudprofiles",
        "Namespaced",
    ),
    (CORE, "v1beta1", "Quota", "quotas", "Namespaced"),
    (CORE, "v1beta1", "SecretBinding", "secretbindings", "Namespaced"),
    (
        CORE,
        "v1beta1",
        "ControllerRegistration",
        "controllerregistrations",
        "Cluster",
    ),
    (
        CORE,
        "v1",
        "ControllerDeployment",
        "controllerdeployments",
        "Cluster",
    ),
    (CORE, "v1beta1", "BackupBucket", "backupbuckets", "Cluster"),
    (CORE, "v1beta1", "ExposureClass", "exposureclasses", "Cluster"),
    (
        SECURITY,
        "v1alpha1",
        "CredentialsBinding",
        "credentialsbindings",
        "Namespaced",
    ),
    (
        SECURITY,
        "v1alpha1",
        "WorkloadIdentity",
        "workloadidentities",
        "Namespaced",
    ),
    (SEEDS, "v1alpha1", "ManagedSeed", "managedseeds", "Namespaced"),
    (SEEDS, "v1alpha1", "Gardenlet", "gardenlets", "Namespaced"),
    (
        SEEDS,
        "v1alpha1",
        "ManagedSeedSet",
        "managedseedsets",
        "Namespaced",
    ),
];

/// Kinds of others with which the stand-in works.
const OTHERS: [(&str, &str, &str); 4] = [
    ("apps/v1", "Deployment", "deployments"),
    ("v1", "Secret", "secrets"),
    ("v1", "ConfigMap", "configmaps"),
    ("v1", "Namespace", "namespaces"),
];

/// Installs all kinds and waits until they are served.
pub async fn install(client: &Client, conformance_data: Option<&Path>) -> Result<()> {
    let mut names = Vec::new();
    for kind in OF_THE_OPERATOR {
        let real = conformance_data.map(|folder| real(folder, kind)).transpose()?;
        let definition = match real {
            Some(real) => real,
            None => stand_in(kind)?,
        };
        names.push(create(client, definition).await?);
    }
    for kind in AGGREGATED {
        names.push(create(client, stand_in(kind)?).await?);
    }
    for name in names {
        established(client, &name).await?;
    }
    Ok(())
}

/// How to ask for objects of a kind.
pub(super) fn resource(api_version: &str, kind: &str) -> Result<ApiResource> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let of_gardener = OF_THE_OPERATOR
        .iter()
        .chain(&AGGREGATED)
        .find(|known| (known.0, known.1, known.2) == (group, version, kind))
        .map(|known| known.3);
    let of_others = OTHERS
        .iter()
        .find(|known| (known.0, known.1) == (api_version, kind))
        .map(|known| known.2);
    let plural = of_gardener
        .or(of_others)
        .with_context(|| format!("{kind} of {api_version} is no kind of Gardener"))?;
    Ok(ApiResource::from_gvk_with_plural(
        &GroupVersionKind::gvk(group, version, kind),
        plural,
    ))
}

async fn create(client: &Client, definition: CustomResourceDefinition) -> Result<String> {
    let definitions: Api<CustomResourceDefinition> = Api::all(client.clone());
    let name = definition.metadata.name.clone();
    let name = name.context("a definition has a name")?;
    if definitions.get_opt(&name).await?.is_none() {
        definitions.create(&PostParams::default(), &definition).await?;
    }
    Ok(name)
}

async fn established(client: &Client, name: &str) -> Result<()> {
    let definitions: Api<CustomResourceDefinition> = Api::all(client.clone());
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_established(&definitions.get(name).await?) {
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
