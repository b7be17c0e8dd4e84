//! Patches of both kinds, in the current and the deprecated fields.

mod json;
mod merge;
mod schema;

use super::accumulate::{in_field, resolve};
use super::error::BuildError;
use super::files::{FileDocument, Files};
use super::identity::{Identity, Kind};
use super::kustomization::{Patch, PatchOptions, Selector};
use super::load::Loaded;
use super::object::Object;
use super::selector::Matcher;
use super::value::Value;
use super::yaml;

/// What a patch is.
enum Content {
    Merge(Vec<FileDocument>),
    Json(Vec<json::Operation>),
}

/// Applies the patches of a kustomization that come before its other changes.
pub(crate) fn apply(files: &Files<'_>, loaded: &Loaded, objects: &mut Vec<Object>) -> Result<(), BuildError> {
    for named in &loaded.kustomization.patches_strategic_merge {
        strategic(files, loaded, named, objects)?;
    }
    for patch in &loaded.kustomization.patches {
        one(files, loaded, "patches", patch, objects)?;
    }
    Ok(())
}

/// Applies the deprecated patches that come after most other changes.
pub(crate) fn apply_json6902(
    files: &Files<'_>,
    loaded: &Loaded,
    objects: &mut Vec<Object>,
) -> Result<(), BuildError> {
    for patch in &loaded.kustomization.patches_json6902 {
        if patch.target.is_none() {
            return Err(BuildError::field(
                &loaded.file,
                "patchesJson6902",
                "needs a target",
            ));
        }
        one(files, loaded, "patchesJson6902", patch, objects)?;
    }
    Ok(())
}

/// An entry of `patchesStrategicMerge`: a file, or the patch itself.
fn strategic(
    files: &Files<'_>,
    loaded: &Loaded,
    entry: &str,
    objects: &mut Vec<Object>,
) -> Result<(), BuildError> {
    let field = "patchesStrategicMerge";
    let is_inline = entry.contains('\n') || entry.trim_start().starts_with('{');
    let patch = if is_inline {
        Patch {
            patch: entry.to_owned(),
            ..Patch::default()
        }
    } else {
        Patch {
            path: entry.to_owned(),
            ..Patch::default()
        }
    };
    one(files, loaded, field, &patch, objects)
}

fn one(
    files: &Files<'_>,
    loaded: &Loaded,
    field: &str,
    patch: &Patch,
    objects: &mut Vec<Object>,
) -> Result<(), BuildError> {
    let (source, documents) = documents_of(files, loaded, field, patch)?;
    let wrong = |problem: String| BuildError::invalid(&source, problem);
    match (content(documents, &source)?, &patch.target) {
        (Content::Json(_), None) => Err(wrong("a JSON patch needs a target".to_owned())),
        (Content::Json(operations), Some(target)) => {
            let selected = select(target, objects).map_err(wrong)?;
            for index in selected {
                if let Some(object) = objects.get_mut(index) {
                    object.remember();
                    json::apply(&mut object.value, &operations)
                        .map_err(|problem| wrong(format!("{problem} (of {})", object.identity())))?;
                }
            }
            Ok(())
        }
        (Content::Merge(patches), Some(target)) => {
            let [patch_value] = patches.as_slice() else {
                return Err(wrong(
                    "with a target, the patch should be one document".to_owned(),
                ));
            };
            let selected = select(target, objects).map_err(wrong)?;
            merge_into(objects, &selected, patch_value, patch.options).map_err(wrong)
        }
        (Content::Merge(patches), None) => patches.iter().try_for_each(|document| {
            let index = target_of(&document.value, objects).map_err(wrong)?;
            merge_into(objects, &[index], document, patch.options).map_err(wrong)
        }),
    }
}

