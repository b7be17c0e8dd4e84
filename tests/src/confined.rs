//! Somebody who may do everything in one namespace of a cluster and nothing outside of it, as most users of
//! clusters are.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use k8s_openapi::ByteString;
use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::certificates::v1::CertificateSigningRequest;
use k8s_openapi::api::core::v1::{ConfigMap, ServiceAccount};
use k8s_openapi::api::rbac::v1::{Role, RoleBinding};
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams, PostParams};
use rcgen::{CertificateParams, DnType, KeyPair};
use serde_json::{Value, json};

use crate::lab::LabCluster;

const PATIENCE: Duration = Duration::from_secs(30);
/// Name of the service account, and of the role.
pub const NAME: &str = "confined";

/// A kubeconfig with the token of a service account.
pub async fn by_token(cluster: &LabCluster, namespace: &str) -> Result<Value> {
    let client = cluster.client().await?;
    let accounts: Api<ServiceAccount> = Api::namespaced(client, namespace);
    let account = serde_json::from_value(json!({"metadata": {"name": NAME}}))?;
    accounts.create(&PostParams::default(), &account).await?;
    let request = TokenRequest::default();
    let answer = accounts
        .create_token_request(NAME, &PostParams::default(), &request)
        .await?;
    let token = answer.status.context("there is no token")?.token;
    let subject = json!({"kind": "ServiceAccount", "name": NAME, "namespace": namespace});
    grant(cluster, namespace, &subject).await?;
    finished(cluster, namespace, json!({"token": token})).await
}

/// A kubeconfig with a certificate that the cluster signed.
pub async fn by_certificate(cluster: &LabCluster, namespace: &str) -> Result<Value> {
    let key = KeyPair::generate()?;
    let certificate = sign(cluster, namespace, &key).await?;
    let subject = json!({"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": namespace});
    grant(cluster, namespace, &subject).await?;
    let user = json!({
        "client-certificate-data": certificate,
        "client-key-data": ByteString(key.serialize_pem().into_bytes()),
    });
    finished(cluster, namespace, user).await
}

async fn sign(cluster: &LabCluster, user: &str, key: &KeyPair) -> Result<ByteString> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, user);
    let request = parameters.serialize_request(key)?.pem()?;
    let requests: Api<CertificateSigningRequest> = Api::all(cluster.client().await?);
    let request = serde_json::from_value(json!({"metadata": {"name": user}, "spec": {
        "request": ByteString(request.into_bytes()),
        "signerName": "kubernetes.io/kube-apiserver-client",
        "usages": ["client auth"],
    }}))?;
    requests.create(&PostParams::default(), &request).await?;
    let approval =
        json!({"status": {"conditions": [{"type": "Approved", "status": "True", "reason": "Test"}]}});
    requests
        .patch_approval(user, &PatchParams::default(), &Patch::Merge(&approval))
        .await?;
    let signed = in_time("a certificate", async || {
        let signed = requests.get(user).await.ok()?.status?.certificate?;
        Some(signed)
    })
    .await?;
    requests.delete(user, &DeleteParams::default()).await?;
    Ok(signed)
}

async fn grant(cluster: &LabCluster, namespace: &str, subject: &Value) -> Result<()> {
    let client = cluster.client().await?;
    let roles: Api<Role> = Api::namespaced(client.clone(), namespace);
    let role = json!({"metadata": {"name": NAME},
        "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]});
    roles
        .create(&PostParams::default(), &serde_json::from_value(role)?)
        .await?;
    let bindings: Api<RoleBinding> = Api::namespaced(client, namespace);
    let binding = json!({"metadata": {"name": NAME}, "subjects": [subject],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": NAME}});
    bindings
        .create(&PostParams::default(), &serde_json::from_value(binding)?)
        .await?;
    Ok(())
}

/// The cluster's kubeconfig with another user, as soon as the API server has taken in what the user may do.
async fn finished(cluster: &LabCluster, namespace: &str, user: Value) -> Result<Value> {
    let mut kubeconfig = cluster.kubeconfig.clone();
    *kubeconfig
        .pointer_mut("/users/0/user")
        .context("the kubeconfig has no user")? = user;
    *kubeconfig
        .pointer_mut("/contexts/0/context")
        .and_then(|context| context.as_object_mut())
        .context("the kubeconfig has no context")?
        .entry("namespace")
        .or_insert(Value::Null) = json!(namespace);
    let own = LabCluster {
        name: cluster.name.clone(),
        kubeconfig,
    };
    let objects: Api<ConfigMap> = Api::namespaced(own.client().await?, namespace);
    in_time("access", async || objects.list(&ListParams::default()).await.ok()).await?;
    Ok(own.kubeconfig)
}

async fn in_time<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> Result<T> {
    let asking = async {
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    match tokio::time::timeout(PATIENCE, asking).await {
        Ok(found) => Ok(found),
        Err(_) => bail!("{what}: not in time"),
    }
}
