//! The one table of kinds: routes, keys, checks, authorisation and documents all follow from it.

use std::sync::LazyLock;

use bytes::Bytes;
use schemars::{Schema, SchemaGenerator};

use super::action;
use super::object::{self, Change, NewObject, Outcome};
use super::refusal::Refusal;
use crate::api::{
    Application, Cloud, Cluster, GlobalCloud, GlobalInfrastructureProvider, GlobalMetric,
    GlobalMetricsProvider, InfrastructureProvider, Kind, MagnumCluster, Metric, MetricsProvider, Project,
    Role, RoleBinding, Scope, Timestamp,
};
use crate::store::Entry;

/// Checks a body for a new object: body, namespace, uid, now.
type Create = fn(&[u8], Option<&str>, String, Timestamp) -> Result<NewObject, Refusal>;
/// Checks a body and prepares the change that it asks for.
type Prepare = fn(&Bytes) -> Result<Change, Refusal>;

/// What the server knows of a kind.
pub(super) struct KindEntry {
    pub(super) api: &'static str,
    pub(super) kind: &'static str,
    pub(super) plural: &'static str,
    pub(super) scope: Scope,
    pub(super) secrets: &'static [&'static str],
    /// How every stored document of ours begins, up to the members of its metadata.
    pub(super) head: String,
    pub(super) create: Create,
    pub(super) update: Prepare,
    pub(super) delete: fn(&Entry, Timestamp) -> Result<Outcome, Refusal>,
    pub(super) sub_resources: Vec<SubResource>,
    /// Whether `?force=True` erases at once and `?blocking=` waits.
    pub(super) workload: Workload,
    pub(super) schema: fn(&mut SchemaGenerator) -> Schema,
}

/// Whether a kind stands for something that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Workload {
    /// Applications and clusters: they can be waited for and deleted by force.
    Yes,
    /// All others.
    No,
}

/// A part of an object with a route of its own, changed by PUT.
pub(super) struct SubResource {
    pub(super) name: &'static str,
    /// As which sub-resource it is authorised.
    pub(super) right: &'static str,
    pub(super) prepare: Prepare,
}

impl SubResource {
    const fn new(name: &'static str, prepare: Prepare) -> Self {
        Self {
            name,
            right: name,
            prepare,
        }
    }
}

impl KindEntry {
    fn of<K: Kind>() -> Self {
        Self {
            api: K::API,
            kind: K::KIND,
            plural: K::PLURAL,
            scope: K::SCOPE,
            secrets: K::SECRETS,
            head: format!(r#"{{"api":"{}","kind":"{}","metadata":{{"#, K::API, K::KIND),
            create: object::create::<K>,
            update: object::update::<K>,
            delete: object::mark_deleted::<K>,
            sub_resources: Vec::new(),
            workload: Workload::No,
            schema: |generator| generator.subschema_for::<K>(),
        }
    }

    fn with_status<K: Kind>() -> Self {
        let mut entry = Self::of::<K>();
        entry
            .sub_resources
            .push(SubResource::new("status", object::update_status::<K>));
        entry
    }

    fn with(mut self, name: &'static str, prepare: Prepare) -> Self {
        self.sub_resources.push(SubResource::new(name, prepare));
        self
    }

    fn application() -> Self {
        let mut entry = Self::with_status::<Application>()
            .with("binding", action::bind_application)
            .with("complete", action::complete)
            .with("shutdown", action::shutdown);
        entry.sub_resources.push(SubResource {
            name: "retry",
            right: "status",
            prepare: action::retry,
        });
        entry.delete = object::mark_application_deleted;
        entry.workload = Workload::Yes;
        entry
    }

    fn cluster() -> Self {
        let mut entry = Self::with_status::<Cluster>().with("binding", action::bind_cluster);
        entry.workload = Workload::Yes;
        entry
    }

    /// Prefix of the keys of all its objects, or of those in a namespace.
    pub(super) fn prefix(&self, namespace: Option<&str>) -> String {
        match namespace {
            Some(namespace) => format!("/{}/{}/{namespace}/", self.api, self.plural),
            None => format!("/{}/{}/", self.api, self.plural),
        }
    }

    /// Key of an object, as in the original.
    pub(super) fn key(&self, namespace: Option<&str>, name: &str) -> String {
        self.prefix(namespace) + name
    }

    /// Key of the events of an object.
    pub(super) fn events_key(key: &str) -> String {
        format!("/events{key}")
    }
}

/// All kinds.
pub(super) static KINDS: LazyLock<Vec<KindEntry>> = LazyLock::new(|| {
    vec![
        KindEntry::of::<Role>(),
        KindEntry::of::<RoleBinding>(),
        KindEntry::of::<GlobalMetric>(),
        KindEntry::of::<GlobalMetricsProvider>(),
        KindEntry::of::<Metric>(),
        KindEntry::of::<MetricsProvider>(),
        KindEntry::application(),
        KindEntry::cluster(),
        KindEntry::of::<GlobalInfrastructureProvider>(),
        KindEntry::of::<InfrastructureProvider>(),
        KindEntry::with_status::<GlobalCloud>(),
        KindEntry::with_status::<Cloud>(),
        KindEntry::with_status::<Project>(),
        KindEntry::with_status::<MagnumCluster>().with("binding", action::bind_magnum_cluster),
    ]
});
