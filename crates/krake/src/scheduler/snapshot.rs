//! All candidates of one moment, by namespace.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::candidate::Candidate;
use super::inputs::Inputs;

/// The candidates of one namespace, by name. An application never sees those of another.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Candidates {
    list: Vec<Candidate>,
    index: HashMap<String, usize>,
}

impl Candidates {
    fn new(mut list: Vec<Candidate>) -> Self {
        list.sort_by(|a, b| a.name().cmp(b.name()));
        let index = list
            .iter()
            .enumerate()
            .map(|(index, candidate)| (candidate.name().to_owned(), index))
            .collect();
        Self { list, index }
    }

    /// In order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Candidate> {
        self.list.iter()
    }

    /// By name.
    pub fn get(&self, name: &str) -> Option<&Candidate> {
        self.index.get(name).and_then(|index| self.list.get(*index))
    }

    /// Number of candidates.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// Everything that decisions share, computed once for all of them. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    namespaces: BTreeMap<String, Arc<Candidates>>,
    nowhere: Arc<Candidates>,
}

impl Snapshot {
    /// Computes effective labels, metrics and scores of all clusters.
    pub fn new(inputs: &Inputs) -> Self {
        let mut namespaces = BTreeMap::<String, Vec<Candidate>>::new();
        for cluster in &inputs.clusters {
            let namespace = cluster.metadata.namespace.clone().unwrap_or_default();
            namespaces
                .entry(namespace)
                .or_default()
                .push(Candidate::of(inputs, cluster));
        }
        Self {
            namespaces: namespaces
                .into_iter()
                .map(|(namespace, list)| (namespace, Arc::new(Candidates::new(list))))
                .collect(),
            nowhere: Arc::default(),
        }
    }

    /// The candidates of a namespace.
    pub fn candidates(&self, namespace: Option<&str>) -> &Arc<Candidates> {
        namespace
            .and_then(|namespace| self.namespaces.get(namespace))
            .unwrap_or(&self.nowhere)
    }

    /// Namespaces in which something differs that may change a decision.
    pub fn changed_since(&self, earlier: &Self) -> Vec<String> {
        self.namespaces
            .keys()
            .chain(
                earlier
                    .namespaces
                    .keys()
                    .filter(|name| !self.namespaces.contains_key(*name)),
            )
            .filter(|name| self.candidates(Some(name)) != earlier.candidates(Some(name)))
            .cloned()
            .collect()
    }
}
