//! The invariants of docs/src/architecture.md, read off the sources.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

/// A Rust source below `crates/`, without its test modules.
struct Source {
    path: String,
    code: Vec<(usize, String)>,
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources() -> Vec<Source> {
    let root = workspace();
    let mut found = Vec::new();
    collect(&root.join("crates"), &root, &mut found);
    assert!(found.len() > 20, "the sources were not found");
    found
}

fn collect(folder: &Path, root: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let relative = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, root, found);
        } else if is_product_source(&relative) {
            let text = fs::read_to_string(&path).unwrap();
            let code = text
                .split("#[cfg(test)]")
                .next()
                .unwrap()
                .lines()
                .enumerate()
                .map(|(index, line)| (index + 1, line.to_owned()))
                .collect();
            found.push(Source { path: relative, code });
        }
    }
}

fn is_product_source(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "rs")
        && path.contains("/src/")
        && !path.contains("/tests/")
        && !path.ends_with("/tests.rs")
        && !path.ends_with("_tests.rs")
}

/// Lines of code (comments left out) in which one of the words occurs.
fn offences(sources: &[Source], within: impl Fn(&str) -> bool, words: &[&str]) -> Vec<String> {
    let mut offences = Vec::new();
    for source in sources.iter().filter(|source| within(&source.path)) {
        for (number, line) in &source.code {
            let code = line.split("//").next().unwrap();
            if words.iter().any(|word| code.contains(word)) {
                offences.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    offences
}

fn assert_none(what: &str, offences: &[String]) {
    assert!(offences.is_empty(), "{what}:\n{}", offences.join("\n"));
}

#[test]
fn the_common_ground_names_no_tool() {
    let sources = sources();
    let within = |path: &str| path.starts_with("crates/common/");
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| within(&source.path)) {
        for (number, line) in &source.code {
            let lower = line.to_lowercase();
            if ["krake", "yaook", "tarook", "yake"]
                .iter()
                .any(|tool| lower.contains(tool))
            {
                found.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert_none("common names a tool", &found);
}

#[test]
fn the_nouns_know_neither_clients_nor_a_runtime_nor_a_clock() {
    let words = [
        "tokio",
        "reqwest",
        "kube::",
        "axum",
        "redb",
        "Timestamp::now",
        "SystemTime",
        "async fn",
    ];
    let found = offences(&sources(), |path| path.contains("/src/api/"), &words);
    assert_none("api does more than describe", &found);
}

#[test]
fn pure_rooms_do_no_io_and_know_no_clock() {
    let pure = [
        "crates/common/src/secrets/",
        "crates/krake/src/scheduler/",
        "crates/krake/src/manifest/",
        "crates/yake/src/build/",
        "crates/yake/src/check/",
        "crates/yake/src/landscape/",
        "crates/yake/src/mask/",
    ];
    let words = [
        "tokio",
        "reqwest",
        "std::fs",
        "std::net",
        "Timestamp::now",
        "SystemTime",
        "Instant::now",
        "async fn",
        "crate::client",
        "crate::controllers",
        "crate::server",
        "crate::store",
    ];
    let within = |path: &str| pure.iter().any(|room| path.starts_with(room));
    assert_none(
        "a pure room does more than decide",
        &offences(&sources(), within, &words),
    );
}

#[test]
fn only_the_named_rooms_open_sockets() {
    let rooms = [
        "crates/common/src/kube/",
        "crates/common/src/http/",
        "crates/common/src/git/",
        "crates/krake/src/client/",
        "crates/krake/src/metrics_provider/",
    ];
    let words = [
        "TcpListener",
        "TcpStream",
        "reqwest::Client",
        "UdpSocket",
        "kube::Client",
    ];
    let within = |path: &str| !rooms.iter().any(|room| path.starts_with(room));
    assert_none(
        "a socket is opened elsewhere",
        &offences(&sources(), within, &words),
    );
}

#[test]
fn only_main_reads_the_environment_and_exits() {
    let words = [
        "std::env::var",
        "env::vars",
        "env::var(",
        "process::exit",
        "std::env::args",
    ];
    let within = |path: &str| !path.ends_with("/main.rs");
    assert_none(
        "the environment is read or the process ended elsewhere",
        &offences(&sources(), within, &words),
    );
}

#[test]
fn only_the_terminal_room_writes_to_a_terminal() {
    let words = ["println!", "print!(", "io::stdout", "io::stderr"];
    let rooms = ["crates/common/src/ui/", "crates/common/src/telemetry/"];
    let within = |path: &str| !rooms.iter().any(|room| path.starts_with(room)) && !path.ends_with("/main.rs");
    assert_none(
        "output is written elsewhere",
        &offences(&sources(), within, &words),
    );
}

#[test]
fn tools_do_not_name_each_other() {
    let tools = ["krake", "yaook", "tarook", "yake"];
    for tool in tools {
        let others: Vec<String> = tools
            .iter()
            .filter(|other| **other != tool)
            .map(|other| format!("{other}::"))
            .collect();
        let words: Vec<&str> = others.iter().map(String::as_str).collect();
        let room = format!("crates/{tool}/");
        assert_none(
            "a tool names another",
            &offences(&sources(), |path| path.starts_with(&room), &words),
        );
    }
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent: Vec<String> = sources()
        .into_iter()
        .filter(|source| {
            !source
                .code
                .first()
                .is_some_and(|(_, line)| line.starts_with("//!"))
        })
        .map(|source| source.path)
        .collect();
    assert_none("a module begins without its purpose", &silent);
}

/// `cargo xtask e2e --all` runs every test that is left out elsewhere, so each has to say why it is heavy.
#[test]
fn a_test_that_is_left_out_is_heavy_and_says_why() {
    let root = workspace();
    let mut folders = vec![root.join("crates"), root.join("tests"), root.join("xtask")];
    let (mut heavy, mut others) = (0, Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let marks = text.lines().filter(|line| line.starts_with("#[ignore"));
                let (good, bad): (Vec<_>, _) =
                    marks.partition(|mark| mark.starts_with("#[ignore = \"heavy: "));
                heavy += good.len();
                others.extend(bad.iter().map(|mark| format!("{}: {mark}", path.display())));
            }
        }
    }
    assert!(heavy > 3, "the heavy tests were not found");
    assert_none("a test is left out and does not say why", &others);
}
