//! Commands that are run to their end: cargo, Go, pip. They are ended with this process.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use rustix::process::{Pid, Signal, kill_process};

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

/// Runs a command and returns what it says on standard output.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let name = name(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {name}"))?;
    if !output.status.success() {
        bail!(
            "{name} failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Waits for a child; an interrupted wait ends it first.
pub(crate) fn finish(mut child: Child) -> Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            interrupt::check()?;
            return Ok(status);
        }
        if let Err(interrupted) = interrupt::check() {
            end(&mut child)?;
            return Err(interrupted);
        }
        thread::sleep(PAUSE);
    }
}

/// A terminal's Ctrl-C reaches the child as well, and a second signal would keep it from cleaning up: it
/// is told only if it has not ended by itself after a while, and killed if it does not listen.
fn end(child: &mut Child) -> Result<()> {
    if has_ended(child)? {
        return Ok(());
    }
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, Signal::TERM);
    }
    if !has_ended(child)? {
        child.kill()?;
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
