//! Certificates: who is let in, and as whom.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use super::*;

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Certificate and key, both PEM.
    fn issue(&self, common_name: &str) -> (String, String) {
        let mut params =
            CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, common_name);
        let key = KeyPair::generate().unwrap();
        (
            params.signed_by(&key, &self.0).unwrap().pem(),
            key.serialize_pem(),
        )
    }

    fn pem(&self) -> String {
        self.0.pem()
    }
}

async fn start(authority: &Authority) -> Running {
    let (certificate, key) = authority.issue("server");
    let clients = authority.pem();
    let tls = Tls::from_pem(certificate.as_bytes(), key.as_bytes(), Some(clients.as_bytes())).unwrap();
    Running::start(Server::new(router()).tls(tls).limits(short_limits())).await
}

fn tls_client(authority: &Authority, identity: Option<(String, String)>) -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let root = reqwest::Certificate::from_pem(authority.pem().as_bytes()).unwrap();
    let builder = reqwest::Client::builder().tls_certs_only([root]);
    let builder = match identity {
        Some((certificate, key)) => {
            builder.identity(reqwest::Identity::from_pem(format!("{certificate}{key}").as_bytes()).unwrap())
        }
        None => builder,
    };
    builder.build().unwrap()
}

async fn peer_name(server: &Running, client: reqwest::Client) -> Result<String, reqwest::Error> {
    client
        .get(format!("{}/peer", server.url))
        .send()
        .await?
        .text()
        .await
}

#[tokio::test]
async fn the_common_name_of_a_client_certificate_reaches_the_route() {
    let authority = Authority::new();
    let server = start(&authority).await;
    let known = tls_client(&authority, Some(authority.issue("system:admin")));
    assert_eq!(peer_name(&server, known).await.unwrap(), "system:admin");
    assert_eq!(
        peer_name(&server, tls_client(&authority, None)).await.unwrap(),
        "nobody"
    );
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused_and_others_do_not_notice() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let server = start(&authority).await;
    let wrong = tls_client(&authority, Some(stranger.issue("system:admin")));
    assert!(peer_name(&server, wrong).await.is_err());
    assert_eq!(
        peer_name(&server, tls_client(&authority, None)).await.unwrap(),
        "nobody"
    );
}

#[tokio::test]
async fn who_speaks_no_tls_or_never_ends_the_handshake_is_cut() {
    let authority = Authority::new();
    let server = start(&authority).await;
    let mut plain = server.connect().await;
    plain
        .write_all(b"GET /hello HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    assert!(!read_to_end(&mut plain).await.0.contains("hello"));
    let mut silent = server.connect().await;
    let (answer, took) = read_to_end(&mut silent).await;
    assert_eq!(answer, "");
    assert!(took < SECOND * 5);
}

#[test]
fn a_key_that_does_not_belong_to_the_certificate_is_refused() {
    let authority = Authority::new();
    let ((certificate, _), (_, key)) = (authority.issue("a"), authority.issue("b"));
    let error = Tls::from_pem(certificate.as_bytes(), key.as_bytes(), None)
        .err()
        .unwrap();
    assert!(matches!(error, TlsError::Certificate(_)), "{error}");
}
