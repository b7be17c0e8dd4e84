//! A client that watches.

use std::time::Duration;

use futures::StreamExt;
use serde_json::Value;

use crate::harness::Server;

type Body = futures::stream::BoxStream<'static, reqwest::Result<bytes::Bytes>>;

pub(crate) struct Watch {
    body: Body,
    buffer: Vec<u8>,
}

impl Watch {
    /// Returns when the headers are there, that is, when the watch is open.
    pub(crate) async fn open(server: &Server, path: &str) -> Self {
        let request = server.client.get(format!("{}{path}", server.url)).send();
        let response = tokio::time::timeout(Duration::from_secs(5), request)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(response.status(), 200);
        Self {
            body: response.bytes_stream().boxed(),
            buffer: Vec::new(),
        }
    }

    /// The next line without its end; `None` when the stream ended.
    pub(crate) async fn line(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let rest = self.buffer.split_off(end + 1);
                let mut line = std::mem::replace(&mut self.buffer, rest);
                line.pop();
                return Some(line);
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.body.next())
                .await
                .expect("silence")?;
            self.buffer.extend_from_slice(&chunk.unwrap());
        }
    }

    /// The next event.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            let line = self.line().await.expect("the watch ended");
            if !line.is_empty() {
                return serde_json::from_slice(&line).unwrap();
            }
        }
    }
}

/// Revision of an object or a list.
pub(crate) fn revision(object: &Value) -> u64 {
    object["metadata"]["resourceVersion"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}
