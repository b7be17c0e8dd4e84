//! What Gardener would refuse, and what objects need of each other.

use yake::check::{Rule, Severity};

use crate::given::{GARDEN, findings, said};

const EXTENSION: &str = "\
apiVersion: operator.gardener.cloud/v1alpha1
kind: Extension
metadata: {name: provider-openstack}
spec:
  resources:
  - {kind: BackupBucket, type: openstack}
  - {kind: Infrastructure, type: openstack}
";
const DNS: &str = "  - {kind: DNSRecord, type: openstack-designate}\n";
const SECRET: &str = "\
apiVersion: v1
kind: Secret
metadata: {name: dns, namespace: garden}
stringData: {user: ''}
";

fn extension() -> String {
    format!("{EXTENSION}{DNS}")
}

/// A landscape in which nothing is wrong.
#[test]
fn a_good_landscape_has_no_errors() {
    let extension = extension();
    let files = [
        ("garden.yaml", GARDEN),
        ("extension.yaml", &extension),
        ("secret.yaml", SECRET),
    ];
    assert_eq!(
        said(&files, &[]),
        ["SECRET_EMPTY secret.yaml:4 $.stringData.user"]
    );
}

/// Story B2.
#[test]
fn six_faults_of_a_landscape_are_found_at_once_without_a_cluster() {
    let garden = GARDEN
        .replace("services: [10.245.0.0/16]", "services: [10.244.128.0/17]")
        .replace("          name: dns\n", "          name: dsn\n      - name: primary\n        type: aws-route53\n        secretRef:\n          name: dns\n")
        .replace(
            "        - name: garden.example.org\n          provider: primary",
            "        - name: garden.example.org\n          provider: primry",
        )
        .replace("version: 1.34.2", "version: 1.31.0");
    let extension = format!("{EXTENSION}  - {{kind: DNSRecord, type: aws-route53}}\n");
    let files = [
        ("runtime/garden.yaml", garden.as_str()),
        ("runtime/extension.yaml", &extension),
        ("runtime/secret.yaml", SECRET),
    ];
    let errors: Vec<_> = findings(&files)
        .into_iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| {
            format!(
                "{} {}:{} {}",
                finding.rule,
                finding.file,
                finding.line.unwrap(),
                finding.path
            )
        })
        .collect();
    assert_eq!(
        errors,
        [
            "EXTENSION_MISSING runtime/garden.yaml:9 $.spec.dns.providers[0].type",
            "REFERENCE_MISSING runtime/garden.yaml:11 $.spec.dns.providers[0].secretRef.name",
            "DNS_PROVIDER_TWICE runtime/garden.yaml:12 $.spec.dns.providers[1].name",
            "CIDR_OVERLAP runtime/garden.yaml:26 $.spec.runtimeCluster.networking.services[0]",
            "DNS_PROVIDER_UNKNOWN runtime/garden.yaml:34 $.spec.virtualCluster.dns.domains[0].provider",
            "KUBERNETES_UNSUPPORTED runtime/garden.yaml:43 $.spec.virtualCluster.kubernetes.version",
        ]
    );
}

/// Story E7, as far as it needs no cluster.
#[test]
fn a_resource_of_an_extension_that_is_nowhere_is_found() {
    let extension = format!(
        "{EXTENSION}{DNS}  deployment:\n    resources:\n    - name: cloud\n      resourceRef: {{apiVersion: v1, kind: Secret, name: dms}}\n"
    );
    let files = [("e.yaml", extension.as_str()), ("s.yaml", SECRET)];
    let found = findings(&files);
    let finding = found
        .iter()
        .find(|finding| finding.rule == Rule::ReferenceMissing)
        .unwrap();
    assert_eq!(
        (finding.line, finding.hint.as_deref()),
        (Some(12), Some("did you mean \"dns\"?"))
    );
    assert_eq!(
        finding.path.to_string(),
        "$.spec.deployment.resources[0].resourceRef.name"
    );
    let accepted = extension.replace(
        "metadata: {name: provider-openstack}",
        "metadata: {name: provider-openstack, annotations: {yake.alasca.cloud/accept: 'REFERENCE_MISSING'}}",
    );
    let found = findings(&[("e.yaml", &accepted)]);
    assert!(
        found.iter().all(|finding| finding.severity == Severity::Warning),
        "{found:#?}"
    );
}

