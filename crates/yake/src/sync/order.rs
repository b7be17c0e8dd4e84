//! Stages: parts of a unit that are applied one after the other. The order of kinds is the landscape's
//! ([`crate::landscape::order`]); a stage begins where what comes has to find what went before.

use common::kube::ObjectId;

use super::inventory::Entry;
use super::manifest::Manifest;
use crate::landscape::order;

/// A stage: its name, and the group and kind with which it begins.
const STAGES: [(&str, &str, &str); 12] = [
    ("definitions", "apiextensions.k8s.io", "CustomResourceDefinition"),
    ("projects", "core.gardener.cloud", "Project"),
    ("classes", "rbac.authorization.k8s.io", "ClusterRole"),
    ("objects", "rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("extensions", "operator.gardener.cloud", "Extension"),
    ("garden", "operator.gardener.cloud", "Garden"),
    ("profiles", "core.gardener.cloud", "ExposureClass"),
    ("bindings", "security.gardener.cloud", "WorkloadIdentity"),
    ("gardenlets", "seedmanagement.gardener.cloud", "Gardenlet"),
    ("shoots", "core.gardener.cloud", "Shoot"),
    ("managed-seeds", "seedmanagement.gardener.cloud", "ManagedSeed"),
    (
        "webhooks",
        "admissionregistration.k8s.io",
        "ValidatingAdmissionPolicy",
    ),
];

/// Place of a stage among all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StageNumber(usize);

impl StageNumber {
    /// The stage of an object.
    pub fn of(id: &ObjectId) -> Self {
        let rank = order::rank(id.group(), &id.kind);
        let begun = STAGES
            .iter()
            .filter(|(_, group, kind)| order::rank(group, kind) <= rank);
        Self(begun.count().saturating_sub(1))
    }

    /// Name of the stage.
    pub fn name(self) -> &'static str {
        STAGES.get(self.0).map_or("objects", |(name, ..)| name)
    }

    /// Definitions: whatever comes later may be made of them.
    pub fn is_of_definitions(self) -> bool {
        self.0 == 0
    }
}

/// Puts manifests in the order in which they are applied; objects are deleted in reverse.
pub fn sort(manifests: &mut [Manifest]) {
    manifests.sort_by_cached_key(|manifest| key(&manifest.id));
}

/// Puts entries of an inventory in the order in which they are applied.
pub(super) fn sort_entries(entries: &mut [Entry]) {
    entries.sort_by_cached_key(|entry| key(&entry.id));
}

fn key(id: &ObjectId) -> (usize, ObjectId) {
    (order::rank(id.group(), &id.kind), id.clone())
}

/// Manifests in order, stage by stage; only stages that have some.
pub fn stages(mut manifests: Vec<Manifest>) -> Vec<(StageNumber, Vec<Manifest>)> {
    sort(&mut manifests);
    let mut stages: Vec<(StageNumber, Vec<Manifest>)> = Vec::new();
    for manifest in manifests {
        let number = StageNumber::of(&manifest.id);
        match stages.last_mut().filter(|(last, _)| *last == number) {
            Some((_, members)) => members.push(manifest),
            None => stages.push((number, vec![manifest])),
        }
    }
    stages
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(api_version: &str, kind: &str) -> &'static str {
        StageNumber::of(&ObjectId {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: None,
            name: "a".to_owned(),
        })
        .name()
    }

    #[test]
    fn kinds_are_in_the_stage_that_is_named_after_them() {
        for (api_version, kind, expected) in [
            ("v1", "Namespace", "definitions"),
            ("v1", "Secret", "objects"),
            ("example.test/v1", "Widget", "objects"),
            ("storage.k8s.io/v1", "StorageClass", "classes"),
            ("operator.gardener.cloud/v1alpha1", "Extension", "extensions"),
            ("operator.gardener.cloud/v1alpha1", "Garden", "garden"),
            ("core.gardener.cloud/v1beta1", "CloudProfile", "profiles"),
            ("core.gardener.cloud/v1beta1", "Shoot", "shoots"),
            (
                "admissionregistration.k8s.io/v1",
                "ValidatingWebhookConfiguration",
                "webhooks",
            ),
        ] {
            assert_eq!(stage(api_version, kind), expected, "{kind}");
        }
    }
}
