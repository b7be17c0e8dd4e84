//! Requests, typed by kind.

use axum::Router;
use bytes::{Bytes, BytesMut};
use futures::{Stream, TryStreamExt};
use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::transport::{Answer, ConnectError, TlsMaterial, Transport};
use super::{Error, Problem, watch};
use crate::api::{Application, ClusterBinding, Event, Identity, Kind, List, ResourceRef, Scope, WatchEvent};

/// Over which namespaces a list or watch goes. Global kinds ignore it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Namespaces<'a> {
    /// Over all of them.
    All,
    /// Over this one.
    One(&'a str),
}

/// Narrows a list.
#[derive(Debug, Clone, Default)]
pub struct ListOptions {
    /// Kubernetes label selector.
    pub label_selector: Option<String>,
    /// Page size.
    pub limit: Option<usize>,
    /// Where the previous page ended.
    pub continue_token: Option<String>,
}

/// Whether a deletion skips finalizers and cascade.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Force {
    /// Two-phase deletion.
    #[default]
    No,
    /// Erase at once.
    Yes,
}

/// How to delete.
#[derive(Debug, Clone, Default)]
pub struct DeleteOptions {
    /// Erase at once.
    pub force: Force,
    /// Only if the object still is this one.
    pub uid: Option<String>,
}

/// A client with an identity. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    transport: Transport,
}

impl Client {
    /// Over HTTP to `endpoint`, `http://host:8080`.
    pub fn http(endpoint: &str, tls: &TlsMaterial) -> Result<Self, ConnectError> {
        Ok(Self {
            transport: Transport::http(endpoint, tls)?,
        })
    }

    /// To a router in this process, as `user`.
    pub fn local(router: Router, user: impl Into<String>) -> Self {
        Self {
            transport: Transport::Local {
                router,
                identity: Identity(user.into()),
            },
        }
    }

    /// The same connection with another identity, where the transport lets the client choose it.
    #[must_use]
    pub fn with_user(&self, user: impl Into<String>) -> Self {
        match &self.transport {
            Transport::Local { router, .. } => Self::local(router.clone(), user),
            Transport::Http { .. } => self.clone(),
        }
    }

    /// Reads one object.
    pub async fn get<K: Kind>(&self, namespace: Option<&str>, name: &str) -> Result<K, Error> {
        self.call(Method::GET, &object_path::<K>(namespace, name), None)
            .await
    }

    /// Reads the object that a reference names.
    pub async fn get_ref<K: Kind>(&self, reference: &ResourceRef) -> Result<K, Error> {
        self.get(reference.namespace.as_deref(), &reference.name).await
    }

    /// Lists objects in key order.
    pub async fn list<K: Kind>(
        &self,
        namespaces: Namespaces<'_>,
        options: &ListOptions,
    ) -> Result<List<K>, Error> {
        let mut query = Vec::new();
        if let Some(selector) = &options.label_selector {
            query.push(format!("labelSelector={}", encode(selector)));
        }
        if let Some(limit) = options.limit {
            query.push(format!("limit={limit}"));
        }
        if let Some(token) = &options.continue_token {
            query.push(format!("continue={}", encode(token)));
        }
        let path = collection_path::<K>(namespaces);
        let path = if query.is_empty() {
            path
        } else {
            format!("{path}?{}", query.join("&"))
        };
        self.call(Method::GET, &path, None).await
    }

    /// Creates an object.
    pub async fn create<K: Kind>(&self, object: &K) -> Result<K, Error> {
        let namespaces = object
            .metadata()
            .namespace
            .as_deref()
            .map_or(Namespaces::All, Namespaces::One);
        self.call(
            Method::POST,
            &collection_path::<K>(namespaces),
            Some(to_body(object)),
        )
        .await
    }

    /// Updates metadata and spec. Conditional on the `resourceVersion` that the copy carries.
    pub async fn update<K: Kind>(&self, object: &K) -> Result<K, Error> {
        self.call(Method::PUT, &path_of(object), Some(to_body(object)))
            .await
    }

    /// Updates the status. Conditional on the `resourceVersion` that the copy carries.
    pub async fn update_status<K: Kind>(&self, object: &K) -> Result<K, Error> {
        self.call(
            Method::PUT,
            &format!("{}/status", path_of(object)),
            Some(to_body(object)),
        )
        .await
    }

