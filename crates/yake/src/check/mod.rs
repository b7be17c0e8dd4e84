//! A landscape's repository checked without a cluster: every manifest against the schema of its kind, references,
//! ranges of addresses, secrets in the clear, and what Gardener would refuse. Pure: files and facts in, findings out.
//!
//! All findings come at once, in the order of files and lines. A unit that cannot be built is a finding like any
//! other; what can be read of it is checked all the same. Values of Secrets are in no finding.

mod discover;
mod fault;
mod finding;
mod path;
mod place;
mod rule;
mod rules;
mod sarif;
mod schema;
mod select;
mod unit;
mod world;

pub use finding::{Finding, Severity};
pub use path::{Path, Step};
pub use rule::{Description, RULES, Rule};
pub use sarif::sarif;
pub use schema::{
    Bundle, CollectError, KindSchema, ListedError, Schemas, Scope, UnpackError, from_definition, from_list,
    from_openapi,
};
pub use unit::{Content, Unit};
pub use world::{Facts, Reference};

use std::collections::BTreeSet;

use crate::build::{Object, Tree};
use place::Places;
use world::{Item, Sink, World};

/// What a check saw and found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Units.
    pub units: usize,
    /// Objects of all units.
    pub objects: usize,
    /// What is wrong, by file and line.
    pub findings: Vec<Finding>,
    /// What is named and not in Git, for those who can ask a cluster.
    pub unresolved: Vec<Reference>,
    /// Clusters, and the groups and versions that their objects have.
    pub api_versions: BTreeSet<(String, String)>,
}

/// Checks a folder of a tree: a landscape, a repository with Kustomizations of Flux, or any folder that builds.
pub fn check(tree: &Tree, folder: &str, facts: &Facts) -> Report {
    let discovered = discover::units(tree, folder, &facts.schemas);
    let mut findings = discovered.findings;
    let built: Vec<(&Unit, Vec<Object>)> = discovered
        .units
        .iter()
        .map(|unit| (unit, unit::objects(tree, unit, &mut findings)))
        .collect();
    let items: Vec<Item<'_>> = built
        .iter()
        .flat_map(|(unit, objects)| objects.iter().map(move |object| Item { unit, object }))
        .collect();
    let own = rules::schema::own_kinds(&items);
    let mut facts = facts.clone();
    facts.schemas.add(own);
    let world = World::new(items, &facts, discovered.versions.as_ref());
    let mut sink = Sink {
        places: Places::new(tree),
        findings,
    };
    rules::all(tree, folder, &world, &mut sink);
    let unresolved = rules::references::unresolved(&world);
    let of = |item: &Item<'_>| (item.unit.cluster.clone(), item.object.kind().api_version());
    let api_versions = world.items.iter().map(of).collect();
    let mut findings = sink.findings;
    findings.sort();
    findings.dedup();
    Report {
        units: discovered.units.len(),
        objects: world.items.len(),
        findings,
        unresolved,
        api_versions,
    }
}
