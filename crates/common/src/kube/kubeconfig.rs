//! From a kubeconfig that a stranger wrote to a client configuration that runs nothing and reads no file
//! (GHSA-vvmq-fwmg-2gjc is what happens otherwise).

use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::Value;

use super::error::Failure;

const FORBIDDEN_USER: [&str; 5] = [
    "exec",
    "auth-provider",
    "tokenFile",
    "client-certificate",
    "client-key",
];
const FORBIDDEN_CLUSTER: [&str; 2] = ["certificate-authority", "proxy-url"];

/// Checks a kubeconfig and reads its current context, or its only one.
pub(super) async fn read(kubeconfig: &Value) -> Result<kube::Config, Failure> {
    forbid(kubeconfig, "users", "user", &FORBIDDEN_USER)?;
    forbid(kubeconfig, "clusters", "cluster", &FORBIDDEN_CLUSTER)?;
    // The parser's own words could repeat a token, so they are dropped.
    let parsed: Kubeconfig =
        serde_json::from_value(kubeconfig.clone()).map_err(|_| refuse("$", "it is not a kubeconfig"))?;
    let options = KubeConfigOptions {
        context: Some(context(&parsed)?),
        cluster: None,
        user: None,
    };
    let mut config = kube::Config::from_custom_kubeconfig(parsed, &options)
        .await
        .map_err(|error| refuse("$", &crate::causes::chain(&error)))?;
    // Kube takes a proxy from the environment, which is not ours to read.
    config.proxy_url = None;
    check_server(&config.cluster_url)?;
    Ok(config)
}

fn refuse(path: impl Into<String>, why: &str) -> Failure {
    Failure::Kubeconfig {
        path: path.into(),
        why: why.to_owned(),
    }
}

fn context(kubeconfig: &Kubeconfig) -> Result<String, Failure> {
    match (
        kubeconfig.current_context.as_deref(),
        kubeconfig.contexts.as_slice(),
    ) {
        (Some(current), _) if !current.is_empty() => Ok(current.to_owned()),
        (_, [only]) => Ok(only.name.clone()),
        _ => Err(refuse("current-context", "it does not say which context to use")),
    }
}

fn check_server(server: &http::Uri) -> Result<(), Failure> {
    match server.scheme_str() {
        Some("http" | "https") if server.host().is_some() => Ok(()),
        _ => Err(refuse(
            "clusters.0.cluster.server",
            "it must be an http or https URL",
        )),
    }
}

fn forbid(kubeconfig: &Value, list: &str, member: &str, forbidden: &[&str]) -> Result<(), Failure> {
    let entries = kubeconfig.get(list).and_then(Value::as_array);
    for (index, entry) in entries.into_iter().flatten().enumerate() {
        for name in forbidden {
            if entry
                .get(member)
                .and_then(|body| body.get(name))
                .is_some_and(|value| !value.is_null())
            {
                return Err(refuse(
                    format!("{list}.{index}.{member}.{name}"),
                    "programs, paths and proxies are not followed on a server; put data inline",
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kubeconfig() -> Value {
        json!({
            "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
            "users": [{"name": "u", "user": {"token": "canary"}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", "namespace": "tarn"}}],
        })
    }

    #[tokio::test]
    async fn the_only_context_is_used_when_none_is_chosen() {
        let config = read(&kubeconfig()).await.unwrap();
        assert_eq!(config.default_namespace, "tarn");
    }

    #[tokio::test]
    async fn what_runs_a_program_or_reads_a_file_is_refused_with_its_path() {
        for (list, member, name, value) in [
            (
                "users",
                "user",
                "exec",
                json!({"command": "touch", "args": ["owned"]}),
            ),
            ("users", "user", "auth-provider", json!({"name": "oidc"})),
            ("users", "user", "tokenFile", json!("/etc/passwd")),
            ("users", "user", "client-certificate", json!("/a")),
            ("users", "user", "client-key", json!("/a")),
            ("clusters", "cluster", "certificate-authority", json!("/a")),
            ("clusters", "cluster", "proxy-url", json!("http://proxy.example")),
        ] {
            let mut config = kubeconfig();
            config[list][0][member][name] = value;
            let Err(Failure::Kubeconfig { path, why }) = read(&config).await else {
                panic!("{name} was accepted");
            };
            assert_eq!(path, format!("{list}.0.{member}.{name}"));
            assert!(!why.contains("canary"));
        }
    }

    #[tokio::test]
    async fn a_refusal_does_not_repeat_secrets() {
        let mut config = kubeconfig();
        config["users"][0]["user"]["token"] = json!(["canary"]);
        let failure = read(&config).await.unwrap_err();
        assert!(!failure.to_string().contains("canary"), "{failure}");
    }

    #[tokio::test]
    async fn a_server_that_is_no_url_is_refused() {
        for server in ["ftp://x", "/var/run/x", "127.0.0.1"] {
            let mut config = kubeconfig();
            config["clusters"][0]["cluster"]["server"] = json!(server);
            assert!(read(&config).await.is_err(), "{server}");
        }
    }
}
