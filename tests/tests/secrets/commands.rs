//! `yake secrets` beside the real sops: what one writes the other reads, in both directions.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::corpus::CORPUS;
use super::real::{Real, run, shown};

const PLAIN: &str = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  user: CANARY-1\n  # CANARY-2\n  other: CANARY-3\n";

pub(crate) fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().parent().unwrap().join("yake")
}

/// A command in the folder of a real sops, with its key.
pub(crate) fn command(real: &Real, words: &[&str]) -> Command {
    let mut command = Command::new(program());
    command
        .args(words)
        .current_dir(real.folder())
        .env_remove("XDG_CONFIG_HOME")
        .env("HOME", real.folder())
        .env("SOPS_AGE_KEY", real.key())
        .env("RUST_LOG", "trace");
    command
}

fn yake(real: &Real, words: &[&str]) -> Output {
    command(real, &[&["secrets"], words].concat()).output().unwrap()
}

pub(crate) fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

fn succeeds(real: &Real, words: &[&str]) -> String {
    let output = yake(real, words);
    assert!(output.status.success(), "{words:?}: {}", said(&output));
    said(&output)
}

fn write_rules(real: &Real, extra: &str) {
    let recipient = real.identities().recipients()[0].to_string();
    let rules = format!(
        "creation_rules:\n- path_regex: \\.(yaml|json|env|ini|bin|txt)$\n  age: {recipient}\n{extra}"
    );
    fs::write(real.folder().join(".sops.yaml"), rules).unwrap();
}

/// Y7
#[test]
fn what_the_command_encrypts_sops_decrypts_and_the_other_way_round() -> Result<()> {
    for extra in [
        "",
        "  mac_only_encrypted: true\n",
        "stores: {yaml: {indent: 2}}\n",
    ] {
        let real = Real::new()?;
        write_rules(&real, extra);
        for (file, text) in CORPUS {
            let path = real.folder().join(file);
            fs::write(&path, text)?;
            let theirs = run(real.sops().args(["encrypt", file]))?;
            succeeds(&real, &["encrypt", "-i", file]);
            let ours = fs::read(&path)?;
            assert_eq!(
                shown(file, &real.decrypt(file, &ours)?),
                shown(file, &real.decrypt(file, &theirs)?),
                "{file} {extra}"
            );
            let layout = |bytes: &[u8]| {
                let text = String::from_utf8_lossy(bytes).into_owned();
                // age puts more or less into its own block.
                text.lines()
                    .take_while(|line| !line.starts_with("sops:"))
                    .map(|line| line.len() - line.trim_start().len())
                    .collect::<Vec<_>>()
            };
            if file.ends_with("yaml") {
                assert_eq!(layout(&ours), layout(&theirs), "{file} {extra}");
            }
            fs::write(&path, &theirs)?;
            let opened = yake(&real, &["decrypt", file]);
            if *file == "kinds.yaml" {
                assert_eq!(opened.stdout, real.decrypt(file, &theirs)?, "byte for byte");
            }
            assert_eq!(
                shown(file, &opened.stdout),
                shown(file, &real.decrypt(file, &theirs)?),
                "{file} {extra}"
            );
        }
    }
    Ok(())
}

