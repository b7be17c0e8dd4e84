//! Units and sources as Flux has them: read off objects of an existing repository or cluster, so that users move unit
//! by unit. What is not kept (yet) is an error that names the field; nothing is passed over in silence.

use serde::Deserialize;
use serde_json::Value;

use super::duration::Period;
use super::landscape::{
    Cluster, Decryption, Drift, GitReference, GitSource, LandscapeSpec, LandscapeUnit, SecretKey, SecretName,
    SubstituteFrom, VirtualGarden,
};

/// Name of the only unit that a Kustomization stands for.
pub const FLUX_UNIT: &str = "kustomization";

/// A Kustomization that Yake cannot keep.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FluxError {
    /// A member is not understood.
    #[error("spec: {0}")]
    Shape(String),
    /// A member asks for what is not built.
    #[error("spec.{field} {problem}")]
    Unsupported {
        /// Which.
        field: &'static str,
        /// What is wrong, and the way out.
        problem: &'static str,
    },
}

/// Of a Kustomization, what Yake makes a unit of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FluxUnit {
    /// The unit as a landscape of its own; its source is still to be filled in.
    pub spec: LandscapeSpec,
    /// Where the source is: namespace (its own if none) and name of a `GitRepository`.
    pub source: NamespacedName,
    /// Kustomizations that have to be ready first.
    pub depends_on: Vec<NamespacedName>,
}

/// An object by name, in its own namespace or another.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NamespacedName {
    /// Name.
    pub name: String,
    /// Namespace; that of whoever names it, if none.
    #[serde(default)]
    pub namespace: Option<String>,
}

/// The members of a Kustomization's specification that are not settings of the build.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    interval: Period,
    retry_interval: Option<Period>,
    timeout: Option<Period>,
    path: Option<String>,
    #[serde(default)]
    prune: bool,
    #[serde(default)]
    wait: bool,
    #[serde(default)]
    force: bool,
    source_ref: SourceRef,
    #[serde(default)]
    depends_on: Vec<Dependency>,
    #[serde(default)]
    health_checks: Vec<Value>,
    #[serde(default)]
    health_check_exprs: Vec<Value>,
    post_build: Option<PostBuild>,
    decryption: Option<FluxDecryption>,
    kube_config: Option<KubeConfig>,
    service_account_name: Option<String>,
}