#[test]
fn what_the_operator_refuses_of_a_garden_is_found() {
    let dashboard = "      gardenerAPIServer: {}\n      gardenerDashboard: {enableTokenLogin: false}\n";
    for (from, to, rule, path) in [
        (
            "      - name: primary\n",
            "      - name: other\n",
            Rule::DnsProviderUnknown,
            "$.spec.runtimeCluster.ingress.domains[0].provider",
        ),
        (
            "          provider: primary\n    networking:",
            "    networking:",
            Rule::DnsProviderUnknown,
            "$.spec.runtimeCluster.ingress.domains[0]",
        ),
        (
            "services: [100.64.0.0/13]",
            "services: [100.64.0.0/13, 10.9.0.0/16]",
            Rule::GardenInvalid,
            "$.spec.virtualCluster.networking.services[1]",
        ),
        (
            "services: [100.64.0.0/13]",
            "services: [10.250.3.0/24]",
            Rule::CidrOverlap,
            "$.spec.virtualCluster.networking.services[0]",
        ),
        (
            "nodes: [10.250.0.0/16]",
            "nodes: [10.250.0.0/161]",
            Rule::CidrInvalid,
            "$.spec.runtimeCluster.networking.nodes[0]",
        ),
        (
            "      zones: [a]\n",
            "      zones: [a]\n    settings: {topologyAwareRouting: {enabled: true}}\n",
            Rule::GardenInvalid,
            "$.spec.runtimeCluster.settings.topologyAwareRouting.enabled",
        ),
        (
            "      gardenerAPIServer: {}\n",
            dashboard,
            Rule::GardenInvalid,
            "$.spec.virtualCluster.gardener.gardenerDashboard.enableTokenLogin",
        ),
        (
            "  runtimeCluster:\n",
            "  extensions: [{type: a}, {type: a}]\n  runtimeCluster:\n",
            Rule::GardenInvalid,
            "$.spec.extensions[1].type",
        ),
    ] {
        let garden = GARDEN.replacen(from, to, 1);
        assert_ne!(garden, GARDEN, "{from}");
        let found = findings(&[("garden.yaml", &garden)]);
        let is_found = found
            .iter()
            .any(|finding| finding.rule == rule && finding.path.to_string() == path);
        assert!(is_found, "{to}: {found:#?}");
    }
    let other = GARDEN.replace("name: gardener\n", "name: second\n");
    let two = format!("{GARDEN}---\n{other}");
    assert_eq!(
        said(&[("garden.yaml", &two)], &[Rule::TwoGardens]),
        ["TWO_GARDENS garden.yaml:47 $"]
    );
}

/// Story S3.
#[test]
fn the_label_that_lets_the_operator_rewrite_a_gardenlet_is_refused_or_accepted() {
    let gardenlet = "\
apiVersion: seedmanagement.gardener.cloud/v1alpha1
kind: Gardenlet
metadata:
  name: soil
  namespace: garden
  labels:
    operator.gardener.cloud/auto-update-gardenlet-helm-chart-ref: \"true\"
spec: {}
";
    let found = |text: &str| {
        let found = findings(&[("g.yaml", text)]);
        let finding = found
            .iter()
            .find(|finding| finding.rule == Rule::GardenletAutoUpdate);
        finding.map(|finding| (finding.severity, finding.line))
    };
    assert_eq!(found(gardenlet), Some((Severity::Error, Some(7))));
    let accepted = gardenlet.replace(
        "  labels:",
        "  annotations: {yake.alasca.cloud/accept: GARDENLET_AUTO_UPDATE}\n  labels:",
    );
    assert_eq!(found(&accepted), Some((Severity::Warning, Some(8))));
    assert_eq!(found(&gardenlet.replace("\"true\"", "\"false\"")), None);
}