#[test]
fn of_several_files_all_mistakes_are_told_and_none_is_written() -> Result<()> {
    let real = Real::new()?;
    write_rules(&real, "");
    let all = [
        ("a.yaml", PLAIN),
        ("b.yaml", "CANARY: [\n"),
        ("c.json", "{CANARY"),
        ("d.yaml", PLAIN),
    ];
    for (file, text) in all {
        fs::write(real.folder().join(file), text)?;
    }
    let refused = yake(&real, &["encrypt", "-i", "a.yaml", "b.yaml", "c.json", "d.yaml"]);
    assert_eq!(refused.status.code(), Some(1));
    let said_of = said(&refused);
    assert!(
        said_of.contains("b.yaml") && said_of.contains("c.json") && !said_of.contains("CANARY"),
        "{said_of}"
    );
    for (file, text) in all {
        assert_eq!(fs::read_to_string(real.folder().join(file))?, text, "{file}");
    }
    // Of a folder, what lint finds: and then nothing is left to find.
    fs::remove_file(real.folder().join("b.yaml"))?;
    fs::remove_file(real.folder().join("c.json"))?;
    fs::write(real.folder().join("map.yaml"), "kind: ConfigMap\n")?;
    let lint = yake(&real, &["lint"]);
    assert_eq!(lint.status.code(), Some(1));
    assert!(
        said(&lint).contains("a.yaml:6: stringData.user: ") && !said(&lint).contains("CANARY"),
        "{}",
        said(&lint)
    );
    fs::set_permissions(real.folder().join("d.yaml"), fs::Permissions::from_mode(0o640))?;
    let written = succeeds(&real, &["encrypt", "-i", "."]);
    assert_eq!(written, "./a.yaml\n./d.yaml\n");
    assert_eq!(succeeds(&real, &["lint"]), "");
    assert_eq!(
        fs::metadata(real.folder().join("d.yaml"))?.permissions().mode() & 0o777,
        0o640
    );
    let left: Vec<_> = fs::read_dir(real.folder())?
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        left.iter()
            .all(|name| !name.to_string_lossy().starts_with(".yake-")),
        "{left:?}"
    );
    Ok(())
}

/// R8
#[test]
fn a_rekey_changes_the_recipients_and_nothing_else_of_the_file() -> Result<()> {
    let (old, new) = (Real::new()?, Real::new()?);
    let (old_name, new_name) = (
        old.identities().recipients()[0].to_string(),
        new.identities().recipients()[0].to_string(),
    );
    for (extra, rotate) in [("", false), ("stores: {yaml: {indent: 2}}\n", false), ("", true)] {
        write_rules(&old, extra);
        for (file, text) in CORPUS {
            fs::write(old.folder().join(file), text)?;
            run(old.sops().args(["encrypt", "-i", file]))?;
            let before = fs::read(old.folder().join(file))?;
            let mut words = vec!["rekey", file, "--add", &new_name, "--remove", &old_name];
            if rotate {
                words.push("--rotate");
            }
            succeeds(&old, &words);
            let after = fs::read(old.folder().join(file))?;
            assert_eq!(
                shown(file, &new.decrypt(file, &after)?),
                shown(file, &old.decrypt(file, &before)?),
                "{file}"
            );
            fs::write(old.folder().join(file), &after)?;
            assert!(run(old.sops().args(["decrypt", file])).is_err(), "{file}");
            if !rotate {
                assert_eq!(without_keys(&before), without_keys(&after), "{file} {extra}");
            } else if file.ends_with("yaml") {
                assert_ne!(without_keys(&before), without_keys(&after), "{file}");
            }
        }
        let again = yake(
            &new,
            &["rekey", "--add", &new_name, old.folder().to_str().unwrap()],
        );
        assert_eq!(
            String::from_utf8_lossy(&again.stdout),
            "",
            "nothing was to be done"
        );
    }
    Ok(())
}

/// All lines but those of the recipients' block.
fn without_keys(file: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(file).into_owned();
    let mut is_key = false;
    let lines = text.lines().filter(|line| {
        let word = line.trim_start_matches([' ', '\t', '-', '"']);
        is_key |= word.starts_with("enc") || word.starts_with("age") || word.starts_with("sops_age");
        let is_kept = !is_key && !word.starts_with("recipient") && !word.contains("age__list_");
        is_key &= !word.contains("END AGE ENCRYPTED FILE") && !word.contains("END AGE");
        is_kept
    });
    lines.map(str::to_owned).collect()
}

