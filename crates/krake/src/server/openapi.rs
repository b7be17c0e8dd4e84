//! The OpenAPI document, made from the same table as the routes and the same types as the bodies.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::table::{KINDS, KindEntry, Workload};
use crate::api::{CloudBinding, ClusterBinding, Event, HookToken, MagnumClusterBinding, Scheduling, Scope};

/// The API as an OpenAPI 3.1 document.
pub fn openapi() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
    });
    let mut generator = settings.into_generator();
    let scheduling = generator.subschema_for::<Scheduling>().to_value();
    let mut paths = of_no_kind(&scheduling);
    for kind in KINDS.iter() {
        let schema = (kind.schema)(&mut generator).to_value();
        add_paths(kind, &schema, &mut paths);
    }
    generator.subschema_for::<Event>();
    generator.subschema_for::<ClusterBinding>();
    generator.subschema_for::<CloudBinding>();
    generator.subschema_for::<MagnumClusterBinding>();
    generator.subschema_for::<HookToken>();
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Problem".to_owned(), problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Krake",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Wire-compatible with Krake 1.0.1; members and parameters beyond it are marked.",
        },
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

/// The routes that belong to no kind.
fn of_no_kind(scheduling: &Value) -> Map<String, Value> {
    let object = json!({ "type": "object" });
    let routes = [
        (
            "/",
            "root",
            "Versions of the API and of the server.",
            "200",
            &object,
        ),
        (
            "/me",
            "me",
            "Who asks, and the roles of that user.",
            "200",
            &object,
        ),
        (
            "/release",
            "release",
            "A greeting.",
            "202",
            &json!({ "type": "string" }),
        ),
        (
            "/scheduler",
            "scheduler",
            "How the scheduler is set. Beyond the original.",
            "200",
            scheduling,
        ),
        (
            "/openapi.json",
            "openapi",
            "This document. Beyond the original.",
            "200",
            &object,
        ),
    ];
    let path = |(path, id, description, status, answer): (&str, &str, &str, &str, &Value)| {
        let content = json!({ "application/json": { "schema": answer } });
        let responses = json!({ status: { "description": description, "content": content } });
        (
            path.to_owned(),
            json!({ "get": { "operationId": id, "responses": responses } }),
        )
    };
    routes.into_iter().map(path).collect()
}

fn add_paths(kind: &KindEntry, schema: &Value, paths: &mut Map<String, Value>) {
    let all = format!("/{}/{}", kind.api, kind.plural);
    let list = operation(kind, "list", &LIST, None, &list_of(schema));
    let create = operation(kind, "create", blocking(kind), Some(schema), schema);
    let collection = match kind.scope {
        Scope::Global => all.clone(),
        Scope::Namespaced => format!("/{}/namespaces/{{namespace}}/{}", kind.api, kind.plural),
    };
    if kind.scope == Scope::Namespaced {
        let list_all = operation(kind, "listAll", &LIST, None, &list_of(schema));
        paths.insert(all, json!({ "get": list_all }));
    }
    paths.insert(
        collection.clone(),
        with_path(&collection, json!({ "get": list, "post": create })),
    );
    let object = format!("{collection}/{{name}}");
    let methods = json!({
        "get": operation(kind, "get", &[], None, schema),
        "put": operation(kind, "update", blocking(kind), Some(schema), schema),
        "delete": operation(kind, "delete", deleting(kind), None, schema),
    });
    paths.insert(object.clone(), with_path(&object, methods));
    for part in &kind.sub_resources {
        let body = part_body(kind, part.name, schema);
        let name = format!("update{}", capitalised(part.name));
        let path = format!("{object}/{}", part.name);
        let put = operation(kind, &name, &PRECONDITIONS, body.as_ref(), schema);
        paths.insert(path.clone(), with_path(&path, json!({ "put": put })));
    }
    let event = json!({ "$ref": "#/components/schemas/Event" });
    let events = json!({
        "get": operation(kind, "listEvents", &[], None, &list_of(&event)),
        "post": operation(kind, "recordEvent", &[], Some(&event), &event),
    });
    let path = format!("{object}/events");
    paths.insert(path.clone(), with_path(&path, events));
}

