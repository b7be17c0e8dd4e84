//! `Landscape`: what a repository keeps where. The file `landscape.yaml` at the top of a repository, which commands
//! read, and the object that `yake run` follows in the runtime cluster, are the same.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::duration::Period;

/// A landscape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Landscape {
    /// `yake.alasca.cloud/v1alpha1`.
    pub api_version: String,
    /// `Landscape`.
    pub kind: String,
    /// Name and namespace.
    pub metadata: LandscapeMetadata,
    /// What is wanted.
    pub spec: LandscapeSpec,
}

/// What the file says of itself. Objects of a cluster carry more, which is not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LandscapeMetadata {
    /// Name of the landscape.
    pub name: String,
    /// Namespace of the runtime cluster that holds inventories and the Secrets that are named here.
    #[serde(default = "garden")]
    pub namespace: String,
}

fn garden() -> String {
    "garden".to_owned()
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct LandscapeSpec {
    /// Where `yake run` fetches from. Commands on a folder do without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<GitSource>,
    /// The file with the versions, below the folder of the landscape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions: Option<String>,
    /// Where the keys of encrypted files are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decryption: Option<Decryption>,
    /// Variables of all units.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub substitute: BTreeMap<String, String>,
    /// Objects of the runtime cluster that hold variables of all units; what is written here wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub substitute_from: Vec<SubstituteFrom>,
    /// Nothing of it is touched.
    #[serde(default)]
    pub suspend: bool,
    /// How the virtual garden is reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virtual_garden: Option<VirtualGarden>,
    /// What is kept, part by part. In a cluster it may be left to the file of the repository.
    #[serde(default)]
    pub units: Vec<LandscapeUnit>,
}

/// A Git repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GitSource {
    /// `https://`, `http://`, `ssh://` or `file://`.
    pub url: String,
    /// Which revision; the branch `master` by default, as with Flux.
    #[serde(default, rename = "ref")]
    pub reference: GitReference,
    /// Secret with credentials, by the keys that Flux knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<SecretName>,
    /// Folder of the landscape in the repository.
    #[serde(default = "here", skip_serializing_if = "is_here")]
    pub path: String,
    /// How often it is looked at.
    #[serde(default = "minute")]
    pub interval: Period,
    /// How long a fetch may take.
    #[serde(default = "minute")]
    pub timeout: Period,
}

fn here() -> String {
    ".".to_owned()
}

fn is_here(path: &str) -> bool {
    path == "."
}

const fn minute() -> Period {
    Period::seconds(60)
}

/// Which revision: the first that is given of commit, name, range of versions, tag, branch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct GitReference {
    /// Branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The newest tag in a range of versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub semver: Option<String>,
    /// A whole reference, `refs/pull/1/head`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// Name of a Secret of the same namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretName {
    /// Name.
    pub name: String,
}

/// Where the keys of encrypted files are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Decryption {
    /// Secret whose data keys that end in `.agekey` hold age identities.
    pub secret_ref: SecretName,
}

/// How the virtual garden is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct VirtualGarden {
    /// Secret with a kubeconfig, read anew for every pass because tokens rotate.
    pub secret_ref: SecretKey,
}

/// A key of a Secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretKey {
    /// Name.
    pub name: String,
    /// Key; `value`, `value.yaml` and `kubeconfig` are looked for by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// An object that holds variables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubstituteFrom {
    /// Kind.
    pub kind: SubstituteKind,
    /// Name.
    pub name: String,
    /// It may be absent.
    #[serde(default)]
    pub optional: bool,
}

/// Kinds that may hold variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SubstituteKind {
    /// `ConfigMap`.
    ConfigMap,
    /// `Secret`.
    Secret,
}

/// Which cluster.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Cluster {
    /// Where Gardener's operator runs.
    #[default]
    Runtime,
    /// The virtual garden.
    Virtual,
}

/// What is done about objects that differ from Git.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Drift {
    /// They are put right at once.
    #[default]
    Correct,
    /// They are told of.
    Warn,
    /// Nobody looks.
    Off,
}

/// Members that somebody else may set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ignore {
    /// JSON pointers, `/spec/replicas`.
    pub paths: Vec<String>,
    /// Of which objects; of all where nothing is named.
    #[serde(default)]
    pub target: IgnoreTarget,
}

/// Which objects a rule is about. What is not given fits all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IgnoreTarget {
    /// API group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A part of a landscape: a folder, and the cluster that it describes.
#[expect(
    clippy::struct_excessive_bools,
    reason = "what people write in YAML is true or false"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct LandscapeUnit {
    /// Name, unique in the landscape.
    pub name: String,
    /// Folder, below the folder of the landscape.
    pub path: String,
    /// Where its objects belong.
    #[serde(default)]
    pub cluster: Cluster,
    /// Units that have to be ready first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    /// Objects that are gone from Git are deleted.
    #[serde(default = "yes")]
    pub prune: bool,
    /// It may build to nothing, which is taken for a mistake otherwise: nothing is deleted then.
    #[serde(default)]
    pub allow_empty: bool,
    /// The unit is ready when its objects are.
    #[serde(default = "yes")]
    pub wait: bool,
    /// What is done about objects that differ from Git.
    #[serde(default)]
    pub drift: Drift,
    /// Members that somebody else may set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<Ignore>,
    /// How often it is gone through without a reason.
    #[serde(default = "ten_minutes")]
    pub interval: Period,
    /// How long after a failure it is tried again.
    #[serde(default = "minute")]
    pub retry_interval: Period,
    /// How long its objects may take to become ready.
    #[serde(default = "five_minutes")]
    pub timeout: Period,
    /// It is not touched.
    #[serde(default)]
    pub suspend: bool,
    /// Objects with members that cannot change are made anew.
    #[serde(default)]
    pub force: bool,
    /// Its own variables; they win over the landscape's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub substitute: BTreeMap<String, String>,
}

const fn yes() -> bool {
    true
}

const fn five_minutes() -> Period {
    Period::seconds(300)
}

const fn ten_minutes() -> Period {
    Period::seconds(600)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_file_says_all_that_is_needed() {
        let text = "apiVersion: yake.alasca.cloud/v1alpha1\nkind: Landscape\nmetadata: {name: dev}\n\
                    spec:\n  units:\n  - {name: runtime, path: runtime}\n";
        let landscape: Landscape = serde_saphyr::from_str(text).unwrap();
        assert_eq!(landscape.metadata.namespace, "garden");
        let [unit] = landscape.spec.units.as_slice() else {
            panic!("one unit")
        };
        assert!(unit.prune && unit.wait && !unit.force);
        assert_eq!((unit.cluster, unit.drift), (Cluster::Runtime, Drift::Correct));
        assert_eq!(unit.interval, Period::seconds(600));
    }

    #[test]
    fn a_field_that_does_not_exist_is_an_error() {
        let text = "apiVersion: yake.alasca.cloud/v1alpha1\nkind: Landscape\nmetadata: {name: dev}\n\
                    spec:\n  units:\n  - {name: a, path: a, dependson: [b]}\n";
        let error = serde_saphyr::from_str::<Landscape>(text).unwrap_err();
        assert!(error.to_string().contains("dependson"), "{error}");
    }
}
