//! How files are written, and units that cannot be built.

use yake::check::Rule;

use crate::given::{findings, report, said};

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n";

/// Story G30.
#[test]
fn what_readers_understand_differently_is_told_with_its_line() {
    let odd = format!("\u{feff}{MAP}data:\n  a: on\n  b: ~\n  c: 'off'\n  d: 12:30\n");
    assert_eq!(
        said(
            &[("odd.yaml", &odd)],
            &[Rule::TextForm, Rule::Yaml11Word, Rule::NullMember]
        ),
        [
            "TEXT_FORM odd.yaml:1 $",
            "YAML11_WORD odd.yaml:5 $.data.a",
            "NULL_MEMBER odd.yaml:6 $.data.b",
            "YAML11_WORD odd.yaml:8 $.data.d",
        ]
    );
    let windows = format!("{MAP}---\n{MAP}")
        .replace('\n', "\r\n")
        .replacen("name: a", "name: c", 1);
    assert_eq!(said(&[("w.yaml", &windows)], &[]), ["TEXT_FORM w.yaml:1 $"]);
    assert_eq!(report(&[("w.yaml", &windows)]).objects, 2);
    let twice = format!("{MAP}---\n{MAP}data: {{}}\nkind: ConfigMap\n");
    assert_eq!(said(&[("t.yaml", &twice)], &[]), ["DUPLICATE_KEY t.yaml:9 $"]);
}

/// Story G23, as far as it needs no cluster.
#[test]
fn a_unit_that_cannot_be_built_hides_nothing_of_itself_or_of_others() {
    let unit = |name: &str| {
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}, namespace: flux-system}}\n\
             spec: {{interval: 1m, prune: true, path: ./{name}, sourceRef: {{kind: GitRepository, name: x}}}}\n"
        )
    };
    let (a, b) = (unit("a"), unit("b"));
    let wrong = MAP.replace("metadata", "metadat");
    let files = [
        ("flux/a.yaml", a.as_str()),
        ("flux/b.yaml", &b),
        (
            "a/kustomization.yaml",
            "resources:\n- one.yaml\n- two.yaml\n- three.yaml\n",
        ),
        ("a/one.yaml", "a: [\n"),
        ("a/two.yaml", &wrong),
        (
            "a/three.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: b}\ndata: {x: 1}\n",
        ),
        (
            "b/map.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: d, namespace: b}\ndata: {x: [1]}\n",
        ),
    ];
    let found = findings(&files);
    let of = |file: &str| {
        let of_file: Vec<_> = found.iter().filter(|finding| finding.file == file).collect();
        assert!(!of_file.is_empty(), "{file}: {found:#?}");
        of_file
    };
    assert_eq!(of("a/one.yaml")[0].rule, Rule::YamlSyntax);
    assert!(
        of("a/two.yaml")
            .iter()
            .any(|finding| finding.rule == Rule::UnknownField)
    );
    assert_eq!(of("a/three.yaml")[0].rule, Rule::WrongType);
    assert_eq!(of("b/map.yaml")[0].rule, Rule::WrongType);
    assert_eq!(of("b/map.yaml")[0].unit.as_deref(), Some("flux-system/b"));
    assert_eq!(of("a/one.yaml")[0].unit.as_deref(), Some("flux-system/a"));
}

/// Story G24.
#[test]
fn what_leads_out_or_grows_without_end_is_a_finding_with_file_and_line() {
    let long = "x".repeat(yake::build::LARGEST_FILE + 1);
    let bomb: Vec<String> = (1..12)
        .map(|level| {
            let below = vec![format!("*a{}", level - 1); 9].join(", ");
            format!("a{level}: &a{level} [{below}]\n")
        })
        .collect();
    let bomb = format!("a0: &a0 [x, x, x, x, x, x, x, x, x]\n{}", bomb.concat());
    for (entry, rule) in [
        ("../../etc", Rule::PathOutside),
        ("/etc/passwd", Rule::PathOutside),
        ("https://example.test/x.yaml", Rule::PathRemote),
        ("missing.yaml", Rule::PathMissing),
        ("long.yaml", Rule::FileTooLarge),
        ("bomb.yaml", Rule::YamlBomb),
    ] {
        let kustomization = format!("resources:\n- good.yaml\n- {entry}\n");
        let files = [
            ("kustomization.yaml", kustomization.as_str()),
            ("good.yaml", MAP),
            ("long.yaml", &long),
            ("bomb.yaml", &bomb),
        ];
        let found = findings(&files);
        let [finding] = found.as_slice() else {
            panic!("{entry}: {found:#?}");
        };
        assert_eq!(finding.rule, rule, "{entry}");
        if finding.file == "kustomization.yaml" {
            assert_eq!(finding.line, Some(3), "{entry}");
        }
    }
}

/// Stories G15 and G16, as far as they need no cluster.
#[test]
fn units_that_wait_for_each_other_or_claim_the_same_object_are_found() {
    let unit = |name: &str, after: &str| {
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}, namespace: x}}\n\
             spec:\n  {{interval: 1m, prune: true, path: ./{name}, dependsOn: [{{name: {after}}}], sourceRef: {{kind: GitRepository, name: x}}}}\n"
        )
    };
    let units = [unit("a", "b"), unit("b", "c"), unit("c", "a"), unit("d", "aa")].join("---\n");
    let files = [
        ("units.yaml", units.as_str()),
        ("a/map.yaml", MAP),
        ("b/map.yaml", MAP),
        ("c/map.yaml", &MAP.replace("name: a", "name: c")),
        ("d/map.yaml", &MAP.replace("name: a", "name: d")),
    ];
    let found = findings(&files);
    let of = |rule: Rule| {
        let found: Vec<_> = found.iter().filter(|finding| finding.rule == rule).collect();
        assert_eq!(found.len(), 1, "{rule}: {found:#?}");
        found[0].clone()
    };
    assert_eq!(
        of(Rule::UnitCycle).message,
        "units wait for each other: x/a → x/b → x/c → x/a"
    );
    let unknown = of(Rule::UnitUnknown);
    assert_eq!((unknown.file.as_str(), unknown.line), ("units.yaml", Some(23)));
    assert_eq!(of(Rule::ObjectTwice).file, "b/map.yaml");
    assert!(of(Rule::ObjectTwice).message.contains("x/a, of a/map.yaml"));
}

#[test]
fn the_documentation_lists_every_rule_as_the_program_knows_it() {
    let page = include_str!("../../../../docs/src/tools/yake-check.md");
    let listed: Vec<&str> = page
        .lines()
        .skip_while(|line| *line != "| rule | | finds |")
        .skip(2)
        .collect();
    let known: Vec<String> = yake::check::RULES
        .iter()
        .map(|(_, rule)| {
            let severity = match rule.severity {
                yake::check::Severity::Error => "error",
                yake::check::Severity::Warning => "warning",
            };
            format!("| {} | {severity} | {} |", rule.id, rule.meaning)
        })
        .collect();
    assert_eq!(listed, known);
}
