//! The stand-in for Gardener keeps to the protocol that others are tested with.

use alasca_tests::gardener::{self, Double, Script, admission};
use anyhow::Result;
use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::Api;
use kube::api::DeleteParams;
use serde_json::{Value, json};

use crate::stage::{Stage, api_of, change, get, wait_for};

fn garden(name: &str) -> Value {
    let mut garden = gardener::garden();
    garden["metadata"]["name"] = json!(name);
    garden
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stand_in_keeps_to_the_protocol_of_gardener_on_an_extra_cluster() -> Result<()> {
    let stage = Stage::with_kinds("stand-in").await?;
    stage.landscape("1.147.3", "1.59.1").await?;
    let double = Double::start(&stage.client, &stage.client, Script::default())?;
    stage.healthy().await;
    bootstrap_credentials_are_gone(&stage).await?;
    admission::enforce(&stage.client, &["garden", "garden-dev"]).await?;
    webhooks_refuse(&stage, &double).await?;
    the_garden_goes_when_it_is_confirmed(&stage).await
}

/// S2: the Secret and what refers to it
async fn bootstrap_credentials_are_gone(stage: &Stage) -> Result<()> {
    let gardenlet = get(&stage.client, &gardener::gardenlet("soil", "1.147.3")).await?;
    assert_eq!(gardenlet.pointer("/spec/kubeconfigSecretRef"), None);
    let secrets: Api<Secret> = Api::namespaced(stage.client.clone(), "garden");
    assert!(secrets.get_opt("soil-kubeconfig").await?.is_none());
    let protected = secrets.get("dns").await?.metadata.finalizers;
    assert_eq!(
        protected.unwrap_or_default(),
        ["gardener.cloud/reference-protection"]
    );
    let registration = json!({"apiVersion": "core.gardener.cloud/v1beta1", "kind": "ControllerRegistration",
        "metadata": {"name": "calico"}});
    get(&stage.client, &registration).await?;
    Ok(())
}

async fn webhooks_refuse(stage: &Stage, double: &Double) -> Result<()> {
    let client = &stage.client;
    let second = gardener::report(client, &garden("second")).await;
    assert!(said(second).contains("there can be only one Garden"));
    for object in [
        garden("local"),
        gardener::shoot("garden-dev", "a"),
        gardener::project("dev"),
    ] {
        assert!(
            said(delete(stage, &object).await).contains("confirmation.gardener.cloud/deletion"),
            "{object}"
        );
    }
    assert!(
        said(delete(stage, &gardener::managed_seed("eu")).await).is_empty(),
        "no shoot runs there"
    );
    let seed =
        json!({"apiVersion": "core.gardener.cloud/v1beta1", "kind": "Seed", "metadata": {"name": "soil"}});
    assert!(said(delete(stage, &seed).await).contains("shoots run on the seed"));
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let gone = namespaces
        .delete("garden", &DeleteParams::default())
        .await
        .map(drop);
    assert!(said(gone.map_err(Into::into)).contains("stays while there is a Garden"));
    let skipped = json!({"spec": {"virtualCluster": {"kubernetes": {"version": "1.36.0"}}}});
    assert!(said(change(client, &garden("local"), &skipped).await).contains("a minor at a time"));
    let shrunk = json!({"spec": {"runtimeCluster": {"networking": {"pods": ["10.3.0.0/16"]}}}});
    assert!(said(change(client, &garden("local"), &shrunk).await).contains("only added to"));
    double
        .script
        .change(|scenes| scenes.required = [("calico".to_owned(), "by seed soil".to_owned())].into());
    let extension = gardener::extension("calico", "1.59.1");
    wait_for("it is required", async || {
        let text = get(client, &extension).await?.to_string();
        Ok(text.contains("by seed soil"))
    })
    .await?;
    assert!(said(delete(stage, &extension).await).contains("still required"));
    Ok(())
}

/// With its finalizer, and with the protection of what it named.
async fn the_garden_goes_when_it_is_confirmed(stage: &Stage) -> Result<()> {
    let confirmed = json!({"metadata": {"annotations": {"confirmation.gardener.cloud/deletion": "true"}}});
    change(&stage.client, &garden("local"), &confirmed).await?;
    delete(stage, &garden("local")).await?;
    let secrets: Api<Secret> = Api::namespaced(stage.client.clone(), "garden");
    wait_for(
        "the Garden and the protection of its Secret are gone",
        async || {
            let finalizers = secrets.get("dns").await?.metadata.finalizers;
            let is_gone = get(&stage.client, &garden("local")).await.is_err();
            Ok(is_gone && finalizers.unwrap_or_default().is_empty())
        },
    )
    .await
}

fn said(result: Result<()>) -> String {
    result.err().map(|error| format!("{error:#}")).unwrap_or_default()
}

async fn delete(stage: &Stage, object: &Value) -> Result<()> {
    let (api, name) = api_of(&stage.client, object);
    api.delete(&name, &DeleteParams::default()).await?;
    Ok(())
}
