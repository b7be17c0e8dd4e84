//! The objects that an application wants on a cluster. Pure.

use common::kube::{Fields, ObjectId};
use serde_json::{Map, Value, json};

use super::names::APPLICATION_LABEL;
use crate::api::{Application, ObjectRef};
use crate::manifest::{self, split_list};

/// One object that shall be on a cluster.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    /// Full identity.
    pub(super) id: ObjectId,
    /// As it is remembered: the manifest's object with observed members filled in.
    pub(super) object: Value,
    /// What of it is observed.
    pub(super) schema: Value,
    /// Whether the user said what is observed. Else it is everything that the manifest names.
    pub(super) is_custom: bool,
}

/// The desired objects of an application with their schemas, in the order of the manifest; `previous` is what
/// was applied to the same cluster before.
pub(super) fn desired(application: &Application, previous: &[Value]) -> Desired {
    let spec = &application.spec;
    let wanted = manifest::as_kept(&spec.manifest);
    let schemas = manifest::complete(&manifest::as_kept(&spec.observer_schema), &wanted);
    let objects = manifest::desired(&wanted, &schemas, previous);
    Desired { objects, schemas }
}

/// Desired objects whose identity is not complete yet.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Desired {
    /// The objects.
    pub(super) objects: Vec<Value>,
    /// All schemas.
    pub(super) schemas: Vec<Value>,
}

impl Desired {
    /// Completes the objects with their full identities, given in the same order.
    pub(super) fn identified(self, application: &Application, ids: Vec<ObjectId>) -> Vec<Wanted> {
        let custom = &application.spec.observer_schema;
        let pairs = manifest::pair(&self.objects, &self.schemas).into_iter().zip(ids);
        pairs
            .map(|((object, schema), id)| Wanted {
                id,
                object: object.clone(),
                schema: schema.cloned().unwrap_or(Value::Null),
                is_custom: custom.iter().any(|schema| manifest::same_name(schema, object)),
            })
            .collect()
    }
}

impl Wanted {
    /// The whole object as it is sent, with the label by which it is found again.
    pub(super) fn whole(&self, uid: &str) -> Value {
        labelled(self.object.clone(), uid)
    }

    /// Only what is observed, as it is sent to undo drift: what others set elsewhere stays.
    pub(super) fn observed(&self, uid: &str) -> Value {
        if !self.is_custom {
            return self.whole(uid);
        }
        let mut part = observed_part(&self.schema, &self.object);
        for (key, value) in self.object.as_object().into_iter().flatten() {
            if matches!(key.as_str(), "apiVersion" | "kind")
                && let Value::Object(members) = &mut part
            {
                members.insert(key.clone(), value.clone());
            }
        }
        if let Some(namespace) = self.object.pointer("/metadata/namespace")
            && let Some(Value::Object(metadata)) = part.get_mut("metadata")
        {
            metadata.insert("namespace".to_owned(), namespace.clone());
        }
        labelled(part, uid)
    }

    /// What Krake owns of the object: what is observed, and the label.
    pub(super) fn owned(&self) -> Fields {
        let mut fields = fields(&self.schema);
        if let Fields::Members(members) = &mut fields {
            let metadata = members.entry("metadata".to_owned()).or_insert_with(none);
            if let Fields::Members(metadata) = metadata {
                let labels = metadata.entry("labels".to_owned()).or_insert_with(none);
                if let Fields::Members(labels) = labels {
                    labels.insert(APPLICATION_LABEL.to_owned(), Fields::All);
                }
            }
        }
        fields
    }

    /// Fills observed members from a live object.
    pub(super) fn fill(&mut self, live: &Value) {
        manifest::fill(&mut self.object, &self.schema, live);
    }
}

fn none() -> Fields {
    Fields::Members(std::collections::BTreeMap::new())
}

fn fields(schema: &Value) -> Fields {
    match schema {
        Value::Object(members) => Fields::Members(
            members
                .iter()
                .map(|(key, schema)| (key.clone(), fields(schema)))
                .collect(),
        ),
        Value::Array(elements) => Fields::Positions(split_list(elements).0.iter().map(fields).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Fields::All,
    }
}

fn labelled(mut object: Value, uid: &str) -> Value {
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        let labels = metadata.entry("labels").or_insert_with(|| json!({}));
        if !labels.is_object() {
            *labels = json!({});
        }
        if let Value::Object(labels) = labels {
            labels.insert(APPLICATION_LABEL.to_owned(), json!(uid));
        }
    }
    object
}

/// Members by which lists of objects are keyed in Kubernetes: without them an element cannot be sent.
const KEYS: [&str; 12] = [
    "name",
    "containerPort",
    "port",
    "protocol",
    "mountPath",
    "devicePath",
    "ip",
    "type",
    "key",
    "uid",
    "topologyKey",
    "whenUnsatisfiable",
];

fn observed_part(schema: &Value, object: &Value) -> Value {
    match (schema, object) {
        (Value::Object(schema), Value::Object(object)) => schema
            .iter()
            .filter_map(|(key, schema)| Some((key.clone(), observed_part(schema, object.get(key)?))))
            .collect(),
        (Value::Array(schema), Value::Array(object)) => {
            let (positions, _) = split_list(schema);
            positions
                .iter()
                .zip(object)
                .map(|(schema, element)| with_keys(schema, element))
                .collect()
        }
        (_, object) => object.clone(),
    }
}

fn with_keys(schema: &Value, element: &Value) -> Value {
    let mut part = observed_part(schema, element);
    if let (Value::Object(part), Value::Object(element)) = (&mut part, element) {
        for key in KEYS {
            if let Some(value) = element
                .get(key)
                .filter(|value| value.is_string() || value.is_number())
            {
                part.entry(key).or_insert_with(|| value.clone());
            }
        }
    }
    part
}

/// The kinds that the custom resource definitions of a manifest bring along: group, kind, and whether the
/// objects live in a namespace. They can be named before the cluster knows them.
pub(super) fn own_kinds(manifest: &[Value]) -> Vec<(String, String, bool)> {
    let text = |spec: &Map<String, Value>, pointer: &str| {
        let (first, rest) = pointer.split_once('/').unwrap_or((pointer, ""));
        let value = spec.get(first)?;
        if rest.is_empty() {
            value.as_str()
        } else {
            value.get(rest)?.as_str()
        }
        .map(str::to_owned)
    };
    manifest
        .iter()
        .filter(|object| object.get("kind").and_then(Value::as_str) == Some("CustomResourceDefinition"))
        .filter_map(|object| object.get("spec")?.as_object())
        .filter_map(|spec| {
            let namespaced = text(spec, "scope")? == "Namespaced";
            Some((text(spec, "group")?, text(spec, "names/kind")?, namespaced))
        })
        .collect()
}

/// As the API writes identities.
pub(super) fn to_ref(id: &ObjectId) -> ObjectRef {
    ObjectRef {
        api_version: id.api_version.clone(),
        kind: id.kind.clone(),
        namespace: id.namespace.clone(),
        name: id.name.clone(),
    }
}

/// As clusters are asked.
pub(super) fn to_id(reference: &ObjectRef) -> ObjectId {
    ObjectId {
        api_version: reference.api_version.clone(),
        kind: reference.kind.clone(),
        namespace: reference.namespace.clone(),
        name: reference.name.clone(),
    }
}

/// Value of the application label on a live object.
pub(super) fn claimant(live: &Value) -> Option<&str> {
    live.get("metadata")?
        .get("labels")?
        .get(APPLICATION_LABEL)?
        .as_str()
}

#[cfg(test)]
#[path = "wanted_tests.rs"]
mod tests;