/// G8, Y7
#[test]
fn an_edit_touches_what_was_edited_and_leaves_nothing_in_the_clear() -> Result<()> {
    let real = Real::new()?;
    write_rules(&real, "");
    let memory = tempfile::tempdir_in("/dev/shm")?;
    let path = real.folder().join("db.yaml");
    fs::write(&path, PLAIN)?;
    run(real.sops().args(["encrypt", "-i", "db.yaml"]))?;
    let before = fs::read_to_string(&path)?;
    let edit = |editor: &str| {
        let mut edit = command(&real, &["secrets", "edit", "db.yaml"]);
        edit.env("EDITOR", editor)
            .env_remove("VISUAL")
            .env("XDG_RUNTIME_DIR", memory.path());
        edit
    };
    let script = real.folder().join("editor.sh");
    fs::write(
        &script,
        "#!/bin/sh\nstat -c '%a %n' \"$1\" \"$(dirname \"$1\")\" > editor.log\nsed -i s/CANARY-3/CANARY-9/ \"$1\"\n",
    )?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    let output = edit("./editor.sh").output()?;
    assert!(
        output.status.success() && !said(&output).contains("CANARY"),
        "{}",
        said(&output)
    );
    let log = fs::read_to_string(real.folder().join("editor.log"))?;
    let place = format!("600 {}", memory.path().display());
    assert!(log.starts_with(&place) && log.contains("\n700 "), "{log}");
    assert_eq!(fs::read_dir(memory.path())?.count(), 0, "something is left");
    let after = fs::read_to_string(&path)?;
    let changed: Vec<&str> = after.lines().filter(|line| !before.contains(line)).collect();
    let names: Vec<&str> = changed
        .iter()
        .map(|line| line.trim().split(':').next().unwrap())
        .collect();
    let names: Vec<&str> = names.into_iter().filter(|name| *name != "lastmodified").collect();
    assert_eq!(names, ["other", "mac"]);
    let plain = String::from_utf8(real.decrypt("db.yaml", after.as_bytes())?)?;
    assert!(
        plain.contains("other: CANARY-9") && plain.contains("# CANARY-2"),
        "{plain}"
    );

    // What changes nothing, or is refused, or fails, writes nothing.
    for (editor, code) in [
        ("true", 0),
        ("false", 1),
        ("sh -c 'echo \"CANARY: [\" > \"$0\"'", 1),
    ] {
        let output = edit(editor).output()?;
        assert_eq!(output.status.code(), Some(code), "{editor}: {}", said(&output));
        assert!(!said(&output).contains("CANARY: "), "{}", said(&output));
        assert_eq!(fs::read_to_string(&path)?, after, "{editor}");
        assert_eq!(fs::read_dir(memory.path())?.count(), 0, "{editor}");
    }
    Ok(())
}

/// G8
#[test]
fn an_edit_that_is_told_to_end_leaves_nothing_in_the_clear() -> Result<()> {
    let real = Real::new()?;
    write_rules(&real, "");
    let memory = tempfile::tempdir_in("/dev/shm")?;
    let path = real.folder().join("db.yaml");
    fs::write(&path, PLAIN)?;
    run(real.sops().args(["encrypt", "-i", "db.yaml"]))?;
    let before = fs::read(&path)?;
    for signal in ["TERM", "HUP"] {
        let started = real.folder().join("started");
        let mut child = command(&real, &["secrets", "edit", "db.yaml"])
            .env("EDITOR", "sh -c 'touch started; exec sleep 60'")
            .env_remove("VISUAL")
            .env("XDG_RUNTIME_DIR", memory.path())
            .spawn()?;
        wait_for(&started);
        assert_eq!(fs::read_dir(memory.path())?.count(), 1);
        run(Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]))?;
        assert_eq!(child.wait()?.code(), Some(130), "{signal}");
        assert_eq!(fs::read_dir(memory.path())?.count(), 0, "{signal}");
        assert_eq!(fs::read(&path)?, before);
        fs::remove_file(started)?;
    }
    Ok(())
}

fn wait_for(path: &Path) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !path.exists() {
        assert!(Instant::now() < deadline, "{} did not appear", path.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}
