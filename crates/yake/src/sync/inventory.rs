//! What a unit keeps, as it is remembered in the runtime cluster: `ConfigMap`s that people can read, one line per
//! object. Pure; the reading and writing is in [`parts`](super::parts).
//!
//! It is written before anything else, with all that will be there, and made smaller only when objects are gone. So
//! there is no moment at which a kill would make anybody forget an object.

use std::collections::BTreeMap;

use common::kube::ObjectId;
use serde_json::{Value, json};

use super::unit::{Owner, Pruning};
use crate::api::{Cluster, names};

/// Bytes of lines in one `ConfigMap`; the API server takes a little more than a million.
const PART: usize = 600_000;

/// An object that a unit keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub id: ObjectId,
    /// The very object; none until it was seen.
    pub uid: Option<String>,
}

/// What a unit keeps, in the order in which it is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    /// Whose.
    pub owner: Owner,
    /// On which cluster.
    pub cluster: Cluster,
    /// What happens to the objects when the unit is gone from its landscape.
    pub pruning: Pruning,
    /// The revision that was applied last as a whole, `main@sha1:…`.
    pub revision: Option<String>,
    /// The objects.
    pub entries: Vec<Entry>,
}

/// Text that is no inventory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the ConfigMap {name} is no inventory: {problem}")]
pub struct InventoryError {
    /// Name.
    pub name: String,
    /// What is wrong.
    pub problem: String,
}

impl Inventory {
    /// An inventory of nothing.
    pub fn empty(owner: Owner, cluster: Cluster, pruning: Pruning) -> Self {
        Self {
            owner,
            cluster,
            pruning,
            revision: None,
            entries: Vec::new(),
        }
    }

    /// Whether it has an entry for an object, whichever version of its group.
    pub fn has(&self, id: &ObjectId) -> bool {
        self.entries.iter().any(|entry| is_same(&entry.id, id))
    }
}

/// The same object under the same name; its group may have gone to another version.
pub fn is_same(one: &ObjectId, other: &ObjectId) -> bool {
    one.versionless() == other.versionless()
}

/// Name of the first `ConfigMap`; the others have a number behind it.
pub fn name(owner: &Owner) -> String {
    format!("yake.{}.{}", owner.landscape, owner.unit)
}

/// The `ConfigMap`s of an inventory, as they are applied.
pub fn write(inventory: &Inventory) -> Vec<Value> {
    let mut parts = vec![String::new()];
    for entry in &inventory.entries {
        let line = line(entry);
        if parts.last().is_some_and(|part| part.len() + line.len() > PART) {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.push_str(&line);
        }
    }
    let count = parts.len();
    parts
        .into_iter()
        .enumerate()
        .map(|(index, text)| config_map(inventory, index, count, &text))
        .collect()
}

fn part_name(owner: &Owner, index: usize) -> String {
    match index {
        0 => name(owner),
        index => format!("{}.{index}", name(owner)),
    }
}

fn config_map(inventory: &Inventory, index: usize, count: usize, text: &str) -> Value {
    let Inventory {
        owner,
        cluster,
        pruning,
        revision,
        entries: _,
    } = inventory;
    let mut labels = owner.labels();
    labels.insert(names::INVENTORY, "true".to_owned());
    let mut data = BTreeMap::from([
        ("objects", text.to_owned()),
        ("parts", count.to_string()),
        ("cluster", word_of(*cluster).to_owned()),
        ("prune", (*pruning == Pruning::Delete).to_string()),
    ]);
    if let Some(revision) = revision {
        data.insert("revision", revision.clone());
    }
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": part_name(owner, index), "namespace": owner.namespace, "labels": labels},
        "data": data,
    })
}

fn word_of(cluster: Cluster) -> &'static str {
    match cluster {
        Cluster::Runtime => "runtime",
        Cluster::Virtual => "virtual",
    }
}

/// `apps/v1 Deployment tarn/web 5f0c…`: empty parts are written as `-`.
fn line(entry: &Entry) -> String {
    let ObjectId {
        api_version,
        kind,
        namespace,
        name,
    } = &entry.id;
    let namespace = namespace.as_deref().unwrap_or("-");
    let uid = entry.uid.as_deref().unwrap_or("-");
    format!("{api_version} {kind} {namespace} {name} {uid}\n")
}

