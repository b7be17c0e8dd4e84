//! What is wanted on a cluster, what is there, and what has to be done about it.

use std::sync::Arc;

use common::kube::{Connection, Error, Failure, ObjectId, Resource, Subject, difference};
use serde_json::Value;

use super::compare::{Deed, Settled, deed};
use super::contention::Verdict;
use super::inventory;
use super::member::{Member, Watched};
use super::outcome::Trouble;
use super::stage::Stage;
use super::wanted::{Wanted, claimant, desired, own_kinds, to_id, to_ref};
use super::worker::{Worker, name_of};
use crate::api::{Application, Cluster, ObjectRef, ResourceRef, Timestamp};
use crate::client::ObjectKey;
use crate::manifest::{project, same_object};

/// An application on one cluster, as far as this pass has got.
pub(super) struct Site {
    pub(super) on: ResourceRef,
    pub(super) cluster: Arc<Cluster>,
    pub(super) member: Arc<Member>,
    pub(super) wanted: Vec<Wanted>,
    pub(super) schemas: Vec<Value>,
}

/// What has to be done on a cluster.
#[derive(Default)]
pub(super) struct Work {
    /// Positions of wanted objects.
    pub(super) apply: Vec<(usize, Deed)>,
    /// No longer wanted, in the order of removal.
    pub(super) prune: Vec<ObjectRef>,
    /// What may have been there before.
    pub(super) known: Vec<ObjectRef>,
    pub(super) trouble: Option<Trouble>,
    pub(super) paused: Option<Paused>,
}

/// A fight: repairs of an object wait.
pub(super) struct Paused {
    pub(super) until: Timestamp,
    /// What is fought over.
    pub(super) what: String,
}

impl Worker {
    /// Who is there, and what is wanted.
    pub(super) async fn survey(
        &self,
        key: &ObjectKey,
        application: &Application,
        on: &ResourceRef,
        cluster: &Arc<Cluster>,
        stage: &Stage,
    ) -> Result<Site, Trouble> {
        let trouble = |error| Trouble::on(cluster, on, error);
        let member = self.members.get(cluster).await.map_err(trouble)?;
        let status = &application.status;
        let arriving = || {
            self.memories
                .arriving(key, &application.metadata.uid, on)
                .unwrap_or_default()
        };
        let previous = match stage {
            Stage::Move { .. } => arriving(),
            _ => status.last_applied_manifest.clone(),
        };
        let desired = desired(application, &previous);
        let own_kinds = own_kinds(&application.spec.manifest);
        let (mut ids, mut watched) = (Vec::new(), Vec::<Watched>::new());
        for object in &desired.objects {
            let (id, resource) = identify(&member.connection, object, &own_kinds)
                .await
                .map_err(trouble)?;
            let namespace = id.namespace.clone();
            let kind = resource.map(|resource| Watched { resource, namespace });
            watched.extend(kind.filter(|kind| !watched.contains(kind)));
            ids.push(id);
        }
        member.follow(&watched).await.map_err(trouble)?;
        let schemas = desired.schemas.clone();
        let wanted = desired.identified(application, ids);
        Ok(Site {
            on: on.clone(),
            cluster: cluster.clone(),
            member,
            wanted,
            schemas,
        })
    }

