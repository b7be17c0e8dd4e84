//! The user's editor, run to its end. What would end us in between ends it first.

use std::io;
use std::path::Path;
use std::process::ExitStatus;

use tokio::process::Command;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::super::environment::Environment;

/// How the editor ended.
pub(super) enum Ended {
    /// By itself.
    Exit(ExitStatus),
    /// Somebody wants us to end.
    Told,
}

/// Signals from now on: they end nothing by themselves, so that what has to be removed is removed.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    pub(super) fn catch() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }
}

/// The editor of the user, as sops chooses it.
pub(super) fn name(environment: &Environment) -> &str {
    let names = ["SOPS_EDITOR", "VISUAL", "EDITOR"];
    let set = names.iter().find_map(|name| environment.variable(name));
    set.unwrap_or("vi")
}

/// Edits a file. Ctrl-C is for the editor.
pub(super) async fn run(editor: &str, file: &Path, signals: &mut Signals) -> io::Result<Ended> {
    // As git does it, so that an editor may have options.
    let mut child = Command::new("sh")
        .args(["-c", &format!("{editor} \"$@\""), editor])
        .arg(file)
        .env_remove("SOPS_AGE_KEY")
        .kill_on_drop(true)
        .spawn()?;
    loop {
        tokio::select! {
            status = child.wait() => return status.map(Ended::Exit),
            _ = signals.interrupt.recv() => {}
            _ = signals.terminate.recv() => break,
            _ = signals.hangup.recv() => break,
        }
    }
    child.kill().await?;
    Ok(Ended::Told)
}
