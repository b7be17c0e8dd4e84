//! Puts the layers together and reads the target from them.

use std::marker::PhantomData;

use miette::{NamedSource, SourceSpan};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_saphyr::Location;

use super::check::{FileCheck, Given, insert, missing, parse_text};
use super::document::Node;
use super::error::{ConfigError, ConfigErrors, did_you_mean};
use super::setting::{Origin, Setting, canonical};
use super::shape::{Field, Shape};
use super::{reference, setting};

/// What is shown instead of a secret.
const SECRET: &str = "(secret)";

/// Layers of a configuration `T`, the first below the others.
pub struct Layers<T> {
    shape: Shape,
    given: Vec<Given>,
    errors: Vec<ConfigError>,
    unused_variables: Vec<String>,
    target: PhantomData<fn() -> T>,
}

/// A configuration and where it came from.
#[derive(Clone, Debug)]
pub struct Loaded<T> {
    /// The configuration.
    pub config: T,
    /// Every value in force with its origin, in the order of the reference page.
    pub settings: Vec<Setting>,
    /// Variables with the prefix that no key goes by. No error: others may use the prefix too.
    pub unused_variables: Vec<String>,
}

impl<T: DeserializeOwned + JsonSchema> Default for Layers<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: DeserializeOwned + JsonSchema> Layers<T> {
    /// No layer yet: only the defaults.
    pub fn new() -> Self {
        Self {
            shape: Shape::of_schema(&reference::schema::<T>()),
            given: Vec::new(),
            errors: Vec::new(),
            unused_variables: Vec::new(),
            target: PhantomData,
        }
    }

    /// Adds the text of a YAML file; `name` is for messages.
    #[must_use]
    pub fn file(mut self, name: &str, text: &str) -> Self {
        match serde_saphyr::from_str::<Node>(text) {
            Ok(root) => {
                let check = FileCheck::run(name, &root, &self.shape);
                self.given.extend(check.given);
                let errors = check.errors.into_iter();
                self.errors
                    .extend(errors.map(|(error, location)| in_source(error, location, name, text)));
            }
            Err(error) => self.errors.push(unreadable(&error, name, text)),
        }
        self
    }

    /// Adds the environment: the key `tls.client_ca` goes by `PREFIX_TLS_CLIENT_CA`.
    #[must_use]
    pub fn environment(
        mut self,
        prefix: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let start = format!("{prefix}_");
        for (variable, text) in variables.into_iter().filter(|(name, _)| name.starts_with(&start)) {
            let leaves = self.shape.leaves();
            let leaf = leaves
                .into_iter()
                .find(|(path, _)| reference::variable(prefix, path) == variable);
            let origin = Origin::Environment {
                variable: variable.clone(),
            };
            match leaf.map(|(path, field)| read(&text, &path, field, origin)) {
                Some(Ok(given)) => self.given.push(given),
                Some(Err(error)) => self.errors.push(*error),
                None => self.unused_variables.push(variable),
            }
        }
        self
    }

    /// Adds an option of the command line: `flag` as the user wrote it, for messages, and the key it sets.
    #[must_use]
    pub fn flag(mut self, flag: &str, key: &str, text: &str) -> Self {
        let origin = Origin::Flag {
            flag: flag.to_owned(),
        };
        let leaves = self.shape.leaves();
        let leaf = leaves
            .iter()
            .find(|(path, _)| canonical(&path.join(".")) == canonical(key));
        let result = leaf.map_or_else(
            || Err(Box::new(unknown_key(key, &leaves, &origin))),
            |(path, field)| read(text, path, field, origin.clone()),
        );
        match result {
            Ok(given) => self.given.push(given),
            Err(error) => self.errors.push(*error),
        }
        self
    }

