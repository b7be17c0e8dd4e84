//! A stage: objects that are applied together, after a dry run of all of them.

use std::collections::HashMap;
use std::sync::Arc;

use common::graph::{Difference, Disruption, Permission, Readiness};
use common::kube::health::Health;
use common::kube::{
    ApplyOptions, Class, Commit, Deleted, Error, Failure, ObjectId, Previous, Propagation, Resource,
};
use futures::stream::{self, StreamExt};
use serde_json::Value;

use super::super::error::{SyncError, words};
use super::super::health::assess;
use super::super::live;
use super::super::manifest::Manifest;
use super::super::order::StageNumber;
use super::super::session::Session;
use super::part::Change;
use super::verdict::{self, CONFLICTS, PREDECESSORS, Verdict};
use super::wanted::Wanted;
use crate::api::{Drift, names};
use crate::landscape::{change, ignores, order};

/// A stage of a unit.
#[derive(Debug)]
pub(in crate::sync) struct Stage {
    number: StageNumber,
    manifests: Vec<Manifest>,
    /// Kinds and namespaces that the landscape brings.
    brought: Arc<Brought>,
}

/// What the landscape brings to a cluster itself: what is made of it may have to wait.
#[derive(Debug, Default)]
pub struct Brought {
    /// Group and kind of definitions.
    pub(in crate::sync) kinds: Vec<(String, String)>,
    /// Namespaces.
    pub(in crate::sync) namespaces: Vec<String>,
    /// Gardenlets, whose credentials serve once.
    pub(in crate::sync) gardenlets: Vec<Value>,
}

/// What is there of a stage.
#[derive(Debug)]
pub(in crate::sync) struct Observed {
    pub(super) items: Vec<Item>,
    /// What is done about those that differ.
    tolerance: Drift,
}

/// What is there of one object.
#[derive(Debug, Clone)]
pub(in crate::sync) struct Item {
    pub(super) index: usize,
    pub(super) id: ObjectId,
    pub(super) live: Option<Arc<Value>>,
    pub(super) verdict: Verdict,
    /// What is applied: the manifest without what is left to others in this very object.
    pub(super) wanted: Wanted,
}

impl Brought {
    /// Reads what the manifests bring.
    pub fn of(manifests: &[&Manifest]) -> Self {
        let text = |value: &Value, pointer: &str| {
            let text = value.pointer(pointer).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let of_kind = |kind: &'static str| manifests.iter().filter(move |manifest| manifest.id.kind == kind);
        Self {
            kinds: of_kind("CustomResourceDefinition")
                .map(|manifest| {
                    let value = &manifest.value;
                    (text(value, "/spec/group"), text(value, "/spec/names/kind"))
                })
                .collect(),
            namespaces: of_kind("Namespace")
                .map(|manifest| manifest.id.name.clone())
                .collect(),
            gardenlets: of_kind("Gardenlet")
                .map(|manifest| manifest.value.clone())
                .collect(),
        }
    }

    fn brings_kind(&self, id: &ObjectId) -> bool {
        self.kinds
            .iter()
            .any(|(group, kind)| group == id.group() && *kind == id.kind)
    }

    fn brings_namespace(&self, id: &ObjectId) -> bool {
        // Gardener makes the namespaces of projects.
        id.namespace
            .as_ref()
            .is_some_and(|namespace| self.namespaces.contains(namespace) || namespace.starts_with("garden-"))
    }
}

impl Stage {
    pub(in crate::sync) fn new(number: StageNumber, manifests: Vec<Manifest>, brought: Arc<Brought>) -> Self {
        Self {
            number,
            manifests,
            brought,
        }
    }

