use serde_json::json;

use super::*;

fn of(api_version: &str, kind: &str, spec: &Value, status: &Value) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a", "generation": 2}, "spec": spec,
        "status": status})
}

/// One word for a state, and the message.
fn verdict(object: &Value) -> (&'static str, String) {
    match assess(object).health {
        Health::Healthy => ("healthy", String::new()),
        Health::Completed => ("completed", String::new()),
        Health::Progressing { message } => ("progressing", message),
        Health::Unhealthy { message } => ("unhealthy", message),
    }
}

#[test]
fn deployments() {
    let full = json!({"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2,
        "readyReplicas": 2});
    let with = |changes: Value| {
        let mut status = full.clone();
        status
            .as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        status
    };
    let spec = json!({"replicas": 2});
    let condition =
        |name, status, reason| json!({"conditions": [{"type": name, "status": status, "reason": reason}]});
    for (status, expected, words) in [
        (full.clone(), "healthy", ""),
        (json!({}), "progressing", "not seen it yet"),
        (
            with(json!({"observedGeneration": 1})),
            "progressing",
            "newest change",
        ),
        (
            with(json!({"updatedReplicas": 1})),
            "progressing",
            "1 of 2 replicas are updated",
        ),
        (with(json!({"replicas": 3})), "progressing", "1 old replicas"),
        (
            with(json!({"readyReplicas": 0})),
            "progressing",
            "0 of 2 replicas are ready",
        ),
        (
            with(json!({"availableReplicas": 1})),
            "progressing",
            "1 of 2 replicas are available",
        ),
        (
            with(condition("Progressing", "False", "ProgressDeadlineExceeded")),
            "unhealthy",
            "ProgressDeadlineExceeded",
        ),
        (
            with(condition("ReplicaFailure", "True", "FailedCreate")),
            "unhealthy",
            "FailedCreate",
        ),
        (
            with(condition("Progressing", "True", "NewReplicaSetAvailable")),
            "healthy",
            "",
        ),
    ] {
        let (state, message) = verdict(&of("apps/v1", "Deployment", &spec, &status));
        assert_eq!(state, expected, "{status}");
        assert!(message.contains(words), "{message}");
    }
    let none = of(
        "apps/v1",
        "Deployment",
        &json!({"replicas": 0}),
        &json!({"observedGeneration": 2}),
    );
    assert_eq!(verdict(&none).0, "healthy");
}

#[test]
fn pods_are_counted() {
    let deployment = of(
        "apps/v1",
        "Deployment",
        &json!({"replicas": 3}),
        &json!({"readyReplicas": 1}),
    );
    let daemon_set = of(
        "apps/v1",
        "DaemonSet",
        &json!({}),
        &json!({"desiredNumberScheduled": 4, "numberReady": 2}),
    );
    let job = of(
        "batch/v1",
        "Job",
        &json!({"completions": 5}),
        &json!({"active": 2, "succeeded": 1, "failed": 3, "startTime": "x"}),
    );
    let pods = |object: &Value| {
        let Pods {
            desired,
            running,
            completed,
            failed,
        } = assess(object).pods.unwrap();
        [desired, running, completed, failed]
    };
    assert_eq!(pods(&deployment), [3, 1, 0, 0]);
    assert_eq!(pods(&daemon_set), [4, 2, 0, 0]);
    assert_eq!(pods(&job), [5, 2, 1, 3]);
    assert_eq!(
        pods(&of("v1", "Pod", &json!({}), &json!({"phase": "Succeeded"}))),
        [1, 0, 1, 0]
    );
    assert_eq!(
        pods(&of("v1", "Pod", &json!({}), &json!({"phase": "Running"}))),
        [1, 1, 0, 0]
    );
    assert_eq!(assess(&of("v1", "ConfigMap", &json!({}), &json!({}))).pods, None);
}

#[test]
fn stateful_sets_and_daemon_sets_and_replica_sets() {
    let full = json!({"observedGeneration": 2, "replicas": 2, "readyReplicas": 2, "updatedReplicas": 2,
        "availableReplicas": 2, "currentRevision": "r2", "updateRevision": "r2"});
    let rolling = json!({"observedGeneration": 2, "replicas": 2, "readyReplicas": 2, "updatedReplicas": 1,
        "currentRevision": "r1", "updateRevision": "r2"});
    let two = json!({"replicas": 2});
    let partitioned = json!({"replicas": 2, "updateStrategy": {"rollingUpdate": {"partition": 1}}});
    let on_delete = json!({"replicas": 2, "updateStrategy": {"type": "OnDelete"}});
    for (kind, spec, status, expected) in [
        ("StatefulSet", &two, &full, "healthy"),
        ("StatefulSet", &two, &rolling, "progressing"),
        ("StatefulSet", &partitioned, &rolling, "healthy"),
        ("StatefulSet", &on_delete, &rolling, "healthy"),
        ("StatefulSet", &json!({"replicas": 3}), &full, "progressing"),
        ("StatefulSet", &json!({}), &full, "progressing"),
        ("ReplicaSet", &two, &full, "healthy"),
        ("ReplicaSet", &json!({"replicas": 3}), &full, "progressing"),
        ("ReplicaSet", &json!({"replicas": 1}), &full, "progressing"),
    ] {
        assert_eq!(
            verdict(&of("apps/v1", kind, spec, status)).0,
            expected,
            "{kind} {spec} {status}"
        );
    }
    let daemons = json!({"observedGeneration": 2, "desiredNumberScheduled": 2, "currentNumberScheduled": 2,
        "updatedNumberScheduled": 1, "numberReady": 2, "numberAvailable": 2});
    assert_eq!(
        verdict(&of("apps/v1", "DaemonSet", &json!({}), &daemons)).0,
        "progressing"
    );
    let on_delete = json!({"updateStrategy": {"type": "OnDelete"}});
    assert_eq!(
        verdict(&of("apps/v1", "DaemonSet", &on_delete, &daemons)).0,
        "healthy"
    );
}

