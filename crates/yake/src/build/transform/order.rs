//! The order of the result.

use super::super::error::BuildError;
use super::super::identity::Kind;
use super::super::load::Loaded;
use super::super::object::Object;

/// Kinds that others need come first.
const FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
/// Kinds that would refuse the others come last.
const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Puts the objects in the order that the kustomization of the folder asks for.
pub(crate) fn sort(objects: &mut [Object], loaded: &Loaded) -> Result<(), BuildError> {
    let options = loaded.kustomization.sort_options.as_ref();
    let legacy = options.and_then(|options| options.legacy_sort_options.as_ref());
    match (options.map(|options| options.order.as_str()), legacy) {
        (Some("fifo"), None) => {}
        (None | Some("legacy"), None) => by_kind(objects, &FIRST, &LAST),
        (Some("legacy"), Some(legacy)) => by_kind(objects, &legacy.order_first, &legacy.order_last),
        (Some("fifo"), Some(_)) => {
            let problem = "is given, but the order is fifo";
            return Err(BuildError::field(
                &loaded.file,
                "sortOptions.legacySortOptions",
                problem,
            ));
        }
        _ => {
            let problem = "knows legacy and fifo only";
            return Err(BuildError::field(&loaded.file, "sortOptions.order", problem));
        }
    }
    Ok(())
}

fn by_kind(objects: &mut [Object], first: &[impl AsRef<str>], last: &[impl AsRef<str>]) {
    objects.sort_by_cached_key(|object| {
        let kind = object.kind();
        let rank = match (position(last, &kind.kind), position(first, &kind.kind)) {
            (Some(index), _) => (2, index),
            (None, Some(index)) => (0, index),
            (None, None) => (1, 0),
        };
        let or = |text: &str, none: &str| {
            if text.is_empty() {
                none.to_owned()
            } else {
                text.to_owned()
            }
        };
        let Kind { group, version, kind } = kind;
        let sort_of = format!("{}_{version}_{kind}", or(&group, "~G"));
        let name = format!("{}|{}", or(object.namespace(), "~X"), or(object.name(), "~N"));
        (rank, sort_of, name)
    });
}

fn position(list: &[impl AsRef<str>], kind: &str) -> Option<usize> {
    list.iter().position(|name| name.as_ref() == kind)
}
