//! Which kubeconfigs a server accepts: one context, one user, one cluster, everything inline. What would
//! run a program or read a file on the server is refused (GHSA-vvmq-fwmg-2gjc is what happens otherwise).

use serde_json::{Map, Value};

use super::Violations;

/// Members of a user entry that a server must not follow, and why.
const FORBIDDEN_USER: [(&str, &str); 5] = [
    (
        "exec",
        "A plug-in program cannot run on the server; use a token or an inline client certificate.",
    ),
    (
        "auth-provider",
        "An auth provider cannot run on the server; use a token or an inline client certificate.",
    ),
    (
        "tokenFile",
        "A path would be read on the server; put the token inline.",
    ),
    (
        "client-certificate",
        "A path would be read on the server; inline it as client-certificate-data.",
    ),
    (
        "client-key",
        "A path would be read on the server; inline it as client-key-data.",
    ),
];

/// Members of a cluster entry that a server must not follow, and why.
const FORBIDDEN_CLUSTER: [(&str, &str); 2] = [
    (
        "certificate-authority",
        "A path would be read on the server; inline it as certificate-authority-data.",
    ),
    (
        "proxy-url",
        "The server connects directly; a proxy is not accepted.",
    ),
];

/// Reports everything that is wrong with a kubeconfig, without echoing its secrets.
pub(super) fn check(kubeconfig: &Map<String, Value>, violations: &mut Violations) {
    let context = only_entry(kubeconfig, "contexts", "context", violations);
    let user = only_entry(kubeconfig, "users", "user", violations);
    let cluster = only_entry(kubeconfig, "clusters", "cluster", violations);
    forbid(
        user.map(|entry| entry.1),
        "spec.kubeconfig.users.0.user",
        &FORBIDDEN_USER,
        violations,
    );
    forbid(
        cluster.map(|entry| entry.1),
        "spec.kubeconfig.clusters.0.cluster",
        &FORBIDDEN_CLUSTER,
        violations,
    );
    if let Some((_, body)) = cluster {
        check_server(body, violations);
    }
    if let Some((name, body)) = context {
        check_context(kubeconfig, name, body, user, cluster, violations);
    }
}

type Entry<'a> = (&'a str, &'a Value);

fn only_entry<'a>(
    kubeconfig: &'a Map<String, Value>,
    list: &str,
    member: &str,
    violations: &mut Violations,
) -> Option<Entry<'a>> {
    let entries = kubeconfig
        .get(list)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let [entry] = entries else {
        let path = format!("spec.kubeconfig.{list}");
        violations.add(path, format!("Invalid kubeconfig. Only one {member} is allowed"));
        return None;
    };
    let name = entry.get("name").and_then(Value::as_str);
    let body = entry.get(member).filter(|body| body.is_object());
    if name.is_none() {
        violations.add(
            format!("spec.kubeconfig.{list}.0.name"),
            "Invalid kubeconfig. The name is missing.",
        );
    }
    if body.is_none() {
        violations.add(
            format!("spec.kubeconfig.{list}.0.{member}"),
            "Invalid kubeconfig. An object is needed here.",
        );
    }
    name.zip(body)
}

fn forbid(body: Option<&Value>, path: &str, forbidden: &[(&str, &str)], violations: &mut Violations) {
    let Some(body) = body else { return };
    for (member, why) in forbidden {
        if body.get(member).is_some_and(|value| !value.is_null()) {
            violations.add(format!("{path}.{member}"), *why);
        }
    }
}

fn check_server(cluster: &Value, violations: &mut Violations) {
    let path = "spec.kubeconfig.clusters.0.cluster.server";
    match cluster.get("server").and_then(Value::as_str) {
        Some(url) if url.starts_with("https://") || url.starts_with("http://") => {}
        Some(_) => violations.add(
            path,
            "Invalid kubeconfig. The server must be an http or https URL.",
        ),
        None => violations.add(path, "Invalid kubeconfig. The server is missing."),
    }
}

fn check_context(
    kubeconfig: &Map<String, Value>,
    name: &str,
    context: &Value,
    user: Option<Entry<'_>>,
    cluster: Option<Entry<'_>>,
    violations: &mut Violations,
) {
    if let Some(current) = kubeconfig.get("current-context").and_then(Value::as_str)
        && !current.is_empty()
        && current != name
    {
        violations.add(
            "spec.kubeconfig.current-context",
            format!("Invalid kubeconfig. There is no context '{current}'."),
        );
    }
    for (member, entry) in [("user", user), ("cluster", cluster)] {
        let named = context.get(member).and_then(Value::as_str);
        if let Some((known, _)) = entry
            && named != Some(known)
        {
            let path = format!("spec.kubeconfig.contexts.0.context.{member}");
            violations.add(
                path,
                format!("Invalid kubeconfig. The context must name the {member} '{known}'."),
            );
        }
    }
}
