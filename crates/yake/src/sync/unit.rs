//! What the engine has to know of a unit; made from a landscape's file or from an object of Flux.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::api::{Drift, Ignore, names};

/// Who owns objects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    /// Namespace of the landscape.
    pub namespace: String,
    /// Landscape.
    pub landscape: String,
    /// Unit.
    pub unit: String,
}

impl Owner {
    /// The labels of owned objects.
    pub fn labels(&self) -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            (names::OWNER_NAMESPACE, self.namespace.clone()),
            (names::OWNER_LANDSCAPE, self.landscape.clone()),
            (names::OWNER_UNIT, self.unit.clone()),
        ])
    }

    /// Selects owned objects.
    pub fn selector(&self) -> String {
        let pairs = self.labels().into_iter();
        let pairs: Vec<_> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join(",")
    }

    /// Selects objects of all units of the landscape.
    pub fn landscape_selector(&self) -> String {
        format!(
            "{}={},{}={}",
            names::OWNER_NAMESPACE,
            self.namespace,
            names::OWNER_LANDSCAPE,
            self.landscape
        )
    }

    /// The owner that a live object names.
    pub fn of(object: &serde_json::Value) -> Option<Self> {
        let labels = object.get("metadata")?.get("labels")?;
        let text = |name: &str| labels.get(name)?.as_str().map(str::to_owned);
        Some(Self {
            namespace: text(names::OWNER_NAMESPACE)?,
            landscape: text(names::OWNER_LANDSCAPE)?,
            unit: text(names::OWNER_UNIT)?,
        })
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.namespace, self.landscape, self.unit)
    }
}

/// Whether objects that are gone from Git are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pruning {
    /// They are.
    Delete,
    /// They stay, and nobody remembers them.
    Keep,
}

/// Whether a unit that builds to nothing may lose all its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emptiness {
    /// It is taken for a mistake.
    Refused,
    /// It is meant so, says Git.
    Consented,
}

/// When a unit is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// When its objects are.
    ForHealth,
    /// When they are applied.
    ForNothing,
}

/// A unit, as the engine needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Whose objects these are.
    pub owner: Owner,
    /// Whether objects that are gone from Git are deleted.
    pub pruning: Pruning,
    /// Whether it may become empty.
    pub emptiness: Emptiness,
    /// When it is ready.
    pub waiting: Waiting,
    /// How long its objects may take to become ready.
    pub timeout: Duration,
    /// Objects with members that cannot change are made anew.
    pub is_forced: bool,
    /// What is done about objects that differ from Git.
    pub drift: Drift,
    /// Members that somebody else may set.
    pub ignores: Vec<Ignore>,
}

impl Unit {
    /// A unit with the settings that hold where nothing is said.
    pub fn named(landscape: &str, unit: &str) -> Self {
        Self::of(Owner {
            namespace: "garden".to_owned(),
            landscape: landscape.to_owned(),
            unit: unit.to_owned(),
        })
    }

    /// The same, of an owner.
    pub fn of(owner: Owner) -> Self {
        Self {
            owner,
            pruning: Pruning::Delete,
            emptiness: Emptiness::Refused,
            waiting: Waiting::ForHealth,
            timeout: Duration::from_mins(5),
            is_forced: false,
            drift: Drift::Correct,
            ignores: Vec::new(),
        }
    }
}
