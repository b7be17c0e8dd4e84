//! A kubeconfig that is good for one namespace only, as most users of clusters have.

use alasca_tests::confined;
use common::kube::Propagation;
use krake::api::{ApplicationState, Cluster, SecretObject};

use crate::krake::{Krake, TARN, config_map, until};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_confined_to_a_namespace_is_applied_watched_and_removed_there() {
    let krake = Krake::with(&["c1"]).await;
    let site = krake.site("c1");
    let kubeconfig = confined::by_certificate(&site.lab, &site.namespace)
        .await
        .unwrap();
    let mut cluster: Cluster = krake.client.get(Some(TARN), "c1").await.unwrap();
    cluster.spec.kubeconfig = SecretObject::new(kubeconfig.as_object().unwrap().clone());
    krake.client.update(&cluster).await.unwrap();

    krake
        .create("pond", "c1", &[config_map("reed", "1"), config_map("moss", "1")])
        .await;
    let pond = krake.reaches("pond", ApplicationState::Running).await;
    assert_eq!(pond.status.reason, None);
    let reed = site.config_map("reed");
    let uid = site.get(&reed).await.unwrap()["metadata"]["uid"].clone();
    site.direct
        .delete(&reed, Propagation::Background, None)
        .await
        .unwrap();
    until("reed is back", async || {
        (site.get(&reed).await?["metadata"]["uid"] != uid).then_some(())
    })
    .await;
    krake.update("pond", &[config_map("moss", "1")]).await;
    site.vanishes(&reed).await;
    krake.delete("pond").await;
    krake.is_erased("pond").await;
    site.vanishes(&site.config_map("moss")).await;
}
