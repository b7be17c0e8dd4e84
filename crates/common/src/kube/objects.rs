//! Reading, patching and deleting objects.

use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::call::Call;
use super::connection::Connection;
use super::error::{Error, Failure, Subject};
use super::{ObjectId, Resource, path};

/// Objects a page of a list.
pub(super) const PAGE: &str = "500";
const METADATA_ONLY: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

/// What happens to an object's dependants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Propagation {
    /// They go afterwards.
    Background,
    /// The object goes when they are gone.
    Foreground,
    /// They stay.
    Orphan,
}

/// What a delete found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// It is gone.
    Gone,
    /// It will go when its finalizers, grace period or dependants allow.
    Going,
    /// It was not there.
    Absent,
}

/// How much of each object a read brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    Whole,
    Metadata,
}

#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
    #[serde(default)]
    metadata: PageMetadata,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PageMetadata {
    #[serde(rename = "continue")]
    next: String,
}

impl Connection {
    /// Reads an object; `None` if it (or its namespace) does not exist.
    pub async fn get(&self, id: &ObjectId) -> Result<Option<Value>, Error> {
        let (resource, id) = self.identify(id).await?;
        self.get_resolved(&resource, &id, Extent::Whole).await
    }

    /// As [`Connection::get`], metadata only.
    pub async fn get_metadata(&self, id: &ObjectId) -> Result<Option<Value>, Error> {
        let (resource, id) = self.identify(id).await?;
        self.get_resolved(&resource, &id, Extent::Metadata).await
    }

    pub(super) async fn get_metadata_resolved(
        &self,
        resource: &Resource,
        id: &ObjectId,
    ) -> Result<Option<Value>, Error> {
        self.get_resolved(resource, id, Extent::Metadata).await
    }

    pub(super) async fn get_resolved(
        &self,
        resource: &Resource,
        id: &ObjectId,
        extent: Extent,
    ) -> Result<Option<Value>, Error> {
        let mut call = self.about(resource, id)?;
        if extent == Extent::Metadata {
            call.accept = METADATA_ONLY;
        }
        let answer = self.call(call).await?;
        match self.read(&Subject::from(id), &answer) {
            Err(error) if error.is_not_found() => Ok(None),
            read => read.map(Some),
        }
    }

    /// Lists the objects of a kind, all pages, of one namespace or all of them. Items carry `apiVersion` and
    /// `kind`, as single objects do.
    pub async fn list(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        label_selector: Option<&str>,
    ) -> Result<Vec<Value>, Error> {
        let items = self.list_as(resource, namespace, label_selector).await?;
        Ok(items.into_iter().map(|item| with_kind(item, resource)).collect())
    }

    /// As [`Connection::list`], of each object only what `T` reads. Much cheaper for big objects.
    pub async fn list_as<T: DeserializeOwned>(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        label_selector: Option<&str>,
    ) -> Result<Vec<T>, Error> {
        let subject = Subject::Kind(resource.api.kind.clone());
        let path =
            path::collection(resource, namespace).map_err(|failure| self.error(subject.clone(), failure))?;
        let (mut objects, mut next) = (Vec::new(), String::new());
        loop {
            let mut pairs = vec![("limit", PAGE)];
            pairs.extend(label_selector.map(|selector| ("labelSelector", selector)));
            if !next.is_empty() {
                pairs.push(("continue", &next));
            }
            let mut call = Call::get(subject.clone(), path.clone());
            call.query = path::query(&pairs);
            let answer = self.call(call).await?;
            let page: Page<T> = self.read(&subject, &answer)?;
            objects.extend(page.items);
            if page.metadata.next.is_empty() {
                return Ok(objects);
            }
            next = page.metadata.next;
        }
    }

    /// Deletes an object. An object (or kind, or namespace) that does not exist is [`Deleted::Absent`]; with a
    /// UID only that very object is deleted, another of the same name counts as absent.
    pub async fn delete(
        &self,
        id: &ObjectId,
        propagation: Propagation,
        uid: Option<&str>,
    ) -> Result<Deleted, Error> {
        let (resource, id) = match self.identify(id).await {
            Err(error) if matches!(error.failure, Failure::UnknownKind { .. }) => {
                // Whatever answers 404 to everything knows no kinds either: nothing is gone on its word.
                return self.ping().await.map(|_| Deleted::Absent);
            }
            identified => identified?,
        };
        let mut call = self.about(&resource, &id)?;
        call.method = Method::DELETE;
        call.content_type = Some("application/json");
        call.body = delete_body(propagation, uid);
        let answer = self.call(call).await?;
        let read: Result<Value, Error> = self.read(&Subject::from(&id), &answer);
        match read {
            Err(error) if error.is_not_found() => Ok(Deleted::Absent),
            Err(error) if uid.is_some() && matches!(error.failure, Failure::Stale { .. }) => {
                Ok(Deleted::Absent)
            }
            Err(error) => Err(error),
            Ok(answer) if is_going(&answer) => Ok(Deleted::Going),
            Ok(_) => Ok(Deleted::Gone),
        }
    }

    /// Sends a JSON patch under a field manager and gives the object as it is then.
    pub(super) async fn patch(
        &self,
        resource: &Resource,
        id: &ObjectId,
        operations: &Value,
        field_manager: &str,
    ) -> Result<Value, Error> {
        let mut call = self.about(resource, id)?;
        call.method = Method::PATCH;
        call.query = path::query(&[("fieldManager", field_manager)]);
        call.content_type = Some("application/json-patch+json");
        call.body = operations.to_string().into_bytes();
        let answer = self.call(call).await?;
        self.read(&Subject::from(id), &answer)
    }

    fn about(&self, resource: &Resource, id: &ObjectId) -> Result<Call, Error> {
        let path = path::object(resource, id.namespace.as_deref(), &id.name);
        let path = path.map_err(|failure| self.error(id, failure))?;
        Ok(Call::get(Subject::from(id), path))
    }
}

/// Items of a list lack what the list says once.
pub(super) fn with_kind(mut item: Value, resource: &Resource) -> Value {
    if let Some(members) = item.as_object_mut() {
        members.insert("apiVersion".to_owned(), json!(resource.api.api_version));
        members.insert("kind".to_owned(), json!(resource.api.kind));
    }
    item
}

fn delete_body(propagation: Propagation, uid: Option<&str>) -> Vec<u8> {
    let policy = match propagation {
        Propagation::Background => "Background",
        Propagation::Foreground => "Foreground",
        Propagation::Orphan => "Orphan",
    };
    let mut options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": policy});
    if let (Some(uid), Some(members)) = (uid, options.as_object_mut()) {
        members.insert("preconditions".to_owned(), json!({"uid": uid}));
    }
    options.to_string().into_bytes()
}

/// The answer is a `Status` once the object is gone, else the object with the mark of its deletion.
fn is_going(answer: &Value) -> bool {
    answer.pointer("/metadata/deletionTimestamp").is_some()
}
