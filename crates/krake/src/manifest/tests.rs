//! The original's reference example and what its test suite expects of it; then properties.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::api::observer_schema::{LIST_CURRENT_LENGTH, LIST_MAX_LENGTH, LIST_MIN_LENGTH};

fn bounds(min: usize, max: usize) -> Value {
    json!({LIST_MIN_LENGTH: min, LIST_MAX_LENGTH: max})
}

fn length(length: usize) -> Value {
    json!({LIST_CURRENT_LENGTH: length})
}

fn manifest() -> Vec<Value> {
    vec![
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "nginx-demo", "namespace": "secondary"},
            "spec": {"selector": {"matchLabels": {"app": "nginx"}}, "template": {"metadata": {"labels": {"app": "nginx"}},
                "spec": {"containers": [{"name": "nginx", "image": "nginx:1.7.9", "ports": [{"containerPort": 80}]}]}}}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "nginx-demo", "namespace": "secondary"},
            "spec": {"type": "NodePort", "selector": {"app": "nginx"},
                "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}]}}),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "nginx-demo", "namespace": "secondary"}}),
    ]
}

fn schemas() -> Vec<Value> {
    vec![
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "nginx-demo", "namespace": null},
            "spec": {"replicas": null, "selector": {"matchLabels": {"app": null}}, "template": {"metadata": {"labels": {"app": null}},
                "spec": {"containers": [{"name": null, "image": null, "ports": [{"containerPort": null}, bounds(1, 1)]}, bounds(1, 1)]}}}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "nginx-demo", "namespace": null},
            "spec": {"type": null, "selector": {"app": null}, "ports": [{"port": null, "targetPort": null}, bounds(0, 2)]}}),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "nginx-demo", "namespace": null}}),
    ]
}

/// What a cluster answers: the manifest with the members that Kubernetes fills in.
fn live() -> Vec<Value> {
    let mut live = manifest();
    for object in &mut live {
        object["metadata"]["uid"] = json!("d9b8…");
    }
    live[0]["spec"]["replicas"] = json!(1);
    live[0]["spec"]["progressDeadlineSeconds"] = json!(600);
    live[1]["spec"]["clusterIP"] = json!("10.0.0.7");
    live[1]["spec"]["ports"][0]["nodePort"] = json!(30021);
    live
}

fn observed(live: &[Value]) -> Vec<Value> {
    pair(live, &schemas())
        .into_iter()
        .filter_map(|(live, schema)| Some(project(schema?, live)))
        .collect()
}

/// Desired after the first answer of the cluster.
fn settled() -> Vec<Value> {
    let mut wanted = desired(&manifest(), &schemas(), &[]);
    for (wanted, live) in wanted.iter_mut().zip(live()) {
        let schema = schemas()
            .into_iter()
            .find(|schema| same_name(schema, wanted))
            .unwrap();
        fill(wanted, &schema, &live);
    }
    wanted
}

fn modified_by(change: impl Fn(&mut Vec<Value>)) -> Delta {
    let mut live = live();
    change(&mut live);
    delta(&settled(), &schemas(), &observed(&live))
}

fn service_ports(ports: Value) -> Delta {
    modified_by(move |live| live[1]["spec"]["ports"] = ports.clone())
}

fn modified(index: usize) -> Delta {
    Delta {
        modified: vec![index],
        ..Delta::default()
    }
}

#[test]
fn the_first_answer_fills_observed_members_that_the_manifest_lacks() {
    let wanted = settled();
    assert_eq!(wanted[0]["spec"]["replicas"], 1);
    assert_eq!(wanted[0]["spec"].get("progressDeadlineSeconds"), None);
    assert_eq!(
        wanted[1],
        manifest()[1],
        "a value of the manifest is never overwritten, nothing unobserved is added"
    );
    assert!(delta(&wanted, &schemas(), &observed(&live())).is_empty());
}

#[test]
fn observed_lists_are_closed_by_their_real_length() {
    let seen = observed(&live());
    assert_eq!(
        seen[1],
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "nginx-demo", "namespace": "secondary"},
            "spec": {"type": "NodePort", "selector": {"app": "nginx"}, "ports": [{"port": 80, "targetPort": 80}, length(1)]}})
    );
    assert_eq!(seen[2], manifest()[2]);
    let mut without = live();
    without[1]["spec"].as_object_mut().unwrap().remove("ports");
    assert_eq!(observed(&without)[1]["spec"]["ports"], json!([length(0)]));
}

