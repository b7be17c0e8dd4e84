//! From files to kustomizations and objects.

use std::collections::VecDeque;

use super::error::BuildError;
use super::files::Files;
use super::kustomization::{FILE_NAMES, Kustomization};
use super::object::{Object, Origin};
use super::secrecy::SecretFields;
use super::tree::{Tree, TreeError};
use super::value::{Map, Value};
use super::yaml;

/// A kustomization and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    /// Folder.
    pub(crate) folder: String,
    /// File, for messages.
    pub(crate) file: String,
    /// What it says.
    pub(crate) kustomization: Kustomization,
}

/// The kustomization of a folder, none if the folder has none.
pub(crate) fn kustomization(tree: &Tree, folder: &str) -> Result<Option<Loaded>, BuildError> {
    let path = |name: &&str| {
        if folder.is_empty() {
            (*name).to_owned()
        } else {
            format!("{folder}/{name}")
        }
    };
    let files: Vec<String> = FILE_NAMES
        .iter()
        .map(path)
        .filter(|path| tree.is_file(path))
        .collect();
    match files.as_slice() {
        [] => Ok(None),
        [file] => read(tree, folder, file).map(Some),
        _ => Err(BuildError::invalid(
            folder,
            format!("only one of {} may stand in a folder", files.join(", ")),
        )),
    }
}

fn read(tree: &Tree, folder: &str, file: &str) -> Result<Loaded, BuildError> {
    let mut documents = yaml::read(tree.text(file)?).map_err(|error| BuildError::yaml(file, error))?;
    let document = documents.pop().filter(|document| !document.value.is_empty());
    let Some(document) = document else {
        return Err(BuildError::invalid(file, "the file is empty"));
    };
    if !documents.is_empty() {
        return Err(BuildError::invalid(file, "the file holds several documents"));
    }
    Ok(Loaded {
        folder: folder.to_owned(),
        file: file.to_owned(),
        kustomization: Kustomization::read(file, &document.value)?,
    })
}

/// Files and folders that Flux leaves out of its sources, unless a repository says otherwise.
const OF_TOOLS: [&str; 15] = [
    ".git",
    ".github",
    ".circleci",
    ".travis.yml",
    ".gitlab-ci.yml",
    "appveyor.yml",
    ".drone.yml",
    "cloudbuild.yaml",
    "codeship-services.yml",
    "codeship-steps.yml",
    ".goreleaser.yml",
    ".goreleaser.yaml",
    ".goreleaser.brew.yml",
    ".sops.yaml",
    ".flux.yaml",
];

fn is_of_tools(path: &str) -> bool {
    path.split('/').any(|part| OF_TOOLS.contains(&part))
}

/// What Flux makes for a folder without a kustomization: one that names every manifest below it. A folder below that
/// has a kustomization of its own is taken as one.
pub(crate) fn generated(tree: &Tree, folder: &str) -> Result<Loaded, BuildError> {
    let mut resources = Vec::new();
    let mut bases: Vec<String> = Vec::new();
    for path in tree.below(folder) {
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let name = path.rsplit('/').next().unwrap_or(path);
        if FILE_NAMES.contains(&name) && parent != folder {
            bases.push(parent.to_owned());
        }
    }
    let relative = |path: &str| match folder {
        "" => path.to_owned(),
        folder => path
            .strip_prefix(folder)
            .unwrap_or(path)
            .trim_start_matches('/')
            .to_owned(),
    };
    let is_below_base = |path: &str| bases.iter().any(|base| path.starts_with(&format!("{base}/")));
    for path in tree.below(folder) {
        let is_manifest = [".yaml", ".yml"].iter().any(|end| path.ends_with(end));
        if is_manifest && !is_of_tools(&relative(path)) && !is_below_base(path) {
            resources.push(relative(path));
        }
    }
    let is_nested = |base: &String| bases.iter().any(|other| base.starts_with(&format!("{other}/")));
    resources.extend(
        bases
            .iter()
            .filter(|base| !is_nested(base))
            .map(|base| relative(base)),
    );
    if resources.is_empty() {
        return Err(TreeError::Missing(format!("a manifest below {folder:?}")).into());
    }
    resources.sort();
    let kustomization = Kustomization {
        resources,
        ..Kustomization::default()
    };
    let file = format!("{folder} (no kustomization file)");
    Ok(Loaded {
        folder: folder.to_owned(),
        file,
        kustomization,
    })
}