#[test]
fn pods() {
    let waiting = |reason| {
        json!({"phase": "Pending", "containerStatuses": [
        {"name": "web", "state": {"waiting": {"reason": reason, "message": "back-off"}}}]})
    };
    let unschedulable = json!({"phase": "Pending", "conditions": [
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no node"}]});
    for (status, expected, words) in [
        (
            json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}),
            "healthy",
            "",
        ),
        (
            json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}]}),
            "progressing",
            "Ready is False",
        ),
        (
            waiting("CrashLoopBackOff"),
            "unhealthy",
            "container web: CrashLoopBackOff back-off",
        ),
        (waiting("ImagePullBackOff"), "unhealthy", "ImagePullBackOff"),
        (waiting("ContainerCreating"), "progressing", "Pending"),
        (unschedulable, "progressing", "Unschedulable: no node"),
        (json!({"phase": "Succeeded"}), "completed", ""),
        (
            json!({"phase": "Failed", "reason": "Evicted"}),
            "unhealthy",
            "Evicted",
        ),
        (
            json!({"phase": "Failed", "containerStatuses": [{"name": "w", "state": {"terminated": {"exitCode": 3}}}]}),
            "unhealthy",
            "exit code 3",
        ),
        (json!({}), "progressing", "not scheduled"),
    ] {
        let (state, message) = verdict(&of("v1", "Pod", &json!({}), &status));
        assert_eq!(state, expected, "{status}");
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn jobs_run_end_and_fail() {
    let with = |name| json!({"conditions": [{"type": name, "status": "True", "reason": "r"}]});
    for (spec, status, expected) in [
        (json!({}), json!({}), "progressing"),
        (json!({"suspend": true}), json!({}), "healthy"),
        (json!({}), json!({"startTime": "x", "active": 1}), "healthy"),
        (json!({}), with("Complete"), "completed"),
        (json!({}), with("Failed"), "unhealthy"),
    ] {
        assert_eq!(
            verdict(&of("batch/v1", "Job", &spec, &status)).0,
            expected,
            "{status}"
        );
    }
}

fn state(api_version: &str, kind: &str, spec: &Value, status: &Value) -> &'static str {
    verdict(&of(api_version, kind, spec, status)).0
}

#[test]
fn services_claims_and_namespaces() {
    let service = |spec, status| state("v1", "Service", &spec, &status);
    assert_eq!(service(json!({"type": "NodePort"}), json!({})), "healthy");
    assert_eq!(service(json!({"type": "LoadBalancer"}), json!({})), "progressing");
    let addressed = json!({"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}});
    assert_eq!(service(json!({"type": "LoadBalancer"}), addressed), "healthy");

    let phase = |kind, phase| state("v1", kind, &json!({}), &json!({"phase": phase}));
    assert_eq!(phase("PersistentVolumeClaim", "Pending"), "progressing");
    assert_eq!(phase("PersistentVolumeClaim", "Bound"), "healthy");
    assert_eq!(phase("PersistentVolumeClaim", "Lost"), "unhealthy");
    assert_eq!(phase("Namespace", "Active"), "healthy");
    assert_eq!(phase("Namespace", "Terminating"), "progressing");
    assert_eq!(state("batch/v1", "CronJob", &json!({}), &json!({})), "healthy");
    assert_eq!(state("v1", "ConfigMap", &json!({}), &json!({})), "healthy");
}

#[test]
fn kinds_that_are_judged_by_conditions() {
    let with = |api_version, kind, name, status| {
        let conditions = json!({"conditions": [{"type": name, "status": status, "reason": "why"}]});
        state(api_version, kind, &json!({}), &conditions)
    };
    let definition = |name, status| {
        with(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            name,
            status,
        )
    };
    assert_eq!(definition("Other", "True"), "progressing");
    assert_eq!(definition("Established", "True"), "healthy");
    assert_eq!(definition("NamesAccepted", "False"), "unhealthy");
    let api_service = |status| with("apiregistration.k8s.io/v1", "APIService", "Available", status);
    assert_eq!(api_service("False"), "progressing");
    assert_eq!(api_service("True"), "healthy");

    let custom = |name, status| with("moor.example/v1", "Heath", name, status);
    assert_eq!(custom("Ready", "Unknown"), "progressing");
    assert_eq!(custom("Ready", "True"), "healthy");
    assert_eq!(custom("Stalled", "True"), "unhealthy");
    assert_eq!(custom("Reconciling", "True"), "progressing");
    let behind = json!({"observedGeneration": 1});
    assert_eq!(
        state("moor.example/v1", "Heath", &json!({}), &behind),
        "progressing"
    );
    // A kind of another group that only shares the name has no rules of ours.
    let balancer = json!({"type": "LoadBalancer"});
    assert_eq!(
        state("serving.example/v1", "Service", &balancer, &json!({})),
        "healthy"
    );
}

#[test]
fn what_is_being_deleted_is_not_healthy() {
    let mut object = of("v1", "ConfigMap", &json!({}), &json!({}));
    object["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    assert_eq!(verdict(&object).0, "progressing");
}
