//! Layers, origins and errors, seen from outside.

use std::collections::BTreeMap;

use proptest::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::*;

#[derive(Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    /// Where the API listens.
    #[serde(default = "default_listen")]
    listen: String,
    /// Workers per controller.
    #[serde(default = "default_workers")]
    worker_count: u16,
    #[serde(default)]
    tls: Tls,
    /// How events are written.
    #[serde(default)]
    format: Format,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    providers: BTreeMap<String, Provider>,
    /// Signs tokens.
    #[serde(default)]
    #[schemars(extend("writeOnly" = true))]
    token_key: Option<String>,
}

#[derive(Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Tls {
    /// Speak TLS.
    #[serde(default)]
    enabled: bool,
    #[serde(default)]
    client_ca: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Provider {
    url: String,
    #[serde(default)]
    interval: f64,
}

#[derive(Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    /// For people.
    #[default]
    Pretty,
    /// For machines.
    Json,
}

fn default_listen() -> String {
    "127.0.0.1:8080".to_owned()
}

fn default_workers() -> u16 {
    5
}

fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn errors_of(text: &str) -> Vec<String> {
    let errors = Layers::<Config>::new().file("a.yaml", text).load().unwrap_err();
    errors.errors.iter().map(ToString::to_string).collect()
}

#[test]
fn without_a_layer_the_defaults_are_in_force() {
    let loaded = Layers::<Config>::new()
        .file("empty.yaml", "# nothing\n")
        .load()
        .unwrap();
    assert_eq!(loaded.config.worker_count, 5);
    assert!(
        loaded
            .settings
            .iter()
            .all(|setting| setting.origin == Origin::Default)
    );
    let workers = loaded
        .settings
        .iter()
        .find(|setting| setting.key == "worker_count")
        .unwrap();
    assert_eq!(workers.value, json!(5));
}

#[test]
fn later_layers_win_and_every_value_knows_its_origin() {
    let loaded = Layers::<Config>::new()
        .file(
            "a.yaml",
            "worker-count: 7\ntls:\n  enabled: true\n  client-ca: /ca\nlisten: a:1\n",
        )
        .environment(
            "X",
            environment(&[
                ("X_LISTEN", "b:2"),
                ("X_TLS_CLIENT_CA", "/env"),
                ("X_OTHER", "1"),
                ("PATH", ""),
            ]),
        )
        .flag("--listen", "listen", "c:3")
        .load()
        .unwrap();
    assert_eq!(loaded.config.listen, "c:3");
    assert_eq!(
        loaded.config.tls,
        Tls {
            enabled: true,
            client_ca: Some("/env".into())
        }
    );
    assert_eq!(loaded.unused_variables, ["X_OTHER"]);
    let origin = |key: &str| {
        loaded
            .settings
            .iter()
            .find(|setting| setting.key == key)
            .unwrap()
            .origin
            .to_string()
    };
    assert_eq!(origin("worker_count"), "a.yaml:1:15");
    assert_eq!(origin("tls.enabled"), "a.yaml:3:12");
    assert_eq!(origin("tls.client_ca"), "environment variable X_TLS_CLIENT_CA");
    assert_eq!(origin("listen"), "option --listen");
    assert_eq!(origin("format"), "default");
}

#[test]
fn all_errors_are_told_at_once_with_their_places_and_what_was_meant() {
    let text = "lisen: a:1\nworker_count: many\nformat: jsn\ntls:\n  enabld: true\nroles: admin\n\
                providers:\n  p: {interval: 1, uri: x}\n";
    assert_eq!(
        errors_of(text),
        [
            "a.yaml:1:1: unknown key \"lisen\"; did you mean \"listen\"?",
            "a.yaml:2:15: an integer is expected, not \"many\"",
            "a.yaml:3:9: \"jsn\" is none of the values allowed here; did you mean \"json\"?",
            "a.yaml:5:3: unknown key \"enabld\"; did you mean \"enabled\"?",
            "a.yaml:6:8: a list is expected here",
            "a.yaml:8:20: unknown key \"uri\"; did you mean \"url\"?",
            "a.yaml:8:6: the key \"url\" is missing",
        ]
    );
}

#[test]
fn a_key_in_both_spellings_is_given_twice() {
    assert_eq!(
        errors_of("worker-count: 1\nworker_count: 2\n"),
        ["a.yaml:2:1: the key \"worker_count\" is given twice"]
    );
}

#[test]
fn what_is_no_yaml_is_an_error_with_its_place() {
    let errors = errors_of("listen: [a\n");
    assert_eq!(errors.len(), 1);
    assert!(errors[0].starts_with("a.yaml:"), "{errors:?}");
    assert!(errors_of("- a\n")[0].contains("keys and values are expected"));
}

