//! Folder by folder, from the bottom up.

use std::collections::HashSet;

use super::error::BuildError;
use super::files::Files;
use super::generate;
use super::identity::Identity;
use super::kustomization::Kustomization;
use super::load::{self, Loaded};
use super::object::{Behavior, Object};
use super::patch;
use super::transform;
use super::tree::join;
use super::value::{Map, Value};

/// A build under way.
pub(super) struct Build<'a> {
    files: &'a Files<'a>,
    pub(super) warnings: Vec<String>,
    /// Folders that are being built, to find those that contain themselves.
    under_way: Vec<String>,
}

impl<'a> Build<'a> {
    pub(super) fn new(files: &'a Files<'a>) -> Self {
        Self {
            files,
            warnings: Vec::new(),
            under_way: Vec::new(),
        }
    }

    pub(super) fn enter(&mut self, loaded: &Loaded, objects: Vec<Object>) -> Result<Vec<Object>, BuildError> {
        if self.under_way.contains(&loaded.folder) {
            let chain = self.under_way.join(" → ");
            let problem = format!("the folder contains itself: {chain} → {}", loaded.folder);
            return Err(BuildError::invalid(&loaded.file, problem));
        }
        self.under_way.push(loaded.folder.clone());
        let built = self.folder(loaded, objects);
        self.under_way.pop();
        built
    }

    fn folder(&mut self, loaded: &Loaded, mut objects: Vec<Object>) -> Result<Vec<Object>, BuildError> {
        let Kustomization {
            resources,
            components,
            ..
        } = &loaded.kustomization;
        let mut known = objects.iter().map(Object::identity).collect();
        for named in resources {
            for object in self.resource(loaded, named)? {
                append(&mut objects, &mut known, object, &loaded.file)?;
            }
        }
        for generated in generate::objects(self.files, loaded)? {
            absorb(&mut objects, generated, &loaded.file)?;
        }
        for named in components {
            let component = self.below(loaded, "components", named)?;
            if !component.kustomization.is_component() {
                let problem = format!("names {named:?}, whose kind is not Component");
                return Err(BuildError::field(&loaded.file, "components", problem));
            }
            objects = self.enter(&component, objects)?;
        }
        patch::apply(self.files, loaded, &mut objects)?;
        transform::apply(self.files, loaded, &mut objects)?;
        Ok(objects)
    }

    fn resource(&mut self, loaded: &Loaded, named: &str) -> Result<Vec<Object>, BuildError> {
        let path = resolve(loaded, "resources", named)?;
        if self.files.tree.is_file(&path) {
            return load::objects(self.files, &path, &mut self.warnings)
                .map_err(|error| in_field(error, loaded, "resources"));
        }
        let base = self.below(loaded, "resources", named)?;
        if base.kustomization.is_component() {
            let problem = format!("names {named:?}, a Component; that belongs to components");
            return Err(BuildError::field(&loaded.file, "resources", problem));
        }
        self.enter(&base, Vec::new())
    }

    fn below(&self, loaded: &Loaded, field: &str, named: &str) -> Result<Loaded, BuildError> {
        let path = resolve(loaded, field, named)?;
        if !self.files.tree.is_folder(&path) {
            return Err(match self.files.tree.bytes(&path) {
                Ok(_) => BuildError::field(
                    &loaded.file,
                    field,
                    format!("names {named:?}, which is not a folder"),
                ),
                Err(source) => path_error(loaded, field, source),
            });
        }
        load::kustomization(self.files.tree, &path)?.ok_or_else(|| {
            let problem = format!("names the folder {named:?}, which has no kustomization file");
            BuildError::field(&loaded.file, field, problem)
        })
    }
}

/// The path that a field of a kustomization means.
pub(super) fn resolve(loaded: &Loaded, field: &str, named: &str) -> Result<String, BuildError> {
    join(&loaded.folder, named).map_err(|source| path_error(loaded, field, source))
}

pub(super) fn path_error(loaded: &Loaded, field: &str, source: super::tree::TreeError) -> BuildError {
    BuildError::Path {
        file: loaded.file.clone(),
        field: field.to_owned(),
        source,
    }
}

/// Says which field named the file that cannot be had.
pub(super) fn in_field(error: BuildError, loaded: &Loaded, field: &str) -> BuildError {
    match error {
        BuildError::Tree(source) => path_error(loaded, field, source),
        other => other,
    }
}

/// Adds an object that is not there yet; `known` is what all of them are.
fn append(
    objects: &mut Vec<Object>,
    known: &mut HashSet<Identity>,
    object: Object,
    file: &str,
) -> Result<(), BuildError> {
    let identity = object.identity();
    if !known.insert(identity.clone())
        && let Some(other) = objects.iter().find(|other| other.identity() == identity)
    {
        let problem = format!(
            "{identity} is there twice: in {} and in {}",
            other.origin.file, object.origin.file
        );
        return Err(BuildError::invalid(file, problem));
    }
    objects.push(object);
    Ok(())
}

/// Adds a generated object, or lets it replace or extend the one that is there.
fn absorb(objects: &mut Vec<Object>, mut object: Object, file: &str) -> Result<(), BuildError> {
    let identity = object.identity();
    let mut matches = objects.iter_mut().filter(|other| other.was(&identity));
    match (matches.next(), matches.next(), object.behavior) {
        (None, _, Behavior::Create) => {
            objects.push(object);
            Ok(())
        }
        (None, _, Behavior::Merge | Behavior::Replace) => {
            let problem = format!("{identity} does not exist; it cannot be merged or replaced");
            Err(BuildError::invalid(file, problem))
        }
        (Some(_), Some(_), _) => Err(BuildError::invalid(
            file,
            format!("{identity} is not the only object of that name"),
        )),
        (Some(_), None, Behavior::Create) => {
            let problem = format!("{identity} exists; the behavior must be merge or replace");
            Err(BuildError::invalid(file, problem))
        }
        (Some(old), None, behavior) => {
            if behavior == Behavior::Merge {
                generate::extend(&mut object, old);
            }
            take_place(&mut object, old);
            *old = object;
            Ok(())
        }
    }
}

/// The name, the labels and the history of the old object are those of the new.
fn take_place(new: &mut Object, old: &Object) {
    for of in ["labels", "annotations"] {
        let mut pairs: Map = old
            .value
            .at(&["metadata", of])
            .and_then(Value::as_map)
            .cloned()
            .unwrap_or_default();
        let own = new.value.at(&["metadata", of]).and_then(Value::as_map).cloned();
        pairs.extend(own.unwrap_or_default());
        if let Some(metadata) = new.metadata().filter(|_| !pairs.is_empty()) {
            metadata.insert(of.to_owned(), Value::Map(pairs));
        }
    }
    new.rename(old.name());
    new.move_to(old.namespace());
    new.previous.clone_from(&old.previous);
    new.prefixes.clone_from(&old.prefixes);
    new.suffixes.clone_from(&old.suffixes);
    new.is_hashed &= old.is_hashed;
    new.encrypted_fields.extend(&old.encrypted_fields);
}
