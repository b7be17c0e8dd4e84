//! Landscapes by their file.

use yake::check::Rule;

use crate::given::{GARDEN, findings, report, said};

const LANDSCAPE: &str = "\
apiVersion: yake.alasca.cloud/v1alpha1
kind: Landscape
metadata: {name: dev}
spec:
  versions: versions.yaml
  substitute: {region: eu-1, count: '3'}
  units:
  - name: runtime
    path: runtime
  - name: virtual
    path: virtual
    cluster: virtual
    dependsOn: [runtime]
    substitute: {region: eu-2}
";
const VERSIONS: &str = "gardener: 1.131.2\n";
const MAP: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: garden}
data: {region: \"${region}\", count: \"${count}\"}
";

fn files<'a>(landscape: &'a str, map: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("dev/landscape.yaml", landscape),
        ("dev/versions.yaml", VERSIONS),
        ("dev/runtime/a.yaml", map),
        ("dev/virtual/a.yaml", MAP),
    ]
}

/// As `said`, of the folder `dev`.
fn of_dev(files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.strip_prefix("dev/").unwrap(), *text))
        .collect();
    said(&files, &[])
}

#[test]
fn a_landscape_is_checked_unit_by_unit_with_its_variables() {
    let report = report(&files(LANDSCAPE, MAP).map(|(path, text)| (&path[4..], text)));
    assert_eq!(report.findings, []);
    assert_eq!((report.units, report.objects), (2, 2));
    let missing = MAP.replace("${count}", "${cuont}");
    assert_eq!(
        of_dev(&files(LANDSCAPE, &missing)),
        ["VARIABLE_MISSING landscape.yaml:8 $"]
    );
    let deployment = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: d, namespace: garden}
spec:
  replicas: ${count}
  selector: {matchLabels: {a: b}}
  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: \"${region}\"}]}}
";
    assert_eq!(of_dev(&files(LANDSCAPE, deployment)), [""; 0]);
    let wrong = LANDSCAPE.replace("count: '3'", "count: three");
    assert_eq!(
        of_dev(&files(&wrong, deployment)),
        ["WRONG_TYPE runtime/a.yaml:5 $.spec.replicas"]
    );
}

#[test]
fn faults_of_the_landscapes_own_file_hide_nothing() {
    let landscape = LANDSCAPE
        .replace("cluster: virtual", "clutser: virtual")
        .replace("path: virtual", "path: virtaul")
        .replace("[runtime]", "[runtme]");
    let broken = MAP.replace("\ndata:", "\ndta:");
    assert_eq!(
        of_dev(&files(&landscape, &broken)),
        [
            "PATH_MISSING landscape.yaml:11 $.spec.units[1].path",
            "UNKNOWN_FIELD landscape.yaml:12 $.spec.units[1].clutser",
            "UNIT_UNKNOWN landscape.yaml:13 $",
            "UNKNOWN_FIELD runtime/a.yaml:4 $.dta",
        ]
    );
    let outside = LANDSCAPE.replace("path: virtual", "path: ../../etc");
    assert_eq!(
        of_dev(&files(&outside, MAP)),
        ["PATH_OUTSIDE landscape.yaml:11 $.spec.units[1].path"]
    );
}

#[test]
fn the_versions_of_the_landscape_decide_what_is_supported() {
    let files = files(LANDSCAPE, GARDEN);
    let found = of_dev(&files);
    assert!(
        found.contains(
            &"KUBERNETES_UNSUPPORTED runtime/a.yaml:39 $.spec.virtualCluster.kubernetes.version".to_owned()
        ),
        "{found:?}"
    );
    let newer = VERSIONS.replace("1.131.2", "1.132.0");
    let mut files = files;
    files[1].1 = &newer;
    let found = of_dev(&files);
    assert!(
        !found
            .iter()
            .any(|text| text.starts_with(Rule::KubernetesUnsupported.id())),
        "{found:?}"
    );
}

/// Two clusters may have objects of the same name, and what one has is not there for the other.
#[test]
fn references_stay_in_their_cluster() {
    let binding = "\
apiVersion: security.gardener.cloud/v1alpha1
kind: CredentialsBinding
metadata: {name: b, namespace: garden}
provider: {type: openstack}
credentialsRef: {apiVersion: v1, kind: Secret, name: s, namespace: garden}
";
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: garden}\n";
    let with = |folder: &'static str| {
        let mut all = files(LANDSCAPE, MAP).to_vec();
        all.push(("dev/virtual/b.yaml", binding));
        all.push((folder, secret));
        of_dev(&all)
            .into_iter()
            .filter(|text| text.starts_with("REFERENCE"))
            .collect::<Vec<_>>()
    };
    assert_eq!(with("dev/virtual/s.yaml"), [""; 0]);
    assert_eq!(
        with("dev/runtime/s.yaml"),
        ["REFERENCE_MISSING virtual/b.yaml:5 $.credentialsRef.name"]
    );
}

