//! Versions that the file of versions is in charge of. A manifest's own counts when its object is created; from then
//! on `yake upgrade` moves it, when the gate before it is open.

use super::{Case, Ignored, Instead, left_out};

const WHY: &str = "the file of versions is in charge of it";

/// The chart of a gardenlet.
pub(super) fn gardenlet(case: Case<'_>) -> Vec<Ignored> {
    if case.surroundings.versions.is_none() {
        return Vec::new();
    }
    chart(case, "/spec/deployment/helm/ociRepository")
}

/// The chart of an extension that the file names.
pub(super) fn extension(case: Case<'_>) -> Vec<Ignored> {
    let versions = case.surroundings.versions;
    if versions.is_none_or(|versions| !versions.extensions.contains_key(case.git.name())) {
        return Vec::new();
    }
    chart(case, "/spec/deployment/extension/helm/ociRepository")
}

/// Kubernetes of the virtual garden, where the file names it.
pub(super) fn garden(case: Case<'_>) -> Vec<Ignored> {
    if case
        .surroundings
        .versions
        .is_none_or(|versions| versions.kubernetes.is_none())
    {
        return Vec::new();
    }
    left_out(case, "/spec/virtualCluster/kubernetes/version", WHY)
}

/// The image of the operator.
pub(super) fn operator(case: Case<'_>) -> Vec<Ignored> {
    let image = "/spec/template/spec/containers/0/image";
    let is_operator = case.git.name() == "gardener-operator" && case.git.namespace() == Some("garden");
    match case.live.value(image) {
        Some(live) if is_operator && case.surroundings.versions.is_some() && case.git.has(image) => {
            vec![Ignored {
                pointer: image.to_owned(),
                instead: Instead::Keep(live.clone()),
                why: WHY.to_owned(),
            }]
        }
        _ => Vec::new(),
    }
}

fn chart(case: Case<'_>, repository: &str) -> Vec<Ignored> {
    let members = ["ref", "tag", "digest"];
    members
        .iter()
        .flat_map(|member| left_out(case, &format!("{repository}/{member}"), WHY))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::super::{Surroundings, of};
    use crate::landscape::Version;
    use crate::landscape::upgrade::{Pin, Vector};

    fn ignored(object: &Value, live: Option<&Value>, versions: Option<&Vector>) -> Vec<String> {
        let seeds = BTreeSet::new();
        let found = of(
            object,
            live,
            Surroundings {
                seeds: &seeds,
                versions,
            },
        );
        found.into_iter().map(|ignored| ignored.pointer).collect()
    }

    fn vector() -> Vector {
        let pin = Pin {
            version: Version::new(1, 59, 1),
            library: None,
        };
        Vector {
            gardener: Version::new(1, 148, 4),
            kubernetes: Some(Version::new(1, 34, 2)),
            extensions: [("calico".to_owned(), pin)].into(),
            requires: [].into(),
            acknowledged: [].into(),
        }
    }

    fn extension(name: &str) -> Value {
        json!({"apiVersion": "operator.gardener.cloud/v1alpha1", "kind": "Extension", "metadata": {"name": name},
            "spec": {"deployment": {"extension": {"helm": {"ociRepository": {"ref": "reg/calico:v1.59.0"}}}}}})
    }

    #[test]
    fn the_file_of_versions_is_in_charge_of_what_it_names_once_that_exists() {
        let (named, other) = (extension("calico"), extension("other"));
        let pointer = "/spec/deployment/extension/helm/ociRepository/ref";
        assert_eq!(ignored(&named, Some(&named), Some(&vector())), [pointer]);
        assert_eq!(
            ignored(&named, None, Some(&vector())),
            [""; 0],
            "the first one comes with the manifest's"
        );
        assert_eq!(ignored(&named, Some(&named), None), [""; 0]);
        assert_eq!(ignored(&other, Some(&other), Some(&vector())), [""; 0]);
        let operator = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "gardener-operator", "namespace": "garden"},
            "spec": {"template": {"spec": {"containers": [{"name": "operator", "image": "reg/operator:v1.147.3"}]}}}});
        assert_eq!(ignored(&operator, Some(&operator), Some(&vector())).len(), 1);
        let garden = json!({"apiVersion": "operator.gardener.cloud/v1alpha1", "kind": "Garden",
            "metadata": {"name": "local"}, "spec": {"virtualCluster": {"kubernetes": {"version": "1.34.1"}}}});
        assert_eq!(ignored(&garden, Some(&garden), Some(&vector())).len(), 1);
    }
}
