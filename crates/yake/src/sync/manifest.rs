//! An object as it is to be applied: what was built, with the labels of its owner and without what others may set.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::kube::ObjectId;
use serde_json::{Map, Value, json};

use super::policy::Policy;
use super::unit::Unit;
use crate::api::Ignore;
use crate::build::{Object, Origin, SecretFields};

/// An object that a unit keeps.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// Which.
    pub id: ObjectId,
    /// What is applied.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
    /// What it asks for.
    pub policy: Policy,
    /// Members that are never shown.
    pub secrets: SecretFields,
    /// JSON pointers of members that are left to others and not in `value`.
    pub left_out: Vec<String>,
}

/// What cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {problem}", .line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct ManifestError {
    /// File.
    pub file: String,
    /// Line.
    pub line: Option<usize>,
    /// What is wrong.
    pub problem: String,
}

/// Makes manifests of what a unit builds to; all problems at once.
pub fn manifests(objects: &[Object], unit: &Unit) -> Result<Vec<Manifest>, Vec<ManifestError>> {
    let (mut made, mut problems) = (Vec::with_capacity(objects.len()), Vec::new());
    for object in objects {
        match manifest(object, unit) {
            Ok(manifest) => made.push(manifest),
            Err(problem) => problems.push(ManifestError {
                file: object.origin.file.clone(),
                line: object.origin.line,
                problem,
            }),
        }
    }
    if problems.is_empty() {
        Ok(made)
    } else {
        Err(problems)
    }
}

fn manifest(object: &Object, unit: &Unit) -> Result<Manifest, String> {
    let mut value = serde_json::to_value(&object.value).map_err(|error| error.to_string())?;
    let mut id = ObjectId::of(&value).map_err(|member| format!("{member} is missing or not a text"))?;
    if object.kind().is_cluster_scoped() && id.namespace.take().is_some() {
        remove(&mut value, "/metadata/namespace");
    }
    if id.kind == "Secret" && id.api_version == "v1" {
        encode_texts(&mut value)?;
    }
    remove(&mut value, "/status");
    remove(&mut value, "/metadata/creationTimestamp");
    let policy = Policy::of(&value);
    let mut left_out = Vec::new();
    for pointer in ignored(&unit.ignores, &id) {
        remove(&mut value, pointer);
        left_out.push(pointer.to_owned());
    }
    label(&mut value, &unit.owner.labels());
    Ok(Manifest {
        id,
        value,
        origin: object.origin.clone(),
        policy,
        secrets: object.secret_fields(),
        left_out,
    })
}

/// `stringData` is what the API server puts into `data` itself; put in here, a second apply finds what the first left.
fn encode_texts(secret: &mut Value) -> Result<(), String> {
    let Some(members) = secret.as_object_mut() else {
        return Ok(());
    };
    let Some(texts) = members.remove("stringData") else {
        return Ok(());
    };
    let Value::Object(texts) = texts else {
        return Err("stringData must be an object".to_owned());
    };
    let data = members.entry("data").or_insert_with(|| json!({}));
    let Some(data) = data.as_object_mut() else {
        return Err("data must be an object".to_owned());
    };
    for (name, text) in texts {
        // The value itself is never told.
        let Value::String(text) = text else {
            return Err(format!("stringData.{name} must be a string"));
        };
        data.insert(name, Value::String(STANDARD.encode(text)));
    }
    Ok(())
}

/// Objects that a unit is to have for good: those that are marked for removal are not among them.
pub(super) fn lasting(manifests: &[Manifest]) -> Vec<ObjectId> {
    let stays = |manifest: &&Manifest| !manifest.policy.is_to_be_removed;
    manifests
        .iter()
        .filter(stays)
        .map(|manifest| manifest.id.clone())
        .collect()
}

