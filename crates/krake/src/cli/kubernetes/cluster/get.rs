//! `krake kube cluster get`: a cluster, and in its table what it has from its cloud.

use std::collections::BTreeMap;

use common::ui::{Detail, OutputFormat, Render, Table};
use serde::Serialize;

use crate::api::{Cloud, CloudSpec, Cluster, GlobalCloud, MetricRef};
use crate::cli::error::CliError;
use crate::cli::options::GetOptions;
use crate::cli::session::Session;
use crate::cli::table::{details, lines, metric};
use crate::cli::view::One;

/// What a cluster may inherit.
#[derive(Debug, Default)]
struct Heritage {
    labels: BTreeMap<String, String>,
    metrics: Vec<MetricRef>,
}

/// Runs the command.
pub(super) async fn run(session: &Session, options: GetOptions) -> Result<(), CliError> {
    let namespace = session.namespace_for::<Cluster>(options.namespace.namespace);
    let cluster = session
        .client
        .get::<Cluster>(namespace.as_deref(), &options.name)
        .await?;
    let format = options.output.format;
    let heritage = match format {
        OutputFormat::Table | OutputFormat::Wide => heritage(session, &cluster).await?,
        // Documents show what is stored, so that they can be written back.
        OutputFormat::Json | OutputFormat::Yaml | OutputFormat::Name => Heritage::default(),
    };
    let view = View {
        cluster: &cluster,
        heritage,
    };
    Ok(session.output().render(&view, format)?)
}

/// Reads the cloud of a cluster, as far as the cluster inherits from it.
async fn heritage(session: &Session, cluster: &Cluster) -> Result<Heritage, CliError> {
    let inherits = cluster.metadata.inherit_labels || cluster.spec.inherit_metrics;
    let Some(cloud) = cluster.status.scheduled_to.as_ref().filter(|_| inherits) else {
        return Ok(Heritage::default());
    };
    let read = if cloud.namespace.is_some() {
        let cloud = session.client.get_ref::<Cloud>(cloud).await;
        cloud.map(|cloud| (cloud.metadata.labels, cloud.spec))
    } else {
        let cloud = session.client.get_ref::<GlobalCloud>(cloud).await;
        cloud.map(|cloud| (cloud.metadata.labels, cloud.spec))
    };
    match read {
        Ok((labels, CloudSpec::Openstack { openstack })) => Ok(Heritage {
            labels: if cluster.metadata.inherit_labels {
                labels
            } else {
                BTreeMap::new()
            },
            metrics: if cluster.spec.inherit_metrics {
                openstack.metrics
            } else {
                Vec::new()
            },
        }),
        Err(error) if error.status().is_some() => {
            session.warn(&format!("what the cluster inherits is not shown: {error}"));
            Ok(Heritage::default())
        }
        Err(error) => Err(error.into()),
    }
}

/// A cluster with its heritage; documents are the cluster alone.
struct View<'a> {
    cluster: &'a Cluster,
    heritage: Heritage,
}

impl Serialize for View<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.cluster.serialize(serializer)
    }
}

impl Render for View<'_> {
    fn table(&self, _: Detail) -> Table {
        Table::of_properties(details(self.cluster).map(|(title, cell)| {
            let cell = match title {
                "labels" => lines(self.labels()),
                "metrics" => lines(self.metrics()),
                _ => cell,
            };
            (title, cell)
        }))
    }

    fn names(&self) -> Vec<String> {
        One(self.cluster).names()
    }
}

impl View<'_> {
    /// The scheduler lets a label of the cloud take precedence.
    fn labels(&self) -> Vec<String> {
        let inherited = &self.heritage.labels;
        let own = self.cluster.metadata.labels.iter();
        let own = own.filter(|(key, _)| !inherited.contains_key(*key));
        let own = own.map(|(key, value)| format!("{key}: {value}"));
        let inherited = inherited
            .iter()
            .map(|(key, value)| format!("{key}: {value} (inherited)"));
        own.chain(inherited).collect()
    }

    /// The scheduler lets a metric of the cluster take precedence.
    fn metrics(&self) -> Vec<String> {
        let own = &self.cluster.spec.metrics;
        let is_new = |new: &&MetricRef| {
            !own.iter()
                .any(|known| known.name == new.name && known.namespaced == new.namespaced)
        };
        let inherited = self.heritage.metrics.iter().filter(is_new);
        let inherited = inherited.map(|inherited| format!("{} (inherited)", metric(inherited)));
        own.iter().map(metric).chain(inherited).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_of_the_cloud_and_metrics_of_the_cluster_take_precedence() {
        let cluster: Cluster = serde_json::from_value(json!({
            "metadata": {"name": "c", "namespace": "n", "labels": {"location": "DE", "tier": "test"}},
            "spec": {"constraints": {"cloud": {}}, "metrics": [{"name": "load", "weight": 1.0, "namespaced": true}]},
        }))
        .unwrap();
        let load = |namespaced| MetricRef {
            name: "load".to_owned(),
            weight: 2.0,
            namespaced,
        };
        let heritage = Heritage {
            labels: BTreeMap::from([("location".to_owned(), "IT".to_owned())]),
            metrics: vec![load(true), load(false)],
        };
        let view = View {
            cluster: &cluster,
            heritage,
        };
        assert_eq!(view.labels(), ["tier: test", "location: IT (inherited)"]);
        assert_eq!(view.metrics(), ["load: 1", "load: 2 (global) (inherited)"]);
    }
}
