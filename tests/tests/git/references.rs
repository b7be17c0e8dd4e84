//! G1: which commit a reference means.

use alasca_tests::git::{HttpServer, Repository};
use common::git::{Class, Error, Mirror, Reference, Remote, Revision, Wish};

use super::{Place, named, remote};

/// Branches main and dev, tags v1.0.0, v1.1.0 (annotated) and v2.0.0-rc.1 (on dev), and a reference of a request.
struct Case {
    place: Place,
    repository: Repository,
    server: HttpServer,
}

impl Case {
    async fn new() -> Self {
        let place = Place::new();
        let repository = place.repository();
        repository.tag("v1.0.0", None).unwrap();
        repository
            .write("u/a.yaml", "a: 2\n")
            .unwrap()
            .commit("second")
            .unwrap();
        repository.tag("v1.1.0", Some("the second")).unwrap();
        repository.branch("dev").unwrap();
        repository
            .write("u/a.yaml", "a: 3\n")
            .unwrap()
            .commit("third")
            .unwrap();
        repository.tag("v2.0.0-rc.1", None).unwrap();
        repository.tag("not-a-version", None).unwrap();
        repository
            .serve(&["update-ref", "refs/pull/1/head", "dev"])
            .unwrap();
        repository.branch("main").unwrap();
        let server = HttpServer::start_open(place.root()).await.unwrap();
        Self {
            place,
            repository,
            server,
        }
    }

    fn remote(&self) -> Remote {
        remote(&self.server.url("landscape"), &[])
    }

    fn commit(&self, name: &str) -> String {
        self.repository
            .git(&["rev-parse", &format!("{name}^{{commit}}")])
            .unwrap()
    }
}

fn wish(field: &str, text: &str) -> Wish {
    let text = Some(text.to_owned());
    match field {
        "commit" => Wish {
            commit: text,
            ..Wish::default()
        },
        "name" => Wish {
            name: text,
            ..Wish::default()
        },
        "semver" => Wish {
            semver: text,
            ..Wish::default()
        },
        "tag" => Wish {
            tag: text,
            ..Wish::default()
        },
        _ => Wish {
            branch: text,
            ..Wish::default()
        },
    }
}

async fn fetch(mirror: &Mirror, remote: &Remote, wish: &Wish) -> Result<Revision, Error> {
    mirror.fetch(remote, &Reference::choose(wish).unwrap()).await
}

#[tokio::test]
async fn every_kind_of_reference_leads_to_the_commit_that_git_says() {
    let case = Case::new().await;
    let (mirror, remote) = (case.place.mirror().await, case.remote());
    for (field, text, name) in [
        ("branch", "main", "main"),
        ("branch", "dev", "dev"),
        ("tag", "v1.0.0", "v1.0.0"),
        ("tag", "v1.1.0", "v1.1.0"),
        ("semver", "1.x", "v1.1.0"),
        ("semver", "<1.1.0", "v1.0.0"),
        ("semver", ">=1.0.0-0", "v2.0.0-rc.1"),
        ("semver", ">=1.0.0", "v1.1.0"),
        ("name", "refs/pull/1/head", "refs/pull/1/head"),
        ("name", "HEAD", "HEAD"),
    ] {
        let revision = fetch(&mirror, &remote, &wish(field, text)).await.unwrap();
        let expected = match name {
            "refs/pull/1/head" => case.commit("dev"),
            "HEAD" => case.commit("main"),
            name => case.commit(name),
        };
        assert_eq!(
            revision.to_string(),
            format!("{name}@sha1:{expected}"),
            "{field} {text}"
        );
    }
}

#[tokio::test]
async fn a_commit_is_found_wherever_it_is_and_checked_against_its_branch() {
    let case = Case::new().await;
    let remote = case.remote();
    let first = case.commit("v1.0.0");
    let mirror = case.place.mirror().await;
    let revision = fetch(&mirror, &remote, &wish("commit", &first)).await.unwrap();
    assert_eq!(revision.to_string(), format!("sha1:{first}"));
    let on_dev = case.commit("dev");
    let with_branch = |branch: &str| Wish {
        branch: Some(branch.to_owned()),
        ..wish("commit", &on_dev)
    };
    let revision = fetch(&mirror, &remote, &with_branch("dev")).await.unwrap();
    assert_eq!(revision.to_string(), format!("dev@sha1:{on_dev}"));
    let error = fetch(&mirror, &remote, &with_branch("main")).await.unwrap_err();
    assert!(matches!(error, Error::Missing { .. }), "{error}");
}