const LIST: [(&str, &str); 6] = [
    (
        "watch",
        "If present, changes are streamed, one JSON document a line.",
    ),
    (
        "heartbeat",
        "Seconds between empty lines on a watch; 0 for none, 10 by default.",
    ),
    (
        "resourceVersion",
        "Revision after which a watch starts; now by default. Beyond the original.",
    ),
    (
        "labelSelector",
        "Labels to select by, in the syntax of Kubernetes. Beyond the original.",
    ),
    ("limit", "Most objects to list. Beyond the original."),
    ("continue", "Token of the previous page. Beyond the original."),
];
const PRECONDITIONS: [(&str, &str); 2] = [
    ("uid", "Only if the object has this uid. Beyond the original."),
    (
        "resourceVersion",
        "Only if the object has this revision. Beyond the original.",
    ),
];
const BLOCKING: [(&str, &str); 1] = [(
    "blocking",
    "State to wait for before answering, for at most 60 seconds.",
)];
const DELETING: [(&str, &str); 4] = [
    ("force", "`True` erases at once."),
    BLOCKING[0],
    PRECONDITIONS[0],
    PRECONDITIONS[1],
];

fn blocking(kind: &KindEntry) -> &'static [(&'static str, &'static str)] {
    match kind.workload {
        Workload::Yes => &BLOCKING,
        Workload::No => &[],
    }
}

fn deleting(kind: &KindEntry) -> &'static [(&'static str, &'static str)] {
    match kind.workload {
        Workload::Yes => &DELETING,
        Workload::No => &PRECONDITIONS,
    }
}

fn part_body(kind: &KindEntry, part: &str, schema: &Value) -> Option<Value> {
    let named = |name: &str| Some(json!({ "$ref": format!("#/components/schemas/{name}") }));
    match (part, kind.kind) {
        ("status", _) => Some(schema.clone()),
        ("binding", "Application") => named("ClusterBinding"),
        ("binding", "Cluster") => named("CloudBinding"),
        ("binding", _) => named("MagnumClusterBinding"),
        ("complete" | "shutdown", _) => named("HookToken"),
        _ => None,
    }
}

fn operation(
    kind: &KindEntry,
    name: &str,
    parameters: &[(&str, &str)],
    body: Option<&Value>,
    answer: &Value,
) -> Value {
    let parameters: Vec<Value> = parameters
        .iter()
        .map(|(name, description)| {
            json!({ "name": name, "in": "query", "description": description, "schema": { "type": "string" } })
        })
        .collect();
    let problem = json!({ "$ref": "#/components/schemas/Problem" });
    let mut operation = json!({
        "operationId": format!("{name}{}", kind.kind),
        "tags": [kind.api],
        "parameters": parameters,
        "responses": {
            "200": { "description": "Done.", "content": { "application/json": { "schema": answer } } },
            "default": {
                "description": "Not done.",
                "content": { "application/problem+json": { "schema": problem } },
            },
        },
    });
    if let (Some(body), Some(operation)) = (body, operation.as_object_mut()) {
        let content = json!({ "required": true, "content": { "application/json": { "schema": body } } });
        operation.insert("requestBody".to_owned(), content);
    }
    operation
}

fn with_path(path: &str, mut item: Value) -> Value {
    let parameters: Vec<Value> = ["namespace", "name"]
        .into_iter()
        .filter(|name| path.contains(&format!("{{{name}}}")))
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    if let Some(item) = item.as_object_mut() {
        item.insert("parameters".to_owned(), json!(parameters));
    }
    item
}

fn list_of(schema: &Value) -> Value {
    json!({
        "type": "object",
        "properties": {
            "api": { "type": "string" },
            "kind": { "type": "string" },
            "metadata": { "type": "object" },
            "items": { "type": "array", "items": schema },
        },
    })
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "RFC 7807. Members that are null are left out.",
        "required": ["type", "status", "detail"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "violations": {
                "type": "array",
                "description": "Every violation of an invalid body. Beyond the original.",
                "items": {
                    "type": "object",
                    "properties": { "path": { "type": "string" }, "message": { "type": "string" } },
                },
            },
        },
    })
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + characters.as_str())
        .unwrap_or_default()
}
