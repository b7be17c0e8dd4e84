//! `yake init`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;
use common::secrets::{Recipient, SystemRandomness};
use common::ui::{Detail, ExitCode, Output, OutputFormat, Render, Table};
use serde::Serialize;

use super::environment::Environment;
use super::error::CliError;
use crate::build::Tree;
use crate::check::{Facts, Schemas, Severity, check};
use crate::init::{Dns, Draft, Provider, Wishes, drafts, seal};
use crate::landscape::Version;

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct InitOptions {
    /// Folder of the new repository.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Name of the landscape; also its identity, which never changes.
    #[arg(long, value_name = "NAME")]
    landscape: String,
    /// Domain below which everything is.
    #[arg(long, value_name = "DOMAIN")]
    base_domain: String,
    /// Who runs the machines.
    #[arg(long, value_enum, default_value = "openstack")]
    provider: Provider,
    /// Who serves the domain.
    #[arg(long, value_enum, default_value = "openstack-designate")]
    dns: Dns,
    /// Version of Gardener.
    #[arg(long, value_name = "VERSION")]
    gardener: Version,
    /// Version of Kubernetes of the virtual garden; the newest known one that Gardener supports by default.
    #[arg(long, value_name = "VERSION")]
    kubernetes: Option<Version>,
    /// Region of the runtime cluster.
    #[arg(long, default_value = "RegionOne")]
    region: String,
    /// Zones of the runtime cluster, with commas.
    #[arg(long, value_name = "ZONES", value_delimiter = ',', default_value = "nova")]
    zones: Vec<String>,
    /// Addresses of the runtime cluster's nodes.
    #[arg(long, value_name = "CIDR", default_value = "192.168.0.0/24")]
    nodes: String,
    /// Addresses of the runtime cluster's pods.
    #[arg(long, value_name = "CIDR", default_value = "10.244.0.0/16")]
    pods: String,
    /// Addresses of the runtime cluster's services.
    #[arg(long, value_name = "CIDR", default_value = "10.96.0.0/12")]
    services: String,
    /// Where the repository will be, for `yake run`.
    #[arg(long, value_name = "URL")]
    source_url: Option<String>,
    /// Encrypt secrets for this recipient of age; may be repeated.
    #[arg(long = "age", value_name = "RECIPIENT")]
    recipients: Vec<String>,
    /// Form of the output.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: OutputFormat,
}

/// Runs the command.
pub(super) fn run(
    options: &InitOptions,
    environment: &Environment,
    output: &Output,
) -> Result<ExitCode, CliError> {
    let mut drafts = drafts(&options.wishes()?)?;
    seal(&mut drafts, environment.clock.now(), &mut SystemRandomness)?;
    if !is_good(&drafts, output)? {
        return Ok(ExitCode::Usage);
    }
    let written: Vec<Written> = drafts
        .iter()
        .map(|draft| write(&options.folder, draft))
        .collect::<Result<_, _>>()?;
    output.render(&Shown { files: written }, options.output)?;
    output.note(&format!(
        "{} says what to do next",
        options.folder.join("README.md").display()
    ));
    Ok(ExitCode::Success)
}

impl InitOptions {
    fn wishes(&self) -> Result<Wishes, CliError> {
        let recipient = |text: &String| {
            text.parse::<Recipient>().map_err(|source| CliError::Keys {
                place: "--age".to_owned(),
                source,
            })
        };
        Ok(Wishes {
            landscape: self.landscape.clone(),
            base_domain: self.base_domain.clone(),
            provider: self.provider,
            dns: self.dns,
            gardener: self.gardener.clone(),
            kubernetes: self.kubernetes.clone(),
            region: self.region.clone(),
            zones: self.zones.clone(),
            nodes: self.nodes.clone(),
            pods: self.pods.clone(),
            services: self.services.clone(),
            source_url: self.source_url.clone(),
            recipients: self.recipients.iter().map(recipient).collect::<Result<_, _>>()?,
        })
    }
}

/// Nothing is written that `yake check` would refuse: the wishes may not fit each other.
fn is_good(drafts: &[Draft], output: &Output) -> Result<bool, CliError> {
    let mut tree = Tree::new();
    for draft in drafts {
        tree.insert(draft.path.clone(), draft.content.as_bytes());
    }
    let facts = Facts {
        schemas: Schemas::shipped()?,
        ..Facts::default()
    };
    let report = check(&tree, "", &facts);
    let mut errors = report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .peekable();
    let is_good = errors.peek().is_none();
    for finding in errors {
        output.note(&format!(
            "{}: {}: {} {}",
            finding.rule, finding.file, finding.path, finding.message
        ));
    }
    if !is_good {
        output.note("these wishes make no landscape; nothing was written");
    }
    Ok(is_good)
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// It was not there.
    Written,
    /// It was there and is the same.
    Unchanged,
    /// It was there and differs: it is somebody's work.
    Kept,
}

#[derive(Debug, Serialize)]
struct Written {
    file: String,
    state: State,
}

fn write(folder: &Path, draft: &Draft) -> Result<Written, CliError> {
    let path = folder.join(&draft.path);
    let failed = |source| CliError::Write {
        path: path.clone(),
        source,
    };
    let state = match fs::read(&path) {
        Ok(there) if there == draft.content.as_bytes() => State::Unchanged,
        Ok(_) => State::Kept,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let parent = path.parent().unwrap_or(folder);
            fs::create_dir_all(parent).map_err(failed)?;
            fs::write(&path, &draft.content).map_err(failed)?;
            State::Written
        }
        Err(error) => return Err(failed(error)),
    };
    Ok(Written {
        file: draft.path.clone(),
        state,
    })
}

#[derive(Serialize)]
struct Shown {
    files: Vec<Written>,
}

impl Render for Shown {
    fn table(&self, _: Detail) -> Table {
        let mut table = Table::new(["file", "state"]);
        for written in &self.files {
            let state = match written.state {
                State::Written => "written",
                State::Unchanged => "unchanged",
                State::Kept => "left alone",
            };
            table.push([written.file.as_str(), state]);
        }
        table
    }

    fn names(&self) -> Vec<String> {
        self.files.iter().map(|written| written.file.clone()).collect()
    }
}
