//! A server on a free port over a fresh store, and a client that speaks plain JSON.

use std::sync::Arc;

use krake::api::{Identity, Timestamp};
use krake::server::{App, Authorization, Options};
use krake::store::{EmbeddedOptions, EmbeddedStore};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::kinds::TestKind;

pub(crate) fn now() -> Timestamp {
    let elapsed = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    Timestamp::from_microsecond(i64::try_from(elapsed.as_micros()).unwrap())
}

pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) store: Arc<EmbeddedStore>,
    pub(crate) client: reqwest::Client,
    pub(crate) app: App,
    pub(crate) stop: CancellationToken,
    _directory: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Status and body of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    #[track_caller]
    pub(crate) fn refused(self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.body["status"], status, "{}", self.body);
        self.body["detail"].as_str().unwrap_or_default().to_owned()
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// Roles and bindings decide; over the network everybody is `system:admin`.
    pub(crate) async fn with_roles() -> Self {
        Self::with(|options| options.authorization = Authorization::Rbac).await
    }

    pub(crate) async fn with(adjust: impl FnOnce(&mut Options)) -> Self {
        Self::with_store(adjust, |_| {}).await
    }

    pub(crate) async fn with_store(
        adjust: impl FnOnce(&mut Options),
        adjust_store: impl FnOnce(&mut EmbeddedOptions),
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let floor = u64::try_from(now().as_microsecond()).unwrap();
        let mut store_options = EmbeddedOptions::new(directory.path().join("krake.redb"), floor);
        adjust_store(&mut store_options);
        let store = Arc::new(EmbeddedStore::open(&store_options).unwrap());
        let mut options = Options::new(now);
        adjust(&mut options);
        let stop = options.stop.clone();
        let app = App::new(store.clone(), options);
        let bound = common::http::Server::new(app.router())
            .bind("127.0.0.1:0")
            .await
            .unwrap();
        let url = bound.url();
        tokio::spawn(bound.serve(stop.clone()));
        // Without TLS no provider is used, but reqwest wants one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().tcp_nodelay(true).build().unwrap();
        Self {
            url,
            store,
            client,
            app,
            stop,
            _directory: directory,
        }
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        let method = method.parse().unwrap();
        let request = self
            .client
            .request(method, format!("{}{path}", self.url))
            .body(body);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        if status >= 400 {
            let media = response.headers()["content-type"].to_str().unwrap();
            assert_eq!(media, "application/problem+json; charset=utf-8");
        }
        let bytes = response.bytes().await.unwrap();
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Answer { status, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, body.to_string()).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, body.to_string()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, "").await
    }

    /// Creates an object `a` of the kind, in the namespace `tarn` if it has one; returns it and its path.
    pub(crate) async fn create(&self, kind: TestKind) -> (Value, String) {
        let collection = kind.collection("tarn");
        let created = self.post(&collection, &kind.object("a")).await.ok();
        (created, format!("{collection}/a"))
    }

    /// Asks as a user, without a socket: identities never come from the network by themselves.
    pub(crate) async fn ask(&self, user: &str, method: &str, path: &str, body: &Value) -> Answer {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .extension(Identity(user.to_owned()));
        let request = request.body(axum::body::Body::from(body.to_string())).unwrap();
        let response = self.app.router().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 24).await.unwrap();
        Answer {
            status,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
        }
    }

    /// Gives a user a role `role-of-<user>` with the rules.
    pub(crate) async fn grant(&self, user: &str, rules: &Value) {
        let name = format!("role-of-{user}");
        let role = json!({"metadata": {"name": name}, "rules": rules});
        let binding = json!({"metadata": {"name": user}, "users": [user], "roles": [name]});
        for (path, object) in [("/core/roles", role), ("/core/rolebindings", binding)] {
            self.ask("system:admin", "POST", path, &object).await.ok();
        }
    }
}

pub(crate) const APPLICATIONS: &str = "/kubernetes/namespaces/tarn/applications";

pub(crate) fn application(name: &str) -> Value {
    json!({
        "metadata": {"name": name},
        "spec": {
            "manifest": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "reed"}, "data": {"a": "1"}}],
            "constraints": {"cluster": {}},
        },
    })
}
