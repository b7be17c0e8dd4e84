//! Waves: what moves together, and the gate before the next.

use std::fmt;

use serde::{Serialize, Serializer};

use super::state::ClusterState;
use super::vector::Vector;
use crate::landscape::Version;
use crate::landscape::health::Verdict;

/// Acknowledges that shoots may lag behind when the next minor begins.
pub(super) const SHOOTS_MAY_LAG: &str = "shoots-may-lag";

/// The waves, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WaveKind {
    /// The operator's Deployment, and the gardenlet of the runtime cluster where that is a seed.
    Operator,
    /// The Garden, reconciled by the new operator.
    Garden,
    /// Kubernetes of the virtual garden, which the new operator may be the first to know.
    Kubernetes,
    /// The charts of extensions.
    Extensions,
    /// The gardenlets that are not shoots.
    Gardenlets,
    /// Seeds that are shoots follow by themselves, within the operator's jitter; all seeds are verified.
    Seeds,
    /// Shoots follow by themselves, at once or in their maintenance windows.
    Shoots,
}

impl WaveKind {
    /// All of them, in their order.
    pub const ALL: [Self; 7] = [
        Self::Operator,
        Self::Garden,
        Self::Kubernetes,
        Self::Extensions,
        Self::Gardenlets,
        Self::Seeds,
        Self::Shoots,
    ];
}

impl fmt::Display for WaveKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Operator => "operator",
            Self::Garden => "garden",
            Self::Kubernetes => "kubernetes",
            Self::Extensions => "extensions",
            Self::Gardenlets => "gardenlets",
            Self::Seeds => "seeds",
            Self::Shoots => "shoots",
        })
    }
}

impl Serialize for WaveKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a write changes the version of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// The image of the operator's Deployment.
    Operator,
    /// Kubernetes of the virtual garden, in the Garden.
    Kubernetes,
    /// The chart of an extension.
    Extension(String),
    /// The chart of a gardenlet.
    Gardenlet(String),
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator => formatter.write_str("Deployment/gardener-operator"),
            Self::Kubernetes => formatter.write_str("Garden/kubernetes"),
            Self::Extension(name) => write!(formatter, "Extension/{name}"),
            Self::Gardenlet(name) => write!(formatter, "Gardenlet/{name}"),
        }
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// `Kind/name`.
    pub object: Target,
    /// The version that it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The version that it shall have.
    pub to: String,
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.from {
            Some(from) => write!(formatter, "{} {from} → {}", self.object, self.to),
            None => write!(formatter, "{} → {}", self.object, self.to),
        }
    }
}

/// Whether the next wave may begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum Gate {
    /// All of this wave is proven.
    Open,
    /// Not yet, because.
    Closed {
        /// What is missing.
        reasons: Vec<String>,
    },
}

/// Some writes and the proof that they worked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wave {
    /// Which.
    pub kind: WaveKind,
    /// What is still to be written. Empty where the wave only waits.
    pub changes: Vec<Change>,
    /// Whether it is done.
    pub gate: Gate,
}

/// All waves for a target that the rules allow.
pub(super) fn all(vector: &Vector, state: &ClusterState) -> Vec<Wave> {
    let wave = |kind| match kind {
        WaveKind::Operator => operator(vector, state),
        WaveKind::Garden => garden(vector, state),
        WaveKind::Kubernetes => kubernetes(vector, state),
        WaveKind::Extensions => extensions(vector, state),
        WaveKind::Gardenlets => gardenlets(vector, state),
        WaveKind::Seeds => seeds(vector, state),
        WaveKind::Shoots => shoots(vector, state),
    };
    WaveKind::ALL.map(wave).into()
}

fn operator(vector: &Vector, state: &ClusterState) -> Wave {
    let target = &vector.gardener;
    let mut changes = Vec::new();
    let mut reasons = Vec::new();
    if state.operator.as_ref() != Some(target) {
        changes.push(change(Target::Operator, state.operator.as_ref(), target));
        reasons.push(format!("the operator is not of {target}"));
    }
    let together = state
        .gardenlets
        .iter()
        .filter(|(name, _)| state.runtime_seed.as_ref() == Some(*name));
    changes.extend(gardenlet_changes(together, target));
    wave(WaveKind::Operator, changes, reasons)
}

fn garden(vector: &Vector, state: &ClusterState) -> Wave {
    let target = &vector.gardener;
    let Some(garden) = &state.garden else {
        return wave(
            WaveKind::Garden,
            Vec::new(),
            vec!["there is no Garden".to_owned()],
        );
    };
    let mut reasons = words("the Garden", &garden.verdict);
    if garden.version.as_ref() != Some(target) {
        let version = garden
            .version
            .as_ref()
            .map_or("no version".to_owned(), ToString::to_string);
        reasons.push(format!("the Garden reports {version}, not {target}"));
    }
    wave(WaveKind::Garden, Vec::new(), reasons)
}

