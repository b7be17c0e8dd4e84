//! The controllers: one task that looks at all objects whenever one of them changes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use futures::StreamExt as _;
use kube::core::DynamicObject;
use kube::runtime::watcher;
use kube::{Api, Client};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::definitions::resource;
use super::play::Stage;
use super::script::Script;

/// Kinds whose changes wake the controllers: on the runtime cluster, in the virtual garden.
const RUNTIME: [(&str, &str); 3] = [
    ("operator.gardener.cloud/v1alpha1", "Garden"),
    ("operator.gardener.cloud/v1alpha1", "Extension"),
    ("apps/v1", "Deployment"),
];
const VIRTUAL: [(&str, &str); 5] = [
    ("core.gardener.cloud/v1beta1", "Project"),
    ("core.gardener.cloud/v1beta1", "Seed"),
    ("core.gardener.cloud/v1beta1", "Shoot"),
    ("seedmanagement.gardener.cloud/v1alpha1", "ManagedSeed"),
    ("seedmanagement.gardener.cloud/v1alpha1", "Gardenlet"),
];

/// **Stand-in** for gardener-operator, gardener-controller-manager, gardener-scheduler and gardenlets. Plays until it is
/// dropped.
#[derive(Debug)]
pub struct Double {
    /// What it plays.
    pub script: Script,
    violations: Arc<Mutex<Vec<String>>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Double {
    /// Starts to play on a runtime cluster and its virtual garden, which may be the same.
    pub fn start(runtime: &Client, garden: &Client, script: Script) -> Result<Self> {
        let (wake, mut woken) = mpsc::channel(1);
        let mut tasks = Vec::new();
        for (client, kinds) in [(runtime, &RUNTIME[..]), (garden, &VIRTUAL[..])] {
            for (api_version, kind) in kinds {
                let api: Api<DynamicObject> = Api::all_with(client.clone(), &resource(api_version, kind)?);
                tasks.push(tokio::spawn(watch(api, wake.clone())));
            }
        }
        let violations = Arc::default();
        let mut stage = Stage::new(runtime, garden, script.clone(), Arc::clone(&violations));
        tasks.push(tokio::spawn(async move {
            loop {
                // Objects change while it plays: what fails now is done at the next look.
                if let Err(error) = stage.play().await {
                    eprintln!("stand-in for Gardener: {error:#}");
                }
                let _ = tokio::time::timeout(stage.pause(), woken.recv()).await;
            }
        }));
        Ok(Self {
            script,
            violations,
            tasks,
        })
    }

    /// What Gardener would have crashed on, or what its rules of skew forbid: nothing of it may ever have happened.
    pub fn violations(&self) -> Vec<String> {
        let violations = self.violations.lock();
        violations.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// One wake-up is as good as many.
async fn watch(api: Api<DynamicObject>, wake: mpsc::Sender<()>) {
    let mut events = watcher(api, watcher::Config::default()).boxed();
    loop {
        match events.next().await {
            Some(Ok(_)) => {
                let _ = wake.try_send(());
            }
            Some(Err(_)) => tokio::time::sleep(Duration::from_millis(100)).await,
            None => return,
        }
    }
}
