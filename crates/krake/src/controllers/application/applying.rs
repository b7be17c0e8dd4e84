//! One apply: of the whole object or of what is observed, with lists put right where an apply alone cannot.

use common::kube::{Applied, ApplyOptions, Class, Error, Failure, Outcome};
use serde_json::Value;

use super::compare::{Deed, Settled};
use super::member::Member;
use super::names::FIELD_MANAGER;
use super::wanted::Wanted;
use crate::manifest::{differing_lists, project};

/// Applies objects of one application on one cluster.
pub(super) struct Applier<'a> {
    pub(super) member: &'a Member,
    pub(super) uid: &'a str,
}

/// What came of an apply.
pub(super) struct Answer {
    /// Whether the object existed before.
    pub(super) existed: bool,
    /// What counts as in line from now on.
    pub(super) settled: Settled,
}

impl Applier<'_> {
    /// Does the deed and fills observed members that the object lacks from the answer.
    pub(super) async fn apply(&self, wanted: &mut Wanted, deed: &Deed) -> Result<Answer, Error> {
        let (body, lists) = match deed {
            Deed::Nothing | Deed::Create => (wanted.whole(self.uid), Vec::new()),
            Deed::Update { lists } => (wanted.whole(self.uid), lists.clone()),
            Deed::Repair { lists, .. } => (wanted.observed(self.uid), lists.clone()),
        };
        let applied = self.send(wanted, &body, lists).await?;
        let mut object = applied.object;
        if wanted.is_custom {
            let connection = &self.member.connection;
            object = connection
                .own_only(&object, &body, &wanted.owned(), FIELD_MANAGER)
                .await?;
        }
        wanted.fill(&object);
        let settled = Settled::new(wanted, &object);
        self.member.note(&wanted.id, object);
        Ok(Answer {
            existed: applied.outcome != Outcome::Created,
            settled,
        })
    }

    /// Entries of others in a list may make the server refuse an apply, or survive it.
    async fn send(&self, wanted: &Wanted, body: &Value, lists: Vec<String>) -> Result<Applied, Error> {
        let options = ApplyOptions::new(FIELD_MANAGER);
        let connection = &self.member.connection;
        if !lists.is_empty() {
            return self.send_exactly(body, &lists, &options).await;
        }
        match connection.apply(body, &options).await {
            Ok(applied) if applied.outcome == Outcome::Created => Ok(applied),
            Ok(applied) => match lists_in(wanted, &applied.object) {
                lists if lists.is_empty() => Ok(applied),
                lists => self.send_exactly(body, &lists, &options).await,
            },
            Err(error)
                if error.class() == Class::Permanent && matches!(error.failure, Failure::Refused { .. }) =>
            {
                let Some(live) = connection.get(&wanted.id).await? else {
                    return Err(error);
                };
                match lists_in(wanted, &live) {
                    lists if lists.is_empty() => Err(error),
                    lists => self.send_exactly(body, &lists, &options).await,
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn send_exactly(
        &self,
        body: &Value,
        lists: &[String],
        options: &ApplyOptions,
    ) -> Result<Applied, Error> {
        let lists: Vec<_> = lists.iter().map(String::as_str).collect();
        self.member.connection.apply_exact(body, &lists, options).await
    }
}

fn lists_in(wanted: &Wanted, live: &Value) -> Vec<String> {
    differing_lists(&wanted.object, &wanted.schema, &project(&wanted.schema, live))
}
