//! What the schema of a configuration tells its readers: the schema itself and a page of reference.

use std::fmt::Write;

use schemars::JsonSchema;
use serde_json::Value;

use super::setting::{Path, canonical};
use super::shape::{Field, Shape};

/// The JSON schema of a configuration, for editors.
pub fn schema<T: JsonSchema>() -> Value {
    schemars::schema_for!(T).to_value()
}

/// A Markdown table of all keys: type, default, environment variable, description.
pub fn reference_page<T: JsonSchema>(title: &str, prefix: &str) -> String {
    let shape = Shape::of_schema(&schema::<T>());
    let mut page = format!(
        "# {title}\n\n\
         Keys may be written with `-` or `_`. The environment wins over the file, options over both.\n\n\
         | key | value | default | variable | meaning |\n|---|---|---|---|---|\n"
    );
    for (path, field) in shape.leaves() {
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | `{}` | {} |",
            path.join("."),
            kind_of(&field.shape),
            default_of(field),
            variable(prefix, &path),
            field.description.replace('\n', " ").replace('|', "\\|"),
        );
    }
    page
}

/// The environment variable of a key.
pub(super) fn variable(prefix: &str, path: &Path) -> String {
    format!("{prefix}_{}", canonical(&path.join("_")).to_ascii_uppercase())
}

fn kind_of(shape: &Shape) -> String {
    match shape {
        Shape::Scalar(scalar) if !scalar.choices.is_empty() => scalar
            .choices
            .iter()
            .map(|choice| format!("`{choice}`"))
            .collect::<Vec<_>>()
            .join(", "),
        Shape::Scalar(scalar) => scalar.kind.name().to_owned(),
        Shape::List(items) => format!("list of {}", kind_of(items)),
        Shape::Map(values) => format!("map of {}", kind_of(values)),
        Shape::Object(_) => "keys and values".to_owned(),
        Shape::Any => "any".to_owned(),
    }
}

fn default_of(field: &Field) -> String {
    match &field.default {
        _ if field.is_required => "required".to_owned(),
        Some(Value::Null) | None => "none".to_owned(),
        Some(Value::String(text)) => format!("`{text}`"),
        Some(value) => format!("`{value}`"),
    }
}