#[test]
fn drift_of_observed_members_is_a_modification() {
    assert_eq!(
        modified_by(
            |live| live[0]["spec"]["template"]["spec"]["containers"][0]["image"] = json!("nginx:1.6")
        ),
        modified(0)
    );
    assert_eq!(
        modified_by(|live| live[0]["spec"]["replicas"] = json!(2)),
        modified(0)
    );
    assert_eq!(
        modified_by(|live| {
            live[1]["spec"].as_object_mut().unwrap().remove("type");
        }),
        modified(1)
    );
}

#[test]
fn drift_of_unobserved_members_is_nothing() {
    assert!(modified_by(|live| live[1]["spec"]["ports"][0]["protocol"] = json!("UDP")).is_empty());
    assert!(modified_by(|live| live[0]["spec"]["progressDeadlineSeconds"] = json!(5)).is_empty());
}

#[test]
fn lists_may_grow_and_shrink_within_their_bounds() {
    let port = |port: u16| json!({"port": port, "targetPort": port});
    assert!(service_ports(json!([port(80), port(81)])).is_empty());
    assert_eq!(
        service_ports(json!([port(80), port(81), port(82)])),
        modified(1),
        "more than max"
    );
    assert_eq!(
        service_ports(json!([])),
        modified(1),
        "an observed position is gone"
    );
    assert_eq!(
        modified_by(|live| live[0]["spec"]["template"]["spec"]["containers"][0]["ports"] = json!([])),
        modified(0)
    );
}

#[test]
fn a_list_without_upper_bound_may_be_of_any_length() {
    let mut schemas = schemas();
    schemas[1]["spec"]["ports"] = json!([{"port": null}, bounds(1, 0)]);
    let mut live = live();
    let seen = |live: &Value| vec![project(&schemas[1], live)];
    assert!(delta(&manifest()[1..2], &schemas, &seen(&live[1])).is_empty());
    live[1]["spec"]["ports"] = json!([{"port": 80}, {"port": 81}, {"port": 82}, {"port": 83}]);
    assert!(delta(&manifest()[1..2], &schemas, &seen(&live[1])).is_empty());
}

#[test]
fn missing_and_undesired_objects_are_created_and_deleted() {
    let seen = observed(&live());
    assert_eq!(
        delta(&settled(), &schemas(), &[]),
        Delta {
            created: vec![0, 1, 2],
            ..Delta::default()
        }
    );
    assert_eq!(
        delta(&settled(), &schemas(), &seen[..2]),
        Delta {
            created: vec![2],
            ..Delta::default()
        },
        "a secret that was deleted on the cluster"
    );
    assert_eq!(
        delta(&settled()[..2], &schemas(), &seen),
        Delta {
            deleted: vec![2],
            ..Delta::default()
        }
    );
    let mut moved = settled();
    moved[1]["metadata"]["namespace"] = json!("another");
    assert_eq!(
        delta(&moved, &schemas(), &seen),
        Delta {
            created: vec![1],
            deleted: vec![1],
            ..Delta::default()
        }
    );
}

#[test]
fn an_unobserved_change_of_the_manifest_is_no_difference_and_an_observed_one_is() {
    let mut manifest = manifest();
    manifest[1]["spec"]["ports"][0]["protocol"] = json!("UDP");
    let seen = observed(&live());
    assert!(delta(&desired(&manifest, &schemas(), &settled()), &schemas(), &seen).is_empty());
    manifest[1]["spec"]["type"] = json!("ClusterIP");
    assert_eq!(
        delta(&desired(&manifest, &schemas(), &settled()), &schemas(), &seen),
        modified(1)
    );
}

#[test]
fn observed_values_outlive_their_removal_from_the_manifest_and_others_do_not() {
    let mut schemas = schemas();
    schemas[0]["spec"]["revisionHistoryLimit"] = Value::Null;
    let with = |history: u64, deadline: u64| {
        let mut manifest = manifest();
        manifest[0]["spec"]["revisionHistoryLimit"] = json!(history);
        manifest[0]["spec"]["progressDeadlineSeconds"] = json!(deadline);
        manifest
    };
    let first = desired(&with(20, 300), &schemas, &settled());
    assert_eq!(
        (
            &first[0]["spec"]["revisionHistoryLimit"],
            &first[0]["spec"]["progressDeadlineSeconds"]
        ),
        (&json!(20), &json!(300))
    );
    let second = desired(&with(40, 600), &schemas, &first);
    assert_eq!(
        (
            &second[0]["spec"]["revisionHistoryLimit"],
            &second[0]["spec"]["progressDeadlineSeconds"]
        ),
        (&json!(40), &json!(600))
    );
    let third = desired(&manifest(), &schemas, &second);
    assert_eq!(third[0]["spec"]["revisionHistoryLimit"], 40);
    assert_eq!(third[0]["spec"].get("progressDeadlineSeconds"), None);
    assert_eq!(third[0]["spec"]["replicas"], 1);
}

