//! Secrets: in the clear, of the wrong type, and never quoted.

use yake::check::{Rule, sarif};

use crate::given::{findings, said};

/// Field case Y9: the API server refuses these, and quotes the value when it does.
#[test]
fn values_that_are_no_text_are_found_before_a_server_quotes_them() {
    let secret = "\
apiVersion: v1
kind: Secret
metadata: {name: a, namespace: b}
stringData:
  pin: 40917733
  list: [CANARY-LIST]
  sealed: ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:int]
  good: ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]
data:
  raw: CANARY?3
";
    let rules = [Rule::SecretNotText, Rule::SecretNotBase64];
    assert_eq!(
        said(&[("s.yaml", secret)], &rules),
        [
            "SECRET_NOT_TEXT s.yaml:5 $.stringData.pin",
            "SECRET_NOT_TEXT s.yaml:6 $.stringData.list",
            "SECRET_NOT_TEXT s.yaml:7 $.stringData.sealed",
            "SECRET_NOT_BASE64 s.yaml:10 $.data.raw",
        ]
    );
    let found = findings(&[("s.yaml", secret)]);
    let text = format!("{found:?}{}", sarif(&found, "1"));
    for canary in ["40917733", "CANARY"] {
        assert!(!text.contains(canary), "{text}");
    }
}

#[test]
fn secrets_in_the_clear_are_found_in_every_document_and_also_where_no_unit_is() {
    let secret = |name: &str, value: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: b}}\nstringData:\n  password: {value}\n"
        )
    };
    let sealed = "ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]";
    let three = [
        secret("a", "hunter2"),
        secret("b", sealed),
        secret("c", "${PASSWORD}"),
        secret("d", "hunter3"),
        secret("e", "''"),
    ]
    .join("---\n");
    let key = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: k, namespace: b}\ndata:\n  key: |\n    -----BEGIN PRIVATE KEY-----\n    AAAA\n";
    let files = [
        ("unit/kustomization.yaml", "resources: [secrets.yaml, key.yaml]\n"),
        ("unit/secrets.yaml", &three),
        ("unit/key.yaml", key),
        ("elsewhere.yaml", &secret("f", "hunter4")),
        (
            "units.yaml",
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: u, namespace: x}\n\
             spec: {interval: 1m, prune: true, path: unit, sourceRef: {kind: GitRepository, name: x}}\n",
        ),
    ];
    assert_eq!(
        said(
            &files,
            &[Rule::SecretPlaintext, Rule::SecretKey, Rule::SecretEmpty]
        ),
        [
            "SECRET_PLAINTEXT elsewhere.yaml:5 $.stringData.password",
            "SECRET_KEY unit/key.yaml:5 $.data.key",
            "SECRET_PLAINTEXT unit/secrets.yaml:5 $.stringData.password",
            "SECRET_PLAINTEXT unit/secrets.yaml:23 $.stringData.password",
            "SECRET_EMPTY unit/secrets.yaml:29 $.stringData.password",
        ]
    );
}

#[test]
fn an_encrypted_file_has_to_be_open_to_everybody_whom_the_rules_name() {
    let one = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    let other = "age1a8jslqtsphama3rrq6n3awdm030w5mpkk68cqjwvqqvn7vawmeeqel9hfc";
    let rules = |recipients: &str| {
        format!(
            "creation_rules:\n- path_regex: s\\.yaml$\n  encrypted_regex: ^(data|stringData)$\n  age: {recipients}\n"
        )
    };
    let policy = common::secrets::CreationRules::parse(&rules(one))
        .unwrap()
        .policy("s.yaml")
        .unwrap();
    let plain =
        "apiVersion: v1\nkind: Secret\nmetadata:\n    name: a\n    namespace: b\nstringData:\n    a: x\n";
    let sealed = common::secrets::encrypt(
        "s.yaml",
        common::secrets::Format::Yaml,
        plain.as_bytes(),
        &policy,
        common::clock::Clock::system().now(),
        &mut common::secrets::SystemRandomness,
    );
    let sealed = String::from_utf8(sealed.unwrap()).unwrap();
    let of = |rules: &str| said(&[(".sops.yaml", rules), ("s.yaml", &sealed)], &[]);
    assert_eq!(of(&rules(one)), [""; 0]);
    assert_eq!(
        of(&rules(&format!("{one},{other}"))),
        ["SECRET_RECIPIENT s.yaml:1 $"]
    );
}
