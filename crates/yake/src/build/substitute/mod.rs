//! Variables in built objects, by the rules of Flux: `${NAME}`, defaults, slices, replacements, cases.
//!
//! Where Flux replaces in the text of the YAML, this replaces in its values, and so a value cannot become a key, and
//! what stood in quotes stays text. Text without quotes is read anew, so that `replicas: ${N}` becomes a number; where
//! the API wants text (labels, annotations, data, environment variables), it stays text in any case.

mod expression;
mod variables;

use std::cell::Cell;

use super::object::Object;
use super::secrecy::SecretFields;
use super::value::{Map, Style, Value};
use super::yaml;
use expression::ExpressionError;
pub use variables::{SourceError, Variables};

/// The label or annotation of objects whose text is left alone.
const OPT_OUT: &str = "kustomize.toolkit.fluxcd.io/substitute";

/// Stands in messages for text that must not be shown.
const HIDDEN: &str = "a secret text";

/// What a variable without a value and without a default is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnMissing {
    /// An error.
    Fail,
    /// Empty text.
    Empty,
}

/// Variables that cannot be put in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubstituteError {
    /// Nobody gave a value.
    #[error("these variables have neither a value nor a default: {}", .0.join(", "))]
    Missing(Vec<String>),
    /// The text between the braces is not understood.
    #[error("{object}: {text:?} {problem}")]
    Expression {
        /// Object and file.
        object: String,
        /// The text.
        text: String,
        /// What is wrong.
        problem: String,
    },
}

/// Puts variables into all objects but those that opted out.
pub fn substitute(
    objects: &mut [Object],
    variables: &Variables,
    on_missing: OnMissing,
) -> Result<(), SubstituteError> {
    let mut missing = Vec::new();
    for object in objects.iter_mut().filter(|object| !is_opted_out(object)) {
        let place = format!("{} of {}", object.identity(), object.origin.file);
        let mut pass = Pass {
            variables,
            on_missing,
            hidden: object.secret_fields(),
            path: Vec::new(),
            missing: Vec::new(),
            filled: SecretFields::default(),
        };
        let whole = match object.kind().kind.as_str() {
            "ConfigMap" | "Secret" => Where::DataObject,
            _ => Where::Anywhere,
        };
        let value = std::mem::replace(&mut object.value, Value::Null);
        let value = pass.value(value, whole);
        object.value = value.map_err(|(text, error)| SubstituteError::Expression {
            object: place.clone(),
            text,
            problem: error.to_string(),
        })?;
        object.encrypted_fields.extend(&pass.filled);
        missing.extend(pass.missing.iter().map(|name| format!("{name} ({place})")));
    }
    missing.dedup();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(SubstituteError::Missing(missing))
    }
}

/// Puts variables into a text that is no object; what has no value is an error that names it.
pub(crate) fn fill(text: &str, variables: &Variables) -> Result<String, String> {
    let mut missing = Vec::new();
    let mut demanded = |name: &str| {
        let value = variables.get(name).cloned();
        if value.is_none() {
            missing.push(name.to_owned());
        }
        value.unwrap_or_default()
    };
    let given = |name: &str| variables.get(name).cloned();
    let filled = expression::expand(text, &given, &mut demanded).map_err(|error| error.to_string())?;
    if missing.is_empty() {
        Ok(filled)
    } else {
        Err(format!("nobody gives {}", missing.join(", ")))
    }
}

fn is_opted_out(object: &Object) -> bool {
    ["labels", "annotations"].iter().any(|of| {
        object
            .pairs(of)
            .iter()
            .any(|(name, value)| *name == OPT_OUT && value == "disabled")
    })
}

/// Whether text has to stay text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Where {
    Anywhere,
    /// The top of an object whose data are texts.
    DataObject,
    /// A list of environment variables.
    Environment,
    /// The API wants text.
    Texts,
}

impl Where {
    fn below(self, name: &str) -> Self {
        match (self, name) {
            (Self::Texts, _) | (_, "labels" | "annotations" | "matchLabels" | "nodeSelector") => Self::Texts,
            (Self::DataObject, "data" | "stringData" | "binaryData") | (Self::Environment, "value") => {
                Self::Texts
            }
            (_, "env") => Self::Environment,
            _ => Self::Anywhere,
        }
    }
}

