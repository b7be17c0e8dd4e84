//! In which order the kinds of one cluster are applied; they are removed in the opposite one.
//!
//! Generic kinds stand as Flux has them; Gardener's stand where what they name exists before them: on the runtime
//! cluster Secrets, then Extensions, then the Garden; in the virtual garden Projects (which make namespaces), then
//! Secrets, profiles and quotas, bindings, gardenlets, shoots, and seeds made of shoots.

use serde_json::Value;

use super::observed::Observed;

const CORE: &str = "core.gardener.cloud";
const OPERATOR: &str = "operator.gardener.cloud";
const SECURITY: &str = "security.gardener.cloud";
const SEEDS: &str = "seedmanagement.gardener.cloud";

/// Group and kind, first to last. `*` stands for every kind that is not named.
const ORDER: [(&str, &str); 44] = [
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("", "Namespace"),
    (CORE, "Project"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("node.k8s.io", "RuntimeClass"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("storage.k8s.io", "StorageClass"),
    ("snapshot.storage.k8s.io", "VolumeSnapshotClass"),
    ("networking.k8s.io", "IngressClass"),
    ("gateway.networking.k8s.io", "GatewayClass"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("", "ResourceQuota"),
    ("", "ServiceAccount"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
    ("", "ConfigMap"),
    ("", "Secret"),
    ("", "Service"),
    ("", "LimitRange"),
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("batch", "CronJob"),
    ("policy", "PodDisruptionBudget"),
    ("*", "*"),
    (OPERATOR, "Extension"),
    (OPERATOR, "Garden"),
    (CORE, "ExposureClass"),
    (CORE, "ControllerDeployment"),
    (CORE, "ControllerRegistration"),
    (CORE, "CloudProfile"),
    (CORE, "NamespacedCloudProfile"),
    (CORE, "Quota"),
    (SECURITY, "WorkloadIdentity"),
    (SECURITY, "CredentialsBinding"),
    (CORE, "SecretBinding"),
    (SEEDS, "Gardenlet"),
    (CORE, "Seed"),
    (CORE, "Shoot"),
    (SEEDS, "ManagedSeed"),
    (SEEDS, "ManagedSeedSet"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
];

/// Kinds on which later ones stand: nothing of a later rank is applied before they are healthy
/// ([`health`](super::health)). A project is what makes the namespace; a Garden refuses extensions that are not there.
const AWAITED: [(&str, &str); 3] = [(CORE, "Project"), (OPERATOR, "Extension"), (OPERATOR, "Garden")];

/// An object that another one stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// API group.
    pub group: &'static str,
    /// Kind.
    pub kind: &'static str,
    /// Namespace.
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
}

/// Place of a kind among those of its cluster.
pub fn rank(group: &str, kind: &str) -> usize {
    let place = |wanted: (&str, &str)| ORDER.iter().position(|entry| *entry == wanted);
    place((group, kind))
        .or_else(|| place(("*", "*")))
        .unwrap_or(ORDER.len())
}

/// Whether objects of later ranks wait until those of this kind are healthy.
pub fn is_awaited(group: &str, kind: &str) -> bool {
    AWAITED.contains(&(group, kind))
}

/// What has to be healthy before this very object is applied: the shoot of which a seed is made.
pub fn requirement(object: &Value) -> Option<Requirement> {
    let observed = Observed::new(object);
    if (observed.group(), observed.kind()) != (SEEDS, "ManagedSeed") {
        return None;
    }
    Some(Requirement {
        group: CORE,
        kind: "Shoot",
        namespace: observed.namespace().map(str::to_owned),
        name: observed.text("/spec/shoot/name")?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn in_order(kinds: &[(&str, &str)]) {
        let ranks: Vec<usize> = kinds.iter().map(|(group, kind)| rank(group, kind)).collect();
        assert!(
            ranks.is_sorted_by(|one, other| one < other),
            "{kinds:?}: {ranks:?}"
        );
    }

    #[test]
    fn what_is_named_comes_before_what_names_it() {
        in_order(&[
            ("", "Namespace"),
            ("", "Secret"),
            (OPERATOR, "Extension"),
            (OPERATOR, "Garden"),
        ]);
        in_order(&[
            (CORE, "Project"),
            ("", "Secret"),
            (CORE, "CloudProfile"),
            (CORE, "Quota"),
            (SECURITY, "CredentialsBinding"),
            (SEEDS, "Gardenlet"),
            (CORE, "Shoot"),
            (SEEDS, "ManagedSeed"),
        ]);
        in_order(&[
            ("apiextensions.k8s.io", "CustomResourceDefinition"),
            ("", "Namespace"),
            ("apps", "Deployment"),
            ("example.org", "Anything"),
            ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ]);
    }

    #[test]
    fn kinds_of_the_same_name_in_other_groups_are_others() {
        let unnamed = rank("example.org", "Anything");
        assert_eq!(rank("extensions.gardener.cloud", "Extension"), unnamed);
        assert_eq!(rank("example.org", "Secret"), unnamed);
        assert!(!is_awaited("extensions.gardener.cloud", "Extension"));
        assert!(is_awaited(OPERATOR, "Extension"));
    }

    #[test]
    fn a_managed_seed_waits_for_its_own_shoot() {
        let seed = json!({"apiVersion": "seedmanagement.gardener.cloud/v1alpha1", "kind": "ManagedSeed",
            "metadata": {"name": "eu", "namespace": "garden"}, "spec": {"shoot": {"name": "eu"}}});
        let shoot = requirement(&seed).unwrap();
        assert_eq!(
            (shoot.kind, shoot.namespace.as_deref(), shoot.name.as_str()),
            ("Shoot", Some("garden"), "eu")
        );
        assert_eq!(requirement(&json!({"apiVersion": "v1", "kind": "Secret"})), None);
    }
}
