//! A unit on its way from files to objects.

use super::fault;
use super::finding::Finding;
use super::rule::Rule;
use crate::build::{
    BuildError, Builder, Built, Object, OnMissing, Origin, Overlay, SubstituteError, Tree, TreeError, Value,
    Variables, join, read, substitute,
};

/// Names that say how a folder is built.
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// Folders that name each other.
const DEPTH: usize = 16;

/// What a unit is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// Its folder does not exist.
    #[default]
    Nothing,
    /// A folder of the tree.
    Folder(String),
    /// Files that belong to no folder of a unit.
    Files(Vec<String>),
}

/// What is applied together.
#[derive(Clone, Debug, Default)]
pub struct Unit {
    /// Name.
    pub name: String,
    /// What it is made of.
    pub content: Content,
    /// What is laid over the folder.
    pub overlay: Option<Overlay>,
    /// Which cluster, by a name; two units of the same name have the same cluster.
    pub cluster: String,
    /// Units that come first, with the line that says so.
    pub depends_on: Vec<(String, Option<usize>)>,
    /// The file that says so, and the line.
    pub file: String,
    /// Line of the unit.
    pub line: Option<usize>,
    /// Variables; none where nothing is put in.
    pub variables: Option<Variables>,
    /// More variables come from a cluster.
    pub has_more_variables: bool,
    /// Objects without a namespace get one.
    pub has_namespace: bool,
    /// Nobody says how it is applied: a folder that was named by hand.
    pub is_plain: bool,
}

/// The objects of a unit, as far as they can be had.
pub(super) fn objects(tree: &Tree, unit: &Unit, findings: &mut Vec<Finding>) -> Vec<Object> {
    let before = findings.len();
    let mut objects = match &unit.content {
        Content::Nothing => return Vec::new(),
        Content::Folder(folder) => from_folder(tree, folder, unit.overlay.as_ref(), findings),
        Content::Files(files) => files
            .iter()
            .flat_map(|file| salvage_file(tree, file, findings))
            .collect(),
    };
    fill_in(unit, &mut objects, findings);
    for finding in findings.iter_mut().skip(before) {
        finding.unit = Some(unit.name.clone());
    }
    objects
}

fn from_folder(
    tree: &Tree,
    folder: &str,
    overlay: Option<&Overlay>,
    findings: &mut Vec<Finding>,
) -> Vec<Object> {
    let builder = Builder::new(tree);
    let builder = overlay.map_or(builder, |overlay| builder.overlay(overlay));
    match builder.build(folder) {
        Ok(Built { objects, .. }) => objects,
        Err(error) => {
            let mut found = Vec::new();
            let salvaged = salvage(tree, folder, 0, &mut found);
            // Reading file by file finds most faults with all their places; the build's own word is for the rest.
            let fault = fault::finding(tree, &error);
            if !found.iter().any(|other: &Finding| other.rule == fault.rule) && !is_said_of_object(&error) {
                found.push(fault);
            }
            findings.extend(found);
            salvaged
        }
    }
}

/// An object without a name is told of with its object.
fn is_said_of_object(error: &BuildError) -> bool {
    matches!(error, BuildError::Invalid { problem, .. } if problem.contains("no metadata.name"))
}

/// The manifests of a folder that does not build, each for itself.
fn salvage(tree: &Tree, folder: &str, depth: usize, findings: &mut Vec<Finding>) -> Vec<Object> {
    let mut objects = Vec::new();
    if depth > DEPTH {
        return objects;
    }
    let by = KUSTOMIZATIONS
        .iter()
        .filter_map(|name| join(folder, name).ok())
        .find(|path| tree.is_file(path));
    let Some(by) = by else {
        for path in tree.below(folder).filter(|path| is_manifest(path)) {
            objects.extend(salvage_file(tree, path, findings));
        }
        return objects;
    };
    for named in resources(tree, &by) {
        let fault = |error: &TreeError| fault::of_resource(tree, &by, &named, error);
        match join(folder, &named) {
            Err(error) => findings.push(fault(&error)),
            Ok(path) if !tree.is_file(&path) && tree.is_folder(&path) => {
                objects.extend(salvage(tree, &path, depth + 1, findings));
            }
            Ok(path) => match tree.text(&path) {
                Err(error) => findings.push(fault(&error)),
                Ok(_) => objects.extend(salvage_file(tree, &path, findings)),
            },
        }
    }
    objects
}

fn is_manifest(path: &str) -> bool {
    let is_hidden = path.split('/').any(|part| part.starts_with('.'));
    !is_hidden && [".yaml", ".yml"].iter().any(|end| path.ends_with(end))
}

/// What a kustomization names.
fn resources(tree: &Tree, file: &str) -> Vec<String> {
    let documents = tree.text(file).ok().and_then(|text| read(text).ok());
    let named = documents.iter().flatten().filter_map(|document| {
        let resources = document.value.get("resources")?.as_list()?;
        Some(resources.iter().filter_map(Value::as_text))
    });
    named.flatten().map(str::to_owned).collect()
}

fn salvage_file(tree: &Tree, file: &str, findings: &mut Vec<Finding>) -> Vec<Object> {
    let text = match tree.text(file) {
        Ok(text) => text,
        Err(error) => {
            findings.push(fault::of_tree(file, None, &error));
            return Vec::new();
        }
    };
    let documents = match read(text) {
        Ok(documents) => documents,
        Err(error) => {
            findings.push(fault::of_yaml(file, error.line, &error.problem));
            return Vec::new();
        }
    };
    let mut objects = Vec::new();
    for document in documents {
        let is_manifest = ["apiVersion", "kind"]
            .iter()
            .all(|name| document.value.get(name).and_then(Value::as_text).is_some());
        if is_manifest {
            let origin = Origin {
                file: file.to_owned(),
                line: Some(document.line),
            };
            objects.push(Object::new(document.value, origin));
        } else if !document.value.is_empty() {
            let message = "the document has no apiVersion and kind that are texts";
            findings.push(Finding::of_file(
                Rule::YamlSyntax,
                file,
                Some(document.line),
                message,
            ));
        }
    }
    objects
}

fn fill_in(unit: &Unit, objects: &mut Vec<Object>, findings: &mut Vec<Finding>) {
    let Some(variables) = &unit.variables else { return };
    let mut filled = objects.clone();
    match substitute(&mut filled, variables, OnMissing::Fail) {
        Ok(()) => *objects = filled,
        // What a cluster will say is not known here: the text stays, and is not judged.
        Err(SubstituteError::Missing(_)) if unit.has_more_variables => {}
        Err(error) => findings.push(
            Finding::of_file(Rule::VariableMissing, &unit.file, unit.line, error.to_string())
                .hinting("name it under substitute, or give it a default: ${NAME:=default}"),
        ),
    }
}
