//! The program as a process of its own, and plain JSON over HTTP.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

const DEADLINE: Duration = Duration::from_secs(30);

/// The binary lies beside the tests' folder.
pub(crate) fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().parent().unwrap().join("krake")
}

/// An address at which nobody listens at the moment.
pub(crate) fn free_address() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().to_string()
}

/// A running `krake serve`; ends by SIGKILL when it is dropped.
pub(crate) struct Process {
    child: Child,
    /// What it said first: its URL.
    pub(crate) url: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// `krake serve` with options.
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::run(Command::new(program()).arg("serve").args(options), Stdio::null())
    }

    /// Runs a command that becomes `krake serve` and logs to `log`.
    pub(crate) fn run(command: &mut Command, log: Stdio) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let _ = sender.send(lines.next());
            // Keeps reading, so that the child never meets a closed pipe.
            lines.for_each(drop);
        });
        let first = receiver.recv_timeout(DEADLINE).expect("nothing was said in time");
        let url = first.expect("it ended without a word").unwrap();
        Self { child, url }
    }

    pub(crate) fn pid(&self) -> String {
        self.child.id().to_string()
    }
}

/// A client that knows no connection of an earlier process.
pub(crate) fn client() -> reqwest::Client {
    // Without TLS no provider is used, but reqwest wants one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().tcp_nodelay(true).build().unwrap()
}

/// Status and text of a page.
pub(crate) async fn page(url: &str) -> Option<(u16, String)> {
    let response = client().get(url).send().await.ok()?;
    Some((response.status().as_u16(), response.text().await.ok()?))
}

/// Asks until a page is as wanted.
pub(crate) async fn until_page(url: &str, is_as_wanted: impl Fn(u16, &str) -> bool) -> String {
    let mut last = None;
    let asking = async {
        loop {
            last = page(url).await;
            if let Some((status, text)) = &last
                && is_as_wanted(*status, text)
            {
                return text.clone();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let found = tokio::time::timeout(DEADLINE, asking).await;
    found.unwrap_or_else(|_| panic!("{url}: not in time; the last answer was {last:?}"))
}

/// Sends JSON; no answer when the connection breaks.
pub(crate) async fn send(
    client: &reqwest::Client,
    method: reqwest::Method,
    url: &str,
    body: &Value,
) -> Option<(u16, Value)> {
    let request = client.request(method, url).body(body.to_string());
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    let bytes = response.bytes().await.ok()?;
    Some((status, serde_json::from_slice(&bytes).unwrap_or_default()))
}