const SHOOT: &str = "\
apiVersion: core.gardener.cloud/v1beta1
kind: Shoot
metadata: {name: one, namespace: garden}
spec:
  region: eu-1
  kubernetes: {version: 1.34.2, verticalPodAutoscaler: {enabled: true}}
  provider: {type: openstack}
  networking: {type: cilium, nodes: 10.120.0.0/16, pods: 100.72.0.0/16, services: 100.80.0.0/13}
";
const MANAGED: &str = "\
apiVersion: seedmanagement.gardener.cloud/v1alpha1
kind: ManagedSeed
metadata: {name: one, namespace: garden}
spec:
  shoot: {name: one}
  gardenlet:
    config:
      seedConfig:
        spec:
          provider: {type: openstack, region: eu-1}
          networks: {nodes: 10.120.0.0/16, pods: 100.72.0.0/16, services: 100.80.0.0/13}
";

/// Story S4, as far as it needs no cluster.
#[test]
fn a_managed_seed_has_to_fit_its_shoot() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: garden\n  labels:\n    gardener.cloud/role: project\n    project.gardener.cloud/name: garden\n";
    let of = |shoot: &str, seed: &str, namespace: &str| {
        let files = [("a.yaml", shoot), ("b.yaml", seed), ("c.yaml", namespace)];
        said(
            &files,
            &[Rule::ManagedSeed, Rule::ReferenceMissing, Rule::CidrOverlap],
        )
    };
    assert_eq!(of(SHOOT, MANAGED, namespace), [""; 0]);
    assert_eq!(
        of(
            &SHOOT.replace(", verticalPodAutoscaler: {enabled: true}", ""),
            MANAGED,
            namespace
        ),
        ["MANAGED_SEED a.yaml:6 $.spec.kubernetes.verticalPodAutoscaler.enabled"]
    );
    assert_eq!(
        of(
            &format!("{SHOOT}  addons: {{nginxIngress: {{enabled: true}}}}\n"),
            MANAGED,
            namespace
        ),
        ["MANAGED_SEED a.yaml:9 $.spec.addons.nginxIngress.enabled"]
    );
    assert_eq!(
        of(
            SHOOT,
            &MANAGED
                .replace("region: eu-1", "region: eu-2")
                .replace("100.72", "100.73"),
            namespace
        ),
        [
            "MANAGED_SEED b.yaml:10 $.spec.gardenlet.config.seedConfig.spec.provider.region",
            "MANAGED_SEED b.yaml:11 $.spec.gardenlet.config.seedConfig.spec.networks.pods",
        ]
    );
    assert_eq!(
        of(
            SHOOT,
            MANAGED,
            &namespace.replace("gardener.cloud/role: project", "a: b")
        ),
        ["MANAGED_SEED c.yaml:5 $.metadata.labels['gardener.cloud/role']"]
    );
    let found = findings(&[
        ("a.yaml", &SHOOT.replace("1.34.2", "1.35.1")),
        ("b.yaml", MANAGED),
    ]);
    let version = found
        .iter()
        .find(|finding| finding.rule == Rule::KubernetesUnsupported)
        .unwrap();
    assert_eq!((version.severity, version.line), (Severity::Warning, Some(6)));
    let lost = of(
        SHOOT,
        &MANAGED.replace("shoot: {name: one}", "shoot: {name: two}"),
        namespace,
    );
    assert!(
        lost.contains(&"REFERENCE_MISSING b.yaml:5 $.spec.shoot.name".to_owned()),
        "{lost:?}"
    );
}

