use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::api::*;

fn application() -> Value {
    json!({
        "metadata": {"name": "pond", "namespace": "tarn"},
        "spec": {
            "manifest": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "reed"}}],
            "constraints": {"cluster": {}},
        },
    })
}

fn read<K: Kind>(value: &Value) -> Result<K, DecodeError> {
    decode(value.to_string().as_bytes(), Purpose::Write, |_| {})
}

#[track_caller]
fn violations<K: Kind>(value: &Value) -> Vec<(String, String)> {
    match read::<K>(value) {
        Err(DecodeError::Invalid(violations)) => violations
            .iter()
            .map(|violation| (violation.path.clone(), violation.message.clone()))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_violations<K: Kind>(value: &Value, expected: &[(&str, &str)]) {
    let found = violations::<K>(value);
    let found: Vec<_> = found
        .iter()
        .map(|(path, message)| (path.as_str(), message.as_str()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn numbers_and_booleans_may_come_as_text_and_unknown_members_are_dropped() {
    let mut value = application();
    value["spec"]["backoff"] = json!("3");
    value["spec"]["backoff_delay"] = json!(2.0);
    value["spec"]["shutdown_grace_time"] = json!("60");
    value["spec"]["auto_cluster_create"] = json!("true");
    value["spec"]["colour"] = json!({"deep": [1]});
    let application: Application = read(&value).unwrap();
    assert_eq!(application.spec.backoff, 3);
    assert_eq!(application.spec.backoff_delay, 2);
    assert_eq!(application.spec.shutdown_grace_time, Some(60));
    assert!(application.spec.auto_cluster_create);
    let metric = json!({
        "metadata": {"name": "load"},
        "spec": {"min": "0", "max": "1.5", "allowed_values": ["1"], "provider": {"name": "p", "metric": "m"}},
    });
    let metric: GlobalMetric = read(&metric).unwrap();
    assert_eq!(
        (metric.spec.min, metric.spec.max, metric.spec.allowed_values),
        (0.0, 1.5, vec![1])
    );
}

#[test]
fn all_violations_are_reported_at_once_with_their_paths() {
    let value = json!({
        "kind": "Cluster",
        "metadata": {"name": "a b", "labels": {"key!": "v", "k": 1}, "finalizers": null},
        "spec": {
            "manifest": [{"kind": "ConfigMap", "metadata": {"name": "reed"}}],
            "constraints": {"cluster": {"labels": ["a is", "b is c", 5]}, "migration": "perhaps"},
            "backoff": "many",
            "hooks": [["complete"]],
            "migration_strategy": "never",
        },
    });
    let found = violations::<Application>(&value);
    let paths: Vec<_> = found.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "kind",
            "metadata.labels.k",
            "metadata.finalizers",
            "spec.constraints.cluster.labels.0",
            "spec.constraints.cluster.labels.2",
            "spec.constraints.migration",
            "spec.hooks.0",
            "spec.backoff",
            "spec.migration_strategy",
            "metadata.name",
            "metadata.labels.key!",
            "spec.manifest.0",
        ]
    );
    let messages: Vec<_> = found.iter().map(|(_, message)| message.as_str()).collect();
    assert_eq!(messages[2], "Field may not be null.");
    assert!(
        messages[3].starts_with("Invalid label constraint"),
        "{}",
        messages[3]
    );
    assert_eq!(messages[5], "Not a valid boolean.");
    assert_eq!(messages[7], "Not a valid integer.");
}

#[test]
fn missing_and_null_members_are_named_as_in_the_original() {
    assert_violations::<Application>(
        &json!({"metadata": {}, "spec": {"constraints": {"cluster": null}}}),
        &[
            ("metadata.name", "Missing data for required field."),
            ("spec.manifest", "Missing data for required field."),
            ("spec.constraints.cluster", "Field may not be null."),
        ],
    );
    assert_violations::<Application>(
        &json!({"metadata": {"name": "a"}}),
        &[("spec", "Missing data for required field.")],
    );
    assert_violations::<Application>(&json!([]), &[("_schema", "Invalid input type.")]);
    assert_violations::<Cluster>(
        &json!({"metadata": {"name": "a"}, "spec": {"constraints": null, "kubeconfig": "text"}}),
        &[
            ("spec.kubeconfig._schema", "Invalid input type."),
            ("spec.constraints", "Field may not be null."),
        ],
    );
}

#[test]
fn polymorphic_members_name_the_type_or_the_body_that_is_wrong() {
    let provider = |spec: Value| json!({"metadata": {"name": "p"}, "spec": spec});
    assert_violations::<MetricsProvider>(
        &provider(json!({"type": "abacus"})),
        &[("spec.type", "Unknown type 'abacus'")],
    );
    assert_violations::<MetricsProvider>(
        &provider(json!({"type": "static"})),
        &[("spec.static", "Field is required")],
    );
    assert_violations::<MetricsProvider>(
        &provider(json!({"static": {}})),
        &[("spec.type", "Missing data for required field.")],
    );
    assert_violations::<MetricsProvider>(
        &provider(json!({"type": "static", "static": {"metrics": {"a": "high"}}})),
        &[("spec.static.metrics.a", "Not a valid number.")],
    );
    let read: MetricsProvider = read(&provider(
        json!({"type": "static", "static": {"metrics": {"a": "1"}}, "influx": 5}),
    ))
    .unwrap();
    assert!(matches!(read.spec, MetricsProviderSpec::Static { .. }));
}

#[test]
fn what_only_the_server_sets_may_be_nonsense_in_a_write() {
    let mut value = application();
    value["status"] = json!("broken");
    value["metadata"]["created"] = json!(5);
    value["metadata"]["deleted"] = json!("yesterday");
    value["metadata"]["uid"] = json!(null);
    read::<Application>(&value).unwrap();
    let status = decode::<Application>(value.to_string().as_bytes(), Purpose::Status, |_| {});
    assert!(matches!(status, Err(DecodeError::Invalid(_))));
}

#[test]
fn malformed_json_is_located_and_deep_or_huge_input_is_refused_quietly() {
    let read = |text: &str| decode::<Application>(text.as_bytes(), Purpose::Write, |_| {});
    let Err(DecodeError::Malformed { line, column, .. }) = read("{\n  \"a\": }") else {
        panic!()
    };
    assert_eq!((line, column), (2, 8));
    let deep = "[".repeat(100_000);
    assert!(matches!(read(&deep), Err(DecodeError::Malformed { .. })));
    assert!(matches!(
        read(r#"{"metadata": 1e999}"#),
        Err(DecodeError::Malformed { .. })
    ));
    assert!(matches!(read("\u{feff}{}"), Err(DecodeError::Malformed { .. })));
    assert!(matches!(read(""), Err(DecodeError::Malformed { .. })));
    assert!(matches!(
        read(&format!(
            r#"{{"metadata":{{"name":"a"}},"spec":{{"backoff":{}}}}}"#,
            "9".repeat(400)
        )),
        Err(DecodeError::Malformed { .. } | DecodeError::Invalid(_))
    ));
}

/// Every required member filled with the least, then read both ways.
fn all_kinds(check: impl Fn(&Value)) {
    for value in [
        application(),
        json!({}),
        json!({"metadata": {"name": "x"}, "spec": {}}),
        json!({"spec": null}),
    ] {
        check(&value);
    }
}

#[test]
fn the_placeholder_of_every_kind_is_read_by_serde() {
    fn holds<K: Kind>(value: &Value) {
        let mut violations = Violations::new();
        let conformed = lenient::conform::<K>(value.clone(), &mut violations);
        let read = serde_json::from_value::<K>(conformed.clone());
        assert!(read.is_ok(), "{} {conformed} {read:?}", K::KIND);
    }
    all_kinds(|value| {
        holds::<Role>(value);
        holds::<RoleBinding>(value);
        holds::<GlobalMetric>(value);
        holds::<GlobalMetricsProvider>(value);
        holds::<Metric>(value);
        holds::<MetricsProvider>(value);
        holds::<Application>(value);
        holds::<Cluster>(value);
        holds::<GlobalInfrastructureProvider>(value);
        holds::<InfrastructureProvider>(value);
        holds::<GlobalCloud>(value);
        holds::<Cloud>(value);
        holds::<Project>(value);
        holds::<MagnumCluster>(value);
    });
}

fn arbitrary_json() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "metadata",
        "spec",
        "status",
        "name",
        "labels",
        "kind",
        "type",
        "static",
        "metrics",
        "manifest",
        "constraints",
        "cluster",
        "kubeconfig",
        "owners",
        "rules",
        "verbs",
        "x",
        "openstack",
        "auth",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z!<> ]{0,8}".prop_map(Value::from),
        Just(json!("static")),
        Just(json!("openstack")),
    ];
    leaf.prop_recursive(6, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..6).prop_map(|members| {
                Value::Object(
                    members
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect::<Map<_, _>>(),
                )
            }),
        ]
    })
}

/// Never panics, and what was accepted reads back as itself.
fn total<K: Kind + PartialEq>(value: &Value) {
    if let Ok(object) = read::<K>(value) {
        let text = serde_json::to_value(&object).unwrap();
        let again: K = read(&text).unwrap();
        assert_eq!(serde_json::to_value(&again).unwrap(), text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_document_makes_reading_panic(value in arbitrary_json()) {
        total::<Application>(&value);
        total::<Cluster>(&value);
        total::<MetricsProvider>(&value);
        total::<GlobalCloud>(&value);
        total::<Role>(&value);
        total::<MagnumCluster>(&value);
    }

    #[test]
    fn no_text_makes_reading_panic(text in ".{0,200}") {
        let _ = decode::<Application>(text.as_bytes(), Purpose::Write, |_| {});
    }
}
