//! Stories of encrypted files that need no foreign program.

use super::*;

const KEY: &str = "AGE-SECRET-KEY-1DRDQ4SGYSHJJQXYUHREVZT3AHJVP9H5GVPAJ4SLTA60R920WR80SMH4SHJ";

fn identities() -> Identities {
    Identities::parse(&format!("# a key\n{KEY}\n")).unwrap()
}

fn policy(regex: &str) -> Policy {
    Policy {
        recipients: identities().recipients(),
        selection: Selection::parse("encrypted_regex", regex).unwrap(),
        coverage: Coverage::AllValues,
        indent: Indent::default(),
    }
}

fn sealed(text: &str, regex: &str) -> Vec<u8> {
    let now = jiff::Timestamp::UNIX_EPOCH;
    encrypt(
        "a.yaml",
        Format::Yaml,
        text.as_bytes(),
        &policy(regex),
        now,
        &mut SystemRandomness,
    )
    .unwrap()
}

fn findings(text: &[u8], expected: &[Recipient]) -> Vec<String> {
    let findings = lint("a.yaml", Format::Yaml, text, expected).unwrap();
    findings
        .iter()
        .map(|finding| format!("{}: {}", finding.path, finding.rule))
        .collect()
}

const SECRET: &str = "apiVersion: v1\nkind: Secret\nstringData:\n  empty: ''\n  user: CANARY\n";

#[test]
fn a_secret_in_the_clear_is_found_and_an_encrypted_or_empty_one_is_not() {
    let wrong = "stringData.user: a value of a Secret is not encrypted";
    assert_eq!(findings(SECRET.as_bytes(), &[]), [wrong]);
    assert_eq!(
        findings(&sealed(SECRET, "^stringData$"), &identities().recipients()),
        [""; 0]
    );
    // Encrypted, but not where it matters.
    assert_eq!(findings(&sealed(SECRET, "^metadata$"), &[]), [wrong]);
}

#[test]
fn a_private_key_in_the_clear_is_found_and_not_shown() {
    let text = format!("deploy:\n- key: {KEY}\n");
    assert_eq!(
        findings(text.as_bytes(), &[]),
        ["deploy.0.key: a private key stands in the clear"]
    );
    let text = format!("a: 1\nlist:\n# {KEY}\n- x\n");
    let found = lint("a.yaml", Format::Yaml, text.as_bytes(), &[]).unwrap();
    assert_eq!((found.len(), found[0].line), (1, Some(3)));
}

#[test]
fn a_file_that_the_landscape_cannot_open_is_found() {
    let other: Recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
        .parse()
        .unwrap();
    let found = findings(&sealed(SECRET, "^stringData$"), &[other]);
    assert_eq!(found.len(), 1);
    assert!(
        found
            .iter()
            .all(|text| text.starts_with(": it is not encrypted to age1ql3")),
        "{found:?}"
    );
}

#[test]
fn no_error_shows_what_it_was_given() {
    let errors = [
        Identities::parse("AGE-SECRET-KEY-1CANARY").unwrap_err(),
        "AGE-SECRET-KEY-1CANARY".parse::<Recipient>().unwrap_err(),
        CreationRules::parse("creation_rules: CANARY").unwrap_err(),
    ];
    let now = jiff::Timestamp::UNIX_EPOCH;
    let broken = [
        "a: [CANARY",
        "CANARY: 1\nCANARY: 2",
        "CANARY",
        "a: 99999999999999999999e",
        "1: CANARY",
    ];
    let refused = broken.map(|text| {
        let sealed = encrypt(
            "a.yaml",
            Format::Yaml,
            text.as_bytes(),
            &policy("."),
            now,
            &mut SystemRandomness,
        );
        sealed.map(drop)
    });
    let refused = refused
        .into_iter()
        .filter_map(Result::err)
        .map(|error| error.reason);
    for reason in errors.into_iter().chain(refused) {
        assert!(!format!("{reason} {reason:?}").contains("CANARY"), "{reason}");
    }
}

#[test]
fn a_bomb_of_aliases_is_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let previous = level - 1;
        let aliases = vec![format!("*a{previous}"); 10].join(", ");
        text = format!("{text}a{level}: &a{level} [{aliases}]\n");
    }
    let refused = Format::Yaml.read(text.as_bytes()).unwrap_err();
    assert!(
        matches!(refused, Reason::Syntax(_, "there are too many nodes")),
        "{refused}"
    );
}
