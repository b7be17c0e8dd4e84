//! One pass over a graph.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::stream::{self, StreamExt};

use super::component::{Component, Difference, Permission, Readiness, Settled};
use super::order::Graph;
use super::pass::{Pass, Report, State, Withheld};

/// What a pass would do, as far as it can be known before it does it.
#[derive(Debug)]
pub struct Preview<C, E> {
    /// Of each component, in order.
    pub components: Vec<Planned<C, E>>,
}

/// What a pass would do with a component.
#[derive(Debug)]
pub struct Planned<C, E> {
    /// Name.
    pub name: String,
    /// What differs; errors if it cannot be looked at.
    pub differences: Result<Vec<Difference<C>>, Vec<E>>,
}

impl<C, E> Preview<C, E> {
    /// Whether nothing would change and everything could be looked at.
    pub fn is_empty(&self) -> bool {
        self.components
            .iter()
            .all(|planned| planned.differences.as_ref().is_ok_and(Vec::is_empty))
    }
}

/// Looks at everything and changes nothing.
pub async fn preview<C: Component>(graph: &Graph<C>, world: &C::World) -> Preview<C::Change, C::Error> {
    let mut components = Vec::with_capacity(graph.components().len());
    for component in graph.components() {
        let differences = component
            .observe(world)
            .await
            .map(|observed| component.diff(&observed));
        let name = component.name().to_owned();
        components.push(Planned { name, differences });
    }
    Preview { components }
}

/// One pass: everything is looked at first, and if anything cannot be, nothing is written. Then each component whose
/// needs are ready is brought into line. A component that fails or waits stops those that need it, and nobody else.
pub async fn reconcile<C: Component>(graph: &Graph<C>, world: &C::World) -> Pass<C::Change, C::Error> {
    let mut observed = Vec::with_capacity(graph.components().len());
    for component in graph.components() {
        observed.push(component.observe(world).await);
    }
    if observed.iter().any(Result::is_err) {
        return untouched(graph, observed);
    }
    let mut run = Run {
        world,
        standing: HashMap::new(),
        reports: Vec::with_capacity(observed.len()),
    };
    for (component, observed) in graph.components().iter().zip(observed) {
        if let Ok(observed) = observed {
            run.component(component, observed).await;
        }
    }
    Pass { reports: run.reports }
}

fn untouched<C: Component>(
    graph: &Graph<C>,
    observed: Vec<Result<C::Observed, Vec<C::Error>>>,
) -> Pass<C::Change, C::Error> {
    let reports = graph
        .components()
        .iter()
        .zip(observed)
        .map(|(component, observed)| {
            let state = match observed {
                Err(errors) => State::Failed(errors),
                Ok(_) => State::Untouched,
            };
            report(component, Vec::new(), Vec::new(), state)
        });
    Pass {
        reports: reports.collect(),
    }
}

fn report<C: Component>(
    component: &C,
    applied: Vec<C::Change>,
    withheld: Vec<Withheld<C::Change>>,
    state: State<C::Error>,
) -> Report<C::Change, C::Error> {
    Report {
        name: component.name().to_owned(),
        applied,
        withheld,
        state,
    }
}

/// How a component that others may need stands.
#[derive(Debug, Clone, Copy)]
struct Standing {
    is_ready: bool,
    /// It, or something that comes before it, was changed in this pass.
    has_changed: bool,
}

struct Run<'a, C: Component> {
    world: &'a C::World,
    standing: HashMap<&'a str, Standing>,
    reports: Vec<Report<C::Change, C::Error>>,
}

impl<'a, C: Component> Run<'a, C> {
    async fn component(&mut self, component: &'a C, observed: C::Observed) {
        let needs: Vec<_> = component
            .needs()
            .iter()
            .map(|name| (name, self.standing.get(name.as_str()).copied()))
            .collect();
        let blocker = needs
            .iter()
            .find(|(_, standing)| !standing.is_some_and(|standing| standing.is_ready));
        let before = component.needs().iter().chain(component.after());
        let have_changed = before
            .filter_map(|name| self.standing.get(name.as_str()))
            .any(|standing| standing.has_changed);
        let report = match blocker {
            Some((by, _)) => report(
                component,
                Vec::new(),
                Vec::new(),
                State::Blocked { by: (*by).clone() },
            ),
            None => self.bring_into_line(component, observed, have_changed).await,
        };
        let standing = Standing {
            is_ready: matches!(report.state, State::Ready),
            has_changed: have_changed || !report.applied.is_empty(),
        };
        self.standing.insert(component.name(), standing);
        self.reports.push(report);
    }

    async fn bring_into_line(
        &self,
        component: &C,
        observed: C::Observed,
        has_changed: bool,
    ) -> Report<C::Change, C::Error> {
        let observed = if has_changed && component.is_provisional(&observed) {
            match component.observe(self.world).await {
                Ok(observed) => observed,
                Err(errors) => return report(component, Vec::new(), Vec::new(), State::Failed(errors)),
            }
        } else {
            observed
        };
        let (permitted, withheld) = sort(component.diff(&observed));
        let made = self.make(component, permitted).await;
        if !made.errors.is_empty() {
            return report(component, made.changes, withheld, State::Failed(made.errors));
        }
        let observed = if made.changes.is_empty() {
            observed
        } else {
            match component.settle(observed, made.answers) {
                Settled::Known(observed) => observed,
                Settled::ObserveAgain => match component.observe(self.world).await {
                    Ok(observed) => observed,
                    Err(errors) => return report(component, made.changes, withheld, State::Failed(errors)),
                },
            }
        };
        let state = match component.readiness(&observed) {
            Readiness::Ready => State::Ready,
            Readiness::Waiting(reason) => State::Waiting(reason),
            Readiness::Failed(reason) => State::Stuck(reason),
        };
        report(component, made.changes, withheld, state)
    }

    /// Makes changes, several at once where the component allows. After a failure no other begins; what is under way
    /// comes to its end.
    async fn make(&self, component: &C, changes: Vec<C::Change>) -> Made<C> {
        let (world, has_failed) = (self.world, &AtomicBool::new(false));
        let attempts = changes.into_iter().map(|change| async move {
            if has_failed.load(Ordering::Relaxed) {
                return None;
            }
            let answer = component.apply(world, &change).await;
            has_failed.fetch_or(answer.is_err(), Ordering::Relaxed);
            Some((change, answer))
        });
        let mut attempts = stream::iter(attempts).buffered(component.concurrency().max(1));
        let mut made = Made {
            changes: Vec::new(),
            answers: Vec::new(),
            errors: Vec::new(),
        };
        while let Some(attempt) = attempts.next().await {
            match attempt {
                Some((change, Ok(answer))) => {
                    made.changes.push(change);
                    made.answers.push(answer);
                }
                Some((_, Err(error))) => made.errors.push(error),
                None => {}
            }
        }
        made
    }
}

struct Made<C: Component> {
    changes: Vec<C::Change>,
    answers: Vec<C::Applied>,
    errors: Vec<C::Error>,
}

fn sort<C>(differences: Vec<Difference<C>>) -> (Vec<C>, Vec<Withheld<C>>) {
    let (mut permitted, mut withheld) = (Vec::new(), Vec::new());
    for Difference {
        change,
        disruption,
        permission,
    } in differences
    {
        match permission {
            Permission::Given => permitted.push(change),
            Permission::Missing(reason) => withheld.push(Withheld {
                change,
                disruption,
                reason,
            }),
        }
    }
    (permitted, withheld)
}
