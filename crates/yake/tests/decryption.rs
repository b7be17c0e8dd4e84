//! Encrypted files in the build: opened as they stand in Git, under overlays, and refused where anything of them was
//! changed by hand. The real sops encrypts the same cases in `tests/tests/secrets`.

#![cfg(test)]

use common::clock::Clock;
use common::secrets::{Coverage, Format, Identities, Indent, Policy, Selection, SystemRandomness, encrypt};
use yake::build::{Builder, Built, Object, OnMissing, Tree, Value, Variables, substitute};
use yake::mask;

const KEY: &str = "AGE-SECRET-KEY-1C32TFA0A5NNHAZ7LY29VR074YZRWLWJGWA6WR449E66ZXDRCD5ZQQW32YP";
const OTHER: &str = "AGE-SECRET-KEY-12H2QE3K5G6E68W34X2GNAJQ4UFGNL0YU7N8GTG7X4XC9HYSWLAGSVKJ8GZ";

fn identities(key: &str) -> Identities {
    Identities::parse(key).unwrap()
}

fn sealed_by(file: &str, text: &str, regex: &str) -> String {
    let policy = Policy {
        recipients: identities(KEY).recipients(),
        selection: Selection::parse("encrypted_regex", regex).unwrap(),
        coverage: Coverage::AllValues,
        indent: Indent::default(),
    };
    let (format, now) = (Format::of(file), Clock::system().now());
    let sealed = encrypt(file, format, text.as_bytes(), &policy, now, &mut SystemRandomness);
    String::from_utf8(sealed.unwrap()).unwrap()
}

fn sealed(file: &str, text: &str) -> String {
    sealed_by(file, text, "^(data|stringData|spec)$")
}

fn everything(file: &str, text: &str) -> String {
    sealed_by(file, text, "")
}

const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  labels: {tier: back}\nstringData:\n  \
                      user: CANARY-USER\n  password: \"\"\n  # CANARY-COMMENT\n  other: CANARY-OTHER\n";

fn tree(files: &[(&str, &str)]) -> Tree {
    let mut tree = Tree::new();
    for (path, text) in files {
        tree.insert(*path, *text);
    }
    tree
}

/// The whole chain of an error.
fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

fn build_with(key: &str, files: &[(&str, &str)], folder: &str) -> Result<Built, String> {
    let identities = identities(key);
    let built = Builder::new(&tree(files)).decrypt(&identities).build(folder);
    built.map_err(|error| {
        let (shown, debug) = (chain(&error), format!("{error:?}"));
        assert!(
            !shown.contains("CANARY") && !debug.contains("CANARY"),
            "{shown} {debug}"
        );
        shown
    })
}

fn build(files: &[(&str, &str)], folder: &str) -> Result<Vec<Object>, String> {
    build_with(KEY, files, folder).map(|built| {
        assert!(!format!("{built:?}").contains("CANARY"), "{built:?}");
        built.objects
    })
}

fn text<'a>(object: &'a Object, path: &[&str]) -> &'a str {
    object.value.at(path).and_then(Value::as_text).unwrap_or("(none)")
}

/// Y6 A, B, C
#[test]
fn overlays_work_on_what_an_encrypted_base_holds() {
    let base = sealed("secret.yaml", SECRET);
    let own = sealed("own.yaml", &SECRET.replace("\"\"", "CANARY-OWN"));
    let files = [
        ("base/kustomization.yaml", "resources: [secret.yaml]\n"),
        ("base/secret.yaml", &base),
        (
            "over-a/kustomization.yaml",
            "resources: [../base]\nnamespace: prod\nlabels: [{pairs: {team: a}}]\n",
        ),
        (
            "over-b/kustomization.yaml",
            "resources: [../base]\npatches:\n- patch: |\n    apiVersion: v1\n    kind: Secret\n    metadata: {name: db}\n    \
             stringData: {password: CANARY-77}\n",
        ),
        (
            "over-c/kustomization.yaml",
            "resources: [../base]\npatches: [{path: own.yaml}]\n",
        ),
        ("over-c/own.yaml", &own),
    ];
    for (folder, password) in [("over-a", ""), ("over-b", "CANARY-77"), ("over-c", "CANARY-OWN")] {
        let objects = build(&files, folder).unwrap();
        let [object] = objects.as_slice() else {
            panic!("{objects:?}")
        };
        assert_eq!(text(object, &["stringData", "user"]), "CANARY-USER", "{folder}");
        assert_eq!(text(object, &["stringData", "password"]), password, "{folder}");
        assert!(object.value.get("sops").is_none() && object.is_secret() && object.is_from_secrets());
    }
    let objects = build(&files, "over-a").unwrap();
    assert_eq!(text(&objects[0], &["metadata", "namespace"]), "prod");
    assert_eq!(text(&objects[0], &["metadata", "labels", "team"]), "a");
}

