//! What people are told.

use super::*;

fn explain_in(inputs: &Inputs, application: &Application) -> Explanation {
    let snapshot = Snapshot::new(inputs);
    let candidates = snapshot.candidates(Some("green"));
    explain(
        application,
        candidates,
        &Counts::default(),
        &Settings::default(),
        now(),
    )
}

fn advice(explanation: &Explanation, cluster: &str) -> String {
    let cluster = explanation
        .clusters
        .iter()
        .find(|c| c.cluster == cluster)
        .unwrap();
    cluster.advice.join("; ")
}

#[test]
fn every_constraint_has_its_verdict_and_what_is_lacking_is_named_together() {
    let c1 = cluster("c1").labelled("location", "DE");
    let c2 = cluster("c2").labelled("location", "SK");
    let c3 = cluster("c3").in_state(ClusterState::Offline);
    let app = constrained(&json!({"labels": ["location is DE"]}));
    let explanation = explain_in(&inputs([c1, c2, c3]), &app);
    assert_eq!(
        (explanation.outcome, explanation.target.as_deref()),
        (Outcome::Moves, Some("c1"))
    );
    assert_eq!(advice(&explanation, "c1"), "");
    assert_eq!(
        advice(&explanation, "c2"),
        "label location=DE on c2 would admit it"
    );
    assert_eq!(
        advice(&explanation, "c3"),
        "state ONLINE with working metrics and label location=DE on c3 would admit it"
    );
    let found: Vec<_> = explanation.clusters[1]
        .verdicts
        .iter()
        .map(|v| (v.found.as_str(), v.holds))
        .collect();
    assert_eq!(found, [("state ONLINE", true), ("label location=SK", false)]);
}

#[test]
fn the_value_from_which_a_metric_would_move_the_application_is_exact() {
    let story = |green: f64| {
        let c1 = cluster("c1").measured("coal", 1.0);
        let c2 = cluster("c2").measured("green_energy", 1.0);
        with_values(inputs([c1, c2]), &[("coal", 0.681), ("green_energy", green)])
    };
    let placed = application().on("c1", 300);
    let explanation = explain_in(&story(0.3), &placed);
    assert_eq!(explanation.outcome, Outcome::Stays);
    assert_eq!(
        advice(&explanation, "c2"),
        "green_energy on c2 above 0.71 would move it"
    );
    assert_eq!(place(&story(0.7099), &placed).as_deref(), Some("c1"));
    assert_eq!(place(&story(0.7101), &placed).as_deref(), Some("c2"));
}

#[test]
fn an_application_that_was_placed_a_moment_ago_says_until_when_it_stays() {
    let explanation = explain_in(&inputs([cluster("c1")]), &application().on("c1", 12));
    assert_eq!(explanation.not_before, Some(now().plus_seconds(48)));
    let hold = explanation.hold.unwrap();
    assert!(hold.ends_with("placed 12 s ago, reschedule_after 60 s"), "{hold}");
}

#[test]
fn ranks_scores_and_contributions_are_shown_with_the_failing_metrics() {
    let c1 = cluster("c1").measured("a", 2.0);
    let c2 = cluster("c2").measured("b", 1.0);
    let c3 = cluster("c3").measured("down", 1.0);
    let inputs = with_unreachable(
        with_values(inputs([c1, c2, c3]), &[("a", 0.5), ("b", 0.9)]),
        "down",
    );
    let explanation = explain_in(&inputs, &application());
    let ranks: Vec<_> = explanation
        .clusters
        .iter()
        .map(|c| (c.cluster.as_str(), c.rank, c.score))
        .collect();
    assert_eq!(
        ranks,
        [
            ("c2", Some(1), Some(0.9)),
            ("c1", Some(2), Some(0.5)),
            ("c3", None, None)
        ]
    );
    assert_eq!(explanation.clusters[1].metrics[0].contribution, Some(1.0));
    let reason = explanation.clusters[2].metrics[0].reason.as_ref().unwrap();
    assert_eq!(reason.code, ReasonCode::UnreachableMetricsProvider);
    let text = serde_json::to_string(&explanation).unwrap();
    assert_eq!(serde_json::from_str::<Explanation>(&text).unwrap(), explanation);
}

#[test]
fn the_sentence_for_no_cluster_names_the_first_few_with_what_they_lack() {
    let clusters = (0..5).map(|index| cluster(&format!("c{index}")));
    let app = constrained(&json!({"labels": ["location is DE"]}));
    assert_eq!(
        explain_in(&inputs(clusters), &app).summary,
        "No matching Kubernetes cluster found: c0: no label location, wanted: location is DE; \
         c1: no label location, wanted: location is DE; c2: no label location, wanted: location is DE; and 2 more"
    );
    assert_eq!(
        explain_in(&inputs([]), &app).summary,
        "No matching Kubernetes cluster found: there is no cluster in namespace 'green'"
    );
}