    pub(super) fn compare(&self, key: &ObjectKey, application: &Application, site: &Site) -> Work {
        let uid = &application.metadata.uid;
        let mut work = Work {
            prune: unwanted(application, site),
            known: inventory::on(&application.status.placements, &site.on).to_vec(),
            ..Work::default()
        };
        for (index, wanted) in site.wanted.iter().enumerate() {
            let live = site.member.live(&wanted.id);
            if let Some(by) = live
                .as_deref()
                .and_then(|live| self.claimed_by_another(live, uid))
            {
                let (cluster, object) = (site.on.clone(), wanted.id.clone());
                work.trouble
                    .get_or_insert(Trouble::Claimed { cluster, object, by });
                continue;
            }
            let live = live.filter(|live| claimant(live) == Some(uid));
            let settled = self.settled(key, application, site, wanted, live.as_deref());
            let deed = deed(wanted, live.as_deref(), settled);
            match deed {
                Deed::Nothing => {}
                Deed::Repair { ref members, .. } => {
                    let verdict = self
                        .memories
                        .ask_repair(key, uid, &wanted.id, members, (self.now)());
                    match verdict {
                        Verdict::Repair => work.apply.push((index, deed)),
                        Verdict::Pause(until) => {
                            let what = format!("{} of {} on {}", members.join(", "), wanted.id, site.on);
                            work.paused = Some(Paused { until, what });
                        }
                    }
                }
                Deed::Create | Deed::Update { .. } => work.apply.push((index, deed)),
            }
        }
        work
    }

    /// What is remembered of the last apply; after a restart the status remembers it.
    fn settled(
        &self,
        key: &ObjectKey,
        application: &Application,
        site: &Site,
        wanted: &Wanted,
        live: Option<&Value>,
    ) -> Option<Settled> {
        let uid = &application.metadata.uid;
        let settled = self.memories.settled(key, uid, &site.on, &wanted.id);
        let status = &application.status;
        if settled.is_some() || status.running_on.as_ref() != Some(&site.on) {
            return settled;
        }
        let observed = project(&wanted.schema, live?);
        let applied = status
            .last_applied_manifest
            .iter()
            .find(|applied| **applied == wanted.object)?;
        let seen = status
            .last_observed_manifest
            .iter()
            .find(|seen| same_object(&observed, seen))?;
        let settled = Settled::of(applied, seen);
        self.memories.settle(key, uid, &site.on, &wanted.id, settled);
        Some(settled)
    }

    /// The name of another living application whose label an object carries.
    fn claimed_by_another(&self, live: &Value, uid: &str) -> Option<String> {
        let by = claimant(live).filter(|by| *by != uid)?;
        let key = self.index.lock().get(by)?;
        Some(
            self.book
                .get(&key)
                .map_or_else(|| key.to_string(), |other| name_of(&other)),
        )
    }
}

/// What may be there and is not wanted, in the order of removal.
fn unwanted(application: &Application, site: &Site) -> Vec<ObjectRef> {
    let known = inventory::on(&application.status.placements, &site.on)
        .iter()
        .map(to_id);
    let known: Vec<_> = known
        .chain(site.member.objects_of(&application.metadata.uid))
        .collect();
    let wanted: Vec<_> = site.wanted.iter().map(|wanted| wanted.id.clone()).collect();
    difference(&known, &wanted).iter().map(to_ref).collect()
}

/// Full identity, and the kind as the cluster serves it; a kind that the manifest itself defines may not be
/// served yet.
async fn identify(
    connection: &Connection,
    object: &Value,
    own_kinds: &[(String, String, bool)],
) -> Result<(ObjectId, Option<Resource>), Error> {
    let invalid = |member: &str| Error {
        server: connection.server().into(),
        subject: Subject::Kind("object".to_owned()),
        failure: Failure::Invalid {
            why: format!("{member} is missing or not a text"),
        },
    };
    let id = ObjectId::of(object).map_err(invalid)?;
    match connection.identify(&id).await {
        Ok((resource, id)) => Ok((id, Some(resource))),
        Err(error) => {
            let own = own_kinds
                .iter()
                .find(|(group, kind, _)| id.group() == group && id.kind == *kind);
            let Some((_, _, is_namespaced)) = own else {
                return Err(error);
            };
            let namespace = is_namespaced.then(|| {
                id.namespace
                    .clone()
                    .unwrap_or_else(|| connection.default_namespace().to_owned())
            });
            Ok((ObjectId { namespace, ..id }, None))
        }
    }
}
