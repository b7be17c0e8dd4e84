//! Values copied from one object into others.

use super::super::accumulate::{path_error, resolve};
use super::super::error::BuildError;
use super::super::field_path::{Create, get, names, parse, visit};
use super::super::identity::{Identity, Kind};
use super::super::kustomization::{FieldOptions, Replacement, Source, Target};
use super::super::load::Loaded;
use super::super::object::Object;
use super::super::selector::Matcher;
use super::super::tree::Tree;
use super::super::value::Value;
use super::super::yaml;

const DEFAULT_PATH: &str = "metadata.name";

/// Applies the replacements of a kustomization, in files or in place.
pub(crate) fn apply(tree: &Tree, loaded: &Loaded, objects: &mut [Object]) -> Result<(), BuildError> {
    for replacement in &loaded.kustomization.replacements {
        if replacement.path.is_empty() {
            one(replacement, objects)
                .map_err(|problem| BuildError::field(&loaded.file, "replacements", problem))?;
            continue;
        }
        let path = resolve(loaded, "replacements.path", &replacement.path)?;
        for replacement in read(tree, loaded, &path)? {
            one(&replacement, objects).map_err(|problem| BuildError::invalid(&path, problem))?;
        }
    }
    Ok(())
}

fn read(tree: &Tree, loaded: &Loaded, path: &str) -> Result<Vec<Replacement>, BuildError> {
    let text = tree
        .text(path)
        .map_err(|source| path_error(loaded, "replacements.path", source))?;
    let documents = yaml::read(text).map_err(|error| BuildError::yaml(path, error))?;
    let mut found = Vec::new();
    for document in documents {
        let entries = match document.value {
            Value::List(list) => list,
            other => vec![other],
        };
        for entry in entries {
            let read = serde_json::to_value(&entry).and_then(serde_json::from_value);
            found.push(read.map_err(|error| BuildError::invalid(path, error.to_string()))?);
        }
    }
    Ok(found)
}

fn one(replacement: &Replacement, objects: &mut [Object]) -> Result<(), String> {
    let value = match (&replacement.source, &replacement.source_value) {
        (Some(source), None) => from(source, objects)?,
        (None, Some(text)) => Copied {
            value: Value::text(text),
            is_secret: false,
        },
        (Some(_), Some(_)) => return Err("has both source and sourceValue".to_owned()),
        (None, None) => return Err("has an entry without a source".to_owned()),
    };
    replacement
        .targets
        .iter()
        .try_for_each(|target| into(target, &value, objects))
}

/// A value on its way from one object into others.
struct Copied {
    value: Value,
    /// It comes from a field that must not be shown.
    is_secret: bool,
}

fn identities(object: &Object) -> impl Iterator<Item = Identity> {
    std::iter::once(object.identity()).chain(object.previous.clone())
}

fn from(source: &Source, objects: &[Object]) -> Result<Copied, String> {
    let kind = Kind {
        group: source.group.clone(),
        version: source.version.clone(),
        kind: source.kind.clone(),
    };
    let is_meant = |id: Identity| {
        (source.name.is_empty() || source.name == id.name)
            && (source.namespace.is_empty() || source.namespace == id.namespace)
            && id.kind.is_selected_by(&kind)
    };
    let mut found = objects.iter().filter(|object| identities(object).any(is_meant));
    let name = format!("{} {}", source.kind, source.name);
    let object = match (found.next(), found.next()) {
        (Some(object), None) => object,
        (None, _) => return Err(format!("selects no source by {name:?}")),
        (Some(_), Some(_)) => return Err(format!("selects several sources by {name:?}")),
    };
    let path = if source.field_path.is_empty() {
        DEFAULT_PATH
    } else {
        &source.field_path
    };
    let parts = parse(path)?;
    let is_secret = object.secret_fields().hides_path(names(&parts));
    let value = get(&object.value, &parts).filter(|value| !value.is_empty());
    let value = value.ok_or_else(|| format!("finds no {path} in {name:?}"))?;
    let value = if source.options.delimiter.is_empty() {
        value.clone()
    } else {
        let text = value.scalar().ok_or("splits a value that is no text")?;
        let index = usize::try_from(source.options.index).ok();
        let part = index.and_then(|index| text.split(source.options.delimiter.as_str()).nth(index));
        let index = source.options.index;
        part.map(Value::text)
            .ok_or_else(|| format!("finds no part {index} in {path} of {name:?}"))?
    };
    Ok(Copied { value, is_secret })
}

fn into(target: &Target, copied: &Copied, objects: &mut [Object]) -> Result<(), String> {
    let select = target.select.as_ref().ok_or("has a target without select")?;
    let select = Matcher::new(select)?;
    let reject = target
        .reject
        .iter()
        .map(Matcher::new)
        .collect::<Result<Vec<_>, _>>()?;
    let default = [DEFAULT_PATH.to_owned()];
    let paths = if target.field_paths.is_empty() {
        &default[..]
    } else {
        &target.field_paths
    };
    let is_rejected = |object: &Object| {
        reject.iter().any(|reject| {
            if reject.has_pairs() {
                reject.fits_pairs(object)
            } else {
                identities(object).any(|id| reject.fits_identity(&id))
            }
        })
    };
    for object in objects.iter_mut() {
        let is_selected = select.fits_pairs(object) && identities(object).any(|id| select.fits_identity(&id));
        if !is_selected || is_rejected(object) {
            continue;
        }
        for path in paths {
            let create = if target.options.create {
                Create::Yes
            } else {
                Create::No
            };
            let parts = parse(path)?;
            if copied.is_secret {
                object.encrypted_fields.add(names(&parts));
            }
            let count = visit(&mut object.value, &parts, create, &mut |place| {
                put(place, &copied.value, &target.options)
            })
            .map_err(|problem| format!("{path} of {}: {problem}", object.identity()))?;
            if count == 0 {
                return Err(format!("finds no {path} in {}", object.identity()));
            }
        }
    }
    Ok(())
}

/// Puts a value in a place. A place that holds text, or a number, goes on doing so.
fn put(place: &mut Value, value: &Value, options: &FieldOptions) -> Result<(), String> {
    let mut value = value.clone();
    if !options.delimiter.is_empty() {
        let old = place.scalar().ok_or("splits a value that is no text")?;
        let new = value.scalar().ok_or("joins a value that is no text")?;
        value = Value::text(joined(&old, &new, options));
    }
    *place = match (&*place, value.scalar()) {
        (Value::Text(..), Some(text)) => Value::text(text),
        (Value::Bool(_) | Value::Number(_) | Value::Null, Some(text)) => yaml::resolve(&text),
        _ => value,
    };
    Ok(())
}

fn joined(old: &str, new: &str, options: &FieldOptions) -> String {
    let mut parts: Vec<&str> = old.split(options.delimiter.as_str()).collect();
    match usize::try_from(options.index) {
        Err(_) => parts.insert(0, new),
        Ok(index) => match parts.get_mut(index) {
            Some(part) => *part = new,
            None => parts.push(new),
        },
    }
    parts.join(&options.delimiter)
}
