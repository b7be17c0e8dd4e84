//! What clusters know that a check of files asks for: schemas of their kinds, objects that are named, extensions.
//! Only reads, and of objects their metadata at the most.

use std::collections::BTreeSet;

use common::kube::{Connection, Error, Failure, ObjectId};

use crate::check::{CollectError, Facts, Reference, Report, from_openapi};

/// A cluster by the name that units give it.
#[derive(Clone, Debug)]
pub struct Surveyed {
    /// `runtime` or `virtual`.
    pub name: &'static str,
    /// Its API server.
    pub connection: Connection,
}

/// A cluster that does not answer as it should.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    /// A call failed.
    #[error(transparent)]
    Cluster(#[from] Error),
    /// What it says of its kinds is not understood.
    #[error("the description of {api_version} by {server} is not understood")]
    Description {
        /// Group and version.
        api_version: String,
        /// Server.
        server: String,
        /// Why.
        source: CollectError,
    },
}

/// Adds what the clusters know about a report's objects.
pub async fn extend(facts: &mut Facts, report: &Report, clusters: &[Surveyed]) -> Result<(), SurveyError> {
    for cluster in clusters {
        for api_version in report.api_versions.iter().filter(|(of, _)| is_meant(of, cluster)) {
            schemas(facts, cluster, &api_version.1).await?;
        }
        for reference in report
            .unresolved
            .iter()
            .filter(|of| is_meant(&of.cluster, cluster))
        {
            if exists(cluster, reference).await? {
                facts.existing.insert(reference.clone());
            }
        }
        facts.extensions.extend(extensions(cluster).await?);
    }
    Ok(())
}

/// A folder that was named by hand says of no cluster that it is its own.
fn is_meant(cluster: &str, surveyed: &Surveyed) -> bool {
    cluster.is_empty() || (cluster == "runtime") == (surveyed.name == "runtime")
}

async fn schemas(facts: &mut Facts, cluster: &Surveyed, api_version: &str) -> Result<(), SurveyError> {
    let Some(document) = cluster.connection.description(api_version).await? else {
        return Ok(());
    };
    let bundle = from_openapi(&document).map_err(|source| SurveyError::Description {
        api_version: api_version.to_owned(),
        server: cluster.connection.server().to_owned(),
        source,
    })?;
    facts.schemas.add(bundle);
    Ok(())
}

async fn exists(cluster: &Surveyed, reference: &Reference) -> Result<bool, SurveyError> {
    let api_version = match reference.group.as_str() {
        "" => "v1".to_owned(),
        "core.gardener.cloud" => "core.gardener.cloud/v1beta1".to_owned(),
        group => format!("{group}/v1alpha1"),
    };
    let id = ObjectId {
        api_version,
        kind: reference.kind.clone(),
        namespace: Some(reference.namespace.clone()).filter(|namespace| !namespace.is_empty()),
        name: reference.name.clone(),
    };
    match cluster.connection.get_metadata(&id).await {
        Ok(found) => Ok(found.is_some()),
        Err(error) if matches!(error.failure, Failure::UnknownKind { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Kinds and types that the extensions of a cluster do.
async fn extensions(cluster: &Surveyed) -> Result<BTreeSet<(String, String)>, SurveyError> {
    let connection = &cluster.connection;
    let kind = connection
        .resolve("operator.gardener.cloud/v1alpha1", "Extension")
        .await;
    let resource = match kind {
        Ok(resource) => resource,
        Err(error) if matches!(error.failure, Failure::UnknownKind { .. }) => return Ok(BTreeSet::new()),
        Err(error) => return Err(error.into()),
    };
    let mut done = BTreeSet::new();
    for extension in connection.list(&resource, None, None).await? {
        let resources = extension.pointer("/spec/resources").and_then(|of| of.as_array());
        for of in resources.into_iter().flatten() {
            let text = |name: &str| of.get(name).and_then(|text| text.as_str()).map(str::to_owned);
            done.extend(text("kind").zip(text("type")));
        }
    }
    Ok(done)
}
