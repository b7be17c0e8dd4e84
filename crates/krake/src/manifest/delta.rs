//! What differs between the desired and the observed manifest.

use serde_json::Value;

use super::observed::split_observed;
use super::{pair, same_object, split_list};

/// What has to be done so that the observed manifest becomes the desired one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delta {
    /// Positions in the desired manifest of objects that are not there.
    pub created: Vec<usize>,
    /// Positions in the desired manifest of objects that differ in an observed member.
    pub modified: Vec<usize>,
    /// Positions in the observed manifest of objects that are not desired.
    pub deleted: Vec<usize>,
}

impl Delta {
    /// Whether nothing has to be done.
    pub fn is_empty(&self) -> bool {
        self.created.is_empty() && self.modified.is_empty() && self.deleted.is_empty()
    }
}

/// Compares the observed members of every object.
pub fn delta(desired: &[Value], schemas: &[Value], observed: &[Value]) -> Delta {
    let mut delta = Delta::default();
    for (index, (wanted, schema)) in pair(desired, schemas).into_iter().enumerate() {
        match observed.iter().find(|observed| same_object(wanted, observed)) {
            None => delta.created.push(index),
            Some(observed) if schema.is_some_and(|schema| differs(wanted, schema, observed)) => {
                delta.modified.push(index);
            }
            Some(_) => {}
        }
    }
    let undesired = |observed: &Value| !desired.iter().any(|wanted| same_object(wanted, observed));
    delta.deleted = positions(observed, undesired);
    delta
}

fn positions(values: &[Value], predicate: impl Fn(&Value) -> bool) -> Vec<usize> {
    values
        .iter()
        .enumerate()
        .filter(|(_, value)| predicate(value))
        .map(|(index, _)| index)
        .collect()
}

/// Whether an observed member of one object is not as it is wanted.
pub fn differs(wanted: &Value, schema: &Value, observed: &Value) -> bool {
    observed_members(wanted, schema, observed)
        .any(|(_, wanted, schema, observed)| node_differs(wanted, schema, observed))
}

/// Which observed members of one object are not as they are wanted, as `spec.replicas`. A list is one member.
pub fn differing_members(wanted: &Value, schema: &Value, observed: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (name, wanted, schema, observed) in observed_members(wanted, schema, observed) {
        find_members(wanted, schema, observed, &name, &mut found);
    }
    found
}

fn find_members(
    wanted: Option<&Value>,
    schema: &Value,
    observed: Option<&Value>,
    name: &str,
    found: &mut Vec<String>,
) {
    match (schema, wanted, observed) {
        (Value::Object(members), Some(Value::Object(_)), Some(Value::Object(_))) => {
            for (key, schema) in members {
                let name = format!("{name}.{key}");
                find_members(member(wanted, key), schema, member(observed, key), &name, found);
            }
        }
        _ if node_differs(wanted, schema, observed) => found.push(name.to_owned()),
        _ => {}
    }
}

type Members<'a> = (String, Option<&'a Value>, &'a Value, Option<&'a Value>);

/// The members that can differ. The namespace belongs to the identity, and the status is not ours to want.
fn observed_members<'a>(
    wanted: &'a Value,
    schema: &'a Value,
    observed: &'a Value,
) -> impl Iterator<Item = Members<'a>> {
    let of = move |key: &'a String, schema| (key.clone(), wanted.get(key), schema, observed.get(key));
    let metadata = move |(key, schema): (&'a String, &'a Value)| {
        let name = format!("metadata.{key}");
        (
            name,
            member(wanted.get("metadata"), key),
            schema,
            member(observed.get("metadata"), key),
        )
    };
    let whole = schema.as_object().into_iter().flatten();
    let whole = whole
        .filter(|(key, _)| !matches!(key.as_str(), "apiVersion" | "kind" | "status" | "metadata"))
        .map(move |(key, schema)| of(key, schema));
    let parts = schema
        .get("metadata")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let parts = parts
        .filter(|(key, _)| !matches!(key.as_str(), "name" | "namespace"))
        .map(metadata);
    whole.chain(parts)
}

fn member<'a>(tree: Option<&'a Value>, key: &str) -> Option<&'a Value> {
    tree.and_then(|tree| tree.get(key))
}

fn node_differs(wanted: Option<&Value>, schema: &Value, observed: Option<&Value>) -> bool {
    match schema {
        Value::Array(schema) => list_differs(wanted, schema, observed),
        Value::Object(members) => match (wanted, observed) {
            (Some(Value::Object(_)) | None, Some(Value::Object(_)) | None) => members
                .iter()
                .any(|(key, schema)| node_differs(member(wanted, key), schema, member(observed, key))),
            _ => leaf_differs(wanted, observed),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => leaf_differs(wanted, observed),
    }
}

fn list_differs(wanted: Option<&Value>, schema: &[Value], observed: Option<&Value>) -> bool {
    let (positions, bounds) = split_list(schema);
    let wanted = match wanted {
        Some(Value::Array(wanted)) => wanted.as_slice(),
        Some(Value::Null) | None => &[],
        Some(_) => return leaf_differs(wanted, observed),
    };
    let (elements, length) = match observed {
        Some(Value::Array(list)) => split_observed(list),
        Some(Value::Null) | None => (&[][..], 0),
        Some(_) => return true,
    };
    !bounds.allow(length)
        || positions.iter().enumerate().any(|(index, schema)| {
            match (wanted.get(index), elements.get(index)) {
                (None, None) => false,
                (Some(wanted), Some(observed)) => node_differs(Some(wanted), schema, Some(observed)),
                (Some(_), None) | (None, Some(_)) => true,
            }
        })
}

/// JSON pointers of the lists that differ and that an apply alone cannot put right, because entries of others
/// have to go: those that the schema closes exactly, and those that are too long or too short.
pub fn differing_lists(wanted: &Value, schema: &Value, observed: &Value) -> Vec<String> {
    let mut found = Vec::new();
    find_lists(wanted, schema, observed, "", &mut found);
    found
}

fn find_lists(wanted: &Value, schema: &Value, observed: &Value, pointer: &str, found: &mut Vec<String>) {
    match (schema, wanted) {
        (Value::Object(members), Value::Object(_)) => {
            let observed = observed.as_object();
            for (key, schema) in members {
                if let (Some(wanted), Some(observed)) = (wanted.get(key), observed.and_then(|it| it.get(key)))
                {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    find_lists(wanted, schema, observed, &format!("{pointer}/{key}"), found);
                }
            }
        }
        (Value::Array(schema), Value::Array(elements)) => {
            let (positions, bounds) = split_list(schema);
            let list = observed.as_array().map_or(&[][..], Vec::as_slice);
            let (seen, length) = split_observed(list);
            let is_closed = bounds.max == Some(positions.len() as u64);
            if (is_closed || !bounds.allow(length)) && list_differs(Some(wanted), schema, Some(observed)) {
                found.push(pointer.to_owned());
                return;
            }
            for (index, ((schema, wanted), seen)) in positions.iter().zip(elements).zip(seen).enumerate() {
                find_lists(wanted, schema, seen, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Kubernetes drops empty members: absent, null, `{}` and `[]` are the same.
fn leaf_differs(wanted: Option<&Value>, observed: Option<&Value>) -> bool {
    fn content(value: Option<&Value>) -> Option<&Value> {
        value.filter(|value| match value {
            Value::Null => false,
            Value::Object(members) => !members.is_empty(),
            Value::Array(elements) => !elements.is_empty(),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        })
    }
    content(wanted) != content(observed)
}
