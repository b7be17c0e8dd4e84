//! One cluster: what is remembered of it, and the steps from nothing to Ready nodes.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use super::Up;
use super::api::Api;
use super::credentials::Credentials;
use super::folder::Folder;
use super::nodes;
use super::programs::Programs;
use super::roles::{Role, Setting};
use crate::interrupt;
use crate::places;
use crate::process::Process;
use crate::wait;

const READY_LIMIT: Duration = Duration::from_mins(2);
const DEFAULT_NODES: u32 = 3;

/// Whether etcd waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Durability {
    /// Writes may be lost when the machine stops, not when a process does.
    Fast,
    /// Every write is synced, as in production.
    Synced,
}

/// Where a cluster listens.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Ports {
    pub(crate) api_server: u16,
    pub(crate) etcd: u16,
}

/// A cluster as it is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) name: String,
    shared: bool,
    nodes: Option<u32>,
    durability: Durability,
}

impl Plan {
    /// One of those that every test may use.
    pub(crate) fn shared(number: u32, request: &Up) -> Self {
        Self {
            name: format!("alasca-{number}"),
            shared: true,
            nodes: request.nodes,
            durability: request.durability(),
        }
    }

    /// One that belongs to whoever asked for it.
    pub(crate) fn extra(name: &str, request: &Up) -> Result<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || name.len() > 40 || !name.bytes().all(plain) || name.starts_with('-') {
            bail!("{name:?} is no name for a cluster: up to 40 small letters, digits and hyphens");
        }
        if name.starts_with("alasca-") {
            bail!(
                "names that begin with alasca- are those of the shared clusters: use another one, such as extra-{name}"
            );
        }
        Ok(Self {
            name: name.to_owned(),
            shared: false,
            nodes: request.nodes,
            durability: request.durability(),
        })
    }
}

/// A cluster as it is remembered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Cluster {
    pub(crate) name: String,
    /// Whether every test may use it.
    pub(crate) shared: bool,
    pub(crate) ports: Ports,
    pub(crate) nodes: u32,
    pub(crate) durability: Durability,
    pub(crate) processes: BTreeMap<Role, Process>,
}

/// What can be seen of a cluster from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    /// All its processes run.
    Up,
    /// Its API server is held.
    Frozen,
    /// Its API server was ended.
    Stopped,
    /// Some other process is missing: `up` mends it.
    Degraded,
}

impl Cluster {
    pub(crate) fn new(plan: &Plan, ports: Ports) -> Self {
        Self {
            name: plan.name.clone(),
            shared: plan.shared,
            ports,
            nodes: plan.nodes.unwrap_or(DEFAULT_NODES),
            durability: plan.durability,
            processes: BTreeMap::new(),
        }
    }

    /// The same cluster with what a later `up` may change.
    pub(crate) fn adapted_to(mut self, plan: &Plan) -> Result<Self> {
        if plan.durability == Durability::Synced && self.durability == Durability::Fast {
            bail!(
                "{0} runs without syncing: end it first with `cargo xtask lab kubernetes down {0}`",
                self.name
            );
        }
        self.nodes = plan.nodes.unwrap_or(self.nodes);
        Ok(self)
    }

    pub(crate) fn server(&self) -> String {
        format!("https://127.0.0.1:{}", self.ports.api_server)
    }

    pub(crate) fn runs(&self, role: Role) -> bool {
        self.processes.get(&role).is_some_and(Process::is_running)
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.state() == State::Up
    }

    pub(crate) fn state(&self) -> State {
        if !self.runs(Role::ApiServer) {
            State::Stopped
        } else if self.processes.values().any(Process::is_frozen) {
            State::Frozen
        } else if Role::ALL.into_iter().all(|role| self.runs(role)) {
            State::Up
        } else {
            State::Degraded
        }
    }

