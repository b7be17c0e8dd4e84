//! Passwords that are asked for never show, neither on the terminal nor in what is printed.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::time::Instant;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use super::process::{DEADLINE, Server, finish, text};

const SECRET: &str = "canary-7351";
const REGISTER: [&str; 8] = [
    "infra",
    "provider",
    "register",
    "here",
    "--url",
    "http://im",
    "--username",
    "im",
];

/// Both ends of a terminal: the user's and the program's.
fn terminal() -> (File, OwnedFd) {
    let user = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&user).unwrap();
    unlockpt(&user).unwrap();
    let name = ptsname(&user, Vec::new()).unwrap();
    let program = open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    (File::from(user), program)
}

/// Waits until the terminal shows no more what is typed.
fn await_silence(user: &File) {
    let end = Instant::now() + DEADLINE;
    while tcgetattr(user).unwrap().local_modes.contains(LocalModes::ECHO) {
        assert!(Instant::now() < end, "the terminal goes on showing what is typed");
        std::thread::yield_now();
    }
}

/// The password that the server has.
fn stored(server: &Server) -> String {
    let provider = server.ok(&["infra", "provider", "get", "here", "-o", "json"]);
    let provider: serde_json::Value = serde_json::from_str(&provider).unwrap();
    provider["spec"]["im"]["password"].as_str().unwrap().to_owned()
}

#[test]
fn a_password_typed_at_a_terminal_is_stored_and_never_shown() {
    let server = Server::start(&["--only", "api"]);
    let (mut user, program) = terminal();
    let mut child = server
        .command(&REGISTER)
        .stdin(Stdio::from(program.try_clone().unwrap()))
        .stdout(Stdio::piped())
        .stderr(Stdio::from(program))
        .spawn()
        .unwrap();
    await_silence(&user);
    writeln!(user, "{SECRET}").unwrap();
    assert!(child.wait().unwrap().success());
    let mut printed = String::new();
    child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    // The program is gone, so that reading ends: with what there is, then with an error.
    let mut shown = Vec::new();
    let _ = user.read_to_end(&mut shown);
    let shown = text(&shown);
    assert_eq!(stored(&server), SECRET);
    assert!(shown.contains("Password of im: "), "{shown}");
    assert!(
        !shown.contains(SECRET) && !printed.contains(SECRET),
        "{shown}{printed}"
    );
}

#[test]
fn off_a_terminal_a_password_is_piped_in_or_missed() {
    let server = Server::start(&["--only", "api"]);
    let with_input = |input: &str| {
        let path = server.directory.path().join("input");
        std::fs::write(&path, input).unwrap();
        let mut command: Command = server.command(&REGISTER);
        finish(command.stdin(File::open(path).unwrap()))
    };
    let output = with_input("");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("--password"),
        "{}",
        text(&output.stderr)
    );
    let output = with_input(&format!("{SECRET}\n"));
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(stored(&server), SECRET);
    assert!(!text(&output.stdout).contains(SECRET));
}
