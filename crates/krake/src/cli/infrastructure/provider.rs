//! `krake infrastructure provider` and `gprovider`: the same options, two kinds.

use clap::{Args, ValueEnum};

use crate::api::{
    GlobalInfrastructureProvider, ImSpec, InfrastructureProvider, InfrastructureProviderSpec, Metadata,
    SecretText,
};
use crate::cli::error::CliError;
use crate::cli::session::Session;
use crate::cli::specified::{Specified, set};
use crate::cli::verbs::{Build, Change, GlobalVerb, NamespacedVerb};

/// Verbs of `krake infrastructure provider`.
pub(super) type ProviderVerb = NamespacedVerb<NewProvider, ProviderChange>;
/// Verbs of `krake infrastructure gprovider`.
pub(super) type GlobalProviderVerb = GlobalVerb<NewProvider, ProviderChange>;

/// Types of infrastructure providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ProviderType {
    /// Infrastructure Manager.
    Im,
}

/// What a new infrastructure provider consists of.
#[derive(Debug, Clone, Args)]
pub struct NewProvider {
    /// Type of the provider.
    #[arg(long = "type", value_enum, default_value = "im")]
    provider_type: ProviderType,
    /// Base URL.
    #[arg(long)]
    url: String,
    #[command(flatten)]
    credentials: Credentials,
}

/// How Krake logs in at the provider.
#[derive(Debug, Clone, Args)]
pub(super) struct Credentials {
    /// User name.
    #[arg(long)]
    username: Option<String>,
    /// Password; if not given on creation it is asked for, or read from the standard input where that is no terminal.
    #[arg(long)]
    password: Option<String>,
    /// Token, instead of user name and password.
    #[arg(long)]
    token: Option<String>,
}

/// What can change in an infrastructure provider.
#[derive(Debug, Clone, Args)]
pub struct ProviderChange {
    /// Base URL.
    #[arg(long)]
    url: Option<String>,
    #[command(flatten)]
    credentials: Credentials,
}

/// The two kinds of infrastructure providers.
trait AnyProvider: Specified<Spec = InfrastructureProviderSpec> {}
impl AnyProvider for InfrastructureProvider {}
impl AnyProvider for GlobalInfrastructureProvider {}

impl<K: AnyProvider> Build<K> for NewProvider {
    fn build(self, metadata: Metadata, session: &Session) -> Result<K, CliError> {
        let Self {
            provider_type: ProviderType::Im,
            url,
            credentials:
                Credentials {
                    username,
                    password,
                    token,
                },
        } = self;
        let password = match (&username, password) {
            (Some(user), None) if token.is_none() => Some(session.password(user)?),
            (_, password) => password,
        };
        let im = ImSpec {
            url,
            username,
            password: password.map(SecretText::new),
            token: token.map(SecretText::new),
        };
        Ok(K::with_spec(metadata, InfrastructureProviderSpec::Im { im }))
    }
}

impl<K: AnyProvider> Change<K> for ProviderChange {
    fn change(&self, provider: &mut K, _: &Session) -> Result<(), CliError> {
        let Self {
            url,
            credentials:
                Credentials {
                    username,
                    password,
                    token,
                },
        } = self;
        let InfrastructureProviderSpec::Im { im } = provider.spec_mut();
        set(&mut im.url, url.as_ref());
        let replace = |member: &mut Option<SecretText>, new: &Option<String>| {
            if let Some(new) = new {
                *member = Some(SecretText::new(new));
            }
        };
        if username.is_some() {
            im.username.clone_from(username);
        }
        replace(&mut im.password, password);
        replace(&mut im.token, token);
        Ok(())
    }
}
