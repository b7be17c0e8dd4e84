//! The program under test: as a server that ends with the test, and as a command.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::rc::Rc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Time within which a server is ready and a command is done, on a machine that does other things too.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

/// Root of the repository, from which the examples run.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The program, knowing nothing of the user who runs the tests.
pub(crate) fn krake() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_krake"));
    command.env_clear().current_dir(root()).stdin(Stdio::null());
    command
}

/// `krake serve` on a free port.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    pub(crate) directory: Rc<TempDir>,
}

impl Server {
    /// Starts a server with further options and waits until it says where it listens.
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::start_in(Rc::new(tempfile::tempdir().unwrap()), options)
    }

    /// The same, with the data of an earlier server.
    pub(crate) fn start_in(directory: Rc<TempDir>, options: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", directory, options)
    }

    /// The same, where clients of the earlier server look for it.
    pub(crate) fn start_at(address: &str, directory: Rc<TempDir>, options: &[&str]) -> Self {
        let mut child = krake()
            .args(["serve", "--listen", address, "--log-level", "error", "--data-dir"])
            .arg(directory.path().join("data"))
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let url = first_line(&mut child);
        Self {
            child,
            url,
            directory,
        }
    }

    /// A command that talks to this server.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = krake();
        command.args(arguments).env("KRAKE_API_URL", &self.url);
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        finish(&mut self.command(arguments))
    }

    /// Runs a command that has to succeed and returns what it printed.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Sends a signal and returns the exit code.
    pub(crate) fn stop(mut self, signal: &str) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        wait(&mut self.child).code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first line that a child prints.
pub(crate) fn first_line(child: &mut Child) -> String {
    let stdout = child.stdout.take().unwrap();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut lines = BufReader::new(stdout).lines();
        let _ = sender.send(lines.next());
        // Keeps reading, so that the child never meets a closed pipe.
        lines.for_each(drop);
    });
    let line = receiver
        .recv_timeout(DEADLINE)
        .expect("nothing was printed in time");
    line.expect("the program ended without a word").unwrap()
}

/// Runs a command to its end, within the deadline.
pub(crate) fn finish(command: &mut Command) -> Output {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let read = |mut stream: Box<dyn std::io::Read + Send>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).unwrap();
            bytes
        })
    };
    let stdout = read(Box::new(child.stdout.take().unwrap()));
    let stderr = read(Box::new(child.stderr.take().unwrap()));
    let status = wait(&mut child);
    Output {
        status,
        stdout: stdout.join().unwrap(),
        stderr: stderr.join().unwrap(),
    }
}

fn wait(child: &mut Child) -> std::process::ExitStatus {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if Instant::now() > end {
            let _ = child.kill();
            panic!("the program did not end in time");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Splits a command line as a shell does, as far as the examples need it: spaces and single quotes.
pub(crate) fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for character in line.chars() {
        match character {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words
}
