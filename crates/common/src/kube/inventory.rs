//! What was applied before and is no longer wanted: compared by identity, removed last first.

use std::collections::HashSet;

use super::objects::{Deleted, Propagation};
use super::{Connection, Error, ObjectId};

/// Objects of `old` that `new` lacks, in reverse order of application, each once. An object whose group changed
/// its version only (`apps/v1beta1` → `apps/v1`) is the same object and stays.
pub fn difference(old: &[ObjectId], new: &[ObjectId]) -> Vec<ObjectId> {
    let mut seen: HashSet<_> = new.iter().map(ObjectId::versionless).collect();
    old.iter()
        .rev()
        .filter(|id| seen.insert(id.versionless()))
        .cloned()
        .collect()
}

impl Connection {
    /// Deletes an object of an inventory in the background and says whether it is gone. What is not there is
    /// done; what has finalizers is [`Deleted::Going`].
    pub async fn prune(&self, id: &ObjectId) -> Result<Deleted, Error> {
        self.delete(id, Propagation::Background, None).await
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(api_version: &str, name: &str) -> ObjectId {
        ObjectId {
            api_version: api_version.to_owned(),
            kind: "Deployment".to_owned(),
            namespace: Some("tarn".to_owned()),
            name: name.to_owned(),
        }
    }

    #[test]
    fn what_is_no_longer_wanted_goes_in_reverse_order() {
        let old = ["a", "b", "c", "d"].map(|name| id("apps/v1", name));
        let gone = difference(&old, &[id("apps/v1", "c")]);
        let names: Vec<_> = gone.iter().map(|id| id.name.as_str()).collect();
        assert_eq!(names, ["d", "b", "a"]);
    }

    #[test]
    fn another_version_of_the_same_group_is_the_same_object() {
        assert!(difference(&[id("apps/v1beta1", "a")], &[id("apps/v1", "a")]).is_empty());
        assert_eq!(
            difference(&[id("extensions/v1", "a")], &[id("apps/v1", "a")]).len(),
            1
        );
    }

    fn inventory() -> impl Strategy<Value = Vec<ObjectId>> {
        prop::collection::vec("[a-e]", 0..8)
            .prop_map(|names| names.iter().map(|name| id("apps/v1", name)).collect())
    }

    proptest! {
        #[test]
        fn nothing_wanted_goes_and_nothing_unwanted_stays(old in inventory(), new in inventory()) {
            let gone = difference(&old, &new);
            prop_assert!(gone.iter().all(|id| old.contains(id) && !new.contains(id)));
            prop_assert!(old.iter().all(|id| new.contains(id) || gone.contains(id)));
            let unique: HashSet<_> = gone.iter().collect();
            prop_assert_eq!(unique.len(), gone.len());
        }
    }
}