/// Reads an inventory from all `ConfigMap`s of its owner; none if there are none.
pub fn read(parts: &[Value]) -> Result<Option<Inventory>, InventoryError> {
    let mut parts: Vec<_> = parts.iter().map(Part::new).collect();
    parts.sort_by_key(|part| (part.name.len(), part.name.clone()));
    let Some(first) = parts.first() else {
        return Ok(None);
    };
    let count = first
        .text("parts")?
        .parse()
        .map_err(|_| first.error("parts is no number"))?;
    let mut inventory = Inventory {
        owner: first.owner()?,
        cluster: match first.text("cluster")? {
            "runtime" => Cluster::Runtime,
            "virtual" => Cluster::Virtual,
            _ => return Err(first.error("cluster is neither runtime nor virtual")),
        },
        pruning: if first.text("prune")? == "true" {
            Pruning::Delete
        } else {
            Pruning::Keep
        },
        revision: first.text("revision").ok().map(str::to_owned),
        entries: Vec::new(),
    };
    if parts.len() < count {
        return Err(first.error("some of its parts are missing"));
    }
    for part in parts.iter().take(count) {
        for line in part.text("objects")?.lines() {
            let entry = entry(line).ok_or_else(|| part.error(&format!("{line:?} names no object")))?;
            inventory.entries.push(entry);
        }
    }
    Ok(Some(inventory))
}

fn entry(line: &str) -> Option<Entry> {
    let mut words = line.split(' ');
    let mut word = || words.next().filter(|word| !word.is_empty());
    let given = |word: &str| (word != "-").then(|| word.to_owned());
    let entry = Entry {
        id: ObjectId {
            api_version: word()?.to_owned(),
            kind: word()?.to_owned(),
            namespace: given(word()?),
            name: word()?.to_owned(),
        },
        uid: given(word()?),
    };
    word().is_none().then_some(entry)
}

struct Part<'a> {
    name: String,
    object: &'a Value,
}

impl<'a> Part<'a> {
    fn new(object: &'a Value) -> Self {
        let name = object.pointer("/metadata/name").and_then(Value::as_str);
        Self {
            name: name.unwrap_or_default().to_owned(),
            object,
        }
    }

    fn text(&self, key: &str) -> Result<&'a str, InventoryError> {
        let data = self.object.get("data").and_then(|data| data.get(key));
        data.and_then(Value::as_str)
            .ok_or_else(|| self.error(&format!("{key} is missing")))
    }

    fn owner(&self) -> Result<Owner, InventoryError> {
        Owner::of(self.object).ok_or_else(|| self.error("its labels do not name its owner"))
    }

    fn error(&self, problem: &str) -> InventoryError {
        InventoryError {
            name: self.name.clone(),
            problem: problem.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn inventory(entries: Vec<Entry>) -> Inventory {
        Inventory {
            owner: Owner {
                namespace: "garden".to_owned(),
                landscape: "dev".to_owned(),
                unit: "runtime".to_owned(),
            },
            cluster: Cluster::Virtual,
            pruning: Pruning::Delete,
            revision: Some("main@sha1:0123".to_owned()),
            entries,
        }
    }

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        let entry = (
            "v1|apps/v1",
            "[A-Z][a-z]{2,5}",
            prop::option::of("[a-z]{1,8}"),
            "[a-z:.]{1,8}",
            any::<bool>(),
        );
        let entry = entry.prop_map(|(api_version, kind, namespace, name, is_seen)| Entry {
            id: ObjectId {
                api_version,
                kind,
                namespace,
                name,
            },
            uid: is_seen.then(|| "0b1e".to_owned()),
        });
        prop::collection::vec(entry, 0..20)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(entries in entries()) {
            let inventory = inventory(entries);
            prop_assert_eq!(read(&write(&inventory)).unwrap(), Some(inventory));
        }
    }

    #[test]
    fn ten_thousand_objects_are_kept_in_parts_and_no_part_may_be_missing() {
        let entries = (0..10_000).map(|number| Entry {
            id: ObjectId {
                api_version: "v1".to_owned(),
                kind: "ConfigMap".to_owned(),
                namespace: Some("tarn".to_owned()),
                name: format!("settings-of-the-service-number-{number}"),
            },
            uid: Some("123e4567-e89b-12d3-a456-426614174000".to_owned()),
        });
        let inventory = inventory(entries.collect());
        let mut parts = write(&inventory);
        assert!(parts.len() > 1);
        assert!(parts.iter().all(|part| part.to_string().len() < 1_000_000));
        parts.reverse();
        assert_eq!(read(&parts).unwrap(), Some(inventory));
        parts.remove(0);
        assert!(
            read(&parts)
                .unwrap_err()
                .to_string()
                .contains("parts are missing")
        );
    }
}
