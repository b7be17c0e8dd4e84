//! `krake infrastructure cloud` and `gcloud`. A cloud may refer to providers and metrics of its namespace, a
//! global one only to global ones; otherwise they are alike.

use clap::{Args, ValueEnum};

use crate::api::{
    Cloud, CloudSpec, GlobalCloud, InfrastructureProviderRef, Metadata, MetricRef, OpenstackAuth,
    OpenstackPassword, OpenstackProject, OpenstackSpec, OpenstackUser, SecretText,
};
use crate::cli::error::CliError;
use crate::cli::options::{GlobalMetricOptions, MetricOptions, add_metrics};
use crate::cli::session::Session;
use crate::cli::specified::{Specified, set};
use crate::cli::verbs::{Build, Change, GlobalVerb, NamespacedVerb};

/// Verbs of `krake infrastructure cloud`.
pub(super) type CloudVerb = NamespacedVerb<NewCloud<NamespacedLinks>, CloudChange<NamespacedLinks>>;
/// Verbs of `krake infrastructure gcloud`.
pub(super) type GlobalCloudVerb = GlobalVerb<NewCloud<GlobalLinks>, CloudChange<GlobalLinks>>;

/// Types of clouds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CloudType {
    /// OpenStack.
    Openstack,
}

/// What a new cloud consists of.
#[derive(Debug, Clone, Args)]
pub struct NewCloud<L: Args> {
    /// Type of the cloud.
    #[arg(long = "type", value_enum, default_value = "openstack")]
    cloud_type: CloudType,
    /// URL of Keystone.
    #[arg(long)]
    url: String,
    /// User name.
    #[arg(long)]
    username: String,
    /// Password; if not given it is asked for, or read from the standard input where that is no terminal.
    #[arg(long)]
    password: Option<String>,
    /// Project.
    #[arg(long)]
    project: String,
    /// Name of the user's domain.
    #[arg(long, value_name = "NAME", default_value = "Default")]
    domain_name: String,
    /// Identity of the project's domain.
    #[arg(long, value_name = "ID", default_value = "default")]
    domain_id: String,
    #[command(flatten)]
    links: L,
}

/// What can change in a cloud.
#[derive(Debug, Clone, Args)]
pub struct CloudChange<L: Args> {
    /// URL of Keystone.
    #[arg(long)]
    url: Option<String>,
    /// User name.
    #[arg(long)]
    username: Option<String>,
    /// Password.
    #[arg(long)]
    password: Option<String>,
    /// Project.
    #[arg(long)]
    project: Option<String>,
    /// Name of the user's domain.
    #[arg(long, value_name = "NAME")]
    domain_name: Option<String>,
    /// Identity of the project's domain.
    #[arg(long, value_name = "ID")]
    domain_id: Option<String>,
    /// Drop the metrics that the cloud has before adding those named.
    #[arg(long)]
    remove_existing_metrics: bool,
    #[command(flatten)]
    links: L,
}

/// To what a cloud refers.
pub(crate) trait Links: Args {
    /// Who creates clusters there.
    fn provider(&self) -> Option<InfrastructureProviderRef>;
    /// Weighted metrics.
    fn metrics(&self) -> Result<Vec<MetricRef>, CliError>;
}

/// References of a cloud in a namespace.
#[derive(Debug, Clone, Args)]
pub struct NamespacedLinks {
    /// Infrastructure provider of the same namespace that creates clusters there.
    #[arg(long, value_name = "PROVIDER", conflicts_with = "global_infra_provider")]
    infra_provider: Option<String>,
    /// Global infrastructure provider that creates clusters there.
    #[arg(long, value_name = "PROVIDER")]
    global_infra_provider: Option<String>,
    #[command(flatten)]
    metrics: MetricOptions,
}

/// References of a global cloud.
#[derive(Debug, Clone, Args)]
pub struct GlobalLinks {
    /// Global infrastructure provider that creates clusters there.
    #[arg(long, value_name = "PROVIDER")]
    global_infra_provider: Option<String>,
    #[command(flatten)]
    metrics: GlobalMetricOptions,
}

impl Links for NamespacedLinks {
    fn provider(&self) -> Option<InfrastructureProviderRef> {
        let named = |name: &String, namespaced| InfrastructureProviderRef {
            name: name.clone(),
            namespaced,
        };
        let own = self.infra_provider.as_ref().map(|name| named(name, true));
        own.or_else(|| self.global_infra_provider.as_ref().map(|name| named(name, false)))
    }
    fn metrics(&self) -> Result<Vec<MetricRef>, CliError> {
        Ok(self.metrics.to_refs()?)
    }
}

impl Links for GlobalLinks {
    fn provider(&self) -> Option<InfrastructureProviderRef> {
        let name = self.global_infra_provider.clone()?;
        Some(InfrastructureProviderRef {
            name,
            namespaced: false,
        })
    }
    fn metrics(&self) -> Result<Vec<MetricRef>, CliError> {
        Ok(self.metrics.to_refs()?)
    }
}

/// The two kinds of clouds.
trait AnyCloud: Specified<Spec = CloudSpec> {}
impl AnyCloud for Cloud {}
impl AnyCloud for GlobalCloud {}

impl<K: AnyCloud, L: Links> Build<K> for NewCloud<L> {
    fn build(self, metadata: Metadata, session: &Session) -> Result<K, CliError> {
        let Self {
            cloud_type: CloudType::Openstack,
            url,
            username,
            password,
            project,
            domain_name,
            domain_id,
            links,
        } = self;
        let infrastructure_provider = links.provider().ok_or_else(|| {
            CliError::usage("a cloud needs the name of an infrastructure provider (--infra-provider or --global-infra-provider)")
        })?;
        let password = match password {
            Some(password) => password,
            None => session.password(&username)?,
        };
        let password = OpenstackPassword {
            version: "3".to_owned(),
            user: OpenstackUser {
                username,
                password: SecretText::new(password),
                domain_name,
                comment: None,
            },
            project: OpenstackProject {
                name: project,
                domain_id,
                comment: None,
            },
        };
        let metrics = links.metrics()?;
        let auth = OpenstackAuth::Password { password };
        let openstack = OpenstackSpec {
            url,
            auth,
            metrics,
            infrastructure_provider,
        };
        Ok(K::with_spec(metadata, CloudSpec::Openstack { openstack }))
    }
}

impl<K: AnyCloud, L: Links> Change<K> for CloudChange<L> {
    fn change(&self, cloud: &mut K, _: &Session) -> Result<(), CliError> {
        let CloudSpec::Openstack { openstack } = cloud.spec_mut();
        let OpenstackAuth::Password { password } = &mut openstack.auth;
        set(&mut openstack.url, self.url.as_ref());
        set(&mut password.user.username, self.username.as_ref());
        set(
            &mut password.user.password,
            self.password.clone().map(SecretText::new).as_ref(),
        );
        set(&mut password.user.domain_name, self.domain_name.as_ref());
        set(&mut password.project.name, self.project.as_ref());
        set(&mut password.project.domain_id, self.domain_id.as_ref());
        set(
            &mut openstack.infrastructure_provider,
            self.links.provider().as_ref(),
        );
        if self.remove_existing_metrics {
            openstack.metrics.clear();
        }
        add_metrics(&mut openstack.metrics, self.links.metrics()?);
        Ok(())
    }
}