#[test]
fn two_units_of_one_name_are_found() {
    let landscape = LANDSCAPE
        .replace("name: virtual", "name: runtime")
        .replace("    dependsOn: [runtime]\n", "");
    assert_eq!(
        of_dev(&files(&landscape, MAP)),
        ["UNIT_TWICE landscape.yaml:10 $"]
    );
}

/// Variables of Flux: what is written counts, and what only a cluster knows is not judged.
#[test]
fn variables_of_flux_are_put_in_as_far_as_they_are_known() {
    let unit = |post_build: &str| {
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: u, namespace: x}}\n\
             spec: {{interval: 1m, prune: true, path: ./u, sourceRef: {{kind: GitRepository, name: x}}, postBuild: {post_build}}}\n"
        )
    };
    let quota = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q, namespace: a}\nspec: {scopes: \"${scopes}\", hard: {pods: \"${pods}\"}}\n";
    let of = |post_build: &str| said(&[("flux/u.yaml", &unit(post_build)), ("u/q.yaml", quota)], &[]);
    assert_eq!(
        of("{substitute: {scopes: x}}"),
        ["VARIABLE_MISSING flux/u.yaml:1 $"]
    );
    let more = "{substitute: {scopes: x}, substituteFrom: [{kind: ConfigMap, name: c}]}";
    assert_eq!(of(more), [""; 0]);
    assert_eq!(
        of("{substitute: {scopes: x, pods: '3'}}"),
        ["WRONG_TYPE u/q.yaml:4 $.spec.scopes"]
    );
}

#[test]
fn a_source_that_cannot_be_fetched_is_found() {
    let with = |source: &str| LANDSCAPE.replace("spec:\n", &format!("spec:\n  source: {source}\n"));
    let of = |source: &str| of_dev(&files(&with(source), MAP));
    assert_eq!(
        of("{url: 'ssh://git@git.example.org/a.git', ref: {semver: 1.x}}"),
        [""; 0]
    );
    assert_eq!(
        of("{url: 'git@git.example.org:a.git', ref: {semver: '>>1'}}"),
        [
            "LANDSCAPE landscape.yaml:5 $.spec.source.ref.semver",
            "LANDSCAPE landscape.yaml:5 $.spec.source.url",
        ]
    );
    let other = LANDSCAPE.replace("yake.alasca.cloud/v1alpha1", "yake.alasca.cloud/v9");
    assert_eq!(of_dev(&files(&other, MAP)), ["LANDSCAPE landscape.yaml:1 $"]);
}

#[test]
fn all_faults_of_the_landscapes_own_fields_come_at_once() {
    let landscape = LANDSCAPE
        .replace(
            "    path: runtime\n",
            "    path: runtime\n    prune: 'yes'\n    timout: 5m\n",
        )
        .replace("cluster: virtual", "cluster: virtaul");
    let files = files(&landscape, MAP).map(|(path, text)| (&path[4..], text));
    let found = findings(&files);
    let found: Vec<_> = found
        .iter()
        .map(|finding| {
            (
                finding.rule,
                finding.line,
                finding.path.to_string(),
                finding.hint.clone(),
            )
        })
        .collect();
    let unit = |path: &str| format!("$.spec.units{path}");
    assert_eq!(
        found,
        [
            (Rule::WrongType, Some(10), unit("[0].prune"), None),
            (
                Rule::UnknownField,
                Some(11),
                unit("[0].timout"),
                Some("did you mean \"timeout\"?".to_owned())
            ),
            (Rule::NotAllowed, Some(14), unit("[1].cluster"), None),
        ]
    );
}

/// What a Kustomization of Flux lays over its folder is checked, not the folder alone.
#[test]
fn a_unit_of_flux_is_checked_with_all_that_it_lays_over_its_folder() {
    let unit = |spec: &str| {
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: u, namespace: x}}\n\
             spec: {{interval: 1m, prune: true, path: ./u, sourceRef: {{kind: GitRepository, name: x}}{spec}}}\n"
        )
    };
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let of = |spec: &str| said(&[("u.yaml", &unit(spec)), ("u/map.yaml", map)], &[]);
    assert_eq!(of(""), ["NAMESPACE_MISSING u/map.yaml:3 $.metadata.namespace"]);
    assert_eq!(of(", targetNamespace: a"), [""; 0]);
    let patch = ", targetNamespace: a, patches: [{target: {kind: ConfigMap}, patch: \"[{op: add, path: /daat, value: {}}]\"}]";
    assert_eq!(of(patch), ["UNKNOWN_FIELD u/map.yaml:1 $.daat"]);
    let lost = unit("").replace("./u", "./v");
    assert_eq!(
        said(&[("u.yaml", &lost), ("u/map.yaml", map)], &[]),
        ["PATH_MISSING u.yaml:4 $"]
    );
}
