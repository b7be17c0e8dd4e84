//! Clusters of the lab for as long as somebody needs them.

use std::path::PathBuf;

use anyhow::Result;

use crate::labs::kubernetes::{self, Report, Up};
use crate::places::Places;
use crate::say;

/// A cluster to work with.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) kubeconfig: PathBuf,
}

/// Clusters that are up. Those that were not there before go when this is dropped; others stay.
#[derive(Debug)]
pub(crate) struct Clusters {
    pub(crate) members: Vec<Member>,
    brought_up: Vec<String>,
    places: Places,
}

impl Clusters {
    /// Brings up what the request asks for.
    pub(crate) fn up(places: &Places, request: &Up) -> Result<Self> {
        let before = names(&Report::now(places)?);
        let report = kubernetes::up(places, request).inspect_err(|_| end_all_but(places, &before))?;
        let all = names(&report);
        let is_wanted = |name: &str, shared: bool| match &request.name {
            Some(wanted) => name == wanted,
            None => shared,
        };
        let members = report
            .clusters
            .into_iter()
            .filter(|one| is_wanted(&one.name, one.shared));
        let members = members.map(|one| Member {
            name: one.name,
            kubeconfig: one.kubeconfig,
        });
        Ok(Self {
            members: members.collect(),
            brought_up: all.into_iter().filter(|name| !before.contains(name)).collect(),
            places: places.clone(),
        })
    }
}

impl Drop for Clusters {
    fn drop(&mut self) {
        end(&self.places, &self.brought_up);
    }
}

/// Ends what a failed start left behind.
fn end_all_but(places: &Places, before: &[String]) {
    match Report::now(places) {
        Ok(report) => {
            let left = names(&report).into_iter().filter(|name| !before.contains(name));
            end(places, &left.collect::<Vec<_>>());
        }
        Err(error) => say::failure(&error),
    }
}

fn end(places: &Places, clusters: &[String]) {
    // An empty list would mean all.
    if !clusters.is_empty()
        && let Err(error) = kubernetes::down(places, clusters)
    {
        say::failure(&error);
    }
}

fn names(report: &Report) -> Vec<String> {
    report
        .clusters
        .iter()
        .map(|cluster| cluster.name.clone())
        .collect()
}
