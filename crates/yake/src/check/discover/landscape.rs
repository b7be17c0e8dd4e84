//! A landscape by its file: units, variables, versions. What can be read of a file with faults is still checked.

use common::git::{Address, Range};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Discovered;
use crate::api::{Landscape, Versions, names};
use crate::build::{Lines, Tree, Value, Variables, join, lines, read};
use crate::check::finding::Finding;
use crate::check::path::Path;
use crate::check::rule::Rule;
use crate::check::schema::{Schemas, Violation, violations};
use crate::check::unit::{Content, Unit};

/// What a check needs of a landscape; whether all of it is right is asked elsewhere.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    versions: Option<String>,
    substitute: std::collections::BTreeMap<String, String>,
    substitute_from: Vec<serde::de::IgnoredAny>,
    units: Vec<Described>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Described {
    name: String,
    path: String,
    cluster: Option<String>,
    depends_on: Vec<String>,
    substitute: std::collections::BTreeMap<String, String>,
}

/// The landscape of a folder, if it has one.
pub(super) fn landscape(tree: &Tree, folder: &str, schemas: &Schemas) -> Option<Discovered> {
    let file = join(folder, names::LANDSCAPE_FILE).ok()?;
    if !tree.is_file(&file) {
        return None;
    }
    let mut found = Discovered::default();
    let text = match tree.text(&file) {
        Ok(text) => text,
        Err(error) => {
            found
                .findings
                .push(crate::check::fault::of_tree(&file, None, &error));
            return Some(found);
        }
    };
    let documents = lines(text);
    let of = File {
        tree,
        folder,
        name: &file,
        lines: documents.first(),
    };
    let has_faults = of.fields(text, schemas, &mut found);
    let mut first = Vec::new();
    match strict::<Landscape>(&file, text, &mut first) {
        Some(landscape)
            if landscape.api_version != names::API_VERSION || landscape.kind != names::LANDSCAPE =>
        {
            let message = format!("is no {} of {}", names::LANDSCAPE, names::API_VERSION);
            of.find(Rule::Landscape, Path::root(), message, &mut found);
        }
        Some(landscape) => of.source(&landscape, &mut found),
        // The reader stops at its first fault, which the schema tells with all others.
        None if has_faults => {}
        None => found.findings.extend(first),
    }
    let spec = spec(text);
    of.versions(&spec, &mut found);
    for (index, described) in spec.units.iter().enumerate() {
        of.unit(&spec, described, index, &mut found);
    }
    Some(found)
}

/// As it should be, or what is wrong.
fn strict<T: DeserializeOwned>(file: &str, text: &str, findings: &mut Vec<Finding>) -> Option<T> {
    match serde_saphyr::from_str(text) {
        Ok(value) => Some(value),
        Err(error) => {
            let line = error
                .location()
                .and_then(|location| usize::try_from(location.line()).ok());
            let error = error.without_snippet().to_string();
            findings.push(Finding::of_file(Rule::Landscape, file, line, error));
            None
        }
    }
}

fn spec(text: &str) -> Spec {
    let documents = read(text).unwrap_or_default();
    let spec = documents.first().and_then(|document| document.value.get("spec"));
    let spec: Option<Value> = spec.cloned();
    let spec = spec.and_then(|spec| serde_json::to_value(&spec).ok());
    spec.and_then(|spec| serde_json::from_value(spec).ok())
        .unwrap_or_default()
}

/// The file that is read.
struct File<'a> {
    tree: &'a Tree,
    folder: &'a str,
    name: &'a str,
    lines: Option<&'a Lines>,
}

impl File<'_> {
    fn line(&self, path: &Path) -> Option<usize> {
        path.line(self.lines?)
    }

    fn find(&self, rule: Rule, path: Path, message: String, found: &mut Discovered) {
        let mut finding = Finding::of_file(rule, self.name, self.line(&path), message);
        finding.path = path;
        found.findings.push(finding);
    }

    /// Fields against the kind's own definition; whether something is wrong with them.
    fn fields(&self, text: &str, schemas: &Schemas, found: &mut Discovered) -> bool {
        let known = schemas.kind(names::API_VERSION, names::LANDSCAPE);
        let documents = read(text).unwrap_or_default();
        let (Some(known), Some(document)) = (known, documents.first()) else {
            return false;
        };
        let violations = violations(schemas, &known.schema, &document.value);
        let has_faults = !violations.is_empty();
        for violation in violations {
            let Violation {
                rule,
                path,
                message,
                hint,
            } = violation;
            let line = self.line(&path).or_else(|| self.line(&path.parent()));
            let mut finding = Finding::of_file(rule, self.name, line, message);
            finding.path = path;
            finding.hint = hint;
            found.findings.push(finding);
        }
        has_faults
    }

    /// Where `yake run` fetches from.
    fn source(&self, landscape: &Landscape, found: &mut Discovered) {
        let Some(source) = &landscape.spec.source else {
            return;
        };
        let path = Path::of(&["spec", "source"]);
        if let Err(error) = source.url.parse::<Address>() {
            self.find(Rule::Landscape, path.member("url"), error.to_string(), found);
        }
        let range = source.reference.semver.as_deref().map(str::parse::<Range>);
        if let Some(Err(error)) = range {
            let path = path.member("ref").member("semver");
            self.find(Rule::Landscape, path, error.to_string(), found);
        }
    }

    fn versions(&self, spec: &Spec, found: &mut Discovered) {
        let Some(named) = &spec.versions else { return };
        let path = Path::of(&["spec", "versions"]);
        let file = match join(self.folder, named) {
            Ok(file) => file,
            Err(error) => return self.find(Rule::PathOutside, path, error.to_string(), found),
        };
        match self.tree.text(&file) {
            Ok(text) => found.versions = strict::<Versions>(&file, text, &mut found.findings),
            Err(error) => self.find(Rule::PathMissing, path, error.to_string(), found),
        }
    }

    /// A folder that is named, if it is there.
    fn below(&self, named: &str, at: &Path, found: &mut Discovered) -> Option<String> {
        match join(self.folder, named) {
            Ok(folder) if self.tree.is_folder(&folder) => return Some(folder),
            Ok(folder) => {
                let message = format!("the folder {folder:?} does not exist");
                self.find(Rule::PathMissing, at.clone(), message, found);
            }
            Err(error) => self.find(Rule::PathOutside, at.clone(), error.to_string(), found),
        }
        None
    }

    fn unit(&self, spec: &Spec, described: &Described, index: usize, found: &mut Discovered) {
        let at = Path::of(&["spec", "units"]).entry(index);
        let folder = self.below(&described.path, &at.member("path"), found);
        let after = at.member("dependsOn");
        let depends_on = described.depends_on.iter().enumerate();
        let depends_on = depends_on.map(|(index, name)| (name.clone(), self.line(&after.entry(index))));
        let own = spec.substitute.iter().chain(&described.substitute);
        let variables: Variables = own.map(|(name, value)| (name.clone(), value.clone())).collect();
        let has_more_variables = !spec.substitute_from.is_empty();
        found.units.push(Unit {
            name: described.name.clone(),
            content: folder.map_or(Content::Nothing, Content::Folder),
            cluster: described.cluster.clone().unwrap_or_else(|| "runtime".to_owned()),
            depends_on: depends_on.collect(),
            file: self.name.to_owned(),
            line: self.line(&at),
            variables: (has_more_variables || !variables.is_empty()).then_some(variables),
            has_more_variables,
            ..Unit::default()
        });
    }
}
