//! Which objects come before which: stages that are applied one after the other, and the order within a stage.

use common::kube::ObjectId;

use super::inventory::Entry;
use super::manifest::Manifest;

/// A part of a unit that is applied as a whole, after the parts before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// What others are made of: definitions, namespaces, cluster roles. Established before anything else.
    Definitions,
    /// Classes that others name.
    Classes,
    /// Projects: their namespaces hold the rest of what a tenant has.
    Projects,
    /// Everything without a rank of its own.
    Rest,
    /// Extensions of Gardener: installed before the garden that needs them.
    Extensions,
    /// The garden.
    Garden,
    /// Profiles and quotas.
    Profiles,
    /// Bindings of credentials.
    Bindings,
    /// Agents that register seeds.
    Gardenlets,
    /// Clusters of tenants.
    Shoots,
    /// Clusters that become seeds.
    ManagedSeeds,
    /// What judges requests: last, for it may refuse the others.
    Webhooks,
}

/// Kinds with a rank of their own: group, kind, rank. Gardener's order is that of its own documents: what is named
/// has to be there before whoever names it.
const RANKS: [(&str, &str, Rank); 20] = [
    (
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        Rank::Definitions,
    ),
    ("", "Namespace", Rank::Definitions),
    ("rbac.authorization.k8s.io", "ClusterRole", Rank::Definitions),
    ("operator.gardener.cloud", "Extension", Rank::Extensions),
    ("operator.gardener.cloud", "Garden", Rank::Garden),
    ("core.gardener.cloud", "Project", Rank::Projects),
    ("core.gardener.cloud", "CloudProfile", Rank::Profiles),
    ("core.gardener.cloud", "NamespacedCloudProfile", Rank::Profiles),
    ("core.gardener.cloud", "Quota", Rank::Profiles),
    ("core.gardener.cloud", "ExposureClass", Rank::Profiles),
    ("core.gardener.cloud", "ControllerDeployment", Rank::Profiles),
    ("core.gardener.cloud", "ControllerRegistration", Rank::Profiles),
    ("security.gardener.cloud", "CredentialsBinding", Rank::Bindings),
    ("core.gardener.cloud", "SecretBinding", Rank::Bindings),
    ("seedmanagement.gardener.cloud", "Gardenlet", Rank::Gardenlets),
    ("core.gardener.cloud", "Shoot", Rank::Shoots),
    ("seedmanagement.gardener.cloud", "ManagedSeed", Rank::ManagedSeeds),
    (
        "seedmanagement.gardener.cloud",
        "ManagedSeedSet",
        Rank::ManagedSeeds,
    ),
    (
        "admissionregistration.k8s.io",
        "MutatingWebhookConfiguration",
        Rank::Webhooks,
    ),
    (
        "admissionregistration.k8s.io",
        "ValidatingWebhookConfiguration",
        Rank::Webhooks,
    ),
];

/// Order within a stage, as Flux applies.
const ORDER: [&str; 22] = [
    "CustomResourceDefinition",
    "Namespace",
    "ClusterRole",
    "RuntimeClass",
    "PriorityClass",
    "StorageClass",
    "VolumeSnapshotClass",
    "IngressClass",
    "GatewayClass",
    "ClusterRoleBinding",
    "ResourceQuota",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ConfigMap",
    "Secret",
    "Service",
    "LimitRange",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

impl Rank {
    /// The rank of an object.
    pub fn of(id: &ObjectId) -> Self {
        let own = RANKS
            .iter()
            .find(|(group, kind, _)| *group == id.group() && *kind == id.kind);
        match own {
            Some((.., rank)) => *rank,
            None if id.kind.ends_with("Class") => Self::Classes,
            None => Self::Rest,
        }
    }

    /// Whether the next stage waits until the objects of this one are well, and not only until they are there.
    pub fn is_a_gate(self) -> bool {
        match self {
            Self::Definitions | Self::Extensions | Self::Garden | Self::Projects | Self::Shoots => true,
            Self::Classes
            | Self::Rest
            | Self::Profiles
            | Self::Bindings
            | Self::Gardenlets
            | Self::ManagedSeeds
            | Self::Webhooks => false,
        }
    }

    /// Name of the stage.
    pub fn name(self) -> &'static str {
        match self {
            Self::Definitions => "definitions",
            Self::Classes => "classes",
            Self::Rest => "objects",
            Self::Extensions => "extensions",
            Self::Garden => "garden",
            Self::Projects => "projects",
            Self::Profiles => "profiles",
            Self::Bindings => "bindings",
            Self::Gardenlets => "gardenlets",
            Self::Shoots => "shoots",
            Self::ManagedSeeds => "managed-seeds",
            Self::Webhooks => "webhooks",
        }
    }
}

/// Puts manifests in the order in which they are applied; objects are deleted in reverse.
pub fn sort(manifests: &mut [Manifest]) {
    manifests.sort_by_cached_key(|manifest| key(&manifest.id));
}

fn key(id: &ObjectId) -> (Rank, usize, ObjectId) {
    let within = ORDER
        .iter()
        .position(|kind| *kind == id.kind)
        .unwrap_or(ORDER.len());
    (Rank::of(id), within, id.clone())
}

/// Manifests in order, stage by stage; only stages that have some.
pub fn stages(mut manifests: Vec<Manifest>) -> Vec<(Rank, Vec<Manifest>)> {
    sort(&mut manifests);
    let mut stages: Vec<(Rank, Vec<Manifest>)> = Vec::new();
    for manifest in manifests {
        let rank = Rank::of(&manifest.id);
        match stages.last_mut().filter(|(last, _)| *last == rank) {
            Some((_, members)) => members.push(manifest),
            None => stages.push((rank, vec![manifest])),
        }
    }
    stages
}

/// Puts entries of an inventory in the order in which they are applied.
pub(super) fn sort_entries(entries: &mut [Entry]) {
    entries.sort_by_cached_key(|entry| key(&entry.id));
}
