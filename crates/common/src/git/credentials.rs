//! What opens a repository: passwords, tokens, certificates, keys. They stay in memory and are shown nowhere.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretSlice, SecretString};

use super::address::Address;

/// What is shown to the server of a repository, and what the server has to show. `Debug` shows no secret.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    pub(super) login: Option<Login>,
    /// Certificate authorities of the server, PEM; without, those of the system.
    pub(super) authorities: Option<Vec<u8>>,
    pub(super) certificate: Option<ClientCertificate>,
    pub(super) ssh: Option<SshIdentity>,
}

/// Who asks, over HTTP.
#[derive(Debug, Clone)]
pub(super) enum Login {
    Basic {
        username: String,
        password: SecretString,
    },
    Bearer(SecretString),
}

/// Certificate and key of a client, PEM.
#[derive(Debug, Clone)]
pub(super) struct ClientCertificate {
    pub(super) chain: Vec<u8>,
    pub(super) key: SecretSlice<u8>,
}

/// Who asks over SSH, and which servers are known.
#[derive(Debug, Clone)]
pub(super) struct SshIdentity {
    pub(super) key: SecretString,
    pub(super) password: Option<SecretString>,
    pub(super) known_hosts: String,
}

/// Data of a Secret that open no repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// Keys are not there.
    #[error("the Secret has no {}; {why}", keys.join(" and no "))]
    Missing {
        /// What is not there.
        keys: Vec<&'static str>,
        /// What needs them.
        why: &'static str,
    },
    /// Keys that exclude each other.
    #[error(
        "the Secret has both username and bearerToken; which of them is meant cannot be told, remove one"
    )]
    Both,
    /// Not text.
    #[error("{0} of the Secret is not text")]
    NotText(&'static str),
    /// They would be read on the way.
    #[error("credentials for {0} would travel in the clear; use https")]
    Open(Address),
}

/// Reads the data of a Secret, and remembers what is missing.
struct Data<'a>(&'a BTreeMap<String, Vec<u8>>);

impl Data<'_> {
    fn bytes(&self, key: &str) -> Option<&[u8]> {
        self.0
            .get(key)
            .map(Vec::as_slice)
            .filter(|bytes| !bytes.is_empty())
    }

    fn text(&self, key: &'static str) -> Result<Option<String>, CredentialsError> {
        let text = self.bytes(key).map(std::str::from_utf8).transpose();
        let text = text.map_err(|_| CredentialsError::NotText(key))?;
        Ok(text.map(str::to_owned))
    }

    fn secret(&self, key: &'static str) -> Result<Option<SecretString>, CredentialsError> {
        Ok(self.text(key)?.map(SecretString::from))
    }

    fn require(&self, keys: &[&'static str], why: &'static str) -> Result<(), CredentialsError> {
        let missing: Vec<_> = keys
            .iter()
            .copied()
            .filter(|key| self.bytes(key).is_none())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(CredentialsError::Missing { keys: missing, why })
    }

    fn has_any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.bytes(key).is_some())
    }
}

impl Credentials {
    /// Reads the data of a Secret with the keys that GitOps sources have: `username` and `password`, `bearerToken`,
    /// `ca.crt` or `caFile`, `tls.crt` and `tls.key`; for ssh `identity`, `known_hosts` and perhaps `password`. What
    /// the address has no use for is ignored.
    pub fn from_secret(
        data: &BTreeMap<String, Vec<u8>>,
        address: &Address,
    ) -> Result<Self, CredentialsError> {
        let data = Data(data);
        if address.is_ssh() {
            let ssh = Some(read_ssh(&data)?);
            return Ok(Self {
                ssh,
                ..Self::default()
            });
        }
        let credentials = Self {
            login: read_login(&data)?,
            authorities: data
                .bytes("ca.crt")
                .or_else(|| data.bytes("caFile"))
                .map(<[u8]>::to_vec),
            certificate: read_certificate(&data)?,
            ssh: None,
        };
        if address.is_open() && credentials.are_secret() {
            return Err(CredentialsError::Open(address.clone()));
        }
        Ok(credentials)
    }

    /// They open something, and so may not be shown to another server.
    pub(super) fn are_secret(&self) -> bool {
        self.login.is_some() || self.certificate.is_some() || self.ssh.is_some()
    }

    /// The text of a server without the secrets that it may repeat.
    pub(super) fn mask(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in self.secrets() {
            if !secret.is_empty() {
                text = text.replace(&secret, "***");
            }
        }
        text
    }