#[tokio::test]
async fn of_several_references_the_most_exact_one_counts() {
    let case = Case::new().await;
    let (mirror, remote) = (case.place.mirror().await, case.remote());
    let mut all = Wish {
        commit: Some(case.commit("v1.0.0")),
        name: Some("refs/pull/1/head".to_owned()),
        semver: Some("1.x".to_owned()),
        tag: Some("v2.0.0-rc.1".to_owned()),
        branch: Some("main".to_owned()),
    };
    assert_eq!(
        fetch(&mirror, &remote, &all).await.unwrap().commit.to_string(),
        case.commit("v1.0.0")
    );
    all.commit = None;
    assert_eq!(
        named(&fetch(&mirror, &remote, &all).await.unwrap()),
        "refs/pull/1/head"
    );
    all.name = None;
    assert_eq!(named(&fetch(&mirror, &remote, &all).await.unwrap()), "v1.1.0");
    all.semver = None;
    assert_eq!(
        named(&fetch(&mirror, &remote, &all).await.unwrap()),
        "v2.0.0-rc.1"
    );
    all.tag = None;
    assert_eq!(named(&fetch(&mirror, &remote, &all).await.unwrap()), "main");
}

#[tokio::test]
async fn without_a_reference_the_branch_master_is_meant_and_its_absence_is_said_with_what_is_there() {
    let case = Case::new().await;
    let (mirror, remote) = (case.place.mirror().await, case.remote());
    let error = fetch(&mirror, &remote, &Wish::default()).await.unwrap_err();
    assert!(error.to_string().ends_with("has no branch master"), "{error}");
    assert_eq!(error.class(), Class::Transient);
    let error = fetch(&mirror, &remote, &wish("branch", "mian"))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("has no branch mian; did you mean main?"),
        "{error}"
    );
    let error = fetch(&mirror, &remote, &wish("semver", "3.x")).await.unwrap_err();
    assert!(
        error.to_string().ends_with("has no tag in the range 3.x"),
        "{error}"
    );
    case.repository.branch("master").unwrap().commit("there").unwrap();
    assert_eq!(
        named(&fetch(&mirror, &remote, &Wish::default()).await.unwrap()),
        "master"
    );
}

#[tokio::test]
async fn an_empty_repository_has_no_branch() {
    let place = Place::new();
    Repository::create(place.root(), "landscape", "main").unwrap();
    let server = HttpServer::start_open(place.root()).await.unwrap();
    let remote = remote(&server.url("landscape"), &[]);
    let error = fetch(&place.mirror().await, &remote, &wish("branch", "main"))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Missing { .. }), "{error}");
}

#[tokio::test]
async fn every_line_of_a_file_is_traced_to_who_wrote_it() {
    let place = Place::new();
    let repository = place.repository();
    repository.write("u/a.yaml", "a: 1\nb: 1\n").unwrap();
    let second = repository
        .commit_as("add b", "Grace <grace@example.org>")
        .unwrap();
    repository
        .write("u/a.yaml", "# why\na: 1\nb: 1\n")
        .unwrap()
        .commit("say why")
        .unwrap();
    let server = HttpServer::start_open(place.root()).await.unwrap();
    let mirror = place.mirror().await;
    let revision = fetch(
        &mirror,
        &remote(&server.url("landscape"), &[]),
        &wish("branch", "main"),
    )
    .await
    .unwrap();
    let origin = mirror.origin_of(revision.commit, "u/a.yaml", 3).await.unwrap();
    assert_eq!(origin.commit.to_string(), second);
    assert_eq!(
        (origin.author.as_str(), origin.email.as_str()),
        ("Grace", "grace@example.org")
    );
    assert_eq!(origin.summary, "add b");
    let blame = repository
        .git(&["blame", "--line-porcelain", "-L3,3", "u/a.yaml"])
        .unwrap();
    assert!(
        blame.contains(&format!("author-time {}", origin.time.as_second())),
        "{blame}"
    );
    let written = mirror.authorship(revision.commit).await.unwrap();
    assert_eq!(
        (written.author.as_str(), written.summary.as_str()),
        ("Ada", "say why")
    );
}
