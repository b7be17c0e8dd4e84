//! A namespace of one test on a cluster of the lab, and the product's connection to it.

use std::time::Duration;

use alasca_tests::lab::{Lab, LabCluster, Namespace};
use common::kube::{Connection, ObjectId, Timeouts};
use kube::api::{Patch, PatchParams};
use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use serde_json::{Value, json};

pub(crate) struct Space {
    pub(crate) connection: Connection,
    pub(crate) namespace: String,
    pub(crate) cluster: LabCluster,
    _owned: Namespace,
}

impl Space {
    pub(crate) async fn new() -> Self {
        let cluster = Lab::clusters().unwrap().remove(0);
        let owned = cluster.namespace("kube").await.unwrap();
        let mut kubeconfig = cluster.kubeconfig.clone();
        kubeconfig["contexts"][0]["context"]["namespace"] = json!(owned.name);
        Self {
            connection: Connection::new(&kubeconfig, Timeouts::default()).await.unwrap(),
            namespace: owned.name.clone(),
            cluster,
            _owned: owned,
        }
    }

    pub(crate) fn id(&self, api_version: &str, kind: &str, name: &str) -> ObjectId {
        ObjectId {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: Some(self.namespace.clone()),
            name: name.to_owned(),
        }
    }

    /// What a person does by hand, with a client of their own: a merge patch if an object, a JSON patch if a list.
    pub(crate) async fn by_hand(&self, id: &ObjectId, patch: Value) -> Value {
        let parameters = PatchParams {
            field_manager: Some("kubectl-patch".to_owned()),
            ..PatchParams::default()
        };
        let api = self.api(id).await;
        let patched = if patch.is_array() {
            let patch = Patch::Json::<()>(serde_json::from_value(patch).unwrap());
            api.patch(&id.name, &parameters, &patch).await
        } else {
            api.patch(&id.name, &parameters, &Patch::Merge(patch)).await
        };
        serde_json::to_value(patched.unwrap()).unwrap()
    }

    pub(crate) async fn create_by_hand(&self, object: Value) -> Value {
        let id = ObjectId::of(&object).unwrap();
        let parameters = kube::api::PostParams {
            field_manager: Some("kubectl-create".to_owned()),
            ..kube::api::PostParams::default()
        };
        let object = serde_json::from_value(object).unwrap();
        let created = self.api(&id).await.create(&parameters, &object).await;
        serde_json::to_value(created.unwrap()).unwrap()
    }

    pub(crate) async fn delete_by_hand(&self, id: &ObjectId) {
        let parameters = kube::api::DeleteParams::default();
        self.api(id).await.delete(&id.name, &parameters).await.unwrap();
    }

    async fn api(&self, id: &ObjectId) -> kube::Api<DynamicObject> {
        let (group, version) = id.api_version.split_once('/').unwrap_or(("", &id.api_version));
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, &id.kind));
        kube::Api::namespaced_with(self.cluster.client().await.unwrap(), &self.namespace, &resource)
    }
}

/// Asks until the answer is `Some`, for at most ninety seconds: while definitions come and go, as other tests have
/// it, the controllers of quotas and of namespaces stand still until they know all kinds again.
pub(crate) async fn until<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(90), asking)
        .await
        .expect("the condition did not come true in time")
}
