//! Reads the objects that a landscape is made of, from its runtime cluster and its virtual garden. Only reads.

use std::collections::BTreeSet;

use common::kube::{Connection, Error, Failure, ObjectId};
use futures::future::try_join_all;
use serde_json::Value;

/// Kinds of the runtime cluster.
const RUNTIME: [(&str, &str); 2] = [
    ("operator.gardener.cloud/v1alpha1", "Garden"),
    ("operator.gardener.cloud/v1alpha1", "Extension"),
];

/// Kinds of the virtual garden.
const VIRTUAL: [(&str, &str); 5] = [
    ("core.gardener.cloud/v1beta1", "Project"),
    ("core.gardener.cloud/v1beta1", "Seed"),
    ("seedmanagement.gardener.cloud/v1alpha1", "ManagedSeed"),
    ("seedmanagement.gardener.cloud/v1alpha1", "Gardenlet"),
    ("core.gardener.cloud/v1beta1", "Shoot"),
];

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observation {
    /// Objects, as they are.
    pub objects: Vec<Value>,
    /// Kinds that a server does not have, with the server: no operator there, or the wrong cluster.
    pub absent: Vec<String>,
}

/// Reads a runtime cluster and, where there is one, its virtual garden.
pub async fn landscape(runtime: &Connection, garden: Option<&Connection>) -> Result<Observation, Error> {
    let runtime_kinds = RUNTIME.iter().map(|kind| (runtime, *kind));
    let virtual_kinds = garden
        .into_iter()
        .flat_map(|garden| VIRTUAL.iter().map(move |kind| (garden, *kind)));
    let reads = runtime_kinds
        .chain(virtual_kinds)
        .map(|(connection, kind)| list(connection, kind));
    let mut observation = Observation::default();
    for (kind, found) in try_join_all(reads).await? {
        match found {
            Some(objects) => observation.objects.extend(objects),
            None => observation.absent.push(kind),
        }
    }
    for name in ["gardener-operator", "gardenlet"] {
        observation
            .objects
            .extend(runtime.get(&id("apps/v1", "Deployment", name)).await?);
    }
    let configurations = observation
        .objects
        .iter()
        .flat_map(configurations)
        .collect::<Vec<_>>();
    for name in configurations {
        observation
            .objects
            .extend(runtime.get(&id("v1", "ConfigMap", &name)).await?);
    }
    Ok(observation)
}

/// Names of the seeds that a virtual garden has; none where the kind does not exist.
pub async fn seeds(garden: &Connection) -> Result<BTreeSet<String>, Error> {
    let (_, found) = list(garden, ("core.gardener.cloud/v1beta1", "Seed")).await?;
    let name = |seed: &Value| seed.pointer("/metadata/name")?.as_str().map(str::to_owned);
    Ok(found
        .into_iter()
        .flatten()
        .filter_map(|seed| name(&seed))
        .collect())
}

/// Objects beside the operator.
fn id(api_version: &str, kind: &str, name: &str) -> ObjectId {
    ObjectId {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        namespace: Some("garden".to_owned()),
        name: name.to_owned(),
    }
}

/// Names of the `ConfigMap`s of a gardenlet on the runtime cluster: one of them names its seed.
fn configurations(object: &Value) -> Vec<String> {
    if object.pointer("/metadata/name") != Some(&"gardenlet".into())
        || object.get("kind") != Some(&"Deployment".into())
    {
        return Vec::new();
    }
    let volumes = object
        .pointer("/spec/template/spec/volumes")
        .and_then(Value::as_array);
    let names = volumes
        .into_iter()
        .flatten()
        .filter_map(|volume| volume.pointer("/configMap/name")?.as_str());
    names.map(str::to_owned).collect()
}

async fn list(
    connection: &Connection,
    (api_version, kind): (&str, &str),
) -> Result<(String, Option<Vec<Value>>), Error> {
    let name = format!("{kind} ({api_version}) on {}", connection.server());
    match connection.resolve(api_version, kind).await {
        Ok(resource) => Ok((name, Some(connection.list(&resource, None, None).await?))),
        Err(error) if matches!(error.failure, Failure::UnknownKind { .. }) => Ok((name, None)),
        Err(error) => Err(error),
    }
}
