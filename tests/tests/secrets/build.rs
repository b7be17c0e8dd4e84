//! Folders whose files the real sops encrypted, built.

use std::fs;
use std::process::Output;

use anyhow::Result;

use super::commands::{command, said};
use super::real::{Real, run};

fn build(real: &Real, words: &[&str]) -> Output {
    command(real, &[&["build", "--decrypt"], words].concat())
        .output()
        .unwrap()
}

const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  labels: {tier: back}\nstringData:\n  user: \
                      CANARY-USER\n  password: \"\"\n";

fn write(real: &Real, files: &[(&str, &str)]) -> Result<()> {
    for (file, text) in files {
        let path = real.folder().join(file);
        fs::create_dir_all(path.parent().unwrap())?;
        fs::write(path, text)?;
    }
    Ok(())
}

fn encrypt(real: &Real, file: &str, flags: &[&str]) -> Result<()> {
    let recipient = real.identities().recipients()[0].to_string();
    run(real
        .sops()
        .args(["encrypt", "-i", "--age", &recipient])
        .args(flags)
        .arg(file))?;
    Ok(())
}

/// Y6
#[test]
fn overlays_of_what_sops_encrypted_build_and_changes_by_hand_are_refused() -> Result<()> {
    let real = Real::new()?;
    write(
        &real,
        &[
            ("base/kustomization.yaml", "resources: [secret.yaml]\n"),
            ("base/secret.yaml", SECRET),
            (
                "a/kustomization.yaml",
                "resources: [../base]\nnamespace: prod\nlabels: [{pairs: {team: a}}]\n",
            ),
            (
                "b/kustomization.yaml",
                "resources: [../base]\npatches:\n- path: patch.yaml\n",
            ),
            (
                "b/patch.yaml",
                "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: CANARY-77}\n",
            ),
            (
                "c/kustomization.yaml",
                "resources: [../base]\npatches:\n- path: own.yaml\n",
            ),
            ("c/own.yaml", &SECRET.replace("\"\"", "CANARY-OWN")),
            (
                "d/kustomization.yaml",
                "secretGenerator: [{name: raw, files: [key=raw.key], options: {disableNameSuffixHash: true}}]\n",
            ),
            ("d/raw.key", "CANARY\u{1}RAW\n"),
        ],
    )?;
    let regex = ["--encrypted-regex", "^(data|stringData)$"];
    encrypt(&real, "base/secret.yaml", &regex)?;
    encrypt(&real, "c/own.yaml", &regex)?;
    encrypt(&real, "d/raw.key", &[])?;
    for (folder, wanted) in [
        ("a", "namespace: prod"),
        ("b", "password: CANARY-77"),
        ("c", "password: CANARY-OWN"),
        // base64 of the raw bytes
        ("d", "key: Q0FOQVJZAVJBVwo="),
    ] {
        let shown = build(&real, &[folder, "--show-secrets"]);
        assert!(
            shown.status.success() && said(&shown).contains(wanted),
            "{folder}: {}",
            said(&shown)
        );
        assert!(!said(&shown).contains("sops"));
        let masked = build(&real, &[folder]);
        assert!(
            masked.status.success() && !said(&masked).contains("CANARY"),
            "{folder}: {}",
            said(&masked)
        );
    }
    let path = real.folder().join("base/secret.yaml");
    let sealed = fs::read_to_string(&path)?;
    let value = |key: &str| {
        let line = sealed.lines().find(|line| line.trim().starts_with(key)).unwrap();
        line.split_once(": ").unwrap().1.to_owned()
    };
    for changed in [
        sealed.replace("tier: back", "tier: front"),
        sealed.replace("user:", "owner:"),
        sealed.replace(&value("user:"), "CANARY-PLAIN"),
    ] {
        assert_ne!(changed, sealed);
        fs::write(&path, changed)?;
        let refused = build(&real, &["a", "--show-secrets"]);
        assert_eq!(refused.status.code(), Some(2));
        assert!(
            said(&refused).contains("base/secret.yaml cannot be decrypted"),
            "{}",
            said(&refused)
        );
        assert!(!said(&refused).contains("CANARY") && refused.stdout.is_empty());
    }
    Ok(())
}
