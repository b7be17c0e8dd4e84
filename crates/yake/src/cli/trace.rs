//! `yake trace`: where an object of a cluster comes from: unit, revision, file and line, commit and author.

use std::path::Path;

use clap::Args;
use common::git::{Authorship, Checkout};
use common::kube::{Connection, ObjectId};
use common::ui::{Detail, ExitCode, Output, OutputFormat, Render, Table};
use serde::Serialize;

use super::environment::Environment;
use super::error::CliError;
use super::repository::{Repository, RepositoryOptions};
use crate::api::Cluster;
use crate::sync::inventory::{Inventory, is_same};
use crate::sync::{Manifest, Owner, stored};

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct TraceOptions {
    /// Kind of the object, with its group and version where it has a group: `Deployment.v1.apps`, `Secret`.
    kind: String,
    /// Name of the object.
    name: String,
    /// Its namespace, if it has one.
    #[arg(short, long)]
    namespace: Option<String>,
    /// It is an object of the virtual garden.
    #[arg(long = "virtual")]
    is_virtual: bool,
    #[command(flatten)]
    repository: RepositoryOptions,
    /// Form of the output.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: OutputFormat,
}

/// Runs the command. Exits with 4 where there is no such object.
pub(super) async fn run(
    options: &TraceOptions,
    environment: &Environment,
    output: &Output,
) -> Result<ExitCode, CliError> {
    let repository = options.repository.open(environment).await?;
    let cluster = if options.is_virtual {
        Cluster::Virtual
    } else {
        Cluster::Runtime
    };
    let connection = repository.clusters.of(cluster).ok_or(CliError::NoGarden)?;
    let (id, owner) = options.find(connection).await?;
    let Some(owner) = owner else {
        output.note(&format!("{id} is kept by nobody of Yake's"));
        return Ok(ExitCode::NotFound);
    };
    let inventory = stored(&repository.clusters.runtime, &owner).await?;
    let desired = repository.desired(output).await?;
    let manifest = desired
        .units
        .iter()
        .filter(|unit| unit.unit.owner == owner)
        .flat_map(|unit| unit.manifests.iter().flatten())
        .find(|manifest| is_same(&manifest.id, &id));
    let trace = Trace::new(&id, &owner, inventory.as_ref(), manifest, &repository);
    if trace.file.is_none() {
        output.warn("the folder as it is now does not describe the object any more");
    }
    output.render(&trace, options.output)?;
    Ok(ExitCode::Success)
}

impl TraceOptions {
    /// The object and who keeps it.
    async fn find(&self, connection: &Connection) -> Result<(ObjectId, Option<Owner>), CliError> {
        let mut parts = self.kind.splitn(3, '.');
        let kind = parts.next().unwrap_or_default().to_owned();
        let api_version = match (parts.next(), parts.next()) {
            (Some(version), Some(group)) => format!("{group}/{version}"),
            (Some(version), None) => version.to_owned(),
            _ => "v1".to_owned(),
        };
        let id = ObjectId {
            api_version,
            kind,
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        };
        let (_, id) = connection.identify(&id).await?;
        match connection.get(&id).await? {
            Some(object) => Ok((id, Owner::of(&object))),
            None => Err(CliError::NotFound { object: Box::new(id) }),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    object: String,
    landscape: String,
    unit: String,
    revision: Option<String>,
    file: Option<String>,
    line: Option<usize>,
    commit: Option<String>,
    author: Option<String>,
    time: Option<String>,
    summary: Option<String>,
}

impl Trace {
    fn new(
        id: &ObjectId,
        owner: &Owner,
        inventory: Option<&Inventory>,
        manifest: Option<&Manifest>,
        repository: &Repository,
    ) -> Self {
        let origin = manifest.map(|manifest| &manifest.origin);
        let authorship = origin.and_then(|origin| {
            let line = origin.line.unwrap_or(1);
            authorship(&repository.top, &origin.file, line)
        });
        Self {
            object: id.to_string(),
            landscape: format!("{}/{}", owner.namespace, owner.landscape),
            unit: owner.unit.clone(),
            revision: inventory.and_then(|inventory| inventory.revision.clone()),
            file: origin.map(|origin| origin.file.clone()),
            line: origin.and_then(|origin| origin.line),
            commit: authorship.as_ref().map(|found| found.commit.to_string()),
            author: authorship
                .as_ref()
                .map(|found| format!("{} <{}>", found.author, found.email)),
            time: authorship.as_ref().map(|found| found.time.to_string()),
            summary: authorship.map(|found| found.summary),
        }
    }
}

/// Who wrote a line; nobody where the folder is in no repository or the line is not committed.
fn authorship(top: &Path, file: &str, line: usize) -> Option<Authorship> {
    Checkout::origin_of(top, file, line).ok().flatten()
}

impl Render for Trace {
    fn table(&self, _: Detail) -> Table {
        let mut table = Table::new(["what", "where"]);
        let place = self.file.as_ref().map(|file| match self.line {
            Some(line) => format!("{file}:{line}"),
            None => file.clone(),
        });
        let rows = [
            ("object", Some(self.object.clone())),
            ("landscape", Some(self.landscape.clone())),
            ("unit", Some(self.unit.clone())),
            ("revision", self.revision.clone()),
            ("file", place),
            ("commit", self.commit.clone()),
            ("author", self.author.clone()),
            ("time", self.time.clone()),
            ("summary", self.summary.clone()),
        ];
        for (what, text) in rows {
            table.push([what.to_owned(), text.unwrap_or_default()]);
        }
        table
    }

    fn names(&self) -> Vec<String> {
        self.file.clone().into_iter().collect()
    }
}
