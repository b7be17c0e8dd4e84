//! Units of Flux: its `Kustomization` objects, wherever they lie in a repository.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Discovered;
use crate::build::{Document, Overlay, Tree, join, lines, read};
use crate::check::finding::Finding;
use crate::check::path::Path;
use crate::check::rule::Rule;
use crate::check::unit::{Content, Unit};

/// Group of Flux's unit.
const GROUP: &str = "kustomize.toolkit.fluxcd.io/";

/// What a check reads of a `Kustomization`; the rest is for its schema.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kustomization {
    metadata: Metadata,
    spec: Spec,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    name: String,
    #[serde(default)]
    namespace: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    #[serde(default)]
    path: String,
    #[serde(default)]
    depends_on: Vec<Metadata>,
    target_namespace: Option<String>,
    post_build: Option<PostBuild>,
    kube_config: Option<KubeConfig>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PostBuild {
    #[serde(default)]
    substitute: BTreeMap<String, String>,
    #[serde(default)]
    substitute_from: Vec<serde::de::IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KubeConfig {
    secret_ref: Option<Metadata>,
}

/// All units of a repository; besides them, one of the files that describe them where no unit does.
pub(super) fn units(tree: &Tree, folder: &str) -> Discovered {
    let mut found = Discovered::default();
    let mut files = Vec::new();
    for file in tree.below(folder).filter(|path| is_manifest(path)) {
        let Some(text) = tree.text(file).ok().filter(|text| text.contains(GROUP)) else {
            continue;
        };
        let before = found.units.len();
        for document in read(text).unwrap_or_default() {
            unit(tree, folder, file, &document, &mut found);
        }
        if found.units.len() > before {
            files.push(file.to_owned());
        }
    }
    let holds = |unit: &Unit, file: &str| match &unit.content {
        Content::Folder(folder) => is_below(file, folder),
        Content::Files(_) | Content::Nothing => false,
    };
    files.retain(|file| !found.units.iter().any(|unit| holds(unit, file)));
    if !files.is_empty() {
        found.units.push(Unit {
            name: "flux".to_owned(),
            content: Content::Files(files),
            ..Unit::default()
        });
    }
    found
}

fn is_manifest(path: &str) -> bool {
    [".yaml", ".yml"].iter().any(|end| path.ends_with(end))
}

fn is_below(file: &str, folder: &str) -> bool {
    folder.is_empty()
        || file
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
}

fn unit(tree: &Tree, root: &str, file: &str, document: &Document, found: &mut Discovered) {
    let text = |name: &str| document.value.get(name).and_then(|value| value.as_text());
    let is_unit = text("apiVersion").is_some_and(|version| version.starts_with(GROUP))
        && text("kind") == Some("Kustomization");
    if !is_unit {
        return;
    }
    let value = serde_json::to_value(&document.value).unwrap_or_default();
    let overlay = value.get("spec").map(Overlay::read);
    let (Ok(Kustomization { metadata, spec }), Some(Ok(overlay))) = (serde_json::from_value(value), overlay)
    else {
        let message = "the Kustomization is not as Flux takes it";
        let finding = Finding::of_file(Rule::Landscape, file, Some(document.line), message);
        found.findings.push(finding);
        return;
    };
    let line = |path: &[&str]| line(tree, file, document.line, path);
    let mut missing = |rule: Rule, problem: &str| {
        let message = format!("spec.path {:?} {problem}", spec.path);
        let at = line(&["spec", "path"]);
        found.findings.push(Finding::of_file(rule, file, at, message));
        Content::Nothing
    };
    let content = match join(root, spec.path.trim_start_matches('/')) {
        Ok(folder) if tree.is_folder(&folder) => Content::Folder(folder),
        Ok(_) => missing(Rule::PathMissing, "does not exist"),
        Err(_) => missing(Rule::PathOutside, "leads out of the repository"),
    };
    let namespace = &metadata.namespace;
    let full = |of: &Metadata| {
        let namespace = if of.namespace.is_empty() {
            namespace
        } else {
            &of.namespace
        };
        format!("{namespace}/{}", of.name)
    };
    let after = line(&["spec", "dependsOn"]);
    found.units.push(Unit {
        name: full(&metadata),
        content,
        overlay: Some(overlay),
        cluster: cluster(spec.kube_config),
        depends_on: spec.depends_on.iter().map(|of| (full(of), after)).collect(),
        file: file.to_owned(),
        line: Some(document.line),
        has_more_variables: spec
            .post_build
            .as_ref()
            .is_some_and(|of| !of.substitute_from.is_empty()),
        variables: spec.post_build.map(|of| of.substitute.into_iter().collect()),
        has_namespace: spec.target_namespace.is_some(),
        is_plain: false,
    });
}

/// The cluster is the one that a kubeconfig leads to; by its Secret, two units know that they mean the same.
fn cluster(kubeconfig: Option<KubeConfig>) -> String {
    match kubeconfig.map(|of| of.secret_ref) {
        None => "runtime".to_owned(),
        Some(Some(secret)) => secret.name,
        Some(None) => "virtual".to_owned(),
    }
}

fn line(tree: &Tree, file: &str, begin: usize, path: &[&str]) -> Option<usize> {
    let documents = lines(tree.text(file).ok()?);
    let document = documents.iter().find(|document| document.line == begin)?;
    Path::of(path).line(document).or(Some(begin))
}
