//! What each controller does, a file per kind. All of them look at the objects and take one step.

mod extension;
mod garden;
mod gardenlet;
mod protection;
mod seed;
mod tenant;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::core::DynamicObject;
use kube::{Api, Client, ResourceExt as _};
use serde_json::{Value, json};

use super::api_of;
use super::definitions::resource;
use super::script::Script;

pub(super) const GARDEN: (&str, &str) = ("operator.gardener.cloud/v1alpha1", "Garden");
const EXTENSION: (&str, &str) = ("operator.gardener.cloud/v1alpha1", "Extension");
const PROJECT: (&str, &str) = ("core.gardener.cloud/v1beta1", "Project");
const SEED: (&str, &str) = ("core.gardener.cloud/v1beta1", "Seed");
const SHOOT: (&str, &str) = ("core.gardener.cloud/v1beta1", "Shoot");
const MANAGED_SEED: (&str, &str) = ("seedmanagement.gardener.cloud/v1alpha1", "ManagedSeed");
const GARDENLET: (&str, &str) = ("seedmanagement.gardener.cloud/v1alpha1", "Gardenlet");
const DEPLOYMENT: (&str, &str) = ("apps/v1", "Deployment");

/// Under which the stand-in writes.
const MANAGER: &str = "gardener-stand-in";

/// The clusters, and what is under way.
pub(super) struct Stage {
    runtime: Client,
    garden: Client,
    script: Script,
    violations: Arc<Mutex<Vec<String>>>,
    /// When an operation took its last step, by kind and name.
    steps: HashMap<String, Instant>,
}

impl Stage {
    pub(super) fn new(
        runtime: &Client,
        garden: &Client,
        script: Script,
        violations: Arc<Mutex<Vec<String>>>,
    ) -> Self {
        Self {
            runtime: runtime.clone(),
            garden: garden.clone(),
            script,
            violations,
            steps: HashMap::new(),
        }
    }

    /// All controllers look once. What one of them cannot do keeps none of the others from its work.
    pub(super) async fn play(&mut self) -> Result<()> {
        let results = [
            self.protect().await,
            self.gardens().await,
            self.extensions().await,
            self.gardenlets().await,
            self.managed_seeds().await,
            self.seeds().await,
            self.projects().await,
            self.shoots().await,
        ];
        results.into_iter().collect()
    }

    /// How long nothing is done unless something changes.
    pub(super) fn pause(&self) -> Duration {
        self.script.scenes().pace.max(Duration::from_millis(10))
    }

    fn violation(&self, what: String) {
        let mut violations = self.violations.lock().unwrap_or_else(PoisonError::into_inner);
        if !violations.contains(&what) {
            violations.push(what);
        }
    }

    /// Whether an operation takes its next step now.
    fn is_time(&mut self, what: &str) -> bool {
        let pace = self.script.scenes().pace;
        let now = Instant::now();
        let last = self.steps.entry(what.to_owned()).or_insert(now);
        let is_time = now.duration_since(*last) >= pace;
        if is_time {
            *last = now;
        }
        is_time
    }

    /// The next step is one pace from now.
    fn stepped(&mut self, what: &str) {
        self.steps.insert(what.to_owned(), Instant::now());
    }

    /// The version that the operator's Deployment is of.
    async fn operator(&self) -> Result<Option<String>> {
        let operator = get(&self.runtime, DEPLOYMENT, Some("garden"), "gardener-operator").await?;
        let image = operator.as_ref().and_then(|operator| {
            let image = operator.pointer("/spec/template/spec/containers/0/image");
            image.and_then(Value::as_str)
        });
        Ok(image.and_then(tag))
    }
}

/// The tag of an image or a chart.
fn tag(reference: &str) -> Option<String> {
    let reference = reference.split('@').next().unwrap_or(reference);
    let last = reference.rsplit('/').next().unwrap_or(reference);
    let (_, tag) = last.split_once(':')?;
    Some(tag.to_owned())
}

