//! The templates: files of the crate, and which of them a landscape gets.

use super::wishes::{Dns, Wishes};

macro_rules! file {
    ($path:literal) => {
        include_str!(concat!("../../templates/landscape/", $path))
    };
}

/// Where `landscape.yaml` says what `yake run` fetches.
pub(super) const SOURCE: &str = file!("source.yaml");
/// Where `landscape.yaml` says where the keys are.
pub(super) const DECRYPTION: &str = file!("decryption.yaml");

/// Files that every landscape has.
const ALWAYS: [(&str, &str); 13] = [
    (".gitignore", file!("gitignore")),
    ("README.md", file!("README.md")),
    ("landscape.yaml", file!("landscape.yaml")),
    ("versions.yaml", file!("versions.yaml")),
    ("runtime/namespace.yaml", file!("runtime/namespace.yaml")),
    ("runtime/garden.yaml", file!("runtime/garden.yaml")),
    (
        "runtime/etcd-backup.secret.yaml",
        file!("runtime/etcd-backup.secret.yaml"),
    ),
    (
        "runtime/virtual-garden-access.yaml",
        file!("runtime/virtual-garden-access.yaml"),
    ),
    (
        "virtual/project-garden.yaml",
        file!("virtual/project-garden.yaml"),
    ),
    ("virtual/cloudprofile.yaml", file!("virtual/cloudprofile.yaml")),
    ("virtual/cloud.secret.yaml", file!("virtual/cloud.secret.yaml")),
    (
        "virtual/credentialsbinding.yaml",
        file!("virtual/credentialsbinding.yaml"),
    ),
    ("virtual/gardenlet.yaml", file!("virtual/gardenlet.yaml")),
];

const EXTENSIONS: [(&str, &str); 7] = [
    (
        "networking-cilium",
        file!("runtime/extensions/networking-cilium.yaml"),
    ),
    ("os-gardenlinux", file!("runtime/extensions/os-gardenlinux.yaml")),
    ("os-ubuntu", file!("runtime/extensions/os-ubuntu.yaml")),
    ("provider-aws", file!("runtime/extensions/provider-aws.yaml")),
    ("provider-azure", file!("runtime/extensions/provider-azure.yaml")),
    ("provider-gcp", file!("runtime/extensions/provider-gcp.yaml")),
    (
        "provider-openstack",
        file!("runtime/extensions/provider-openstack.yaml"),
    ),
];

/// Path, text, and variables of its own.
pub(super) type Template = (String, &'static str, Vec<(String, String)>);

/// The templates of a landscape.
pub(super) fn templates(wishes: &Wishes) -> Vec<Template> {
    let rules = if wishes.recipients.is_empty() {
        file!("sops-without.yaml")
    } else {
        file!("sops.yaml")
    };
    let dns = dns(wishes.dns);
    let plain = ALWAYS.into_iter().chain([
        (".sops.yaml", rules),
        ("runtime/dns.secret.yaml", dns),
        ("virtual/dns.secret.yaml", dns),
    ]);
    let extensions = wishes.extensions().into_iter().filter_map(|(name, version)| {
        let (_, text) = EXTENSIONS.iter().find(|(known, _)| *known == name)?;
        let own = vec![("version".to_owned(), version.to_owned())];
        Some((format!("runtime/extensions/{name}.yaml"), *text, own))
    });
    plain
        .map(|(path, text)| (path.to_owned(), text, Vec::new()))
        .chain(extensions)
        .collect()
}

fn dns(of: Dns) -> &'static str {
    match of {
        Dns::OpenstackDesignate => file!("dns/openstack-designate.yaml"),
        Dns::AwsRoute53 => file!("dns/aws-route53.yaml"),
        Dns::AzureDns => file!("dns/azure-dns.yaml"),
        Dns::GoogleClouddns => file!("dns/google-clouddns.yaml"),
    }
}
