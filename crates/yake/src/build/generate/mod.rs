//! Generated `ConfigMap`s and Secrets.

mod data;
mod hash;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::error::BuildError;
use super::files::Files;
use super::kustomization::{Generator, GeneratorOptions, Pairs};
use super::load::Loaded;
use super::object::{Behavior, Object, Origin};
use super::value::{Map, Value};

/// What is generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    ConfigMap,
    Secret,
}

/// The generated objects of a kustomization.
pub(crate) fn objects(files: &Files<'_>, loaded: &Loaded) -> Result<Vec<Object>, BuildError> {
    let kustomization = &loaded.kustomization;
    let maps = kustomization.config_map_generator.iter();
    let secrets = kustomization.secret_generator.iter();
    maps.map(|generator| (Kind::ConfigMap, "configMapGenerator", generator))
        .chain(secrets.map(|generator| (Kind::Secret, "secretGenerator", generator)))
        .map(|(kind, field, generator)| object(files, loaded, kind, field, generator))
        .collect()
}

fn object(
    files: &Files<'_>,
    loaded: &Loaded,
    kind: Kind,
    field: &str,
    generator: &Generator,
) -> Result<Object, BuildError> {
    if generator.name.is_empty() {
        return Err(BuildError::field(
            &loaded.file,
            field,
            "has an entry without a name",
        ));
    }
    let options = merged(
        generator.options.as_ref(),
        loaded.kustomization.generator_options.as_ref(),
    );
    let data::Collected { data, is_secret } = data::pairs(files, loaded, field, generator)?;
    let mut value = match kind {
        Kind::ConfigMap => config_map(data),
        Kind::Secret => secret(data, &generator.secret_type),
    };
    let mut metadata = Map::from([("name".to_owned(), Value::text(&generator.name))]);
    if !generator.namespace.is_empty() {
        metadata.insert("namespace".to_owned(), Value::text(&generator.namespace));
    }
    for (of, pairs) in [("labels", &options.labels), ("annotations", &options.annotations)] {
        if !pairs.is_empty() {
            metadata.insert(of.to_owned(), texts(pairs));
        }
    }
    value.insert("metadata".to_owned(), Value::Map(metadata));
    if options.immutable {
        value.insert("immutable".to_owned(), Value::Bool(true));
    }
    let origin = Origin {
        file: loaded.file.clone(),
        line: None,
    };
    let mut object = Object::new(Value::Map(value), origin);
    object.is_hashed = !options.disable_name_suffix_hash;
    object.behavior = behavior(loaded, field, &generator.behavior)?;
    if is_secret {
        object.encrypted_fields.add(["data"]);
        object.encrypted_fields.add(["binaryData"]);
    }
    Ok(object)
}

fn behavior(loaded: &Loaded, field: &str, behavior: &str) -> Result<Behavior, BuildError> {
    match behavior {
        "" | "create" => Ok(Behavior::Create),
        "replace" => Ok(Behavior::Replace),
        "merge" => Ok(Behavior::Merge),
        other => {
            let problem = format!("knows create, replace and merge, not {other:?}");
            Err(BuildError::field(
                &loaded.file,
                format!("{field}.behavior"),
                problem,
            ))
        }
    }
}

/// Options of a generator over those of all.
fn merged(own: Option<&GeneratorOptions>, global: Option<&GeneratorOptions>) -> GeneratorOptions {
    let mut options = global.cloned().unwrap_or_default();
    if let Some(own) = own {
        options.labels.extend(own.labels.clone());
        options.annotations.extend(own.annotations.clone());
        options.disable_name_suffix_hash |= own.disable_name_suffix_hash;
        options.immutable |= own.immutable;
    }
    options
}

fn texts(pairs: &Pairs) -> Value {
    Value::Map(
        pairs
            .iter()
            .map(|(name, text)| (name.clone(), Value::text(text)))
            .collect(),
    )
}

fn config_map(pairs: data::Data) -> Map {
    let mut value = Map::from([
        ("apiVersion".to_owned(), Value::text("v1")),
        ("kind".to_owned(), Value::text("ConfigMap")),
    ]);
    for (key, bytes) in pairs {
        let (field, text) = match String::from_utf8(bytes) {
            Ok(text) => ("data", text),
            Err(error) => ("binaryData", encoded(error.as_bytes())),
        };
        let data = value
            .entry(field.to_owned())
            .or_insert_with(|| Value::Map(Map::new()));
        if let Some(data) = data.as_map_mut() {
            data.insert(key, Value::text(text));
        }
    }
    value
}

fn secret(pairs: data::Data, secret_type: &str) -> Map {
    let secret_type = if secret_type.is_empty() {
        "Opaque"
    } else {
        secret_type
    };
    let data = pairs
        .into_iter()
        .map(|(key, bytes)| (key, Value::text(encoded(&bytes))));
    Map::from([
        ("apiVersion".to_owned(), Value::text("v1")),
        ("kind".to_owned(), Value::text("Secret")),
        ("type".to_owned(), Value::text(secret_type)),
        ("data".to_owned(), Value::Map(data.collect())),
    ])
}

/// Base64 with the line breaks that the original puts into long values: the hash of the name depends on them.
fn encoded(bytes: &[u8]) -> String {
    const WIDTH: usize = 70;
    let mut rest = STANDARD.encode(bytes);
    if rest.len() < WIDTH {
        return rest;
    }
    let mut lines = String::new();
    while !rest.is_empty() {
        let tail = rest.split_off(rest.len().min(WIDTH));
        lines.push_str(&rest);
        lines.push('\n');
        rest = tail;
    }
    lines
}

/// Adds to the data of a new object what the old one has besides.
pub(crate) fn extend(new: &mut Object, old: &Object) {
    let is_secret = new.kind().kind == "Secret";
    for field in ["data", "binaryData"] {
        let mut data = old
            .value
            .get(field)
            .and_then(Value::as_map)
            .cloned()
            .unwrap_or_default();
        if is_secret && field == "data" {
            let plain = old.value.get("stringData").and_then(Value::as_map);
            data.extend(plain.into_iter().flatten().map(|(key, value)| {
                let text = value.scalar().unwrap_or_default();
                (key.clone(), Value::text(encoded(text.as_bytes())))
            }));
        }
        if let Some(value) = new.value.as_map_mut() {
            if let Some(Value::Map(own)) = value.remove(field) {
                data.extend(own);
            }
            if !data.is_empty() {
                value.insert(field.to_owned(), Value::Map(data));
            }
        }
    }
}

/// Puts the hash of their content behind the names of generated objects.
pub(crate) fn add_hashes(objects: &mut [Object]) {
    for object in objects.iter_mut().filter(|object| object.is_hashed) {
        let name = format!("{}-{}", object.name(), hash::of(&object.value));
        object.remember();
        object.rename(&name);
    }
}
