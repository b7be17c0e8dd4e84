//! Landscapes of a runtime cluster, as commands name them.

use clap::Args;
use common::kube::{ApplyOptions, Connection, ObjectId, Resource, Scope};
use serde_json::{Value, json};

use super::clusters::ClusterOptions;
use super::environment::Environment;
use super::error::CliError;
use crate::api::names;

/// Options of commands about landscapes.
#[derive(Debug, Clone, Args)]
pub(super) struct LandscapeOptions {
    /// Namespace of the landscape.
    #[arg(short, long, default_value = "garden")]
    pub(super) namespace: String,
    #[command(flatten)]
    pub(super) clusters: ClusterOptions,
}

/// Under which annotations of operators are owned: Git knows nothing of them.
const OPERATOR: &str = "yake-operator";

impl LandscapeOptions {
    pub(super) async fn connect(&self, environment: &Environment) -> Result<Connection, CliError> {
        self.clusters.runtime(environment).await
    }

    fn id(&self, name: &str) -> ObjectId {
        ObjectId {
            api_version: names::API_VERSION.to_owned(),
            kind: names::LANDSCAPE.to_owned(),
            namespace: Some(self.namespace.clone()),
            name: name.to_owned(),
        }
    }

    /// A landscape that exists.
    pub(super) async fn get(&self, connection: &Connection, name: &str) -> Result<Value, CliError> {
        let id = self.id(name);
        let found = connection.get(&id).await?;
        found.ok_or(CliError::NotFound { object: Box::new(id) })
    }

    /// All landscapes of the namespace.
    pub(super) async fn list(&self, connection: &Connection) -> Result<Vec<Value>, CliError> {
        let resource = connection.resolve(names::API_VERSION, names::LANDSCAPE).await?;
        Ok(connection.list(&resource, Some(&self.namespace), None).await?)
    }

    /// Sets annotations, beside those that Git has; those of an earlier call that are not named go.
    pub(super) async fn annotate(
        &self,
        connection: &Connection,
        name: &str,
        annotations: &Value,
    ) -> Result<(), CliError> {
        let object = json!({
            "apiVersion": names::API_VERSION, "kind": names::LANDSCAPE,
            "metadata": {"name": name, "namespace": self.namespace, "annotations": annotations},
        });
        connection.apply(&object, &ApplyOptions::new(OPERATOR)).await?;
        Ok(())
    }

    /// The inventories of a landscape.
    pub(super) async fn inventories(
        &self,
        connection: &Connection,
        name: &str,
    ) -> Result<Vec<Value>, CliError> {
        let resource = Resource::new("v1", "ConfigMap", "configmaps", Scope::Namespaced);
        let selector = format!("{}=true,{}={name}", names::INVENTORY, names::OWNER_LANDSCAPE);
        Ok(connection
            .list(&resource, Some(&self.namespace), Some(&selector))
            .await?)
    }
}

/// An annotation.
pub(super) fn annotation(object: &Value, name: &str) -> Option<String> {
    let annotations = object.pointer("/metadata/annotations")?;
    annotations.get(name)?.as_str().map(str::to_owned)
}
