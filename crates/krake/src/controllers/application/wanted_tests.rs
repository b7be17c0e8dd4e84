//! What is sent, what is owned, and how kinds are named before they exist.

use serde_json::{Value, json};

use super::*;

fn bounds() -> Value {
    json!({"observer_schema_list_min_length": 1, "observer_schema_list_max_length": 1})
}

fn application(schema: &Value) -> Application {
    serde_json::from_value(json!({
        "metadata": {"name": "pond", "namespace": "tarn"},
        "spec": {
            "manifest": [{"apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {"name": "echo", "namespace": "deep", "labels": {"app": "echo"}},
                "spec": {"replicas": 2, "paused": false, "template": {"spec": {"containers": [
                    {"name": "main", "image": "one", "ports": [{"containerPort": 80, "name": "http"}]}]}}}}],
            "observer_schema": schema, "constraints": {"cluster": {}},
        },
    }))
    .unwrap()
}

fn wanted(schema: &Value) -> Wanted {
    let application = application(schema);
    let id = ObjectId::of(&application.spec.manifest[0]).unwrap();
    desired(&application, &[])
        .identified(&application, vec![id])
        .remove(0)
}

fn custom() -> Value {
    json!([{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "echo"}, "spec": {"replicas": null,
        "template": {"spec": {"containers": [{"image": null}, bounds()]}}}}])
}

#[test]
fn without_a_schema_of_the_user_everything_is_sent_always() {
    let wanted = wanted(&json!([]));
    assert!(!wanted.is_custom);
    assert_eq!(wanted.observed("u1"), wanted.whole("u1"));
    assert_eq!(
        wanted.whole("u1")["metadata"]["labels"],
        json!({"app": "echo", APPLICATION_LABEL: "u1"})
    );
    assert_eq!(
        wanted.object,
        application(&json!([])).spec.manifest[0],
        "what is remembered has no label"
    );
}

#[test]
fn a_repair_sends_what_is_observed_and_the_keys_that_it_needs() {
    let wanted = wanted(&custom());
    assert_eq!(
        wanted.observed("u1"),
        json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "echo", "namespace": "deep", "labels": {APPLICATION_LABEL: "u1"}},
            "spec": {"replicas": 2, "template": {"spec": {"containers": [{"image": "one", "name": "main"}]}}}})
    );
}

#[test]
fn only_what_is_observed_and_the_label_are_owned() {
    let Fields::Members(members) = wanted(&custom()).owned() else {
        panic!()
    };
    let Fields::Members(metadata) = &members["metadata"] else {
        panic!()
    };
    let Fields::Members(labels) = &metadata["labels"] else {
        panic!()
    };
    assert_eq!(labels.keys().collect::<Vec<_>>(), [APPLICATION_LABEL]);
    let Fields::Members(spec) = &members["spec"] else {
        panic!()
    };
    assert_eq!(spec.keys().collect::<Vec<_>>(), ["replicas", "template"]);
    assert_eq!(spec["replicas"], Fields::All);
}

#[test]
fn kinds_that_a_manifest_defines_are_known_before_the_cluster_knows_them() {
    let definition = |kind: &str, scope: &str| {
        json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "x"},
            "spec": {"group": "example.com", "scope": scope, "names": {"kind": kind}}})
    };
    let manifest = [
        definition("Frog", "Namespaced"),
        json!({"kind": "ConfigMap"}),
        definition("Lake", "Cluster"),
    ];
    let kind = |name: &str, namespaced| ("example.com".to_owned(), name.to_owned(), namespaced);
    assert_eq!(own_kinds(&manifest), [kind("Frog", true), kind("Lake", false)]);
}