    /// Reads the configuration, or tells everything that is wrong with it.
    pub fn load(mut self) -> Result<Loaded<T>, ConfigErrors> {
        let mut tree = Value::Object(Map::new());
        for given in &self.given {
            insert(&mut tree, &given.path, given.value.clone());
        }
        for path in missing(&self.shape, &tree, &[]) {
            let message = format!("the key {:?} is required and nowhere given", path.join("."));
            // A key whose value was refused is not missing.
            if !self.errors.iter().any(|error| error.key == path.join(".")) {
                self.errors
                    .push(ConfigError::new(Origin::Default, &path, message));
            }
        }
        if self.errors.is_empty() {
            match serde_json::from_value(tree) {
                Ok(config) => {
                    let settings = settings(&self.shape, &self.given);
                    return Ok(Loaded {
                        config,
                        settings,
                        unused_variables: self.unused_variables,
                    });
                }
                Err(error) => self
                    .errors
                    .push(ConfigError::new(Origin::Default, &[], error.to_string())),
            }
        }
        Err(ConfigErrors { errors: self.errors })
    }
}

fn unknown_key(key: &str, leaves: &[(setting::Path, &Field)], origin: &Origin) -> ConfigError {
    let keys: Vec<String> = leaves.iter().map(|(path, _)| path.join(".")).collect();
    let hint = did_you_mean(key, keys.iter().map(String::as_str));
    let message = format!("unknown key {key:?}");
    ConfigError {
        hint,
        ..ConfigError::new(origin.clone(), &[key.to_owned()], message)
    }
}

fn read(text: &str, path: &[String], field: &Field, origin: Origin) -> Result<Given, Box<ConfigError>> {
    match parse_text(text, field) {
        Ok(value) => Ok(Given {
            path: path.to_vec(),
            value,
            origin,
        }),
        Err((message, hint)) => {
            // What the user wrote stands in the message, and a secret must not.
            let message = if field.is_secret {
                "the value is not allowed".to_owned()
            } else {
                message
            };
            Err(Box::new(ConfigError {
                hint,
                ..ConfigError::new(origin, path, message)
            }))
        }
    }
}

fn settings(shape: &Shape, given: &[Given]) -> Vec<Setting> {
    let setting = |(path, field): (setting::Path, &Field)| {
        let last = given.iter().rev().find(|given| given.path == path);
        let origin = last.map_or(Origin::Default, |given| given.origin.clone());
        let value = last
            .map(|given| given.value.clone())
            .or_else(|| field.default.clone());
        let value = value.unwrap_or_default();
        let is_hidden = field.is_secret && !value.is_null();
        let value = if is_hidden { Value::from(SECRET) } else { value };
        Setting {
            key: path.join("."),
            value,
            origin,
        }
    };
    shape.leaves().into_iter().map(setting).collect()
}

fn in_source(mut error: ConfigError, location: Location, name: &str, text: &str) -> ConfigError {
    error.span = Some(span_of(location, text));
    error.source_code = Some(NamedSource::new(name, text.to_owned()));
    error
}

/// The bytes that a place stands for; at least the character there.
fn span_of(location: Location, text: &str) -> SourceSpan {
    let line = usize::try_from(location.line()).unwrap_or(1).saturating_sub(1);
    let column = usize::try_from(location.column()).unwrap_or(1).saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let here = text.get(start..).unwrap_or_default();
    let offset: usize = here.chars().take(column).map(char::len_utf8).sum();
    let rest = here.get(offset..).unwrap_or_default();
    let length = rest
        .find([':', '\n', ' ', ',', '}', ']'])
        .unwrap_or(rest.len())
        .max(1);
    SourceSpan::from((start + offset, length.min(rest.len())))
}

fn unreadable(error: &serde_saphyr::Error, name: &str, text: &str) -> ConfigError {
    let location = error.location();
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    let origin = Origin::File {
        file: name.to_owned(),
        line: location.map_or(1, |location| number(location.line())),
        column: location.map_or(1, |location| number(location.column())),
    };
    let message = error.to_string();
    let summary = message.lines().next().unwrap_or("not YAML").to_owned();
    let error = ConfigError::new(origin, &[], summary);
    match location {
        Some(location) => in_source(error, location, name, text),
        None => error,
    }
}
