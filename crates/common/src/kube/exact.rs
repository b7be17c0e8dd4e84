//! Apply with lists that end up exactly as the manifest has them.

use serde_json::{Value, json};

use super::apply::{Applied, ApplyOptions, Commit, Outcome, Previous};
use super::connection::Connection;
use super::error::Error;
use super::lists::{Replacement, replacements};
use super::objects::Extent;
use super::ownership::{ATTEMPTS, dropping, guarded, managed_fields};
use super::{ObjectId, Resource};

impl Connection {
    /// As [`Connection::apply`], and the lists at these JSON pointers of the object hold its entries and no others
    /// afterwards. Costs a read; where an entry stands under another key than wanted, or a stranger stands beside
    /// it, two patches more, made under a field manager of their own that leaves no trace. What the server filled
    /// into an entry (a node port) stays with the entry of that name or position.
    ///
    /// An object that keeps changing between these steps is a transient error; nothing half done is lost.
    pub async fn apply_exact(
        &self,
        object: &Value,
        exact_lists: &[&str],
        options: &ApplyOptions,
    ) -> Result<Applied, Error> {
        let id = self.identity(object)?;
        let (resource, id) = self.identify(&id).await?;
        let mut attempt = 1;
        loop {
            match self.try_exact(&resource, &id, object, exact_lists, options).await {
                Err(error) if error.is_stale() && attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
        }
    }

    async fn try_exact(
        &self,
        resource: &Resource,
        id: &ObjectId,
        object: &Value,
        exact_lists: &[&str],
        options: &ApplyOptions,
    ) -> Result<Applied, Error> {
        let live = self.get_resolved(resource, id, Extent::Whole).await?;
        let version = live
            .as_ref()
            .and_then(|live| live.pointer("/metadata/resourceVersion"));
        let options = ApplyOptions {
            previous: Previous::Known(version.and_then(Value::as_str).unwrap_or_default().to_owned()),
            ..options.clone()
        };
        let plan = live.as_ref().map(|live| replacements(live, object, exact_lists));
        match (live, plan) {
            (Some(live), Some(plan)) if !plan.is_empty() && options.commit == Commit::Keep => {
                self.replace_then_apply(resource, id, object, &live, plan, &options)
                    .await
            }
            _ => self.apply_resolved(resource, id, object, &options).await,
        }
    }

    async fn replace_then_apply(
        &self,
        resource: &Resource,
        id: &ObjectId,
        object: &Value,
        live: &Value,
        plan: Vec<Replacement>,
        options: &ApplyOptions,
    ) -> Result<Applied, Error> {
        let manager = format!("{}-lists", options.field_manager);
        let operations = plan
            .into_iter()
            .map(|Replacement { pointer, entries }| json!({"op": "replace", "path": pointer, "value": entries}))
            .collect();
        self.patch(resource, id, &guarded(live, operations), &manager)
            .await?;
        let applied = self.apply_resolved(resource, id, object, options).await?;
        let object = self
            .leave_no_trace(resource, id, applied.object, &manager)
            .await?;
        Ok(Applied {
            object,
            outcome: Outcome::Changed,
            ..applied
        })
    }

    async fn leave_no_trace(
        &self,
        resource: &Resource,
        id: &ObjectId,
        mut object: Value,
        manager: &str,
    ) -> Result<Value, Error> {
        let mut attempt = 1;
        loop {
            let operations = removal(&object, manager);
            if operations.is_empty() {
                return Ok(object);
            }
            match self
                .patch(resource, id, &guarded(&object, operations), manager)
                .await
            {
                Err(error) if error.is_stale() && attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
            if let Some(newer) = self.get_resolved(resource, id, Extent::Whole).await? {
                object = newer;
            }
        }
    }
}

/// The patch that removes a manager's entries, last first so that positions hold.
fn removal(object: &Value, manager: &str) -> Vec<Value> {
    let entries = managed_fields(object);
    let ours = |entry: &Value| entry.get("manager").and_then(Value::as_str) == Some(manager);
    let found = entries.iter().enumerate().rev().filter(|(_, entry)| ours(entry));
    found.map(|(index, _)| dropping(index, entries.len())).collect()
}
