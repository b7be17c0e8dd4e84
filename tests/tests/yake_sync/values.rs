//! Values arrive as they are meant.

use anyhow::Result;
use serde_json::json;

use crate::scene::Scene;

const KNOBS: &str = r#"apiVersion: v1
kind: ConfigMap
metadata: {name: knobs, namespace: NAMESPACE, annotations: {ticket: "${ID}", live: "${FLAG}"}}
data:
  id: "${ID}"
  ver: '${VER}'
  flag: "${FLAG}"
  sha: "${SHA}"
  idiom: ${quote}${ID}${quote}
  note: "${NOTE}"
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: knob, namespace: NAMESPACE}
spec:
  replicas: ${N}
  selector: {matchLabels: {app: knob}}
  template:
    metadata: {labels: {app: knob}}
    spec: {containers: [{name: knob, image: "reg.example.test/knob:${SHA}"}]}
"#;

/// Y1
#[tokio::test]
async fn variables_that_look_like_numbers_stay_what_they_are() -> Result<()> {
    let scene = Scene::new("knobs").await?;
    scene.file("one/knobs.yaml", KNOBS);
    let settings = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": scene.namespace},
        "data": {"ID": "inline wins", "VER": "2.40", "FLAG": "yes"}});
    scene.create(&settings).await?;
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "settings", "namespace": scene.namespace},
        "stringData": {"SHA": "12e4567"}});
    scene.create(&secret).await?;
    let variables = "  substitute: {ID: '004217', N: '3', NOTE: \"x\\nadmin: \\\"true\\\"\", quote: '\"'}\n  substituteFrom: \
                     [{kind: ConfigMap, name: settings}, {kind: Secret, name: settings}]\n";
    scene.landscape(variables, &["{name: one, path: one, wait: false}"]);
    scene.apply().await.exits(0);
    let map = scene.map("knobs").await.unwrap();
    let data = json!({"id": "004217", "ver": "2.40", "flag": "yes", "sha": "12e4567", "idiom": "004217",
        "note": map["data"]["note"]});
    assert_eq!(map["data"], data);
    assert!(
        map["data"]["note"].as_str().unwrap().contains("admin: \"true\""),
        "{map}"
    );
    assert_eq!(
        map["metadata"]["annotations"],
        json!({"ticket": "004217", "live": "yes"})
    );
    let deployment = scene.get("apps/v1", "Deployment", "knob").await.unwrap();
    assert_eq!(deployment["spec"]["replicas"], 3);
    let image = &deployment["spec"]["template"]["spec"]["containers"][0]["image"];
    assert_eq!(image, "reg.example.test/knob:12e4567");
    scene.writes();
    scene.pass().await.exits(0);
    assert!(scene.writes().is_empty());
    Ok(())
}
