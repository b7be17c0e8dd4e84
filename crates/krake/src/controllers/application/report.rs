//! What the live objects of an application say about it: state, counts of pods, addresses, observed members.
//! Pure. The worst object decides, whatever its place in the manifest.

use std::collections::BTreeMap;

use common::kube::health::{Health, assess};
use serde_json::Value;

use super::wanted::Wanted;
use crate::api::{ApplicationState, ContainerHealth, Reason, ReasonCode};
use crate::manifest::project;

/// What the live objects say.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Report {
    /// Counts of pods.
    pub(super) containers: ContainerHealth,
    /// Address of each Service.
    pub(super) services: BTreeMap<String, String>,
    /// Observed members of the objects that are there.
    pub(super) observed: Vec<Value>,
    /// Objects that are not well and will not become so by waiting, with what is wrong.
    pub(super) unhealthy: Vec<String>,
    /// Objects that are on their way, with what is missing.
    pub(super) waiting: Vec<String>,
    /// Services that work within their cluster and have no address outside of it, which may take long where
    /// nobody gives addresses away: the application runs all the same, but does not move there yet.
    pub(super) unaddressed: Vec<String>,
    /// Whether everything that runs has run to its end.
    pub(super) is_complete: bool,
}

/// Looks at every wanted object with what is there of it; `host` is the address of the cluster's API server.
pub(super) fn report<'a>(
    objects: impl IntoIterator<Item = (&'a Wanted, Option<&'a Value>)>,
    host: &str,
) -> Report {
    let mut report = Report::default();
    let (mut running, mut completed) = (0_usize, 0_usize);
    for (wanted, live) in objects {
        let Some(live) = live else {
            report.waiting.push(format!("{} is not there", wanted.id));
            continue;
        };
        report.observed.push(project(&wanted.schema, live));
        if let Some(address) = service_address(live, host) {
            report.services.insert(wanted.id.name.clone(), address);
        }
        let assessment = assess(live);
        if let Some(pods) = assessment.pods {
            running += 1;
            let count = &mut report.containers;
            count.desired_pods += i64::from(pods.desired);
            count.running_pods += i64::from(pods.running);
            count.completed_pods += i64::from(pods.completed);
            count.failed_pods += i64::from(pods.failed);
        }
        match assessment.health {
            Health::Healthy => {}
            Health::Completed => completed += 1,
            Health::Progressing { message } => {
                let list = if lacks_only_address(live) {
                    &mut report.unaddressed
                } else {
                    &mut report.waiting
                };
                list.push(format!("{}: {message}", wanted.id));
            }
            Health::Unhealthy { message } => report.unhealthy.push(format!("{}: {message}", wanted.id)),
        }
    }
    report.is_complete = running > 0 && running == completed;
    report
}

impl Report {
    /// The first thing that is wrong or missing; none if all is well.
    pub(super) fn lack(&self) -> Option<&str> {
        let all = [&self.unhealthy, &self.waiting, &self.unaddressed];
        all.into_iter().flatten().next().map(String::as_str)
    }

    /// State and reason of an application whose objects are all applied. One that is on its way for the first
    /// time or after a change stays in the state that says so; one that was well and is no longer is degraded.
    pub(super) fn verdict(&self, before: ApplicationState) -> (ApplicationState, Option<Reason>) {
        if let Some(trouble) = self.unhealthy.first() {
            return (
                ApplicationState::Degraded,
                Some(Reason::new(ReasonCode::ReconcileFailed, trouble.clone())),
            );
        }
        if self.is_complete {
            return (ApplicationState::Completed, None);
        }
        if self.waiting.is_empty() {
            return (ApplicationState::Running, None);
        }
        let state = match before {
            ApplicationState::Pending | ApplicationState::Creating => ApplicationState::Creating,
            ApplicationState::Degraded => ApplicationState::Degraded,
            _ => ApplicationState::Reconciling,
        };
        (state, None)
    }
}

/// A Service of which nothing is missing but an address.
fn lacks_only_address(live: &Value) -> bool {
    let kind = live.get("kind").and_then(Value::as_str);
    kind == Some("Service") && live.pointer("/metadata/deletionTimestamp").is_none()
}

