//! Encrypted files go to and fro between us and the real sops.

#![cfg(test)]

mod build;
mod cluster;
mod commands;
mod corpus;
mod foreign;
mod real;

use anyhow::Result;
use common::secrets::{Coverage, Format, Indent, Policy, Selection, SystemRandomness, decrypt, encrypt};

use corpus::CORPUS;
use real::{Real, now, shown};

fn policy(real: &Real, selection: Selection, coverage: Coverage) -> Policy {
    Policy {
        recipients: real.identities().recipients(),
        selection,
        coverage,
        indent: Indent::default(),
    }
}

/// What can be said about a file, besides its content.
fn rules() -> Vec<(Vec<&'static str>, Selection, Coverage)> {
    let rule = |name: &str, value| Selection::parse(name, value).unwrap();
    vec![
        (vec![], Selection::default(), Coverage::AllValues),
        (
            vec!["--mac-only-encrypted"],
            Selection::default(),
            Coverage::EncryptedValues,
        ),
        (
            vec![
                "--encrypted-regex",
                "^(data|stringData|peers)$",
                "--mac-only-encrypted",
            ],
            rule("encrypted_regex", "^(data|stringData|peers)$"),
            Coverage::EncryptedValues,
        ),
        (
            vec!["--unencrypted-regex", "^na"],
            rule("unencrypted_regex", "^na"),
            Coverage::AllValues,
        ),
        (
            vec!["--encrypted-suffix", "s"],
            rule("encrypted_suffix", "s"),
            Coverage::AllValues,
        ),
        (
            vec!["--unencrypted-suffix", "s"],
            rule("unencrypted_suffix", "s"),
            Coverage::AllValues,
        ),
    ]
}

#[test]
fn what_sops_encrypts_is_decrypted_to_the_same() -> Result<()> {
    let real = Real::new()?;
    for (file, text) in CORPUS {
        for (flags, ..) in rules() {
            let encrypted = real.encrypt(file, text, &flags)?;
            let opened = decrypt(file, Format::of(file), &encrypted, &real.identities())?;
            let ours = opened.plain()?;
            let theirs = real.decrypt(file, &encrypted)?;
            assert_eq!(
                shown(file, ours.expose()),
                shown(file, &theirs),
                "{file} {flags:?}"
            );
        }
    }
    Ok(())
}

#[test]
fn what_is_encrypted_here_sops_decrypts_to_the_same() -> Result<()> {
    let real = Real::new()?;
    for (file, text) in CORPUS {
        for (flags, selection, coverage) in rules() {
            // Binary data in the clear has no place in JSON: it is refused here, and damaged by sops.
            if file.ends_with("bin") && flags.iter().any(|flag| flag.contains("ed-")) {
                continue;
            }
            let policy = policy(&real, selection, coverage);
            let ours = encrypt(
                file,
                Format::of(file),
                text,
                &policy,
                now(),
                &mut SystemRandomness,
            )?;
            let theirs = real.encrypt(file, text, &flags)?;
            assert_eq!(
                shown(file, &real.decrypt(file, &ours)?),
                shown(file, &real.decrypt(file, &theirs)?),
                "{file} {flags:?}"
            );
            let again = decrypt(file, Format::of(file), &ours, &real.identities())?.plain()?;
            assert_eq!(
                shown(file, again.expose()),
                shown(file, &real.decrypt(file, &ours)?),
                "{file} {flags:?}"
            );
        }
    }
    Ok(())
}

#[test]
fn an_edit_keeps_the_ciphertext_of_what_it_does_not_touch() -> Result<()> {
    let real = Real::new()?;
    let file = "edit.yaml";
    let encrypted = real.encrypt(
        file,
        b"a: one\nb:\n  - same\n  - same\n  # note\n  - two\nc: 3\n",
        &[],
    )?;
    let opened = decrypt(file, Format::Yaml, &encrypted, &real.identities())?;
    let plain = String::from_utf8(opened.plain()?.expose().to_vec())?;
    let edited = opened.edit(
        plain.replace("one", "other").as_bytes(),
        now(),
        &mut SystemRandomness,
    )?;
    let edited = edited.expect("a value was changed");

    let sealed = |bytes: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let lines = text
            .lines()
            .filter(|line| line.contains("ENC[") && !line.contains("mac:"));
        lines.map(str::to_owned).collect()
    };
    let (before, after) = (sealed(&encrypted), sealed(&edited));
    assert_eq!(before.len(), 6);
    assert_eq!(before[1..], after[1..]);
    assert_ne!(before[0], after[0]);
    let theirs = String::from_utf8(real.decrypt(file, &edited)?)?;
    assert!(
        theirs.contains("a: other") && theirs.contains("# note"),
        "{theirs}"
    );

    let opened = decrypt(file, Format::Yaml, &edited, &real.identities())?;
    let same = opened.plain()?;
    assert!(
        opened
            .edit(same.expose(), now(), &mut SystemRandomness)?
            .is_none()
    );
    Ok(())
}

#[test]
fn a_rekeyed_file_is_open_to_the_new_recipient_and_closed_to_the_old() -> Result<()> {
    let (old, new) = (Real::new()?, Real::new()?);
    for (file, text) in CORPUS {
        let encrypted = old.encrypt(file, text, &[])?;
        let opened = decrypt(file, Format::of(file), &encrypted, &old.identities())?;
        let rekeyed = opened.rekey(&new.identities().recipients(), now(), &mut SystemRandomness)?;
        let plain = shown(file, &new.decrypt(file, &rekeyed)?);
        assert_eq!(plain, shown(file, &old.decrypt(file, &encrypted)?), "{file}");
        assert!(old.decrypt(file, &rekeyed).is_err());
        let refused = decrypt(file, Format::of(file), &rekeyed, &old.identities()).unwrap_err();
        assert!(
            format!("{:?}", refused.reason).starts_with("NoKey"),
            "{refused:?}"
        );
    }
    Ok(())
}
