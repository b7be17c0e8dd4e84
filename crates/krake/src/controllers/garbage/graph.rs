//! Who owns whom, and what follows from a deletion. Pure.
//!
//! An edge is bound to the uid of the owner that it was first seen with, so that another object under the same
//! name is another owner. What an edge means depends on the owner's present state alone, never on the order in
//! which objects were seen. Without meaning are edges to owners that were never seen, that live in another
//! namespace, that are the object itself, or that close a cycle.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::api::{CASCADE_DELETION, Metadata, ResourceRef};

/// What remains to be done for an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing, or nothing before something else happens.
    Rest,
    /// Its owners are gone or going: delete the object with this uid.
    Delete {
        /// Which incarnation.
        uid: String,
    },
    /// It is going, nothing depends on it any more: take away [`CASCADE_DELETION`].
    Strip {
        /// Which incarnation.
        uid: String,
    },
    /// It is going, but these dependents have another owner that stays: they have to let go of it.
    Release {
        /// The dependents.
        dependents: Vec<ResourceRef>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    uid: String,
    deleted: bool,
    cascading: bool,
    /// The uid is none as long as no such owner was seen.
    owners: BTreeMap<ResourceRef, Option<String>>,
}

/// Owner graph of all objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    nodes: HashMap<ResourceRef, Node>,
    dependents: HashMap<ResourceRef, BTreeSet<ResourceRef>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Living,
    Going,
    Gone,
}

impl Graph {
    /// Takes over the present state of an object. Returns whom this may concern, itself included.
    pub fn set(&mut self, reference: &ResourceRef, metadata: &Metadata) -> BTreeSet<ResourceRef> {
        let mut concerned = BTreeSet::from([reference.clone()]);
        if self
            .nodes
            .get(reference)
            .is_some_and(|node| node.uid != metadata.uid)
        {
            concerned.extend(self.remove(reference));
        }
        let earlier = self.nodes.remove(reference);
        let known = earlier.as_ref().map(|node| &node.owners);
        let node = Node {
            uid: metadata.uid.clone(),
            deleted: metadata.is_deleted(),
            cascading: metadata.is_deleted() && metadata.last_finalizer() == Some(CASCADE_DELETION),
            owners: self.bound_owners(reference, metadata, known),
        };
        for left in known.into_iter().flatten().map(|(owner, _)| owner) {
            if !node.owners.contains_key(left) {
                self.unlink(left, reference);
                concerned.insert(left.clone());
            }
        }
        for owner in node.owners.keys() {
            self.dependents
                .entry(owner.clone())
                .or_default()
                .insert(reference.clone());
        }
        self.bind_dependents(reference, &node.uid);
        if earlier.is_none_or(|earlier| earlier.cascading != node.cascading) {
            concerned.extend(self.dependents_of(reference).cloned());
            concerned.extend(node.owners.keys().cloned());
        }
        self.nodes.insert(reference.clone(), node);
        concerned
    }

    /// The owners that count at all, with the uid that each was first seen with.
    fn bound_owners(
        &self,
        reference: &ResourceRef,
        metadata: &Metadata,
        known: Option<&BTreeMap<ResourceRef, Option<String>>>,
    ) -> BTreeMap<ResourceRef, Option<String>> {
        let counts = |owner: &&ResourceRef| {
            *owner != reference && (owner.namespace.is_none() || owner.namespace == reference.namespace)
        };
        let bind = |owner: &ResourceRef| {
            let seen = known.and_then(|known| known.get(owner)).cloned().flatten();
            let uid = seen.or_else(|| self.nodes.get(owner).map(|node| node.uid.clone()));
            (owner.clone(), uid)
        };
        metadata.owners.iter().filter(counts).map(bind).collect()
    }

    /// Forgets an erased object. Returns whom this may concern: its owners and its dependents.
    pub fn remove(&mut self, reference: &ResourceRef) -> BTreeSet<ResourceRef> {
        self.unbind_cycles(reference);
        let mut concerned: BTreeSet<_> = self.dependents_of(reference).cloned().collect();
        if let Some(node) = self.nodes.remove(reference) {
            for owner in node.owners.keys() {
                self.unlink(owner, reference);
            }
            concerned.extend(node.owners.into_keys());
        }
        concerned
    }

