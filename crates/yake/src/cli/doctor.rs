//! `yake doctor`: what keeps landscapes from being kept, and how to mend it. Only looks.

use clap::Args;
use common::kube::{Connection, Failure, ObjectId, Readiness};
use common::ui::{Detail, ExitCode, Output, OutputFormat, Render, Table};
use serde::Serialize;
use serde_json::Value;

use super::environment::Environment;
use super::error::CliError;
use super::landscapes::LandscapeOptions;
use crate::api::{LandscapeSpec, names};

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct DoctorOptions {
    #[command(flatten)]
    landscapes: LandscapeOptions,
    /// Form of the output.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: OutputFormat,
}

/// Something that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Finding {
    what: String,
    well: bool,
    message: String,
    hint: String,
}

impl Finding {
    fn well(what: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            well: true,
            message: message.into(),
            hint: String::new(),
        }
    }

    fn ill(what: impl Into<String>, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            well: false,
            message: message.into(),
            hint: hint.into(),
        }
    }
}

/// Runs the command. Exits with 1 where something has to be mended.
pub(super) async fn run(
    options: &DoctorOptions,
    environment: &Environment,
    output: &Output,
) -> Result<ExitCode, CliError> {
    let connection = options.landscapes.connect(environment).await?;
    let mut findings = vec![server(&connection).await];
    findings.push(
        kind(
            &connection,
            "operator.gardener.cloud/v1alpha1",
            "Garden",
            "install gardener-operator",
        )
        .await,
    );
    let own = kind(
        &connection,
        names::API_VERSION,
        names::LANDSCAPE,
        "start yake run, which installs it",
    )
    .await;
    let is_installed = own.well;
    findings.push(own);
    if is_installed {
        for landscape in options.landscapes.list(&connection).await? {
            findings.extend(landscape_of(&connection, &landscape).await);
        }
    }
    let is_well = findings.iter().all(|finding| finding.well);
    output.render(&Shown(findings), options.output)?;
    Ok(if is_well {
        ExitCode::Success
    } else {
        ExitCode::Failure
    })
}

async fn server(connection: &Connection) -> Finding {
    let what = format!("API server {}", connection.server());
    match connection.readiness().await {
        Ok(Readiness::Ready) => Finding::well(what, "it is ready"),
        Ok(Readiness::Unready(missing)) => {
            Finding::ill(what, missing, "wait, or look at the API server's log")
        }
        Err(error) => Finding::ill(
            what,
            error.failure.to_string(),
            "look at the kubeconfig and the network",
        ),
    }
}

async fn kind(connection: &Connection, api_version: &str, kind: &str, hint: &str) -> Finding {
    let what = format!("kind {kind} ({api_version})");
    match connection.resolve(api_version, kind).await {
        Ok(_) => Finding::well(what, "it is defined"),
        Err(error) if matches!(error.failure, Failure::UnknownKind { .. }) => {
            Finding::ill(what, "it is not defined", hint)
        }
        Err(error) => Finding::ill(what, error.failure.to_string(), "look at the rights of this user"),
    }
}

fn text(object: &Value, pointer: &str) -> String {
    let text = object.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

async fn landscape_of(connection: &Connection, landscape: &Value) -> Vec<Finding> {
    let (name, namespace) = (
        text(landscape, "/metadata/name"),
        text(landscape, "/metadata/namespace"),
    );
    let mut findings = vec![standing(landscape, &name)];
    let spec = landscape.get("spec").cloned().unwrap_or_default();
    let Ok(spec) = serde_json::from_value::<LandscapeSpec>(spec) else {
        findings.push(Finding::ill(
            format!("landscape {name}"),
            "its specification is not understood",
            "compare it with the documentation of landscape.yaml",
        ));
        return findings;
    };
    for secret in secrets(&spec) {
        findings.push(secret_of(connection, &namespace, &secret).await);
    }
    findings
}

/// Secrets that a landscape names.
fn secrets(spec: &LandscapeSpec) -> Vec<String> {
    let source = spec.source.as_ref().and_then(|source| source.secret_ref.as_ref());
    let named = [
        source.map(|secret| secret.name.clone()),
        spec.decryption
            .as_ref()
            .map(|decryption| decryption.secret_ref.name.clone()),
        spec.virtual_garden
            .as_ref()
            .map(|garden| garden.secret_ref.name.clone()),
    ];
    named.into_iter().flatten().collect()
}

async fn secret_of(connection: &Connection, namespace: &str, name: &str) -> Finding {
    let id = ObjectId {
        api_version: "v1".to_owned(),
        kind: "Secret".to_owned(),
        namespace: Some(namespace.to_owned()),
        name: name.to_owned(),
    };
    match connection.get_metadata(&id).await {
        Ok(Some(_)) => Finding::well(id.to_string(), "it is there"),
        Ok(None) => Finding::ill(
            id.to_string(),
            "it does not exist",
            "create it; a landscape names it",
        ),
        Err(error) => Finding::ill(
            id.to_string(),
            error.failure.to_string(),
            "look at the rights of this user",
        ),
    }
}

/// What the controller says of the landscape, and whether it says anything.
fn standing(landscape: &Value, name: &str) -> Finding {
    let what = format!("landscape {name}");
    let conditions = landscape.pointer("/status/conditions").and_then(Value::as_array);
    let ready = conditions
        .into_iter()
        .flatten()
        .find(|condition| text(condition, "/type") == "Ready");
    let Some(ready) = ready else {
        return Finding::ill(
            what,
            "nobody has looked at it yet",
            "start yake run for this cluster",
        );
    };
    let message = text(ready, "/message");
    if text(ready, "/status") == "True" {
        return Finding::well(what, message);
    }
    let hint = match text(ready, "/reason").as_str() {
        "Suspended" => format!("yake resume {name}"),
        "PruneBlocked" => "commit the consent that the message names, or put the object back".to_owned(),
        "DecryptionFailed" => "look at spec.decryption and its Secret, or run yake secrets rekey".to_owned(),
        "BuildFailed" | "ValidationFailed" => "yake check in the repository shows all of it".to_owned(),
        _ => format!("yake events {name}"),
    };
    Finding::ill(what, message, hint)
}

#[derive(Serialize)]
#[serde(transparent)]
struct Shown(Vec<Finding>);

impl Render for Shown {
    fn table(&self, _: Detail) -> Table {
        let mut table = Table::new(["what", "well", "message", "how to mend it"]);
        for finding in &self.0 {
            let well = if finding.well { "yes" } else { "no" };
            table.push([finding.what.as_str(), well, &finding.message, &finding.hint]);
        }
        table
    }

    fn names(&self) -> Vec<String> {
        let ill = self.0.iter().filter(|finding| !finding.well);
        ill.map(|finding| finding.what.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn landscape(status: &str, reason: &str) -> Value {
        json!({"status": {"conditions": [
            {"type": "Ready", "status": status, "reason": reason, "message": "m"}]}})
    }

    #[test]
    fn each_way_to_be_unwell_has_its_own_way_out() {
        assert!(standing(&landscape("True", "ReconciliationSucceeded"), "dev").well);
        assert_eq!(
            standing(&landscape("False", "Suspended"), "dev").hint,
            "yake resume dev"
        );
        assert!(
            standing(&landscape("False", "PruneBlocked"), "dev")
                .hint
                .contains("consent")
        );
        assert!(standing(&json!({}), "dev").hint.contains("yake run"));
    }
}
