//! What each observation makes of each state.

use super::*;
use crate::api::{ClusterNodeCondition, Timestamp};

fn node(name: &str, conditions: &[(&str, &str)]) -> ClusterNode {
    let conditions = conditions
        .iter()
        .map(|(condition_type, status)| ClusterNodeCondition {
            message: String::new(),
            reason: "Kubelet".to_owned(),
            status: (*status).to_owned(),
            condition_type: (*condition_type).to_owned(),
        });
    ClusterNode::new(name.to_owned(), conditions.collect())
}

fn in_state(state: ClusterState) -> ClusterStatus {
    ClusterStatus {
        state,
        ..ClusterStatus::default()
    }
}

fn after(previous: ClusterState, nodes: &[ClusterNode]) -> ClusterState {
    let previous = in_state(previous);
    let next = next_status(&previous, &Observation::Reached(nodes.to_vec()));
    next.map_or(previous.state, |status| status.state)
}

#[test]
fn the_nodes_of_a_cluster_that_answers_decide_its_state() {
    use ClusterState::{Connecting, FailingMetrics, NotReady, Offline, Online, Pending, Unhealthy};
    let ready = || node("a", &[("Ready", "True"), ("MemoryPressure", "False")]);
    let cases = [
        (Pending, vec![], Online),
        (Pending, vec![ready()], Online),
        (
            Online,
            vec![node("a", &[("Ready", "True"), ("MemoryPressure", "True")])],
            Unhealthy,
        ),
        (Online, vec![node("a", &[("DiskPressure", "True")])], Unhealthy),
        (Online, vec![node("a", &[("PIDPressure", "True")])], Unhealthy),
        (
            Online,
            vec![ready(), node("b", &[("PIDPressure", "True")])],
            Unhealthy,
        ),
        (Online, vec![ready(), node("b", &[("Ready", "False")])], NotReady),
        (Online, vec![node("b", &[("Ready", "Unknown")])], NotReady),
        (NotReady, vec![ready()], Online),
        (Unhealthy, vec![ready()], Online),
        (Offline, vec![ready()], Connecting),
        (Offline, vec![node("b", &[("Ready", "False")])], Connecting),
        (Connecting, vec![ready()], Online),
        (Connecting, vec![node("b", &[("Ready", "False")])], NotReady),
        (FailingMetrics, vec![ready()], FailingMetrics),
        (
            FailingMetrics,
            vec![node("b", &[("Ready", "False")])],
            FailingMetrics,
        ),
    ];
    for (previous, nodes, expected) in cases {
        assert_eq!(after(previous, &nodes), expected, "{previous:?} {nodes:?}");
    }
}

#[test]
fn a_lost_cluster_is_offline_with_the_cause_and_told_once() {
    let online = in_state(ClusterState::Online);
    let lost = next_status(&online, &Observation::Lost("refused".to_owned())).unwrap();
    assert_eq!(lost.state, ClusterState::Offline);
    let reason = lost.reason.clone().unwrap();
    assert_eq!(
        (reason.code, reason.message.as_str()),
        (ReasonCode::ClusterNotReachable, "refused")
    );
    assert_eq!(
        next_status(&lost, &Observation::Lost("no answer".to_owned())),
        None
    );
    let failing = in_state(ClusterState::FailingMetrics);
    let lost = next_status(&failing, &Observation::Lost("refused".to_owned())).unwrap();
    assert_eq!(lost.state, ClusterState::Offline);
}

#[test]
fn a_cluster_that_hides_its_nodes_is_what_it_says_of_itself_and_the_reason_says_so() {
    use ClusterState::{Connecting, FailingMetrics, Offline, Online, Pending, Unhealthy};
    let unready = || Readiness::Unready("etcd failed".to_owned());
    for (previous, readiness, expected) in [
        (Pending, Readiness::Ready, Online),
        (Unhealthy, Readiness::Ready, Online),
        (Offline, Readiness::Ready, Connecting),
        (Connecting, Readiness::Ready, Online),
        (FailingMetrics, Readiness::Ready, FailingMetrics),
        (Online, unready(), Unhealthy),
        (Offline, unready(), Connecting),
    ] {
        let why = "nodes is forbidden".to_owned();
        let next = next_status(&in_state(previous), &Observation::Hidden { why, readiness });
        let state = next.as_ref().map_or(previous, |status| status.state);
        assert_eq!(state, expected, "{previous:?}");
        let reason = next.and_then(|status| status.reason);
        let is_told = reason.is_some_and(|reason| reason.message.contains("nodes is forbidden"));
        assert_eq!(is_told, previous != FailingMetrics);
    }
}

#[test]
fn the_reason_goes_when_the_nodes_are_shown() {
    let why = "nodes is forbidden".to_owned();
    let readiness = Readiness::Ready;
    let observation = Observation::Hidden { why, readiness };
    let hidden = next_status(&in_state(ClusterState::Online), &observation).unwrap();
    assert_eq!(next_status(&hidden, &observation), None, "nothing to write twice");
    let shown = next_status(
        &hidden,
        &Observation::Reached(vec![node("a", &[("Ready", "True")])]),
    )
    .unwrap();
    assert_eq!((shown.state, shown.reason), (ClusterState::Online, None));
}

#[test]
fn a_missed_answer_changes_nothing() {
    assert_eq!(
        next_status(&in_state(ClusterState::Online), &Observation::Missed),
        None
    );
}

#[test]
fn a_return_clears_the_cause_and_needs_two_answers() {
    let reached = Observation::Reached(vec![node("a", &[("Ready", "True")])]);
    let lost = next_status(
        &in_state(ClusterState::Online),
        &Observation::Lost("refused".to_owned()),
    );
    let back = next_status(&lost.unwrap(), &reached).unwrap();
    assert_eq!((back.state, &back.reason), (ClusterState::Connecting, &None));
    let online = next_status(&back, &reached).unwrap();
    assert_eq!(online.state, ClusterState::Online);
    assert_eq!(next_status(&online, &reached), None, "nothing to write twice");
}

#[test]
fn what_others_wrote_stays() {
    let metric = Reason::new(ReasonCode::UnknownMetric, "m");
    let previous = ClusterStatus {
        state: ClusterState::FailingMetrics,
        metrics_reasons: [("m".to_owned(), metric.clone())].into(),
        reason: Some(metric.clone()),
        scheduled: Some(Timestamp::default()),
        ..ClusterStatus::default()
    };
    let next = next_status(
        &previous,
        &Observation::Reached(vec![node("a", &[("Ready", "True")])]),
    )
    .unwrap();
    let nodes = next.nodes.clone();
    assert_eq!(next, ClusterStatus { nodes, ..previous });
}

#[test]
fn clusters_in_somebody_elses_hands_are_left_alone() {
    let mut cluster: Cluster = serde_json::from_value(serde_json::json!({
        "metadata": {"name": "c", "namespace": "tarn"},
        "spec": {"kubeconfig": {"users": []}, "constraints": {"cloud": {}}},
    }))
    .unwrap();
    assert!(is_observed(&cluster));
    for state in [
        ClusterState::Creating,
        ClusterState::Reconciling,
        ClusterState::Deleting,
        ClusterState::Failed,
    ] {
        cluster.status.state = state;
        assert!(!is_observed(&cluster), "{state:?}");
    }
    cluster.status.state = ClusterState::Online;
    cluster.spec.kubeconfig = crate::api::SecretObject::default();
    assert!(!is_observed(&cluster));
}
