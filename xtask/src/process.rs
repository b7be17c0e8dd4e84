//! Processes that outlive the command that started them, known by more than their id.
//!
//! An id alone may belong to a stranger by the time somebody wants to end it. Here it goes with the
//! time at which the process started and with the boot of the machine; a signal goes through a handle
//! that was opened before those were compared, so it can never reach a successor. Linux only.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};

use crate::wait;

/// One process, of this boot of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Process {
    pid: i32,
    /// Clock ticks between the machine's start and the process's.
    started: u64,
    boot: String,
}

impl Process {
    /// Starts `command` in a process group of its own (Ctrl-C of the terminal does not reach it), its
    /// output in `log`.
    pub(crate) fn spawn(command: &mut Command, log: &Path) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let output = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let errors = output
            .try_clone()
            .with_context(|| format!("cannot write {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let pid = i32::try_from(child.id()).context("the process id is out of range")?;
        let started = Stat::read(pid)
            .with_context(|| format!("{name} ended at once"))?
            .started;
        Ok(Self {
            pid,
            started,
            boot: boot(),
        })
    }

    pub(crate) fn pid(&self) -> i32 {
        self.pid
    }

    /// Whether it is still there; a process that ended and waits to be reaped is not.
    pub(crate) fn is_running(&self) -> bool {
        self.stat().is_some_and(|stat| !matches!(stat.state, 'Z' | 'X'))
    }

    /// Whether it was stopped by [`Process::freeze`].
    pub(crate) fn is_frozen(&self) -> bool {
        self.stat().is_some_and(|stat| stat.state == 'T')
    }

    /// Memory that it holds now, in KiB.
    pub(crate) fn resident_kib(&self) -> Option<u64> {
        self.stat()?;
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).ok()?;
        status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?
            .split_whitespace()
            .next()?
            .parse()
            .ok()
    }

    /// How long it has been running.
    pub(crate) fn age(&self) -> Option<Duration> {
        let uptime = fs::read_to_string("/proc/uptime").ok()?;
        let up = uptime.split_whitespace().next()?.parse::<f64>().ok()?;
        let start = Duration::from_secs(self.started)
            .checked_div(u32::try_from(rustix::param::clock_ticks_per_second()).ok()?)?;
        Duration::try_from_secs_f64(up).ok()?.checked_sub(start)
    }

    /// Holds it: it keeps its sockets and answers nobody.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets a frozen process go on.
    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Ends it and waits until it has gone: politely for `grace`, then by force.
    pub(crate) fn end(&self, grace: Duration) -> Result<()> {
        let gone = || Ok(!self.is_running());
        if !grace.is_zero() {
            self.signal(Signal::TERM);
            if wait::until("its end", grace, gone).is_ok() {
                return Ok(());
            }
        }
        self.signal(Signal::KILL);
        wait::until(
            &format!("the end of process {}", self.pid),
            Duration::from_secs(10),
            gone,
        )
    }

    /// A process that ended meanwhile is no error: that is what every signal here leads to.
    fn signal(&self, signal: Signal) {
        let Some(pid) = Pid::from_raw(self.pid) else {
            return;
        };
        if let Ok(handle) = pidfd_open(pid, PidfdFlags::empty())
            && self.stat().is_some()
        {
            let _ = pidfd_send_signal(handle, signal);
        }
    }

    /// What the kernel knows about it; nothing if the id belongs to another process by now.
    fn stat(&self) -> Option<Stat> {
        Stat::read(self.pid).filter(|stat| stat.started == self.started && boot() == self.boot)
    }
}

/// Two fields of `/proc/PID/stat` (`man 5 proc_pid_stat`).
struct Stat {
    state: char,
    started: u64,
}

impl Stat {
    fn read(pid: i32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The second field is the program's name in brackets and may itself hold brackets and blanks.
    fn parse(text: &str) -> Option<Self> {
        let mut fields = text.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?.chars().next()?;
        let started = fields.nth(18)?.parse().ok()?;
        Some(Self { state, started })
    }
}

fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .unwrap_or_default()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper() -> (Process, std::path::PathBuf) {
        let log = std::env::temp_dir().join(format!(
            "alasca-xtask-{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        ));
        (
            Process::spawn(Command::new("sleep").arg("60"), &log).unwrap(),
            log,
        )
    }

    #[test]
    fn a_name_with_brackets_and_blanks_does_not_confuse_the_reader() {
        let text = "7 (a) b (c) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 9 9";
        let stat = Stat::parse(text).unwrap();
        assert_eq!((stat.state, stat.started), ('S', 4711));
    }

    #[test]
    fn a_process_is_frozen_thawed_and_ended() {
        let (process, log) = sleeper();
        process.freeze();
        wait::until("freeze", Duration::from_secs(5), || Ok(process.is_frozen())).unwrap();
        process.thaw();
        wait::until("thaw", Duration::from_secs(5), || Ok(!process.is_frozen())).unwrap();
        assert!(process.is_running());
        process.end(Duration::from_secs(5)).unwrap();
        assert!(!process.is_running());
        fs::remove_file(log).unwrap();
    }

    #[test]
    fn a_recycled_id_is_left_alone() {
        let (process, log) = sleeper();
        let stranger = Process {
            started: process.started + 1,
            ..process.clone()
        };
        assert!(!stranger.is_running());
        stranger.end(Duration::ZERO).unwrap();
        assert!(process.is_running(), "the other process goes on");
        process.end(Duration::ZERO).unwrap();
        fs::remove_file(log).unwrap();
    }
}
