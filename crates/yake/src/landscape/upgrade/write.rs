//! What is written for a change: the version and nothing else, so that nothing else is owned by who upgrades.

use serde_json::{Value, json};

use super::wave::{Change, Target};
use crate::landscape::observed::Observed;

/// A write: on which cluster, and what is applied there.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// On the runtime cluster.
    Runtime(Value),
    /// In the virtual garden.
    Virtual(Value),
}

/// A change that cannot be made as things are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{object} cannot be changed: {why}")]
pub struct Unwritable {
    /// `Kind/name`.
    pub object: String,
    /// Why, with the way out.
    pub why: String,
}

const MISSING: &str = "it does not exist; apply the manifests of the repository first";
const DIGEST: &str = "it is pinned by a digest, and only a version is known; refer to it by a tag";
const NO_TAG: &str = "it refers to no version; give its reference a tag";

/// What is applied for `change`. Of `objects`, which were observed, the one that is meant is named by its UID too, so
/// that one of the same name that came in its place stays as it is.
pub fn write(change: &Change, objects: &[Value]) -> Result<Write, Unwritable> {
    let refuse = |why: &str| Unwritable {
        object: change.object.to_string(),
        why: why.to_owned(),
    };
    let mut all = objects.iter().map(Observed::new);
    let live = all.find(|object| is_meant(&change.object, *object));
    let live = live.ok_or_else(|| refuse(MISSING))?;
    let (members, is_virtual) = match &change.object {
        Target::Operator => (operator(live, &change.to), false),
        Target::Kubernetes => (Ok(kubernetes(&change.to)), false),
        Target::Extension(_) => {
            let chart = chart(
                live.value("/spec/deployment/extension/helm/ociRepository"),
                &change.to,
            );
            let spec = |chart| json!({"deployment": {"extension": {"helm": {"ociRepository": chart}}}});
            (chart.map(spec), false)
        }
        Target::Gardenlet(_) => {
            let chart = chart(live.value("/spec/deployment/helm/ociRepository"), &change.to);
            (
                chart.map(|chart| json!({"deployment": {"helm": {"ociRepository": chart}}})),
                true,
            )
        }
    };
    let object = json!({
        "apiVersion": live.value("/apiVersion"),
        "kind": live.value("/kind"),
        "metadata": metadata(live),
        "spec": members.map_err(refuse)?,
    });
    Ok(if is_virtual {
        Write::Virtual(object)
    } else {
        Write::Runtime(object)
    })
}

fn is_meant(target: &Target, object: Observed<'_>) -> bool {
    let name = object.name();
    match (target, object.group(), object.kind()) {
        (Target::Operator, "apps", "Deployment") => name == "gardener-operator",
        (Target::Kubernetes, "operator.gardener.cloud", "Garden") => true,
        (Target::Extension(wanted), "operator.gardener.cloud", "Extension")
        | (Target::Gardenlet(wanted), "seedmanagement.gardener.cloud", "Gardenlet") => name == wanted,
        _ => false,
    }
}

fn metadata(live: Observed<'_>) -> Value {
    let members = ["name", "namespace", "uid"];
    let there = members.into_iter().filter_map(|member| {
        let value = live.value(&format!("/metadata/{member}"))?;
        Some((member.to_owned(), value.clone()))
    });
    Value::Object(there.collect())
}

fn kubernetes(version: &str) -> Value {
    json!({"virtualCluster": {"kubernetes": {"version": version}}})
}

fn operator(live: Observed<'_>, version: &str) -> Result<Value, &'static str> {
    let container = live.value("/spec/template/spec/containers/0").ok_or(NO_TAG)?;
    let image = container.get("image").and_then(Value::as_str).ok_or(NO_TAG)?;
    let container = json!({"name": container.get("name"), "image": tagged(image, version)?});
    Ok(json!({"template": {"spec": {"containers": [container]}}}))
}

/// A chart is referred to by `ref`, or by `repository` and `tag`.
fn chart(repository: Option<&Value>, version: &str) -> Result<Value, &'static str> {
    let text = |member| repository?.get(member)?.as_str();
    if text("digest").is_some() {
        return Err(DIGEST);
    }
    match (text("ref"), text("tag")) {
        (Some(reference), _) => Ok(json!({"ref": tagged(reference, version)?})),
        (None, Some(tag)) => Ok(json!({"tag": like(tag, version)})),
        (None, None) => Err(NO_TAG),
    }
}

