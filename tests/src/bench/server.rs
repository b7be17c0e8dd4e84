//! `krake serve` as a process of its own, on a fresh data directory, and what it costs.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http::Method;
use serde_json::Value;

use super::endpoint::{Connection, Endpoint};

const READY_WITHIN: Duration = Duration::from_secs(20);

/// A running server; it is ended when dropped.
pub(super) struct Server {
    child: Child,
    authority: String,
    _data: tempfile::TempDir,
    log: PathBuf,
    said: PathBuf,
}

impl Server {
    /// Starts all parts, or only the named ones, and waits until they are ready.
    ///
    /// Its data lies below `folder`, which has to be on a real disk for syncing to mean anything.
    pub(super) async fn start(program: &Path, folder: &Path, parts: Option<&str>) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let data = tempfile::tempdir_in(folder)?;
        let (log, said) = (data.path().join("log"), data.path().join("said"));
        let mut command = Command::new(program);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data.path().join("data"));
        if let Some(parts) = parts {
            command.args(["--only", parts]);
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(File::create(&said)?)
            .stderr(File::create(&log)?)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut server = Self {
            child,
            authority: String::new(),
            _data: data,
            log,
            said,
        };
        server.wait_until_ready().await?;
        Ok(server)
    }

    async fn wait_until_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + READY_WITHIN;
        while !self.is_ready().await {
            if let Some(status) = self.child.try_wait()? {
                bail!("krake serve ended with {status}: {}", self.last_words());
            }
            if Instant::now() > deadline {
                bail!("krake serve is not ready: {}", self.last_words());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// The server prints its URL once it listens; it chose the port itself.
    async fn is_ready(&mut self) -> bool {
        let said = fs::read_to_string(&self.said).unwrap_or_default();
        let Some(authority) = said.lines().find_map(|line| line.strip_prefix("http://")) else {
            return false;
        };
        authority.clone_into(&mut self.authority);
        let Ok(mut connection) = self.connect().await else {
            return false;
        };
        let answer = connection.call(Method::GET, "/readyz", Bytes::new()).await;
        answer.is_ok()
    }

    fn last_words(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    pub(super) fn endpoint(&self) -> Endpoint {
        Endpoint::plain(&self.authority)
    }

    pub(super) async fn connect(&self) -> Result<Connection> {
        self.endpoint().connect().await
    }

    /// Creates or calls with a JSON body and reads the JSON answer.
    pub(super) async fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        let mut connection = self.connect().await?;
        let body = Bytes::from(body.to_string());
        let answer = connection.call(method, path, body).await?;
        Ok(serde_json::from_slice(&answer)?)
    }

    /// Processor time of all its threads since its start.
    ///
    /// In nanoseconds, unlike `/proc/PID/stat`; threads that ended meanwhile are not in it, and the runtime's
    /// workers never end.
    pub(super) fn processor_time(&self) -> Result<Duration> {
        let tasks = format!("/proc/{}/task", self.child.id());
        let mut nanoseconds = 0_u64;
        for task in fs::read_dir(tasks)? {
            let text = fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
            nanoseconds += text
                .split_whitespace()
                .next()
                .and_then(|field| field.parse::<u64>().ok())
                .unwrap_or(0);
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// Resident memory in MiB.
    pub(super) fn resident_mebibytes(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kibibytes: f64 = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.split_whitespace().next())
            .context("the process has no memory any more")?
            .parse()?;
        Ok(kibibytes / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its data goes with it, so there is nothing to finish in order.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
