//! The changes that a kustomization makes to all its objects, a file for each, in the order of the original.

mod annotations;
mod images;
mod labels;
mod names;
mod namespace;
pub(crate) mod order;
pub(crate) mod references;
mod replacements;
mod replicas;

use super::error::BuildError;
use super::field_spec::FieldSpec;
use super::files::Files;
use super::load::Loaded;
use super::object::Object;
use super::patch;
use super::value::{Map, Value};

/// Applies everything but the patches that come first.
pub(crate) fn apply(files: &Files<'_>, loaded: &Loaded, objects: &mut Vec<Object>) -> Result<(), BuildError> {
    let in_field = |field: &'static str| move |problem| BuildError::field(&loaded.file, field, problem);
    let kustomization = &loaded.kustomization;
    namespace::set(&kustomization.namespace, objects).map_err(in_field("namespace"))?;
    names::prefix(&kustomization.name_prefix, objects);
    names::suffix(&kustomization.name_suffix, objects);
    labels::add(kustomization, objects).map_err(in_field("labels"))?;
    annotations::add(&kustomization.common_annotations, objects).map_err(in_field("commonAnnotations"))?;
    patch::apply_json6902(files, loaded, objects)?;
    replicas::set(&kustomization.replicas, objects).map_err(in_field("replicas"))?;
    images::set(&kustomization.images, objects).map_err(in_field("images"))?;
    replacements::apply(files.tree, loaded, objects)
}

/// Sets a name and a text in the object at each of the places.
fn set_pair(object: &mut Object, specs: &[FieldSpec], name: &str, text: &str) -> Result<(), String> {
    let kind = object.kind();
    let fresh = Value::Map(Map::new());
    for spec in specs {
        spec.visit(&kind, &mut object.value, &fresh, &mut |value| {
            if matches!(value, Value::Null) {
                *value = Value::Map(Map::new());
            }
            let found = value.kind();
            let map = value
                .as_map_mut()
                .ok_or_else(|| format!("meets {found} at {}", spec.path.join(".")))?;
            map.insert(name.to_owned(), Value::text(text));
            Ok::<(), String>(())
        })?;
    }
    Ok(())
}