#[test]
fn default_schemas_observe_what_the_manifest_names() {
    assert_eq!(
        default_schema(&manifest()[1]),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "nginx-demo", "namespace": null},
            "spec": {"type": null, "selector": {"app": null},
                "ports": [{"port": null, "protocol": null, "targetPort": null}, bounds(1, 1)]}})
    );
    let mut balanced = manifest()[1].clone();
    balanced["spec"]["type"] = json!("LoadBalancer");
    assert_eq!(
        default_schema(&balanced)["status"],
        json!({"loadBalancer": {"ingress": null}})
    );
}

#[test]
fn only_objects_without_a_schema_get_the_default() {
    let custom = vec![schemas()[1].clone()];
    let complete = complete(&custom, &manifest());
    assert_eq!(complete[0], custom[0]);
    assert_eq!(complete[1], default_schema(&manifest()[0]));
    assert_eq!(complete[2], default_schema(&manifest()[2]));
    assert_eq!(complete.len(), 3);
}

#[test]
fn objects_of_one_name_in_two_namespaces_have_a_schema_each() {
    let map = |namespace: &str, data: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "reed", "namespace": namespace}, "data": data});
    let manifest = [map("one", json!({"a": "1"})), map("two", json!({"b": "2"}))];
    let schemas = complete(&[], &manifest);
    let pairs = pair(&manifest, &schemas);
    assert_eq!(pairs[0].1.unwrap()["data"], json!({"a": null}));
    assert_eq!(pairs[1].1.unwrap()["data"], json!({"b": null}));
}

#[test]
fn an_address_that_a_load_balancer_gets_later_is_observed_but_not_a_difference() {
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"type": "LoadBalancer"}});
    let schemas = complete(&[], std::slice::from_ref(&service));
    let mut live = service.clone();
    live["status"] = json!({"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}});
    let seen = project(&schemas[0], &live);
    assert_eq!(seen["status"], live["status"]);
    let wanted = desired(std::slice::from_ref(&service), &schemas, &[]);
    assert!(delta(&wanted, &schemas, &[seen]).is_empty());
    let mut filled = service.clone();
    fill(&mut filled, &schemas[0], &live);
    assert_eq!(filled, service);
}

/// Members of objects as they occur in manifests.
fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        any::<bool>().prop_map(Value::from),
        (0u8..9).prop_map(Value::from),
        "[a-c]{1,2}".prop_map(Value::from)
    ];
    scalar.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            proptest::collection::btree_map("[a-e]", inner.clone(), 1..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
            proptest::collection::vec(inner, 1..4).prop_map(Value::from),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    value().prop_map(
        |spec| json!({"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "x"}, "spec": {"it": spec}}),
    )
}

/// Adds members that nobody observes to every object of a tree.
fn decorate(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: serde_json::Map<_, _> =
                members.iter().map(|(k, v)| (k.clone(), decorate(v))).collect();
            members.insert("filled-in".to_owned(), json!({"by": ["somebody"]}));
            members.into()
        }
        Value::Array(elements) => elements.iter().map(decorate).collect(),
        scalar => scalar.clone(),
    }
}

proptest! {
    #[test]
    fn an_object_with_foreign_members_does_not_differ_under_its_default_schema(object in object()) {
        let schema = default_schema(&object);
        let seen = project(&schema, &decorate(&object));
        prop_assert!(!differs(&object, &schema, &seen));
        let mut filled = object.clone();
        fill(&mut filled, &schema, &decorate(&object));
        prop_assert_eq!(filled, object);
    }

    #[test]
    fn two_different_objects_differ_under_the_default_schema_of_the_wanted_one(one in object(), other in object()) {
        let schema = default_schema(&one);
        let seen = project(&schema, &other);
        let contained = project(&schema, &one) == seen;
        prop_assert_eq!(differs(&one, &schema, &seen), !contained);
    }

    #[test]
    fn default_schemas_pass_the_check_of_the_api(object in object()) {
        let mut violations = crate::api::Violations::new();
        crate::api::observer_schema::check(&[default_schema(&object)], std::slice::from_ref(&object), &mut violations);
        prop_assert!(violations.is_empty(), "{violations}");
    }

    #[test]
    fn a_manifest_applied_twice_stays_as_it_is(one in object(), other in object()) {
        let schemas = complete(&[], std::slice::from_ref(&one));
        let first = desired(std::slice::from_ref(&one), &schemas, &[other]);
        prop_assert_eq!(&desired(std::slice::from_ref(&one), &schemas, &first), &first);
    }
}