/// The Garden has to follow before anything else does.
fn kubernetes(vector: &Vector, state: &ClusterState) -> Wave {
    let now = state.garden.as_ref().map(|garden| garden.kubernetes.as_ref());
    let changes = match (&vector.kubernetes, now) {
        (Some(wanted), Some(now)) if now != Some(wanted) => vec![change(Target::Kubernetes, now, wanted)],
        _ => Vec::new(),
    };
    let garden = state.garden.iter().filter(|_| vector.kubernetes.is_some());
    let reasons = garden.flat_map(|garden| words("the Garden", &garden.verdict));
    wave(WaveKind::Kubernetes, changes, reasons.collect())
}

fn extensions(vector: &Vector, state: &ClusterState) -> Wave {
    let (mut changes, mut reasons) = (Vec::new(), Vec::new());
    for (name, pin) in &vector.extensions {
        let now = state
            .extensions
            .get(name)
            .and_then(|extension| extension.version.as_ref());
        if now != Some(&pin.version) {
            changes.push(change(Target::Extension(name.clone()), now, &pin.version));
        }
    }
    for (name, extension) in &state.extensions {
        reasons.extend(words(&format!("extension {name}"), &extension.verdict));
    }
    wave(WaveKind::Extensions, changes, reasons)
}

fn gardenlets(vector: &Vector, state: &ClusterState) -> Wave {
    let changes = gardenlet_changes(state.gardenlets.iter(), &vector.gardener);
    wave(WaveKind::Gardenlets, changes, Vec::new())
}

fn gardenlet_changes<'a>(
    gardenlets: impl Iterator<Item = (&'a String, &'a Option<Version>)>,
    target: &Version,
) -> Vec<Change> {
    let outdated = gardenlets.filter(|(_, version)| version.as_ref() != Some(target));
    outdated
        .map(|(name, version)| change(Target::Gardenlet(name.clone()), version.as_ref(), target))
        .collect()
}

fn seeds(vector: &Vector, state: &ClusterState) -> Wave {
    let mut reasons = Vec::new();
    for (name, seed) in &state.seeds {
        reasons.extend(words(&format!("seed {name}"), &seed.verdict));
        if seed.version.as_ref() != Some(&vector.gardener) {
            reasons.push(format!("seed {name} is not of {}", vector.gardener));
        }
    }
    let missing = state
        .managed_seeds
        .iter()
        .filter(|name| !state.seeds.contains_key(*name));
    reasons.extend(missing.map(|name| format!("seed {name} is not registered")));
    wave(WaveKind::Seeds, Vec::new(), reasons)
}

fn shoots(vector: &Vector, state: &ClusterState) -> Wave {
    wave(
        WaveKind::Shoots,
        Vec::new(),
        lagging(&vector.gardener, vector, state),
    )
}

/// Shoots that were not reconciled by `version`, unless it is acknowledged that they may lag.
pub(super) fn lagging(version: &Version, vector: &Vector, state: &ClusterState) -> Vec<String> {
    if vector.acknowledged.contains(SHOOTS_MAY_LAG) {
        return Vec::new();
    }
    let all = state.shoots.len();
    let behind: Vec<_> = state
        .shoots
        .iter()
        .filter(|shoot| shoot.version.as_ref() != Some(version))
        .collect();
    let one = |shoot: &&super::ShootState| match (&shoot.window, shoot.is_frozen) {
        (_, true) => format!("{} (frozen: it will not follow)", shoot.name),
        (Some(window), false) => format!("{} (next window {window})", shoot.name),
        (None, false) => shoot.name.clone(),
    };
    if behind.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = behind.iter().map(one).collect();
    vec![format!(
        "{} of {all} shoots outstanding: {}",
        behind.len(),
        names.join(", ")
    )]
}

fn change(object: Target, from: Option<&Version>, to: &Version) -> Change {
    Change {
        object,
        from: from.map(ToString::to_string),
        to: to.to_string(),
    }
}

fn wave(kind: WaveKind, changes: Vec<Change>, mut reasons: Vec<String>) -> Wave {
    reasons.splice(
        0..0,
        changes
            .iter()
            .map(|change| format!("{} is to be changed", change.object)),
    );
    let gate = if reasons.is_empty() {
        Gate::Open
    } else {
        Gate::Closed { reasons }
    };
    Wave { kind, changes, gate }
}

/// Why something is not well, each reason with what it is about.
pub(super) fn words(what: &str, verdict: &Verdict) -> Vec<String> {
    let reasons = verdict.reasons.iter();
    reasons
        .map(|reason| format!("{what}: {}", reason.message))
        .collect()
}