    /// Marks an object for deletion, or erases it by force.
    pub async fn delete<K: Kind>(
        &self,
        namespace: Option<&str>,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<K, Error> {
        let mut query = Vec::new();
        if options.force == Force::Yes {
            query.push("force=True".to_owned());
        }
        if let Some(uid) = &options.uid {
            query.push(format!("uid={}", encode(uid)));
        }
        let path = object_path::<K>(namespace, name);
        let path = if query.is_empty() {
            path
        } else {
            format!("{path}?{}", query.join("&"))
        };
        self.call(Method::DELETE, &path, None).await
    }

    /// Binds an application to a cluster. Conditional on `resource_version` where given.
    pub async fn bind_application(
        &self,
        application: &Application,
        cluster: &ResourceRef,
    ) -> Result<Application, Error> {
        let version = application.metadata.resource_version.as_deref();
        let query = version
            .map(|version| format!("?resourceVersion={version}"))
            .unwrap_or_default();
        let path = format!("{}/binding{query}", path_of(application));
        let body = to_body(&ClusterBinding {
            cluster: cluster.clone(),
        });
        self.call(Method::PUT, &path, Some(body)).await
    }

    /// Route of an object, for [`Client::request`].
    pub fn path_of<K: Kind>(&self, namespace: Option<&str>, name: &str) -> String {
        object_path::<K>(namespace, name)
    }

    /// Calls a sub-resource or route that has no typed method.
    pub async fn request<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<T, Error> {
        self.call(method, path, body.map(to_body)).await
    }

    /// Notes an event of an object.
    pub async fn record<K: Kind>(&self, object: &K, event: &Event) -> Result<Event, Error> {
        self.append(&EventLog::of(object), event).await
    }

    /// As [`Client::record`], by where the events are kept.
    pub async fn append(&self, log: &EventLog, event: &Event) -> Result<Event, Error> {
        self.call(Method::POST, &log.path, Some(to_body(event))).await
    }

    /// The events of an object, oldest first.
    pub async fn events<K: Kind>(&self, namespace: Option<&str>, name: &str) -> Result<Vec<Event>, Error> {
        let path = format!("{}/events", object_path::<K>(namespace, name));
        let list: List<Event> = self.call(Method::GET, &path, None).await?;
        Ok(list.items)
    }

    /// Watches a kind, from now or from just after a revision. The stream ends when the connection does; an
    /// [`Error`] with status 410 means that the revision is gone and a new list is needed.
    pub async fn watch<K: Kind>(
        &self,
        namespaces: Namespaces<'_>,
        from: Option<&str>,
    ) -> Result<impl Stream<Item = Result<WatchEvent<K>, Error>> + Send + use<K>, Error> {
        let from = from
            .map(|revision| format!("&resourceVersion={revision}"))
            .unwrap_or_default();
        let path = format!("{}?watch&heartbeat=10{from}", collection_path::<K>(namespaces));
        let answer = self.send(&Method::GET, &path, None).await?;
        Ok(watch::events(path, answer.body))
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<Bytes>,
    ) -> Result<T, Error> {
        let answer = self.send(&method, path, body).await?;
        let body = read(&method, path, answer).await?;
        serde_json::from_slice(&body).map_err(|source| Error::Unreadable {
            method: method.to_string(),
            path: path.to_owned(),
            source,
        })
    }

    async fn send(&self, method: &Method, path: &str, body: Option<Bytes>) -> Result<Answer, Error> {
        let answer = self.transport.send(method, path, body).await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        let status = answer.status.as_u16();
        let body = read(method, path, answer).await?;
        let problem = serde_json::from_slice(&body).unwrap_or_else(|_| Problem {
            detail: String::from_utf8_lossy(&body).into_owned().into(),
            ..Problem::default()
        });
        Err(Error::Refused {
            method: method.to_string(),
            path: path.to_owned(),
            status,
            problem: Box::new(problem),
        })
    }
}

async fn read(method: &Method, path: &str, answer: Answer) -> Result<Bytes, Error> {
    let unanswered = |source| Error::Unanswered {
        method: method.to_string(),
        path: path.to_owned(),
        source,
    };
    let chunks: Vec<Bytes> = answer.body.try_collect().await.map_err(unanswered)?;
    Ok(match <[Bytes; 1]>::try_from(chunks) {
        Ok([whole]) => whole,
        Err(chunks) => chunks
            .iter()
            .fold(BytesMut::new(), |mut all, chunk| {
                all.extend_from_slice(chunk);
                all
            })
            .freeze(),
    })
}

/// Serialising our own types cannot fail: all keys are strings and there are no foreign implementations.
fn to_body<T: Serialize>(value: &T) -> Bytes {
    serde_json::to_vec(value).map(Bytes::from).unwrap_or_default()
}

/// Where the events of an object are kept: all that is needed to record one, however large the object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EventLog {
    path: String,
}

impl EventLog {
    /// That of an object.
    pub fn of<K: Kind>(object: &K) -> Self {
        Self {
            path: format!("{}/events", path_of(object)),
        }
    }
}

fn path_of<K: Kind>(object: &K) -> String {
    object_path::<K>(object.metadata().namespace.as_deref(), &object.metadata().name)
}

/// Path of one object, `/kubernetes/namespaces/{namespace}/applications/{name}`.
fn object_path<K: Kind>(namespace: Option<&str>, name: &str) -> String {
    let namespaces = namespace.map_or(Namespaces::All, Namespaces::One);
    format!("{}/{}", collection_path::<K>(namespaces), encode(name))
}

fn collection_path<K: Kind>(namespaces: Namespaces<'_>) -> String {
    match (K::SCOPE, namespaces) {
        (Scope::Namespaced, Namespaces::One(namespace)) => {
            format!("/{}/namespaces/{}/{}", K::API, encode(namespace), K::PLURAL)
        }
        (Scope::Namespaced, Namespaces::All) | (Scope::Global, _) => format!("/{}/{}", K::API, K::PLURAL),
    }
}

/// Percent-encodes what may not stand in a path segment or query value (RFC 3986, unreserved plus `:`).
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b':') {
            encoded.push(char::from(byte));
        } else {
            const DIGITS: [char; 16] = [
                '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
            ];
            let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or('0');
            encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    encoded
}
