//! The revision of a landscape that is in force: the newest that could be fetched.

use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::git::{self, Address, Credentials, Mirror, Reference, Remote, Wish};
use common::kube::{Connection, ObjectId};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::memory::{Memory, Snapshot, Source};
use crate::api::{GitReference, GitSource};
use crate::source;

/// Why a source gives no (new) revision.
#[derive(Debug, thiserror::Error)]
pub(super) enum SourceProblem {
    /// What is asked for cannot be, whatever the server says.
    #[error("the source of the landscape cannot be used: {0}")]
    Invalid(String),
    /// It cannot be fetched at the moment.
    #[error(transparent)]
    Git(#[from] git::Error),
    /// A revision cannot be read.
    #[error(transparent)]
    Snapshot(#[from] source::SnapshotError),
    /// The cluster does not give the credentials.
    #[error(transparent)]
    Cluster(#[from] common::kube::Error),
}

impl SourceProblem {
    /// Whether trying again without a change cannot help.
    pub(super) fn is_permanent(&self) -> bool {
        match self {
            Self::Invalid(_) => true,
            Self::Git(error) => error.class() == git::Class::Permanent,
            Self::Snapshot(_) | Self::Cluster(_) => false,
        }
    }
}

/// Where a source is looked at from.
pub(super) struct Refresh<'a> {
    pub(super) runtime: &'a Connection,
    pub(super) cache: &'a Path,
    pub(super) namespace: &'a str,
    pub(super) landscape: &'a str,
    /// Somebody asked for it at this time.
    pub(super) requested: Option<&'a str>,
}

impl Refresh<'_> {
    /// Fetches if that is due or asked for. On a problem, what was in force before stays in `memory`.
    pub(super) async fn run(&self, memory: &mut Memory, wanted: &GitSource) -> Result<(), SourceProblem> {
        let reference = reference(&wanted.reference)?;
        self.open(memory, wanted, &reference).await?;
        let Some(source) = memory.source.as_mut() else {
            return Ok(());
        };
        let is_due = source
            .looked
            .is_none_or(|looked| looked.elapsed() >= wanted.interval.0);
        let is_asked = self.requested.is_some() && source.handled.as_deref() != self.requested;
        if !is_due && !is_asked && memory.snapshot.is_some() {
            return Ok(());
        }
        source.looked = Some(Instant::now());
        let remote = self.remote(wanted).await;
        let fetched = match remote {
            Ok(remote) => source
                .mirror
                .fetch(&remote, &reference)
                .await
                .map_err(SourceProblem::from),
            Err(problem) => Err(problem),
        };
        source.handled = self.requested.map(str::to_owned);
        let (revision, problem) = match fetched {
            Ok(revision) => (Some(revision), None),
            Err(problem) => (source.mirror.last(&reference).await?, Some(problem)),
        };
        let is_known = |snapshot: &Snapshot| Some(&snapshot.revision) == revision.as_ref();
        if let Some(revision) = revision.clone()
            && !memory.snapshot.as_ref().is_some_and(is_known)
        {
            let taken = source::Snapshot::take(&source.mirror, revision).await?;
            memory.snapshot = Some(Snapshot {
                revision: taken.revision,
                tree: Arc::new(taken.tree),
            });
        }
        problem.map_or(Ok(()), Err)
    }

    /// The mirror of the address; another address or reference is another source.
    async fn open(
        &self,
        memory: &mut Memory,
        wanted: &GitSource,
        reference: &Reference,
    ) -> Result<(), SourceProblem> {
        let is_same = |source: &Source| source.url == wanted.url && source.reference == *reference;
        if memory.source.as_ref().is_some_and(is_same) {
            return Ok(());
        }
        memory.source = None;
        memory.snapshot = None;
        let folder = self.cache.join(self.mirror_name(&wanted.url));
        memory.source = Some(Source {
            url: wanted.url.clone(),
            reference: reference.clone(),
            mirror: Mirror::open(&folder).await?,
            looked: None,
            handled: None,
        });
        Ok(())
    }

    /// A folder of its own for each landscape and address: a mirror has one user.
    fn mirror_name(&self, url: &str) -> String {
        let digest = Sha256::digest(format!("{} {} {url}", self.namespace, self.landscape));
        URL_SAFE_NO_PAD.encode(digest)
    }

    async fn remote(&self, wanted: &GitSource) -> Result<Remote, SourceProblem> {
        let address: Address = wanted
            .url
            .parse()
            .map_err(|error: git::AddressError| SourceProblem::Invalid(error.to_string()))?;
        let credentials = match &wanted.secret_ref {
            None => Credentials::default(),
            Some(secret) => self.credentials(&secret.name, &address).await?,
        };
        Ok(Remote {
            credentials,
            timeout: wanted.timeout.0,
            ..Remote::new(address)
        })
    }

    async fn credentials(&self, name: &str, address: &Address) -> Result<Credentials, SourceProblem> {
        let id = ObjectId {
            api_version: "v1".to_owned(),
            kind: "Secret".to_owned(),
            namespace: Some(self.namespace.to_owned()),
            name: name.to_owned(),
        };
        let Some(secret) = self.runtime.get(&id).await? else {
            return Err(SourceProblem::Invalid(format!("{id} does not exist")));
        };
        let data = crate::sync::data_of(&secret);
        Credentials::from_secret(&data, address).map_err(|error| SourceProblem::Invalid(error.to_string()))
    }
}

fn reference(wanted: &GitReference) -> Result<Reference, SourceProblem> {
    let GitReference {
        branch,
        tag,
        semver,
        name,
        commit,
    } = wanted.clone();
    let wish = Wish {
        commit,
        name,
        semver,
        tag,
        branch,
    };
    Reference::choose(&wish).map_err(|error| SourceProblem::Invalid(error.to_string()))
}
