//! Mirrors of folders on this machine. Stories with real servers are in the crate `alasca-tests`.

use std::fs;
use std::path::Path;

use git2::{Oid, Repository, Signature, Time};
use tempfile::TempDir;

use super::*;

/// A repository to fetch from, and a mirror beside it.
struct Case {
    folder: TempDir,
    origin: Repository,
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let origin = Repository::init_bare(folder.path().join("origin")).unwrap();
        Self { folder, origin }
    }

    /// Commits files on top of the branch, in the order of the calls.
    fn commit(&self, branch: &str, message: &str, files: &[(&str, &[u8], i32)]) -> Commit {
        let name = format!("refs/heads/{branch}");
        let parent = self
            .origin
            .refname_to_id(&name)
            .ok()
            .map(|tip| self.origin.find_commit(tip).unwrap());
        self.commit_on(parent.as_ref(), &name, message, files)
    }

    fn commit_on(
        &self,
        parent: Option<&git2::Commit<'_>>,
        name: &str,
        message: &str,
        files: &[(&str, &[u8], i32)],
    ) -> Commit {
        let base = parent.map(|parent| parent.tree().unwrap());
        let mut builder = self.origin.treebuilder(base.as_ref()).unwrap();
        for (path, bytes, mode) in files {
            builder
                .insert(path, self.origin.blob(bytes).unwrap(), *mode)
                .unwrap();
        }
        let tree = self.origin.find_tree(builder.write().unwrap()).unwrap();
        let author = Signature::new("Ada", "ada@example.org", &Time::new(1_700_000_000, 0)).unwrap();
        let parents: Vec<_> = parent.into_iter().collect();
        let commit = self
            .origin
            .commit(None, &author, &author, message, &tree, &parents)
            .unwrap();
        self.origin.reference(name, commit, true, "").unwrap();
        Commit(commit)
    }

    fn remote(&self) -> Remote {
        let address = format!("file://{}", self.origin.path().display());
        Remote::new(address.parse().unwrap())
    }

    fn mirror_folder(&self) -> std::path::PathBuf {
        self.folder.path().join("mirror")
    }

    async fn mirror(&self) -> Mirror {
        Mirror::open(&self.mirror_folder()).await.unwrap()
    }
}

const PLAIN: i32 = 0o100_644;

fn branch(name: &str) -> Reference {
    Reference::Branch(name.to_owned())
}

#[tokio::test]
async fn a_fetch_brings_a_branch_with_its_history_and_is_remembered() {
    let case = Case::new();
    let first = case.commit("main", "first", &[("a.yaml", b"a: 1\nb: 1\n", PLAIN)]);
    let second = case.commit("main", "second\n\nwhy", &[("a.yaml", b"a: 1\nb: 2\n", PLAIN)]);
    let mirror = case.mirror().await;
    let revision = mirror.fetch(&case.remote(), &branch("main")).await.unwrap();
    assert_eq!(revision.to_string(), format!("main@sha1:{second}"));
    assert_eq!(mirror.last(&branch("main")).await.unwrap(), Some(revision));
    assert_eq!(mirror.last(&branch("dev")).await.unwrap(), None);
    assert!(mirror.contains(second, first).await.unwrap());
    assert!(!mirror.contains(first, second).await.unwrap());
    let origin = |line| mirror.origin_of(second, "a.yaml", line);
    assert_eq!(origin(1).await.unwrap().commit, first);
    let changed = origin(2).await.unwrap();
    assert_eq!(
        (changed.commit, changed.author.as_str(), changed.email.as_str()),
        (second, "Ada", "ada@example.org")
    );
    assert_eq!(
        (changed.time.as_second(), changed.summary.as_str()),
        (1_700_000_000, "second")
    );
    assert!(matches!(origin(3).await, Err(Error::UnknownLine { line: 3, .. })));
    assert!(matches!(
        mirror.origin_of(second, "b.yaml", 1).await,
        Err(Error::UnknownLine { .. })
    ));
}

