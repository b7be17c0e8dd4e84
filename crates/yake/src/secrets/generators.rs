//! Secrets that kustomizations generate of what stands in the clear.

use crate::build::{Tree, Value, read};

/// Names of kustomization files.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What the generators of a kustomization take.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sources {
    /// Places of values in the kustomization itself.
    pub(super) literals: Vec<String>,
    /// Files.
    pub(super) files: Vec<String>,
}

/// The sources of generated Secrets, if the file is a kustomization that can be read.
pub(super) fn sources(tree: &Tree, path: &str) -> Sources {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let documents = NAMES.contains(&name).then(|| tree.text(path).ok()).flatten();
    let documents = documents.and_then(|text| read(text).ok()).unwrap_or_default();
    let mut sources = Sources::default();
    for document in &documents {
        let generators = document.value.get("secretGenerator").and_then(Value::as_list);
        for (index, generator) in generators.unwrap_or_default().iter().enumerate() {
            collect(generator, index, folder, &mut sources);
        }
    }
    sources
}

fn collect(generator: &Value, index: usize, folder: &str, sources: &mut Sources) {
    let texts = |field: &str| {
        let list = generator.get(field).and_then(Value::as_list).unwrap_or_default();
        list.iter().filter_map(Value::as_text)
    };
    for (entry, literal) in texts("literals").enumerate() {
        let value = literal.split_once('=').map_or("", |(_, value)| value);
        // A variable is put in by whoever builds.
        if !value.is_empty() && !value.starts_with("${") {
            sources
                .literals
                .push(format!("secretGenerator.{index}.literals.{entry}"));
        }
    }
    let named = texts("files").map(|named| named.split_once('=').map_or(named, |(_, path)| path));
    for named in named.chain(texts("envs")) {
        if let Ok(path) = crate::build::join(folder, named) {
            sources.files.push(path);
        }
    }
}
