//! Which members a field manager owns, and giving some of them up: the values stay, nobody owns them, so anybody
//! may change them without a conflict and they do not count as drift.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::connection::Connection;
use super::error::{Error, Failure};
use super::objects::Extent;
use super::{ObjectId, Resource};

/// How often an object that changes under our hands is read again before the caller hears of it. A rollout
/// writes the status several times a second.
pub(super) const ATTEMPTS: u32 = 5;

/// Selection of members of an object, shaped like the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fields {
    /// The member with all that is in it.
    All,
    /// These members of an object, nothing else of it.
    Members(BTreeMap<String, Fields>),
    /// The elements of a list at these positions of the applied manifest, nothing beyond.
    Positions(Vec<Fields>),
}

impl Connection {
    /// Gives up the manager's ownership of every member of `live` outside `owned`. `manifest` is what was applied
    /// last, by which list keys are matched to positions. Gives the object as it is then. An object that changes
    /// meanwhile (a rollout writes its status) is read again a few times.
    pub async fn own_only(
        &self,
        live: &Value,
        manifest: &Value,
        owned: &Fields,
        field_manager: &str,
    ) -> Result<Value, Error> {
        let id = self.identity(live)?;
        let (resource, id) = self.identify(&id).await?;
        let mut live = live.clone();
        for _ in 1..ATTEMPTS {
            match self
                .try_own_only(&resource, &id, &live, manifest, owned, field_manager)
                .await
            {
                Err(error) if error.is_stale() => {}
                done => return done,
            }
            let newer = self.get_resolved(&resource, &id, Extent::Whole).await?;
            live = newer.ok_or_else(|| self.error(&id, Failure::NotFound))?;
        }
        self.try_own_only(&resource, &id, &live, manifest, owned, field_manager)
            .await
    }

    async fn try_own_only(
        &self,
        resource: &Resource,
        id: &ObjectId,
        live: &Value,
        manifest: &Value,
        owned: &Fields,
        field_manager: &str,
    ) -> Result<Value, Error> {
        let operations = trimming(live, manifest, owned, field_manager);
        if operations.is_empty() {
            return Ok(live.clone());
        }
        self.patch(resource, id, &guarded(live, operations), field_manager)
            .await
    }
}

/// Operations that fail with a conflict if the object is no longer the one that was read.
pub(super) fn guarded(live: &Value, operations: Vec<Value>) -> Value {
    let mut all = Vec::with_capacity(operations.len() + 1);
    if let Some(version) = live.pointer("/metadata/resourceVersion") {
        // A `test` would be answered with 422; a version that the patch itself sets is checked as in an update.
        all.push(json!({"op": "replace", "path": "/metadata/resourceVersion", "value": version}));
    }
    all.extend(operations);
    Value::Array(all)
}

/// The patch that gives up what is not `owned`; empty if there is nothing to give up.
fn trimming(live: &Value, manifest: &Value, owned: &Fields, field_manager: &str) -> Vec<Value> {
    let entries = managed_fields(live);
    let ours = |entry: &Value| is_apply_of(entry, field_manager);
    let mut operations = Vec::new();
    for (index, entry) in entries.iter().enumerate().filter(|(_, entry)| ours(entry)) {
        let Some(before) = entry.get("fieldsV1").and_then(Value::as_object) else {
            continue;
        };
        let after = trim(before, Some(manifest), owned);
        if after != *before && !after.is_empty() {
            let path = format!("/metadata/managedFields/{index}/fieldsV1");
            operations.push(json!({"op": "replace", "path": path, "value": after}));
        }
        if after.is_empty() {
            operations.push(dropping(index, entries.len()));
        }
    }
    operations
}

/// Removes a whole entry. An empty list would be taken as "not given" by the server; one empty entry clears it.
pub(super) fn dropping(index: usize, entries: usize) -> Value {
    if entries == 1 {
        json!({"op": "replace", "path": "/metadata/managedFields", "value": [{}]})
    } else {
        json!({"op": "remove", "path": format!("/metadata/managedFields/{index}")})
    }
}

