//! Server-side apply.

use http::{Method, StatusCode};
use serde_json::Value;

use super::call::Call;
use super::connection::Connection;
use super::error::{Error, Failure, Subject};
use super::{ObjectId, Resource, path};

/// What happens to members that another manager owns with another value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflicts {
    /// Nothing is changed, the error names managers and members.
    Report,
    /// They are taken over.
    Take,
}

/// Whether the server keeps the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// Yes.
    Keep,
    /// It only checks and answers what would be.
    DryRun,
}

/// How an apply finds out whether it changed something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Previous {
    /// Reads the object's version first (one more request).
    Read,
    /// The `metadata.resourceVersion` last seen, empty if the object was last seen absent.
    Known(String),
    /// Does not matter; what existed counts as [`Outcome::Changed`].
    Unneeded,
}

/// How to apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyOptions {
    /// Name under which members are owned.
    pub field_manager: String,
    /// What happens to members of others.
    pub conflicts: Conflicts,
    /// Whether the result is kept.
    pub commit: Commit,
    /// How a change is told from none.
    pub previous: Previous,
}

impl ApplyOptions {
    /// Takes conflicting members over, keeps the result, does not compare.
    pub fn new(field_manager: impl Into<String>) -> Self {
        Self {
            field_manager: field_manager.into(),
            conflicts: Conflicts::Take,
            commit: Commit::Keep,
            previous: Previous::Unneeded,
        }
    }
}

/// What an apply did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The object is new.
    Created,
    /// It existed and differed, or was not compared.
    Changed,
    /// It already was as wanted; nothing was written.
    Unchanged,
}

/// Result of an apply.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// Full identity.
    pub id: ObjectId,
    /// The object as the server has it now.
    pub object: Value,
    /// What was done.
    pub outcome: Outcome,
}

impl Connection {
    /// Applies an object under a field manager; members that the manager owned and no longer names are removed.
    /// Unknown and doubled members are refused by name. The namespace defaults to the context's.
    pub async fn apply(&self, object: &Value, options: &ApplyOptions) -> Result<Applied, Error> {
        let id = self.identity(object)?;
        let (resource, id) = self.identify(&id).await?;
        self.apply_resolved(&resource, &id, object, options).await
    }

    pub(super) async fn apply_resolved(
        &self,
        resource: &Resource,
        id: &ObjectId,
        object: &Value,
        options: &ApplyOptions,
    ) -> Result<Applied, Error> {
        let before = match &options.previous {
            Previous::Known(version) => Some(version.clone()),
            Previous::Read => self.version_of(resource, id).await?,
            Previous::Unneeded => None,
        };
        let call = apply_call(resource, id, object, options).map_err(|failure| self.error(id, failure))?;
        let answer = self.call(call).await?;
        let subject = Subject::from(id);
        let object: Value = self.read(&subject, &answer)?;
        let after = object
            .pointer("/metadata/resourceVersion")
            .and_then(Value::as_str);
        let outcome = match (answer.status, before.as_deref()) {
            (StatusCode::CREATED, _) => Outcome::Created,
            (_, Some(before)) if Some(before) == after => Outcome::Unchanged,
            _ => Outcome::Changed,
        };
        Ok(Applied {
            id: id.clone(),
            object,
            outcome,
        })
    }

    pub(super) fn identity(&self, object: &Value) -> Result<ObjectId, Error> {
        ObjectId::of(object).map_err(|member| {
            let why = format!("{member} is missing or not a text");
            self.error(Subject::Kind("object".to_owned()), Failure::Invalid { why })
        })
    }

    async fn version_of(&self, resource: &Resource, id: &ObjectId) -> Result<Option<String>, Error> {
        let found = self.get_metadata_resolved(resource, id).await?;
        let version = found
            .as_ref()
            .and_then(|object| object.pointer("/metadata/resourceVersion"));
        Ok(version.and_then(Value::as_str).map(ToOwned::to_owned))
    }
}

fn apply_call(
    resource: &Resource,
    id: &ObjectId,
    object: &Value,
    options: &ApplyOptions,
) -> Result<Call, Failure> {
    let mut pairs = vec![
        ("fieldManager", options.field_manager.as_str()),
        ("fieldValidation", "Strict"),
    ];
    if options.conflicts == Conflicts::Take {
        pairs.push(("force", "true"));
    }
    if options.commit == Commit::DryRun {
        pairs.push(("dryRun", "All"));
    }
    let body = serde_json::to_vec(object).map_err(|error| Failure::Invalid {
        why: error.to_string(),
    })?;
    Ok(Call {
        method: Method::PATCH,
        query: path::query(&pairs),
        content_type: Some("application/apply-patch+yaml"),
        body,
        ..Call::get(
            Subject::from(id),
            path::object(resource, id.namespace.as_deref(), &id.name)?,
        )
    })
}
