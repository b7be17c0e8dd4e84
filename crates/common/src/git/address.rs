//! Addresses of repositories: `https`, `http`, `ssh` and `file`. A secret in an address is refused, since addresses
//! are shown.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use reqwest::Url;

/// Where a repository is, as it was written; free of secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    text: String,
    pub(super) place: Place,
}

/// How a repository is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Http(Url),
    Ssh(SshPlace),
    File(PathBuf),
}

/// A repository behind an SSH server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SshPlace {
    pub(super) user: String,
    /// Name or address, lower case, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// What the server is asked for: `/group/repository.git`, `~user/repository.git`.
    pub(super) path: String,
}

/// An address that is not one of a repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The short form of ssh.
    #[error("{0:?} is ssh's short form, which has no place for a port; write {1:?}")]
    Short(String, String),
    /// Not a URL.
    #[error(
        "{text:?} is not an address: {why}; write https://HOST/PATH, ssh://USER@HOST/PATH or file:///PATH"
    )]
    Malformed {
        /// As written.
        text: String,
        /// What the parser says.
        why: String,
    },
    /// Another way than ours.
    #[error("repositories are not fetched by {0:?}, only by https, http, ssh and file")]
    Scheme(String),
    /// Credentials in the address.
    #[error(
        "the address of a repository on {0:?} holds a user or password; they belong into the Secret of the source"
    )]
    Secret(String),
    /// Something behind the path.
    #[error("the address of a repository on {0:?} has a query or a fragment, which repositories do not have")]
    Query(String),
    /// No host or no path.
    #[error("{text:?} names no {part}")]
    Missing {
        /// As written.
        text: String,
        /// What is missing.
        part: &'static str,
    },
}

impl Address {
    /// What travels to the server can be read on the way.
    pub fn is_open(&self) -> bool {
        matches!(&self.place, Place::Http(url) if url.scheme() == "http")
    }

    /// Needs an identity and known hosts.
    pub fn is_ssh(&self) -> bool {
        matches!(self.place, Place::Ssh(_))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if !text.contains("://") {
            return Err(short_form(text));
        }
        let url = Url::parse(text).map_err(|error| malformed(text, &error.to_string()))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        if url.password().is_some() || (url.scheme() != "ssh" && !url.username().is_empty()) {
            return Err(AddressError::Secret(host));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(AddressError::Query(host));
        }
        let place = match url.scheme() {
            "http" | "https" => Place::Http(url),
            "ssh" => Place::Ssh(ssh_place(text, &url)?),
            "file" => Place::File(file_place(text, &url)?),
            other => return Err(AddressError::Scheme(other.to_owned())),
        };
        let text = text.to_owned();
        Ok(Self { text, place })
    }
}

/// Text without a scheme: a path, or `user@host:path`.
fn short_form(text: &str) -> AddressError {
    match text.split_once(':') {
        Some((host, path)) if !host.contains('/') && !path.is_empty() => {
            let way_out = format!("ssh://{host}/{}", path.trim_start_matches('/'));
            AddressError::Short(text.to_owned(), way_out)
        }
        _ => malformed(text, "there is no scheme"),
    }
}

fn malformed(text: &str, why: &str) -> AddressError {
    // What cannot be taken apart may hold a password: what stands before an `@` is not shown.
    let shown = match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => {
            format!(
                "{}://…{}",
                text.get(..scheme).unwrap_or_default(),
                text.get(at..).unwrap_or_default()
            )
        }
        _ => text.to_owned(),
    };
    AddressError::Malformed {
        text: shown,
        why: why.to_owned(),
    }
}

fn ssh_place(text: &str, url: &Url) -> Result<SshPlace, AddressError> {
    let missing = |part| AddressError::Missing {
        text: text.to_owned(),
        part,
    };
    let host = url
        .host_str()
        .filter(|host| !host.is_empty())
        .ok_or_else(|| missing("host"))?;
    let path = decoded(url.path()).ok_or_else(|| malformed(text, "its path is no text"))?;
    if path.trim_matches('/').is_empty() {
        return Err(missing("path"));
    }
    let user = decoded(url.username()).ok_or_else(|| malformed(text, "its user is no text"))?;
    Ok(SshPlace {
        user: if user.is_empty() { "git".to_owned() } else { user },
        host: host.trim_matches(['[', ']']).to_ascii_lowercase(),
        port: url.port().unwrap_or(22),
        path: path
            .strip_prefix('/')
            .filter(|rest| rest.starts_with('~'))
            .unwrap_or(&path)
            .to_owned(),
    })
}

fn file_place(text: &str, url: &Url) -> Result<PathBuf, AddressError> {
    url.to_file_path()
        .map_err(|()| malformed(text, "a file's address has no host: file:///PATH"))
}

/// Text without `%2F` and the like; none if it is no text, or has characters that no name has.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| after.get(..2)).flatten();
        let escaped = escaped.and_then(|hex| std::str::from_utf8(hex).ok());
        if let Some(byte) = escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ssh(text: &str) -> SshPlace {
        match text.parse::<Address>().unwrap().place {
            Place::Ssh(place) => place,
            other => panic!("{other:?}"),
        }
    }

    fn refusal(text: &str) -> AddressError {
        text.parse::<Address>().unwrap_err()
    }

    #[test]
    fn an_ssh_address_is_taken_apart_as_git_does() {
        let place = ssh("ssh://Git.Example.org/a/b.git");
        assert_eq!((place.user.as_str(), place.port), ("git", 22));
        assert_eq!(
            (place.host.as_str(), place.path.as_str()),
            ("git.example.org", "/a/b.git")
        );
        let place = ssh("ssh://me@[::1]:2222/~you/b%20c.git");
        assert_eq!((place.user.as_str(), place.port), ("me", 2222));
        assert_eq!(
            (place.host.as_str(), place.path.as_str()),
            ("::1", "~you/b c.git")
        );
    }

    #[test]
    fn the_short_form_is_refused_with_the_long_one_as_the_way_out() {
        let error = refusal("git@git.example.org:group/repository.git").to_string();
        assert!(
            error.contains("ssh://git@git.example.org/group/repository.git"),
            "{error}"
        );
    }

    #[test]
    fn a_secret_in_an_address_is_refused_and_not_repeated() {
        for text in [
            "https://user:canary@example.org/x.git",
            "https://canary@example.org/x.git",
            "ssh://git:canary@example.org/x.git",
            "https://user:canary@exa mple.org/x",
            "https://example.org/x.git?private_token=canary",
        ] {
            let error = refusal(text);
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
    }

    #[test]
    fn what_no_repository_has_is_refused() {
        for text in [
            "ftp://example.org/x",
            "ssh://example.org",
            "ssh:///x",
            "/srv/x",
            "file://other.host/x",
            "git+ssh://x/y",
        ] {
            refusal(text);
        }
    }
}
