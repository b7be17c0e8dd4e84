//! What a revision of a landscape wants, unit by unit. Pure: made of the files of a repository and of values.

use std::collections::BTreeMap;
use std::sync::Arc;

use common::kube::ObjectId;
use common::secrets::Identities;

use super::manifest::{Manifest, ManifestError, manifests};
use super::parts::Brought;
use super::session::Claims;
use super::unit::{Emptiness, Owner, Pruning, Unit, Waiting};
use crate::api::{Cluster, Landscape, LandscapeUnit, Period};
use crate::build::{BuildError, Builder, OnMissing, Overlay, SubstituteError, Tree, Variables, substitute};

/// What a revision wants.
#[derive(Debug)]
pub struct Desired {
    /// Units, in the order of the file.
    pub units: Vec<DesiredUnit>,
    /// Who wants what.
    pub claims: Claims,
    brought: BTreeMap<Cluster, Arc<Brought>>,
}

impl Desired {
    /// Objects of a cluster that are wanted. Namespaces are as they are written.
    pub fn objects(&self, cluster: Cluster) -> impl Iterator<Item = &ObjectId> {
        let units = self.units.iter().filter(move |unit| unit.cluster == cluster);
        let manifests = units.flat_map(|unit| unit.manifests.iter().flatten());
        manifests.map(|manifest| &manifest.id)
    }

    /// What the landscape brings to a cluster: definitions, namespaces.
    pub(super) fn brought(&self, cluster: Cluster) -> Arc<Brought> {
        self.brought.get(&cluster).map(Arc::clone).unwrap_or_default()
    }
}

/// A unit of a revision.
#[derive(Debug)]
pub struct DesiredUnit {
    /// Settings for the engine.
    pub unit: Unit,
    /// Which cluster it is about.
    pub cluster: Cluster,
    /// Folder.
    pub path: String,
    /// Units that have to be ready first.
    pub depends_on: Vec<String>,
    /// It is not touched.
    pub is_suspended: bool,
    /// How often it is gone through without a reason.
    pub interval: Period,
    /// How long after a failure it is tried again.
    pub retry_interval: Period,
    /// Its objects, or why there are none.
    pub manifests: Result<Vec<Manifest>, DesiredError>,
    /// What was odd, but is no error.
    pub warnings: Vec<String>,
}

/// A unit that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum DesiredError {
    /// Its folder cannot be built.
    #[error("it cannot be built")]
    Build(#[from] BuildError),
    /// Variables cannot be put in.
    #[error("variables cannot be put in")]
    Substitute(#[from] SubstituteError),
    /// Objects cannot be applied.
    #[error("{} cannot be applied: {}", count(.0), texts(.0))]
    Manifests(Vec<ManifestError>),
}

fn count(errors: &[ManifestError]) -> String {
    match errors.len() {
        1 => "an object".to_owned(),
        count => format!("{count} objects"),
    }
}

fn texts(errors: &[ManifestError]) -> String {
    let texts: Vec<_> = errors.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

/// What a landscape is made from besides its file.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// Files of the repository.
    pub tree: &'a Tree,
    /// Folder of the landscape in it.
    pub folder: &'a str,
    /// Keys of encrypted files. Without them an encrypted file is an error.
    pub identities: &'a Identities,
    /// Variables from objects of the runtime cluster; what the file says wins.
    pub variables: &'a Variables,
    /// Settings that are laid over the folder of each unit.
    pub overlay: Option<&'a Overlay>,
}

/// Makes what a landscape wants. A unit that fails does not keep the others from being made.
pub fn desired(landscape: &Landscape, sources: Sources<'_>) -> Desired {
    let mut claims = Claims::default();
    let mut units = Vec::with_capacity(landscape.spec.units.len());
    for described in &landscape.spec.units {
        let unit = unit(landscape, described);
        let mut warnings = Vec::new();
        let manifests = objects(landscape, described, &unit, sources, &mut warnings);
        match &manifests {
            Ok(manifests) => {
                let ids = manifests.iter().map(|manifest| &manifest.id);
                claims.add(described.cluster, &unit.owner, ids);
            }
            Err(_) => claims.add_unclear(described.cluster, &unit.owner),
        }
        units.push(DesiredUnit {
            unit,
            cluster: described.cluster,
            path: described.path.clone(),
            depends_on: described.depends_on.clone(),
            is_suspended: landscape.spec.suspend || described.suspend,
            interval: described.interval,
            retry_interval: described.retry_interval,
            manifests,
            warnings,
        });
    }
    let brought = [Cluster::Runtime, Cluster::Virtual].map(|cluster| (cluster, brought(&units, cluster)));
    Desired {
        units,
        claims,
        brought: brought.into(),
    }
}

fn brought(units: &[DesiredUnit], cluster: Cluster) -> Arc<Brought> {
    let of_cluster = units.iter().filter(|unit| unit.cluster == cluster);
    let manifests: Vec<_> = of_cluster
        .flat_map(|unit| unit.manifests.iter().flatten())
        .collect();
    Arc::new(Brought::of(&manifests))
}

fn unit(landscape: &Landscape, described: &LandscapeUnit) -> Unit {
    Unit {
        owner: Owner {
            namespace: landscape.metadata.namespace.clone(),
            landscape: landscape.metadata.name.clone(),
            unit: described.name.clone(),
        },
        pruning: if described.prune {
            Pruning::Delete
        } else {
            Pruning::Keep
        },
        emptiness: if described.allow_empty {
            Emptiness::Consented
        } else {
            Emptiness::Refused
        },
        waiting: if described.wait {
            Waiting::ForHealth
        } else {
            Waiting::ForNothing
        },
        timeout: described.timeout.0,
        is_forced: described.force,
        drift: described.drift,
        ignores: described.ignore.clone(),
    }
}

fn objects(
    landscape: &Landscape,
    described: &LandscapeUnit,
    unit: &Unit,
    sources: Sources<'_>,
    warnings: &mut Vec<String>,
) -> Result<Vec<Manifest>, DesiredError> {
    let mut builder = Builder::new(sources.tree).decrypt_with(Some(sources.identities));
    if let Some(overlay) = sources.overlay {
        builder = builder.overlay(overlay);
    }
    let mut built = builder.build(&within(sources.folder, &described.path))?;
    warnings.append(&mut built.warnings);
    let mut variables = sources.variables.clone();
    let own: BTreeMap<_, _> = landscape
        .spec
        .substitute
        .iter()
        .chain(&described.substitute)
        .collect();
    variables.extend(own.into_iter().map(|(name, value)| (name.clone(), value.clone())));
    if !variables.is_empty() {
        substitute(&mut built.objects, &variables, OnMissing::Fail)?;
    }
    manifests(&built.objects, unit).map_err(DesiredError::Manifests)
}

/// A path that a file of a folder names.
pub fn within(folder: &str, path: &str) -> String {
    match (folder, path) {
        ("" | ".", path) => path.to_owned(),
        (folder, "" | ".") => folder.to_owned(),
        (folder, path) => format!("{folder}/{path}"),
    }
}
