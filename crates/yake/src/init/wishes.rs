//! What a new landscape shall be.

use std::fmt;

use clap::ValueEnum;
use common::secrets::Recipient;

use crate::landscape::Version;
use crate::landscape::upgrade::Rules;

/// Versions of extensions that go with Gardener 1.147 and 1.148.
const EXTENSIONS: [(&str, &str); 7] = [
    ("networking-cilium", "1.48.4"),
    ("os-gardenlinux", "0.47.0"),
    ("os-ubuntu", "1.40.1"),
    ("provider-aws", "1.73.0"),
    ("provider-azure", "1.63.0"),
    ("provider-gcp", "1.54.1"),
    ("provider-openstack", "1.57.0"),
];
/// Versions of Kubernetes that are known to do as a virtual garden's, newest first.
const KUBERNETES: [(u32, u32); 3] = [(34, 2), (33, 0), (32, 0)];

/// Who runs the machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Provider {
    /// `OpenStack`.
    Openstack,
}

/// Who serves the zone of the landscape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Dns {
    /// Designate of `OpenStack`.
    OpenstackDesignate,
    /// Route 53 of AWS.
    #[value(name = "aws-route53")]
    AwsRoute53,
    /// DNS of Azure.
    AzureDns,
    /// Cloud DNS of Google.
    GoogleClouddns,
}

impl fmt::Display for Provider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Openstack => "openstack",
        })
    }
}

impl fmt::Display for Dns {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::OpenstackDesignate => "openstack-designate",
            Self::AwsRoute53 => "aws-route53",
            Self::AzureDns => "azure-dns",
            Self::GoogleClouddns => "google-clouddns",
        })
    }
}

impl Provider {
    /// The extension that runs machines there.
    fn extension(self) -> &'static str {
        match self {
            Self::Openstack => "provider-openstack",
        }
    }
}

impl Dns {
    /// The extension that makes records there.
    fn extension(self) -> &'static str {
        match self {
            Self::OpenstackDesignate => "provider-openstack",
            Self::AwsRoute53 => "provider-aws",
            Self::AzureDns => "provider-azure",
            Self::GoogleClouddns => "provider-gcp",
        }
    }
}

/// What a new landscape shall be.
#[derive(Clone, Debug)]
pub struct Wishes {
    /// Name.
    pub landscape: String,
    /// Domain below which everything is.
    pub base_domain: String,
    /// Who runs the machines.
    pub provider: Provider,
    /// Who serves the zone.
    pub dns: Dns,
    /// Version of Gardener.
    pub gardener: Version,
    /// Version of Kubernetes of the virtual garden.
    pub kubernetes: Option<Version>,
    /// Region of the runtime cluster.
    pub region: String,
    /// Its zones.
    pub zones: Vec<String>,
    /// Addresses of its nodes.
    pub nodes: String,
    /// Addresses of its pods.
    pub pods: String,
    /// Addresses of its services.
    pub services: String,
    /// Where the repository will be.
    pub source_url: Option<String>,
    /// Whom secrets are encrypted for.
    pub recipients: Vec<Recipient>,
}

impl Wishes {
    /// The wanted version of Kubernetes, or the newest known one that Gardener supports.
    pub(super) fn kubernetes(&self) -> Version {
        let since = Rules::default().kubernetes_since;
        let fits = |minor: u32| {
            let since = since.iter().find(|(of, _)| *of == minor);
            since.is_some_and(|(_, gardener)| self.gardener.minor >= *gardener)
        };
        let known = KUBERNETES.iter().find(|(minor, _)| fits(*minor));
        let (minor, patch) = known.copied().unwrap_or((32, 0));
        self.kubernetes
            .clone()
            .unwrap_or_else(|| Version::new(1, minor, patch))
    }

    /// The extensions that the landscape needs, with their versions.
    pub(super) fn extensions(&self) -> Vec<(&'static str, &'static str)> {
        let wanted = [
            "networking-cilium",
            "os-gardenlinux",
            "os-ubuntu",
            self.provider.extension(),
            self.dns.extension(),
        ];
        EXTENSIONS
            .into_iter()
            .filter(|(name, _)| wanted.contains(name))
            .collect()
    }
}