/// Where a patch stands, and its documents.
fn documents_of(
    files: &Files<'_>,
    loaded: &Loaded,
    field: &str,
    patch: &Patch,
) -> Result<(String, Vec<FileDocument>), BuildError> {
    match (patch.path.as_str(), patch.patch.trim()) {
        ("", "") => Err(BuildError::field(
            &loaded.file,
            field,
            "has an entry with neither path nor patch",
        )),
        // The original trims the text as well, which a block at its end depends on.
        ("", text) => {
            let source = format!("{} ({field})", loaded.file);
            let documents = yaml::read(text).map_err(|error| BuildError::yaml(&source, error))?;
            Ok((source, documents.into_iter().map(FileDocument::from).collect()))
        }
        (named, "") => {
            let file = resolve(loaded, field, named)?;
            let documents = files
                .documents(&file)
                .map_err(|error| in_field(error, loaded, field))?;
            Ok((file, documents))
        }
        _ => Err(BuildError::field(
            &loaded.file,
            field,
            "has an entry with both path and patch",
        )),
    }
}

fn content(documents: Vec<FileDocument>, source: &str) -> Result<Content, BuildError> {
    let wrong = |problem: String| BuildError::invalid(source, problem);
    match documents.as_slice() {
        [] => return Err(wrong("the patch is empty".to_owned())),
        [document] => {
            if let Some(list) = document.value.as_list() {
                let operations = list.iter().map(json::Operation::read).collect::<Result<_, _>>();
                return Ok(Content::Json(operations.map_err(wrong)?));
            }
        }
        _ => {}
    }
    let other = documents
        .iter()
        .find(|document| document.value.as_map().is_none());
    if let Some(other) = other {
        let kind = other.value.kind();
        return Err(wrong(format!(
            "a patch is an object or a list of operations, not {kind}"
        )));
    }
    Ok(Content::Merge(documents))
}

fn select(target: &Selector, objects: &[Object]) -> Result<Vec<usize>, String> {
    let matcher = Matcher::new(target)?;
    let selected = objects
        .iter()
        .enumerate()
        .filter(|(_, object)| matcher.selects(object));
    Ok(selected.map(|(index, _)| index).collect())
}

/// The one object that a patch without a target means.
fn target_of(patch: &Value, objects: &[Object]) -> Result<usize, String> {
    let text = |path: &[&str]| patch.at(path).and_then(Value::as_text).unwrap_or("");
    let kind = Kind::new(text(&["apiVersion"]), text(&["kind"]));
    let identity = Identity::new(
        kind,
        text(&["metadata", "namespace"]),
        text(&["metadata", "name"]),
    );
    let mut found = objects
        .iter()
        .enumerate()
        .filter(|(_, object)| object.was(&identity));
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Ok(index),
        (None, _) => Err(format!("there is no {identity} to patch")),
        (Some(_), Some(_)) => Err(format!("{identity} is not the only object to patch")),
    }
}

fn merge_into(
    objects: &mut Vec<Object>,
    selected: &[usize],
    patch: &FileDocument,
    options: PatchOptions,
) -> Result<(), String> {
    let mut deleted = Vec::new();
    for index in selected {
        let Some(object) = objects.get_mut(*index) else {
            continue;
        };
        let (kind, name, namespace) = (
            object.kind().kind,
            object.name().to_owned(),
            object.namespace().to_owned(),
        );
        if options.allow_name_change || options.allow_kind_change {
            object.remember();
        }
        let schema = schema::of(&object.kind());
        let api_version = object.kind().api_version();
        let value = of_version(&patch.value, &api_version);
        object.encrypted_fields.extend(&patch.encrypted_fields);
        let Some(value) = merge::merge(Some(&object.value), &value, schema)? else {
            deleted.push(*index);
            continue;
        };
        object.value = value;
        if !options.allow_kind_change
            && let Some(map) = object.value.as_map_mut()
        {
            map.insert("kind".to_owned(), Value::text(kind));
        }
        if !options.allow_name_change {
            object.rename(&name);
        }
        object.move_to(&namespace);
    }
    for index in deleted.iter().rev() {
        objects.remove(*index);
    }
    Ok(())
}

/// The patch as if it were written for the version of its object: with a target, any version may stand in it.
fn of_version(patch: &Value, api_version: &str) -> Value {
    let mut patch = patch.clone();
    if let Some(map) = patch.as_map_mut() {
        map.insert("apiVersion".to_owned(), Value::text(api_version));
    }
    patch
}