    /// What remains to be done for an object.
    pub fn step(&self, reference: &ResourceRef) -> Step {
        let Some(node) = self.nodes.get(reference) else {
            return Step::Rest;
        };
        if !node.deleted {
            return if self.is_abandoned(reference, node) {
                Step::Delete {
                    uid: node.uid.clone(),
                }
            } else {
                Step::Rest
            };
        }
        if !node.cascading {
            return Step::Rest;
        }
        let holding = self.holding(reference);
        if holding.is_empty() {
            return Step::Strip {
                uid: node.uid.clone(),
            };
        }
        let dependents: Vec<_> = holding
            .into_iter()
            .filter(|(dependent, node)| !node.deleted && !self.is_abandoned(dependent, node))
            .map(|(dependent, _)| dependent.clone())
            .collect();
        if dependents.is_empty() {
            Step::Rest
        } else {
            Step::Release { dependents }
        }
    }

    /// The members of the cycles that go through an object; empty when there are none.
    pub fn cycle_through(&self, reference: &ResourceRef) -> BTreeSet<ResourceRef> {
        if !self.reaches(reference, reference) {
            return BTreeSet::new();
        }
        let members = self.nodes.keys().filter(|member| {
            *member == reference || (self.reaches(reference, member) && self.reaches(member, reference))
        });
        members.cloned().collect()
    }

    /// Number of objects.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are no objects.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// An owner is gone or going, and none stays.
    fn is_abandoned(&self, reference: &ResourceRef, node: &Node) -> bool {
        let states: Vec<_> = node
            .owners
            .iter()
            .filter_map(|(owner, uid)| Some((owner, self.owner_state(owner, uid.as_deref()?))))
            .collect();
        let any = |wanted: Owner| {
            states.iter().any(|(owner, state)| {
                // What is gone cannot be part of a cycle.
                *state == wanted && (wanted == Owner::Gone || !self.reaches(reference, owner))
            })
        };
        (any(Owner::Gone) || any(Owner::Going)) && !any(Owner::Living)
    }

    fn owner_state(&self, owner: &ResourceRef, uid: &str) -> Owner {
        match self.nodes.get(owner).filter(|node| node.uid == uid) {
            None => Owner::Gone,
            Some(node) if node.cascading => Owner::Going,
            // Other finalizers come first: until then it counts as staying.
            Some(_) => Owner::Living,
        }
    }

    /// Dependents that an object in deletion has to wait for.
    fn holding(&self, reference: &ResourceRef) -> Vec<(&ResourceRef, &Node)> {
        self.held_by(reference)
            .filter(|(dependent, _)| !self.reaches(dependent, reference))
            .collect()
    }

    fn dependents_of(&self, reference: &ResourceRef) -> impl Iterator<Item = &ResourceRef> {
        self.dependents.get(reference).into_iter().flatten()
    }

    /// Dependents of this very incarnation of an object.
    fn held_by(&self, reference: &ResourceRef) -> impl Iterator<Item = (&ResourceRef, &Node)> {
        let uid = self.nodes.get(reference).map(|node| &node.uid);
        self.dependents_of(reference)
            .filter_map(|dependent| Some((dependent, self.nodes.get(dependent)?)))
            .filter(move |(_, node)| {
                node.owners
                    .get(reference)
                    .is_some_and(|bound| bound.as_ref() == uid)
            })
    }

    /// Whether `to` depends on `from`, directly or not; on itself only within a cycle.
    fn reaches(&self, from: &ResourceRef, to: &ResourceRef) -> bool {
        let mut seen = HashSet::new();
        let mut open: Vec<_> = self.held_by(from).map(|(dependent, _)| dependent).collect();
        while let Some(next) = open.pop() {
            if next == to {
                return true;
            }
            if seen.insert(next) {
                open.extend(self.held_by(next).map(|(dependent, _)| dependent));
            }
        }
        false
    }

    fn bind_dependents(&mut self, reference: &ResourceRef, uid: &str) {
        for dependent in self.dependents.get(reference).into_iter().flatten() {
            let edge = self
                .nodes
                .get_mut(dependent)
                .and_then(|node| node.owners.get_mut(reference));
            if let Some(edge @ None) = edge {
                *edge = Some(uid.to_owned());
            }
        }
    }

    /// An edge that closed a cycle does not gain a meaning when its owner is erased.
    fn unbind_cycles(&mut self, reference: &ResourceRef) {
        let closing: Vec<_> = self
            .held_by(reference)
            .map(|(dependent, _)| dependent.clone())
            .filter(|dependent| self.reaches(dependent, reference))
            .collect();
        for dependent in closing {
            if let Some(node) = self.nodes.get_mut(&dependent) {
                node.owners.insert(reference.clone(), None);
            }
        }
    }

    fn unlink(&mut self, owner: &ResourceRef, dependent: &ResourceRef) {
        if let Some(dependents) = self.dependents.get_mut(owner) {
            dependents.remove(dependent);
            if dependents.is_empty() {
                self.dependents.remove(owner);
            }
        }
    }
}

#[cfg(test)]
#[path = "graph_tests.rs"]
mod tests;