/// How a Service is reached from outside the cluster; none for one that is not.
fn service_address(service: &Value, host: &str) -> Option<String> {
    if service.get("kind").and_then(Value::as_str) != Some("Service") {
        return None;
    }
    let port = |member: &str| {
        service
            .pointer(&format!("/spec/ports/0/{member}"))
            .and_then(Value::as_u64)
    };
    match service.pointer("/spec/type").and_then(Value::as_str) {
        Some("LoadBalancer") => {
            let ingress = |member: &str| {
                service
                    .pointer(&format!("/status/loadBalancer/ingress/0/{member}"))
                    .and_then(Value::as_str)
            };
            let address = ingress("ip")
                .or_else(|| ingress("hostname"))
                .unwrap_or("<pending>");
            let port = port("port").map_or_else(|| "<pending>".to_owned(), |port| port.to_string());
            Some(format!("{address}:{port}"))
        }
        Some("NodePort") => port("nodePort").map(|port| format!("{host}:{port}")),
        _ => None,
    }
}

/// Host of a URL without scheme, port and path; an IPv6 address keeps its brackets.
pub(super) fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use common::kube::ObjectId;
    use serde_json::json;

    use super::*;

    fn wanted(live: &Value) -> Wanted {
        Wanted {
            id: ObjectId::of(live).unwrap(),
            object: live.clone(),
            schema: json!({"apiVersion": "v1", "kind": "x", "metadata": {"name": "x"}}),
            is_custom: false,
        }
    }

    fn of(lives: &[Value]) -> Report {
        let wanted: Vec<_> = lives.iter().map(wanted).collect();
        report(
            wanted
                .iter()
                .zip(lives)
                .map(|(wanted, live)| (wanted, Some(live))),
            "127.0.0.1",
        )
    }

    fn deployment(name: &str, replicas: u32, ready: u32) -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "generation": 1},
            "spec": {"replicas": replicas}, "status": {"observedGeneration": 1, "replicas": replicas,
                "updatedReplicas": replicas, "readyReplicas": ready, "availableReplicas": ready}})
    }

    fn service(spec: &Value, status: &Value) -> Option<String> {
        let live = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec, "status": status});
        of(&[live]).services.remove("web")
    }

    #[test]
    fn the_worst_object_decides_wherever_it_stands() {
        let (well, ill) = (deployment("well", 2, 2), deployment("ill", 3, 1));
        for lives in [[well.clone(), ill.clone()], [ill, well.clone()]] {
            let report = of(&lives);
            assert!(report.lack().is_some());
            assert_eq!(
                report.containers,
                ContainerHealth {
                    desired_pods: 5,
                    running_pods: 3,
                    ..ContainerHealth::default()
                }
            );
            assert_eq!(
                report.verdict(ApplicationState::Creating).0,
                ApplicationState::Creating
            );
            assert_eq!(
                report.verdict(ApplicationState::Running).0,
                ApplicationState::Reconciling
            );
        }
        assert_eq!(
            of(&[well]).verdict(ApplicationState::Degraded),
            (ApplicationState::Running, None)
        );
    }

    #[test]
    fn services_are_reached_by_node_port_or_load_balancer() {
        let node_port = json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 1234}]});
        assert_eq!(service(&node_port, &json!({})).as_deref(), Some("127.0.0.1:1234"));
        assert_eq!(
            service(&json!({"type": "NodePort", "ports": [{"port": 80}]}), &json!({})),
            None
        );
        assert_eq!(service(&json!({"type": "NodePort"}), &json!({})), None);
        assert_eq!(
            service(&json!({"type": "ClusterIP", "ports": [{"port": 80}]}), &json!({})),
            None
        );
        let balanced = json!({"type": "LoadBalancer", "ports": [{"port": 80}]});
        let ingress = json!({"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}});
        assert_eq!(service(&balanced, &ingress).as_deref(), Some("192.0.2.7:80"));
        assert_eq!(service(&balanced, &json!({})).as_deref(), Some("<pending>:80"));
        assert_eq!(
            service(&json!({"type": "LoadBalancer"}), &ingress).as_deref(),
            Some("192.0.2.7:<pending>")
        );
    }

    #[test]
    fn a_service_without_an_address_runs_but_is_no_place_to_move_to() {
        let balanced = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
            "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]}, "status": {}});
        let report = of(std::slice::from_ref(&balanced));
        assert_eq!(
            report.verdict(ApplicationState::Creating),
            (ApplicationState::Running, None)
        );
        assert!(
            report
                .lack()
                .unwrap()
                .ends_with("web: its load balancer has no address yet")
        );
        let mut going = balanced;
        going["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        assert_eq!(
            of(&[going]).verdict(ApplicationState::Creating).0,
            ApplicationState::Creating
        );
    }

    #[test]
    fn hosts_are_read_from_urls() {
        for (url, host) in [
            ("https://127.0.0.1:6443", "127.0.0.1"),
            ("https://[::1]:6443/x", "[::1]"),
            ("http://example.org", "example.org"),
        ] {
            assert_eq!(host_of(url), host);
        }
    }
}
