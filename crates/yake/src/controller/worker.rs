//! One run for one landscape: read it, refresh its source, make what it wants, go through the units, report.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use common::clock::Clock;
use common::kube::{Connection, Error};
use common::reconcile::{Action, Queue};
use common::secrets::Identities;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::ControllerOptions;
use super::events::{Events, Severity};
use super::figures::Figures;
use super::follow::Following;
use super::memory::{Memory, Snapshot};
use super::source::{Refresh, SourceProblem};
use super::status::{self, Permanence, Standing};
use super::subject::{self, Key, Kind, SubjectError, Wanted};
use crate::api::names::{self, LANDSCAPE_FILE};
use crate::api::{Cluster, Landscape, LandscapeSpec, Versions};
use crate::landscape::upgrade::Vector;
use crate::sync::{
    self, Clusters, Desired, Occasion, Owner, Reason, Round, Sources, UnitStatus, data_of, desired, garden,
    secret_of, within,
};

/// Runs of all landscapes.
pub(super) struct Worker {
    runtime: Connection,
    options: ControllerOptions,
    clock: Clock,
    queue: Queue<Key>,
    figures: Figures,
    memories: Mutex<HashMap<Key, Arc<tokio::sync::Mutex<Memory>>>>,
}

/// Why a run came to no round.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error("it is not understood: {0}")]
    Subject(SubjectError),
    #[error("making what it wants panicked")]
    Panicked,
    #[error("{file} of the repository is not understood: {why}")]
    File { file: String, why: String },
    #[error("the key of encrypted files: {0}")]
    Keys(String),
    #[error("variables: {0}")]
    Variables(#[from] sync::VariablesError),
    #[error("the units are in no order: {0}")]
    Order(#[from] common::graph::GraphError),
    #[error(transparent)]
    Cluster(#[from] Error),
}

impl Worker {
    pub(super) fn new(
        runtime: Connection,
        options: ControllerOptions,
        clock: Clock,
        queue: Queue<Key>,
        figures: Figures,
    ) -> Self {
        Self {
            figures,
            runtime,
            options,
            clock,
            queue,
            memories: Mutex::default(),
        }
    }

    /// Has all Kustomizations that are kept looked at.
    pub(super) fn look_at_kustomizations(&self) {
        let keys = self.memories.lock().keys().cloned().collect::<Vec<_>>();
        let kustomizations = keys.into_iter().filter(|key| key.kind == Kind::Kustomization);
        self.queue.extend(kustomizations);
    }

    /// Brings one landscape into line as far as that goes now.
    pub(super) async fn reconcile(&self, key: Key) -> Action {
        let object = match self.runtime.get(&key.id()).await {
            Ok(Some(object)) if subject::is_kept(key.kind, &object) => object,
            Ok(_) => {
                self.memories.lock().remove(&key);
                return Action::Gone;
            }
            Err(error) => {
                tracing::warn!(%error, "a landscape cannot be read");
                return Action::Retry;
            }
        };
        let memory = Arc::clone(self.memories.lock().entry(key.clone()).or_default());
        let mut memory = memory.lock().await;
        match self.run(&key, object, &mut memory).await {
            Ok(action) => action,
            Err(error) => {
                tracing::warn!(%error, landscape = %key.name, "a landscape cannot be gone through");
                Action::Retry
            }
        }
    }

    async fn run(&self, key: &Key, object: Value, memory: &mut Memory) -> Result<Action, Error> {
        let wanted = match subject::read(&self.runtime, key.kind, object.clone()).await {
            Ok(wanted) => wanted,
            Err(SubjectError::Cluster(error)) => return Err(error),
            Err(error) => return self.refuse(key.kind, &object, &error.into()).await,
        };
        if wanted.landscape.spec.suspend || wanted.suspended.iter().any(|unit| unit == "*") {
            let standing = Standing {
                units: &[],
                revision: None,
                source_problem: None,
                handled: wanted.requested.as_deref(),
                is_suspended: true,
            };
            self.report(wanted.kind, &wanted.object, &standing).await?;
            return Ok(Action::Done);
        }
        if let Some(open) = subject::open_dependency(&self.runtime, &wanted).await? {
            return self.wait_for(&wanted, &open).await;
        }
        let problem = self.refresh(&wanted, memory).await;
        let Some(snapshot) = memory.snapshot.clone() else {
            return self.without_source(&wanted, problem, memory).await;
        };
        match self.round(key, &wanted, &snapshot, memory).await {
            Ok(statuses) => self.conclude(&wanted, &snapshot, problem, statuses, memory).await,
            Err(RunError::Cluster(error)) => Err(error),
            Err(error) => self.refuse(wanted.kind, &wanted.object, &error).await,
        }
    }

    /// A Kustomization that comes before is not ready.
    async fn wait_for(&self, wanted: &Wanted, open: &str) -> Result<Action, Error> {
        let standing = Standing {
            units: &[UnitStatus::waits(&wanted.landscape.metadata.name, open)],
            revision: None,
            source_problem: None,
            handled: wanted.requested.as_deref(),
            is_suspended: false,
        };
        self.report(wanted.kind, &wanted.object, &standing).await?;
        Ok(Action::After(Duration::from_secs(2)))
    }

    async fn refresh(&self, wanted: &Wanted, memory: &mut Memory) -> Option<SourceProblem> {
        let Some(source) = &wanted.landscape.spec.source else {
            return Some(SourceProblem::Invalid("spec.source is missing".to_owned()));
        };
        let refresh = Refresh {
            runtime: &self.runtime,
            cache: &self.options.cache,
            namespace: &wanted.landscape.metadata.namespace,
            landscape: &wanted.landscape.metadata.name,
            requested: wanted.requested.as_deref(),
        };
        refresh.run(memory, source).await.err()
    }

    async fn without_source(
        &self,
        wanted: &Wanted,
        problem: Option<SourceProblem>,
        memory: &mut Memory,
    ) -> Result<Action, Error> {
        let standing = Standing {
            units: &[],
            revision: None,
            source_problem: problem.as_ref().map(told),
            handled: wanted.requested.as_deref(),
            is_suspended: false,
        };
        if let Some(problem) = &problem {
            let events = self.events(&wanted.object);
            events
                .tell(Severity::Warning, "GitOperationFailed", &problem.to_string())
                .await;
        }
        self.report(wanted.kind, &wanted.object, &standing).await?;
        memory.statuses.clear();
        Ok(match problem {
            Some(problem) if problem.is_permanent() => Action::Done,
            _ => Action::Retry,
        })
    }

    /// Goes through the units once.
    async fn round(
        &self,
        key: &Key,
        wanted: &Wanted,
        snapshot: &Snapshot,
        memory: &mut Memory,
    ) -> Result<Vec<UnitStatus>, RunError> {
        let folder = folder_of(wanted);
        let landscape = from_repository(wanted, snapshot, &folder)?;
        let versions = versions(&landscape, snapshot, &folder)?;
        let identities = self.identities(&landscape).await?;
        let variables = sync::variables(&landscape, &self.runtime).await?;
        let clusters = Clusters {
            runtime: self.runtime.clone(),
            garden: garden(&landscape, &self.runtime).await?,
        };
        let made = make(
            landscape,
            Arc::clone(&snapshot.tree),
            folder,
            identities,
            variables,
            wanted.overlay.clone(),
        )
        .await;
        let Some((landscape, desired)) = made else {
            return Err(RunError::Panicked);
        };
        self.follow(key, &landscape, &clusters, &desired, memory).await;
        let round = Round {
            landscape: &landscape,
            desired: &desired,
            clusters: &clusters,
            revision: Some(snapshot.revision.to_string()),
            versions: versions.as_ref(),
            occasion: Occasion::Keeping,
            only: &[],
        };
        let statuses = round.go().await?;
        memory.landscape = Some(landscape);
        Ok(statuses)
    }

    /// Watches what the landscape wants, before it is looked at: nothing that happens afterwards is missed.
    async fn follow(
        &self,
        key: &Key,
        landscape: &Landscape,
        clusters: &Clusters,
        desired: &Desired,
        memory: &mut Memory,
    ) {
        let following = memory
            .following
            .get_or_insert_with(|| Following::new(key.clone(), self.queue.clone()));
        let owner = Owner {
            namespace: landscape.metadata.namespace.clone(),
            landscape: landscape.metadata.name.clone(),
            unit: String::new(),
        };
        for cluster in [Cluster::Runtime, Cluster::Virtual] {
            if let Some(connection) = clusters.of(cluster) {
                let mut objects = Vec::new();
                for id in desired.objects(cluster) {
                    let full = connection.identify(id).await;
                    objects.push(full.map_or_else(|_| id.clone(), |(_, id)| id));
                }
                following.subscribe(cluster, connection, &owner.landscape_selector(), objects);
            }
        }
    }

    async fn conclude(
        &self,
        wanted: &Wanted,
        snapshot: &Snapshot,
        problem: Option<SourceProblem>,
        mut statuses: Vec<UnitStatus>,
        memory: &mut Memory,
    ) -> Result<Action, Error> {
        let revision = snapshot.revision.to_string();
        let landscape = memory
            .landscape
            .clone()
            .unwrap_or_else(|| wanted.landscape.clone());
        limit_waits(&landscape, &revision, &mut statuses, memory);
        self.tell_changes(wanted, &revision, &statuses, &memory.statuses)
            .await;
        self.figures.note(&landscape.metadata, &statuses);
        let standing = Standing {
            units: &statuses,
            revision: Some(&revision),
            source_problem: problem.as_ref().map(told),
            handled: wanted.requested.as_deref(),
            is_suspended: false,
        };
        self.report(wanted.kind, &wanted.object, &standing).await?;
        let waits = statuses.iter().any(|status| status.is_worth_waiting);
        if let Some(following) = &memory.following {
            following.wait(waits);
        }
        memory.statuses = statuses;
        Ok(Action::After(pause(&landscape, waits, problem.is_some())))
    }

    async fn tell_changes(
        &self,
        wanted: &Wanted,
        revision: &str,
        statuses: &[UnitStatus],
        before: &[UnitStatus],
    ) {
        let events = self.events(&wanted.object);
        for status in statuses {
            let last = before.iter().find(|last| last.name == status.name);
            if !status.applied.is_empty() {
                let message = format!("{} at {revision}: {}", status.name, status.applied.join(", "));
                events.tell(Severity::Normal, "Applied", &message).await;
            }
            let is_new_drift = last.is_none_or(|last| last.drift != status.drift);
            if is_new_drift && !status.drift.is_empty() {
                let message = format!(
                    "{} differs from {revision}: {}",
                    status.name,
                    status.drift.join(", ")
                );
                events.tell(Severity::Warning, "DriftDetected", &message).await;
            }
            let is_news =
                last.is_none_or(|last| last.reason != status.reason || last.message != status.message);
            if is_news {
                let severity = if status.is_ready() || status.is_worth_waiting {
                    Severity::Normal
                } else {
                    Severity::Warning
                };
                let message = format!("{}: {}", status.name, status.message);
                events
                    .tell(severity, &format!("{:?}", status.reason), &message)
                    .await;
                tracing::info!(unit = %status.name, reason = ?status.reason, message = %status.message, "a unit stands otherwise");
            }
        }
    }

    /// A landscape that cannot be gone through until somebody changes it.
    async fn refuse(&self, kind: Kind, object: &Value, error: &RunError) -> Result<Action, Error> {
        let message = error.to_string();
        let standing = Standing {
            units: &[],
            revision: None,
            source_problem: Some((message.clone(), Permanence::Lasting)),
            handled: None,
            is_suspended: false,
        };
        self.events(object)
            .tell(Severity::Warning, "BuildFailed", &message)
            .await;
        self.report(kind, object, &standing).await?;
        Ok(Action::After(Duration::from_mins(1)))
    }

    fn events<'a>(&'a self, landscape: &'a Value) -> Events<'a> {
        Events {
            connection: &self.runtime,
            clock: &self.clock,
            landscape,
        }
    }

    /// Writes the status if it says something else than the last one.
    async fn report(&self, kind: Kind, object: &Value, standing: &Standing<'_>) -> Result<(), Error> {
        let before = object.get("status").unwrap_or(&Value::Null);
        let generation = object.pointer("/metadata/generation").and_then(Value::as_i64);
        let mut status = standing.write(before, generation.unwrap_or_default(), self.clock.now());
        if kind == Kind::Kustomization {
            status::as_flux(&mut status);
        }
        if status == *before {
            return Ok(());
        }
        let reported = json!({
            "apiVersion": kind.api_version(), "kind": kind.name(),
            "metadata": {"name": object.pointer("/metadata/name"), "namespace": object.pointer("/metadata/namespace")},
            "status": status,
        });
        self.runtime.apply_status(&reported, names::FIELD_MANAGER).await?;
        Ok(())
    }

    async fn identities(&self, landscape: &Landscape) -> Result<Identities, RunError> {
        let mut identities = Identities::default();
        let Some(decryption) = &landscape.spec.decryption else {
            return Ok(identities);
        };
        let id = secret_of(landscape, &decryption.secret_ref.name);
        let secret = self.runtime.get(&id).await?;
        let secret = secret.ok_or_else(|| RunError::Keys(format!("{id} does not exist")))?;
        for (name, bytes) in data_of(&secret) {
            if std::path::Path::new(&name)
                .extension()
                .is_some_and(|extension| extension == "agekey")
            {
                let text = String::from_utf8_lossy(&bytes);
                let parsed = Identities::parse(&text);
                identities
                    .extend(parsed.map_err(|error| RunError::Keys(format!("{name} of {id}: {error}")))?);
            }
        }
        Ok(identities)
    }
}

impl From<SubjectError> for RunError {
    fn from(error: SubjectError) -> Self {
        Self::Subject(error)
    }
}

fn folder_of(wanted: &Wanted) -> String {
    let source = wanted.landscape.spec.source.as_ref();
    let path = source.map_or(".", |source| source.path.as_str());
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    parts.collect::<Vec<_>>().join("/")
}

/// The landscape as its own file in the repository describes it, if there is one; source and suspension are the
/// object's.
fn from_repository(wanted: &Wanted, snapshot: &Snapshot, folder: &str) -> Result<Landscape, RunError> {
    let file = within(folder, LANDSCAPE_FILE);
    let mut landscape = if wanted.kind == Kind::Landscape && snapshot.tree.is_file(&file) {
        let described: Landscape = parse(snapshot, &file)?;
        Landscape {
            spec: LandscapeSpec {
                source: wanted.landscape.spec.source.clone(),
                ..described.spec
            },
            ..wanted.landscape.clone()
        }
    } else {
        wanted.landscape.clone()
    };
    for unit in &mut landscape.spec.units {
        unit.suspend |= wanted.suspended.contains(&unit.name);
    }
    Ok(landscape)
}

fn versions(landscape: &Landscape, snapshot: &Snapshot, folder: &str) -> Result<Option<Vector>, RunError> {
    match &landscape.spec.versions {
        None => Ok(None),
        Some(file) => Ok(Some(parse::<Versions>(snapshot, &within(folder, file))?.into())),
    }
}

fn parse<T: serde::de::DeserializeOwned>(snapshot: &Snapshot, file: &str) -> Result<T, RunError> {
    let failed = |why: String| RunError::File {
        file: file.to_owned(),
        why,
    };
    let text = snapshot
        .tree
        .text(file)
        .map_err(|error| failed(error.to_string()))?;
    serde_saphyr::from_str(text).map_err(|error| failed(error.to_string()))
}

/// Builds take processor time: not on a thread that others wait for.
async fn make(
    landscape: Landscape,
    tree: Arc<crate::build::Tree>,
    folder: String,
    identities: Identities,
    variables: crate::build::Variables,
    overlay: Option<crate::build::Overlay>,
) -> Option<(Landscape, Desired)> {
    let work = move || {
        let sources = Sources {
            tree: &tree,
            folder: &folder,
            identities: &identities,
            variables: &variables,
            overlay: overlay.as_ref(),
        };
        let desired = desired(&landscape, sources);
        (landscape, desired)
    };
    tokio::task::spawn_blocking(work).await.ok()
}

fn told(problem: &SourceProblem) -> (String, Permanence) {
    let permanence = if problem.is_permanent() {
        Permanence::Lasting
    } else {
        Permanence::Passing
    };
    (problem.to_string(), permanence)
}

/// Units that wait longer than they may are told as failed; they are looked at all the same.
fn limit_waits(landscape: &Landscape, revision: &str, statuses: &mut [UnitStatus], memory: &mut Memory) {
    for status in statuses {
        if status.reason != Reason::Progressing {
            memory.waits.remove(&status.name);
            continue;
        }
        let now = Instant::now();
        let revision = Some(revision.to_owned());
        let wait = memory
            .waits
            .entry(status.name.clone())
            .or_insert_with(|| (revision.clone(), now));
        if wait.0 != revision {
            *wait = (revision, now);
        }
        let mut units = landscape.spec.units.iter();
        let unit = units.find(|unit| unit.name == status.name);
        let timeout = unit.map_or(Duration::from_mins(5), |unit| unit.timeout.0);
        if wait.1.elapsed() >= timeout {
            status.reason = Reason::HealthCheckFailed;
        }
    }
}

/// When to look again without a reason.
fn pause(landscape: &Landscape, waits: bool, has_problem: bool) -> Duration {
    let spec = &landscape.spec;
    let source = spec
        .source
        .as_ref()
        .map_or(Duration::from_mins(1), |source| source.interval.0);
    let units = spec.units.iter().map(|unit| unit.interval.0);
    let shortest = units.chain([source]).min().unwrap_or(source);
    if waits {
        shortest.min(Duration::from_secs(2))
    } else if has_problem {
        shortest.min(Duration::from_secs(30))
    } else {
        shortest
    }
}
