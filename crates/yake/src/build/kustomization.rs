//! The file that says how a folder is built. What Yake does not build is refused by name, so that nothing is left
//! out in silence.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::BuildError;
use super::value::Value;

/// Names that the file may have.
pub const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Fields of the original that Yake refuses, and why.
const UNSUPPORTED: &[(&str, &str)] = &[
    (
        "helmCharts",
        "is not supported: charts are not rendered; commit the rendered manifests",
    ),
    (
        "helmGlobals",
        "is not supported: charts are not rendered; commit the rendered manifests",
    ),
    (
        "helmChartInflationGenerator",
        "is not supported: charts are not rendered; commit the rendered manifests",
    ),
    ("generators", "is not supported: plug-ins are not run"),
    ("transformers", "is not supported: plug-ins are not run"),
    ("validators", "is not supported: plug-ins are not run"),
    (
        "configurations",
        "is not supported yet: the places that transformers change are fixed",
    ),
    (
        "crds",
        "is not supported yet: references inside of own kinds are not followed",
    ),
    (
        "openapi",
        "is not supported yet: merge keys are those of the core kinds",
    ),
    ("vars", "is not supported: it is deprecated, use replacements"),
    ("buildMetadata", "is not supported yet"),
];

/// Pairs of names and texts.
pub type Pairs = BTreeMap<String, String>;

/// A kustomization file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Kustomization {
    pub api_version: Option<String>,
    pub kind: Option<String>,
    metadata: serde::de::IgnoredAny,
    pub resources: Vec<String>,
    pub bases: Vec<String>,
    pub components: Vec<String>,
    pub name_prefix: String,
    pub name_suffix: String,
    pub namespace: String,
    pub common_labels: Pairs,
    pub labels: Vec<LabelSet>,
    pub common_annotations: Pairs,
    pub patches_strategic_merge: Vec<String>,
    #[serde(rename = "patchesJson6902")]
    pub patches_json6902: Vec<Patch>,
    pub patches: Vec<Patch>,
    pub images: Vec<Image>,
    pub image_tags: Vec<Image>,
    pub replacements: Vec<Replacement>,
    pub replicas: Vec<Replicas>,
    pub sort_options: Option<SortOptions>,
    pub config_map_generator: Vec<Generator>,
    pub secret_generator: Vec<Generator>,
    pub generator_options: Option<GeneratorOptions>,
}

/// Labels and where they go.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "the file format is like that")]
pub struct LabelSet {
    pub pairs: Pairs,
    pub include_selectors: bool,
    pub include_templates: bool,
    pub include_volume_claim_templates: bool,
    pub fields: Vec<Field>,
}

/// A place in objects.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Field {
    pub group: String,
    pub version: String,
    pub kind: String,
    pub path: String,
    pub create: bool,
}

/// A change of objects.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Patch {
    pub path: String,
    pub patch: String,
    pub target: Option<Selector>,
    pub options: PatchOptions,
}

/// What a patch may change that it may not change otherwise.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct PatchOptions {
    pub allow_name_change: bool,
    pub allow_kind_change: bool,
}

/// Which objects are meant.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Selector {
    pub group: String,
    pub version: String,
    pub kind: String,
    pub name: String,
    pub namespace: String,
    pub label_selector: String,
    pub annotation_selector: String,
}

/// Another name, tag or digest of an image.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Image {
    pub name: String,
    pub new_name: String,
    pub new_tag: String,
    pub tag_suffix: String,
    pub digest: String,
}

/// A number of replicas.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replicas {
    pub name: String,
    #[serde(default)]
    pub count: i64,
}

/// The order of the result.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SortOptions {
    pub order: String,
    pub legacy_sort_options: Option<LegacySortOptions>,
}

/// Which kinds come first and last.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct LegacySortOptions {
    pub order_first: Vec<String>,
    pub order_last: Vec<String>,
}

/// A generated `ConfigMap` or Secret.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Generator {
    pub name: String,
    pub namespace: String,
    pub behavior: String,
    pub literals: Vec<String>,
    pub files: Vec<String>,
    pub envs: Vec<String>,
    pub env: String,
    #[serde(rename = "type")]
    pub secret_type: String,
    pub options: Option<GeneratorOptions>,
}

/// What generated objects get.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct GeneratorOptions {
    pub labels: Pairs,
    pub annotations: Pairs,
    pub disable_name_suffix_hash: bool,
    pub immutable: bool,
}

/// A value that is copied.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Replacement {
    pub path: String,
    pub source: Option<Source>,
    pub source_value: Option<String>,
    pub targets: Vec<Target>,
}

/// Where a value is copied from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Source {
    pub group: String,
    pub version: String,
    pub kind: String,
    pub name: String,
    pub namespace: String,
    pub field_path: String,
    pub options: FieldOptions,
}

/// Where a value is copied to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Target {
    pub select: Option<Selector>,
    pub reject: Vec<Selector>,
    pub field_paths: Vec<String>,
    pub options: FieldOptions,
}

/// Which part of a value is meant.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FieldOptions {
    pub delimiter: String,
    pub index: i64,
    pub create: bool,
}

impl Kustomization {
    /// Reads what a file holds.
    pub fn read(file: &str, value: &Value) -> Result<Self, BuildError> {
        let Some(map) = value.as_map() else {
            return Err(BuildError::invalid(
                file,
                format!("an object is expected, not {}", value.kind()),
            ));
        };
        for (name, problem) in UNSUPPORTED {
            if map.get(*name).is_some_and(|value| !value.is_empty()) {
                return Err(BuildError::field(file, *name, *problem));
            }
        }
        let map: serde_json::Map<String, serde_json::Value> = map
            .iter()
            .filter(|(name, value)| {
                !matches!(value, Value::Null) && !UNSUPPORTED.iter().any(|(field, _)| field == name)
            })
            .map(|(name, value)| Ok((name.clone(), serde_json::to_value(without_nulls(value))?)))
            .collect::<Result<_, serde_json::Error>>()
            .map_err(|error| BuildError::invalid(file, error.to_string()))?;
        let read: Self = serde_json::from_value(serde_json::Value::Object(map))
            .map_err(|error| BuildError::invalid(file, error.to_string()))?;
        read.checked(file)
    }

    /// It is one of components, not of objects.
    pub fn is_component(&self) -> bool {
        self.kind.as_deref() == Some("Component")
    }

    fn checked(mut self, file: &str) -> Result<Self, BuildError> {
        let (wanted, kind) = if self.is_component() {
            ("kustomize.config.k8s.io/v1alpha1", "Component")
        } else {
            ("kustomize.config.k8s.io/v1beta1", "Kustomization")
        };
        if self.kind.as_deref().is_some_and(|given| given != kind) {
            return Err(BuildError::field(
                file,
                "kind",
                "should be Kustomization or Component",
            ));
        }
        if self.api_version.as_deref().is_some_and(|given| given != wanted) {
            return Err(BuildError::field(
                file,
                "apiVersion",
                format!("should be {wanted} for a {kind}"),
            ));
        }
        self.resources.append(&mut self.bases);
        self.images.append(&mut self.image_tags);
        Ok(self)
    }
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Map(map) => Value::Map(
            map.iter()
                .filter(|(_, value)| !matches!(value, Value::Null))
                .map(|(name, value)| (name.clone(), without_nulls(value)))
                .collect(),
        ),
        Value::List(list) => Value::List(list.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}
