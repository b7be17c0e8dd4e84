//! When a live object counts as in line, and what is done when it does not.

use common::kube::ObjectId;
use serde_json::{Value, json};

use super::*;
use crate::manifest::default_schema;

fn wanted(object: Value) -> Wanted {
    Wanted {
        id: ObjectId::of(&object).unwrap(),
        schema: default_schema(&object),
        object,
        is_custom: false,
    }
}

fn service(ports: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "well"}, "spec": {"type": "NodePort", "ports": ports}})
}

fn well() -> Wanted {
    wanted(service(&json!([{"name": "web", "port": 80}])))
}

#[test]
fn what_is_not_there_is_created_and_what_was_never_applied_is_updated() {
    assert_eq!(deed(&well(), None, None), Deed::Create);
    let live = well().object;
    assert_eq!(
        deed(&well(), Some(&live), None),
        Deed::Update { lists: Vec::new() }
    );
}

#[test]
fn what_the_cluster_made_of_the_last_apply_is_in_line() {
    let wanted = wanted(
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"cpu": "1000m"}}),
    );
    let mut live = wanted.object.clone();
    live["spec"]["cpu"] = json!("1");
    let settled = Settled::new(&wanted, &live);
    assert_eq!(deed(&wanted, Some(&live), Some(settled)), Deed::Nothing);
    live["spec"]["cpu"] = json!("2");
    assert_eq!(
        deed(&wanted, Some(&live), Some(settled)),
        Deed::Repair {
            lists: Vec::new(),
            members: vec!["spec.cpu".to_owned()]
        }
    );
    live["spec"]["cpu"] = json!("1000m");
    assert_eq!(
        deed(&wanted, Some(&live), Some(settled)),
        Deed::Nothing,
        "it is literally what is wanted"
    );
}

#[test]
fn a_changed_specification_is_applied_even_where_it_is_not_observed() {
    let mut wanted = well();
    let live = wanted.object.clone();
    let settled = Settled::new(&wanted, &live);
    wanted.object["spec"]["sessionAffinity"] = json!("ClientIP");
    assert_eq!(
        deed(&wanted, Some(&live), Some(settled)),
        Deed::Update { lists: Vec::new() }
    );
}

#[test]
fn lists_that_an_apply_cannot_put_right_are_named() {
    let wanted = well();
    let settled = Settled::new(&wanted, &wanted.object);
    for ports in [
        json!([{"name": "web", "port": 7070}]),
        json!([{"name": "web", "port": 80}, {"name": "more", "port": 81}]),
        json!([]),
    ] {
        let live = service(&ports);
        let lists = vec!["/spec/ports".to_owned()];
        let members = vec!["spec.ports".to_owned()];
        assert_eq!(
            deed(&wanted, Some(&live), Some(settled)),
            Deed::Repair { lists, members }
        );
    }
}

#[test]
fn a_list_that_may_hold_more_is_left_to_the_apply() {
    let mut wanted = well();
    wanted.schema["spec"]["ports"] = json!([{"name": null, "port": null},
        {"observer_schema_list_min_length": 0, "observer_schema_list_max_length": 2}]);
    let settled = Settled::new(&wanted, &wanted.object);
    let port = |name: &str, port: u16| json!({"name": name, "port": port});
    let live = service(&json!([port("web", 7070), port("more", 81)]));
    assert_eq!(
        deed(&wanted, Some(&live), Some(settled)),
        Deed::Repair {
            lists: Vec::new(),
            members: vec!["spec.ports".to_owned()]
        }
    );
    let live = service(&json!([port("web", 80), port("more", 81), port("most", 82)]));
    assert_eq!(
        deed(&wanted, Some(&live), Some(settled)),
        Deed::Repair {
            lists: vec!["/spec/ports".to_owned()],
            members: vec!["spec.ports".to_owned()],
        }
    );
}
