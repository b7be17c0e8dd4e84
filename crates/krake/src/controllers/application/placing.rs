//! Bringing the objects on one cluster into line with what is wanted there.

use std::sync::Arc;

use common::kube::{Deleted, ObjectId};
use common::reconcile::Action;

use super::applying::Applier;
use super::compare::Deed;
use super::inventory;
use super::outcome::{Trouble, tell};
use super::stage::{Stage, state_during};
use super::survey::{Site, Work};
use super::wanted::{Wanted, to_ref};
use super::worker::{Next, Worker};
use crate::api::{Application, ObjectRef, ResourceRef};
use crate::client::{Error, ObjectKey};

/// What was done.
#[derive(Default)]
pub(super) struct Done {
    pub(super) remaining: Vec<ObjectRef>,
    pub(super) trouble: Option<Trouble>,
    pub(super) applied: usize,
    pub(super) repaired: Vec<ObjectId>,
    pub(super) adopted: Vec<ObjectId>,
    pub(super) pruned: usize,
}

fn place_of(stage: &Stage) -> Option<&ResourceRef> {
    match stage {
        Stage::Place { on } => Some(on),
        Stage::Move { to, .. } => Some(to),
        Stage::Rest | Stage::Delete | Stage::Await { .. } | Stage::Return { .. } => None,
    }
}

impl Worker {
    /// Brings an application into line on the cluster of its stage and reports.
    pub(super) async fn bring_in_line(
        &self,
        key: &ObjectKey,
        application: Arc<Application>,
        stage: &Stage,
    ) -> Result<(Arc<Application>, Next), Error> {
        let cluster = place_of(stage).and_then(|on| self.clusters.get(&ObjectKey::from(on)));
        let (Some(on), Some(cluster)) = (place_of(stage).cloned(), cluster) else {
            return Ok((application, Next::Rest(Action::Done)));
        };
        let mut site = match self.survey(key, &application, &on, &cluster, stage).await {
            Ok(site) => site,
            Err(trouble) => return self.fail(application, stage, &trouble).await,
        };
        let work = self.compare(key, &application, &site);
        let mut done = Done::default();
        let mut application = application;
        if !work.apply.is_empty() || !work.prune.is_empty() {
            application = self.prepare(application, stage, &site, &work).await?;
            done = self.carry_out(key, &application, &mut site, &work).await;
        }
        done.trouble = done.trouble.or(work.trouble);
        self.narrate(&application, &site, &done);
        if let Some(trouble) = &done.trouble {
            return self.fail(application, stage, trouble).await;
        }
        self.conclude(key, application, stage, &site, &done, work.paused.as_ref())
            .await
    }

    /// Writes down what is about to be created, before it is.
    async fn prepare(
        &self,
        application: Arc<Application>,
        stage: &Stage,
        site: &Site,
        work: &Work,
    ) -> Result<Arc<Application>, Error> {
        let application = self.hold(application).await?;
        let application = match stage {
            Stage::Move { from, to, .. } => self.begin_move(&application, from, to).await?,
            _ => application,
        };
        let applied: Vec<_> = work
            .apply
            .iter()
            .filter_map(|(index, _)| site.wanted.get(*index))
            .collect();
        self.book
            .write_status(&application, |status| {
                let objects = applied.iter().map(|wanted| to_ref(&wanted.id));
                inventory::add(&mut status.placements, &site.on, objects);
                if matches!(stage, Stage::Place { .. }) {
                    let objects: Vec<_> = site.wanted.iter().map(|wanted| wanted.object.clone()).collect();
                    if status.last_applied_manifest != objects {
                        status.last_applied_manifest = objects;
                        status.mangled_observer_schema.clone_from(&site.schemas);
                        tell(status, state_during(&application, stage), None);
                    }
                }
            })
            .await
    }

    /// Deletes what is not wanted, then applies in the order of the manifest; the first failure ends it.
    async fn carry_out(
        &self,
        key: &ObjectKey,
        application: &Application,
        site: &mut Site,
        work: &Work,
    ) -> Done {
        let uid = &application.metadata.uid;
        let mut done = Done::default();
        for object in &work.prune {
            match self.remove_one(uid, object, &site.member).await {
                Ok(Deleted::Going) => done.remaining.push(object.clone()),
                Ok(_) => done.pruned += 1,
                Err(error) => {
                    done.remaining.push(object.clone());
                    done.trouble
                        .get_or_insert(Trouble::on(&site.cluster, &site.on, error));
                }
            }
        }
        if done.trouble.as_ref().is_some_and(Trouble::is_unreachable) {
            return done;
        }
        let member = site.member.clone();
        let applier = Applier { member: &member, uid };
        for (index, deed) in &work.apply {
            let Some(wanted) = site.wanted.get_mut(*index) else {
                continue;
            };
            match applier.apply(wanted, deed).await {
                Ok(answer) => {
                    done.applied += 1;
                    if matches!(deed, Deed::Repair { .. })
                        || (*deed == Deed::Create && self.was_settled(key, uid, &site.on, wanted))
                    {
                        done.repaired.push(wanted.id.clone());
                    } else if *deed == Deed::Create
                        && answer.existed
                        && !work.known.contains(&to_ref(&wanted.id))
                    {
                        done.adopted.push(wanted.id.clone());
                    }
                    self.memories
                        .settle(key, uid, &site.on, &wanted.id, answer.settled);
                }
                Err(error) => {
                    done.trouble
                        .get_or_insert(Trouble::on(&site.cluster, &site.on, error));
                    break;
                }
            }
        }
        done
    }

    fn was_settled(&self, key: &ObjectKey, uid: &str, on: &ResourceRef, wanted: &Wanted) -> bool {
        self.memories.settled(key, uid, on, &wanted.id).is_some()
    }
}
