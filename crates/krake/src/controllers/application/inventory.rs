//! Which objects may exist on which cluster. Pure.
//!
//! The inventory is written before the request that creates an object and shrinks only after the object is
//! known to be gone, so that neither a crash nor a lost answer leaves an object that nobody remembers.

use crate::api::{ObjectRef, Placement, ResourceRef};

/// Adds objects to what may be on a cluster; those that are known keep their place.
pub(super) fn add(
    placements: &mut Vec<Placement>,
    cluster: &ResourceRef,
    objects: impl IntoIterator<Item = ObjectRef>,
) {
    let index = placements
        .iter()
        .position(|placement| placement.cluster == *cluster);
    let mut known = match index {
        Some(index) => placements.remove(index),
        None => Placement {
            cluster: cluster.clone(),
            objects: Vec::new(),
        },
    };
    for object in objects {
        if !known.objects.contains(&object) {
            known.objects.push(object);
        }
    }
    placements.insert(index.unwrap_or(placements.len()), known);
}

/// Sets what may be on a cluster; an empty list forgets the cluster.
pub(super) fn set(placements: &mut Vec<Placement>, cluster: &ResourceRef, objects: Vec<ObjectRef>) {
    match placements
        .iter_mut()
        .find(|placement| placement.cluster == *cluster)
    {
        Some(placement) => placement.objects = objects,
        None => placements.push(Placement {
            cluster: cluster.clone(),
            objects,
        }),
    }
    placements.retain(|placement| !placement.objects.is_empty());
}

/// What may be on a cluster.
pub(super) fn on<'a>(placements: &'a [Placement], cluster: &ResourceRef) -> &'a [ObjectRef] {
    placements
        .iter()
        .find(|placement| placement.cluster == *cluster)
        .map_or(&[], |placement| placement.objects.as_slice())
}

/// Objects as a text for people, cut where it gets long.
pub(super) fn listing(objects: &[ObjectRef]) -> String {
    const SHOWN: usize = 10;
    let mut names: Vec<_> = objects
        .iter()
        .take(SHOWN)
        .map(|object| match &object.namespace {
            Some(namespace) => format!("{} {namespace}/{}", object.kind, object.name),
            None => format!("{} {}", object.kind, object.name),
        })
        .collect();
    if objects.len() > SHOWN {
        names.push(format!("{} more", objects.len() - SHOWN));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::api::Cluster;

    fn object(name: &str) -> ObjectRef {
        ObjectRef {
            api_version: "v1".to_owned(),
            kind: "ConfigMap".to_owned(),
            namespace: Some("default".to_owned()),
            name: name.to_owned(),
        }
    }

    fn cluster(name: &str) -> ResourceRef {
        ResourceRef::to::<Cluster>(Some("tarn"), name)
    }

    #[test]
    fn listings_are_cut() {
        let objects: Vec<_> = (0..12).map(|index| object(&format!("o{index}"))).collect();
        assert!(listing(&objects).ends_with("ConfigMap default/o9, 2 more"));
    }

    proptest! {
        #[test]
        fn nothing_that_was_added_is_forgotten_before_it_is_set_otherwise(
            additions in proptest::collection::vec(("[ab]", proptest::collection::vec("[a-d]", 1..4)), 1..6),
        ) {
            let mut placements = Vec::new();
            for (name, objects) in &additions {
                add(&mut placements, &cluster(name), objects.iter().map(|name| object(name)));
            }
            for (name, objects) in &additions {
                let there = on(&placements, &cluster(name));
                for name in objects {
                    prop_assert_eq!(there.iter().filter(|there| there.name == *name).count(), 1);
                }
            }
            for name in ["a", "b"] {
                set(&mut placements, &cluster(name), Vec::new());
                prop_assert_eq!(on(&placements, &cluster(name)), &[]);
            }
            prop_assert_eq!(placements, []);
        }
    }
}
