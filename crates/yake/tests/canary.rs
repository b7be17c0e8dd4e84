//! Secrets in what the commands say: shown where somebody asked for them, and nowhere else.

#![cfg(test)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::clock::Clock;
use common::secrets::{Coverage, Format, Identities, Indent, Policy, Selection, SystemRandomness, encrypt};

const KEY: &str = "AGE-SECRET-KEY-1C32TFA0A5NNHAZ7LY29VR074YZRWLWJGWA6WR449E66ZXDRCD5ZQQW32YP";
const OTHER: &str = "AGE-SECRET-KEY-12H2QE3K5G6E68W34X2GNAJQ4UFGNL0YU7N8GTG7X4XC9HYSWLAGSVKJ8GZ";
const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {user: CANARY-77}\n";

fn write_sealed(folder: &Path, file: &str, text: &str) {
    let policy = Policy {
        recipients: Identities::parse(KEY).unwrap().recipients(),
        selection: Selection::parse("encrypted_regex", "^(data|stringData)$").unwrap(),
        coverage: Coverage::AllValues,
        indent: Indent::default(),
    };
    let (format, now) = (Format::of(file), Clock::system().now());
    let sealed = encrypt(file, format, text.as_bytes(), &policy, now, &mut SystemRandomness).unwrap();
    fs::write(folder.join(file), sealed).unwrap();
}

fn yake(folder: &Path, key: &str, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_yake"))
        .args(words)
        .current_dir(folder)
        .env_clear()
        .env("SOPS_AGE_KEY", key)
        .env("RUST_LOG", "trace")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

/// G8
#[test]
fn a_build_prints_decrypted_values_only_when_asked_to_show_them() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    write_sealed(here, "secret.yaml", SECRET);
    let masked = yake(here, KEY, &["build", ".", "--decrypt"]);
    assert!(masked.status.success(), "{}", said(&masked));
    assert!(
        said(&masked).contains("user: \"**masked**\""),
        "{}",
        said(&masked)
    );
    assert!(!said(&masked).contains("CANARY") && !said(&masked).contains("sops"));
    let shown = yake(
        here,
        KEY,
        &["build", ".", "--decrypt", "--show-secrets", "-o", "json"],
    );
    assert!(String::from_utf8_lossy(&shown.stdout).contains("CANARY-77"));
    assert!(!String::from_utf8_lossy(&shown.stderr).contains("CANARY"));
    let refused = yake(here, OTHER, &["build", ".", "--decrypt"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("it is encrypted to age1") && said(&refused).contains("secret.yaml"));
    let raw = yake(here, OTHER, &["build", "."]);
    assert!(said(&raw).contains("ENC[AES256_GCM") && raw.status.success());
}

#[test]
fn keys_are_taken_from_files_and_the_environment_and_never_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    write_sealed(here, "secret.yaml", SECRET);
    let keys = tempfile::tempdir().unwrap();
    let (good, bad) = (keys.path().join("good.txt"), keys.path().join("bad.txt"));
    fs::write(&good, format!("# mine\n{KEY}\n")).unwrap();
    fs::write(&bad, format!("# mine\nCANARY{KEY}\n")).unwrap();
    let build = ["build", ".", "--decrypt", "--age-key-file"];
    let opened = yake(here, "", &[&build[..], &[good.to_str().unwrap()]].concat());
    assert!(opened.status.success(), "{}", said(&opened));
    let refused = yake(here, "", &[&build[..], &[bad.to_str().unwrap()]].concat());
    assert!(
        said(&refused).contains("line 2") && !said(&refused).contains("SECRET-KEY"),
        "{}",
        said(&refused)
    );
    let config = keys.path().join("sops/age");
    fs::create_dir_all(&config).unwrap();
    fs::copy(&good, config.join("keys.txt")).unwrap();
    let from = |name: &str, value: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yake"));
        command
            .args(["build", ".", "--decrypt"])
            .current_dir(here)
            .env_clear()
            .env(name, value);
        command.output().unwrap().status.success()
    };
    assert!(from("SOPS_AGE_KEY_FILE", &good) && from("XDG_CONFIG_HOME", keys.path()));
    assert!(!from("XDG_CONFIG_HOME", here));
}

/// Y1
#[test]
fn variables_come_from_files_and_hide_what_a_secret_gives() {
    let folder = tempfile::tempdir().unwrap();
    let (unit, vars) = (folder.path().join("u"), folder.path().join("vars.yaml"));
    fs::create_dir(&unit).unwrap();
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: knobs, annotations: {ticket: \"${ID}\"}}\n\
               data: {ver: '${VER}', token: \"${TOKEN}\"}\n";
    fs::write(unit.join("map.yaml"), map).unwrap();
    let given = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {ID: '004217', VER: '2.40'}\n---\n\
                 apiVersion: v1\nkind: Secret\nmetadata: {name: b}\nstringData: {TOKEN: CANARY-78}\n";
    fs::write(&vars, given).unwrap();
    let words = ["build", "u", "--substitute-from", "vars.yaml", "--var", "ID=12"];
    let built = yake(folder.path(), "", &words);
    assert!(said(&built).contains("ticket: \"12\""), "{}", said(&built));
    assert!(said(&built).contains("token: \"**masked**\"") && !said(&built).contains("CANARY"));
    let shown = yake(folder.path(), "", &[&words[..], &["--show-secrets"]].concat());
    assert!(
        said(&shown).contains("CANARY-78") && said(&shown).contains("ver: \"2.40\""),
        "{}",
        said(&shown)
    );
}