/// The reference with another tag.
fn tagged(reference: &str, version: &str) -> Result<String, &'static str> {
    if reference.contains('@') {
        return Err(DIGEST);
    }
    let name = reference.rfind('/').map_or(0, |slash| slash + 1);
    let (path, last) = reference.split_at(name);
    let (name, tag) = last.split_once(':').ok_or(NO_TAG)?;
    Ok(format!("{path}{name}:{}", like(tag, version)))
}

/// Tags of Gardener begin with `v`; those that began with a digit go on to.
fn like(tag: &str, version: &str) -> String {
    if tag.starts_with(|first: char| first.is_ascii_digit()) {
        version.to_owned()
    } else {
        format!("v{version}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(object: Target) -> Change {
        Change {
            object,
            from: None,
            to: "1.148.4".to_owned(),
        }
    }

    fn gardenlet(repository: &Value) -> Value {
        json!({"apiVersion": "seedmanagement.gardener.cloud/v1alpha1", "kind": "Gardenlet",
            "metadata": {"name": "soil", "namespace": "garden", "uid": "7", "resourceVersion": "9", "labels": {"a": "b"}},
            "spec": {"deployment": {"helm": {"ociRepository": repository}, "replicaCount": 1}}})
    }

    fn written(repository: &Value) -> Result<Value, Unwritable> {
        let write = write(
            &change(Target::Gardenlet("soil".to_owned())),
            &[gardenlet(repository)],
        )?;
        let Write::Virtual(object) = write else {
            panic!("{write:?}")
        };
        Ok(object)
    }

    #[test]
    fn nothing_but_the_version_is_written() {
        assert_eq!(
            written(
                &json!({"ref": "registry:5000/charts/gardenlet:v1.147.3", "pullSecretRef": {"name": "pull"}})
            ),
            Ok(json!({
                "apiVersion": "seedmanagement.gardener.cloud/v1alpha1", "kind": "Gardenlet",
                "metadata": {"name": "soil", "namespace": "garden", "uid": "7"},
                "spec": {"deployment": {"helm": {"ociRepository": {"ref": "registry:5000/charts/gardenlet:v1.148.4"}}}},
            }))
        );
        let chart = |object: &Value| object.pointer("/spec/deployment/helm/ociRepository").cloned();
        let by_tag = written(&json!({"repository": "registry/gardenlet", "tag": "1.147.3"})).unwrap();
        assert_eq!(chart(&by_tag), Some(json!({"tag": "1.148.4"})), "as the tag was");
        let odd = written(&json!({"ref": "registry/gardenlet:latest"})).unwrap();
        assert_eq!(chart(&odd), Some(json!({"ref": "registry/gardenlet:v1.148.4"})));
    }

    #[test]
    fn what_would_contradict_itself_is_not_written() {
        let why = |repository: &Value| written(repository).unwrap_err().to_string();
        assert!(why(&json!({"ref": "registry/gardenlet:v1.147.3@sha256:abc"})).contains("digest"));
        assert!(why(&json!({"tag": "v1.147.3", "digest": "sha256:abc"})).contains("digest"));
        assert!(why(&json!({"ref": "registry:5000/gardenlet"})).contains("no version"));
        assert!(why(&json!({})).starts_with("Gardenlet/soil cannot be changed"));
        let missing = write(&change(Target::Operator), &[gardenlet(&json!({}))]).unwrap_err();
        assert!(missing.to_string().contains("does not exist"));
    }

    #[test]
    fn the_operator_keeps_its_container_and_the_garden_all_but_its_kubernetes() {
        let operator = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "gardener-operator"},
            "spec": {"template": {"spec": {"containers": [{"name": "operator", "image": "reg/operator:v1.147.3", "env": []}]}}}});
        let garden = json!({"apiVersion": "operator.gardener.cloud/v1alpha1", "kind": "Garden", "metadata": {"name": "local"}});
        let objects = [operator, garden];
        let spec = |target| match write(&change(target), &objects) {
            Ok(Write::Runtime(object)) => object["spec"].clone(),
            other => panic!("{other:?}"),
        };
        let containers = json!([{"name": "operator", "image": "reg/operator:v1.148.4"}]);
        assert_eq!(
            spec(Target::Operator),
            json!({"template": {"spec": {"containers": containers}}})
        );
        assert_eq!(
            spec(Target::Kubernetes),
            json!({"virtualCluster": {"kubernetes": {"version": "1.148.4"}}})
        );
    }
}
