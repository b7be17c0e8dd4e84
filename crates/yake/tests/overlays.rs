//! What a unit lays over its folder is what the real kustomize makes of a kustomization into which Flux would write it.

#![cfg(test)]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use yake::build::{Builder, Overlay, Tree};

const OBJECTS: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: own, labels: {a: own}}\nspec:\n  \
                       template: {spec: {containers: [{name: c, image: 'reg.test/a:1'}, {name: d, image: 'reg.test/b:1'}]}}\n";
const COMPONENT: &str =
    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonAnnotations: {by: component}\n";
const KUSTOMIZATION: &str =
    "resources: [web.yaml]\nnamespace: own\nnamePrefix: own-\nimages: [{name: reg.test/a, newTag: own}]\n";

fn files() -> Vec<(&'static str, &'static str)> {
    vec![
        ("u/kustomization.yaml", KUSTOMIZATION),
        ("u/web.yaml", OBJECTS),
        ("u/extra/kustomization.yaml", COMPONENT),
        ("plain/web.yaml", OBJECTS),
        (
            "plain/.hidden.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: hidden}\n",
        ),
        ("plain/.sops.yaml", "creation_rules: []\n"),
    ]
}

fn build(overlay: &Value, folder: &str) -> Result<Vec<Value>, String> {
    let mut tree = Tree::new();
    for (path, text) in files() {
        tree.insert(path, text);
    }
    let overlay = Overlay::read(overlay).map_err(|error| error.to_string())?;
    let built = Builder::new(&tree).overlay(&overlay).build(folder);
    let whole = |error: yake::build::BuildError| match std::error::Error::source(&error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    let objects = built.map_err(whole)?.objects;
    Ok(objects
        .iter()
        .map(|object| serde_json::to_value(&object.value).unwrap())
        .collect())
}

fn kustomize(folder: &Path) -> Option<Vec<Value>> {
    let program = std::env::var_os("ALASCA_KUSTOMIZE")?;
    let output = Command::new(program).arg("build").arg(folder).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(serde_saphyr::from_multiple(&String::from_utf8(output.stdout).unwrap()).unwrap())
}

fn overlay() -> Value {
    json!({
        "interval": "1m", "path": "./u", "prune": true,
        "targetNamespace": "unit", "namePrefix": "unit-", "nameSuffix": "-x",
        "patches": [{
            "target": {"kind": "Deployment"},
            "patch": "- op: add\n  path: /spec/replicas\n  value: 3\n",
        }],
        "images": [{"name": "reg.test/a", "newTag": "unit"}, {"name": "reg.test/b", "newName": "other.test/b"}],
        "components": ["extra"],
        "commonMetadata": {"labels": {"a": "unit", "b": "unit"}, "annotations": {"n": "1"}},
    })
}

/// G6
#[test]
fn a_unit_is_laid_over_its_folder_as_flux_does_it() {
    let ours = build(&overlay(), "u").unwrap();
    let [object] = ours.as_slice() else {
        panic!("{ours:?}")
    };
    assert_eq!(object["metadata"]["labels"], json!({"a": "unit", "b": "unit"}));
    assert_eq!(
        object["metadata"]["annotations"],
        json!({"by": "component", "n": "1"})
    );
    assert_eq!(object["metadata"]["name"], "unit-web-x");
    assert_eq!(object["metadata"]["namespace"], "unit");
    assert_eq!(object["spec"]["replicas"], 3);

    // The same written by hand, as Flux writes it; common metadata are set after the build.
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files() {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let written = "resources: [web.yaml]\nnamespace: unit\nnamePrefix: unit-\nnameSuffix: -x\ncomponents: [extra]\nimages:\n- {name: \
                   reg.test/a, newTag: unit}\n- {name: reg.test/b, newName: other.test/b}\npatches:\n- target: {kind: \
                   Deployment}\n  patch: |\n    - op: add\n      path: /spec/replicas\n      value: 3\n";
    fs::write(folder.path().join("u/kustomization.yaml"), written).unwrap();
    if let Some(mut theirs) = kustomize(&folder.path().join("u")) {
        theirs[0]["metadata"]["labels"] = json!({"a": "unit", "b": "unit"});
        theirs[0]["metadata"]["annotations"]["n"] = json!("1");
        assert_eq!(ours, theirs);
    }
}

#[test]
fn components_that_are_missing_are_an_error_unless_they_may_be() {
    let mut missing = overlay();
    missing["components"] = json!(["extra", "gone"]);
    assert!(build(&missing, "u").unwrap_err().contains("gone"));
    missing["ignoreMissingComponents"] = json!(true);
    assert_eq!(build(&missing, "u").unwrap().len(), 1);
    missing["components"] = json!(["../plain"]);
    assert!(build(&missing, "u").unwrap_err().contains("does not lie below"));
    missing["patches"] = json!([{"path": "x.yaml"}]);
    assert!(build(&missing, "u").unwrap_err().contains("path"));
}

#[test]
fn a_folder_without_a_kustomization_takes_the_settings_too_and_leaves_out_what_flux_leaves_out() {
    let built = build(
        &json!({"targetNamespace": "unit", "commonMetadata": null}),
        "plain",
    )
    .unwrap();
    let names: Vec<&str> = built
        .iter()
        .map(|object| object["metadata"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["hidden", "web"]);
    assert_eq!(built[1]["metadata"]["namespace"], "unit");
}
