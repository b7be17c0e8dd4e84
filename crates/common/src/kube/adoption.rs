//! Taking an object over from tools that applied it before: what they owned becomes ours, so that what the new
//! manifest no longer names goes with the next apply, as if it had always been ours.

use serde_json::{Map, Value, json};

use super::connection::Connection;
use super::error::{Error, Failure};
use super::objects::Extent;
use super::ownership::{ATTEMPTS, guarded, is_apply_of, managed_fields};

/// Whose entries are taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Predecessors<'a> {
    /// Field managers.
    pub managers: &'a [&'a str],
}

impl Predecessors<'_> {
    fn include(self, entry: &Value) -> bool {
        let text = |member| entry.get(member).and_then(Value::as_str);
        text("subresource").is_none()
            && text("manager").is_some_and(|manager| self.managers.contains(&manager))
    }
}

/// Whether the field manager has applied the object before.
pub fn is_applied_by(live: &Value, field_manager: &str) -> bool {
    managed_fields(live)
        .iter()
        .any(|entry| is_apply_of(entry, field_manager))
}

/// Whether anything of an object would be taken over.
pub fn has_predecessors(live: &Value, predecessors: Predecessors<'_>) -> bool {
    managed_fields(live)
        .iter()
        .any(|entry| predecessors.include(entry))
}

impl Connection {
    /// Makes the field manager the owner of what `predecessors` own in `live`, and them of nothing. Values stay. An
    /// object that changes meanwhile is read again a few times.
    pub async fn adopt(
        &self,
        live: &Value,
        predecessors: Predecessors<'_>,
        field_manager: &str,
    ) -> Result<Value, Error> {
        let id = self.identity(live)?;
        let (resource, id) = self.identify(&id).await?;
        let mut live = live.clone();
        let mut attempt = 1;
        loop {
            let Some(entries) = taken_over(&live, predecessors, field_manager) else {
                return Ok(live);
            };
            let operation = json!({"op": "replace", "path": "/metadata/managedFields", "value": entries});
            match self
                .patch(&resource, &id, &guarded(&live, vec![operation]), field_manager)
                .await
            {
                Err(error) if error.is_stale() && attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
            let newer = self.get_resolved(&resource, &id, Extent::Whole).await?;
            live = newer.ok_or_else(|| self.error(&id, Failure::NotFound))?;
        }
    }
}

/// The managed fields after the take-over; none if there is nothing to take.
fn taken_over(live: &Value, predecessors: Predecessors<'_>, field_manager: &str) -> Option<Vec<Value>> {
    let entries = managed_fields(live);
    let is_theirs = |entry: &&Value| predecessors.include(entry) && !is_apply_of(entry, field_manager);
    let theirs: Vec<_> = entries.iter().filter(is_theirs).collect();
    let first = theirs.first()?;
    let mut fields = Map::new();
    let ours = entries.iter().filter(|entry| is_apply_of(entry, field_manager));
    for entry in ours.chain(theirs.iter().copied()) {
        if let Some(more) = entry.get("fieldsV1").and_then(Value::as_object) {
            unite(&mut fields, more);
        }
    }
    fields.remove("f:status");
    let mut kept: Vec<_> = entries
        .iter()
        .filter(|entry| !is_theirs(entry) && !is_apply_of(entry, field_manager))
        .cloned()
        .collect();
    kept.push(json!({
        "manager": field_manager, "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": fields,
        "apiVersion": first.get("apiVersion"), "time": first.get("time"),
    }));
    Some(kept)
}

fn unite(fields: &mut Map<String, Value>, more: &Map<String, Value>) {
    for (key, inner) in more {
        let own = fields.entry(key.clone()).or_insert_with(|| json!({}));
        if let (Some(own), Some(inner)) = (own.as_object_mut(), inner.as_object()) {
            unite(own, inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KUBECTL: Predecessors<'static> = Predecessors {
        managers: &["kubectl-client-side-apply"],
    };

    #[test]
    fn what_they_owned_is_ours_and_others_keep_theirs() {
        let live = json!({"metadata": {"managedFields": [
            {"manager": "controller", "operation": "Update", "fieldsV1": {"f:status": {"f:x": {}}}},
            {"manager": "kubectl-client-side-apply", "operation": "Update", "apiVersion": "v1", "time": "t",
                "fieldsV1": {"f:data": {"f:a": {}, "f:b": {}}}},
            {"manager": "ours", "operation": "Apply", "apiVersion": "v1", "fieldsV1": {"f:data": {"f:c": {}}}}]}});
        let entries = taken_over(&live, KUBECTL, "ours").unwrap();
        let managers: Vec<_> = entries.iter().map(|entry| entry["manager"].clone()).collect();
        assert_eq!(managers, ["controller", "ours"]);
        assert_eq!(
            entries[1]["fieldsV1"],
            json!({"f:data": {"f:c": {}, "f:a": {}, "f:b": {}}})
        );
        assert_eq!(entries[1]["operation"], "Apply");
    }

    #[test]
    fn nothing_is_taken_where_there_is_nothing() {
        let live = json!({"metadata": {"managedFields": [
            {"manager": "ours", "operation": "Apply", "fieldsV1": {"f:data": {}}}]}});
        assert_eq!(taken_over(&live, KUBECTL, "ours"), None);
        assert!(is_applied_by(&live, "ours") && !has_predecessors(&live, KUBECTL));
    }
}
