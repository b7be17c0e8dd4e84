//! Fields that name objects: a table.

/// Where the named object lives, and of which kind it is.
#[derive(Clone, Copy)]
pub(super) enum Target {
    /// A Secret of the namespace `garden`.
    GardenSecret,
    /// A `ConfigMap` of the namespace `garden`.
    GardenConfigMap,
    /// An object of the namespace `garden`, by kind and name.
    GardenResource,
    /// An object of the same namespace, by kind and name.
    Resource,
    /// An object by kind, namespace and name.
    Full,
    /// An object of a kind of the same namespace.
    Beside(&'static str, &'static str),
    /// An object of a kind outside of namespaces.
    Cluster(&'static str, &'static str),
    /// A profile: by kind and name, outside of namespaces or in the same one.
    Profile,
}

use Target::{Beside, Cluster, Full, GardenConfigMap, GardenResource, GardenSecret, Profile, Resource};

/// A kind, a field of it that names an object, and what that is.
pub(super) type Field = (&'static str, &'static str, &'static str, Target);

const OPERATOR: &str = "operator.gardener.cloud";
pub(super) const CORE: &str = "core.gardener.cloud";
const SECURITY: &str = "security.gardener.cloud";
const SEEDS: &str = "seedmanagement.gardener.cloud";

pub(super) const FIELDS: &[Field] = &[
    (
        OPERATOR,
        "Garden",
        "spec.dns.providers[*].secretRef.name",
        GardenSecret,
    ),
    (
        OPERATOR,
        "Garden",
        "spec.virtualCluster.etcd.main.backup.secretRef.name",
        GardenSecret,
    ),
    (
        OPERATOR,
        "Garden",
        "spec.virtualCluster.kubernetes.kubeAPIServer.auditWebhook.kubeconfigSecretName",
        GardenSecret,
    ),
    (
        OPERATOR,
        "Garden",
        "spec.virtualCluster.kubernetes.kubeAPIServer.authentication.webhook.kubeconfigSecretName",
        GardenSecret,
    ),
    (
        OPERATOR,
        "Garden",
        "spec.virtualCluster.kubernetes.kubeAPIServer.sni.secretName",
        GardenSecret,
    ),
    (
        OPERATOR,
        "Garden",
        "spec.virtualCluster.kubernetes.kubeAPIServer.admissionPlugins[*].kubeconfigSecretName",
        GardenSecret,
    ),
    (
        OPERATOR,
        "Garden",
        "spec.virtualCluster.kubernetes.kubeAPIServer.auditConfig.auditPolicy.configMapRef.name",
        GardenConfigMap,
    ),
    (
        OPERATOR,
        "Garden",
        "spec.virtualCluster.kubernetes.kubeAPIServer.structuredAuthentication.configMapName",
        GardenConfigMap,
    ),
    (
        OPERATOR,
        "Garden",
        "spec.virtualCluster.kubernetes.kubeAPIServer.structuredAuthorization.configMapName",
        GardenConfigMap,
    ),
    (
        OPERATOR,
        "Garden",
        "spec.virtualCluster.kubernetes.kubeAPIServer.structuredAuthorization.kubeconfigs[*].secretName",
        GardenSecret,
    ),
    (
        OPERATOR,
        "Garden",
        "spec.virtualCluster.gardener.gardenerAPIServer.auditConfig.auditPolicy.configMapRef.name",
        GardenConfigMap,
    ),
    (
        OPERATOR,
        "Garden",
        "spec.virtualCluster.gardener.gardenerAPIServer.auditWebhook.kubeconfigSecretName",
        GardenSecret,
    ),
    (
        OPERATOR,
        "Garden",
        "spec.virtualCluster.gardener.gardenerAPIServer.admissionPlugins[*].kubeconfigSecretName",
        GardenSecret,
    ),
    (
        OPERATOR,
        "Garden",
        "spec.virtualCluster.gardener.gardenerDashboard.frontendConfigMapRef.name",
        GardenConfigMap,
    ),
    (
        OPERATOR,
        "Garden",
        "spec.virtualCluster.gardener.gardenerDashboard.assetsConfigMapRef.name",
        GardenConfigMap,
    ),
    (
        OPERATOR,
        "Garden",
        "spec.virtualCluster.gardener.gardenerDashboard.gitHub.secretRef.name",
        GardenSecret,
    ),
    (
        OPERATOR,
        "Garden",
        "spec.virtualCluster.gardener.gardenerDashboard.oidcConfig.secretRef.name",
        GardenSecret,
    ),
    (
        OPERATOR,
        "Garden",
        "spec.virtualCluster.gardener.gardenerDashboard.oidcConfig.certificateAuthoritySecretRef.name",
        GardenSecret,
    ),
    (
        OPERATOR,
        "Garden",
        "spec.virtualCluster.gardener.gardenerDashboard.tlsSecretName",
        GardenSecret,
    ),
    (
        OPERATOR,
        "Garden",
        "spec.virtualCluster.gardener.gardenerDiscoveryServer.tlsSecretName",
        GardenSecret,
    ),
    (
        OPERATOR,
        "Garden",
        "spec.resources[*].resourceRef",
        GardenResource,
    ),
    (
        OPERATOR,
        "Extension",
        "spec.deployment.resources[*].resourceRef",
        GardenResource,
    ),
    (
        OPERATOR,
        "Extension",
        "spec.deployment.extension.helm.ociRepository.pullSecretRef.name",
        GardenSecret,
    ),
    (
        OPERATOR,
        "Extension",
        "spec.deployment.extension.helm.ociRepository.caBundleSecretRef.name",
        GardenSecret,
    ),
    (
        OPERATOR,
        "Extension",
        "spec.deployment.admission.runtimeCluster.helm.ociRepository.pullSecretRef.name",
        GardenSecret,
    ),
    (
        OPERATOR,
        "Extension",
        "spec.deployment.admission.runtimeCluster.helm.ociRepository.caBundleSecretRef.name",
        GardenSecret,
    ),
    (
        OPERATOR,
        "Extension",
        "spec.deployment.admission.virtualCluster.helm.ociRepository.pullSecretRef.name",
        GardenSecret,
    ),
    (
        OPERATOR,
        "Extension",
        "spec.deployment.admission.virtualCluster.helm.ociRepository.caBundleSecretRef.name",
        GardenSecret,
    ),
    (SEEDS, "Gardenlet", "spec.kubeconfigSecretRef.name", GardenSecret),
    (
        SEEDS,
        "Gardenlet",
        "spec.deployment.helm.ociRepository.pullSecretRef.name",
        GardenSecret,
    ),
    (
        SEEDS,
        "Gardenlet",
        "spec.config.seedConfig.spec.backup.credentialsRef",
        Full,
    ),
    (
        SEEDS,
        "Gardenlet",
        "spec.config.seedConfig.spec.dns.provider.credentialsRef",
        Full,
    ),
    (
        SEEDS,
        "ManagedSeed",
        "spec.gardenlet.config.seedConfig.spec.backup.credentialsRef",
        Full,
    ),
    (
        SEEDS,
        "ManagedSeed",
        "spec.gardenlet.config.seedConfig.spec.dns.provider.credentialsRef",
        Full,
    ),
    (SEEDS, "ManagedSeed", "spec.shoot.name", Beside(CORE, "Shoot")),
    (CORE, "Seed", "spec.backup.credentialsRef", Full),
    (CORE, "Seed", "spec.dns.provider.credentialsRef", Full),
    (CORE, "Seed", "spec.dns.internal.credentialsRef", Full),
    (CORE, "NamespacedCloudProfile", "spec.parent", Profile),
    (CORE, "SecretBinding", "secretRef", Full),
    (CORE, "Shoot", "spec.cloudProfile", Profile),
    (
        CORE,
        "Shoot",
        "spec.cloudProfileName",
        Cluster(CORE, "CloudProfile"),
    ),
    (
        CORE,
        "Shoot",
        "spec.credentialsBindingName",
        Beside(SECURITY, "CredentialsBinding"),
    ),
    (
        CORE,
        "Shoot",
        "spec.secretBindingName",
        Beside(CORE, "SecretBinding"),
    ),
    (
        CORE,
        "Shoot",
        "spec.exposureClassName",
        Cluster(CORE, "ExposureClass"),
    ),
    (CORE, "Shoot", "spec.resources[*].resourceRef", Resource),
    (SECURITY, "CredentialsBinding", "credentialsRef", Full),
];
