//! What the collector does with an object, kind by kind: follow, delete, take away a finalizer, let go of an
//! owner. One table, so that the collector itself knows no kinds.

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::mpsc::UnboundedSender;

use crate::api::{
    Application, CASCADE_DELETION, Cloud, Cluster, GlobalCloud, GlobalInfrastructureProvider, GlobalMetric,
    GlobalMetricsProvider, InfrastructureProvider, Kind, MagnumCluster, Metadata, Metric, MetricsProvider,
    Project, ResourceRef, Role, RoleBinding,
};
use crate::client::{Cache, Caches, Client, DeleteOptions, Error};

/// What following a kind tells.
#[derive(Debug)]
pub(super) enum Seen {
    /// The present metadata of an object; none when it was erased.
    Object(ResourceRef, Option<Box<Metadata>>),
    /// All objects that a kind had at the beginning have been told of.
    Complete,
}

type Outcome<'a> = BoxFuture<'a, Result<(), Error>>;

/// The deeds for one kind.
#[derive(Clone, Copy)]
pub(super) struct Handler {
    api: &'static str,
    kind: &'static str,
    /// Who lets go of an owner: this collector, or the kind's own controller, which first cleans up there.
    pub(super) releases: Releases,
    pub(super) follow: fn(&Caches, UnboundedSender<Seen>) -> BoxFuture<'static, ()>,
    pub(super) delete: for<'a> fn(&'a Client, &'a ResourceRef, &'a str) -> Outcome<'a>,
    pub(super) strip: for<'a> fn(&'a Client, &'a ResourceRef, &'a str) -> Outcome<'a>,
    pub(super) release: for<'a> fn(&'a Client, &'a ResourceRef, &'a ResourceRef) -> Outcome<'a>,
}

/// Who removes an owner that is going from an object that has another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Releases {
    /// The collector.
    Collector,
    /// The controller of the object's kind.
    OwnController,
}

/// The handler of a kind.
pub(super) fn handler_of(reference: &ResourceRef) -> Option<&'static Handler> {
    HANDLERS
        .iter()
        .find(|handler| handler.api == reference.api && handler.kind == reference.kind)
}

/// All kinds.
pub(super) static HANDLERS: [Handler; 14] = [
    handler::<Role>(Releases::Collector),
    handler::<RoleBinding>(Releases::Collector),
    handler::<GlobalMetric>(Releases::Collector),
    handler::<GlobalMetricsProvider>(Releases::Collector),
    handler::<Metric>(Releases::Collector),
    handler::<MetricsProvider>(Releases::Collector),
    handler::<Application>(Releases::OwnController),
    handler::<Cluster>(Releases::Collector),
    handler::<Project>(Releases::Collector),
    handler::<MagnumCluster>(Releases::Collector),
    handler::<GlobalInfrastructureProvider>(Releases::Collector),
    handler::<InfrastructureProvider>(Releases::Collector),
    handler::<GlobalCloud>(Releases::Collector),
    handler::<Cloud>(Releases::Collector),
];

const fn handler<K: Kind>(releases: Releases) -> Handler {
    Handler {
        api: K::API,
        kind: K::KIND,
        releases,
        follow: |caches, seen| follow::<K>(caches.of::<K>(), seen).boxed(),
        delete: |client, reference, uid| delete::<K>(client, reference, uid).boxed(),
        strip: |client, reference, uid| strip::<K>(client, reference, uid).boxed(),
        release: |client, reference, owner| release::<K>(client, reference, owner).boxed(),
    }
}

/// Reports every change of a kind, beginning with what is there.
async fn follow<K: Kind>(cache: Cache<K>, seen: UnboundedSender<Seen>) {
    cache.synced().await;
    let mut changes = cache.subscribe();
    let initial = changes.len();
    let mut told = 0_usize;
    loop {
        if told == initial && seen.send(Seen::Complete).is_err() {
            return;
        }
        let Some(change) = changes.recv().await else {
            return;
        };
        let reference = ResourceRef::to::<K>(change.key.namespace.as_deref(), &change.key.name);
        let metadata = change.new.map(|object| Box::new(object.metadata().clone()));
        if seen.send(Seen::Object(reference, metadata)).is_err() {
            return;
        }
        told += 1;
    }
}

async fn delete<K: Kind>(client: &Client, reference: &ResourceRef, uid: &str) -> Result<(), Error> {
    let options = DeleteOptions {
        uid: Some(uid.to_owned()),
        ..DeleteOptions::default()
    };
    let deleted = client
        .delete::<K>(reference.namespace.as_deref(), &reference.name, &options)
        .await;
    unless_gone(deleted.map(drop))
}

async fn strip<K: Kind>(client: &Client, reference: &ResourceRef, uid: &str) -> Result<(), Error> {
    change::<K>(client, reference, |metadata| {
        let due = metadata.uid == uid
            && metadata.is_deleted()
            && metadata.last_finalizer() == Some(CASCADE_DELETION);
        due.then(|| metadata.finalizers.pop()).is_some()
    })
    .await
}

async fn release<K: Kind>(
    client: &Client,
    reference: &ResourceRef,
    owner: &ResourceRef,
) -> Result<(), Error> {
    change::<K>(client, reference, |metadata| {
        let before = metadata.owners.len();
        metadata.owners.retain(|other| other != owner);
        metadata.owners.len() != before
    })
    .await
}

/// Reads the present object, changes its metadata and writes it back on the condition that nobody else wrote.
async fn change<K: Kind>(
    client: &Client,
    reference: &ResourceRef,
    change: impl FnOnce(&mut Metadata) -> bool,
) -> Result<(), Error> {
    let mut object = match client.get_ref::<K>(reference).await {
        Err(error) if error.is_not_found() => return Ok(()),
        object => object?,
    };
    if change(object.metadata_mut()) {
        unless_gone(client.update(&object).await.map(drop))?;
    }
    Ok(())
}

fn unless_gone(result: Result<(), Error>) -> Result<(), Error> {
    match result {
        Err(error) if error.is_not_found() => Ok(()),
        result => result,
    }
}
