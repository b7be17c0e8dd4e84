//! JSON patches (RFC 6902).

use super::super::value::{Map, Value};

/// A step of a patch.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    name: String,
    path: Vec<String>,
    from: Vec<String>,
    value: Option<Value>,
}

impl Operation {
    /// Reads an entry of a patch.
    pub(crate) fn read(entry: &Value) -> Result<Self, String> {
        let text = |name: &str| entry.get(name).and_then(Value::as_text);
        let name = text("op").ok_or("an operation has no op")?;
        let path = pointer(text("path").ok_or_else(|| format!("the operation {name} has no path"))?)?;
        let from = match name {
            "move" | "copy" => {
                pointer(text("from").ok_or_else(|| format!("the operation {name} has no from"))?)?
            }
            "add" | "remove" | "replace" | "test" => Vec::new(),
            other => return Err(format!("there is no operation {other:?}")),
        };
        Ok(Self {
            name: name.to_owned(),
            path,
            from,
            value: entry.get("value").cloned(),
        })
    }
}

fn pointer(text: &str) -> Result<Vec<String>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let path = text
        .strip_prefix('/')
        .ok_or_else(|| format!("the path {text:?} does not begin with /"))?;
    let unescaped = |part: &str| part.replace("~1", "/").replace("~0", "~");
    Ok(path.split('/').map(unescaped).collect())
}

/// Applies a patch.
pub(crate) fn apply(value: &mut Value, operations: &[Operation]) -> Result<(), String> {
    operations.iter().try_for_each(|operation| {
        step(value, operation)
            .map_err(|problem| format!("{} of /{}: {problem}", operation.name, operation.path.join("/")))
    })
}

fn step(root: &mut Value, operation: &Operation) -> Result<(), String> {
    let given = || operation.value.clone().unwrap_or(Value::Null);
    match operation.name.as_str() {
        "add" => add(root, &operation.path, given()),
        "remove" => remove(root, &operation.path).map(|_| ()),
        "replace" => replace(root, &operation.path, given()),
        "move" => {
            let value = remove(root, &operation.from)?;
            add(root, &operation.path, value)
        }
        "copy" => {
            let value = find(root, &operation.from)?.clone();
            add(root, &operation.path, value)
        }
        _ if *find(root, &operation.path)? == given() => Ok(()),
        _ => Err("the value is another".to_owned()),
    }
}

fn missing(name: &str) -> String {
    format!("there is no {name:?}")
}

fn index(name: &str, length: usize) -> Result<usize, String> {
    name.parse()
        .ok()
        .filter(|index| *index < length)
        .ok_or_else(|| format!("there is no entry {name:?} in a list of {length}"))
}

fn find<'a>(root: &'a mut Value, path: &[String]) -> Result<&'a mut Value, String> {
    path.iter().try_fold(root, |value, name| match value {
        Value::Map(map) => map.get_mut(name).ok_or_else(|| missing(name)),
        Value::List(list) => {
            let index = index(name, list.len())?;
            list.get_mut(index).ok_or_else(|| missing(name))
        }
        _ => Err(missing(name)),
    })
}

fn add(root: &mut Value, path: &[String], value: Value) -> Result<(), String> {
    let Some((name, parent)) = path.split_last() else {
        *root = value;
        return Ok(());
    };
    match find(root, parent)? {
        Value::Map(map) => {
            map.insert(name.clone(), value);
            Ok(())
        }
        Value::List(list) if name == "-" => {
            list.push(value);
            Ok(())
        }
        Value::List(list) => {
            let index = index(name, list.len() + 1)?;
            list.insert(index, value);
            Ok(())
        }
        other => Err(format!("{} has no members", other.kind())),
    }
}

/// Puts a value in the place of another. A member that is not there is added: RFC 6902 forbids it, the original's
/// library does it, and patches rely on it.
fn replace(root: &mut Value, path: &[String], value: Value) -> Result<(), String> {
    if let Some((name, parent)) = path.split_last()
        && let Value::Map(map) = find(root, parent)?
    {
        map.insert(name.clone(), value);
        return Ok(());
    }
    *find(root, path)? = value;
    Ok(())
}

fn remove(root: &mut Value, path: &[String]) -> Result<Value, String> {
    let Some((name, parent)) = path.split_last() else {
        return Ok(std::mem::replace(root, Value::Map(Map::new())));
    };
    match find(root, parent)? {
        Value::Map(map) => map.remove(name).ok_or_else(|| missing(name)),
        Value::List(list) => {
            let index = index(name, list.len())?;
            Ok(list.remove(index))
        }
        _ => Err(missing(name)),
    }
}