pub(super) fn managed_fields(live: &Value) -> &[Value] {
    live.pointer("/metadata/managedFields")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

pub(super) fn is_apply_of(entry: &Value, field_manager: &str) -> bool {
    let text = |member| entry.get(member).and_then(Value::as_str);
    text("manager") == Some(field_manager)
        && text("operation") == Some("Apply")
        && text("subresource").is_none()
}

/// The part of a `fieldsV1` tree that `owned` selects.
fn trim(set: &Map<String, Value>, manifest: Option<&Value>, owned: &Fields) -> Map<String, Value> {
    if *owned == Fields::All {
        return set.clone();
    }
    let mut kept: Map<String, Value> = set
        .iter()
        .filter_map(|(key, inner)| keep(key, inner, manifest, owned))
        .collect();
    if set.contains_key(".") {
        kept.insert(".".to_owned(), json!({}));
    }
    kept
}

fn keep(key: &str, inner: &Value, manifest: Option<&Value>, owned: &Fields) -> Option<(String, Value)> {
    let (selected, part) = match (owned, key.split_once(':')) {
        (Fields::Members(members), Some(("f", name))) => {
            (members.get(name)?, manifest.and_then(|object| object.get(name)))
        }
        (Fields::Positions(positions), Some((sort @ ("k" | "v" | "i"), key))) => {
            let position = position(sort, key, manifest?.as_array()?)?;
            (
                positions.get(position)?,
                manifest.and_then(|list| list.get(position)),
            )
        }
        _ => return None,
    };
    let inner = inner.as_object()?;
    let kept = trim(inner, part, selected);
    // A leaf is an empty object. A branch of which nothing is left is not owned.
    (inner.is_empty() || !kept.is_empty()).then(|| (key.to_owned(), Value::Object(kept)))
}

/// Where in the manifest the element stands that a key of a `fieldsV1` tree names: the first with the same key
/// members. A key member that the manifest leaves to its default (`protocol`) fits any value.
fn position(sort: &str, key: &str, list: &[Value]) -> Option<usize> {
    let key: Value = serde_json::from_str(key).ok()?;
    match sort {
        "i" => usize::try_from(key.as_u64()?)
            .ok()
            .filter(|index| *index < list.len()),
        "v" => list.iter().position(|element| *element == key),
        _ => {
            let key = key.as_object()?;
            let fits = |element: &Value| {
                key.iter()
                    .all(|(member, value)| element.get(member).is_none_or(|own| own == value))
            };
            list.iter().position(fits)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn members<const N: usize>(members: [(&str, Fields); N]) -> Fields {
        Fields::Members(
            members
                .into_iter()
                .map(|(name, fields)| (name.to_owned(), fields))
                .collect(),
        )
    }

    fn live(fields: &Value) -> Value {
        json!({"metadata": {"resourceVersion": "7", "managedFields": [
            {"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:data": {}}},
            {"manager": "us", "operation": "Update", "fieldsV1": {"f:status": {}}},
            {"manager": "us", "operation": "Apply", "fieldsV1": fields}]}})
    }

    #[test]
    fn only_selected_members_and_positions_stay_owned() {
        let fields = json!({"f:spec": {
            "f:replicas": {},
            "f:type": {},
            "f:ports": {
                "k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}, "f:name": {}, "f:targetPort": {}},
                "k:{\"port\":81,\"protocol\":\"UDP\"}": {".": {}, "f:port": {}}},
            "f:finalizers": {"v:\"a\"": {}, "v:\"b\"": {}}}});
        let manifest = json!({"spec": {"replicas": 1, "type": "NodePort", "finalizers": ["a", "b"],
            "ports": [{"port": 81, "protocol": "UDP"}, {"port": 80, "name": "w", "targetPort": 1}]}});
        let port = members([("port", Fields::All), ("name", Fields::All)]);
        let owned = members([(
            "spec",
            members([
                ("type", Fields::All),
                ("finalizers", Fields::Positions(vec![Fields::All])),
                ("ports", Fields::Positions(vec![members([]), port])),
            ]),
        )]);
        let operations = trimming(&live(&fields), &manifest, &owned, "us");
        assert_eq!(
            operations,
            [
                json!({"op": "replace", "path": "/metadata/managedFields/2/fieldsV1", "value":
            {"f:spec": {
                "f:type": {},
                "f:ports": {
                    "k:{\"port\":80,\"protocol\":\"TCP\"}": {"f:port": {}, "f:name": {}, ".": {}},
                    "k:{\"port\":81,\"protocol\":\"UDP\"}": {".": {}}},
                "f:finalizers": {"v:\"a\"": {}}}}})
            ]
        );
    }

    #[test]
    fn an_entry_without_members_goes() {
        let object = live(&json!({"f:data": {"f:a": {}}}));
        let operations = trimming(&object, &json!({"data": {"a": "1"}}), &members([]), "us");
        assert_eq!(
            operations,
            [json!({"op": "remove", "path": "/metadata/managedFields/2"})]
        );
    }

    #[test]
    fn nothing_is_sent_when_nothing_is_given_up() {
        let object = live(&json!({"f:data": {"f:a": {}}}));
        assert!(trimming(&object, &json!({"data": {"a": "1"}}), &Fields::All, "us").is_empty());
        let all = members([("data", Fields::All)]);
        assert!(trimming(&object, &json!({"data": {"a": "1"}}), &all, "us").is_empty());
    }

    fn tree() -> impl Strategy<Value = Value> {
        let leaf = Just(json!({}));
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop::collection::btree_map("f:[a-c]", inner, 0..4).prop_map(|members| json!(members))
        })
    }

    fn selection() -> impl Strategy<Value = Fields> {
        let leaf = Just(Fields::All);
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop::collection::btree_map("[a-c]", inner, 0..4).prop_map(Fields::Members)
        })
    }

    proptest! {
        #[test]
        fn trimming_twice_is_trimming_once(set in tree(), owned in selection()) {
            let set = set.as_object().unwrap();
            let once = trim(set, None, &owned);
            prop_assert_eq!(trim(&once, None, &owned), once);
        }
    }
}
