//! The original's cases, what it got wrong, and independence of the order in which objects are seen.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{Graph, Step};
use crate::api::{Application, CASCADE_DELETION, Cluster, Metadata, ResourceRef, Timestamp};

/// Names beginning with an upper-case letter are clusters, others applications; all in the namespace `tarn`.
fn named(name: &str) -> ResourceRef {
    if name.starts_with(char::is_uppercase) {
        ResourceRef::to::<Cluster>(Some("tarn"), name)
    } else {
        ResourceRef::to::<Application>(Some("tarn"), name)
    }
}

/// Objects on a server, and a graph that follows them.
#[derive(Default)]
struct World {
    objects: BTreeMap<ResourceRef, Metadata>,
    graph: Graph,
    incarnations: usize,
}

impl World {
    fn of(objects: &[(&str, &[&str])]) -> Self {
        let mut world = Self::default();
        for (name, owners) in objects {
            world.create(name, owners);
        }
        world
    }

    fn create(&mut self, name: &str, owners: &[&str]) {
        self.incarnations += 1;
        let metadata = Metadata {
            uid: format!("{name}-{}", self.incarnations),
            owners: owners.iter().map(|owner| named(owner)).collect(),
            ..Metadata::named("tarn", name)
        };
        self.put(&named(name), metadata);
    }

    fn put(&mut self, reference: &ResourceRef, metadata: Metadata) {
        self.graph.set(reference, &metadata);
        self.objects.insert(reference.clone(), metadata);
    }

    /// What the API does on DELETE.
    fn delete(&mut self, name: &str) {
        self.mark(&named(name));
    }

    fn mark(&mut self, reference: &ResourceRef) {
        let mut metadata = self.objects[reference].clone();
        if metadata.deleted.is_none() {
            metadata.deleted = Some(Timestamp::default());
            metadata.finalizers.push(CASCADE_DELETION.to_owned());
            self.put(reference, metadata);
        }
    }

    fn erase(&mut self, reference: &ResourceRef) {
        self.objects.remove(reference);
        self.graph.remove(reference);
    }

    fn step(&self, name: &str) -> Step {
        self.graph.step(&named(name))
    }

    fn act(&mut self, reference: &ResourceRef) -> bool {
        match self.graph.step(reference) {
            Step::Rest => return false,
            Step::Delete { uid } => {
                assert_eq!(uid, self.objects[reference].uid);
                self.mark(reference);
            }
            Step::Strip { .. } => {
                let mut metadata = self.objects[reference].clone();
                metadata.finalizers.pop();
                if metadata.finalizers.is_empty() {
                    self.erase(reference);
                } else {
                    self.put(reference, metadata);
                }
            }
            Step::Release { dependents } => {
                for dependent in dependents {
                    let mut metadata = self.objects[&dependent].clone();
                    metadata.owners.retain(|owner| owner != reference);
                    self.put(&dependent, metadata);
                }
            }
        }
        true
    }

    /// Acts until nothing is left to do.
    fn settle(&mut self) {
        while self
            .objects
            .keys()
            .cloned()
            .collect::<Vec<_>>()
            .iter()
            .any(|reference| self.act(reference))
        {}
    }

    fn names(&self) -> Vec<&str> {
        self.objects
            .keys()
            .map(|reference| reference.name.as_str())
            .collect()
    }
}

