//! Sources from real git servers: what is fetched, who is let in, what happens when a server fails. Letters in the
//! comments are those of the specification's stories.

#![cfg(test)]

mod https;
mod outages;
mod references;
mod rewrites;
mod sizes;
mod ssh;

use std::collections::BTreeMap;
use std::path::Path;

use alasca_tests::git::{HttpServer, Repository};
use common::git::{Address, Credentials, Error, Mirror, Reference, Remote, Revision};
use tempfile::TempDir;

/// A secret that must be nowhere.
const CANARY: &str = "canary-9f2c";

/// A folder of repositories and mirrors.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("git").tempdir().unwrap();
        Self { folder }
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    /// A repository `landscape.git` whose branch `main` has one commit.
    fn repository(&self) -> Repository {
        let repository = Repository::create(self.root(), "landscape", "main").unwrap();
        repository
            .write("u/a.yaml", "a: 1\n")
            .unwrap()
            .commit("first")
            .unwrap();
        repository
    }

    async fn mirror(&self) -> Mirror {
        Mirror::open(&self.root().join("mirror")).await.unwrap()
    }

    /// No file of the mirrors has the canary in it.
    fn assert_no_canary(&self) {
        let mut folders = vec![self.root().join("mirror")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().path())
            {
                if entry.is_dir() {
                    folders.push(entry);
                } else {
                    let bytes = std::fs::read(&entry).unwrap();
                    let found = bytes
                        .windows(CANARY.len())
                        .any(|window| window == CANARY.as_bytes());
                    assert!(!found, "{}", entry.display());
                }
            }
        }
    }
}

fn remote(url: &str, secret: &[(&str, &str)]) -> Remote {
    let address: Address = url.parse().unwrap();
    let data: BTreeMap<_, _> = secret
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec()))
        .collect();
    let credentials = Credentials::from_secret(&data, &address).unwrap();
    Remote {
        credentials,
        ..Remote::new(address)
    }
}

/// A remote that trusts the server's authority.
fn trusting(server: &HttpServer, secret: &[(&str, &str)]) -> Remote {
    let authority = server.authority().unwrap().pem();
    let mut secret = secret.to_vec();
    secret.push(("ca.crt", &authority));
    remote(&server.url("landscape"), &secret)
}

fn main_branch() -> Reference {
    Reference::Branch("main".to_owned())
}

/// The error of a fetch, which is nowhere said with the canary.
async fn refusal(mirror: &Mirror, remote: &Remote) -> Error {
    let error = mirror.fetch(remote, &main_branch()).await.unwrap_err();
    assert!(
        !format!("{error} {error:?} {remote:?}").contains(CANARY),
        "{error:?}"
    );
    error
}

fn named(revision: &Revision) -> &str {
    revision.name.as_deref().unwrap_or("")
}
