//! A watch on Krake's API that notes when each event arrived.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use bytes::{Bytes, BytesMut};
use http::Method;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::endpoint::Endpoint;

/// One event of a watch on applications.
#[derive(Debug)]
pub(super) struct Sighting {
    pub(super) at: Instant,
    pub(super) event: Event,
    pub(super) name: String,
    pub(super) scheduled_to: Option<String>,
    pub(super) state: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Event {
    Added,
    Modified,
    Deleted,
    Error,
}

/// Only what is looked at; the rest of a line is skipped without being built.
#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    event: Event,
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    status: Status,
}

#[derive(Default, Deserialize)]
struct Metadata {
    name: String,
}

/// An error event carries a problem document, whose `status` is a number.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Status {
    Application {
        scheduled_to: Option<Reference>,
        state: Option<String>,
    },
    #[default]
    Other,
}

#[derive(Deserialize)]
struct Reference {
    name: String,
}

/// A running watch.
pub(super) struct Watch {
    sightings: mpsc::UnboundedReceiver<Result<Sighting>>,
}

impl Watch {
    /// Opens a watch from now on; it stands when this returns.
    pub(super) async fn open(endpoint: &Endpoint, collection: &str) -> Result<Self> {
        let mut connection = endpoint.connect().await?;
        let path = format!("{collection}?watch&heartbeat=10");
        let answer = connection.send(Method::GET, &path, Bytes::new()).await?;
        if !answer.status().is_success() {
            bail!("the watch was answered with {}", answer.status());
        }
        let (sender, sightings) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let outcome = read(answer.into_body(), &sender).await;
            // Nobody listens any more when the figure is done.
            drop(sender.send(outcome.and_then(|()| bail!("the watch ended"))));
            drop(connection);
        });
        Ok(Self { sightings })
    }

    /// The next event, within a deadline.
    pub(super) async fn next(&mut self, within: Duration) -> Result<Sighting> {
        let sighting = timeout(within, self.sightings.recv()).await;
        let sighting = sighting.context("no event in time")?;
        sighting.context("the watch ended")?
    }
}

async fn read(mut body: Incoming, sightings: &mpsc::UnboundedSender<Result<Sighting>>) -> Result<()> {
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let at = Instant::now();
        if let Ok(data) = frame?.into_data() {
            rest.extend_from_slice(&data);
        }
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line = rest.split_to(end + 1);
            if line.len() > 1 && sightings.send(sighting(at, &line)).is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn sighting(at: Instant, line: &[u8]) -> Result<Sighting> {
    let Line { event, object } = serde_json::from_slice(line)?;
    let (scheduled_to, state) = match object.status {
        Status::Application { scheduled_to, state } => (scheduled_to, state),
        Status::Other => (None, None),
    };
    if event == Event::Error {
        bail!("the watch fell behind and was ended");
    }
    Ok(Sighting {
        at,
        event,
        name: object.metadata.name,
        scheduled_to: scheduled_to.map(|reference| reference.name),
        state,
    })
}