#[tokio::test]
async fn what_follows_is_fetched_without_what_is_there() {
    let case = Case::new();
    case.commit("main", "first", &[("a", &[b'a'; 100], PLAIN)]);
    let mirror = case.mirror().await;
    mirror.fetch(&case.remote(), &branch("main")).await.unwrap();
    let second = case.commit("main", "second", &[("b", b"b", PLAIN)]);
    mirror.fetch(&case.remote(), &branch("main")).await.unwrap();
    assert_eq!(
        mirror.files(second, ReadLimits::default()).await.unwrap().len(),
        2
    );
    let packs = packs(&case.mirror_folder());
    // A commit, a tree and a file each.
    assert_eq!(packs, [3, 3]);
    mirror.fetch(&case.remote(), &branch("main")).await.unwrap();
    assert_eq!(self::packs(&case.mirror_folder()), [3, 3]);
}

/// Numbers of objects in the packs of a mirror.
fn packs(mirror: &Path) -> Vec<u32> {
    let entries = fs::read_dir(mirror.join("objects/pack"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let packs = entries.filter(|path| path.extension().is_some_and(|kind| kind == "pack"));
    packs
        .map(|path| u32::from_be_bytes(fs::read(path).unwrap()[8..12].try_into().unwrap()))
        .collect()
}

#[tokio::test]
async fn files_are_told_from_links_submodules_and_what_is_too_large() {
    let case = Case::new();
    let blob = case.origin.blob(b"x").unwrap();
    let mut inner = case.origin.treebuilder(None).unwrap();
    inner.insert("run.sh", blob, 0o100_755).unwrap();
    let inner = inner.write().unwrap();
    let mut outer = case.origin.treebuilder(None).unwrap();
    outer.insert("folder", inner, 0o040_000).unwrap();
    outer
        .insert("link", case.origin.blob(b"../out").unwrap(), 0o120_000)
        .unwrap();
    outer
        .insert("large", case.origin.blob(&[0; 11]).unwrap(), PLAIN)
        .unwrap();
    let other = Oid::from_bytes(&[7; 20]).unwrap();
    outer.insert("sub", other, 0o160_000).unwrap();
    let tree = case.origin.find_tree(outer.write().unwrap()).unwrap();
    let author = Signature::now("Ada", "ada@example.org").unwrap();
    case.origin
        .commit(Some("refs/heads/main"), &author, &author, "all", &tree, &[])
        .unwrap();

    let mirror = case.mirror().await;
    let revision = mirror.fetch(&case.remote(), &branch("main")).await.unwrap();
    let limits = ReadLimits {
        file: 10,
        ..ReadLimits::default()
    };
    let files = mirror.files(revision.commit, limits).await.unwrap();
    let file = |path: &str, content| FileEntry {
        path: path.to_owned(),
        content,
    };
    assert_eq!(
        files,
        [
            file(
                "folder/run.sh",
                Content::File {
                    bytes: b"x".to_vec(),
                    mode: Mode::Executable
                }
            ),
            file("large", Content::TooLarge(11)),
            file("link", Content::Link("../out".to_owned())),
            file("sub", Content::Submodule(Commit(other))),
        ]
    );
    for limits in [
        ReadLimits { total: 11, ..limits },
        ReadLimits { entries: 4, ..limits },
    ] {
        let is_small = limits.total < 12 && limits.entries > 4;
        let limits = if is_small {
            ReadLimits { file: 100, ..limits }
        } else {
            limits
        };
        let error = mirror.files(revision.commit, limits).await.unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{error}");
        assert_eq!(error.class(), Class::Permanent);
    }
}

#[tokio::test]
async fn a_refused_fetch_leaves_the_mirror_as_it_was() {
    let case = Case::new();
    let first = case.commit("main", "first", &[("a", b"a", PLAIN)]);
    let mirror = case.mirror().await;
    mirror.fetch(&case.remote(), &branch("main")).await.unwrap();
    let second = case.commit("main", "second", &[("large", &[1; 5000], PLAIN)]);
    let mut remote = case.remote();
    remote.limits.object = 4999;
    let error = mirror.fetch(&remote, &branch("main")).await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("an object of 5000; 4999 are the most that are taken"),
        "{error}"
    );
    assert_eq!(error.class(), Class::Permanent);
    assert_eq!(mirror.last(&branch("main")).await.unwrap().unwrap().commit, first);
    assert!(!mirror.has(second).await.unwrap());
    let left = fs::read_dir(case.mirror_folder().join("incoming")).unwrap();
    assert_eq!(left.count(), 0);
}

#[tokio::test]
async fn a_commit_must_be_on_the_branch_that_is_named_with_it() {
    let case = Case::new();
    let main = case.commit("main", "main", &[("a", b"a", PLAIN)]);
    let dev = case.commit("dev", "dev", &[("a", b"b", PLAIN)]);
    let mirror = case.mirror().await;
    let on = |commit, branch: Option<&str>| Reference::Commit {
        commit,
        branch: branch.map(str::to_owned),
    };
    let revision = mirror
        .fetch(&case.remote(), &on(main, Some("main")))
        .await
        .unwrap();
    assert_eq!(revision.to_string(), format!("main@sha1:{main}"));
    let error = mirror
        .fetch(&case.remote(), &on(dev, Some("main")))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Missing { .. }), "{error}");
    let revision = mirror.fetch(&case.remote(), &on(dev, None)).await.unwrap();
    assert_eq!(revision.to_string(), format!("sha1:{dev}"));
    // It is there now, and cannot change: no server is needed.
    fs::remove_dir_all(case.origin.path()).unwrap();
    mirror.fetch(&case.remote(), &on(dev, None)).await.unwrap();
}

