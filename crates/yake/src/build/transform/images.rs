//! Other names, tags and digests of images.

use regex::Regex;

use super::super::field_spec::{FieldSpec, Missing};
use super::super::kustomization::Image;
use super::super::object::Object;
use super::super::value::Value;

const TABLE: &str = include_str!("../tables/images.txt");

/// Changes the images of all containers, wherever they stand, and of image volumes.
pub(crate) fn set(images: &[Image], objects: &mut [Object]) -> Result<(), String> {
    let mut specs = FieldSpec::table(TABLE);
    // An image is changed, never made, whatever the table says.
    for spec in &mut specs {
        spec.missing = Missing::Keep;
    }
    for image in images {
        let Ok(pattern) = pattern(&image.name) else {
            return Err(format!("has the name {:?}, which is no pattern", image.name));
        };
        let mut change = |value: &mut Value| {
            if let Value::Text(text, _) = value
                && pattern.is_match(text)
            {
                *text = changed(text, image);
            }
        };
        for object in objects.iter_mut() {
            let kind = object.kind();
            if kind.kind == "CustomResourceDefinition" {
                continue;
            }
            containers(&mut object.value, &mut change);
            for spec in &specs {
                let Ok(()) = spec.visit(&kind, &mut object.value, &Value::Null, &mut |value| {
                    change(value);
                    Ok::<(), std::convert::Infallible>(())
                });
            }
        }
    }
    Ok(())
}

/// The name is a pattern, as the original has it; a tag and a digest may follow.
fn pattern(name: &str) -> Result<Regex, regex::Error> {
    let tag = "(:[a-zA-Z0-9_.{}-]*)?";
    let digest = "(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{}-]*)?";
    Regex::new(&format!("^{name}{tag}{digest}$"))
}

/// Visits the images of whatever is called `containers` or `initContainers`.
fn containers(value: &mut Value, change: &mut impl FnMut(&mut Value)) {
    match value {
        Value::List(list) => list.iter_mut().for_each(|entry| containers(entry, change)),
        Value::Map(map) => {
            for (name, value) in map {
                containers(value, change);
                if let ("containers" | "initContainers", Value::List(list)) = (name.as_str(), value) {
                    list.iter_mut()
                        .filter_map(|entry| entry.as_map_mut()?.get_mut("image"))
                        .for_each(&mut *change);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(..) => {}
    }
}

fn changed(text: &str, image: &Image) -> String {
    let (name, tag, digest) = parts(text);
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let name = given(&image.new_name).unwrap_or(name);
    let (tag, digest) = match (
        given(&image.new_tag),
        given(&image.digest),
        given(&image.tag_suffix),
    ) {
        (None, None, None) => (tag, digest),
        (None, None, Some(suffix)) => (Some(tag.unwrap_or_default() + &suffix), None),
        (tag, digest, _) => (tag, digest),
    };
    let tag = tag.map(|tag| format!(":{tag}")).unwrap_or_default();
    let digest = digest.map(|digest| format!("@{digest}")).unwrap_or_default();
    format!("{name}{tag}{digest}")
}

/// Name, tag and digest. A colon before the first slash belongs to the host.
fn parts(text: &str) -> (String, Option<String>, Option<String>) {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest.to_owned())),
        None => (text, None),
    };
    let host = rest.find('/').unwrap_or(0);
    let (host, path) = rest.split_at(host);
    match path.split_once(':') {
        Some((path, tag)) => (format!("{host}{path}"), Some(tag.to_owned()), digest),
        None => (rest.to_owned(), None, digest),
    }
}