fn all_orders(
    objects: &[(&'static str, &'static [&'static str])],
) -> Vec<Vec<(&'static str, &'static [&'static str])>> {
    if objects.is_empty() {
        return vec![Vec::new()];
    }
    (0..objects.len())
        .flat_map(|first| {
            let mut rest = objects.to_vec();
            let chosen = rest.remove(first);
            all_orders(&rest)
                .into_iter()
                .map(move |order| [vec![chosen], order].concat())
        })
        .collect()
}

#[test]
fn the_graph_is_the_same_whatever_the_order() {
    for order in all_orders(&[
        ("Up", &[]),
        ("Middle", &["Up"]),
        ("low1", &["Middle"]),
        ("low2", &["Middle"]),
    ]) {
        let mut world = World::of(&order);
        world.delete("Middle");
        assert_eq!(
            (world.step("low1"), world.step("Up")),
            (
                Step::Delete {
                    uid: world.objects[&named("low1")].uid.clone()
                },
                Step::Rest
            )
        );
        world.settle();
        assert_eq!(world.names(), ["Up"]);
    }
}

#[test]
fn a_cluster_goes_after_its_applications() {
    let mut world = World::of(&[
        ("C", &[]),
        ("a", &["C"]),
        ("b", &["C"]),
        ("c", &["C"]),
        ("other", &[]),
    ]);
    let mut held = world.objects[&named("a")].clone();
    held.finalizers.push("kubernetes_resources_deletion".to_owned());
    world.put(&named("a"), held.clone());
    world.delete("C");
    world.settle();
    assert_eq!(
        world.names(),
        ["a", "other", "C"],
        "a waits for its own controller and the cluster for a"
    );
    assert!(world.objects[&named("a")].is_deleted());
    assert_eq!(world.step("C"), Step::Rest);
    world.erase(&named("a"));
    world.settle();
    assert_eq!(world.names(), ["other"]);
}

#[test]
fn only_what_depends_on_the_deleted_object_goes() {
    let mut world = World::of(&[
        ("A", &[]),
        ("B", &["A"]),
        ("C", &["A"]),
        ("D", &["B"]),
        ("E", &["C"]),
    ]);
    world.delete("B");
    world.settle();
    assert_eq!(world.names(), ["A", "C", "E"]);
    assert!(world.objects.values().all(|metadata| !metadata.is_deleted()));
    assert_eq!(world.graph.len(), 3);
}

#[test]
fn three_layers_are_marked_from_the_top_and_erased_from_the_bottom() {
    let mut world = World::of(&[("Upper", &[]), ("Middle", &["Upper"]), ("Lower", &["Middle"])]);
    world.delete("Upper");
    assert_eq!(world.step("Lower"), Step::Rest);
    assert!(world.act(&named("Middle")));
    assert_eq!(
        (world.step("Upper"), world.step("Middle")),
        (Step::Rest, Step::Rest)
    );
    assert!(world.act(&named("Lower")));
    assert!(world.act(&named("Lower")), "stripped and erased");
    assert_eq!(world.step("Upper"), Step::Rest);
    assert!(world.act(&named("Middle")));
    assert!(world.act(&named("Upper")));
    assert_eq!(world.names(), [""; 0]);
}

#[test]
fn cycles_have_no_meaning_and_hurt_nobody_else() {
    for order in all_orders(&[
        ("Upper", &["Lower"]),
        ("Middle", &["Upper"]),
        ("Lower", &["Middle"]),
        ("Uppest", &[]),
        ("other", &["Upper", "Uppest"]),
    ]) {
        let mut world = World::of(&order);
        let members: BTreeSet<_> = ["Upper", "Middle", "Lower"].map(named).into();
        assert_eq!(world.graph.cycle_through(&named("Middle")), members);
        assert!(world.graph.cycle_through(&named("other")).is_empty());
        world.delete("Middle");
        world.settle();
        assert_eq!(
            world.names(),
            ["other", "Lower", "Upper", "Uppest"],
            "a member can be deleted, alone"
        );
        world.delete("Uppest");
        world.delete("Upper");
        world.settle();
        assert_eq!(world.names(), ["Lower"]);
    }
}

#[test]
fn a_diamond_is_no_cycle() {
    for order in all_orders(&[("A", &[]), ("B", &["A"]), ("C", &["A"]), ("d", &["B", "C"])]) {
        let mut world = World::of(&order);
        for name in ["A", "B", "C", "d"] {
            assert!(world.graph.cycle_through(&named(name)).is_empty());
        }
        world.delete("A");
        world.settle();
        assert_eq!(world.names(), [""; 0]);
    }
}

#[test]
fn an_object_stays_while_one_of_its_owners_does() {
    let mut world = World::of(&[("Old", &[]), ("New", &[]), ("moving", &["Old", "New"])]);
    world.delete("Old");
    assert_eq!(world.step("moving"), Step::Rest);
    assert_eq!(
        world.step("Old"),
        Step::Release {
            dependents: vec![named("moving")]
        }
    );
    world.settle();
    assert_eq!(world.names(), ["moving", "New"]);
    world.delete("New");
    world.settle();
    assert_eq!(world.names(), [""; 0]);
}

#[test]
fn an_owner_created_again_is_another_owner() {
    let mut world = World::of(&[("C", &[]), ("a", &["C"])]);
    world.create("C", &[]);
    let uid = world.objects[&named("a")].uid.clone();
    assert_eq!(world.step("a"), Step::Delete { uid });
    world.settle();
    assert_eq!(world.names(), ["C"]);
}

#[test]
fn what_a_forced_deletion_leaves_behind_is_collected() {
    let mut world = World::of(&[("A", &[]), ("B", &["A"]), ("c", &["B"]), ("d", &[])]);
    world.erase(&named("A"));
    world.settle();
    assert_eq!(world.names(), ["d"]);
}

#[test]
fn owners_that_cannot_own_are_inert() {
    let foreign = ResourceRef::to::<Cluster>(Some("fell"), "c9");
    let global = ResourceRef::to::<Cluster>(None, "c1");
    for reverse in [false, true] {
        let mut world = World::default();
        let mut objects = vec![
            ("c1", vec![]),
            ("a1", vec![named("C1"), named("Never-was")]),
            ("a2", vec![foreign.clone()]),
            ("a3", vec![named("a3")]),
            ("a4", vec![global.clone()]),
        ];
        objects[0].0 = "C1";
        if reverse {
            objects.reverse();
        }
        for (name, owners) in objects {
            let metadata = Metadata {
                uid: format!("{name}-uid"),
                owners,
                ..Metadata::named("tarn", name)
            };
            world.put(&named(name), metadata);
        }
        world.put(
            &foreign,
            Metadata {
                uid: "u9".to_owned(),
                ..Metadata::named("fell", "c9")
            },
        );
        world.mark(&foreign);
        world.settle();
        assert!(!world.objects.contains_key(&foreign), "nobody elsewhere holds it");
        assert!(world.objects.values().all(|metadata| !metadata.is_deleted()));
        world.delete("C1");
        world.settle();
        assert_eq!(world.names(), ["a2", "a3", "a4"]);
        world.delete("a3");
        world.settle();
        assert_eq!(world.names(), ["a2", "a4"]);
    }
}

#[test]
fn a_new_owner_replaces_the_old_one() {
    let mut world = World::of(&[("Old", &[]), ("New", &[]), ("mid", &["Old"]), ("low", &["mid"])]);
    let mut moved = world.objects[&named("mid")].clone();
    moved.owners = vec![named("New")];
    world.put(&named("mid"), moved);
    world.delete("Old");
    world.settle();
    assert_eq!(world.names(), ["low", "mid", "New"]);
    world.delete("New");
    world.settle();
    assert_eq!(world.names(), [""; 0]);
}

#[test]
fn a_cluster_that_is_in_deletion_when_the_collector_starts_is_finished() {
    let mut world = World::of(&[("a", &["C"]), ("C", &[])]);
    world.delete("C");
    let objects: Vec<_> = world.objects.clone().into_iter().collect();
    let mut restarted = World::default();
    for (reference, metadata) in objects {
        restarted.put(&reference, metadata);
    }
    restarted.settle();
    assert_eq!(restarted.names(), [""; 0]);
}

const NAMES: [&str; 6] = ["A", "B", "C", "d", "e", "f"];

fn some_objects() -> impl Strategy<Value = (Vec<BTreeSet<usize>>, usize)> {
    let owners = proptest::collection::btree_set(0..NAMES.len() + 1, 0..3);
    (proptest::collection::vec(owners, NAMES.len()), 0..NAMES.len())
}

fn name(index: usize) -> &'static str {
    NAMES.get(index).copied().unwrap_or("Never-was")
}

proptest! {
    #[test]
    fn what_remains_depends_on_the_objects_and_not_on_the_order(
        (owners, deleted) in some_objects(),
        order in Just((0..NAMES.len()).collect::<Vec<_>>()).prop_shuffle(),
        late in any::<bool>(),
    ) {
        let run = |order: &[usize], late: bool| {
            let mut world = World::default();
            let mut metadata: BTreeMap<usize, Metadata> = (0..NAMES.len()).map(|index| (index, Metadata {
                uid: format!("uid-{index}"),
                owners: owners[index].iter().map(|owner| named(name(*owner))).collect(),
                ..Metadata::named("tarn", name(index))
            })).collect();
            if !late && let Some(metadata) = metadata.get_mut(&deleted) {
                metadata.deleted = Some(Timestamp::default());
                metadata.finalizers = vec![CASCADE_DELETION.to_owned()];
            }
            for index in order {
                world.put(&named(name(*index)), metadata[index].clone());
            }
            world.delete(name(deleted));
            world.settle();
            world
        };
        let straight: Vec<_> = (0..NAMES.len()).collect();
        let (one, other) = (run(&straight, true), run(&order, late));
        prop_assert_eq!(one.names(), other.names());
        prop_assert!(one.names().iter().all(|left| *left != name(deleted)), "the deletion ends");
        prop_assert!(one.objects.values().all(|metadata| !metadata.is_deleted()), "nothing is left half deleted");
    }
}
