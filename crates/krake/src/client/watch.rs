//! A watch as a stream of events: newline-delimited JSON with empty lines as heartbeats.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, stream};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::transport::BoxError;
use super::{Error, Problem};
use crate::api::{Kind, WatchEvent, WatchEventType};

/// Heartbeats come every 10 s: three missed ones are enough.
const SILENCE: Duration = Duration::from_secs(30);

struct Lines {
    path: String,
    body: BoxStream<'static, Result<Bytes, BoxError>>,
    buffer: BytesMut,
}

/// Turns the body of a watch into events. Ends with the body, or after the first error.
pub(super) fn events<K: Kind>(
    path: String,
    body: BoxStream<'static, Result<Bytes, BoxError>>,
) -> impl Stream<Item = Result<WatchEvent<K>, Error>> + Send + use<K> {
    let lines = Lines {
        path,
        body,
        buffer: BytesMut::new(),
    };
    stream::unfold(Some(lines), |lines| async {
        let mut lines = lines?;
        match lines.next_event().await? {
            Ok(event) => Some((Ok(event), Some(lines))),
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed()
}

impl Lines {
    async fn next_event<K: Kind>(&mut self) -> Option<Result<WatchEvent<K>, Error>> {
        loop {
            match self.buffered_line() {
                Some(line) if line.is_empty() => {}
                Some(line) => return Some(self.parse(&line)),
                None => match self.next_chunk().await? {
                    Ok(chunk) => self.buffer.extend_from_slice(&chunk),
                    Err(source) => {
                        let path = self.path.clone();
                        return Some(Err(Error::Unanswered {
                            method: "GET".to_owned(),
                            path,
                            source,
                        }));
                    }
                },
            }
        }
    }

    /// The next piece of the body; a server that does not even send heartbeats counts as gone.
    async fn next_chunk(&mut self) -> Option<Result<Bytes, BoxError>> {
        match tokio::time::timeout(SILENCE, self.body.next()).await {
            Ok(chunk) => chunk,
            Err(elapsed) => Some(Err(elapsed.into())),
        }
    }

    fn buffered_line(&mut self) -> Option<BytesMut> {
        let end = self.buffer.iter().position(|&byte| byte == b'\n')?;
        let mut line = self.buffer.split_to(end + 1);
        line.truncate(end);
        Some(line)
    }

    fn parse<K: Kind>(&self, line: &[u8]) -> Result<WatchEvent<K>, Error> {
        #[derive(Deserialize)]
        struct RawEvent<'a> {
            #[serde(rename = "type")]
            event_type: WatchEventType,
            #[serde(borrow)]
            object: &'a RawValue,
        }
        let unreadable = |source| Error::Unreadable {
            method: "GET".to_owned(),
            path: self.path.clone(),
            source,
        };
        let raw: RawEvent<'_> = serde_json::from_slice(line).map_err(unreadable)?;
        match raw.event_type {
            WatchEventType::Error => Err(self.refused(raw.object)),
            event_type => {
                let object = serde_json::from_str(raw.object.get()).map_err(unreadable)?;
                Ok(WatchEvent { event_type, object })
            }
        }
    }

    fn refused(&self, object: &RawValue) -> Error {
        #[derive(Deserialize)]
        struct Status {
            status: u16,
        }
        let status = serde_json::from_str::<Status>(object.get()).map_or(410, |status| status.status);
        let problem: Problem = serde_json::from_str(object.get()).unwrap_or_default();
        Error::Refused {
            method: "GET".to_owned(),
            path: self.path.clone(),
            status,
            problem: Box::new(problem),
        }
    }
}
