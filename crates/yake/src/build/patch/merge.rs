//! The strategic merge: objects member by member, lists of the core kinds entry by entry, all else replaced.

use super::super::value::{Map, Value};
use super::schema::Schema;

/// What `$patch` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

/// The patched value; none if the patch deletes it.
pub(crate) fn merge(
    value: Option<&Value>,
    patch: &Value,
    schema: Option<Schema>,
) -> Result<Option<Value>, String> {
    match (value, patch) {
        (_, Value::Null) => Ok(None),
        (None | Some(Value::Null | Value::Map(_)), Value::Map(patch)) => {
            let value = value.and_then(Value::as_map);
            Ok(map(value, patch, schema)?.map(Value::Map))
        }
        (Some(Value::Map(_)), other) | (Some(other), Value::Map(_)) => {
            Err(format!("an object meets {} in the patch", other.kind()))
        }
        (Some(Value::List(_)), other) if other.as_list().is_none() => {
            Err(format!("a list meets {} in the patch", other.kind()))
        }
        (_, other) => Ok(Some(other.clone())),
    }
}

fn map(value: Option<&Map>, patch: &Map, schema: Option<Schema>) -> Result<Option<Map>, String> {
    let mut merged = match (directive(patch.get("$patch"))?, value) {
        (Directive::Delete, _) => return Ok(None),
        (Directive::Replace, _) | (Directive::Merge, None) => Map::new(),
        (Directive::Merge, Some(value)) => value.clone(),
    };
    for (name, patch) in patch {
        if name == "$patch" || name.starts_with("$setElementOrder/") {
            continue;
        }
        if name.starts_with('$') {
            return Err(format!("the directive {name} is not supported"));
        }
        let result =
            member(merged.get(name), name, patch, schema).map_err(|problem| format!("{name}: {problem}"))?;
        match result {
            Some(result) => merged.insert(name.clone(), result),
            None => merged.remove(name),
        };
    }
    Ok(Some(merged))
}

fn member(
    value: Option<&Value>,
    name: &str,
    patch: &Value,
    schema: Option<Schema>,
) -> Result<Option<Value>, String> {
    let field = schema.and_then(|schema| schema.field(name));
    let below = field.as_ref().and_then(|field| field.schema);
    let keys = field.as_ref().and_then(|field| field.keys.as_deref());
    match (patch, keys, value) {
        (Value::List(patch), Some(keys), None | Some(Value::Null)) => entries(&[], patch, keys, below),
        (Value::List(patch), Some(keys), Some(Value::List(value))) => entries(value, patch, keys, below),
        _ => merge(value, patch, below),
    }
}

fn directive(value: Option<&Value>) -> Result<Directive, String> {
    match value.and_then(Value::as_text) {
        None | Some("merge") => Ok(Directive::Merge),
        Some("replace") => Ok(Directive::Replace),
        Some("delete") => Ok(Directive::Delete),
        Some(other) => Err(format!("$patch knows merge, replace and delete, not {other:?}")),
    }
}

/// An entry that says what becomes of the whole list.
fn directive_of_list(patch: &[Value]) -> Result<Directive, String> {
    let alone = patch
        .iter()
        .filter_map(Value::as_map)
        .find(|map| map.len() == 1 && map.contains_key("$patch"));
    directive(alone.and_then(|map| map.get("$patch")))
}

/// A list that is merged by keys. New entries come first, in the order of the patch.
fn entries(
    value: &[Value],
    patch: &[Value],
    keys: &[&str],
    schema: Option<Schema>,
) -> Result<Option<Value>, String> {
    let is_directive = |entry: &Value| {
        entry
            .as_map()
            .is_some_and(|map| map.len() == 1 && map.contains_key("$patch"))
    };
    let mut rest: Vec<Value> = match directive_of_list(patch)? {
        Directive::Delete => return Ok(None),
        Directive::Replace => Vec::new(),
        Directive::Merge => value.to_vec(),
    };
    let in_place = keys_in_use(keys, value, patch) > 1;
    let mut merged: Vec<Value> = Vec::new();
    for entry in patch.iter().filter(|entry| !is_directive(entry)) {
        let place = rest.iter().position(|other| is_same(other, entry, keys));
        let result = match place.and_then(|place| rest.get(place)) {
            _ if entry.as_map().is_none() => Some(entry.clone()),
            old => merge(old, entry, schema)?,
        };
        match (place, result) {
            (Some(place), Some(result)) if in_place => rest.splice(place..=place, [result]).for_each(drop),
            (place, result) => {
                if let Some(place) = place {
                    rest.remove(place);
                }
                put(&mut merged, result, keys);
            }
        }
    }
    merged.append(&mut rest);
    Ok(Some(Value::List(merged)))
}

fn put(merged: &mut Vec<Value>, entry: Option<Value>, keys: &[&str]) {
    let Some(entry) = entry else {
        return;
    };
    match merged.iter_mut().find(|other| is_same(other, &entry, keys)) {
        Some(same) => *same = entry,
        None => merged.push(entry),
    }
}

/// Keys that any entry gives. By one key, patched entries come first; by several, they stay where they are.
fn keys_in_use(keys: &[&str], value: &[Value], patch: &[Value]) -> usize {
    let is_given = |key: &&&str| value.iter().chain(patch).any(|entry| entry.get(key).is_some());
    keys.iter().filter(is_given).count()
}

/// Two entries are the same if no key differs and one agrees; a key that one of them leaves out does not differ.
fn is_same(left: &Value, right: &Value, keys: &[&str]) -> bool {
    if keys.is_empty() {
        return left == right;
    }
    let key = |value: &Value, key: &str| {
        value
            .get(key)
            .and_then(Value::scalar)
            .filter(|text| !text.is_empty())
    };
    let mut agrees = false;
    for name in keys {
        match (key(left, name), key(right, name)) {
            (Some(left), Some(right)) if left != right => return false,
            (Some(_), Some(_)) => agrees = true,
            _ if keys.len() == 1 => return false,
            _ => {}
        }
    }
    agrees
}
