//! Commands in the documents: those of the first steps do what they say, all others are at least understood.

use std::process::{Command, Stdio};

use alasca_tests::lab::{Lab, LabCluster, Namespace, xtask_command};
use anyhow::Result;
use clap::error::ErrorKind;

use crate::pages::{Page, all, root};
use crate::serve::{Server, programs};

/// A command line without its comment, and without the `&` that sends it to the background.
fn bare(line: &str) -> &str {
    let line = line.split(" #").next().unwrap_or(line).trim();
    line.strip_suffix('&').unwrap_or(line).trim_end()
}

/// Splits as a shell does, as far as the documents need it: blanks and single quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for character in line.chars() {
        match character {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A command of a document.
struct Found {
    page: String,
    line: String,
    /// In a block of code, to be typed as it is; else mentioned in the text.
    is_printed: bool,
}

/// All commands of a program.
fn commands(program: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for page in all() {
        let printed = page.code().flat_map(|line| bare(line).split(" && "));
        let printed = printed.map(|line| (line, true));
        let all = printed.chain(page.quoted().map(|line| (line, false)));
        let wanted = all.filter(|(line, _)| line.starts_with(program) && is_whole(line));
        found.extend(wanted.map(|(line, is_printed)| Found {
            page: page.path.display().to_string(),
            line: line.to_owned(),
            is_printed,
        }));
    }
    assert!(found.len() > 3, "no commands of {program}were found");
    found
}

/// Neither a pattern nor part of a drawing: no marks of either, and no word in capitals that stands for others.
fn is_whole(line: &str) -> bool {
    let is_placeholder =
        |word: &str| word.len() > 1 && word.chars().all(|letter| letter.is_ascii_uppercase());
    let is_option = |word: &&str| !word.contains(['\'', '(']);
    !line.contains(['…', '[', '<', '|', '─', '\n']) && !line.split(' ').filter(is_option).any(is_placeholder)
}

#[test]
fn every_krake_command_in_the_documents_is_understood() {
    let mut wrong = Vec::new();
    for Found {
        page,
        line,
        is_printed,
    } in commands("krake ")
    {
        let Err(error) = krake::cli::command().try_get_matches_from(words(&line)) else {
            continue;
        };
        let is_cut_short = matches!(
            error.kind(),
            ErrorKind::MissingRequiredArgument | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        );
        if is_printed || !is_cut_short {
            wrong.push(format!("{page}: {line}\n{error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_xtask_command_in_the_documents_is_understood() {
    let mut wrong = Vec::new();
    for Found { page, line, .. } in commands("cargo xtask ") {
        // With --help a command is read to its end and not run; what follows `--` is for another program.
        let line = line.split(" -- ").next().unwrap();
        let mut command = xtask_command();
        command.args(words(line).into_iter().skip(2)).arg("--help");
        let output = command.output().unwrap();
        if !output.status.success() {
            wrong.push(format!(
                "{page}: {line}\n{}",
                String::from_utf8_lossy(&output.stderr)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A kubeconfig that leads into a namespace of the test's own.
fn within(cluster: &LabCluster, namespace: &Namespace) -> String {
    let mut kubeconfig = cluster.kubeconfig.clone();
    kubeconfig["contexts"][0]["context"]["namespace"] = namespace.name.as_str().into();
    kubeconfig.to_string()
}

#[tokio::test]
async fn the_first_steps_work_as_they_are_printed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut namespaces = Vec::new();
    for cluster in Lab::clusters()?.iter().take(2) {
        let namespace = cluster.namespace("first-steps").await?;
        let file = folder.path().join(format!("{}.json", cluster.name));
        std::fs::write(file, within(cluster, &namespace))?;
        namespaces.push(namespace);
    }
    let krake = Server::start(&folder.path().join("data"));
    let path = format!("{}:{}", programs().display(), std::env::var("PATH")?);
    let page = Page::read(root().join("docs/src/getting-started.md"));
    let steps = page
        .code()
        .filter(|line| line.starts_with("krake ") && !line.starts_with("krake serve"));
    let steps: Vec<&str> = steps.collect();
    assert!(steps.len() > 10, "the steps were not found");
    for step in steps {
        let output = Command::new("sh")
            .args(["-c", step])
            .current_dir(root())
            .stdin(Stdio::null())
            .env("PATH", &path)
            .env("ALASCA_LAB", folder.path())
            .env("KRAKE_API_URL", &krake.url)
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{step}: {said}");
    }
    Ok(())
}