#[test]
fn numbers_out_of_range_and_texts_that_are_none_are_refused_in_every_layer() {
    assert_eq!(
        errors_of("worker_count: 70000\n"),
        ["a.yaml:1:15: 70000 is more than 65535"]
    );
    let errors = Layers::<Config>::new()
        .environment(
            "X",
            environment(&[("X_WORKER_COUNT", "-1"), ("X_TLS_ENABLED", "maybe")]),
        )
        .flag("--format", "format", "xml")
        .flag("--workers", "worker_cont", "1")
        .load()
        .unwrap_err();
    let texts: Vec<String> = errors.errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "environment variable X_WORKER_COUNT: -1 is less than 0",
            "environment variable X_TLS_ENABLED: true or false is expected, not \"maybe\"",
            "option --format: \"xml\" is none of the values allowed here; choose of pretty, json",
            "option --workers: unknown key \"worker_cont\"; did you mean \"worker_count\"?",
        ]
    );
}

#[test]
fn variables_hold_numbers_switches_lists_and_maps() {
    let loaded = Layers::<Config>::new()
        .environment(
            "X",
            environment(&[
                ("X_WORKER_COUNT", "9"),
                ("X_TLS_ENABLED", "yes"),
                ("X_ROLES", "a, b"),
                ("X_PROVIDERS", r#"{"p": {"url": "u"}}"#),
            ]),
        )
        .load()
        .unwrap();
    assert_eq!((loaded.config.worker_count, loaded.config.tls.enabled), (9, true));
    assert_eq!(loaded.config.roles, ["a", "b"]);
    assert_eq!(loaded.config.providers["p"].url, "u");
}

#[test]
fn secrets_are_not_shown() {
    let loaded = Layers::<Config>::new()
        .file("a.yaml", "token_key: canary\n")
        .load()
        .unwrap();
    assert_eq!(loaded.config.token_key.as_deref(), Some("canary"));
    assert!(
        !serde_json::to_string(&loaded.settings)
            .unwrap()
            .contains("canary")
    );
}

#[test]
fn the_reference_page_names_every_key_with_default_and_variable() {
    let page = reference_page::<Config>("Configuration", "X");
    for line in [
        "| `listen` | a text | `127.0.0.1:8080` | `X_LISTEN` | Where the API listens. |",
        "| `worker_count` | an integer | `5` | `X_WORKER_COUNT` | Workers per controller. |",
        "| `tls.enabled` | true or false | `false` | `X_TLS_ENABLED` | Speak TLS. |",
        "| `format` | `pretty`, `json` | `pretty` | `X_FORMAT` | How events are written. |",
        "| `roles` | list of a text | `[]` | `X_ROLES` |  |",
    ] {
        assert!(page.contains(line), "{line} is missing in:\n{page}");
    }
    assert_eq!(
        schema::<Config>()["properties"]["token_key"]["writeOnly"],
        json!(true)
    );
}

#[test]
fn a_diagnostic_shows_the_line_of_the_file() {
    let errors = Layers::<Config>::new()
        .file("a.yaml", "tls:\n  enabld: true\n")
        .load()
        .unwrap_err();
    let mut text = String::new();
    let handler = miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::none());
    handler.render_report(&mut text, &errors).unwrap();
    for part in ["a.yaml:2:3", "enabld: true", "did you mean \"enabled\"?"] {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
}

proptest! {
    #[test]
    fn whatever_a_file_holds_there_is_an_answer_and_never_a_panic(text in "[a-z_:\\- \n\\[\\]{}0-9,\"'&*|>#é]{0,120}") {
        let _ = Layers::<Config>::new().file("a.yaml", &text).load();
    }

    #[test]
    fn a_configuration_that_is_written_out_is_read_back(
        listen in "[a-z0-9:.]{1,20}", worker_count: u16, enabled: bool,
        roles in proptest::collection::vec("[a-z]{1,8}", 0..4),
    ) {
        let tls = Tls { enabled, client_ca: None };
        let (format, providers, token_key) = (Format::Json, BTreeMap::new(), None);
        let config = Config { listen, worker_count, tls, format, roles, providers, token_key };
        let value: Value = serde_json::to_value(&config).unwrap();
        let text = serde_saphyr::to_string(&value).unwrap();
        let loaded = Layers::<Config>::new().file("a.yaml", &text).load().unwrap();
        prop_assert_eq!(loaded.config, config);
    }
}
