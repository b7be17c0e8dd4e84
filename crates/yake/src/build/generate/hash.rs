//! The hash that a generated name ends in: the original's, byte for byte, so that names agree.

use std::fmt::Write;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::super::value::Value;

/// Ten letters that stand for the content.
pub(crate) fn of(value: &Value) -> String {
    let member = |name: &str| match value.get(name) {
        Some(value) => serde_json::to_value(value).unwrap_or_default(),
        None => json!(""),
    };
    let text = |name: &str| value.get(name).and_then(Value::scalar).unwrap_or_default();
    // Members in the order of their names, as the original's encoder has them.
    let content = if text("kind") == "Secret" {
        let mut content = json!({"data": member("data"), "kind": "Secret", "name": ""});
        add(&mut content, "stringData", value);
        if let Some(content) = content.as_object_mut() {
            content.insert("type".to_owned(), member("type"));
        }
        content
    } else {
        let mut content = json!({});
        add(&mut content, "binaryData", value);
        if let Some(content) = content.as_object_mut() {
            content.extend([
                ("data".to_owned(), member("data")),
                ("kind".to_owned(), json!("ConfigMap")),
                ("name".to_owned(), json!("")),
            ]);
        }
        content
    };
    letters(&escaped(&content.to_string()))
}

fn add(content: &mut serde_json::Value, name: &str, value: &Value) {
    if let (Some(content), Some(Value::Map(_))) = (content.as_object_mut(), value.get(name)) {
        let member = value.get(name).map(serde_json::to_value);
        content.insert(name.to_owned(), member.and_then(Result::ok).unwrap_or_default());
    }
}

/// Go's encoder writes these letters so that they are harmless in HTML.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\u{:04x}", u32::from(letter));
            }
            letter => text.push(letter),
        }
    }
    text
}

/// Hexadecimal without the letters that make words.
fn letters(json: &str) -> String {
    let digest = Sha256::digest(json.as_bytes());
    let mut hex = String::new();
    for byte in digest {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex.chars()
        .take(10)
        .map(|letter| match letter {
            '0' => 'g',
            '1' => 'h',
            '3' => 'k',
            'a' => 'm',
            'e' => 't',
            letter => letter,
        })
        .collect()
}
