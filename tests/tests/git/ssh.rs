//! G2 over SSH, against the real sshd: which servers are trusted, and who is let in.

use std::process::Command;

use alasca_tests::git::{Key, Repository, Sshd};
use alasca_tests::programs;
use common::git::{Class, Error, Remote};

use super::{CANARY, Place, main_branch, refusal, remote};

struct Case {
    place: Place,
    repository: Repository,
    host: Key,
    client: Key,
    server: Sshd,
}

impl Case {
    fn new() -> Self {
        let place = Place::new();
        let repository = place.repository();
        let host = Key::generate("ed25519", "").unwrap();
        let client = Key::generate("ed25519", "").unwrap();
        let server = Sshd::start(&host, &[&client]).unwrap();
        open(&place);
        Self {
            place,
            repository,
            host,
            client,
            server,
        }
    }

    /// What `ssh-keyscan` would print.
    fn known(&self, key: &Key) -> String {
        format!("{} {}", self.server.name(), key.public)
    }

    fn remote(&self, secret: &[(&str, &str)]) -> Remote {
        remote(&self.server.url(self.repository.bare()), secret)
    }
}

/// The server is somebody else than the test.
fn open(place: &Place) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(place.root(), std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// `known_hosts` with names hashed by ssh-keygen.
fn hashed(known: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("known_hosts");
    std::fs::write(&path, known).unwrap();
    let mut keygen = Command::new(
        programs::sshd()
            .unwrap()
            .join("openssh-client/usr/bin/ssh-keygen"),
    );
    assert!(
        keygen
            .arg("-H")
            .arg("-f")
            .arg(&path)
            .output()
            .unwrap()
            .status
            .success()
    );
    let hashed = std::fs::read_to_string(path).unwrap();
    assert!(hashed.starts_with("|1|"), "{hashed}");
    hashed
}

#[tokio::test]
async fn a_known_server_gives_its_repository_to_a_known_key() {
    let case = Case::new();
    let mirror = case.place.mirror().await;
    for known in [case.known(&case.host), hashed(&case.known(&case.host))] {
        let remote = case.remote(&[("identity", &case.client.private), ("known_hosts", &known)]);
        let commit = case.repository.commit("next").unwrap();
        let revision = mirror.fetch(&remote, &main_branch()).await.unwrap();
        assert_eq!(revision.to_string(), format!("main@sha1:{commit}"));
        // Nothing is new.
        mirror.fetch(&remote, &main_branch()).await.unwrap();
    }
}

#[tokio::test]
async fn an_unknown_and_a_changed_host_key_are_refused_before_anybody_logs_in() {
    let case = Case::new();
    let mirror = case.place.mirror().await;
    let other = Key::generate("ed25519", "").unwrap();
    let foreign = format!("[127.0.0.1]:1 {}", case.host.public);
    for (known, why) in [
        ("# nobody\n".to_owned(), "is not in known_hosts"),
        (foreign, "is not in known_hosts"),
        (case.known(&other), "is not the one in known_hosts"),
        (hashed(&case.known(&other)), "is not the one in known_hosts"),
        (
            format!("{}\n@revoked * {}", case.known(&case.host), case.host.public),
            "is revoked",
        ),
    ] {
        let error = refusal(
            &mirror,
            &case.remote(&[("identity", &case.client.private), ("known_hosts", &known)]),
        )
        .await;
        assert!(matches!(error, Error::Untrusted { .. }), "{error}");
        assert!(error.to_string().contains(why), "{error}");
        assert_eq!(error.class(), Class::Permanent);
    }
    assert!(!case.server.log().contains("Accepted"), "{}", case.server.log());
}

#[tokio::test]
async fn a_server_that_has_no_key_of_a_known_kind_is_refused() {
    let case = Case::new();
    let mirror = case.place.mirror().await;
    let other = Key::generate("ecdsa", "").unwrap();
    let known = case.known(&other);
    let error = refusal(
        &mirror,
        &case.remote(&[("identity", &case.client.private), ("known_hosts", &known)]),
    )
    .await;
    assert!(
        error
            .to_string()
            .contains("no host key of the kinds in known_hosts: ecdsa-sha2-nistp256"),
        "{error}"
    );
    assert_eq!(error.class(), Class::Permanent);
}

#[tokio::test]
async fn an_encrypted_identity_opens_with_its_password_alone() {
    let case = Case::new();
    let mirror = case.place.mirror().await;
    let key = Key::generate("ed25519", CANARY).unwrap();
    let server = Sshd::start(&case.host, &[&key]).unwrap();
    let known = format!("{} {}", server.name(), case.host.public);
    let url = server.url(case.repository.bare());
    let with = |password: &[(&'static str, &'static str)]| {
        let secret = [
            ("identity", key.private.as_str()),
            ("known_hosts", known.as_str()),
        ];
        remote(&url, &[&secret, password].concat())
    };
    mirror
        .fetch(&with(&[("password", CANARY)]), &main_branch())
        .await
        .unwrap();
    let error = refusal(&mirror, &with(&[("password", "canary-9f2c-not")])).await;
    assert!(
        error
            .to_string()
            .contains("the password of the identity is wrong"),
        "{error}"
    );
    assert_eq!(error.class(), Class::Permanent);
    let error = refusal(&mirror, &with(&[])).await;
    assert!(
        error
            .to_string()
            .contains("it is encrypted, and the Secret has no password"),
        "{error}"
    );
    let nonsense = remote(&url, &[("identity", CANARY), ("known_hosts", &known)]);
    let error = refusal(&mirror, &nonsense).await;
    assert!(error.to_string().contains("not a private key"), "{error}");
    case.place.assert_no_canary();
}

#[tokio::test]
async fn keys_of_every_usual_kind_are_accepted_and_strange_ones_are_not() {
    let case = Case::new();
    let mirror = case.place.mirror().await;
    for kind in ["rsa", "ecdsa"] {
        let (host, client) = (Key::generate(kind, "").unwrap(), Key::generate(kind, "").unwrap());
        let server = Sshd::start(&host, &[&client]).unwrap();
        let known = format!("{} {}", server.name(), host.public);
        let url = server.url(case.repository.bare());
        let right = remote(&url, &[("identity", &client.private), ("known_hosts", &known)]);
        mirror.fetch(&right, &main_branch()).await.unwrap();
        let wrong = remote(
            &url,
            &[("identity", &case.client.private), ("known_hosts", &known)],
        );
        let error = refusal(&mirror, &wrong).await;
        assert!(
            matches!(&error, Error::Denied { why, .. } if why.contains("for the user git")),
            "{error}"
        );
        assert_eq!(error.class(), Class::Permanent);
    }
}

#[tokio::test]
async fn a_repository_that_is_not_there_is_told_in_the_words_of_the_server() {
    let case = Case::new();
    let mirror = case.place.mirror().await;
    let known = case.known(&case.host);
    let url = case
        .server
        .url(&case.place.root().join("it's gone.git"))
        .replace(' ', "%20");
    let remote = remote(
        &url,
        &[("identity", &case.client.private), ("known_hosts", &known)],
    );
    let error = refusal(&mirror, &remote).await;
    assert!(
        matches!(&error, Error::NoRepository { why, .. } if why.contains("it's gone.git")),
        "{error}"
    );
    assert_eq!(error.class(), Class::Transient);
}

/// G5 over SSH.
#[tokio::test]
async fn a_server_that_was_down_is_fetched_from_again_when_it_is_up() {
    let mut case = Case::new();
    let mirror = case.place.mirror().await;
    let known = case.known(&case.host);
    let remote = case.remote(&[("identity", &case.client.private), ("known_hosts", &known)]);
    let before = mirror.fetch(&remote, &main_branch()).await.unwrap();
    case.server.down();
    let error = refusal(&mirror, &remote).await;
    assert_eq!(error.class(), Class::Transient, "{error}");
    assert_eq!(mirror.last(&main_branch()).await.unwrap(), Some(before));
    let commit = case.repository.commit("meanwhile").unwrap();
    case.server.up().unwrap();
    assert_eq!(
        mirror
            .fetch(&remote, &main_branch())
            .await
            .unwrap()
            .commit
            .to_string(),
        commit
    );
}
