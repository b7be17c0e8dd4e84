//! Keys, certificates, tokens and kubeconfigs of one cluster, made anew for every cluster.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use serde_json::{Value, json};

/// Who talks to the API server: token file lines are `token,user,uid,"group"`.
const USERS: [(&str, &str, &str); 3] = [
    ("admin", "admin", "system:masters"),
    ("controller-manager", "system:kube-controller-manager", ""),
    ("scheduler", "system:kube-scheduler", ""),
];

/// The files that a cluster's programs are pointed to.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    folder: PathBuf,
}

impl Credentials {
    /// Those in `folder`, made if they are not there yet.
    pub(crate) fn ensure(folder: &Path, cluster: &str, server: &str) -> Result<Self> {
        let credentials = Self {
            folder: folder.to_path_buf(),
        };
        if !credentials.kubeconfig("scheduler").exists() {
            credentials.create_certificates(cluster)?;
            credentials.create_users(cluster, server)?;
        }
        Ok(credentials)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The kubeconfig of `admin`, `controller-manager` or `scheduler`.
    pub(crate) fn kubeconfig(&self, user: &str) -> PathBuf {
        self.file(&format!("{user}.kubeconfig.json"))
    }

    fn write(&self, name: &str, content: &str) -> Result<()> {
        let path = self.file(name);
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))
    }

    fn create_certificates(&self, cluster: &str) -> Result<()> {
        let authority = CertifiedIssuer::self_signed(authority(cluster), KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let certificate = serving()?.signed_by(&key, &authority)?;
        self.write("ca.crt", &authority.pem())?;
        self.write("ca.key", &authority.key().serialize_pem())?;
        self.write("serving.crt", &certificate.pem())?;
        self.write("serving.key", &key.serialize_pem())?;
        let accounts = KeyPair::generate()?;
        self.write("service-accounts.pub", &accounts.public_key_pem())?;
        self.write("service-accounts.key", &accounts.serialize_pem())
    }

    fn create_users(&self, cluster: &str, server: &str) -> Result<()> {
        let mut lines = String::new();
        let authority = fs::read(self.file("ca.crt"))?;
        for (name, user, group) in USERS {
            let token = random_token()?;
            let _ = writeln!(lines, "{token},{user},{name},\"{group}\"");
            let config = kubeconfig(cluster, server, &authority, &token);
            self.write(
                &format!("{name}.kubeconfig.json"),
                &serde_json::to_string_pretty(&config)?,
            )?;
        }
        self.write("tokens.csv", &lines)
    }
}

fn authority(cluster: &str) -> CertificateParams {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
        KeyUsagePurpose::DigitalSignature,
    ];
    authority
        .distinguished_name
        .push(DnType::CommonName, format!("{cluster} lab authority"));
    authority
}

fn serving() -> Result<CertificateParams> {
    let names = [
        "127.0.0.1",
        "10.96.0.1",
        "localhost",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
    ];
    let mut serving = CertificateParams::new(names.map(str::to_owned).to_vec())?;
    serving
        .distinguished_name
        .push(DnType::CommonName, "kube-apiserver");
    serving.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    serving.use_authority_key_identifier_extension = true;
    Ok(serving)
}

/// Everything inline, so that the document is complete wherever it is sent. JSON is YAML too.
fn kubeconfig(cluster: &str, server: &str, authority: &[u8], token: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": cluster, "cluster": {"server": server, "certificate-authority-data": STANDARD.encode(authority)}}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": "admin"}}],
        "current-context": cluster,
    })
}

fn random_token() -> Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("no random numbers")?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
