//! `krake openstack project`.

use clap::Args;

use crate::api::{
    ApplicationCredential, Metadata, Project, ProjectAuth, ProjectId, ProjectPassword, ProjectSpec,
    ProjectUser, SecretText,
};
use crate::cli::error::CliError;
use crate::cli::options::{MetricOptions, add_metrics};
use crate::cli::session::Session;
use crate::cli::specified::{Specified, set};
use crate::cli::verbs::{Build, Change, NamespacedVerb};

/// Verbs of `krake openstack project`.
pub(super) type ProjectVerb = NamespacedVerb<NewProject, ProjectChange>;

/// What a new project consists of.
#[derive(Debug, Clone, Args)]
pub struct NewProject {
    /// UUID of the Magnum cluster template.
    #[arg(long, value_name = "UUID")]
    template: String,
    #[command(flatten)]
    access: Access,
    #[command(flatten)]
    metrics: MetricOptions,
}

/// What can change in a project.
#[derive(Debug, Clone, Args)]
pub struct ProjectChange {
    /// UUID of the Magnum cluster template.
    #[arg(long, value_name = "UUID")]
    template: Option<String>,
    #[command(flatten)]
    access: Access,
    #[command(flatten)]
    metrics: MetricOptions,
}

/// How Krake logs in; what is missing comes from the variables that `OpenStack`'s own tools use.
#[derive(Debug, Clone, Args)]
pub(super) struct Access {
    /// URL of Keystone [default: `OS_AUTH_URL`].
    #[arg(long, value_name = "URL")]
    auth_url: Option<String>,
    /// Application credential.
    #[arg(long, num_args = 2, value_names = ["ID", "SECRET"])]
    application_credential: Option<Vec<String>>,
    /// UUID of the user [default: `OS_USER_ID`].
    #[arg(long, value_name = "UUID", conflicts_with = "application_credential")]
    user_id: Option<String>,
    /// Password [default: `OS_PASSWORD`].
    #[arg(long, conflicts_with = "application_credential")]
    password: Option<String>,
    /// UUID of the project [default: `OS_PROJECT_ID`].
    #[arg(long, value_name = "UUID", conflicts_with = "application_credential")]
    project_id: Option<String>,
}

impl Access {
    fn credential(&self) -> Option<ProjectAuth> {
        let [id, secret] = self.application_credential.as_deref()? else {
            return None;
        };
        let application_credential = ApplicationCredential {
            id: id.clone(),
            secret: SecretText::new(secret),
            comment: None,
        };
        Some(ProjectAuth::ApplicationCredential {
            application_credential,
        })
    }

    fn password(&self, session: &Session) -> Result<ProjectAuth, CliError> {
        let need =
            |value: &Option<String>, option, variable| needed(session, value.as_ref(), option, variable);
        let password = ProjectPassword {
            version: "3".to_owned(),
            user: ProjectUser {
                id: need(&self.user_id, "--user-id", "OS_USER_ID")?,
                password: SecretText::new(need(&self.password, "--password", "OS_PASSWORD")?),
                comment: None,
            },
            project: ProjectId {
                id: need(&self.project_id, "--project-id", "OS_PROJECT_ID")?,
                comment: None,
            },
        };
        Ok(ProjectAuth::Password { password })
    }

    /// Changes the members of a password that options name.
    fn change_password(&self, password: &mut ProjectPassword) {
        set(&mut password.user.id, self.user_id.as_ref());
        set(
            &mut password.user.password,
            self.password.clone().map(SecretText::new).as_ref(),
        );
        set(&mut password.project.id, self.project_id.as_ref());
    }

    fn names_password(&self) -> bool {
        self.user_id.is_some() || self.password.is_some() || self.project_id.is_some()
    }
}

fn needed(
    session: &Session,
    value: Option<&String>,
    option: &str,
    variable: &'static str,
) -> Result<String, CliError> {
    value
        .cloned()
        .or_else(|| session.environment.variable(variable).map(str::to_owned))
        .ok_or_else(|| {
            CliError::usage(format!(
                "a project needs {option} (or the variable {variable}), or --application-credential"
            ))
        })
}

impl Build<Project> for NewProject {
    fn build(self, metadata: Metadata, session: &Session) -> Result<Project, CliError> {
        let auth = match self.access.credential() {
            Some(credential) => credential,
            None => self.access.password(session)?,
        };
        let spec = ProjectSpec {
            url: needed(
                session,
                self.access.auth_url.as_ref(),
                "--auth-url",
                "OS_AUTH_URL",
            )?,
            auth,
            template: self.template,
            metrics: self.metrics.to_refs()?,
        };
        Ok(Project::with_spec(metadata, spec))
    }
}

impl Change<Project> for ProjectChange {
    fn change(&self, project: &mut Project, session: &Session) -> Result<(), CliError> {
        let spec = &mut project.spec;
        set(&mut spec.url, self.access.auth_url.as_ref());
        set(&mut spec.template, self.template.as_ref());
        match (self.access.credential(), &mut spec.auth) {
            (Some(credential), auth) => *auth = credential,
            (None, ProjectAuth::Password { password }) => self.access.change_password(password),
            (None, auth) if self.access.names_password() => *auth = self.access.password(session)?,
            (None, ProjectAuth::ApplicationCredential { .. }) => {}
        }
        add_metrics(&mut spec.metrics, self.metrics.to_refs()?);
        Ok(())
    }
}
