//! A source of changing grid figures that answers as Prometheus does.
//!
//! It stands in for the weather: a story cannot wait for real wind. Only the query that Krake makes is
//! answered, `GET /api/v1/query?query=NAME`; the value of a metric is what the story says it is.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use serde_json::{Value, json};

/// Nobody keeps a connection of this server waiting for longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running source; its threads end with the process.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    address: SocketAddr,
    values: Arc<Mutex<BTreeMap<String, f64>>>,
}

impl Grid {
    /// Starts to answer on a free port of loopback.
    pub(super) fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let grid = Self {
            address: listener.local_addr()?,
            values: Arc::default(),
        };
        let answering = grid.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let grid = answering.clone();
                // A client that breaks off gets no answer, and needs none.
                thread::spawn(move || grid.answer(&stream).ok());
            }
        });
        Ok(grid)
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes a metric.
    pub(super) fn set(&self, metric: &str, value: f64) {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.insert(metric.to_owned(), value);
    }

    pub(super) fn get(&self, metric: &str) -> Option<f64> {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.get(metric).copied()
    }

    fn answer(&self, stream: &TcpStream) -> Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut lines = BufReader::new(stream).lines();
        let request = lines.next().transpose()?.unwrap_or_default();
        for header in lines {
            if header?.is_empty() {
                break;
            }
        }
        let (status, document) = self.response(&request);
        let body = document.to_string();
        let mut stream = stream;
        write!(
            stream,
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )?;
        Ok(())
    }

    /// Answers a request line.
    fn response(&self, request: &str) -> (&'static str, Value) {
        let target = request.split(' ').nth(1).unwrap_or_default();
        let Some(query) = target.strip_prefix("/api/v1/query?") else {
            return (
                "404 Not Found",
                json!({"status": "error", "errorType": "not_found", "error": "no such page"}),
            );
        };
        let name = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("query="))
            .unwrap_or_default();
        (
            "200 OK",
            json!({"status": "success", "data": {"resultType": "vector", "result": self.vector(name)}}),
        )
    }

    /// The samples of a query; none of a metric that nobody has set, as Prometheus does.
    fn vector(&self, name: &str) -> Vec<Value> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0.0, |time| time.as_secs_f64());
        let sample = |value: f64| json!({"metric": {"__name__": name}, "value": [now, value.to_string()]});
        self.get(name).map(sample).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(grid: &Grid, query: &str) -> Option<String> {
        let url = format!("{}/api/v1/query?query={query}", grid.url());
        let answer: Value = ureq::get(url).call().unwrap().body_mut().read_json().unwrap();
        assert_eq!(answer["status"], "success");
        Some(answer.pointer("/data/result/0/value/1")?.as_str()?.to_owned())
    }

    #[test]
    fn a_metric_is_what_was_set_last() {
        let grid = Grid::start().unwrap();
        grid.set("wind_north", 40.0);
        assert_eq!(value(&grid, "wind_north").unwrap(), "40");
        grid.set("wind_north", 12.5);
        assert_eq!(value(&grid, "wind_north").unwrap(), "12.5");
    }

    #[test]
    fn an_unknown_metric_is_a_success_without_samples() {
        assert_eq!(value(&Grid::start().unwrap(), "sun"), None);
    }
}
