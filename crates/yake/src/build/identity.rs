//! What an object is: its kind and its name, now and before the build renamed it.

use std::collections::HashSet;
use std::fmt;
use std::sync::LazyLock;

/// Group, version and kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Kind {
    /// API group; empty for the core.
    pub group: String,
    /// Version.
    pub version: String,
    /// Kind.
    pub kind: String,
}

impl Kind {
    /// From the fields of an object.
    pub fn new(api_version: &str, kind: &str) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
        }
    }

    /// What stands in the field `apiVersion`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Each part that the pattern gives is the same.
    pub fn is_selected_by(&self, pattern: &Self) -> bool {
        let fits = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
        fits(&pattern.group, &self.group)
            && fits(&pattern.version, &self.version)
            && fits(&pattern.kind, &self.kind)
    }

    /// Objects of this kind certainly belong to no namespace. Kinds that nobody knows are taken for namespaced.
    pub fn is_cluster_scoped(&self) -> bool {
        static KNOWN: LazyLock<HashSet<(&str, &str, &str)>> =
            LazyLock::new(|| CLUSTER_SCOPED.lines().filter_map(words).collect());
        KNOWN.contains(&(self.group.as_str(), self.version.as_str(), self.kind.as_str()))
    }
}

/// Group, version and kind of a line of a table.
fn words(line: &str) -> Option<(&str, &str, &str)> {
    let (api_version, kind) = line.split_once(' ')?;
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    Some((group, version, kind))
}

/// Kinds outside of namespaces, as the original knows them.
const CLUSTER_SCOPED: &str = include_str!("tables/cluster_scoped.txt");
/// Stands for the namespace of objects that have none.
const NO_NAMESPACE: &str = "_non_namespaceable_";

/// Kind, namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Kind.
    pub kind: Kind,
    /// Namespace: `default` if none is given, a word that is none for kinds outside of namespaces.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl Identity {
    /// From the fields of an object.
    pub fn new(kind: Kind, namespace: &str, name: &str) -> Self {
        let namespace = match namespace {
            _ if kind.is_cluster_scoped() => NO_NAMESPACE,
            "" => "default",
            namespace => namespace,
        };
        Self {
            namespace: namespace.to_owned(),
            kind,
            name: name.to_owned(),
        }
    }

    /// It belongs to no namespace.
    pub fn is_cluster_scoped(&self) -> bool {
        self.namespace == NO_NAMESPACE
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.api_version(), self.kind.kind)?;
        if self.is_cluster_scoped() {
            write!(f, " {}", self.name)
        } else {
            write!(f, " {}/{}", self.namespace, self.name)
        }
    }
}
