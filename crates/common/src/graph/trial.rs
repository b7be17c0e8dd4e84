//! What every graph has to stand: it fails at each step, it is stopped at each step, it runs twice. The end is the
//! same each time, and a pass over what is in line writes nothing.
//!
//! A [`Trial`] makes a fresh world for each run; the functions panic with what differs, as tests do.

use std::borrow::Borrow;
use std::fmt::Debug;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use super::component::{Component, Difference, Readiness, Settled};
use super::order::Graph;
use super::pass::Pass;
use super::reconcile::reconcile;

/// Passes within which a graph has to come to rest.
const PASSES: usize = 50;

/// A graph under trial.
pub trait Trial: Sync {
    /// What the graph is made of.
    type Component: Component;
    /// Where it works: what lasts from one pass to the next.
    type World: Send + Sync;
    /// What counts of a world: what two runs must have made the same.
    type Outcome: PartialEq + Debug;

    /// A world in which nothing has been done yet.
    fn world(&self) -> impl Future<Output = Self::World> + Send;
    /// What one pass works with: the world itself, or something that remembers for the length of a pass.
    fn session<'w>(
        &self,
        world: &'w Self::World,
    ) -> impl Borrow<<Self::Component as Component>::World> + Send + 'w;
    /// The graph.
    fn graph(&self, world: &Self::World) -> Graph<Self::Component>;
    /// What the world is like now.
    fn outcome(&self, world: &Self::World) -> impl Future<Output = Self::Outcome> + Send;
    /// Called between passes: waits until what others do in the world has happened.
    fn between(&self, world: &Self::World) -> impl Future<Output = ()> + Send {
        let _ = world;
        async {}
    }
    /// The error of a step that is made to fail.
    fn failure(&self) -> <Self::Component as Component>::Error;
}

type ChangeOf<T> = <<T as Trial>::Component as Component>::Change;
type ErrorOf<T> = <<T as Trial>::Component as Component>::Error;

/// Runs to the end, and once more: the second time writes nothing.
///
/// # Panics
/// If it does not come to rest, or writes when there is nothing to do.
pub async fn runs_twice<T: Trial>(trial: &T) -> T::Outcome {
    let world = trial.world().await;
    settle(trial, &world).await;
    let outcome = trial.outcome(&world).await;
    let again = reconcile(&trial.graph(&world), trial.session(&world).borrow()).await;
    assert_eq!(again.writes(), 0, "a pass over what is in line writes: {again:?}");
    assert_eq!(trial.outcome(&world).await, outcome);
    outcome
}

/// Lets each step fail once, before and after it took effect; gives how many steps there were.
///
/// # Panics
/// If an end differs from that of an undisturbed run.
pub async fn fails_at_each_step<T: Trial>(trial: &T) -> usize {
    let expected = runs_twice(trial).await;
    let mut step = 0;
    loop {
        let mut was_reached = false;
        for moment in [Moment::Before, Moment::After] {
            let world = trial.world().await;
            let faults = Arc::new(Faults {
                step,
                moment,
                count: AtomicUsize::new(0),
            });
            let error = || trial.failure();
            let graph = trial.graph(&world).map(|component| Faulty {
                component,
                faults: Arc::clone(&faults),
                error: &error,
            });
            for _ in 0..PASSES {
                if reconcile(&graph, trial.session(&world).borrow()).await.is_ready() {
                    break;
                }
                trial.between(&world).await;
            }
            settle(trial, &world).await;
            assert_eq!(trial.outcome(&world).await, expected, "after step {step} failed");
            was_reached |= faults.count.load(Ordering::Relaxed) > step;
        }
        if !was_reached {
            return step;
        }
        step += 1;
    }
}

/// Stops a pass at its first point of waiting, at its second and so on with `stride` points between, as a kill would,
/// and starts anew each time; gives how many points were tried.
///
/// # Panics
/// If an end differs from that of an undisturbed run.
pub async fn stops_at_each_await<T: Trial>(trial: &T, stride: usize) -> usize {
    let expected = runs_twice(trial).await;
    let mut tried = 0;
    loop {
        let world = trial.world().await;
        let polls = 1 + tried * stride;
        let has_ended = stop_after(polls, async {
            reconcile(&trial.graph(&world), trial.session(&world).borrow()).await;
        })
        .await;
        settle(trial, &world).await;
        assert_eq!(
            trial.outcome(&world).await,
            expected,
            "after a stop at point {polls}"
        );
        tried += 1;
        if has_ended {
            return tried;
        }
    }
}

/// Polls a future so often and then drops it; whether it came to its end before.
async fn stop_after(polls: usize, work: impl Future<Output = ()>) -> bool {
    let mut work = pin!(work);
    let mut left = polls;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        let polled = work.as_mut().poll(context).map(|()| true);
        if polled.is_pending() && left == 0 {
            context.waker().wake_by_ref();
        }
        polled
    })
    .await
}

async fn settle<T: Trial>(trial: &T, world: &T::World) {
    let mut last: Option<Pass<ChangeOf<T>, ErrorOf<T>>> = None;
    for _ in 0..PASSES {
        let pass = reconcile(&trial.graph(world), trial.session(world).borrow()).await;
        if pass.is_ready() {
            return;
        }
        last = Some(pass);
        trial.between(world).await;
    }
    assert!(last.is_none(), "does not come to rest: {last:?}");
}

#[derive(Debug, Clone, Copy)]
enum Moment {
    Before,
    After,
}

struct Faults {
    step: usize,
    moment: Moment,
    count: AtomicUsize,
}

/// A component one of whose steps fails.
struct Faulty<'a, C, E> {
    component: C,
    faults: Arc<Faults>,
    error: &'a (dyn Fn() -> E + Sync),
}

impl<C: Component> Component for Faulty<'_, C, C::Error> {
    type World = C::World;
    type Observed = C::Observed;
    type Change = C::Change;
    type Applied = C::Applied;
    type Error = C::Error;

    fn name(&self) -> &str {
        self.component.name()
    }

    fn needs(&self) -> &[String] {
        self.component.needs()
    }

    fn after(&self) -> &[String] {
        self.component.after()
    }

    async fn observe(&self, world: &C::World) -> Result<C::Observed, Vec<C::Error>> {
        self.component.observe(world).await
    }

    fn diff(&self, observed: &C::Observed) -> Vec<Difference<C::Change>> {
        self.component.diff(observed)
    }

    async fn apply(&self, world: &C::World, change: &C::Change) -> Result<C::Applied, C::Error> {
        let is_hit = self.faults.count.fetch_add(1, Ordering::Relaxed) == self.faults.step;
        match (is_hit, self.faults.moment) {
            (true, Moment::Before) => Err((self.error)()),
            (true, Moment::After) => {
                self.component.apply(world, change).await?;
                Err((self.error)())
            }
            (false, _) => self.component.apply(world, change).await,
        }
    }

    fn readiness(&self, observed: &C::Observed) -> Readiness {
        self.component.readiness(observed)
    }

    fn settle(&self, observed: C::Observed, applied: Vec<C::Applied>) -> Settled<C::Observed> {
        self.component.settle(observed, applied)
    }

    fn is_provisional(&self, observed: &C::Observed) -> bool {
        self.component.is_provisional(observed)
    }

    fn concurrency(&self) -> usize {
        self.component.concurrency()
    }
}
