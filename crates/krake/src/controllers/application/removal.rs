//! Taking objects away: leftovers on one cluster, and everything everywhere when the application goes.

use std::sync::Arc;

use common::kube::Deleted;
use common::reconcile::Action;
use futures::future::join_all;

use super::outcome::Trouble;
use super::stage::Standing;
use super::wanted::{claimant, to_id, to_ref};
use super::worker::{GOING, Next, Worker, sooner};
use super::{inventory, member::Member, names::event};
use crate::api::{
    Application, ApplicationState, Cluster, EventType, KUBERNETES_RESOURCES_DELETION, ObjectRef, Placement,
    Reason, ReasonCode, ResourceRef,
};
use crate::client::{Error, ObjectKey};

/// What came of cleaning up on one cluster.
pub(super) struct Cleaned {
    /// What may still be there.
    pub(super) remaining: Vec<ObjectRef>,
    /// Why it is still there, where that is not only a matter of time.
    pub(super) trouble: Option<Reason>,
    is_lost: bool,
}

impl Cleaned {
    /// When to look again.
    pub(super) fn action(&self) -> Action {
        match (&self.trouble, self.remaining.is_empty()) {
            // The cluster's record tells when it is back.
            (Some(_), _) if self.is_lost => Action::Done,
            (Some(_), _) => Action::Retry,
            (None, false) => Action::After(GOING),
            (None, true) => Action::Done,
        }
    }
}

impl Worker {
    /// Deletes everything on every cluster, one not waiting for the other, and lets the application go when
    /// nothing is left.
    pub(super) async fn delete(&self, key: &ObjectKey, application: Arc<Application>) -> Result<Next, Error> {
        let application = self
            .book
            .write_status(&application, |status| {
                if status.state != ApplicationState::Deleting {
                    status.state = ApplicationState::Deleting;
                    status.reason = None;
                }
            })
            .await?;
        let placements = application.status.placements.clone();
        let cleaned = join_all(
            placements
                .iter()
                .map(|placement| self.clean(&application, placement)),
        )
        .await;
        let action = cleaned.iter().map(Cleaned::action).fold(Action::Done, sooner);
        let application = self
            .book
            .write_status(&application, |status| {
                status.reason = cleaned.iter().find_map(|cleaned| cleaned.trouble.clone());
                for (placement, cleaned) in placements.iter().zip(cleaned) {
                    inventory::set(&mut status.placements, &placement.cluster, cleaned.remaining);
                }
                if status.placements.is_empty() {
                    status.running_on = None;
                    status.services.clear();
                }
            })
            .await?;
        if !application.status.placements.is_empty() {
            return Ok(Next::Rest(action));
        }
        let mut next = Application::clone(&application);
        if next.metadata.last_finalizer() == Some(KUBERNETES_RESOURCES_DELETION) {
            next.metadata.finalizers.pop();
            self.book.write(&next).await?;
        }
        self.memories.forget(key);
        Ok(Next::Rest(Action::Done))
    }

    /// Removes what an application may have on a cluster.
    pub(super) async fn clean(&self, application: &Application, placement: &Placement) -> Cleaned {
        let reference = &placement.cluster;
        let stays = |trouble: Reason, is_lost| Cleaned {
            remaining: placement.objects.clone(),
            trouble: Some(trouble),
            is_lost,
        };
        let cluster = self.clusters.get(&ObjectKey::from(reference));
        match (self.standing(reference), cluster) {
            (Standing::Absent, _) | (_, None) => {
                self.abandon(application, placement);
                Cleaned {
                    remaining: Vec::new(),
                    trouble: None,
                    is_lost: false,
                }
            }
            (Standing::Lost, Some(_)) => stays(not_answering(placement), true),
            (Standing::Usable | Standing::Going, Some(cluster)) => match self.members.get(&cluster).await {
                Ok(member) => self.remove(application, &cluster, placement, &member).await,
                Err(error) => stays(Trouble::on(&cluster, reference, error).reason(), false),
            },
        }
    }

    fn abandon(&self, application: &Application, placement: &Placement) {
        if placement.objects.is_empty() {
            return;
        }
        let (cluster, objects) = (&placement.cluster, inventory::listing(&placement.objects));
        let message = format!("the record of {cluster} is gone; left there: {objects}");
        self.recorder
            .record(application, EventType::Warning, event::ABANDONED, message);
    }

    /// Deletes objects in reverse order. What an answer was lost for is deleted as well: the inventory counts,
    /// not what was seen.
    async fn remove(
        &self,
        application: &Application,
        cluster: &Cluster,
        placement: &Placement,
        member: &Member,
    ) -> Cleaned {
        let uid = &application.metadata.uid;
        let mut objects = placement.objects.clone();
        for id in member.objects_of(uid) {
            let object = to_ref(&id);
            if !objects.contains(&object) {
                objects.push(object);
            }
        }
        let kept = self.kept_elsewhere(application, placement, member);
        objects.retain(|object| !kept.contains(object));
        let mut remaining = Vec::new();
        let mut trouble = None;
        while let Some(object) = objects.pop() {
            match self.remove_one(uid, &object, member).await {
                Ok(Deleted::Gone | Deleted::Absent) => {}
                Ok(Deleted::Going) => remaining.push(object),
                Err(error) => {
                    let failure = Trouble::on(cluster, &placement.cluster, error);
                    remaining.push(object);
                    if failure.is_unreachable() {
                        remaining.extend(objects.drain(..).rev());
                    }
                    trouble = Some(failure.reason());
                }
            }
        }
        remaining.reverse();
        Cleaned {
            remaining,
            trouble,
            is_lost: false,
        }
    }

    /// Objects that are to stay where the application runs, because that is the same cluster under another name.
    fn kept_elsewhere(
        &self,
        application: &Application,
        placement: &Placement,
        member: &Member,
    ) -> Vec<ObjectRef> {
        if application.metadata.is_deleted() {
            return Vec::new();
        }
        let status = &application.status;
        let stays = |other: &&Placement| {
            let is_home = status.running_on.as_ref() == Some(&other.cluster);
            let server = self
                .members
                .known(&other.cluster)
                .map(|other| other.connection.server().to_owned());
            is_home
                && other.cluster != placement.cluster
                && server.as_deref() == Some(member.connection.server())
        };
        let kept = status.placements.iter().filter(stays);
        kept.flat_map(|placement| placement.objects.clone()).collect()
    }

    /// Deletes one object, unless it belongs to another application by now or is going already.
    pub(super) async fn remove_one(
        &self,
        uid: &str,
        object: &ObjectRef,
        member: &Member,
    ) -> Result<Deleted, common::kube::Error> {
        let id = to_id(object);
        let live = member.live(&id);
        if let Some(live) = &live {
            if claimant(live).is_some_and(|by| by != uid && self.index.lock().get(by).is_some()) {
                return Ok(Deleted::Absent);
            }
            if live.pointer("/metadata/deletionTimestamp").is_some() {
                return Ok(Deleted::Going);
            }
        }
        let deleted = member.connection.prune(&id).await?;
        if matches!(deleted, Deleted::Gone | Deleted::Absent) {
            member.note_gone(&id);
        }
        Ok(deleted)
    }
}

fn not_answering(placement: &Placement) -> Reason {
    let (cluster, objects): (&ResourceRef, _) = (&placement.cluster, inventory::listing(&placement.objects));
    Reason::new(
        ReasonCode::ClusterNotReachable,
        format!("{cluster} does not answer; to be removed there: {objects}"),
    )
}
