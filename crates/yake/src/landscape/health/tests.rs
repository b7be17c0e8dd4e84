//! Rows of the specification's table of health, one test each kind of judgement.

use serde_json::{Value, json};

use super::*;

fn garden(state: &str) -> Value {
    let conditions: Vec<Value> = [
        "RuntimeComponentsHealthy",
        "VirtualComponentsHealthy",
        "VirtualGardenAPIServerAvailable",
        "ObservabilityComponentsHealthy",
    ]
    .iter()
    .map(|kind| json!({"type": kind, "status": "True"}))
    .collect();
    json!({
        "apiVersion": "operator.gardener.cloud/v1alpha1",
        "kind": "Garden",
        "metadata": {"name": "local", "generation": 3},
        "status": {
            "observedGeneration": 3,
            "gardener": {"version": "v1.148.4"},
            "lastOperation": {"type": "Reconcile", "state": state, "progress": 40, "description": "waiting for etcd"},
            "conditions": conditions,
        },
    })
}

fn judge(object: &Value) -> Verdict {
    judge_with(object, &Expectation::default())
}

fn judge_with(object: &Value, expectation: &Expectation) -> Verdict {
    evaluate(object, expectation).expect("a kind of Gardener")
}

fn target(version: &str) -> Expectation {
    Expectation {
        version: Some(version.parse().unwrap()),
        proof: None,
    }
}

#[test]
fn a_garden_is_well_when_all_fields_agree() {
    assert_eq!(judge(&garden("Succeeded")), Verdict::default());
    assert_eq!(
        judge_with(&garden("Succeeded"), &target("1.148.4")),
        Verdict::default()
    );
}

#[test]
fn an_error_is_tried_again_and_a_failure_is_not() {
    for state in ["Processing", "Error", "Pending", "Aborted"] {
        assert_eq!(judge(&garden(state)).standing(), Standing::Progressing, "{state}");
    }
    let failed = judge(&garden("Failed"));
    assert_eq!(failed.standing(), Standing::Degraded);
    assert_eq!(
        failed.reasons[0].message,
        "Reconcile is Failed at 40 %: waiting for etcd"
    );
}

#[test]
fn no_single_field_proves_a_garden() {
    let succeeded = garden("Succeeded");
    let mut unseen = succeeded.clone();
    unseen["metadata"]["generation"] = json!(4);
    let mut asked = succeeded.clone();
    asked["metadata"]["annotations"] = json!({"gardener.cloud/operation": "rotate-ca-start"});
    for object in [&unseen, &asked] {
        assert_eq!(judge(object).standing(), Standing::Progressing);
    }
    let old = judge_with(&succeeded, &target("1.149.0"));
    assert_eq!(
        old.standing(),
        Standing::Progressing,
        "a stale success of another version"
    );
}

#[test]
fn the_operators_version_alone_opens_nothing() {
    let mut begun = garden("Processing");
    begun["status"]["gardener"]["version"] = json!("v1.149.0");
    assert_eq!(
        judge_with(&begun, &target("1.149.0")).standing(),
        Standing::Progressing
    );
}

#[test]
fn a_stored_garden_without_status_is_unknown() {
    let mut stored = garden("Succeeded");
    stored.as_object_mut().unwrap().remove("status");
    assert_eq!(judge(&stored).standing(), Standing::Unknown);
}

#[test]
fn the_hourly_reconciliation_of_a_proven_garden_is_no_alarm() {
    let proof = |generation, version: &str| Expectation {
        version: None,
        proof: Some(Proof {
            generation,
            version: version.to_owned(),
        }),
    };
    let processing = garden("Processing");
    assert_eq!(judge_with(&processing, &proof(3, "v1.148.4")), Verdict::default());
    for expectation in [proof(2, "v1.148.4"), proof(3, "v1.147.1")] {
        assert_eq!(
            judge_with(&processing, &expectation).standing(),
            Standing::Progressing
        );
    }
    assert_eq!(
        judge_with(&garden("Error"), &proof(3, "v1.148.4")).standing(),
        Standing::Progressing,
        "an error is no routine"
    );
}

#[test]
fn conditions_know_a_fourth_value_and_can_be_missing() {
    for (status, standing) in [
        ("False", Standing::Degraded),
        ("Progressing", Standing::Progressing),
        ("Unknown", Standing::Unknown),
    ] {
        let mut object = garden("Succeeded");
        object["status"]["conditions"][1]["status"] = json!(status);
        assert_eq!(judge(&object).standing(), standing, "{status}");
    }
    let mut missing = garden("Succeeded");
    missing["status"]["conditions"].as_array_mut().unwrap().pop();
    let verdict = judge(&missing);
    assert_eq!(verdict.standing(), Standing::Unknown);
    assert_eq!(
        verdict.reasons[0].message,
        "ObservabilityComponentsHealthy is not reported"
    );
}

