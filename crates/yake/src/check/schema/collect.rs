//! Schemas from where they are published: definitions of custom resources, and documents of OpenAPI 3.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::set::{Bundle, KindSchema, Scope};
use super::{Schema, Type};

/// The definition that describes the metadata of every object.
const METADATA: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
/// How documents of OpenAPI name their definitions.
const DEFINITIONS: &str = "#/components/schemas/";

/// A document that is not as it should be.
#[derive(Debug, thiserror::Error)]
#[error("the {what} is not understood")]
pub struct CollectError {
    what: &'static str,
    source: serde_json::Error,
}

#[derive(Deserialize)]
struct Definition {
    spec: DefinitionSpec,
}

#[derive(Deserialize)]
struct DefinitionSpec {
    group: String,
    names: Names,
    scope: Scope,
    versions: Vec<Version>,
}

#[derive(Deserialize)]
struct Names {
    kind: String,
}

#[derive(Deserialize)]
struct Version {
    name: String,
    schema: Option<VersionSchema>,
}

#[derive(Deserialize)]
struct VersionSchema {
    #[serde(rename = "openAPIV3Schema")]
    schema: Schema,
}

/// The kinds of a `CustomResourceDefinition`, one for each version that has a schema.
pub fn from_definition(definition: &Value) -> Result<Vec<KindSchema>, CollectError> {
    let Definition { spec } = Definition::deserialize(definition).map_err(|source| CollectError {
        what: "definition",
        source,
    })?;
    let with_schema = spec
        .versions
        .into_iter()
        .filter_map(|version| Some((version.name, version.schema?.schema)));
    Ok(with_schema
        .map(|(version, schema)| KindSchema {
            api_version: format!("{}/{version}", spec.group),
            kind: spec.names.kind.clone(),
            scope: spec.scope,
            by_hand: false,
            schema: with_header(schema),
        })
        .collect())
}

/// What every object has, whether its definition names it or not.
pub(super) fn with_header(mut schema: Schema) -> Schema {
    for name in ["apiVersion", "kind"] {
        let text = Schema {
            kind: Some(Type::String),
            ..Schema::default()
        };
        schema.properties.entry(name.to_owned()).or_insert(text);
    }
    let metadata = Schema::reference(METADATA);
    schema.properties.insert("metadata".to_owned(), metadata);
    schema
}

#[derive(Deserialize)]
struct OpenApi {
    #[serde(default)]
    paths: BTreeMap<String, BTreeMap<String, Value>>,
    #[serde(default)]
    components: Components,
}

#[derive(Default, Deserialize)]
struct Components {
    #[serde(default)]
    schemas: BTreeMap<String, Component>,
}

#[derive(Deserialize)]
struct Component {
    #[serde(flatten)]
    schema: Schema,
    #[serde(rename = "x-kubernetes-group-version-kind", default)]
    kinds: Vec<GroupVersionKind>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct GroupVersionKind {
    group: String,
    version: String,
    kind: String,
}

/// The kinds of a document that an API server publishes for a group and version.
pub fn from_openapi(document: &Value) -> Result<Bundle, CollectError> {
    let OpenApi { paths, components } = OpenApi::deserialize(document).map_err(|source| CollectError {
        what: "OpenAPI document",
        source,
    })?;
    let scopes = scopes(&paths);
    let mut bundle = Bundle::default();
    for (name, Component { mut schema, kinds }) in components.schemas {
        for kind in kinds {
            if let Some(scope) = scopes.get(&kind) {
                bundle.kinds.push(KindSchema {
                    api_version: api_version(&kind),
                    kind: kind.kind,
                    scope: *scope,
                    by_hand: false,
                    schema: Schema::reference(&name),
                });
            }
        }
        normalise(&mut schema);
        bundle.definitions.insert(name, schema);
    }
    Ok(bundle)
}

fn api_version(kind: &GroupVersionKind) -> String {
    if kind.group.is_empty() {
        kind.version.clone()
    } else {
        format!("{}/{}", kind.group, kind.version)
    }
}

/// Kinds whose objects can be created, and whether in a namespace.
fn scopes(paths: &BTreeMap<String, BTreeMap<String, Value>>) -> BTreeMap<GroupVersionKind, Scope> {
    let mut scopes = BTreeMap::new();
    for (path, operations) in paths {
        let created = operations.get("post");
        let kind = created.and_then(|operation| operation.get("x-kubernetes-group-version-kind"));
        let Some(Ok(kind)) = kind.map(GroupVersionKind::deserialize) else {
            continue;
        };
        // Objects are created at their collection; what lies below a name is a part of another object.
        let scope = match path.split_once("/namespaces/{namespace}/") {
            Some((_, rest)) if !rest.contains('/') => Scope::Namespaced,
            None if !path.contains("/{name}/") => Scope::Cluster,
            _ => continue,
        };
        scopes
            .entry(kind)
            .and_modify(|known| {
                // A review may be had of all namespaces at once.
                if scope == Scope::Namespaced {
                    *known = scope;
                }
            })
            .or_insert(scope);
    }
    scopes
}

/// Names of definitions without their prefix; objects of which nothing is said are open, as server code treats them.
fn normalise(schema: &mut Schema) {
    if let Some(reference) = &mut schema.reference
        && let Some(name) = reference.strip_prefix(DEFINITIONS)
    {
        *reference = name.to_owned();
    }
    if schema.kind == Some(Type::Object)
        && schema.properties.is_empty()
        && schema.additional_properties.is_none()
    {
        schema.is_open = true;
    }
    let Schema {
        properties,
        additional_properties,
        items,
        all_of,
        any_of,
        one_of,
        not,
        ..
    } = schema;
    properties.values_mut().for_each(normalise);
    if let Some(super::Additional::Schema(schema)) = additional_properties {
        normalise(schema);
    }
    items.as_deref_mut().map(normalise);
    not.as_deref_mut().map(normalise);
    for list in [all_of, any_of, one_of] {
        list.iter_mut().for_each(normalise);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kinds_that_can_be_created_are_collected_with_their_scope() {
        let kind = |kind: &str| json!({"group": "", "version": "v1", "kind": kind});
        let create = |name: &str| json!({"post": {"x-kubernetes-group-version-kind": kind(name)}});
        let component =
            |name: &str| json!({"type": "object", "x-kubernetes-group-version-kind": [kind(name)]});
        let document = json!({
            "paths": {
                "/api/v1/namespaces": create("Namespace"),
                "/api/v1/namespaces/{namespace}/pods": create("Pod"),
                "/api/v1/namespaces/{namespace}/pods/{name}/eviction": create("Eviction"),
            },
            "components": {"schemas": {"N": component("Namespace"), "P": component("Pod"), "E": component("Eviction")}},
        });
        let bundle = from_openapi(&document).unwrap();
        let kinds: Vec<_> = bundle
            .kinds
            .iter()
            .map(|kind| (kind.kind.as_str(), kind.scope))
            .collect();
        assert_eq!(kinds, [("Namespace", Scope::Cluster), ("Pod", Scope::Namespaced)]);
    }
}
