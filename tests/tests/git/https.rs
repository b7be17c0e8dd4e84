//! G2 over HTTP: who is let in, and what is said to those who are not.

use alasca_tests::git::{Authority, Door, Fault, HttpServer};
use base64::Engine as _;
use common::git::{Class, Error};

use super::{CANARY, Place, main_branch, refusal, remote, trusting};

fn basic(username: &str, password: &str) -> Door {
    let both = base64::engine::general_purpose::STANDARD.encode(format!("{username}:{password}"));
    Door::Authorization(format!("Basic {both}"))
}

#[tokio::test]
async fn a_password_opens_a_repository_and_a_wrong_one_is_told_without_being_shown() {
    let place = Place::new();
    place.repository();
    let server = HttpServer::start(place.root(), basic("me", CANARY))
        .await
        .unwrap();
    let mirror = place.mirror().await;
    let right = trusting(&server, &[("username", "me"), ("password", CANARY)]);
    mirror.fetch(&right, &main_branch()).await.unwrap();
    let error = refusal(
        &mirror,
        &trusting(&server, &[("username", "me"), ("password", "canary-9f2c-not")]),
    )
    .await;
    assert!(
        matches!(&error, Error::Denied { why, .. } if why == "username or password are wrong"),
        "{error}"
    );
    assert_eq!(error.class(), Class::Permanent);
    let error = refusal(&mirror, &trusting(&server, &[])).await;
    assert!(
        error
            .to_string()
            .contains("it wants credentials, and the source names none"),
        "{error}"
    );
    place.assert_no_canary();
}

#[tokio::test]
async fn a_bearer_token_opens_a_repository_and_a_wrong_one_is_told() {
    let place = Place::new();
    place.repository();
    let door = Door::Authorization(format!("Bearer {CANARY}"));
    let server = HttpServer::start(place.root(), door).await.unwrap();
    let mirror = place.mirror().await;
    mirror
        .fetch(&trusting(&server, &[("bearerToken", CANARY)]), &main_branch())
        .await
        .unwrap();
    let error = refusal(&mirror, &trusting(&server, &[("bearerToken", "canary-9f2c-not")])).await;
    assert!(
        error.to_string().contains("the bearer token is not accepted"),
        "{error}"
    );
    place.assert_no_canary();
}

#[tokio::test]
async fn only_a_server_of_the_named_authority_is_trusted() {
    let place = Place::new();
    place.repository();
    let server = HttpServer::start(place.root(), Door::Open).await.unwrap();
    let mirror = place.mirror().await;
    let url = server.url("landscape");
    let other = Authority::create().unwrap().pem();
    for secret in [
        &[][..],
        &[("ca.crt", other.as_str())],
        &[("caFile", other.as_str())],
    ] {
        let error = refusal(&mirror, &remote(&url, secret)).await;
        assert!(matches!(error, Error::Untrusted { .. }), "{error}");
        assert_eq!(error.class(), Class::Permanent);
    }
    assert!(server.requests().is_empty());
    let error = refusal(&mirror, &remote(&url, &[("ca.crt", "nonsense")])).await;
    assert!(error.to_string().contains("ca.crt"), "{error}");
    let right = server.authority().unwrap().pem();
    mirror
        .fetch(&remote(&url, &[("caFile", &right)]), &main_branch())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_client_certificate_opens_a_repository() {
    let place = Place::new();
    place.repository();
    let server = HttpServer::start(place.root(), Door::Certificate).await.unwrap();
    let mirror = place.mirror().await;
    let error = refusal(&mirror, &trusting(&server, &[])).await;
    assert!(
        error
            .to_string()
            .contains("it wants a client certificate, and the source names none"),
        "{error}"
    );
    let (certificate, key) = Authority::create().unwrap().sign("stranger").unwrap();
    let error = refusal(
        &mirror,
        &trusting(&server, &[("tls.crt", &certificate), ("tls.key", &key)]),
    )
    .await;
    assert!(
        error
            .to_string()
            .contains("it does not accept the client certificate"),
        "{error}"
    );
    assert_eq!(error.class(), Class::Permanent);
    let error = refusal(
        &mirror,
        &trusting(&server, &[("tls.crt", &certificate), ("tls.key", CANARY)]),
    )
    .await;
    assert!(error.to_string().contains("tls.crt, tls.key"), "{error}");
    let (certificate, key) = server.authority().unwrap().sign("friend").unwrap();
    let right = trusting(&server, &[("tls.crt", &certificate), ("tls.key", &key)]);
    mirror.fetch(&right, &main_branch()).await.unwrap();
}

#[tokio::test]
async fn credentials_do_not_follow_a_redirection_to_another_host() {
    let place = Place::new();
    place.repository();
    let thief = HttpServer::start_open(place.root()).await.unwrap();
    let server = HttpServer::start(place.root(), basic("me", CANARY))
        .await
        .unwrap();
    let elsewhere = thief.url("landscape").replace("/landscape.git", "");
    server.fail(Fault::Redirect(elsewhere.clone()));
    let mirror = place.mirror().await;
    let error = refusal(
        &mirror,
        &trusting(&server, &[("username", "me"), ("password", CANARY)]),
    )
    .await;
    assert!(
        matches!(&error, Error::Redirect { to, .. } if to.starts_with(&elsewhere)),
        "{error}"
    );
    assert!(thief.requests().is_empty());
    // Without credentials, but from TLS to none.
    let error = refusal(&mirror, &trusting(&server, &[])).await;
    assert!(matches!(error, Error::Redirect { .. }), "{error}");
    assert!(thief.requests().is_empty());
}

#[tokio::test]
async fn a_redirection_without_credentials_is_followed() {
    let place = Place::new();
    place.repository();
    let target = HttpServer::start_open(place.root()).await.unwrap();
    let server = HttpServer::start_open(place.root()).await.unwrap();
    server.fail(Fault::Redirect(
        target.url("landscape").replace("/landscape.git", ""),
    ));
    let mirror = place.mirror().await;
    mirror
        .fetch(&remote(&server.url("landscape"), &[]), &main_branch())
        .await
        .unwrap();
    assert_eq!(server.requests().len(), 1, "{:?}", server.requests());
    assert_eq!(target.requests().len(), 2, "{:?}", target.requests());
}

#[tokio::test]
async fn a_server_that_repeats_the_credentials_is_not_quoted() {
    let place = Place::new();
    place.repository();
    let server = HttpServer::start(place.root(), basic("me", CANARY))
        .await
        .unwrap();
    let mirror = place.mirror().await;
    let remote = trusting(&server, &[("username", "me"), ("password", CANARY)]);
    for (status, class) in [
        (200, Class::Transient),
        (401, Class::Permanent),
        (403, Class::Permanent),
        (404, Class::Transient),
        (418, Class::Transient),
        (503, Class::Transient),
    ] {
        server.fail(Fault::Status(status));
        let error = refusal(&mirror, &remote).await;
        assert_eq!(error.class(), class, "{error}");
        assert!(!error.to_string().contains("bWU6"), "{error}");
    }
}