fn extension(conditions: &[(&str, &str)]) -> Value {
    let conditions: Vec<Value> = conditions
        .iter()
        .map(|(kind, status)| json!({"type": kind, "status": status, "message": "because"}))
        .collect();
    json!({
        "apiVersion": "operator.gardener.cloud/v1alpha1",
        "kind": "Extension",
        "metadata": {"name": "networking-calico", "generation": 1},
        "status": {"observedGeneration": 1, "conditions": conditions},
    })
}

#[test]
fn whether_an_extension_is_required_is_no_question_of_health() {
    let facts = [
        ("Installed", "True"),
        ("RequiredRuntime", "False"),
        ("RequiredVirtual", "Unknown"),
    ];
    assert_eq!(judge(&extension(&facts)), Verdict::default());
    let sick = extension(&[("Installed", "True"), ("ControllerInstallationsHealthy", "False")]);
    assert_eq!(judge(&sick).standing(), Standing::Degraded);
    assert_eq!(
        judge(&extension(&[("Installed", "Unknown")])).standing(),
        Standing::Unknown
    );
    assert_eq!(judge(&extension(&[])).standing(), Standing::Unknown);
}

#[test]
fn the_other_kind_named_extension_is_not_ours_to_judge() {
    let mut foreign = extension(&[("Installed", "True")]);
    foreign["apiVersion"] = json!("extensions.gardener.cloud/v1alpha1");
    assert_eq!(evaluate(&foreign, &Expectation::default()), None);
}

fn seed() -> Value {
    let conditions: Vec<Value> = ["GardenletReady", "ExtensionsReady", "SeedSystemComponentsHealthy"]
        .iter()
        .map(|kind| json!({"type": kind, "status": "True"}))
        .collect();
    json!({
        "apiVersion": "core.gardener.cloud/v1beta1",
        "kind": "Seed",
        "metadata": {"name": "soil", "generation": 1},
        "status": {
            "observedGeneration": 1,
            "conditions": conditions,
            "lastOperation": {"type": "Reconcile", "state": "Succeeded"},
        },
    })
}

#[test]
fn a_seed_with_a_backup_needs_its_buckets() {
    assert_eq!(judge(&seed()), Verdict::default());
    let mut with_backup = seed();
    with_backup["spec"] = json!({"backup": {"provider": "local"}});
    assert_eq!(judge(&with_backup).standing(), Standing::Unknown);
}

#[test]
fn a_silent_gardenlet_makes_its_seed_unknown_and_an_emergency_stop_makes_it_sick() {
    let mut silent = seed();
    silent["status"]["conditions"][0]["status"] = json!("Unknown");
    assert_eq!(judge(&silent).standing(), Standing::Unknown);
    let mut stopped = seed();
    let emergency = json!({"type": "EmergencyStopShootReconciliations", "status": "True"});
    stopped["status"]["conditions"]
        .as_array_mut()
        .unwrap()
        .push(emergency);
    assert_eq!(judge(&stopped).standing(), Standing::Degraded);
}

#[test]
fn a_sick_shoot_names_its_error_codes() {
    let shoot = json!({
        "apiVersion": "core.gardener.cloud/v1beta1",
        "kind": "Shoot",
        "metadata": {"name": "a", "namespace": "garden-dev", "generation": 1,
            "labels": {"shoot.gardener.cloud/status": "unhealthy"}},
        "status": {
            "observedGeneration": 1,
            "lastOperation": {"type": "Create", "state": "Failed", "progress": 20},
            "lastErrors": [{"description": "no more floating IPs", "codes": ["ERR_INFRA_QUOTA_EXCEEDED"]}],
        },
    });
    let verdict = judge(&shoot);
    assert_eq!(verdict.standing(), Standing::Degraded);
    assert!(
        verdict.reasons[0]
            .message
            .contains("ERR_INFRA_QUOTA_EXCEEDED (no more floating IPs)")
    );
}

#[test]
fn phases_of_projects_are_read() {
    for (phase, standing) in [
        ("Ready", Standing::Healthy),
        ("Pending", Standing::Progressing),
        ("Failed", Standing::Degraded),
        ("Odd", Standing::Unknown),
    ] {
        let project = json!({"apiVersion": "core.gardener.cloud/v1beta1", "kind": "Project", "status": {"phase": phase}});
        assert_eq!(judge(&project).standing(), standing, "{phase}");
    }
}

#[test]
fn what_is_being_deleted_is_on_its_way() {
    let mut going = garden("Succeeded");
    going["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    assert_eq!(judge(&going).standing(), Standing::Progressing);
}
