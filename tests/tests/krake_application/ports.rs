//! A Service's port changes, its name stays: by the specification, by drift, and over what existed before.

use common::kube::ApplyOptions;
use k8s_openapi::api::core::v1::Service;
use krake::api::ApplicationState;
use kube::api::{Api, Patch, PatchParams};
use serde_json::{Value, json};

use crate::krake::{Krake, Site, until};

fn well(port: u16, protocol: Option<&str>) -> Value {
    let mut entry = json!({"name": "web", "port": port, "targetPort": 80});
    if let Some(protocol) = protocol {
        entry["protocol"] = json!(protocol);
    }
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "well"},
        "spec": {"type": "NodePort", "selector": {"app": "well"}, "ports": [entry]}})
}

async fn has_port(site: &Site, port: u16, protocol: &str) -> Value {
    let id = site.id("v1", "Service", "well");
    until(&format!("port {port}"), async || {
        let live = site.get(&id).await?;
        let ports = live["spec"]["ports"].as_array()?;
        (ports.len() == 1 && ports[0]["port"] == port && ports[0]["protocol"] == protocol).then_some(live)
    })
    .await
}

fn given(service: &Value) -> (Value, Value) {
    (
        service["spec"]["clusterIP"].clone(),
        service["spec"]["ports"][0]["nodePort"].clone(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn ports_change_while_names_and_addresses_stay() {
    let krake = Krake::with(&["c1"]).await;
    let site = krake.site("c1");
    krake.create("pond", "c1", &[well(8080, None)]).await;
    let before = has_port(site, 8080, "TCP").await;
    krake.reaches("pond", ApplicationState::Running).await;
    krake.update("pond", &[well(9090, None)]).await;
    let after = has_port(site, 9090, "TCP").await;
    assert_eq!(given(&after), given(&before));
    krake.reaches("pond", ApplicationState::Running).await;

    let by_hand = json!([{"op": "replace", "path": "/spec/ports/0/port", "value": 7070}]);
    let patch = Patch::Json::<()>(serde_json::from_value(by_hand).unwrap());
    let services = Api::<Service>::namespaced(site.lab.client().await.unwrap(), &site.namespace);
    services
        .patch("well", &PatchParams::default(), &patch)
        .await
        .unwrap();
    let after = has_port(site, 9090, "TCP").await;
    assert_eq!(given(&after).0, given(&before).0);
    krake.update("pond", &[well(9090, Some("UDP"))]).await;
    has_port(site, 9090, "UDP").await;
    let pond = krake.reaches("pond", ApplicationState::Running).await;
    assert_eq!(
        pond.status.services["well"].rsplit_once(':').unwrap().0,
        "127.0.0.1"
    );
    krake.rests("pond").await;
    assert!(!krake.events("pond").await.contains(&"Failed".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_existed_before_is_taken_over_and_that_is_said() {
    let krake = Krake::with(&["c1"]).await;
    let site = krake.site("c1");
    site.direct
        .apply(&well(7070, None), &ApplyOptions::new("somebody"))
        .await
        .unwrap();
    let before = has_port(site, 7070, "TCP").await;
    krake.create("pond", "c1", &[well(8080, None)]).await;
    let after = has_port(site, 8080, "TCP").await;
    assert_eq!(given(&after), given(&before));
    krake.reaches("pond", ApplicationState::Running).await;
    krake.tells("pond", "Adopted").await;
    krake.rests("pond").await;
}