#[test]
fn a_shoot_overlaps_neither_itself_nor_the_seed_that_it_is_on() {
    let shoot = SHOOT.replace("name: one", "name: two");
    let of = |shoot: &str| {
        let found = findings(&[("shoot.yaml", shoot), ("seed.yaml", MANAGED), ("one.yaml", SHOOT)]);
        let found = found
            .into_iter()
            .filter(|finding| finding.rule == Rule::CidrOverlap);
        found
            .map(|finding| (finding.severity, finding.path.to_string()))
            .collect::<Vec<_>>()
    };
    let elsewhere = shoot
        .replace("10.120", "10.121")
        .replace("100.72", "100.73")
        .replace("100.80", "100.88");
    assert_eq!(of(&elsewhere), []);
    let pods = "$.spec.networking.pods".to_owned();
    let near = elsewhere.replace("100.73", "100.72");
    assert_eq!(of(&near), [(Severity::Warning, pods.clone())]);
    let on = near.replace("  region: eu-1", "  region: eu-1\n  seedName: one");
    assert_eq!(of(&on), [(Severity::Error, pods.clone())]);
    assert_eq!(of(&on.replace("seedName: one", "seedName: other")), []);
    let itself = elsewhere.replace("100.73.0.0/16", "10.121.4.0/24");
    assert_eq!(of(&itself), [(Severity::Error, pods.clone())]);
    let tunnel = elsewhere.replace("100.73.0.0/16", "192.168.0.0/16");
    assert_eq!(of(&tunnel), [(Severity::Warning, pods)]);
}

#[test]
fn a_shoot_asks_its_profile_for_what_that_offers() {
    let profile = "\
apiVersion: core.gardener.cloud/v1beta1
kind: CloudProfile
metadata: {name: cloud}
spec:
  type: openstack
  regions: [{name: eu-1}]
  kubernetes: {versions: [{version: 1.34.2}]}
  machineTypes: [{name: large}]
  machineImages: [{name: gardenlinux, versions: [{version: 1877.3.0}]}]
";
    let shoot = |region: &str, version: &str, machine: &str, image: &str| {
        format!(
            "apiVersion: core.gardener.cloud/v1beta1\nkind: Shoot\nmetadata: {{name: a, namespace: garden-a}}\nspec:\n\
             \x20 cloudProfile: {{name: cloud}}\n  region: {region}\n  kubernetes: {{version: '{version}'}}\n\
             \x20 provider:\n    workers:\n    - machine: {{type: {machine}, image: {{name: gardenlinux, version: {image}}}}}\n"
        )
    };
    let of = |shoot: String| {
        said(
            &[("p.yaml", profile), ("s.yaml", &shoot)],
            &[Rule::CloudProfileVersion],
        )
    };
    assert_eq!(of(shoot("eu-1", "1.34", "large", "1877.3.0")), [""; 0]);
    assert_eq!(
        of(shoot("eu-2", "1.34.3", "larg", "1.0.0")),
        [
            "CLOUD_PROFILE_VERSION s.yaml:6 $.spec.region",
            "CLOUD_PROFILE_VERSION s.yaml:7 $.spec.kubernetes.version",
            "CLOUD_PROFILE_VERSION s.yaml:10 $.spec.provider.workers[0].machine.image.version",
            "CLOUD_PROFILE_VERSION s.yaml:10 $.spec.provider.workers[0].machine.type",
        ]
    );
}

#[test]
fn two_projects_do_not_share_a_namespace() {
    let project = |name: &str| {
        format!(
            "apiVersion: core.gardener.cloud/v1beta1\nkind: Project\nmetadata: {{name: {name}}}\nspec: {{namespace: garden-a}}\n"
        )
    };
    let files = [("a.yaml", project("a")), ("b.yaml", project("b"))];
    let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
    assert_eq!(
        said(&files, &[Rule::ProjectNamespace]),
        ["PROJECT_NAMESPACE b.yaml:4 $.spec.namespace"]
    );
}
