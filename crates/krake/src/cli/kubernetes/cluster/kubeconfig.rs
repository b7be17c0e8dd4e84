//! A user's kubeconfig made fit for the server: one context, everything inline, nothing that would have to
//! run a program or read a file there.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::cli::documents;
use crate::cli::error::CliError;

/// Why a kubeconfig cannot be registered.
#[derive(Debug, thiserror::Error)]
pub enum KubeconfigError {
    /// The context does not exist, or none is named.
    #[error("the kubeconfig has no context '{0}'")]
    NoContext(String),
    /// No context is named or current.
    #[error("the kubeconfig names no current context; choose one with --context")]
    NoCurrentContext,
    /// The context points to an entry that is not there.
    #[error("the kubeconfig has no {kind} '{name}', to which its context points")]
    NoEntry {
        /// `cluster` or `user`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// The user logs in through a program.
    #[error(
        "user '{user}' logs in by '{member}', which would have to run a program on Krake's server; \
         use a service account's token or a client certificate instead (kubectl create token NAME --duration 8760h)"
    )]
    RunsProgram {
        /// Its name.
        user: String,
        /// `exec` or `auth-provider`.
        member: &'static str,
    },
    /// The cluster is reached through a proxy.
    #[error("cluster '{0}' is reached through a proxy (proxy-url), which Krake's server does not use")]
    Proxy(String),
    /// A file that an entry names cannot be read.
    #[error("cannot read {path}, which the kubeconfig names as '{member}'")]
    Unreadable {
        /// Member, `client-key`.
        member: &'static str,
        /// File.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
}

/// Members that name a file, and under which name its content goes.
const FILES: [(&str, &str, Inline); 4] = [
    (
        "certificate-authority",
        "certificate-authority-data",
        Inline::Base64,
    ),
    ("client-certificate", "client-certificate-data", Inline::Base64),
    ("client-key", "client-key-data", Inline::Base64),
    ("tokenFile", "token", Inline::Text),
];

#[derive(Clone, Copy)]
enum Inline {
    Base64,
    Text,
}

/// Reduces a kubeconfig to one context and inlines the files it names, relative ones from `directory`.
/// Returns it with the name of its cluster.
pub(super) fn reduce(
    kubeconfig: &Value,
    context: Option<&str>,
    directory: &Path,
) -> Result<(String, Map<String, Value>), KubeconfigError> {
    let context_name = context
        .or_else(|| {
            kubeconfig
                .get("current-context")
                .and_then(Value::as_str)
                .filter(|name| !name.is_empty())
        })
        .ok_or(KubeconfigError::NoCurrentContext)?;
    let context = entry(kubeconfig, "contexts", "context", context_name)
        .ok_or_else(|| KubeconfigError::NoContext(context_name.to_owned()))?;
    let (cluster_name, cluster) = pointed_to(kubeconfig, context, "clusters", "cluster")?;
    let (user_name, user) = pointed_to(kubeconfig, context, "users", "user")?;
    refuse_programs(&user_name, user)?;
    if present(cluster, "proxy-url") {
        return Err(KubeconfigError::Proxy(cluster_name));
    }
    let reduced = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "preferences": {},
        "current-context": context_name,
        "contexts": [{"name": context_name, "context": context}],
        "clusters": [{"name": &cluster_name, "cluster": inline(cluster, directory)?}],
        "users": [{"name": user_name, "user": inline(user, directory)?}],
    });
    let Value::Object(reduced) = reduced else {
        return Ok((cluster_name, Map::new()));
    };
    Ok((cluster_name, reduced))
}

fn entry<'a>(kubeconfig: &'a Value, list: &str, member: &str, name: &str) -> Option<&'a Value> {
    let entries = kubeconfig.get(list)?.as_array()?;
    let found = entries
        .iter()
        .find(|entry| entry.get("name").and_then(Value::as_str) == Some(name))?;
    found.get(member)
}

fn pointed_to<'a>(
    kubeconfig: &'a Value,
    context: &Value,
    list: &'static str,
    kind: &'static str,
) -> Result<(String, &'a Value), KubeconfigError> {
    let name = context
        .get(kind)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    match entry(kubeconfig, list, kind, &name) {
        Some(body) => Ok((name, body)),
        None => Err(KubeconfigError::NoEntry { kind, name }),
    }
}

