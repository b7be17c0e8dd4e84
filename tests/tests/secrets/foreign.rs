//! What was done to a file without sops, and what only sops can do.

use std::fs;

use anyhow::Result;
use common::secrets::{CreationRules, Format, Reason, SystemRandomness, decrypt, encrypt};

use super::real::{Real, now, run};

const SECRET: &[u8] = b"kind: Secret\nlabel_unencrypted: back\nuser: CANARY-1\nother: CANARY-2\nlist:\n- CANARY-3\n# CANARY-4\n- x\n";

fn refused(real: &Real, text: &str) -> Option<String> {
    let error = decrypt("db.yaml", Format::Yaml, text.as_bytes(), &real.identities()).err()?;
    Some(format!("{error} {:?} {}", error.reason, error.reason))
}

#[test]
fn every_change_by_hand_is_refused_and_no_error_shows_a_value() -> Result<()> {
    let real = Real::new()?;
    let encrypted = String::from_utf8(real.encrypt("db.yaml", SECRET, &[])?)?;
    assert_eq!(refused(&real, &encrypted), None);

    let value = |key: &str| {
        let line = encrypted
            .lines()
            .find(|line| line.trim().starts_with(key))
            .unwrap();
        line.split_once(": ").unwrap().1.to_owned()
    };
    let (user, other) = (value("user:"), value("other:"));
    let swapped = encrypted
        .replace(&user, "SWAP")
        .replace(&other, &user)
        .replace("SWAP", &other);
    let mut changed = vec![
        encrypted.replace("label_unencrypted: back", "label_unencrypted: front"),
        encrypted.replace("user:", "owner:"),
        swapped,
        encrypted.replace(&user, "CANARY-5"),
        encrypted.replace(&format!("user: {user}\n"), ""),
        encrypted.replace("lastmodified: \"2", "lastmodified: \"3"),
    ];
    for (index, character) in encrypted.char_indices() {
        let line = encrypted[..index].rfind('\n').map_or(0, |end| end + 1);
        let in_value = encrypted[line..index].contains("ENC[AES256_GCM,data:") && index % 5 == 0;
        if in_value && character.is_ascii_alphanumeric() {
            let mut text = encrypted.clone();
            let flipped = if character == 'A' { "B" } else { "A" };
            text.replace_range(index..=index, flipped);
            changed.push(text);
        }
    }
    assert!(changed.len() > 100, "{}", changed.len());
    for text in changed {
        let error = refused(&real, &text).unwrap_or_else(|| panic!("not refused:\n{text}"));
        assert!(error.contains("db.yaml") && !error.contains("CANARY"), "{error}");
    }
    Ok(())
}

#[test]
fn an_unencrypted_value_may_change_where_the_mac_covers_only_encrypted_ones() -> Result<()> {
    let real = Real::new()?;
    let encrypted = String::from_utf8(real.encrypt("db.yaml", SECRET, &["--mac-only-encrypted"])?)?;
    let changed = encrypted.replace("label_unencrypted: back", "label_unencrypted: front");
    assert_eq!(refused(&real, &changed), None);
    Ok(())
}

#[test]
fn a_file_for_others_says_for_whom_it_is() -> Result<()> {
    let (real, other) = (Real::new()?, Real::new()?);
    let encrypted = String::from_utf8(other.encrypt("db.yaml", SECRET, &[])?)?;
    let error = refused(&real, &encrypted).unwrap();
    assert!(
        error.contains(&other.identities().recipients()[0].to_string()),
        "{error}"
    );
    Ok(())
}

#[test]
fn a_key_in_several_parts_is_refused_by_name() -> Result<()> {
    let (real, other) = (Real::new()?, Real::new()?);
    let (one, two) = (
        real.identities().recipients()[0].to_string(),
        other.identities().recipients()[0].to_string(),
    );
    let rules = format!(
        "creation_rules:\n- shamir_threshold: 2\n  key_groups:\n  - age: [{one}]\n  - age: [{two}]\n"
    );
    fs::write(real.folder().join(".sops.yaml"), &rules)?;
    fs::write(real.folder().join("db.yaml"), SECRET)?;
    let encrypted = run(real.sops().args(["encrypt", "db.yaml"]))?;
    let error = decrypt("db.yaml", Format::Yaml, &encrypted, &real.identities()).unwrap_err();
    assert!(matches!(error.reason, Reason::KeyGroups), "{error:?}");
    let refused = CreationRules::parse(&rules)?.policy("db.yaml").unwrap_err();
    assert!(matches!(refused, Reason::KeyGroups), "{refused:?}");
    Ok(())
}

#[test]
fn creation_rules_mean_what_they_mean_to_sops() -> Result<()> {
    let real = Real::new()?;
    let recipient = real.identities().recipients()[0].to_string();
    let rules = format!(
        "creation_rules:\n- path_regex: ^never/\n  pgp: ABC\n- path_regex: \\.yaml$\n  encrypted_regex: ^user$\n  \
         mac_only_encrypted: true\n  key_groups:\n  - age:\n    - {recipient}\n- age: >-\n    {recipient},\n    {recipient}\n"
    );
    fs::write(real.folder().join(".sops.yaml"), &rules)?;
    let parsed = CreationRules::parse(&rules)?;
    for (file, text) in [
        ("db.yaml", SECRET),
        ("db.json", br#"{"user": "CANARY", "port": 1}"#),
    ] {
        fs::write(real.folder().join(file), text)?;
        let theirs = run(real.sops().args(["encrypt", file]))?;
        let format = Format::of(file);
        let ours = encrypt(
            file,
            format,
            text,
            &parsed.policy(file)?,
            now(),
            &mut SystemRandomness,
        )?;
        assert_eq!(skeleton(&ours), skeleton(&theirs), "{file}");
        assert_eq!(real.decrypt(file, &ours)?, real.decrypt(file, &theirs)?);
    }
    assert!(matches!(
        parsed.policy("never/x"),
        Err(Reason::ForeignRecipients(_))
    ));
    assert!(matches!(
        CreationRules::parse("creation_rules: []\n")?.policy("x"),
        Err(Reason::NoRule)
    ));
    Ok(())
}

/// Everything but ciphertext and time, in its order.
fn skeleton(encrypted: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(encrypted).into_owned();
    let lines = text.lines().filter_map(|line| {
        let line = line.split("ENC[").next()?.trim().replace('"', "");
        let armor = line.contains(": ") || line.ends_with(':') || line.starts_with(['-', '{', '}']);
        let line = line.split("-----BEGIN").next()?;
        (armor && !line.contains("lastmodified") && !line.starts_with('-')).then(|| line.to_owned())
    });
    lines.collect()
}