    pub(super) async fn observe(&self, session: &Session<'_>) -> Result<Observed, Vec<SyncError>> {
        let (resolved, pending) = self.resolve(session).await?;
        let wanted: Vec<_> = resolved
            .iter()
            .map(|(_, resource, id)| (resource.clone(), id.clone()))
            .collect();
        let selector = session.unit.owner.selector();
        let mut found = live::read(&session.target, &wanted, &selector)
            .await
            .map_err(|error| vec![error.into()])?;
        let items = resolved.into_iter().filter_map(|(index, _, id)| {
            let live = found.remove(&id).map(Arc::new);
            Some((self.manifests.get(index)?, index, id, live))
        });
        let judged: Vec<_> = items
            .map(|(manifest, index, id, live)| self.judge(session, manifest, index, id, live))
            .collect();
        let judged: Vec<_> = stream::iter(judged).buffered(live::PARALLEL).collect().await;
        let (mut items, mut errors) = (pending, Vec::new());
        for judged in judged {
            match judged {
                Ok(item) => items.push(item),
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut known = session.known.lock();
        for item in &items {
            if let Some(live) = &item.live {
                known.wanted.insert(item.id.clone(), Arc::clone(live));
            }
        }
        drop(known);
        Ok(Observed {
            items,
            tolerance: session.tolerance(),
        })
    }

    /// Kinds and full identities; objects of kinds that the unit brings itself come later.
    async fn resolve(
        &self,
        session: &Session<'_>,
    ) -> Result<(Vec<(usize, Resource, ObjectId)>, Vec<Item>), Vec<SyncError>> {
        let (mut resolved, mut pending, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        for (index, manifest) in self.manifests.iter().enumerate() {
            match session.target.identify(&manifest.id).await {
                Ok((resource, id)) => resolved.push((index, resource, id)),
                Err(error)
                    if matches!(error.failure, Failure::UnknownKind { .. })
                        && self.brought.brings_kind(&manifest.id) =>
                {
                    pending.push(Item {
                        index,
                        id: manifest.id.clone(),
                        live: None,
                        wanted: Wanted::of(manifest, None, session.surroundings()),
                        verdict: Verdict::Pending(format!(
                            "the kind {} is not defined yet",
                            manifest.id.kind
                        )),
                    });
                }
                Err(error) => errors.push(refusal(manifest, &error)),
            }
        }
        if errors.is_empty() {
            Ok((resolved, pending))
        } else {
            Err(errors)
        }
    }

    async fn judge(
        &self,
        session: &Session<'_>,
        manifest: &Manifest,
        index: usize,
        id: ObjectId,
        live: Option<Arc<Value>>,
    ) -> Result<Item, SyncError> {
        if let Some(error) = verdict::claimed(session, manifest, live.as_deref()) {
            return Err(error);
        }
        let wanted = Wanted::of(manifest, live.as_deref(), session.surroundings());
        let verdict = self.verdict(session, manifest, &wanted, live.as_deref()).await?;
        Ok(Item {
            index,
            id,
            live,
            verdict,
            wanted,
        })
    }

    async fn verdict(
        &self,
        session: &Session<'_>,
        manifest: &Manifest,
        wanted: &Wanted,
        live: Option<&Value>,
    ) -> Result<Verdict, SyncError> {
        if let Some(verdict) = verdict::at_sight(manifest, wanted, live) {
            return Ok(verdict);
        }
        if self.is_retired(session, manifest) {
            return Ok(Verdict::LeftAlone);
        }
        if let Some(reason) = missing_requirement(session, &manifest.value).await? {
            return Ok(Verdict::Pending(reason));
        }
        if let Some(live) = live {
            refuse_if_kept_by_flux(session, manifest, live).await?;
            refuse_if_forbidden(session, manifest, wanted, live).await?;
        }
        self.dry_run(session, manifest, wanted, live).await
    }

    /// A Secret that only served to make a seed which exists by now.
    fn is_retired(&self, session: &Session<'_>, manifest: &Manifest) -> bool {
        ignores::is_retired(&manifest.value, &self.brought.gardenlets, session.surroundings())
    }

    async fn dry_run(
        &self,
        session: &Session<'_>,
        manifest: &Manifest,
        wanted: &Wanted,
        live: Option<&Value>,
    ) -> Result<Verdict, SyncError> {
        let options = ApplyOptions {
            field_manager: names::FIELD_MANAGER.to_owned(),
            conflicts: CONFLICTS,
            commit: Commit::DryRun,
            previous: Previous::Unneeded,
        };
        match (session.target.apply(&wanted.value, &options).await, live) {
            (Ok(_), None) => Ok(Verdict::Create),
            (Ok(dry), Some(live)) => {
                let after = wanted.after(dry.object, live);
                let is_same =
                    verdict::is_unchanged(live, &after) && !verdict::is_to_be_adopted(manifest, live);
                Ok(if is_same {
                    Verdict::Stands
                } else {
                    Verdict::Change(Box::new(after))
                })
            }
            (Err(error), Some(_)) if verdict::may_be_recreated(session, manifest, &error) => {
                Ok(Verdict::Recreate)
            }
            (Err(error), None)
                if error.class() == Class::Waiting && self.brought.brings_namespace(&manifest.id) =>
            {
                let namespace = manifest.id.namespace.as_deref().unwrap_or_default();
                Ok(Verdict::Pending(format!(
                    "the namespace {namespace} is not there yet"
                )))
            }
            (Err(error), _) => Err(refusal(manifest, &error)),
        }
    }

    pub(super) fn diff(&self, observed: &Observed) -> Vec<Difference<Change>> {
        let change = |item: &Item| {
            let disruption = match &item.verdict {
                Verdict::Recreate => Disruption::Destructive,
                Verdict::Create | Verdict::Change(_) => Disruption::None,
                Verdict::Stands | Verdict::LeftAlone | Verdict::Pending(_) => return None,
            };
            let permission = match observed.tolerance {
                Drift::Correct => Permission::Given,
                Drift::Warn => Permission::Missing("the unit only tells of drift".to_owned()),
                Drift::Off => return None,
            };
            let manifest = self.manifests.get(item.index)?;
            Some(Difference {
                change: Change::Apply(Box::new(super::part::Application {
                    item: item.clone(),
                    manifest: manifest.clone(),
                })),
                disruption,
                permission,
            })
        };
        observed.items.iter().filter_map(change).collect()
    }

    pub(super) fn pending(&self, observed: &Observed) -> Vec<super::part::Application> {
        let pending = observed
            .items
            .iter()
            .filter(|item| matches!(item.verdict, Verdict::Pending(_)));
        pending
            .filter_map(|item| {
                Some(super::part::Application {
                    item: item.clone(),
                    manifest: self.manifests.get(item.index)?.clone(),
                })
            })
            .collect()
    }

    pub(super) fn settle(mut observed: Observed, applied: Vec<Item>) -> Observed {
        let by_index: HashMap<_, _> = applied.into_iter().map(|item| (item.index, item)).collect();
        for item in &mut observed.items {
            if let Some(applied) = by_index.get(&item.index) {
                *item = applied.clone();
            }
        }
        observed
    }

    pub(super) fn is_provisional(observed: &Observed) -> bool {
        observed
            .items
            .iter()
            .any(|item| matches!(item.verdict, Verdict::Pending(_)))
    }

    pub(super) fn readiness(&self, observed: &Observed) -> Readiness {
        for item in &observed.items {
            if let Verdict::Pending(reason) = &item.verdict {
                return Readiness::Waiting(reason.clone());
            }
        }
        let is_awaited =
            |id: &ObjectId| self.number.is_of_definitions() || order::is_awaited(id.group(), &id.kind);
        let awaited = observed
            .items
            .iter()
            .filter(|item| is_awaited(&item.id))
            .filter_map(|item| Some((&item.id, item.live.as_deref()?)));
        well(awaited)
    }
}

/// Whether objects are well: the first that is not says why, one that will not become well before the others.
pub(super) fn well<'a>(objects: impl Iterator<Item = (&'a ObjectId, &'a Value)>) -> Readiness {
    let mut waits = None;
    for (id, object) in objects {
        match assess(object) {
            Health::Healthy | Health::Completed => {}
            Health::Unhealthy { message } => return Readiness::Failed(format!("{id}: {message}")),
            Health::Progressing { message } => {
                waits.get_or_insert_with(|| format!("{id}: {message}"));
            }
        }
    }
    waits.map_or(Readiness::Ready, Readiness::Waiting)
}

fn refusal(manifest: &Manifest, error: &Error) -> SyncError {
    if error.is_unreachable() {
        return SyncError::Cluster(error.clone());
    }
    SyncError::Object {
        id: Box::new(manifest.id.clone()),
        origin: manifest.origin.clone(),
        what: words(&manifest.id, Some(&manifest.secrets), &error.failure),
        class: error.class(),
    }
}

/// While Flux still applies an object, two would fight over it.
async fn refuse_if_kept_by_flux(
    session: &Session<'_>,
    manifest: &Manifest,
    live: &Value,
) -> Result<(), SyncError> {
    let Some((namespace, name)) = verdict::flux_owner(live) else {
        return Ok(());
    };
    let kustomization = ObjectId {
        api_version: format!("{}/v1", names::FLUX_UNIT_GROUP),
        kind: "Kustomization".to_owned(),
        namespace: Some(namespace.clone()),
        name: name.clone(),
    };
    let found = match session.home.get(&kustomization).await {
        Err(error) if matches!(error.failure, Failure::UnknownKind { .. }) => None,
        found => found?,
    };
    let is_at_work = found.is_some_and(|kustomization| {
        kustomization.pointer("/spec/suspend").and_then(Value::as_bool) != Some(true)
    });
    if is_at_work {
        return Err(SyncError::KeptByFlux {
            id: Box::new(manifest.id.clone()),
            origin: manifest.origin.clone(),
            other: format!("{namespace}/{name}"),
        });
    }
    Ok(())
}

/// Steps that Gardener refuses, or worse, does not.
async fn refuse_if_forbidden(
    session: &Session<'_>,
    manifest: &Manifest,
    wanted: &Wanted,
    live: &Value,
) -> Result<(), SyncError> {
    if !manifest.id.group().ends_with("gardener.cloud") {
        return Ok(());
    }
    let others = session.others().await?;
    let forbidden = change::forbidden(&wanted.value, live, others.iter());
    match forbidden.into_iter().next() {
        None => Ok(()),
        Some(change::Forbidden {
            pointer,
            message,
            hint,
        }) => Err(SyncError::Forbidden {
            id: Box::new(manifest.id.clone()),
            origin: manifest.origin.clone(),
            pointer,
            message,
            hint,
        }),
    }
}

/// What has to be well before this very object is applied.
async fn missing_requirement(session: &Session<'_>, manifest: &Value) -> Result<Option<String>, SyncError> {
    let Some(required) = order::requirement(manifest) else {
        return Ok(None);
    };
    let id = ObjectId {
        api_version: format!("{}/v1beta1", required.group),
        kind: required.kind.to_owned(),
        namespace: required.namespace,
        name: required.name,
    };
    let Some(object) = session.target.get(&id).await? else {
        return Ok(Some(format!("{id} is not there yet")));
    };
    Ok(match assess(&object) {
        Health::Healthy | Health::Completed => None,
        Health::Progressing { message } | Health::Unhealthy { message } => Some(format!("{id}: {message}")),
    })
}

/// Applies one object: takes it over first where other tools applied it, makes it anew where it has to be.
pub(super) async fn apply(
    session: &Session<'_>,
    manifest: &Manifest,
    item: &Item,
) -> Result<Item, SyncError> {
    let target = &session.target;
    let failed = |error: Error| refusal(manifest, &error);
    if item.verdict == Verdict::Recreate {
        delete_and_wait(session, item).await.map_err(failed)?;
    }
    if let Some(live) = item
        .live
        .as_deref()
        .filter(|live| verdict::is_to_be_adopted(manifest, live))
    {
        let adopted = target.adopt(live, PREDECESSORS, names::FIELD_MANAGER).await;
        adopted.map_err(failed)?;
    }
    if let Some(live) = item.live.as_deref() {
        item.wanted.give_up(target, live).await.map_err(failed)?;
    }
    let options = ApplyOptions {
        conflicts: CONFLICTS,
        ..ApplyOptions::new(names::FIELD_MANAGER)
    };
    let applied = target.apply(&item.wanted.value, &options).await.map_err(failed)?;
    let live = Arc::new(applied.object);
    session
        .known
        .lock()
        .wanted
        .insert(item.id.clone(), Arc::clone(&live));
    Ok(Item {
        live: Some(live),
        verdict: Verdict::Stands,
        ..item.clone()
    })
}

async fn delete_and_wait(session: &Session<'_>, item: &Item) -> Result<(), Error> {
    let uid = item
        .live
        .as_deref()
        .and_then(|live| live.pointer("/metadata/uid"));
    let uid = uid.and_then(Value::as_str);
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(30);
    while session
        .target
        .delete(&item.id, Propagation::Background, uid)
        .await?
        == Deleted::Going
        && tokio::time::Instant::now() < deadline
    {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    Ok(())
}
