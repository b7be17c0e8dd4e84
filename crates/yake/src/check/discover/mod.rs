//! What a folder is: a landscape, a repository of Flux, or manifests.

mod flux;
mod landscape;

use super::finding::Finding;
use super::rules::units::order;
use super::schema::Schemas;
use super::unit::{Content, Unit};
use crate::api::Versions;
use crate::build::Tree;

/// What was found in a folder.
#[derive(Debug, Default)]
pub(super) struct Discovered {
    pub(super) units: Vec<Unit>,
    pub(super) versions: Option<Versions>,
    pub(super) findings: Vec<Finding>,
}

/// The units of a folder.
pub(super) fn units(tree: &Tree, folder: &str, schemas: &Schemas) -> Discovered {
    if let Some(mut landscape) = landscape::landscape(tree, folder, schemas) {
        landscape.findings.extend(order(&landscape.units));
        return landscape;
    }
    let mut flux = flux::units(tree, folder);
    if !flux.units.is_empty() {
        flux.findings.extend(order(&flux.units));
        return flux;
    }
    let name = folder.rsplit('/').next().filter(|name| !name.is_empty());
    Discovered {
        units: vec![Unit {
            name: name.unwrap_or(".").to_owned(),
            content: Content::Folder(folder.to_owned()),
            is_plain: true,
            ..Unit::default()
        }],
        ..flux
    }
}