fn refuse_programs(name: &str, user: &Value) -> Result<(), KubeconfigError> {
    match ["exec", "auth-provider"]
        .into_iter()
        .find(|member| present(user, member))
    {
        Some(member) => Err(KubeconfigError::RunsProgram {
            user: name.to_owned(),
            member,
        }),
        None => Ok(()),
    }
}

fn present(body: &Value, member: &str) -> bool {
    body.get(member)
        .is_some_and(|value| !value.is_null() && value.as_str() != Some(""))
}

fn inline(body: &Value, directory: &Path) -> Result<Value, KubeconfigError> {
    let mut members = body.as_object().cloned().unwrap_or_default();
    for (member, data, form) in FILES {
        let Some(Value::String(path)) = members.remove(member) else {
            continue;
        };
        if path.is_empty() || (members.contains_key(data) && matches!(form, Inline::Base64)) {
            continue;
        }
        let path = directory.join(path);
        let content = std::fs::read(&path).map_err(|source| KubeconfigError::Unreadable {
            member,
            path: path.clone(),
            source,
        })?;
        let content = match form {
            Inline::Base64 => STANDARD.encode(content),
            Inline::Text => String::from_utf8_lossy(&content).trim().to_owned(),
        };
        members.insert(data.to_owned(), Value::String(content));
    }
    Ok(Value::Object(members))
}

/// Reads a kubeconfig file and makes it fit for the server.
pub(super) fn read(path: &Path, context: Option<&str>) -> Result<(String, Map<String, Value>), CliError> {
    let kubeconfig = documents::read(path)?.into_iter().next().unwrap_or_default();
    let directory = path.parent().unwrap_or(Path::new("."));
    reduce(&kubeconfig, context, directory).map_err(|source| CliError::Kubeconfig {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kubeconfig(user: &Value) -> Value {
        json!({
            "current-context": "b",
            "contexts": [
                {"name": "a", "context": {"cluster": "one", "user": "alice"}},
                {"name": "b", "context": {"cluster": "two", "user": "bob"}},
            ],
            "clusters": [
                {"name": "one", "cluster": {"server": "https://one"}},
                {"name": "two", "cluster": {"server": "https://two", "certificate-authority": "ca.pem"}},
            ],
            "users": [{"name": "alice", "user": {"token": "t"}}, {"name": "bob", "user": user}],
        })
    }

    #[test]
    fn one_context_remains_and_its_files_are_inlined() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("ca.pem"), "CA").unwrap();
        std::fs::write(directory.path().join("token"), "secret\n").unwrap();
        let (name, reduced) = reduce(
            &kubeconfig(&json!({"tokenFile": "token"})),
            None,
            directory.path(),
        )
        .unwrap();
        assert_eq!(name, "two");
        let reduced = Value::Object(reduced);
        assert_eq!(
            reduced["clusters"][0]["cluster"]["certificate-authority-data"],
            "Q0E="
        );
        assert_eq!(
            reduced["clusters"][0]["cluster"].get("certificate-authority"),
            None
        );
        assert_eq!(
            reduced["users"],
            json!([{"name": "bob", "user": {"token": "secret"}}])
        );
        assert_eq!(reduced["contexts"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn a_user_that_logs_in_through_a_program_is_refused_before_anything_is_sent() {
        let config = kubeconfig(&json!({"exec": {"command": "aws"}}));
        let error = reduce(&config, None, Path::new(".")).unwrap_err();
        assert!(matches!(
            error,
            KubeconfigError::RunsProgram { member: "exec", .. }
        ));
        assert!(reduce(&config, Some("a"), Path::new(".")).is_ok());
    }

    #[test]
    fn a_missing_file_or_context_is_named() {
        let config = kubeconfig(&json!({}));
        let error = reduce(&config, None, Path::new("/nowhere")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot read /nowhere/ca.pem, which the kubeconfig names as 'certificate-authority'"
        );
        let error = reduce(&config, Some("c"), Path::new(".")).unwrap_err();
        assert_eq!(error.to_string(), "the kubeconfig has no context 'c'");
    }
}
