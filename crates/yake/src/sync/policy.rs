//! What an object says of how it is kept, in annotations and labels of Yake or of Flux.

use serde_json::Value;

use crate::api::names;

/// How an object is applied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ApplyPolicy {
    /// Members of others are taken over where the manifest names them.
    #[default]
    Override,
    /// The same, but nothing is taken over from tools that applied the object before.
    Merge,
    /// It is created, and not touched when it exists.
    IfNotPresent,
    /// It is left alone.
    Ignore,
}

/// What an object asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How it is applied.
    pub apply: ApplyPolicy,
    /// It stays when it is gone from Git.
    pub is_kept: bool,
    /// It may be made anew where a member that cannot change would have to.
    pub is_forced: bool,
    /// It shall be deleted, by a mark committed to Git.
    pub is_to_be_removed: bool,
}

impl Policy {
    /// Reads the marks of an object.
    pub fn of(object: &Value) -> Self {
        let is = |name, word: &str| mark(object, name).is_some_and(|value| value.eq_ignore_ascii_case(word));
        let apply = match mark(object, names::APPLY).map(str::to_ascii_lowercase).as_deref() {
            Some("merge") => ApplyPolicy::Merge,
            Some("ifnotpresent") => ApplyPolicy::IfNotPresent,
            Some("ignore") => ApplyPolicy::Ignore,
            _ if is(names::RECONCILE, "disabled") => ApplyPolicy::Ignore,
            _ => ApplyPolicy::Override,
        };
        let is_foreign = matches!(apply, ApplyPolicy::IfNotPresent | ApplyPolicy::Ignore);
        Self {
            apply,
            is_kept: is_foreign || is(names::PRUNE, "disabled"),
            is_forced: is(names::FORCE, "enabled"),
            is_to_be_removed: crate::landscape::guard::is_marked_for_removal(object),
        }
    }
}

/// The value of a mark, as an annotation or a label, under Yake's prefix or Flux's.
fn mark<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    let short = name.rsplit('/').next().unwrap_or(name);
    let flux = format!("{}{short}", names::FLUX_PREFIX);
    let metadata = object.get("metadata")?;
    [name, flux.as_str()].into_iter().find_map(|name| {
        ["annotations", "labels"]
            .into_iter()
            .find_map(|of| metadata.get(of)?.get(name)?.as_str())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn marks_of_yake_and_of_flux_mean_the_same() {
        for prefix in ["yake.alasca.cloud", "kustomize.toolkit.fluxcd.io"] {
            let object = json!({"metadata": {
                "annotations": {format!("{prefix}/ssa"): "Merge", format!("{prefix}/force"): "Enabled"},
                "labels": {format!("{prefix}/prune"): "disabled"}}});
            let policy = Policy::of(&object);
            assert_eq!(policy.apply, ApplyPolicy::Merge);
            assert!(policy.is_kept && policy.is_forced && !policy.is_to_be_removed);
        }
    }

    #[test]
    fn what_is_not_ours_alone_is_never_pruned() {
        for (name, value) in [
            ("ssa", "IfNotPresent"),
            ("ssa", "Ignore"),
            ("reconcile", "disabled"),
        ] {
            let object = json!({"metadata": {"annotations": {format!("yake.alasca.cloud/{name}"): value}}});
            assert!(Policy::of(&object).is_kept, "{name}: {value}");
        }
    }
}