/// `v1.148.4` as numbers.
fn minor(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn text<'a>(object: &'a Value, pointer: &str) -> Option<&'a str> {
    object.pointer(pointer).and_then(Value::as_str)
}

fn name(object: &Value) -> String {
    text(object, "/metadata/name").unwrap_or_default().to_owned()
}

fn is_going(object: &Value) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some()
}

fn is_observed(object: &Value) -> bool {
    object.pointer("/status/observedGeneration") == object.pointer("/metadata/generation")
}

/// The operations that somebody asks for.
fn asked(object: &Value) -> Option<&str> {
    object
        .pointer("/metadata/annotations")?
        .get("gardener.cloud/operation")?
        .as_str()
}

async fn list(client: &Client, (api_version, kind): (&str, &str)) -> Result<Vec<Value>> {
    let api: Api<DynamicObject> = Api::all_with(client.clone(), &resource(api_version, kind)?);
    let objects = api.list(&ListParams::default()).await?;
    let with_kind = |object: DynamicObject| {
        let mut object = serde_json::to_value(object)?;
        object["apiVersion"] = json!(api_version);
        object["kind"] = json!(kind);
        Ok(object)
    };
    objects.items.into_iter().map(with_kind).collect()
}

async fn get(
    client: &Client,
    (api_version, kind): (&str, &str),
    namespace: Option<&str>,
    name: &str,
) -> Result<Option<Value>> {
    let mut key = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}});
    if let Some(namespace) = namespace {
        key["metadata"]["namespace"] = json!(namespace);
    }
    let (api, name) = api_of(client, &key)?;
    Ok(api.get_opt(&name).await?.map(serde_json::to_value).transpose()?)
}

/// Creates an object that is not there yet.
async fn ensure(client: &Client, object: &Value) -> Result<()> {
    let (api, name) = api_of(client, object)?;
    if api.get_opt(&name).await?.is_none() {
        let parameters = PostParams {
            field_manager: Some(MANAGER.to_owned()),
            ..PostParams::default()
        };
        api.create(&parameters, &serde_json::from_value(object.clone())?)
            .await?;
    }
    Ok(())
}

/// Writes into the status; lists are replaced.
async fn status(client: &Client, object: &Value, status: Value) -> Result<()> {
    let (api, name) = api_of(client, object)?;
    let parameters = PatchParams {
        field_manager: Some(MANAGER.to_owned()),
        ..PatchParams::default()
    };
    let patch = Patch::Merge(json!({"status": status}));
    api.patch_status(&name, &parameters, &patch).await?;
    Ok(())
}

/// Writes anything else.
async fn patch(client: &Client, object: &Value, change: Value) -> Result<()> {
    let (api, name) = api_of(client, object)?;
    let parameters = PatchParams {
        field_manager: Some(MANAGER.to_owned()),
        ..PatchParams::default()
    };
    api.patch(&name, &parameters, &Patch::Merge(change)).await?;
    Ok(())
}

async fn delete(client: &Client, object: &Value) -> Result<()> {
    let (api, name) = api_of(client, object)?;
    match api.delete(&name, &DeleteParams::default()).await {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        other => Ok(other.map(drop)?),
    }
}

/// Adds or removes a finalizer.
async fn finalizer(client: &Client, object: &Value, finalizer: &str, is_wanted: bool) -> Result<()> {
    let (api, name) = api_of(client, object)?;
    let Some(stored) = api.get_opt(&name).await? else {
        return Ok(());
    };
    let mut finalizers = stored.finalizers().to_vec();
    if finalizers.iter().any(|one| one == finalizer) == is_wanted {
        return Ok(());
    }
    if is_wanted {
        finalizers.push(finalizer.to_owned());
    } else {
        finalizers.retain(|one| one != finalizer);
    }
    let version = stored.resource_version();
    patch(
        client,
        object,
        json!({"metadata": {"finalizers": finalizers, "resourceVersion": version}}),
    )
    .await
}