/// Pointers that somebody else may set in this object.
pub(super) fn ignored<'a>(rules: &'a [Ignore], id: &ObjectId) -> impl Iterator<Item = &'a str> {
    let fits = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
    let (group, kind, name) = (id.group().to_owned(), id.kind.clone(), id.name.clone());
    let namespace = id.namespace.clone().unwrap_or_default();
    rules
        .iter()
        .filter(move |rule| {
            let target = &rule.target;
            fits(&target.group, &group)
                && fits(&target.kind, &kind)
                && fits(&target.namespace, &namespace)
                && fits(&target.name, &name)
        })
        .flat_map(|rule| rule.paths.iter().map(String::as_str))
}

/// Removes what a JSON pointer means; `*` in the place of a list's position means all entries.
pub(super) fn remove(value: &mut Value, pointer: &str) {
    let tokens: Vec<_> = pointer
        .split('/')
        .skip(1)
        .map(|token| token.replace("~1", "/").replace("~0", "~"))
        .collect();
    remove_at(value, &tokens);
}

fn remove_at(value: &mut Value, tokens: &[String]) {
    let Some((first, rest)) = tokens.split_first() else {
        return;
    };
    match value {
        Value::Object(members) if rest.is_empty() => {
            members.remove(first);
        }
        Value::Object(members) => {
            if let Some(member) = members.get_mut(first) {
                remove_at(member, rest);
            }
        }
        Value::Array(entries) if first == "*" => {
            for entry in entries {
                remove_at(entry, rest);
            }
        }
        Value::Array(entries) => {
            if let Some(entry) = first.parse::<usize>().ok().and_then(|at| entries.get_mut(at)) {
                remove_at(entry, rest);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn label(value: &mut Value, labels: &BTreeMap<&'static str, String>) {
    let metadata = value.get_mut("metadata").and_then(Value::as_object_mut);
    let own = metadata.map(|metadata| {
        metadata
            .entry("labels")
            .or_insert_with(|| Value::Object(Map::new()))
    });
    if let Some(own) = own.and_then(Value::as_object_mut) {
        for (name, text) in labels {
            own.insert((*name).to_owned(), Value::String(text.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::IgnoreTarget;
    use crate::build::Value as Built;

    fn made(value: Value, unit: &Unit) -> Result<Manifest, Vec<ManifestError>> {
        let origin = Origin {
            file: "a.yaml".to_owned(),
            line: Some(3),
        };
        manifests(&[Object::new(Built::from(value), origin)], unit).map(|mut made| made.remove(0))
    }

    #[test]
    fn texts_of_a_secret_become_data() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "b"},
            "stringData": {"user": "app"}});
        let manifest = made(secret, &Unit::named("dev", "runtime")).unwrap();
        assert_eq!(manifest.value["data"], json!({"user": "YXBw"}));
        assert!(manifest.value.get("stringData").is_none());
    }

    #[test]
    fn a_secret_value_that_is_no_text_is_refused_without_telling_it() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "b"},
            "stringData": {"pin": 40_917_733}});
        let problems = made(secret, &Unit::named("dev", "runtime")).unwrap_err();
        assert_eq!(
            problems[0].to_string(),
            "a.yaml:3: stringData.pin must be a string"
        );
    }

    #[test]
    fn what_others_may_set_is_left_out_where_the_rule_is_about_it() {
        let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "namespace": "b"},
            "spec": {"replicas": 3, "template": {"spec": {"containers": [{"name": "x", "image": "i"}]}}}});
        let mut unit = Unit::named("dev", "runtime");
        unit.ignores = vec![Ignore {
            paths: vec![
                "/spec/replicas".to_owned(),
                "/spec/template/spec/containers/*/image".to_owned(),
            ],
            target: IgnoreTarget {
                kind: Some("Deployment".to_owned()),
                ..IgnoreTarget::default()
            },
        }];
        let manifest = made(object.clone(), &unit).unwrap();
        assert_eq!(
            manifest.value["spec"],
            json!({"template": {"spec": {"containers": [{"name": "x"}]}}})
        );
        if let Some(rule) = unit.ignores.first_mut() {
            rule.target.name = Some("other".to_owned());
        }
        assert_eq!(made(object, &unit).unwrap().value["spec"]["replicas"], 3);
    }
}
