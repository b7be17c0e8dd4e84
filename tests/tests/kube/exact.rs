//! Ports whose number or protocol changes while their name stays, by us and by others.

use common::kube::{ApplyOptions, Class, Outcome, Propagation};
use serde_json::{Value, json};

use crate::space::Space;

const PORTS: [&str; 1] = ["/spec/ports"];

fn well(port: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "well"},
        "spec": {"type": "NodePort", "selector": {"app": "well"}, "ports": [port]}})
}

fn web(port: u16) -> Value {
    well(&json!({"name": "web", "port": port, "targetPort": 80}))
}

/// What must not change while ports do.
fn given(service: &Value) -> (Value, Value) {
    (
        service["spec"]["clusterIP"].clone(),
        service["spec"]["ports"][0]["nodePort"].clone(),
    )
}

fn managers(object: &Value) -> Vec<&str> {
    let entries = object["metadata"]["managedFields"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| entry["manager"].as_str().unwrap())
        .collect()
}

async fn apply(space: &Space, object: &Value, lists: &[&str]) -> (Outcome, Value) {
    let applied = space
        .connection
        .apply_exact(object, lists, &ApplyOptions::new("us"))
        .await
        .unwrap();
    (applied.outcome, applied.object)
}

/// One entry with this number and protocol, ours alone, and a second apply that writes nothing.
async fn assert_settled(space: &Space, wanted: &Value, before: &Value, after: &Value, expected: (u16, &str)) {
    let ports = after["spec"]["ports"].as_array().unwrap();
    assert_eq!(ports.len(), 1, "{ports:?}");
    assert_eq!(
        (&ports[0]["port"], &ports[0]["protocol"]),
        (&json!(expected.0), &json!(expected.1))
    );
    assert_eq!(given(after), given(before));
    assert!(!managers(after).contains(&"us-lists"), "{:?}", managers(after));
    let (outcome, again) = apply(space, wanted, &PORTS).await;
    assert_eq!(outcome, Outcome::Unchanged);
    assert_eq!(
        again["metadata"]["resourceVersion"],
        after["metadata"]["resourceVersion"]
    );
}

#[tokio::test]
async fn a_number_is_changed_by_us() {
    let space = Space::new().await;
    let (outcome, before) = apply(&space, &web(8080), &PORTS).await;
    assert_eq!(outcome, Outcome::Created);
    let (outcome, after) = apply(&space, &web(9090), &PORTS).await;
    assert_eq!(outcome, Outcome::Changed);
    assert_settled(&space, &web(9090), &before, &after, (9090, "TCP")).await;
}

#[tokio::test]
async fn a_number_is_changed_by_hand() {
    let space = Space::new().await;
    let (_, before) = apply(&space, &web(8080), &PORTS).await;
    space
        .by_hand(
            &space.id("v1", "Service", "well"),
            json!([{"op": "replace", "path": "/spec/ports/0/port", "value": 7070}]),
        )
        .await;
    let (_, after) = apply(&space, &web(8080), &PORTS).await;
    assert_settled(&space, &web(8080), &before, &after, (8080, "TCP")).await;
}

#[tokio::test]
async fn somebody_created_it_before_with_another_number() {
    let space = Space::new().await;
    let mut theirs = well(&json!({"name": "8080-80", "port": 8080, "targetPort": 80}));
    theirs["spec"]["selector"] = json!({"app": "theirs"});
    let before = space.create_by_hand(theirs).await;
    let (_, after) = apply(&space, &web(9090), &PORTS).await;
    assert_settled(&space, &web(9090), &before, &after, (9090, "TCP")).await;
}

#[tokio::test]
async fn a_plain_apply_over_anothers_port_is_refused() {
    // Why all this is needed; when a server stops doing so, it can go.
    let space = Space::new().await;
    apply(&space, &web(8080), &PORTS).await;
    space
        .by_hand(
            &space.id("v1", "Service", "well"),
            json!([{"op": "replace", "path": "/spec/ports/0/port", "value": 7070}]),
        )
        .await;
    let error = space
        .connection
        .apply(&web(8080), &ApplyOptions::new("us"))
        .await
        .unwrap_err();
    assert_eq!(error.class(), Class::Permanent);
    assert!(error.to_string().contains("Duplicate value"), "{error}");
}

#[tokio::test]
async fn a_protocol_is_changed_by_us_and_back_by_leaving_it_out() {
    let space = Space::new().await;
    let (_, before) = apply(&space, &web(8080), &PORTS).await;
    let datagrams = well(&json!({"name": "web", "port": 8080, "protocol": "UDP", "targetPort": 80}));
    let (_, after) = apply(&space, &datagrams, &PORTS).await;
    assert_settled(&space, &datagrams, &before, &after, (8080, "UDP")).await;
    let (_, after) = apply(&space, &web(8080), &PORTS).await;
    assert_settled(&space, &web(8080), &before, &after, (8080, "TCP")).await;
}

#[tokio::test]
async fn an_entry_beside_ours_goes() {
    let space = Space::new().await;
    let (_, before) = apply(&space, &web(8080), &PORTS).await;
    let stranger = json!([{"op": "add", "path": "/spec/ports/-", "value": {"name": "stranger", "port": 81}}]);
    space.by_hand(&space.id("v1", "Service", "well"), stranger).await;
    let (_, after) = apply(&space, &web(8080), &PORTS).await;
    assert_settled(&space, &web(8080), &before, &after, (8080, "TCP")).await;
}

#[tokio::test]
async fn container_ports_change_as_well() {
    let space = Space::new().await;
    let deployment = |port: u16| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "well"}, "spec": {
            "selector": {"matchLabels": {"app": "well"}}, "template": {"metadata": {"labels": {"app": "well"}},
            "spec": {"containers": [{"name": "well", "image": "registry.example/well:1",
                "ports": [{"name": "http", "containerPort": port}]}]}}}})
    };
    let lists = [
        "/spec/template/spec/containers",
        "/spec/template/spec/containers/0/ports",
    ];
    apply(&space, &deployment(80), &lists).await;
    let (_, after) = apply(&space, &deployment(8081), &lists).await;
    let ports = after["spec"]["template"]["spec"]["containers"][0]["ports"].clone();
    assert_eq!(
        ports,
        json!([{"name": "http", "containerPort": 8081, "protocol": "TCP"}])
    );
    space
        .connection
        .delete(
            &space.id("apps/v1", "Deployment", "well"),
            Propagation::Background,
            None,
        )
        .await
        .unwrap();
}
