//! A cluster that goes on from a backup: its versions run backwards, and what happened since has not happened.

use alasca_tests::lab::ExtraCluster;
use common::kube::{ApplyOptions, Connection, Timeouts};
use krake::api::ApplicationState;
use krake::controllers::application::names::APPLICATION_LABEL;
use serde_json::{Value, json};

use crate::krake::{Krake, Site, config_map, until};

fn version(object: &Value) -> u64 {
    object["metadata"]["resourceVersion"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

async fn write(connection: &Connection, object: &Value) -> u64 {
    let applied = connection
        .apply(object, &ApplyOptions::new("somebody"))
        .await
        .unwrap();
    version(&applied.object)
}

/// Makes the versions of the site's cluster greater than all that the other will reach in this test: a server that
/// has just started goes on writing its own roles and leases for a while.
async fn run_ahead(site: &Site, other: u64) {
    let mut reached = 0;
    let mut round = 0_u64;
    while reached < other + 3000 {
        round += 1;
        let writers = (0..16).map(|writer| {
            let counter = config_map(&format!("counter-{writer}"), &round.to_string());
            async move { write(&site.direct, &counter).await }
        });
        let versions = futures::future::join_all(writers).await;
        reached = versions.into_iter().max().unwrap();
    }
}

/// The other server is a real one that is younger, as after a restore: under its versions a watch would wait long.
#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_goes_on_from_a_backup_is_brought_in_line_again_extra_cluster() {
    let extra = tokio::task::block_in_place(|| ExtraCluster::start("backup")).unwrap();
    let krake = Krake::with(&["c1"]).await;
    let site = krake.site("c1");
    let younger = Connection::new(&extra.cluster().kubeconfig, Timeouts::default())
        .await
        .unwrap();
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": site.namespace}});
    let version = write(&younger, &namespace).await;
    run_ahead(site, version).await;

    krake
        .create("pond", "c1", &[config_map("reed", "1"), config_map("moss", "1")])
        .await;
    let pond = krake.reaches("pond", ApplicationState::Running).await;
    let mut old_moss = config_map("moss", "0");
    old_moss["metadata"]["namespace"] = json!(site.namespace);
    old_moss["metadata"]["labels"] = json!({APPLICATION_LABEL: pond.metadata.uid});
    write(&younger, &old_moss).await;

    site.relay.replace_server(&extra.cluster().kubeconfig).unwrap();
    for name in ["reed", "moss"] {
        until(&format!("{name} as it should be"), async || {
            let found = younger.get(&site.config_map(name)).await.unwrap()?;
            (found["data"]["a"] == "1").then_some(())
        })
        .await;
    }
    krake.reaches("pond", ApplicationState::Running).await;
    krake.rests("pond").await;
}