    /// Starts what does not run and waits until nodes are Ready and pods can be created.
    pub(crate) fn ensure(&mut self, programs: &Programs, folder: &Folder) -> Result<()> {
        let home = folder.cluster(&self.name);
        let credentials = Credentials::ensure(&home.join("pki"), &self.name, &self.server())?;
        let api = Api::new(&credentials.kubeconfig("admin"))?;
        let (ports, durability) = (self.ports, self.durability);
        let setting = Setting {
            programs,
            credentials: &credentials,
            folder: &home,
            ports,
            durability,
        };

        self.thaw();
        self.launch(&[Role::Etcd, Role::ApiServer], &setting, folder)?;
        self.watched(folder, "a ready API server", || Ok(api.is_ready()))?;
        self.launch(
            &[Role::ControllerManager, Role::Scheduler, Role::Kwok],
            &setting,
            folder,
        )?;
        self.watched(folder, "the default service account", || {
            has_default_account(&api)
        })?;
        nodes::ensure(&api, self.nodes)?;
        self.publish(&credentials, folder)
    }

    /// Every process is written down before the next one starts, so that none is ever forgotten.
    fn launch(&mut self, roles: &[Role], setting: &Setting<'_>, folder: &Folder) -> Result<()> {
        for role in roles {
            if !self.runs(*role) {
                let log = setting
                    .folder
                    .join("logs")
                    .join(format!("{}.log", role.program()));
                let process = Process::spawn(&mut setting.command(*role), &log)?;
                self.processes.insert(*role, process);
                folder.save(self)?;
            }
        }
        Ok(())
    }

    /// Waits, unless a process ends meanwhile: then its last words are the error.
    fn watched(
        &self,
        folder: &Folder,
        what: &str,
        mut condition: impl FnMut() -> Result<bool>,
    ) -> Result<()> {
        wait::until(what, READY_LIMIT, || {
            interrupt::check()?;
            for (role, process) in &self.processes {
                if !process.is_running() {
                    bail!(
                        "{} ended while {what} was awaited: {}",
                        role.program(),
                        self.last_words(*role, folder)
                    );
                }
            }
            condition()
        })
    }

    fn last_words(&self, role: Role, folder: &Folder) -> String {
        let log = folder
            .cluster(&self.name)
            .join("logs")
            .join(format!("{}.log", role.program()));
        let text = fs::read_to_string(&log).unwrap_or_default();
        let last = text.lines().rev().take(5).collect::<Vec<_>>();
        format!(
            "{}\n(all of it: {})",
            last.into_iter().rev().collect::<Vec<_>>().join("\n"),
            log.display()
        )
    }

    /// The kubeconfig appears where tests look only once the cluster can be used.
    fn publish(&self, credentials: &Credentials, folder: &Folder) -> Result<()> {
        let admin = credentials.kubeconfig("admin");
        let config = fs::read(&admin).with_context(|| format!("cannot read {}", admin.display()))?;
        places::write_whole(&folder.kubeconfig(self), &config)
    }

    /// Ends the API server only: clients are refused, etcd keeps the data, the controllers wait.
    pub(crate) fn stop(&mut self) -> Result<()> {
        match self.processes.get(&Role::ApiServer) {
            Some(process) => process.end(Duration::ZERO),
            None => Ok(()),
        }
    }

    /// Holds the API server: connections are accepted and nothing is answered.
    pub(crate) fn freeze(&mut self) -> Result<()> {
        let Some(process) = self
            .processes
            .get(&Role::ApiServer)
            .filter(|process| process.is_running())
        else {
            bail!(
                "{0} is stopped: start it with `cargo xtask lab kubernetes start {0}`",
                self.name
            );
        };
        process.freeze();
        wait::until("a frozen API server", Duration::from_secs(5), || {
            Ok(process.is_frozen())
        })
    }

    /// Goes on after [`Cluster::stop`] or [`Cluster::freeze`].
    pub(crate) fn start(&mut self, programs: &Programs, folder: &Folder) -> Result<()> {
        self.ensure(programs, folder)
    }

    fn thaw(&self) {
        for process in self.processes.values().filter(|process| process.is_frozen()) {
            process.thaw();
        }
    }

    /// Ends every process at once: nothing of the cluster is to survive.
    pub(crate) fn end(&self) -> Result<()> {
        self.processes
            .values()
            .rev()
            .try_for_each(|process| process.end(Duration::ZERO))
    }
}

fn has_default_account(api: &Api) -> Result<bool> {
    Ok(api
        .get("/api/v1/namespaces/default/serviceaccounts/default")?
        .status
        == 200)
}
