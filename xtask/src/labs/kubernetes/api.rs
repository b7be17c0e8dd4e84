//! The few requests that the lab itself makes of its API servers.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// A client of one API server.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    agent: Agent,
    server: String,
    bearer: String,
}

/// A status code and the document that came with it.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) document: Value,
}

impl Api {
    /// A client as one of the lab's own kubeconfigs describes it.
    pub(crate) fn new(kubeconfig: &Path) -> Result<Self> {
        let bytes = fs::read(kubeconfig).with_context(|| format!("cannot read {}", kubeconfig.display()))?;
        let config = serde_json::from_slice::<Value>(&bytes)?;
        let field = |pointer: &str| {
            config
                .pointer(pointer)
                .and_then(Value::as_str)
                .with_context(|| format!("no {pointer} in the kubeconfig"))
        };
        let authority = STANDARD.decode(field("/clusters/0/cluster/certificate-authority-data")?)?;
        Ok(Self {
            agent: agent(&authority)?,
            server: field("/clusters/0/cluster/server")?.to_owned(),
            bearer: format!("Bearer {}", field("/users/0/user/token")?),
        })
    }

    pub(crate) fn get(&self, path: &str) -> Result<Answer> {
        let request = self
            .agent
            .get(format!("{}{path}", self.server))
            .header("authorization", &self.bearer);
        answer(request.call()?)
    }

    /// Creates an object; one that is there already is left as it is.
    pub(crate) fn create(&self, path: &str, object: &Value) -> Result<()> {
        let request = self
            .agent
            .post(format!("{}{path}", self.server))
            .header("authorization", &self.bearer);
        let answer = answer(request.send_json(object)?)?;
        match answer.status {
            200..=299 | 409 => Ok(()),
            status => bail!("the API server refuses {path} with {status}: {}", answer.document),
        }
    }

    /// The events of a watch, until the server ends it.
    pub(crate) fn watch(&self, path: &str) -> Result<impl Iterator<Item = Result<Value>> + use<>> {
        let request = self
            .agent
            .get(format!("{}{path}", self.server))
            .header("authorization", &self.bearer);
        let response = request.config().timeout_global(None).build().call()?;
        if response.status() != 200 {
            bail!(
                "the API server answers a watch of {path} with {}",
                response.status()
            );
        }
        let lines = BufReader::new(response.into_body().into_reader()).lines();
        Ok(lines.map(|line| Ok(serde_json::from_str(&line?)?)))
    }

    pub(crate) fn delete(&self, path: &str) -> Result<()> {
        let request = self
            .agent
            .delete(format!("{}{path}", self.server))
            .header("authorization", &self.bearer);
        match request.call()?.status().as_u16() {
            200..=299 | 404 => Ok(()),
            status => bail!("the API server refuses to delete {path} with {status}"),
        }
    }

    /// Whether it answers and says that it is ready.
    pub(crate) fn is_ready(&self) -> bool {
        self.get("/readyz").is_ok_and(|answer| answer.status == 200)
    }
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> Result<Answer> {
    let status = response.status().as_u16();
    let text = response
        .body_mut()
        .with_config()
        .limit(64 << 20)
        .read_to_string()?;
    // /readyz answers in plain text.
    let document = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Ok(Answer { status, document })
}

fn agent(authority: &[u8]) -> Result<Agent> {
    let roots = RootCerts::from(vec![Certificate::from_pem(authority)?]);
    let tls = TlsConfig::builder()
        .root_certs(roots)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(10)));
    Ok(config.build().new_agent())
}
