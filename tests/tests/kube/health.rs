//! Health of live objects, as real controllers write it.

use common::kube::health::{Health, Pods, assess};
use common::kube::{ApplyOptions, ObjectId};
use serde_json::{Value, json};

use crate::space::{Space, until};

fn deployment(replicas: u32) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "registry.example/web:1"}]}}}})
}

async fn healthy(space: &Space, id: &ObjectId) -> Option<Pods> {
    let live = space.connection.get(id).await.unwrap()?;
    let assessment = assess(&live);
    (assessment.health == Health::Healthy)
        .then_some(assessment.pods)
        .flatten()
}

#[tokio::test]
async fn a_deployment_is_progressing_until_its_pods_are_ready() {
    let space = Space::new().await;
    let options = ApplyOptions::new("us");
    let applied = space.connection.apply(&deployment(2), &options).await.unwrap();
    assert!(matches!(
        assess(&applied.object).health,
        Health::Progressing { .. }
    ));
    let pods = until(async || healthy(&space, &applied.id).await).await;
    assert_eq!((pods.desired, pods.running), (2, 2));

    let more = space.connection.apply(&deployment(3), &options).await.unwrap();
    assert!(
        matches!(assess(&more.object).health, Health::Progressing { .. }),
        "not seen by its controller"
    );
    let pods = until(async || healthy(&space, &applied.id).await).await;
    assert_eq!((pods.desired, pods.running), (3, 3));
}

#[tokio::test]
async fn a_quota_that_forbids_pods_makes_a_deployment_unhealthy() {
    let space = Space::new().await;
    let options = ApplyOptions::new("us");
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"},
        "spec": {"hard": {"pods": "0"}}});
    let quota = space.connection.apply(&quota, &options).await.unwrap();
    until(async || {
        let live = space.connection.get(&quota.id).await.unwrap()?;
        live.pointer("/status/hard/pods").is_some().then_some(())
    })
    .await;
    let applied = space.connection.apply(&deployment(1), &options).await.unwrap();
    let message = until(async || {
        let live = space.connection.get(&applied.id).await.unwrap()?;
        match assess(&live).health {
            Health::Unhealthy { message } => Some(message),
            _ => None,
        }
    })
    .await;
    assert!(message.contains("exceeded quota"), "{message}");
}
