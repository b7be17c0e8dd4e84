//! Which resources a server has: lists per group version, read when first asked for and again on a miss.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::call::Call;
use super::connection::Connection;
use super::error::{Error, Failure, Subject};
use super::{ObjectId, path};

/// How often a list is read again because a kind is missing from it.
const REFRESH: Duration = Duration::from_secs(1);

/// Whether objects of a kind live in a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// They do not.
    Cluster,
    /// They do.
    Namespaced,
}

/// A kind as a server serves it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Resource {
    /// Group, version, kind, plural.
    pub api: kube::core::ApiResource,
    /// Where its objects live.
    pub scope: Scope,
}

impl Resource {
    /// A resource that every server has, so that it need not be looked up.
    pub fn new(api_version: &str, kind: &str, plural: &str, scope: Scope) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let api = kube::core::ApiResource {
            group: group.to_owned(),
            version: version.to_owned(),
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
        };
        Self { api, scope }
    }
}

/// What is known of one group version.
#[derive(Default)]
struct Group {
    read: Option<Instant>,
    kinds: HashMap<String, Resource>,
}

/// Cache of a connection; a group version is locked while it is read, so that a burst of calls reads it once.
#[derive(Default)]
pub(super) struct Discovery {
    groups: parking_lot::Mutex<HashMap<String, Arc<Mutex<Group>>>>,
}

impl Discovery {
    fn group(&self, api_version: &str) -> Arc<Mutex<Group>> {
        let mut groups = self.groups.lock();
        if let Some(group) = groups.get(api_version) {
            return Arc::clone(group);
        }
        Arc::clone(groups.entry(api_version.to_owned()).or_default())
    }

    /// Has a group version read again when it is next asked for: one of its paths turned out not to exist.
    pub(super) fn forget(&self, api_version: &str) {
        self.groups.lock().remove(api_version);
    }
}

impl Connection {
    /// The resource of a kind. A kind that the server does not have is looked for again at most once a second.
    pub async fn resolve(&self, api_version: &str, kind: &str) -> Result<Resource, Error> {
        let group = self.discovery().group(api_version);
        let mut group = group.lock().await;
        if let Some(resource) = group.kinds.get(kind) {
            return Ok(resource.clone());
        }
        if group.read.is_none_or(|read| read.elapsed() >= REFRESH) {
            group.kinds = self.read_group(api_version).await?;
            group.read = Some(Instant::now());
        }
        group.kinds.get(kind).cloned().ok_or_else(|| {
            self.error(
                Subject::Kind(format!("{api_version} {kind}")),
                Failure::UnknownKind {
                    api_version: api_version.to_owned(),
                    kind: kind.to_owned(),
                },
            )
        })
    }

    /// The resource and full identity of an object: its namespace filled in from the context where the kind has
    /// one, dropped where it has none.
    pub async fn identify(&self, id: &ObjectId) -> Result<(Resource, ObjectId), Error> {
        let resource = self
            .resolve(&id.api_version, &id.kind)
            .await
            .map_err(|error| self.error(id, error.failure))?;
        let namespace = match resource.scope {
            Scope::Cluster => None,
            Scope::Namespaced => Some(
                id.namespace
                    .clone()
                    .unwrap_or_else(|| self.default_namespace().to_owned()),
            ),
        };
        let id = ObjectId {
            namespace,
            ..id.clone()
        };
        Ok((resource, id))
    }

    async fn read_group(&self, api_version: &str) -> Result<HashMap<String, Resource>, Error> {
        let subject = Subject::Kind(api_version.to_owned());
        let path =
            path::group_version(api_version).map_err(|failure| self.error(subject.clone(), failure))?;
        let answer = self.call(Call::get(subject.clone(), path)).await?;
        if answer.status == http::StatusCode::NOT_FOUND {
            return Ok(HashMap::new());
        }
        let list: ResourceList = self.read(&subject, &answer)?;
        Ok(kinds(api_version, list))
    }
}

#[derive(Deserialize)]
struct ResourceList {
    resources: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    kind: String,
    namespaced: bool,
    #[serde(default)]
    verbs: Vec<String>,
}

/// Kinds with objects that can be read; sub-resources and reviews fall out.
fn kinds(api_version: &str, list: ResourceList) -> HashMap<String, Resource> {
    let served = |entry: &Entry| !entry.name.contains('/') && entry.verbs.iter().any(|verb| verb == "get");
    list.resources
        .into_iter()
        .filter(served)
        .map(|entry| {
            let scope = if entry.namespaced {
                Scope::Namespaced
            } else {
                Scope::Cluster
            };
            let resource = Resource::new(api_version, &entry.kind, &entry.name, scope);
            (entry.kind, resource)
        })
        .collect()
}