#[derive(Debug, Deserialize)]
struct SourceRef {
    kind: String,
    name: String,
    namespace: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dependency {
    #[serde(flatten)]
    on: NamespacedName,
    ready_expr: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PostBuild {
    substitute: std::collections::BTreeMap<String, String>,
    substitute_from: Vec<SubstituteFrom>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FluxDecryption {
    provider: String,
    secret_ref: Option<SecretName>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KubeConfig {
    secret_ref: Option<SecretKey>,
}

impl FluxUnit {
    /// Reads the `spec` of a Kustomization.
    pub fn read(spec: &Value) -> Result<Self, FluxError> {
        let spec: Spec =
            serde_json::from_value(spec.clone()).map_err(|error| FluxError::Shape(error.to_string()))?;
        refuse(&spec)?;
        let virtual_garden = spec
            .kube_config
            .and_then(|kube_config| kube_config.secret_ref)
            .map(|secret_ref| VirtualGarden { secret_ref });
        let post_build = spec.post_build.unwrap_or_default();
        let unit = LandscapeUnit {
            name: FLUX_UNIT.to_owned(),
            path: spec.path.unwrap_or_else(|| ".".to_owned()),
            cluster: if virtual_garden.is_some() {
                Cluster::Virtual
            } else {
                Cluster::Runtime
            },
            depends_on: Vec::new(),
            prune: spec.prune,
            allow_empty: false,
            wait: spec.wait || !spec.health_checks.is_empty(),
            drift: Drift::Correct,
            ignore: Vec::new(),
            interval: spec.interval,
            retry_interval: spec.retry_interval.unwrap_or(spec.interval),
            timeout: spec.timeout.unwrap_or(spec.interval),
            suspend: false,
            force: spec.force,
            substitute: post_build.substitute,
        };
        Ok(Self {
            spec: LandscapeSpec {
                source: None,
                versions: None,
                decryption: spec
                    .decryption
                    .and_then(|decryption| decryption.secret_ref)
                    .map(|secret_ref| Decryption { secret_ref }),
                substitute: std::collections::BTreeMap::new(),
                substitute_from: post_build.substitute_from,
                suspend: false,
                virtual_garden,
                units: vec![unit],
            },
            source: NamespacedName {
                name: spec.source_ref.name,
                namespace: spec.source_ref.namespace,
            },
            depends_on: spec
                .depends_on
                .into_iter()
                .map(|dependency| dependency.on)
                .collect(),
        })
    }
}

fn refuse(spec: &Spec) -> Result<(), FluxError> {
    let refused = [
        (
            spec.source_ref.kind != "GitRepository",
            "sourceRef.kind",
            "must be GitRepository; other sources are not kept yet",
        ),
        (
            !spec.health_check_exprs.is_empty(),
            "healthCheckExprs",
            "is not kept yet; Gardener's kinds are judged without, so take it out",
        ),
        (
            spec.service_account_name.is_some(),
            "serviceAccountName",
            "is not kept yet; take it out, or leave the Kustomization to Flux",
        ),
        (
            spec.kube_config
                .as_ref()
                .is_some_and(|kube_config| kube_config.secret_ref.is_none()),
            "kubeConfig",
            "must name a Secret in secretRef",
        ),
        (
            spec.decryption
                .as_ref()
                .is_some_and(|decryption| decryption.provider != "sops"),
            "decryption.provider",
            "must be sops",
        ),
        (
            spec.depends_on
                .iter()
                .any(|dependency| dependency.ready_expr.is_some()),
            "dependsOn.readyExpr",
            "is not kept yet; take it out",
        ),
    ];
    match refused.into_iter().find(|(is_asked, ..)| *is_asked) {
        Some((_, field, problem)) => Err(FluxError::Unsupported { field, problem }),
        None => Ok(()),
    }
}

/// The members of a `GitRepository`'s specification that are read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Repository {
    url: String,
    #[serde(default, rename = "ref")]
    reference: GitReference,
    secret_ref: Option<SecretName>,
    interval: Period,
    timeout: Option<Period>,
    #[serde(default)]
    include: Vec<Value>,
    #[serde(default)]
    recurse_submodules: bool,
    verify: Option<Value>,
}

/// Reads the `spec` of a `GitRepository`.
pub fn git_source(spec: &Value) -> Result<GitSource, FluxError> {
    let spec: Repository =
        serde_json::from_value(spec.clone()).map_err(|error| FluxError::Shape(error.to_string()))?;
    let refused = [
        (
            !spec.include.is_empty(),
            "include",
            "is not kept: its revisions may be stale",
        ),
        (spec.recurse_submodules, "recurseSubmodules", "is not kept yet"),
        (
            spec.verify.is_some(),
            "verify",
            "is not kept yet; a source whose signatures matter stays with Flux",
        ),
    ];
    if let Some((_, field, problem)) = refused.into_iter().find(|(is_asked, ..)| *is_asked) {
        return Err(FluxError::Unsupported { field, problem });
    }
    Ok(GitSource {
        url: spec.url,
        reference: spec.reference,
        secret_ref: spec.secret_ref,
        path: ".".to_owned(),
        interval: spec.interval,
        timeout: spec.timeout.unwrap_or(Period::seconds(60)),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_kustomization_is_a_landscape_of_one_unit() {
        let spec = json!({"interval": "10m", "retryInterval": "30s", "path": "./config", "prune": true, "wait": true,
            "sourceRef": {"kind": "GitRepository", "name": "yake"},
            "dependsOn": [{"name": "gardener"}],
            "kubeConfig": {"secretRef": {"name": "gardener-internal-kubeconfig"}},
            "postBuild": {"substitute": {"region": "eu"}, "substituteFrom": [{"kind": "Secret", "name": "s"}]},
            "decryption": {"provider": "sops", "secretRef": {"name": "age"}},
            "targetNamespace": "garden", "patches": []});
        let flux = FluxUnit::read(&spec).unwrap();
        assert_eq!(flux.source.name, "yake");
        assert_eq!(flux.depends_on[0].name, "gardener");
        let [unit] = flux.spec.units.as_slice() else {
            panic!("one unit")
        };
        assert_eq!((unit.path.as_str(), unit.cluster), ("./config", Cluster::Virtual));
        assert_eq!(unit.retry_interval, Period::seconds(30));
        assert_eq!(unit.substitute["region"], "eu");
        assert_eq!(flux.spec.substitute_from.len(), 1);
    }

    #[test]
    fn what_is_not_kept_is_refused_by_name() {
        let with = |name: &str, value: Value| {
            let mut spec = json!({"interval": "10m", "prune": true,
                "sourceRef": {"kind": "GitRepository", "name": "yake"}});
            spec[name] = value;
            FluxUnit::read(&spec).unwrap_err().to_string()
        };
        assert!(with("serviceAccountName", json!("x")).starts_with("spec.serviceAccountName"));
        assert!(with("sourceRef", json!({"kind": "Bucket", "name": "x"})).starts_with("spec.sourceRef.kind"));
        assert!(with("healthCheckExprs", json!([{}])).starts_with("spec.healthCheckExprs"));
        let spec = json!({"url": "https://example.test/a", "interval": "1m", "verify": {"mode": "HEAD"}});
        assert!(
            git_source(&spec)
                .unwrap_err()
                .to_string()
                .starts_with("spec.verify")
        );
    }
}
