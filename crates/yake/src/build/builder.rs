//! From a folder to the objects that are printed or applied.

use common::secrets::Identities;

use super::accumulate::Build;
use super::decrypt;
use super::error::BuildError;
use super::files::Files;
use super::generate;
use super::load;
use super::object::Object;
use super::overlay::Overlay;
use super::transform;
use super::tree::{Tree, join};
use super::value::{Map, Value};

/// What a folder builds to.
#[derive(Clone, Debug)]
pub struct Built {
    /// The objects, in the order in which they are printed.
    pub objects: Vec<Object>,
    /// What was odd, but is no error.
    pub warnings: Vec<String>,
}

/// Builds a folder of a tree; `""` is its root. Encrypted files are left as they are.
pub fn build(tree: &Tree, folder: &str) -> Result<Built, BuildError> {
    Builder::new(tree).build(folder)
}

/// How folders of a tree are built.
#[derive(Clone, Copy, Debug)]
pub struct Builder<'a> {
    tree: &'a Tree,
    identities: Option<&'a Identities>,
    overlay: Option<&'a Overlay>,
}

impl<'a> Builder<'a> {
    /// A builder that leaves encrypted files as they are.
    pub fn new(tree: &'a Tree) -> Self {
        Self {
            tree,
            identities: None,
            overlay: None,
        }
    }

    /// Lays the settings of a unit over its folder.
    #[must_use]
    pub fn overlay(self, overlay: &'a Overlay) -> Self {
        Self {
            overlay: Some(overlay),
            ..self
        }
    }

    /// Opens what sops encrypted with these keys. An encrypted file that none of them opens, or that was changed
    /// without sops, is an error from then on, even if there are no keys at all.
    #[must_use]
    pub fn decrypt(self, identities: &'a Identities) -> Self {
        self.decrypt_with(Some(identities))
    }

    /// Opens what sops encrypted, or leaves it as it is.
    #[must_use]
    pub fn decrypt_with(self, identities: Option<&'a Identities>) -> Self {
        Self { identities, ..self }
    }

    /// Builds a folder of the tree; `""` is its root.
    pub fn build(&self, folder: &str) -> Result<Built, BuildError> {
        let files = Files {
            tree: self.tree,
            identities: self.identities,
        };
        let folder = join("", folder)?;
        let mut loaded = match load::kustomization(self.tree, &folder)? {
            Some(loaded) => loaded,
            None => load::generated(self.tree, &folder)?,
        };
        if let Some(overlay) = self.overlay {
            overlay.lay_over(self.tree, &mut loaded)?;
        }
        let mut build = Build::new(&files);
        let mut objects = build.enter(&loaded, Vec::new())?;
        generate::add_hashes(&mut objects);
        transform::references::follow(&mut objects)
            .map_err(|problem| BuildError::invalid(&loaded.file, problem))?;
        objects.retain(|object| !is_local(object));
        objects.iter_mut().for_each(annotations_to_text);
        if let Some(identities) = self.identities {
            decrypt::secrets(&mut objects, identities)?;
        }
        transform::order::sort(&mut objects, &loaded)?;
        if let Some(overlay) = self.overlay {
            overlay.mark(&mut objects);
        }
        Ok(Built {
            objects,
            warnings: build.warnings,
        })
    }
}

/// Marked as configuration of tools, not for a cluster.
fn is_local(object: &Object) -> bool {
    let annotations = object.pairs("annotations");
    annotations
        .iter()
        .any(|(name, value)| *name == "config.kubernetes.io/local-config" && value != "false")
}

/// Annotations are texts; the original writes them all anew.
fn annotations_to_text(object: &mut Object) {
    let annotations = object.value.as_map_mut().and_then(|map| map.get_mut("metadata"));
    let annotations = annotations.and_then(|metadata| metadata.as_map_mut()?.get_mut("annotations"));
    for value in annotations
        .and_then(Value::as_map_mut)
        .into_iter()
        .flat_map(Map::values_mut)
    {
        if let (Value::Bool(_) | Value::Number(_), Some(text)) = (&*value, value.scalar()) {
            *value = Value::text(text);
        }
    }
}
