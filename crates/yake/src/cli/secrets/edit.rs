//! `yake secrets edit`.

use std::fs;
use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args;
use common::secrets::{Identities, SystemRandomness, decrypt, encrypt};
use common::ui::Output;
use zeroize::Zeroizing;

use super::super::environment::Environment;
use super::super::error::CliError;
use super::super::keys::KeyOptions;
use super::editor::{self, Ended, Signals};
use super::files::File;
use super::memory::Memory;
use super::policy::PolicyOptions;
use super::replace::replace;

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct EditOptions {
    /// An encrypted file, or one that does not exist yet.
    file: PathBuf,
    #[command(flatten)]
    keys: KeyOptions,
    #[command(flatten)]
    policy: PolicyOptions,
}

/// Runs the command.
pub(super) async fn run(
    options: &EditOptions,
    environment: &Environment,
    output: &Output,
) -> Result<(), CliError> {
    let session = Session {
        options,
        environment,
        identities: options.keys.identities(environment)?,
        old: match File::read(&options.file) {
            Err(CliError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => None,
            other => Some(other?),
        },
    };
    let memory = Memory::new(environment).map_err(CliError::Memory)?;
    let sealed = session.edit(&memory, output).await;
    memory.remove().map_err(CliError::Memory)?;
    let Some(sealed) = sealed? else {
        output.note("nothing was changed");
        return Ok(());
    };
    session.check_that_nobody_else_wrote()?;
    replace(&[(options.file.clone(), sealed)], output)
}

struct Session<'a> {
    options: &'a EditOptions,
    environment: &'a Environment,
    identities: Identities,
    /// The file as it is; none if it shall be a new one.
    old: Option<File>,
}

impl Session<'_> {
    /// The encrypted result; none if nothing was changed.
    async fn edit(&self, memory: &Memory, output: &Output) -> Result<Option<Vec<u8>>, CliError> {
        let mut signals = Signals::catch().map_err(CliError::Memory)?;
        let name = Path::new(self.options.file.file_name().unwrap_or_default());
        let file = self.write_plain(memory, name)?;
        loop {
            let editor = editor::name(self.environment);
            let failed = |why: String| CliError::Editor {
                editor: editor.to_owned(),
                why,
            };
            let ended = editor::run(editor, &file, &mut signals).await;
            match ended.map_err(|error| failed(error.to_string()))? {
                Ended::Told => return Err(CliError::Told),
                Ended::Exit(status) if !status.success() => return Err(failed(status.to_string())),
                Ended::Exit(_) => {}
            }
            let edited = fs::read(&file).map(Zeroizing::new).map_err(CliError::Memory)?;
            match self.seal(&edited) {
                Err(error) if wants_to_go_on(&error, output) => {}
                other => return other,
            }
        }
    }

    fn write_plain(&self, memory: &Memory, name: &Path) -> Result<PathBuf, CliError> {
        let plain = match &self.old {
            Some(old) => Some(decrypt(&old.name(), old.format(), &old.bytes, &self.identities)?.plain()?),
            None => None,
        };
        let bytes = plain.as_ref().map_or(&[][..], |plain| plain.expose());
        memory.write(name, bytes).map_err(CliError::Memory)
    }

    fn seal(&self, edited: &[u8]) -> Result<Option<Vec<u8>>, CliError> {
        let now = self.environment.clock.now();
        if let Some(old) = &self.old {
            let opened = decrypt(&old.name(), old.format(), &old.bytes, &self.identities)?;
            return Ok(opened.edit(edited, now, &mut SystemRandomness)?);
        }
        if edited.trim_ascii().is_empty() {
            return Ok(None);
        }
        let path = &self.options.file;
        let policy = self.options.policy.policy(path, self.environment)?;
        let name = path.display().to_string();
        let format = common::secrets::Format::of(&name);
        Ok(Some(encrypt(
            &name,
            format,
            edited,
            &policy,
            now,
            &mut SystemRandomness,
        )?))
    }

    fn check_that_nobody_else_wrote(&self) -> Result<(), CliError> {
        let now = fs::read(&self.options.file).ok();
        if now.as_ref() == self.old.as_ref().map(|old| &old.bytes) {
            Ok(())
        } else {
            Err(CliError::Changed {
                path: self.options.file.clone(),
            })
        }
    }
}

/// At a terminal, what cannot be encrypted can be mended.
fn wants_to_go_on(error: &CliError, output: &Output) -> bool {
    if !io::stdin().is_terminal() {
        return false;
    }
    output.error(error);
    output.note("Enter edits again; anything else gives the changes up");
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    read.is_ok_and(|length| length > 0) && line.trim().is_empty()
}
