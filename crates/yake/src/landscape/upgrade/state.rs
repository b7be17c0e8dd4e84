//! What is there, read from observed objects.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::landscape::Version;
use crate::landscape::health::{self, Expectation, Verdict};
use crate::landscape::observed::Observed;

/// The versions and the health of a landscape.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterState {
    /// The version of the operator's Deployment.
    pub operator: Option<Version>,
    /// The Garden.
    pub garden: Option<GardenState>,
    /// Extensions by name.
    pub extensions: BTreeMap<String, ExtensionState>,
    /// Versions of unmanaged gardenlets, by name of the seed, as their objects refer to them.
    pub gardenlets: BTreeMap<String, Option<Version>>,
    /// Names of seeds that are shoots.
    pub managed_seeds: Vec<String>,
    /// Seeds by name.
    pub seeds: BTreeMap<String, SeedState>,
    /// Shoots.
    pub shoots: Vec<ShootState>,
    /// Name of the seed that is the runtime cluster itself, where a gardenlet runs beside the operator: the two then
    /// move together.
    pub runtime_seed: Option<String>,
}

/// The Garden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GardenState {
    /// The version by which it was last reconciled, or is being reconciled.
    pub version: Option<Version>,
    /// Kubernetes of the virtual garden, as the specification has it.
    pub kubernetes: Option<Version>,
    /// Whether the last reconciliation is proven.
    pub verdict: Verdict,
}

/// An extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensionState {
    /// The version to which its object refers.
    pub version: Option<Version>,
    /// How it is.
    pub verdict: Verdict,
}

/// A seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedState {
    /// The version of its gardenlet.
    pub version: Option<Version>,
    /// Its Kubernetes.
    pub kubernetes: Option<Version>,
    /// How it is.
    pub verdict: Verdict,
}

/// A shoot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShootState {
    /// `NAMESPACE/NAME`.
    pub name: String,
    /// The version that last reconciled it.
    pub version: Option<Version>,
    /// Begin of its maintenance window, as written (`HHMMSS±ZZZZ`).
    pub window: Option<String>,
    /// Frozen by annotation: it will not follow.
    pub is_frozen: bool,
}

/// Deployment of a gardenlet, in the namespace `garden` of its cluster.
const GARDENLET: &str = "gardenlet";

impl ClusterState {
    /// Reads the objects that concern upgrades; others are passed over.
    pub fn read<'a>(objects: impl IntoIterator<Item = &'a Value>) -> Self {
        let mut state = Self::default();
        let mut runtime = RuntimeGardenlet::default();
        for object in objects {
            state.take(object);
            runtime.take(object);
        }
        state.runtime_seed = runtime.seed(&state);
        state
    }

    /// The oldest gardenlet, by which extensions are bound.
    pub fn oldest_gardenlet(&self) -> Option<(&str, &Version)> {
        let versions = self
            .seeds
            .iter()
            .filter_map(|(name, seed)| Some((name.as_str(), seed.version.as_ref()?)));
        versions.min_by_key(|(_, version)| *version)
    }

    fn take(&mut self, object: &Value) {
        let observed = Observed::new(object);
        let name = observed.name().to_owned();
        match (observed.group(), observed.kind()) {
            ("operator.gardener.cloud", "Garden") => self.garden = Some(garden(object)),
            ("operator.gardener.cloud", "Extension") => {
                self.extensions.insert(name, extension(object));
            }
            ("seedmanagement.gardener.cloud", "Gardenlet") => {
                let version = chart_version(observed, "/spec/deployment/helm/ociRepository");
                self.gardenlets.insert(name, version);
            }
            ("seedmanagement.gardener.cloud", "ManagedSeed") => self.managed_seeds.push(name),
            ("core.gardener.cloud", "Seed") => {
                self.seeds.insert(name, seed(object));
            }
            ("core.gardener.cloud", "Shoot") => self.shoots.push(shoot(observed)),
            ("apps", "Deployment") if name == "gardener-operator" => self.operator = image_version(observed),
            _ => {}
        }
    }
}

