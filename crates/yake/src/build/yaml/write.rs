//! Values to text.

use std::fmt::Write;

use super::super::value::{Map, Value};
use super::scalar::resolve;

/// The value as a document, with a line break at its end.
pub fn write(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Map(map) if !map.is_empty() => members(map, 0, &mut text),
        Value::List(list) if !list.is_empty() => entries(list, 0, &mut text),
        other => {
            text.push_str(&inline(other));
            text.push('\n');
        }
    }
    text
}

fn members(map: &Map, indent: usize, text: &mut String) {
    for (index, (name, value)) in map.iter().enumerate() {
        if index > 0 {
            text.push_str(&" ".repeat(indent));
        }
        let _ = write!(text, "{}:", quoted(name));
        member(value, indent, text);
    }
}

/// What stands behind a name or a dash.
fn member(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::Map(map) if !map.is_empty() => {
            let _ = write!(text, "\n{}", " ".repeat(indent + 2));
            members(map, indent + 2, text);
        }
        Value::List(list) if !list.is_empty() => {
            let _ = write!(text, "\n{}", " ".repeat(indent));
            entries(list, indent, text);
        }
        Value::Text(content, _) if is_block(content) => block(content, indent + 2, text),
        other => {
            let _ = writeln!(text, " {}", inline(other));
        }
    }
}

fn entries(list: &[Value], indent: usize, text: &mut String) {
    for (index, value) in list.iter().enumerate() {
        if index > 0 {
            text.push_str(&" ".repeat(indent));
        }
        text.push('-');
        match value {
            Value::Map(map) if !map.is_empty() => {
                text.push(' ');
                members(map, indent + 2, text);
            }
            Value::List(inner) if !inner.is_empty() => {
                text.push(' ');
                entries(inner, indent + 2, text);
            }
            other => member(other, indent, text),
        }
    }
}

fn inline(value: &Value) -> String {
    match value {
        Value::Text(text, _) => quoted(text),
        Value::List(_) => "[]".to_owned(),
        Value::Map(_) => "{}".to_owned(),
        Value::Null => "null".to_owned(),
        scalar => scalar.scalar().unwrap_or_default(),
    }
}

/// Text of several lines that a literal block holds without loss.
fn is_block(text: &str) -> bool {
    let first = text.chars().next();
    text.contains('\n')
        && !matches!(first, None | Some(' ' | '\t' | '\n'))
        && !text.chars().any(|character| {
            (character.is_control() && character != '\n')
                || matches!(character, '\u{feff}' | '\u{85}' | '\u{2028}' | '\u{2029}')
        })
}

fn block(content: &str, indent: usize, text: &mut String) {
    let body = content.trim_end_matches('\n');
    text.push_str(match content.len() - body.len() {
        0 => " |-\n",
        1 => " |\n",
        _ => " |+\n",
    });
    for line in body.split('\n') {
        if !line.is_empty() {
            let _ = write!(text, "{}{line}", " ".repeat(indent));
        }
        text.push('\n');
    }
    for _ in 1..content.len() - body.len() {
        text.push('\n');
    }
}

fn quoted(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    // Text of JSON is text of YAML in double quotes.
    serde_json::to_string(text).unwrap_or_default()
}

/// Words that readers of YAML 1.1 take for booleans.
const WORDS: [&str; 10] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"];

/// Text that every reader takes for the same text, without quotes.
fn is_plain(text: &str) -> bool {
    let is_safe = |character: char| {
        character.is_ascii_alphanumeric() || "-_./ @%+(){}$=,:;*&!?^'\"#<>[]|~`\\".contains(character)
    };
    let Some(first) = text.chars().next() else {
        return false;
    };
    (first.is_ascii_alphabetic() || matches!(first, '/' | '_' | '$'))
        && text.chars().all(is_safe)
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([' ', ':'])
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
        && matches!(resolve(text), Value::Text(..))
}