/// Y6, G8
#[test]
fn every_change_by_hand_of_an_encrypted_file_is_refused_by_name() {
    let base = sealed("secret.yaml", SECRET);
    let value = |key: &str| {
        let line = base.lines().find(|line| line.trim().starts_with(key)).unwrap();
        line.split_once(": ").unwrap().1.to_owned()
    };
    let (user, other) = (value("user:"), value("other:"));
    let moved = base
        .replace(&user, "SWAP")
        .replace(&other, &user)
        .replace("SWAP", &other);
    let block = base.find("sops:").unwrap();
    for (what, changed) in [
        ("a label", base.replace("tier: back", "tier: front")),
        ("a key", base.replace("user:", "owner:")),
        ("moved values", moved),
        ("a value in the clear", base.replace(&user, "CANARY-PLAIN")),
        ("no block", base[..block].to_owned()),
        ("no MAC", base.replace("    mac:", "    macro:")),
    ] {
        let error = build(&[("a/secret.yaml", &changed)], "a").unwrap_err();
        assert!(
            error.starts_with("a/secret.yaml cannot be decrypted: "),
            "{what}: {error}"
        );
    }
    assert!(build(&[("a/secret.yaml", &base)], "a").is_ok());
}

/// G8
#[test]
fn without_the_right_key_the_error_says_for_whom_the_file_is() {
    let base = sealed("secret.yaml", SECRET);
    let error = build_with(OTHER, &[("secret.yaml", &base)], "").unwrap_err();
    let recipient = identities(KEY).recipients()[0].to_string();
    assert!(
        error.contains(&recipient) && error.contains("secret.yaml"),
        "{error}"
    );
}

#[test]
fn without_being_asked_an_encrypted_file_is_left_as_it_is() {
    let base = sealed("secret.yaml", SECRET);
    let built = yake::build::build(&tree(&[("secret.yaml", &base)]), "").unwrap();
    assert!(built.objects[0].value.get("sops").is_some());
    assert!(text(&built.objects[0], &["stringData", "user"]).starts_with("ENC["));
}

#[test]
fn generators_get_what_their_encrypted_inputs_hold_in_every_format() {
    let files = [
        ("all.env", everything("all.env", "USER=CANARY-ENV\n")),
        ("vars", everything("x.env", "OTHER=CANARY-VARS\n")),
        ("all.ini", everything("all.ini", "[a]\nb = CANARY-INI\n")),
        ("all.json", everything("all.json", "{\"a\": \"CANARY-JSON\"}")),
        ("all.yaml", everything("all.yaml", "a: CANARY-YAML\n")),
        ("raw.key", everything("raw.key", "CANARY\u{0}BYTES\n")),
    ];
    let kustomization = "configMapGenerator: [{name: map, files: [all.ini]}, {name: plain, literals: [a=b]}]\n\
         secretGenerator: [{name: db, envs: [all.env, vars], files: [all.json, all.yaml, key=raw.key]}]\n\
         generatorOptions: {disableNameSuffixHash: true}\n";
    let mut all: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    all.push(("kustomization.yaml", kustomization));
    let objects = build(&all, "").unwrap();
    let named = |name: &str| objects.iter().find(|object| object.name() == name).unwrap();
    assert!(text(named("map"), &["data", "all.ini"]).contains("CANARY-INI"));
    assert!(named("map").is_secret() && !named("plain").is_secret());
    let data = |key: &str| {
        use base64::Engine as _;
        let letters: String = text(named("db"), &["data", key]).split_whitespace().collect();
        base64::engine::general_purpose::STANDARD.decode(letters).unwrap()
    };
    assert_eq!(data("USER"), b"CANARY-ENV");
    assert_eq!(data("OTHER"), b"CANARY-VARS");
    assert_eq!(data("key"), "CANARY\u{0}BYTES\n".as_bytes());
    assert_eq!(data("all.yaml"), b"a: CANARY-YAML\n");
    assert!(
        String::from_utf8(data("all.json"))
            .unwrap()
            .contains("CANARY-JSON")
    );
}

