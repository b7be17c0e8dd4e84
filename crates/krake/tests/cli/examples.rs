//! The examples of the help texts, one after the other, against a real server.

use std::process::Stdio;

use krake::cli::story;

use super::process::{Server, first_line, text, words};

/// Commands that go on until they are interrupted.
const ENDLESS: [&str; 1] = ["watch"];

#[test]
fn every_example_of_the_help_texts_works() {
    let server = Server::start(&[]);
    let mut failures = Vec::new();
    for example in story() {
        let mut arguments = words(example);
        assert_eq!(arguments.remove(0), "krake");
        match arguments[0].as_str() {
            // The server of this test is this example.
            "serve" => continue,
            "reference" => arguments[2] = server.directory.path().join("reference").display().to_string(),
            _ => {}
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        if ENDLESS.contains(&arguments[0]) {
            let mut child = server.command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
            assert!(first_line(&mut child).contains("system:admin/"));
            child.kill().unwrap();
            child.wait().unwrap();
            continue;
        }
        let output = server.run(&arguments);
        if !output.status.success() {
            failures.push(format!("{example}: {}", text(&output.stderr)));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