#[tokio::test]
async fn an_annotated_tag_leads_to_its_commit_and_a_tag_of_a_file_to_none() {
    let case = Case::new();
    let commit = case.commit("main", "main", &[("a", b"a", PLAIN)]);
    let author = Signature::now("Ada", "ada@example.org").unwrap();
    let target = case.origin.find_object(commit.0, None).unwrap();
    case.origin.tag("v1.0.0", &target, &author, "one", false).unwrap();
    let blob = case
        .origin
        .find_object(case.origin.blob(b"a").unwrap(), None)
        .unwrap();
    case.origin.tag_lightweight("blob", &blob, false).unwrap();
    let mirror = case.mirror().await;
    let tag = |name: &str| Reference::Tag(name.to_owned());
    let revision = mirror.fetch(&case.remote(), &tag("v1.0.0")).await.unwrap();
    assert_eq!(revision.to_string(), format!("v1.0.0@sha1:{commit}"));
    mirror.fetch(&case.remote(), &branch("main")).await.unwrap();
    let error = mirror.fetch(&case.remote(), &tag("blob")).await.unwrap_err();
    assert!(matches!(error, Error::NoCommit { .. }), "{error}");
}

#[tokio::test]
async fn one_mirror_is_opened_once_and_what_was_left_behind_is_removed() {
    let case = Case::new();
    let mirror = case.mirror().await;
    let error = Mirror::open(&case.mirror_folder()).await.unwrap_err();
    assert!(matches!(error, Error::InUse(_)), "{error}");
    let left = case.mirror_folder().join("incoming/0/pack");
    fs::create_dir_all(left.parent().unwrap()).unwrap();
    fs::write(&left, "half").unwrap();
    drop(mirror);
    let mirror = case.mirror().await;
    assert!(!left.exists());
    drop(mirror);
}

#[tokio::test]
async fn a_checkout_says_which_commit_it_is_at_and_whether_it_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Checkout::of(folder.path()).unwrap(), None);
    let repository = Repository::init(folder.path()).unwrap();
    assert_eq!(Checkout::of(folder.path()).unwrap(), None);
    fs::create_dir(folder.path().join("u")).unwrap();
    fs::write(folder.path().join("u/a.yaml"), "a: 1\n").unwrap();
    let mut index = repository.index().unwrap();
    index.add_path(Path::new("u/a.yaml")).unwrap();
    index.write().unwrap();
    let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
    let author = Signature::now("Ada", "ada@example.org").unwrap();
    let commit = repository
        .commit(Some("HEAD"), &author, &author, "x", &tree, &[])
        .unwrap();
    let checkout = Checkout::of(&folder.path().join("u")).unwrap().unwrap();
    assert_eq!(
        (checkout.revision.commit, checkout.files),
        (Commit(commit), Files::Committed)
    );
    assert!(checkout.revision.name.is_some());
    fs::write(folder.path().join("new.yaml"), "b: 1\n").unwrap();
    assert_eq!(
        Checkout::of(folder.path()).unwrap().unwrap().files,
        Files::Changed
    );
}
