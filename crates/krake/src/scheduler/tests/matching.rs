//! Which clusters fit.

use super::*;
use crate::api::{Cloud, GlobalCloud};

fn fits(inputs: &Inputs, application: &Application) -> bool {
    place(inputs, application).is_some()
}

#[test]
fn label_constraints_look_at_the_labels_of_the_cluster() {
    let app = constrained(&json!({"labels": ["location is IT"]}));
    assert!(fits(&inputs([cluster("c1").labelled("location", "IT")]), &app));
    assert!(!fits(&inputs([cluster("c1")]), &app));
}

#[test]
fn custom_resources_must_be_offered() {
    let app = constrained(&json!({"custom_resources": ["crontabs.stable.example.com"]}));
    let mut offering = cluster("c1");
    offering.spec.custom_resources = vec!["crontabs.stable.example.com".to_owned()];
    assert!(fits(&inputs([offering]), &app));
    assert!(!fits(&inputs([cluster("c1")]), &app));
}

#[test]
fn metric_constraints_look_at_the_value_times_its_weight() {
    let app = constrained(&json!({"metrics": ["load > 5"]}));
    let weighted = |weight| with_values(inputs([cluster("c1").measured("load", weight)]), &[("load", 1.0)]);
    assert!(fits(&weighted(6.0), &app));
    assert!(!fits(&weighted(5.0), &app), "strictly greater");
}

#[test]
fn a_metric_constraint_on_a_cluster_without_metrics_just_does_not_hold() {
    let app = constrained(&json!({"metrics": ["load gt 5"]}));
    assert_eq!(decide_in(&inputs([cluster("c1")]), &app), Decision::NoSuitable);
}

#[test]
fn empty_constraints_fit_everywhere() {
    for constraints in [
        json!({}),
        json!({"labels": null, "metrics": null}),
        json!({"labels": [], "metrics": [], "custom_resources": []}),
    ] {
        assert!(fits(&inputs([cluster("c1")]), &constrained(&constraints)));
    }
}

#[test]
fn the_one_fitting_cluster_of_a_hundred_is_found() {
    let app = constrained(&json!({"labels": ["location is IT"]}));
    let clusters = (0..100).map(|index| {
        let cluster = cluster(&format!("c{index}"));
        if index == 57 {
            cluster.labelled("location", "IT")
        } else {
            cluster
        }
    });
    assert_eq!(place(&inputs(clusters), &app).as_deref(), Some("c57"));
}

fn cloud_json(namespace: Option<&str>) -> Value {
    json!({
        "metadata": {"name": "os", "namespace": namespace, "labels": {"location": "IT"}},
        "spec": {"type": "openstack", "openstack": {
            "url": "http://keystone",
            "auth": {"type": "password", "password": {
                "user": {"username": "u", "password": "p"}, "project": {"name": "p"}}},
            "metrics": [{"name": "load", "weight": 6.0}],
            "infrastructure_provider": {"name": "im"},
        }},
    })
}

fn clouds(inputs: Inputs) -> Inputs {
    let cloud: Cloud = read(cloud_json(Some("green")));
    let global: GlobalCloud = read(cloud_json(None));
    inputs.with_clouds([Arc::new(cloud)], [Arc::new(global)])
}

fn on_cloud(namespace: Option<&str>) -> Cluster {
    let mut cluster = cluster("c1");
    cluster.status.scheduled_to = Some(if namespace.is_some() {
        ResourceRef::to::<Cloud>(namespace, "os")
    } else {
        ResourceRef::to::<GlobalCloud>(None, "os")
    });
    cluster
}

#[test]
fn labels_are_inherited_from_clouds_of_both_kinds_if_the_cluster_wants_it() {
    let app = constrained(&json!({"labels": ["location is IT"]}));
    for namespace in [Some("green"), None] {
        let mut heir = on_cloud(namespace);
        assert!(!fits(&clouds(inputs([heir.clone()])), &app));
        heir.metadata.inherit_labels = true;
        assert!(
            fits(&clouds(inputs([heir.clone().labelled("location", "DE")])), &app),
            "the cloud's label wins"
        );
    }
}

#[test]
fn metrics_are_inherited_from_the_cloud_if_the_cluster_wants_it() {
    let app = constrained(&json!({"metrics": ["load > 5"]}));
    let mut heir = on_cloud(Some("green"));
    assert!(!fits(
        &with_values(clouds(inputs([heir.clone()])), &[("load", 1.0)]),
        &app
    ));
    heir.spec.inherit_metrics = true;
    assert!(
        fits(&with_values(clouds(inputs([heir])), &[("load", 1.0)]), &app),
        "6 × 1 > 5"
    );
}

#[test]
fn only_a_living_cluster_is_chosen() {
    let clusters = (0..10).map(|index| {
        let mut cluster = cluster(&format!("c{index}"));
        cluster.metadata.deleted = (index != 4).then(now);
        cluster
    });
    assert_eq!(place(&inputs(clusters), &application()).as_deref(), Some("c4"));
}

#[test]
fn only_an_online_cluster_is_chosen() {
    let clusters = (0..10).map(|index| {
        let state = if index == 4 {
            ClusterState::Online
        } else {
            ClusterState::Offline
        };
        cluster(&format!("c{index}")).in_state(state)
    });
    assert_eq!(place(&inputs(clusters), &application()).as_deref(), Some("c4"));
}

#[test]
fn clusters_of_another_namespace_are_never_candidates() {
    let foreign = cluster("c1").in_namespace("grey");
    assert_eq!(
        decide_in(&inputs([foreign.clone()]), &application()),
        Decision::NoSuitable
    );
    let own = cluster("c2");
    assert_eq!(
        place(&inputs([foreign, own]), &application()).as_deref(),
        Some("c2")
    );
}