struct Pass<'a> {
    variables: &'a Variables,
    on_missing: OnMissing,
    /// Fields of the object that must not be shown: not even as the name of a variable that is missing.
    hidden: SecretFields,
    /// Where the pass is.
    path: Vec<String>,
    missing: Vec<String>,
    /// Fields that got a value that must not be shown.
    filled: SecretFields,
}

type Failed = (String, ExpressionError);

impl Pass<'_> {
    fn value(&mut self, value: Value, place: Where) -> Result<Value, Failed> {
        match value {
            Value::Text(text, style) if text.contains('$') => {
                let replaced = self.text(&text)?;
                if replaced == text {
                    return Ok(Value::Text(text, style));
                }
                Ok(read_anew(&text, replaced, style, place))
            }
            Value::List(list) => list
                .into_iter()
                .map(|entry| self.value(entry, place))
                .collect::<Result<_, _>>()
                .map(Value::List),
            Value::Map(map) => self.members(map, place).map(Value::Map),
            other => Ok(other),
        }
    }

    fn members(&mut self, map: Map, place: Where) -> Result<Map, Failed> {
        map.into_iter()
            .map(|(name, value)| {
                let below = place.below(&name);
                let name = if name.contains('$') {
                    self.text(&name)?
                } else {
                    name
                };
                self.path.push(name.clone());
                let value = self.value(value, below)?;
                self.path.pop();
                Ok((name, value))
            })
            .collect()
    }

    fn text(&mut self, text: &str) -> Result<String, Failed> {
        let is_hidden = self.hidden.hides_path(self.path.iter().map(String::as_str));
        let shown = |text: &str| if is_hidden { HIDDEN } else { text }.to_owned();
        let (variables, on_missing, missing) = (self.variables, self.on_missing, &mut self.missing);
        let path = self.path.join(".");
        let used_secret = Cell::new(false);
        let given = |name: &str| {
            let value = variables.get(name).cloned();
            used_secret.set(used_secret.get() || variables.is_secret(name));
            value
        };
        let mut lookup = |name: &str| {
            let value = given(name);
            if value.is_none() && on_missing == OnMissing::Fail {
                missing.push(if is_hidden {
                    format!("{HIDDEN} in {path}")
                } else {
                    name.to_owned()
                });
            }
            value.unwrap_or_default()
        };
        let expanded = expression::expand(text, &given, &mut lookup);
        if used_secret.get() {
            self.filled.add(&self.path);
        }
        expanded.map_err(|error| (shown(text), error))
    }
}

/// What the text means once the variables are in it.
fn read_anew(template: &str, text: String, style: Style, place: Where) -> Value {
    // Quotes that variables brought are quotes of YAML: `${quote}${ID}${quote}` is how users of Flux keep text text.
    if !template.starts_with(['"', '\'']) && is_in_quotes(&text) {
        return Value::text(scalar_of(&text).unwrap_or(text));
    }
    if style == Style::Quoted || place == Where::Texts {
        return Value::text(text);
    }
    match yaml::resolve(&text) {
        Value::Text(..) if text.starts_with(['[', '{']) => {
            collection(&text).unwrap_or(Value::Text(text, style))
        }
        Value::Text(..) => Value::Text(text, style),
        other => other,
    }
}

fn is_in_quotes(text: &str) -> bool {
    ['"', '\'']
        .iter()
        .any(|quote| text.len() > 1 && text.starts_with(*quote) && text.ends_with(*quote))
}

fn scalar_of(text: &str) -> Option<String> {
    let documents = yaml::read(text).ok()?;
    match documents.as_slice() {
        [document] => document.value.as_text().map(str::to_owned),
        _ => None,
    }
}

fn collection(text: &str) -> Option<Value> {
    let mut documents = yaml::read(text).ok()?;
    let document = documents.pop()?;
    (documents.is_empty() && matches!(document.value, Value::List(_) | Value::Map(_)))
        .then_some(document.value)
}

#[cfg(test)]
mod tests;