#[test]
fn data_of_a_secret_that_are_encrypted_documents_are_opened() {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::STANDARD;
    let inner = engine.encode(everything("inner.yaml", "a: CANARY-INNER\n"));
    let manifest = |data: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\ndata: {{inner.yaml: {data}, plain: cGxhaW4=}}\n"
        )
    };
    let objects = build(&[("x.yaml", &manifest(&inner))], "").unwrap();
    let data = engine.decode(text(&objects[0], &["data", "inner.yaml"])).unwrap();
    assert_eq!(data, b"a: CANARY-INNER\n");
    assert_eq!(text(&objects[0], &["data", "plain"]), "cGxhaW4=");
    let error = build_with(OTHER, &[("x.yaml", &manifest(&inner))], "").unwrap_err();
    assert!(
        error.starts_with("x.yaml (data.inner.yaml) cannot be decrypted"),
        "{error}"
    );
}

#[test]
fn an_object_that_wants_to_stay_encrypted_does() {
    let secret = SECRET.replace(
        "  labels:",
        "  annotations: {kustomize.toolkit.fluxcd.io/decrypt: disabled}\n  labels:",
    );
    let base = sealed("secret.yaml", &secret);
    let objects = build_with(OTHER, &[("secret.yaml", &base)], "").unwrap().objects;
    assert!(objects[0].value.get("sops").is_some());
}

/// Y7
#[test]
fn comments_of_lists_and_of_members_are_no_values() {
    let text = "apiVersion: example.test/v1\nkind: Peers\nmetadata: {name: x}\nspec:\n  peers:\n  # CANARY-1\n  - CANARY-2\n  - \
                2021-01-01\n  - 3.50\n  - true\n  - \"\"\n  - {}\n  - []\n  - \"yes\"\n  # CANARY-3\n";
    let objects = build(&[("x.yaml", &sealed("x.yaml", text))], "").unwrap();
    let peers = objects[0]
        .value
        .at(&["spec", "peers"])
        .unwrap()
        .as_list()
        .unwrap();
    assert_eq!(peers.len(), 8);
    assert_eq!(peers[0].as_text(), Some("CANARY-2"));
    assert_eq!(peers[1].as_text(), Some("2021-01-01T00:00:00Z"));
    assert_eq!(peers[7].as_text(), Some("yes"));
}

#[test]
fn documents_that_were_encrypted_one_by_one_may_stand_in_one_file_with_others() {
    let plain = "apiVersion: v1\nkind: Namespace\nmetadata: {name: prod}\n";
    let two = SECRET.replace("name: db", "name: two");
    let joined = format!(
        "{plain}---\n{}---\n{}",
        sealed("a.yaml", SECRET),
        sealed("a.yaml", &two)
    );
    let objects = build(&[("all.yaml", &joined)], "").unwrap();
    let names: Vec<&str> = objects.iter().map(Object::name).collect();
    assert_eq!(names, ["prod", "db", "two"]);
    let lines: Vec<Option<usize>> = objects.iter().map(|object| object.origin.line).collect();
    let expected = |name: &str| {
        joined
            .lines()
            .position(|line| line.contains(name))
            .map(|line| line - 2)
    };
    assert_eq!(lines, [Some(1), expected("name: db"), expected("name: two")]);

    let together = sealed("a.yaml", &format!("{SECRET}---\n{two}"));
    let objects = build(&[("all.yaml", &together)], "").unwrap();
    assert_eq!(text(&objects[1], &["stringData", "user"]), "CANARY-USER");
    let first = together.split_inclusive("---\n").next().unwrap();
    assert!(build(&[("all.yaml", first)], "").is_err());
}

