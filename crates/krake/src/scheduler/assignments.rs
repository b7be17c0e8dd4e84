//! Which application is assigned to which cluster, including decisions whose bindings are still on their way.

use std::collections::HashMap;
use std::hash::Hash;

use crate::api::ResourceRef;

/// Number of applications per cluster of one namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(HashMap<String, usize>);

impl Counts {
    /// Applications on the cluster of this name.
    pub fn of(&self, cluster: &str) -> usize {
        self.0.get(cluster).copied().unwrap_or_default()
    }

    fn add(&mut self, cluster: &str) {
        match self.0.get_mut(cluster) {
            Some(count) => *count = count.saturating_add(1),
            None => {
                self.0.insert(cluster.to_owned(), 1);
            }
        }
    }

    fn remove(&mut self, cluster: &str) {
        if let Some(count) = self.0.get_mut(cluster) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.0.remove(cluster);
            }
        }
    }
}

/// The book of assignments: each application, by a key of the caller's choice, has at most one cluster. It is
/// written at the moment of a decision, so that a thousand applications that are decided before the first
/// binding returns are spread as evenly as if each had waited.
#[derive(Debug, Clone)]
pub struct Assignments<K> {
    clusters: HashMap<K, ResourceRef>,
    counts: HashMap<Option<String>, Counts>,
    none: Counts,
}

impl<K> Default for Assignments<K> {
    fn default() -> Self {
        Self {
            clusters: HashMap::new(),
            counts: HashMap::new(),
            none: Counts::default(),
        }
    }
}

impl<K: Hash + Eq + Clone> Assignments<K> {
    /// Notes where an application is assigned, or that it is nowhere.
    pub fn set(&mut self, application: &K, cluster: Option<&ResourceRef>) {
        if self.clusters.get(application) == cluster {
            return;
        }
        if let Some(old) = self.clusters.remove(application)
            && let Some(counts) = self.counts.get_mut(&old.namespace)
        {
            counts.remove(&old.name);
        }
        if let Some(cluster) = cluster {
            self.clusters.insert(application.clone(), cluster.clone());
            self.counts
                .entry(cluster.namespace.clone())
                .or_default()
                .add(&cluster.name);
        }
    }

    /// Where an application is assigned.
    pub fn get(&self, application: &K) -> Option<&ResourceRef> {
        self.clusters.get(application)
    }

    /// Number of applications per cluster of a namespace.
    pub fn counts(&self, namespace: &Option<String>) -> &Counts {
        self.counts.get(namespace).unwrap_or(&self.none)
    }
}
