//! Kinds of which no definition is published: lists of fields that were noted by hand, in a short form
//! (`schemas/aggregated/README.md`).

use super::collect::with_header;
use super::set::{Bundle, KindSchema, Scope};
use super::{Additional, Schema, Type};
use crate::build::{Map, Value};

/// A list that is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {why}")]
pub struct ListedError {
    place: String,
    why: String,
}

impl ListedError {
    fn new(place: &str, why: &str) -> Self {
        Self {
            place: place.to_owned(),
            why: why.to_owned(),
        }
    }
}

/// Adds what a document lists: a kind or a definition.
pub fn from_list(document: &Value, bundle: &mut Bundle) -> Result<(), ListedError> {
    let text = |name: &str| document.get(name).and_then(Value::as_text);
    let fields = document
        .get("fields")
        .ok_or_else(|| ListedError::new("$", "lists no fields"))?;
    let schema = schema(fields, "$")?;
    if let Some(name) = text("definition") {
        bundle.definitions.insert(definition(name), schema);
        return Ok(());
    }
    let scope = match text("scope") {
        Some("Cluster") => Scope::Cluster,
        Some("Namespaced") => Scope::Namespaced,
        _ => return Err(ListedError::new("$.scope", "is neither Cluster nor Namespaced")),
    };
    let (Some(api_version), Some(kind)) = (text("apiVersion"), text("kind")) else {
        return Err(ListedError::new("$", "names neither a definition nor a kind"));
    };
    bundle.kinds.push(KindSchema {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        scope,
        by_hand: true,
        schema: with_header(schema),
    });
    Ok(())
}

fn definition(name: &str) -> String {
    format!("listed.{name}")
}

fn schema(value: &Value, place: &str) -> Result<Schema, ListedError> {
    match value {
        Value::Map(map) => object(map, place),
        Value::List(list) => match list.as_slice() {
            [items] => Ok(Schema {
                kind: Some(Type::Array),
                items: Some(Box::new(schema(items, &format!("{place}[0]"))?)),
                ..Schema::default()
            }),
            _ => Err(ListedError::new(
                place,
                "a list has one entry: what its entries are",
            )),
        },
        Value::Text(name, _) => named(name, place),
        _ => Err(ListedError::new(place, "is no type")),
    }
}

fn named(name: &str, place: &str) -> Result<Schema, ListedError> {
    let of = |kind: Type| Schema {
        kind: Some(kind),
        ..Schema::default()
    };
    Ok(match name {
        "text" => of(Type::String),
        "whole" => of(Type::Integer),
        "number" => of(Type::Number),
        "flag" => of(Type::Boolean),
        "any" => Schema {
            is_open: true,
            ..Schema::default()
        },
        "either" => Schema {
            int_or_string: true,
            ..Schema::default()
        },
        name if name.starts_with(|first: char| first.is_ascii_uppercase()) => {
            Schema::reference(&definition(name))
        }
        _ => return Err(ListedError::new(place, "is no type")),
    })
}

fn object(map: &Map, place: &str) -> Result<Schema, ListedError> {
    let mut object = Schema {
        kind: Some(Type::Object),
        ..Schema::default()
    };
    for (name, value) in map {
        let below = schema(value, &format!("{place}.{name}"))?;
        if name == "*" {
            object.additional_properties = Some(Additional::Schema(Box::new(below)));
            continue;
        }
        let plain = name.strip_suffix('!');
        object.required.extend(plain.map(str::to_owned));
        object.properties.insert(plain.unwrap_or(name).to_owned(), below);
    }
    Ok(object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::read;

    fn bundle(text: &str) -> Result<Bundle, ListedError> {
        let mut bundle = Bundle::default();
        for document in read(text).unwrap() {
            from_list(&document.value, &mut bundle)?;
        }
        Ok(bundle)
    }

    #[test]
    fn the_short_form_says_what_a_definition_would() {
        let bundle = bundle(
            "apiVersion: a/v1\nkind: K\nscope: Cluster\nfields: {spec!: {name!: text, more: [Part], \"*\": flag}}\n---\n\
             definition: Part\nfields: {size: either}\n",
        )
        .unwrap();
        let spec = &bundle.kinds[0].schema.properties["spec"];
        assert_eq!(
            (spec.required.as_slice(), spec.properties.len()),
            (&["name".to_owned()][..], 2)
        );
        assert!(matches!(spec.additional_properties, Some(Additional::Schema(_))));
        assert!(bundle.definitions["listed.Part"].properties["size"].int_or_string);
        assert!(bundle.kinds[0].schema.required.contains(&"spec".to_owned()));
    }

    #[test]
    fn a_list_with_a_mistake_is_refused_with_its_place() {
        let text = "apiVersion: a/v1\nkind: K\nscope: Cluster\nfields: {spec: {name: string}}\n";
        assert_eq!(bundle(text).unwrap_err().to_string(), "$.spec.name: is no type");
    }
}
