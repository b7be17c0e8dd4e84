//! Large trees build in time that grows with their size, not with its square.

#![cfg(test)]

use std::fmt::Write;
use std::time::{Duration, Instant};

use yake::build::{Tree, Value, build};

/// Objects of three kinds, of which one names the others.
fn tree(count: usize) -> Tree {
    let mut objects = String::new();
    for index in 0..count {
        let _ = write!(
            objects,
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web{index}, namespace: ns{}}}\nspec:\n  template:\n    \
             spec:\n      serviceAccountName: sa{index}\n      containers: [{{name: c, envFrom: [{{configMapRef: {{name: \
             cm{index}}}}}]}}]\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: sa{index}}}\n---\napiVersion: \
             v1\nkind: ConfigMap\nmetadata: {{name: cm{index}}}\n",
            index % 20,
        );
    }
    let mut patches = String::from("resources: [all.yaml]\nnamespace: one\nnamePrefix: p-\npatches:\n");
    for index in (0..count).step_by(10) {
        let _ = writeln!(
            patches,
            "- patch: '{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web{index}, namespace: ns{}}}, spec: \
             {{replicas: 2}}}}'",
            index % 20
        );
    }
    let mut tree = Tree::new();
    tree.insert("all.yaml", objects);
    tree.insert("kustomization.yaml", patches);
    tree
}

#[test]
fn six_thousand_objects_build_in_seconds_even_unoptimised_on_a_busy_machine() {
    let tree = tree(2000);
    let begun = Instant::now();
    let objects = build(&tree, "").unwrap().objects;
    let took = begun.elapsed();
    assert_eq!(objects.len(), 6000);
    let web = objects
        .iter()
        .find(|object| object.name() == "p-web1990")
        .unwrap();
    let account = web.value.at(&["spec", "template", "spec", "serviceAccountName"]);
    assert_eq!(account.and_then(Value::as_text), Some("p-sa1990"));
    assert!(web.value.at(&["spec", "replicas"]).is_some());
    // In the square of the size it was minutes.
    assert!(took < Duration::from_secs(30), "it took {took:?}");
}