    fn secrets(&self) -> Vec<String> {
        let mut secrets = Vec::new();
        match &self.login {
            Some(Login::Basic { username, password }) => {
                secrets.push(basic(username, password));
                secrets.push(password.expose_secret().to_owned());
            }
            Some(Login::Bearer(token)) => secrets.push(token.expose_secret().to_owned()),
            None => {}
        }
        let password = self.ssh.as_ref().and_then(|ssh| ssh.password.as_ref());
        secrets.extend(password.map(|password| password.expose_secret().to_owned()));
        secrets
    }
}

/// What HTTP's basic scheme sends.
pub(super) fn basic(username: &str, password: &SecretString) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(format!("{username}:{}", password.expose_secret()))
}

fn read_ssh(data: &Data<'_>) -> Result<SshIdentity, CredentialsError> {
    data.require(
        &["identity", "known_hosts"],
        "ssh needs a key, and the keys of the server (ssh-keyscan HOST, compared with what its owner publishes)",
    )?;
    Ok(SshIdentity {
        key: data.secret("identity")?.unwrap_or_default(),
        password: data.secret("password")?,
        known_hosts: data.text("known_hosts")?.unwrap_or_default(),
    })
}

fn read_login(data: &Data<'_>) -> Result<Option<Login>, CredentialsError> {
    let token = data.secret("bearerToken")?;
    if !data.has_any(&["username", "password"]) {
        return Ok(token.map(Login::Bearer));
    }
    if token.is_some() {
        return Err(CredentialsError::Both);
    }
    data.require(&["username", "password"], "basic authentication needs both")?;
    Ok(Some(Login::Basic {
        username: data.text("username")?.unwrap_or_default(),
        password: data.secret("password")?.unwrap_or_default(),
    }))
}

fn read_certificate(data: &Data<'_>) -> Result<Option<ClientCertificate>, CredentialsError> {
    if !data.has_any(&["tls.crt", "tls.key"]) {
        return Ok(None);
    }
    data.require(&["tls.crt", "tls.key"], "a client certificate needs both")?;
    let bytes = |key| data.bytes(key).unwrap_or_default().to_vec();
    Ok(Some(ClientCertificate {
        chain: bytes("tls.crt"),
        key: SecretSlice::from(bytes("tls.key")),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: &str, data: &[(&str, &str)]) -> Result<Credentials, CredentialsError> {
        let data = data
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec()));
        Credentials::from_secret(&data.collect(), &address.parse().unwrap())
    }

    #[test]
    fn what_is_missing_is_named() {
        for (address, data, missing) in [
            (
                "ssh://git@example.org/x",
                &[("identity", "key")][..],
                "no known_hosts",
            ),
            ("ssh://git@example.org/x", &[], "no identity and no known_hosts"),
            ("https://example.org/x", &[("username", "me")], "no password"),
            ("https://example.org/x", &[("password", "canary")], "no username"),
            ("https://example.org/x", &[("tls.key", "canary")], "no tls.crt"),
        ] {
            let error = read(address, data).unwrap_err().to_string();
            assert!(error.contains(missing), "{error}");
            assert!(!error.contains("canary"));
        }
    }

    #[test]
    fn two_ways_to_log_in_are_one_too_many() {
        let data = [("username", "me"), ("password", "x"), ("bearerToken", "y")];
        assert_eq!(
            read("https://example.org/x", &data).unwrap_err(),
            CredentialsError::Both
        );
    }

    #[test]
    fn credentials_do_not_travel_in_the_clear() {
        let error = read("http://example.org/x", &[("bearerToken", "canary")]).unwrap_err();
        assert!(matches!(error, CredentialsError::Open(_)));
        assert!(read("http://example.org/x", &[("ca.crt", "x")]).is_ok());
    }

    #[test]
    fn no_secret_is_shown() {
        let data = [
            ("username", "me"),
            ("password", "canary"),
            ("tls.crt", "x"),
            ("tls.key", "canary"),
        ];
        let https = read("https://example.org/x", &data).unwrap();
        let data = [
            ("identity", "canary"),
            ("known_hosts", "x"),
            ("password", "canary"),
        ];
        let ssh = read("ssh://example.org/x", &data).unwrap();
        assert!(!format!("{https:?} {ssh:?}").contains("canary"));
    }

    #[test]
    fn a_server_that_repeats_a_secret_is_not_quoted_with_it() {
        let data = [("username", "me"), ("password", "canary")];
        let https = read("https://example.org/x", &data).unwrap();
        let said = https.mask("denied canary, you sent bWU6Y2FuYXJ5");
        assert_eq!(said, "denied ***, you sent ***");
    }
}
