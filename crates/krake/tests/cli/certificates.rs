//! TLS with client certificates and RBAC: who may do what, by the command line alone.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use super::process::{Server, finish, krake, text};

type Authority = CertifiedIssuer<'static, KeyPair>;

/// An authority, written as `ca.pem`.
fn authority(directory: &Path) -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "authority");
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    std::fs::write(directory.join("ca.pem"), authority.pem()).unwrap();
    authority
}

/// A certificate for a user or server, written as `NAME.pem` and `NAME-key.pem`.
fn certificate(directory: &Path, authority: &Authority, file: &str, common_name: &str) {
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, common_name);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    std::fs::write(directory.join(format!("{file}.pem")), certificate.pem()).unwrap();
    std::fs::write(directory.join(format!("{file}-key.pem")), key.serialize_pem()).unwrap();
}

/// Configuration of the command line for a user.
fn config(directory: &Path, url: &str, user: &str) -> String {
    let path = directory.join(format!("{user}.yaml"));
    let of = |file: &str| directory.join(file).display().to_string();
    let text = format!(
        "api_url: {url}\nuser: testing\ntls:\n  enabled: true\n  client_ca: {}\n  client_cert: {}\n  client_key: {}\n",
        of("ca.pem"),
        of(&format!("{user}.pem")),
        of(&format!("{user}-key.pem")),
    );
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn a_certificate_says_who_asks_and_roles_say_what_they_may() {
    let pki = tempfile::tempdir().unwrap();
    let authority = authority(pki.path());
    for (file, name) in [
        ("server", "api"),
        ("admin", "system:admin"),
        ("alice", "alice"),
        ("mallory", "mallory"),
    ] {
        certificate(pki.path(), &authority, file, name);
    }
    let file = |name: &str| pki.path().join(name).display().to_string();
    let server = Server::start(&[
        "--only",
        "api",
        "--authorization",
        "RBAC",
        "--tls-cert",
        &file("server.pem"),
        "--tls-key",
        &file("server-key.pem"),
        "--client-ca",
        &file("ca.pem"),
    ]);
    assert!(server.url.starts_with("https://"), "{}", server.url);
    let run = |user: &str, arguments: &[&str]| {
        let config = config(pki.path(), &server.url, user);
        let output = finish(krake().args(["--config", &config]).args(arguments));
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let echo = [
        "kube",
        "app",
        "create",
        "echo",
        "-f",
        "examples/krake/echo.yaml",
        "-o",
        "name",
    ];
    assert_eq!(
        run("admin", &["bootstrap", "examples/krake/roles.yaml"]).0,
        Some(0)
    );
    assert_eq!(
        run("alice", &echo),
        (Some(0), "application/echo\n".to_owned(), String::new())
    );
    let (code, _, stderr) = run("mallory", &["kube", "app", "list"]);
    assert!(code == Some(1) && stderr.contains("403"), "{stderr}");
    let (code, _, stderr) = run("alice", &["kube", "app", "list", "--all"]);
    assert!(
        code == Some(1) && stderr.contains("403"),
        "a role for one namespace opens not all of them: {stderr}"
    );
}

#[test]
fn without_a_certificate_nobody_is_anybody() {
    let pki = tempfile::tempdir().unwrap();
    let authority = authority(pki.path());
    certificate(pki.path(), &authority, "server", "api");
    let file = |name: &str| pki.path().join(name).display().to_string();
    let (certificate, key, ca) = (file("server.pem"), file("server-key.pem"), file("ca.pem"));
    let server = Server::start(&[
        "--only",
        "api",
        "--tls-cert",
        &certificate,
        "--tls-key",
        &key,
        "--client-ca",
        &ca,
    ]);
    let path = pki.path().join("krake.yaml");
    std::fs::write(
        &path,
        format!(
            "api_url: {}\ntls: {{enabled: true, client_ca: {ca}}}\n",
            server.url
        ),
    )
    .unwrap();
    let output = finish(krake().arg("--config").arg(&path).args(["kube", "app", "list"]));
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("401"), "{}", text(&output.stderr));
}
