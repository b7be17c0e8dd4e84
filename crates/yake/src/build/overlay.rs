//! What a unit lays over its folder, as a `Kustomization` of Flux does: it is written into the folder's own
//! kustomization before that is built, so that it takes the place of what is said there, or is added to it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::BuildError;
use super::kustomization::{FILE_NAMES, Image, Patch, Selector};
use super::load::Loaded;
use super::object::Object;
use super::tree::{Tree, join};
use super::value::{Map, Value};

/// Settings of a unit. Everything else of a unit is nothing to the build.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Overlay {
    target_namespace: String,
    name_prefix: String,
    name_suffix: String,
    patches: Vec<OverlayPatch>,
    images: Vec<Image>,
    components: Vec<String>,
    ignore_missing_components: bool,
    common_metadata: CommonMetadata,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OverlayPatch {
    patch: String,
    target: Option<Selector>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CommonMetadata {
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

/// Settings that are not understood.
#[derive(Debug, thiserror::Error)]
#[error("the settings of the build are not understood: {0}")]
pub struct OverlayError(String);

impl Overlay {
    /// From the `spec` of a `Kustomization` of Flux; members that are not about the build are passed over.
    pub fn read(spec: &serde_json::Value) -> Result<Self, OverlayError> {
        let mut spec = spec.clone();
        if let Some(members) = spec.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        serde_json::from_value(spec).map_err(|error| OverlayError(error.to_string()))
    }

    /// Writes the settings into the kustomization of the folder.
    pub(super) fn lay_over(&self, tree: &Tree, loaded: &mut Loaded) -> Result<(), BuildError> {
        let components = self.components(tree, loaded)?;
        let kustomization = &mut loaded.kustomization;
        for (own, wanted) in [
            (&mut kustomization.namespace, &self.target_namespace),
            (&mut kustomization.name_prefix, &self.name_prefix),
            (&mut kustomization.name_suffix, &self.name_suffix),
        ] {
            if !wanted.is_empty() {
                own.clone_from(wanted);
            }
        }
        kustomization
            .patches
            .extend(self.patches.iter().map(|patch| Patch {
                patch: patch.patch.clone(),
                target: patch.target.clone(),
                ..Patch::default()
            }));
        for image in &self.images {
            let same = |own: &&mut Image| own.name == image.name;
            match kustomization.images.iter_mut().find(same) {
                Some(own) => own.clone_from(image),
                None => kustomization.images.push(image.clone()),
            }
        }
        kustomization.components.extend(components);
        Ok(())
    }

    /// The components that are there. They lie below the folder; Flux refuses others.
    fn components(&self, tree: &Tree, loaded: &Loaded) -> Result<Vec<String>, BuildError> {
        let mut found = Vec::new();
        for named in &self.components {
            let is_local = join("", named).is_ok();
            if !is_local {
                let problem = format!("of the unit names {named:?}, which does not lie below its folder");
                return Err(BuildError::field(&loaded.file, "components", problem));
            }
            let path = super::accumulate::resolve(loaded, "components", named)?;
            let is_there = FILE_NAMES
                .iter()
                .any(|name| tree.is_file(&format!("{path}/{name}")));
            if is_there || !self.ignore_missing_components {
                found.push(named.clone());
            }
        }
        Ok(found)
    }

    /// Sets labels and annotations of all objects, over their own.
    pub(super) fn mark(&self, objects: &mut [Object]) {
        let CommonMetadata { labels, annotations } = &self.common_metadata;
        for object in objects {
            for (of, pairs) in [("labels", labels), ("annotations", annotations)] {
                set(object, of, pairs);
            }
        }
    }
}

fn set(object: &mut Object, of: &str, pairs: &BTreeMap<String, String>) {
    if pairs.is_empty() {
        return;
    }
    let texts: Map = pairs
        .iter()
        .map(|(name, text)| (name.clone(), Value::text(text)))
        .collect();
    let own = object.metadata().map(|metadata| {
        metadata
            .entry(of.to_owned())
            .or_insert_with(|| Value::Map(Map::new()))
    });
    match own {
        Some(Value::Map(own)) => own.extend(texts),
        Some(other) => *other = Value::Map(texts),
        None => {}
    }
}