#[test]
fn what_came_from_encrypted_files_is_masked_in_the_fields_that_were_encrypted() {
    let release = "apiVersion: example.test/v1\nkind: Release\nmetadata: {name: x, labels: {a: b}}\nspec:\n  token: CANARY\n  \
                   list: [CANARY]\nother: shown\n";
    let copied =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: copy}\ndata: {token: none, public: shown}\n";
    let patched = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: patched}\ndata: {a: shown}\n";
    let patch = patched.replace("shown", "CANARY");
    let kustomization = "resources: [release.yaml, copied.yaml, patched.yaml]\npatches: [{path: patch.yaml}]\nreplacements:\n- source: {kind: Release, fieldPath: \
                         spec.token}\n  targets: [{select: {kind: ConfigMap, name: copy}, fieldPaths: [data.token]}]\n";
    let objects = build(
        &[
            ("release.yaml", &sealed("release.yaml", release)),
            ("copied.yaml", copied),
            ("patched.yaml", patched),
            ("patch.yaml", &sealed("patch.yaml", &patch)),
            ("kustomization.yaml", kustomization),
        ],
        "",
    )
    .unwrap();
    let masked: Vec<String> = objects
        .iter()
        .map(|object| yake::build::write(&mask::value(&object.value, &object.secret_fields())))
        .collect();
    let masked = masked.join("---\n");
    assert!(masked.contains("other: shown") && masked.contains("a: b") && masked.contains("kind: Release"));
    assert!(!masked.contains("CANARY"), "{masked}");
    assert_eq!(masked.matches(mask::MASKED).count(), 5, "{masked}");
}

/// Y1
#[test]
fn a_secret_variable_hides_the_field_that_it_is_put_into_and_is_in_no_error() {
    let mut objects = build(
        &[(
            "a.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {ticket: '${ID}'}}\ndata: {x: '${TOKEN}'}\n",
        )],
        "",
    )
    .unwrap();
    let mut variables = Variables::new();
    let sources = build(
        &[(
            "vars.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {ID: '1', N: '7'}\n---\napiVersion: v1\nkind: Secret\n\
             metadata: {name: b}\ndata: {ID: MDA0MjE3}\nstringData: {TOKEN: CANARY}\n",
        )],
        "",
    )
    .unwrap();
    for source in &sources {
        variables.insert_object(source).unwrap();
    }
    assert!(!format!("{variables:?}").contains("CANARY"));
    variables.insert("ID", "inline wins");
    substitute(&mut objects, &variables, OnMissing::Fail).unwrap();
    assert_eq!(
        text(&objects[0], &["metadata", "annotations", "ticket"]),
        "inline wins"
    );
    assert_eq!(text(&objects[0], &["data", "x"]), "CANARY");
    assert!(
        objects[0].secret_fields().hides("data") && !objects[0].secret_fields().hides("metadata.annotations")
    );

    let secret = SECRET.replace("CANARY-USER", "${CANARY_NAME}");
    let mut objects = build(&[("s.yaml", &sealed("s.yaml", &secret))], "").unwrap();
    let error = substitute(&mut objects, &variables, OnMissing::Fail)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("stringData.user") && !error.contains("CANARY"),
        "{error}"
    );
    let secret = SECRET.replace("CANARY-USER", "${CANARY!x}");
    let mut objects = build(&[("s.yaml", &sealed("s.yaml", &secret))], "").unwrap();
    let error = substitute(&mut objects, &variables, OnMissing::Fail).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("CANARY"), "{error}");
}

#[test]
fn a_variables_file_that_holds_something_else_is_not_quoted() {
    let error = build(
        &[
            ("x.env", "GOOD=1\nCANARY second line\n"),
            (
                "kustomization.yaml",
                "secretGenerator: [{name: a, envs: [x.env]}]\n",
            ),
        ],
        "",
    )
    .unwrap_err();
    assert!(error.contains("line 2"), "{error}");
}
