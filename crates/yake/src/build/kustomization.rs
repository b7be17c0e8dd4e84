//! The file that says how a folder is built. What Yake does not build is refused by name, so that nothing is left
//! out in silence.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::BuildError;
use super::value::{Map, Value};

/// Names that the file may have.
pub(crate) const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

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

/// All fields that are built.
const FIELDS: [&str; 23] = [
    "apiVersion",
    "kind",
    "metadata",
    "resources",
    "bases",
    "components",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "commonLabels",
    "labels",
    "commonAnnotations",
    "patchesStrategicMerge",
    "patchesJson6902",
    "patches",
    "images",
    "imageTags",
    "replacements",
    "replicas",
    "sortOptions",
    "configMapGenerator",
    "secretGenerator",
    "generatorOptions",
];

/// A field however its letters are written: `nameprefix` is `namePrefix` to the original.
fn canonical(name: &str) -> &str {
    let unsupported = UNSUPPORTED.iter().map(|(field, _)| *field);
    let mut fields = FIELDS.into_iter().chain(unsupported);
    fields
        .find(|field| field.eq_ignore_ascii_case(name))
        .unwrap_or(name)
}

/// Pairs of names and texts.
pub(crate) type Pairs = BTreeMap<String, String>;

/// A kustomization file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(crate) struct Kustomization {
    pub(crate) api_version: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) metadata: serde::de::IgnoredAny,
    pub(crate) resources: Vec<String>,
    pub(crate) bases: Vec<String>,
    pub(crate) components: Vec<String>,
    pub(crate) name_prefix: String,
    pub(crate) name_suffix: String,
    pub(crate) namespace: String,
    pub(crate) common_labels: Pairs,
    pub(crate) labels: Vec<LabelSet>,
    pub(crate) common_annotations: Pairs,
    pub(crate) patches_strategic_merge: Vec<String>,
    #[serde(rename = "patchesJson6902")]
    pub(crate) patches_json6902: Vec<Patch>,
    pub(crate) patches: Vec<Patch>,
    pub(crate) images: Vec<Image>,
    pub(crate) image_tags: Vec<Image>,
    pub(crate) replacements: Vec<Replacement>,
    pub(crate) replicas: Vec<Replicas>,
    pub(crate) sort_options: Option<SortOptions>,
    pub(crate) config_map_generator: Vec<Generator>,
    pub(crate) secret_generator: Vec<Generator>,
    pub(crate) generator_options: Option<GeneratorOptions>,
}

/// Labels and where they go.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(crate) struct LabelSet {
    pub(crate) pairs: Pairs,
    pub(crate) include_selectors: bool,
    pub(crate) include_templates: bool,
    pub(crate) include_volume_claim_templates: bool,
    pub(crate) fields: Vec<Field>,
}

/// A place in objects.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Field {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) path: String,
    pub(crate) create: bool,
}

/// A change of objects.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_field_names, reason = "the names of the file format")]
pub(crate) struct Patch {
    pub(crate) path: String,
    pub(crate) patch: String,
    pub(crate) target: Option<Selector>,
    pub(crate) options: PatchOptions,
}

/// What a patch may change that it may not change otherwise.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(crate) struct PatchOptions {
    pub(crate) allow_name_change: bool,
    pub(crate) allow_kind_change: bool,
}

/// Which objects are meant.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
#[expect(clippy::struct_field_names, reason = "the names of the file format")]
pub(crate) struct Selector {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) label_selector: String,
    pub(crate) annotation_selector: String,
}

/// Another name, tag or digest of an image.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(crate) struct Image {
    pub(crate) name: String,
    pub(crate) new_name: String,
    pub(crate) new_tag: String,
    pub(crate) tag_suffix: String,
    pub(crate) digest: String,
}

/// A number of replicas.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replicas {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) count: i64,
}

/// The order of the result.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct SortOptions {
    pub(crate) order: String,
    pub(crate) legacy_sort_options: Option<LegacySortOptions>,
}

/// Which kinds come first and last.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(crate) struct LegacySortOptions {
    pub(crate) order_first: Vec<String>,
    pub(crate) order_last: Vec<String>,
}

/// A generated `ConfigMap` or Secret.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Generator {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) behavior: String,
    pub(crate) literals: Vec<String>,
    pub(crate) files: Vec<String>,
    pub(crate) envs: Vec<String>,
    pub(crate) env: String,
    #[serde(rename = "type")]
    pub(crate) secret_type: String,
    pub(crate) options: Option<GeneratorOptions>,
}

/// What generated objects get.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(crate) struct GeneratorOptions {
    pub(crate) labels: Pairs,
    pub(crate) annotations: Pairs,
    pub(crate) disable_name_suffix_hash: bool,
    pub(crate) immutable: bool,
}

/// A value that is copied.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(crate) struct Replacement {
    pub(crate) path: String,
    pub(crate) source: Option<Source>,
    pub(crate) source_value: Option<String>,
    pub(crate) targets: Vec<Target>,
}

/// Where a value is copied from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(crate) struct Source {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) field_path: String,
    pub(crate) options: FieldOptions,
}

/// Where a value is copied to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(crate) struct Target {
    pub(crate) select: Option<Selector>,
    pub(crate) reject: Vec<Selector>,
    pub(crate) field_paths: Vec<String>,
    pub(crate) options: FieldOptions,
}

/// Which part of a value is meant.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FieldOptions {
    pub(crate) delimiter: String,
    pub(crate) index: i64,
    pub(crate) create: bool,
}

impl Kustomization {
    /// Reads what a file holds.
    pub(crate) fn read(file: &str, value: &Value) -> Result<Self, BuildError> {
        let Some(map) = value.as_map() else {
            return Err(BuildError::invalid(
                file,
                format!("an object is expected, not {}", value.kind()),
            ));
        };
        let map: Map = map
            .iter()
            .map(|(name, value)| (canonical(name).to_owned(), value.clone()))
            .collect();
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
    pub(crate) fn is_component(&self) -> bool {
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
