//! Fields against the schemas of their kinds.

use yake::check::{Rule, Severity};

use crate::given::{GARDEN, findings, said};

const EXTENSION: &str = "\
apiVersion: operator.gardener.cloud/v1alpha1
kind: Extension
metadata: {name: networking-calico}
spec:
  deployment:
    extension:
      helm:
        ociRepository:
          ref: registry.example.org/calico:v1.59.0
      runtimeValues:
        a: 1
";

/// Story E6.
#[test]
fn a_field_that_is_written_wrongly_is_found_with_its_line_and_the_right_word() {
    let found = findings(&[("runtime/calico.yaml", EXTENSION)]);
    let finding = found
        .iter()
        .find(|finding| finding.rule == Rule::UnknownField)
        .unwrap();
    assert_eq!(
        (finding.file.as_str(), finding.line),
        ("runtime/calico.yaml", Some(10))
    );
    assert_eq!(
        finding.path.to_string(),
        "$.spec.deployment.extension.runtimeValues"
    );
    assert_eq!(finding.severity, Severity::Error);
    assert_eq!(finding.object.as_deref(), Some("Extension/networking-calico"));
    assert_eq!(
        finding.hint.as_deref(),
        Some("did you mean \"runtimeClusterValues\"?")
    );
}

/// The Garden of an existing installer sets two fields where none are; API servers drop them in silence.
#[test]
fn fields_that_were_put_in_too_deep_are_found_with_the_place_where_they_belong() {
    let garden = GARDEN
        .replace(
            "          name: dns\n",
            "          name: dns\n          namespace: garden\n",
        )
        .replace(
            "      gardenerAPIServer: {}\n",
            "      gardenerAPIServer:\n        gardenerScheduler:\n          config: {}\n",
        );
    let found: Vec<_> = findings(&[("garden.yaml", &garden)])
        .into_iter()
        .filter(|finding| finding.rule == Rule::UnknownField)
        .collect();
    let places: Vec<_> = found
        .iter()
        .map(|finding| (finding.path.to_string(), finding.line))
        .collect();
    assert_eq!(
        places,
        [
            ("$.spec.dns.providers[0].secretRef.namespace".to_owned(), Some(12)),
            (
                "$.spec.virtualCluster.gardener.gardenerAPIServer.gardenerScheduler".to_owned(),
                Some(39)
            ),
        ]
    );
    assert_eq!(
        found[1].hint.as_deref(),
        Some("it belongs to $.spec.virtualCluster.gardener.gardenerScheduler")
    );
}

#[test]
fn every_way_in_which_a_value_can_be_wrong_has_a_rule() {
    for (from, to, rule, path) in [
        (
            "region: eu-1",
            "region: 1",
            Rule::WrongType,
            "$.spec.runtimeCluster.provider.region",
        ),
        (
            "zones: [a]",
            "zones: a",
            Rule::WrongType,
            "$.spec.runtimeCluster.provider.zones",
        ),
        (
            "      clusterIdentity: dev\n",
            "",
            Rule::Required,
            "$.spec.virtualCluster.gardener",
        ),
        (
            "kind: nginx",
            "kind: traefik",
            Rule::NotAllowed,
            "$.spec.runtimeCluster.ingress.controller.kind",
        ),
        (
            "capacity: 25Gi",
            "capacity: plenty",
            Rule::Pattern,
            "$.spec.virtualCluster.etcd.main.storage.capacity",
        ),
        (
            "pods: [10.244.0.0/16]",
            "pods: []",
            Rule::Range,
            "$.spec.runtimeCluster.networking.pods",
        ),
    ] {
        let garden = GARDEN.replacen(from, to, 1);
        let found = findings(&[("garden.yaml", &garden)]);
        let is_found = found.iter().any(|finding| {
            finding.rule == rule && finding.path.to_string() == path && finding.line > Some(1)
        });
        assert!(is_found, "{to}: {found:#?}");
    }
}

#[test]
fn kinds_that_the_repository_defines_are_checked_and_unknown_ones_are_told_of() {
    let definition = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: pools.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Pool, plural: pools}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              ports:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items:
                  type: object
                  required: [name]
                  properties:
                    name: {type: string}
                    port: {x-kubernetes-int-or-string: true}
";
    let pool = "\
apiVersion: example.org/v1
kind: Pool
metadata: {name: a, namespace: b}
spec:
  ports:
  - {name: x, port: 1}
  - {name: x, port: one}
  - {name: z, prot: 1}
---
apiVersion: example.org/v2
kind: Pool
metadata: {name: c, namespace: b}
";
    assert_eq!(
        said(&[("crd.yaml", definition), ("pool.yaml", pool)], &[]),
        [
            "DUPLICATE_ENTRY pool.yaml:7 $.spec.ports[1]",
            "UNKNOWN_FIELD pool.yaml:8 $.spec.ports[2].prot",
            "UNKNOWN_KIND pool.yaml:11 $.kind",
        ]
    );
}

#[test]
fn namespaces_are_asked_for_where_a_kind_has_them_and_only_there() {
    let files = [(
        "a.yaml",
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, namespace: b}\n---\n\
         apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: Not_A_Name\n",
    )];
    assert_eq!(
        said(&files, &[]),
        [
            "NAMESPACE_FORBIDDEN a.yaml:3 $.metadata.namespace",
            "NAMESPACE_MISSING a.yaml:7 $.metadata.namespace",
            "NAME a.yaml:8 $.metadata.name",
        ]
    );
}

/// Kinds of the virtual garden have no definitions: what the lists do not know may be newer than they are.
#[test]
fn a_field_that_no_list_has_is_a_warning_and_a_wrong_type_an_error() {
    let shoot = "\
apiVersion: core.gardener.cloud/v1beta1
kind: Shoot
metadata: {name: a, namespace: garden-a}
spec:
  regoin: eu-1
  region: eu-1
  provider:
    type: openstack
    workers:
    - {name: w, minimum: one, maximum: 3, machine: {type: large}}
";
    let found = findings(&[("s.yaml", shoot)]);
    let found: Vec<_> = found
        .iter()
        .map(|finding| {
            (
                finding.rule,
                finding.severity,
                finding.line,
                finding.hint.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                Rule::UnlistedField,
                Severity::Warning,
                Some(5),
                Some("did you mean \"region\"?")
            ),
            (Rule::WrongType, Severity::Error, Some(10), None),
        ]
    );
    assert_eq!(
        said(
            &[("s.yaml", &shoot.replace("  region: eu-1\n", ""))],
            &[Rule::Required]
        ),
        ["REQUIRED s.yaml:4 $.spec"]
    );
}