/// The objects of a file, lists taken apart. Members that hold nothing are left out, and `warnings` says which.
pub(crate) fn objects(
    files: &Files<'_>,
    file: &str,
    warnings: &mut Vec<String>,
) -> Result<Vec<Object>, BuildError> {
    let mut found = Vec::new();
    let mut waiting = VecDeque::new();
    for document in files.documents(file)? {
        let origin = Origin {
            file: file.to_owned(),
            line: Some(document.line),
        };
        waiting.push_back((document.value, document.encrypted_fields, origin));
    }
    // Items of a list come behind all else of the file, as in the original.
    while let Some((value, encrypted_fields, origin)) = waiting.pop_front() {
        let (object, items) = unfold(value, &origin, warnings)?;
        for item in items {
            let of_item = if encrypted_fields.is_empty() {
                SecretFields::default()
            } else {
                SecretFields::all_of(&item)
            };
            waiting.push_back((item, of_item, origin.clone()));
        }
        found.extend(object.map(|object| Object {
            encrypted_fields,
            ..object
        }));
    }
    Ok(found)
}

/// The object that a document is, or the items of the list that it is.
fn unfold(
    mut value: Value,
    origin: &Origin,
    warnings: &mut Vec<String>,
) -> Result<(Option<Object>, Vec<Value>), BuildError> {
    let line = origin.line.unwrap_or(1);
    let place = format!("{}:{line}", origin.file);
    if value.is_empty() {
        return Ok((None, Vec::new()));
    }
    let is_list = value
        .get("kind")
        .and_then(Value::as_text)
        .is_some_and(|kind| kind.ends_with("List"));
    if is_list && let Some(items) = value.as_map_mut().and_then(|map| map.remove("items")) {
        return match items {
            Value::Null => Ok((None, Vec::new())),
            Value::List(items) => Ok((None, items)),
            other => {
                let problem = format!("items should be a list, not {}", other.kind());
                Err(BuildError::invalid(&place, problem))
            }
        };
    }
    drop_nulls(&mut value, "", &place, warnings)?;
    check(&value, &place)?;
    Ok((Some(Object::new(value, origin.clone())), Vec::new()))
}

fn check(value: &Value, place: &str) -> Result<(), BuildError> {
    let Some(_) = value.as_map() else {
        return Err(BuildError::invalid(
            place,
            format!("a manifest is expected, not {}", value.kind()),
        ));
    };
    for path in [&["apiVersion"][..], &["kind"], &["metadata", "name"]] {
        if value.at(path).and_then(Value::as_text).is_none_or(str::is_empty) {
            let field = path.join(".");
            return Err(BuildError::invalid(
                place,
                format!("the manifest has no {field} that is a text"),
            ));
        }
    }
    Ok(())
}

fn drop_nulls(
    value: &mut Value,
    path: &str,
    place: &str,
    warnings: &mut Vec<String>,
) -> Result<(), BuildError> {
    match value {
        Value::Map(map) => drop_members(map, path, place, warnings),
        Value::List(list) => list.iter_mut().enumerate().try_for_each(|(index, entry)| {
            let path = format!("{path}[{index}]");
            if matches!(entry, Value::Null) {
                return Err(BuildError::invalid(
                    place,
                    format!("{path} is an entry that holds nothing"),
                ));
            }
            drop_nulls(entry, &path, place, warnings)
        }),
        _ => Ok(()),
    }
}

fn drop_members(
    map: &mut Map,
    path: &str,
    place: &str,
    warnings: &mut Vec<String>,
) -> Result<(), BuildError> {
    map.retain(|name, value| {
        let is_null = matches!(value, Value::Null);
        if is_null {
            warnings.push(format!("{place}: {path}.{name} holds nothing and is left out"));
        }
        !is_null
    });
    map.iter_mut()
        .try_for_each(|(name, value)| drop_nulls(value, &format!("{path}.{name}"), place, warnings))
}
