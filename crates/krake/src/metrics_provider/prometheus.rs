//! The query API of Prometheus, and of all that speak it.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use bytes::BytesMut;
use futures::{StreamExt, stream};
use serde::Deserialize;
use serde_json::Value;

use crate::api::{Reason, ReasonCode};
use crate::scheduler::{ProviderKey, Reading};

/// Queries at a time to one provider.
const CONCURRENCY: usize = 16;
/// An answer to a query for one metric is small; a provider that sends more than this is not read to the end.
const LARGEST_ANSWER: usize = 4 << 20;

/// Reads metrics of Prometheus servers. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Prometheus {
    client: reqwest::Client,
}

impl Prometheus {
    /// A reader that gives each query `timeout` to be answered.
    pub fn new(timeout: Duration) -> Result<Self, reqwest::Error> {
        // Fails if the process has chosen its provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { client })
    }

    /// Reads all these metrics of one provider, several at a time.
    pub async fn read(
        &self,
        provider: &ProviderKey,
        url: &str,
        metrics: &BTreeSet<String>,
    ) -> HashMap<String, Reading> {
        stream::iter(metrics.iter().cloned())
            .map(|metric| async move {
                let reading = self.query(url, &metric).await;
                let reading = reading.map_err(|failure| failure.reason(provider, &metric));
                (metric, reading)
            })
            .buffer_unordered(CONCURRENCY)
            .collect()
            .await
    }

    async fn query(&self, url: &str, metric: &str) -> Result<f64, Failure> {
        let url = format!("{}/api/v1/query", url.trim_end_matches('/'));
        let response = self
            .client
            .get(url)
            .query(&[("query", metric)])
            .send()
            .await
            .map_err(|error| Failure::of(&error))?;
        if !response.status().is_success() {
            return Err(Failure::Status(response.status().as_u16()));
        }
        let mut body = BytesMut::new();
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            body.extend_from_slice(&chunk.map_err(|error| Failure::of(&error))?);
            if body.len() > LARGEST_ANSWER {
                return Err(Failure::Unreadable);
            }
        }
        value(&body, metric)
    }
}

/// Why a query brought no value. Texts are the same each time, so that a lasting failure is written once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    Timeout,
    Connection,
    Status(u16),
    Unreadable,
    Missing,
    Invalid,
}

impl Failure {
    fn of(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::Timeout
        } else {
            Self::Connection
        }
    }

    fn reason(self, provider: &ProviderKey, metric: &str) -> Reason {
        let unreachable = |what: &str| {
            Reason::new(
                ReasonCode::UnreachableMetricsProvider,
                format!("The metrics provider '{provider}' {what}."),
            )
        };
        match self {
            Self::Timeout => unreachable("did not answer in time"),
            Self::Connection => unreachable("cannot be reached"),
            Self::Status(status) => unreachable(&format!("answered with HTTP status {status}")),
            Self::Unreadable => unreachable("gave an answer that is none of Prometheus"),
            Self::Missing => Reason::new(
                ReasonCode::InvalidMetric,
                format!("Metric '{metric}' not in Prometheus response"),
            ),
            Self::Invalid => Reason::new(
                ReasonCode::InvalidMetric,
                format!("Invalid value for metric '{metric}'"),
            ),
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    result: Vec<Value>,
}

/// The value of the first result that bears the metric's name.
fn value(body: &[u8], metric: &str) -> Result<f64, Failure> {
    let answer: Answer = serde_json::from_slice(body).map_err(|_| Failure::Unreadable)?;
    let result = answer
        .data
        .result
        .iter()
        .find(|result| result.pointer("/metric/__name__").and_then(Value::as_str) == Some(metric))
        .ok_or(Failure::Missing)?;
    result
        .pointer("/value/1")
        .and_then(Value::as_str)
        .and_then(|text| text.parse::<f64>().ok())
        .filter(|value| value.is_finite())
        .ok_or(Failure::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(name: &str, value: &Value) -> Vec<u8> {
        let result = serde_json::json!([
            {"metric": {"__name__": "other"}, "value": [1.0, "7"]},
            {"metric": {"__name__": name}, "value": [1.0, value]},
        ]);
        serde_json::to_vec(
            &serde_json::json!({"status": "success", "data": {"resultType": "vector", "result": result}}),
        )
        .unwrap()
    }

    #[test]
    fn the_first_result_of_the_metrics_name_counts() {
        assert_eq!(value(&answer("heat", &"0.42".into()), "heat"), Ok(0.42));
        assert_eq!(
            value(&answer("cold", &"0.42".into()), "heat"),
            Err(Failure::Missing)
        );
    }

    #[test]
    fn what_is_no_finite_number_is_invalid() {
        for text in ["NaN", "+Inf", "hot", ""] {
            assert_eq!(
                value(&answer("heat", &text.into()), "heat"),
                Err(Failure::Invalid),
                "{text}"
            );
        }
        assert_eq!(
            value(&answer("heat", &0.42.into()), "heat"),
            Err(Failure::Invalid)
        );
    }

    #[test]
    fn what_is_no_answer_of_prometheus_is_unreadable() {
        for body in ["", "<html>", "[]", "{}", "{\"data\":7}"] {
            assert_eq!(value(body.as_bytes(), "heat"), Err(Failure::Unreadable), "{body}");
        }
        assert_eq!(
            value(b"{\"data\":{\"result\":[7,{}]}}", "heat"),
            Err(Failure::Missing)
        );
    }

    #[tokio::test]
    async fn a_provider_that_refuses_connections_is_unreachable() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        drop(listener);
        let reader = Prometheus::new(Duration::from_secs(5)).unwrap();
        let key = ProviderKey {
            namespace: None,
            name: "p".to_owned(),
        };
        let readings = reader
            .read(&key, &url, &["a".to_owned(), "b".to_owned()].into())
            .await;
        assert_eq!(readings.len(), 2);
        for reading in readings.into_values() {
            assert_eq!(reading.unwrap_err().code, ReasonCode::UnreachableMetricsProvider);
        }
    }
}
