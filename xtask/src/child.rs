//! Commands that are run to their end: cargo, Go, pip. They are ended with this process.

use std::io::Read;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::interrupt;

const PAUSE: Duration = Duration::from_millis(20);

/// Runs a command that prints what it likes; its failure is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = name(command);
    let child = command
        .stdin(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot run {name}"))?;
    let status = finish(child)?;
    if !status.success() {
        bail!("{name} failed ({status})");
    }
    Ok(())
}

/// Runs a command and returns what it says on standard output. It has a process group of its own, so that an
/// interruption ends the compilers of a cargo together with it.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let name = name(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot run {name}"))?;
    let (output, errors) = (collect(child.stdout.take()), collect(child.stderr.take()));
    let status = wait(child, Group::Own)?;
    let text = |bytes: thread::Result<Vec<u8>>| {
        String::from_utf8_lossy(&bytes.unwrap_or_default())
            .trim()
            .to_owned()
    };
    if !status.success() {
        bail!("{name} failed: {}", text(errors.join()));
    }
    Ok(text(output.join()))
}

/// Reads a stream beside the wait for its child, which would otherwise stop at a full pipe.
fn collect(stream: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // What was read until then is all there is.
            let _ = stream.read_to_end(&mut bytes);
        }
        bytes
    })
}

/// Waits for a child; an interrupted wait ends it first.
pub(crate) fn finish(child: Child) -> Result<ExitStatus> {
    wait(child, Group::Ours)
}

/// The process group of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    /// That of this process: a terminal's Ctrl-C reaches the child as well.
    Ours,
    /// One of its own, with all that it starts.
    Own,
}

fn wait(mut child: Child, group: Group) -> Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            interrupt::check()?;
            return Ok(status);
        }
        if let Err(interrupted) = interrupt::check() {
            end(&mut child, group)?;
            return Err(interrupted);
        }
        thread::sleep(PAUSE);
    }
}

/// Where a terminal's Ctrl-C reaches the child as well, a second signal would keep it from cleaning up: it is
/// told only if it has not ended by itself after a while. It is killed if it does not listen.
fn end(child: &mut Child, group: Group) -> Result<()> {
    if group == Group::Ours && has_ended(child)? {
        return Ok(());
    }
    let kill = match group {
        Group::Ours => kill_process,
        Group::Own => kill_process_group,
    };
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let send = |signal| pid.map(|pid| kill(pid, signal));
    send(Signal::TERM);
    if !has_ended(child)? {
        send(Signal::KILL);
        child.wait()?;
    }
    Ok(())
}

fn has_ended(child: &mut Child) -> Result<bool> {
    for _ in 0..250 {
        if child.try_wait()?.is_some() {
            return Ok(true);
        }
        thread::sleep(PAUSE);
    }
    Ok(false)
}

fn name(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy()];
    words.extend(command.get_args().take(2).map(|word| word.to_string_lossy()));
    words.join(" ")
}
