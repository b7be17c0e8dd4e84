//! Names by which Yake marks what it keeps, and those of Flux that it understands.

/// API group of Yake's own kinds, and prefix of its labels and annotations.
pub const GROUP: &str = "yake.alasca.cloud";
/// Group and version of [`Landscape`](super::Landscape).
pub const API_VERSION: &str = "yake.alasca.cloud/v1alpha1";
/// Kind of a landscape.
pub const LANDSCAPE: &str = "Landscape";
/// The file in a repository that describes its landscape.
pub const LANDSCAPE_FILE: &str = "landscape.yaml";

/// Under which Yake owns members of objects.
pub const FIELD_MANAGER: &str = "yake";
/// Label of every object that a unit keeps: the landscape, or the unit's own name where there is no landscape.
pub const OWNER_LANDSCAPE: &str = "yake.alasca.cloud/landscape";
/// Label of every object that a unit keeps: the unit.
pub const OWNER_UNIT: &str = "yake.alasca.cloud/unit";
/// Label of every object that a unit keeps: namespace of its landscape.
pub const OWNER_NAMESPACE: &str = "yake.alasca.cloud/namespace";

/// Label of the `ConfigMap`s that hold inventories.
pub const INVENTORY: &str = "yake.alasca.cloud/inventory";

/// `disabled` keeps an object when it is gone from Git.
pub const PRUNE: &str = "yake.alasca.cloud/prune";
/// How an object is applied: `Override`, `Merge`, `IfNotPresent`, `Ignore`.
pub const APPLY: &str = "yake.alasca.cloud/ssa";
/// `enabled` lets an object be made anew where a member that cannot change would have to.
pub const FORCE: &str = "yake.alasca.cloud/force";
/// `disabled` leaves an object alone altogether.
pub const RECONCILE: &str = "yake.alasca.cloud/reconcile";
/// Time at which somebody asked for a pass at once.
pub const REQUESTED_AT: &str = "yake.alasca.cloud/requested-at";

/// `true` on a Kustomization of Flux: Yake keeps it. Flux has to be told off (`flux suspend kustomization`).
pub const KEEP: &str = "yake.alasca.cloud/keep";
/// Units that are not touched, by the word of an operator, separated by commas; `*`: all of them.
pub const SUSPENDED: &str = "yake.alasca.cloud/suspended";

/// The names that Flux gives to the same things; its users' repositories carry them.
pub const FLUX_PREFIX: &str = "kustomize.toolkit.fluxcd.io/";
/// Group of Flux's unit.
pub const FLUX_UNIT_GROUP: &str = "kustomize.toolkit.fluxcd.io";
/// Group of Flux's sources.
pub const FLUX_SOURCE_GROUP: &str = "source.toolkit.fluxcd.io";
/// Flux's request for a pass.
pub const FLUX_REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";
/// Under which Flux owns members of objects.
pub const FLUX_FIELD_MANAGER: &str = "kustomize-controller";
