//! One run of a command: the client, the settings, and the terminal.

use common::ui::{Output, OutputFormat};
use http::Method;

use super::environment::Environment;
use super::error::CliError;
use super::settings::Settings;
use super::table::Shown;
use super::verbs::scoped;
use super::view::{Events, Many, One};
use crate::api::{Event, Kind, Scheduling, Violations};
use crate::client::{Client, ListOptions, Namespaces};

/// Objects that one request of a list reads.
const PAGE: usize = 500;

/// What a command works with.
pub(super) struct Session {
    /// The API.
    pub client: Client,
    /// The client's configuration.
    pub settings: Settings,
    /// Surroundings.
    pub environment: Environment,
    output: Output,
}

impl Session {
    /// Connects as the settings say.
    pub(super) fn open(
        settings: Settings,
        environment: Environment,
        output: Output,
    ) -> Result<Self, CliError> {
        for warning in settings.warnings() {
            output.warn(warning);
        }
        let client = settings.client()?;
        Ok(Self {
            client,
            settings,
            environment,
            output,
        })
    }

    /// The namespace of a command: what the option says, else the user of the configuration; none for a
    /// global kind.
    pub(super) fn namespace_for<K: Kind>(&self, option: Option<String>) -> Option<String> {
        scoped::<K>(option.unwrap_or_else(|| self.settings.user.clone()))
    }

    /// Route of an object, for sub-resources that have no method of the client.
    pub(super) fn path_of<K: Kind>(&self, namespace: Option<&str>, name: &str) -> String {
        self.client.path_of::<K>(namespace, name)
    }

    /// Lists all objects, page by page.
    pub(super) async fn list<K: Kind>(
        &self,
        namespace: Option<&str>,
        selector: Option<&str>,
    ) -> Result<Vec<K>, CliError> {
        let namespaces = namespace.map_or(Namespaces::All, Namespaces::One);
        let mut options = ListOptions {
            label_selector: selector.map(str::to_owned),
            limit: Some(PAGE),
            ..ListOptions::default()
        };
        let mut objects = Vec::new();
        loop {
            let page = self.client.list::<K>(namespaces, &options).await?;
            objects.extend(page.items);
            options.continue_token = page.metadata.continue_token;
            if options.continue_token.is_none() {
                return Ok(objects);
            }
        }
    }

    /// How the server's scheduler is set; the original's server does not tell.
    pub(super) async fn scheduling(&self) -> Result<Scheduling, CliError> {
        match self.client.request(Method::GET, "/scheduler", None).await {
            Ok(scheduling) => Ok(scheduling),
            Err(error) if error.is_not_found() => Ok(Scheduling::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// Checks a new object as the server would: that it is valid and that its name is free.
    pub(super) async fn check_new<K: Kind>(&self, object: &K) -> Result<(), CliError> {
        check(object)?;
        let metadata = object.metadata();
        match self
            .client
            .get::<K>(metadata.namespace.as_deref(), &metadata.name)
            .await
        {
            Ok(_) => Err(CliError::Exists(object.reference().to_string())),
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Asks for the password of a user; see [`Output::secret`].
    pub(super) fn password(&self, user: &str) -> Result<String, CliError> {
        let password = self.output.secret(&format!("Password of {user}: "))?;
        password.ok_or_else(|| {
            CliError::usage(format!(
                "the password of {user} is missing: give --password, or a line on the standard input"
            ))
        })
    }

    /// Shows one object.
    pub(super) fn show<K: Shown>(&self, object: &K, format: OutputFormat) -> Result<(), CliError> {
        Ok(self.output.render(&One(object), format)?)
    }

    /// Shows a list of objects.
    pub(super) fn show_list<K: Shown>(&self, objects: &[K], format: OutputFormat) -> Result<(), CliError> {
        Ok(self.output.render(&Many(objects), format)?)
    }

    /// Shows events.
    pub(super) fn show_events(&self, events: &[Event], format: OutputFormat) -> Result<(), CliError> {
        Ok(self.output.render(&Events(events), format)?)
    }

    /// The terminal.
    pub(super) fn output(&self) -> &Output {
        &self.output
    }

    /// A line of progress on standard error.
    pub(super) fn note(&self, text: &str) {
        self.output.note(text);
    }

    /// A warning on standard error.
    pub(super) fn warn(&self, text: &str) {
        self.output.warn(text);
    }
}

/// Checks an object as the server would, without sending it.
pub(super) fn check<K: Kind>(object: &K) -> Result<(), CliError> {
    let mut violations = Violations::new();
    object.validate(&mut violations);
    violations.into_result().map_err(CliError::Invalid)
}