/// The gardenlet that runs on the runtime cluster, and what its configuration calls its seed.
#[derive(Default)]
struct RuntimeGardenlet {
    is_there: bool,
    seed: Option<String>,
}

impl RuntimeGardenlet {
    fn take(&mut self, object: &Value) {
        let observed = Observed::new(object);
        match (observed.group(), observed.kind()) {
            ("apps", "Deployment") if observed.name() == GARDENLET => self.is_there = true,
            ("", "ConfigMap") => self.seed = self.seed.take().or_else(|| seed_of(observed)),
            _ => {}
        }
    }

    /// Where the configuration cannot be read, the only gardenlet there is.
    fn seed(self, state: &ClusterState) -> Option<String> {
        let mut names = state.gardenlets.keys();
        let only = names.next().filter(|_| names.next().is_none());
        self.seed.or_else(|| only.cloned()).filter(|_| self.is_there)
    }
}

/// From the configuration of a gardenlet, a file in a `ConfigMap`.
fn seed_of(configuration: Observed<'_>) -> Option<String> {
    let files = configuration.value("/data")?.as_object()?;
    let documents = files
        .values()
        .filter_map(|file| serde_saphyr::from_str::<Value>(file.as_str()?).ok());
    let mut configurations =
        documents.filter(|document| document.get("kind") == Some(&"GardenletConfiguration".into()));
    let name = configurations.find_map(|document| document.pointer("/seedConfig/metadata/name").cloned())?;
    name.as_str().map(str::to_owned)
}

fn garden(object: &Value) -> GardenState {
    let observed = Observed::new(object);
    GardenState {
        version: observed.version("/status/gardener/version"),
        kubernetes: observed.version("/spec/virtualCluster/kubernetes/version"),
        verdict: verdict(object),
    }
}

fn extension(object: &Value) -> ExtensionState {
    let chart = "/spec/deployment/extension/helm/ociRepository";
    ExtensionState {
        version: chart_version(Observed::new(object), chart),
        verdict: verdict(object),
    }
}

fn seed(object: &Value) -> SeedState {
    let observed = Observed::new(object);
    SeedState {
        version: observed.version("/status/gardener/version"),
        kubernetes: observed.version("/status/kubernetesVersion"),
        verdict: verdict(object),
    }
}

fn shoot(observed: Observed<'_>) -> ShootState {
    let window = observed.text("/spec/maintenance/timeWindow/begin");
    ShootState {
        name: format!("{}/{}", observed.namespace().unwrap_or_default(), observed.name()),
        version: observed.version("/status/gardener/version"),
        window: window.map(str::to_owned),
        is_frozen: observed.is_frozen(),
    }
}

fn verdict(object: &Value) -> Verdict {
    health::evaluate(object, &Expectation::default()).unwrap_or_default()
}

/// `tag`, or the tag of `ref` (`registry/path:tag@digest`).
fn chart_version(observed: Observed<'_>, pointer: &str) -> Option<Version> {
    let repository = observed.value(pointer)?;
    let of_reference = || tag_of(repository.get("ref")?.as_str()?);
    let tag = repository
        .get("tag")
        .and_then(Value::as_str)
        .or_else(of_reference)?;
    tag.parse().ok()
}

fn image_version(deployment: Observed<'_>) -> Option<Version> {
    let image = deployment.text("/spec/template/spec/containers/0/image")?;
    tag_of(image)?.parse().ok()
}

/// The tag of an OCI reference; a port of the registry is none.
fn tag_of(reference: &str) -> Option<&str> {
    let (reference, _) = reference.split_once('@').unwrap_or((reference, ""));
    let (_, last) = reference.rsplit_once('/').unwrap_or(("", reference));
    last.rsplit_once(':').map(|(_, tag)| tag)
}
