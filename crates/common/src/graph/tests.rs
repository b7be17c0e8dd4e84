//! The driver and the trial itself, on a world of named values.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::Mutex;

use super::trial::{Trial, fails_at_each_step, runs_twice, stops_at_each_await};
use super::*;

#[derive(Debug, Default)]
struct World {
    values: Mutex<BTreeMap<String, u32>>,
    writes: Mutex<Vec<String>>,
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Broken(&'static str);

/// Wants its value in the world; becomes ready when it is there.
#[derive(Debug, Clone)]
struct Wants {
    name: String,
    needs: Vec<String>,
    value: u32,
    behaviour: Behaviour,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behaviour {
    Plain,
    CannotBeSeen,
    NeverReady,
    IsForbidden,
    /// Looks at only one of the two things that it makes: wrong, for a stop between them is not seen.
    Halves,
}

fn wants(name: &str, needs: &[&str], behaviour: Behaviour) -> Wants {
    Wants {
        name: name.to_owned(),
        needs: needs.iter().map(|&name| name.to_owned()).collect(),
        value: 7,
        behaviour,
    }
}

impl Component for Wants {
    type World = World;
    type Observed = Option<u32>;
    type Change = String;
    type Applied = ();
    type Error = Broken;

    fn name(&self) -> &str {
        &self.name
    }

    fn needs(&self) -> &[String] {
        &self.needs
    }

    async fn observe(&self, world: &World) -> Result<Option<u32>, Vec<Broken>> {
        tokio::task::yield_now().await;
        if self.behaviour == Behaviour::CannotBeSeen {
            return Err(vec![Broken("cannot be seen")]);
        }
        Ok(world.values.lock().unwrap().get(&self.name).copied())
    }

    fn diff(&self, observed: &Option<u32>) -> Vec<Difference<String>> {
        if observed.is_some_and(|value| value >= self.value) {
            return Vec::new();
        }
        let permission = match self.behaviour {
            Behaviour::IsForbidden => Permission::Missing("say yes".to_owned()),
            _ => Permission::Given,
        };
        vec![Difference {
            change: format!("set {}", self.name),
            disruption: Disruption::None,
            permission,
        }]
    }

    async fn apply(&self, world: &World, change: &String) -> Result<(), Broken> {
        world.writes.lock().unwrap().push(change.clone());
        tokio::task::yield_now().await;
        world.values.lock().unwrap().insert(self.name.clone(), self.value);
        if self.behaviour == Behaviour::Halves {
            tokio::task::yield_now().await;
            let other = format!("{} too", self.name);
            world.values.lock().unwrap().insert(other, self.value);
        }
        Ok(())
    }

    fn readiness(&self, observed: &Option<u32>) -> Readiness {
        match (self.behaviour, observed) {
            (Behaviour::NeverReady, _) => Readiness::Waiting("it takes its time".to_owned()),
            (_, Some(value)) if *value >= self.value => Readiness::Ready,
            _ => Readiness::Waiting("it is not there".to_owned()),
        }
    }
}

async fn pass(components: impl IntoIterator<Item = Wants>, world: &World) -> Pass<String, Broken> {
    reconcile(&Graph::new(components).unwrap(), world).await
}

fn state(pass: &Pass<String, Broken>, name: &str) -> String {
    let report = pass.reports.iter().find(|report| report.name == name).unwrap();
    format!("{:?}", report.state)
}

#[tokio::test]
async fn what_is_needed_comes_first_whatever_the_order_given() {
    let world = World::default();
    let graph = [
        wants("c", &["b"], Behaviour::Plain),
        wants("b", &["a"], Behaviour::Plain),
        wants("a", &[], Behaviour::Plain),
    ];
    assert!(pass(graph, &world).await.is_ready());
    assert_eq!(*world.writes.lock().unwrap(), ["set a", "set b", "set c"]);
}

#[tokio::test]
async fn who_waits_stops_those_that_need_it_and_nobody_else() {
    let world = World::default();
    let graph = [
        wants("a", &[], Behaviour::NeverReady),
        wants("b", &["a"], Behaviour::Plain),
        wants("c", &["b"], Behaviour::Plain),
        wants("d", &[], Behaviour::Plain),
    ];
    let pass = pass(graph, &world).await;
    assert_eq!(*world.writes.lock().unwrap(), ["set a", "set d"]);
    assert!(state(&pass, "a").contains("it takes its time"));
    assert_eq!(state(&pass, "b"), r#"Blocked { by: "a" }"#);
    assert_eq!(state(&pass, "c"), r#"Blocked { by: "b" }"#);
    assert_eq!(pass.first_open().unwrap().name, "a");
}

#[tokio::test]
async fn nothing_is_written_when_anything_cannot_be_looked_at() {
    let world = World::default();
    let graph = [
        wants("a", &[], Behaviour::Plain),
        wants("b", &[], Behaviour::CannotBeSeen),
    ];
    let pass = pass(graph, &world).await;
    assert!(world.writes.lock().unwrap().is_empty());
    assert_eq!(state(&pass, "a"), "Untouched");
    assert_eq!(pass.errors().count(), 1);
}

#[tokio::test]
async fn what_is_not_permitted_is_withheld_with_the_way_out() {
    let world = World::default();
    let pass = pass([wants("a", &[], Behaviour::IsForbidden)], &world).await;
    assert!(world.writes.lock().unwrap().is_empty());
    assert!(!pass.is_ready());
    assert_eq!(pass.reports[0].withheld[0].reason, "say yes");
}

#[tokio::test]
async fn a_preview_shows_what_a_pass_then_does_and_changes_nothing() {
    let world = World::default();
    let graph = Graph::new([
        wants("a", &[], Behaviour::Plain),
        wants("b", &["a"], Behaviour::Plain),
    ])
    .unwrap();
    let previewed = preview(&graph, &world).await;
    assert!(world.writes.lock().unwrap().is_empty());
    let shown: Vec<_> = previewed
        .components
        .iter()
        .flat_map(|planned| planned.differences.as_ref().unwrap())
        .map(|difference| difference.change.clone())
        .collect();
    reconcile(&graph, &world).await;
    assert_eq!(*world.writes.lock().unwrap(), shown);
    assert!(preview(&graph, &world).await.is_empty());
}

#[test]
fn a_graph_that_cannot_be_says_why() {
    let error = |components: Vec<Wants>| Graph::new(components).unwrap_err().to_string();
    let cycle = vec![
        wants("a", &["c"], Behaviour::Plain),
        wants("b", &["a"], Behaviour::Plain),
        wants("c", &["b"], Behaviour::Plain),
    ];
    assert_eq!(error(cycle), "these need each other: a → c → b → a");
    assert_eq!(
        error(vec![wants("a", &["x"], Behaviour::Plain)]),
        r#""a" needs "x", which does not exist"#
    );
    let doubled = vec![
        wants("a", &[], Behaviour::Plain),
        wants("a", &[], Behaviour::Plain),
    ];
    assert!(error(doubled).contains("two components"));
}

struct Of(Vec<Wants>);

impl Trial for Of {
    type Component = Wants;
    type World = World;
    type Outcome = BTreeMap<String, u32>;

    async fn world(&self) -> World {
        World::default()
    }

    fn session<'w>(&self, world: &'w World) -> impl Borrow<World> + Send + 'w {
        world
    }

    fn graph(&self, _: &World) -> Graph<Wants> {
        Graph::new(self.0.clone()).unwrap()
    }

    async fn outcome(&self, world: &World) -> Self::Outcome {
        world.values.lock().unwrap().clone()
    }

    fn failure(&self) -> Broken {
        Broken("made to fail")
    }
}

fn three(behaviour: Behaviour) -> Of {
    Of(vec![
        wants("a", &[], behaviour),
        wants("b", &["a"], behaviour),
        wants("c", &["b"], behaviour),
    ])
}

#[tokio::test]
async fn a_sound_graph_stands_the_trial_and_each_step_and_point_is_tried() {
    let sound = three(Behaviour::Plain);
    runs_twice(&sound).await;
    assert_eq!(fails_at_each_step(&sound).await, 3);
    assert!(
        stops_at_each_await(&sound, 1).await > 9,
        "three looks, three changes, three more looks"
    );
}

#[tokio::test]
#[should_panic(expected = "after a stop at point")]
async fn a_step_that_a_stop_can_halve_is_found() {
    stops_at_each_await(&three(Behaviour::Halves), 1).await;
}
