//! Events of applications, recorded beside the work: nobody waits for them.

use std::time::Duration;

use super::names::EVENT_SOURCE;
use crate::api::{Application, Event, EventType};
use crate::client::Client;

const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Records events.
pub(super) struct Journal {
    client: Client,
}

impl Journal {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Records an event of an application.
    pub(super) fn record(
        &self,
        application: &Application,
        event_type: EventType,
        reason: &str,
        message: String,
    ) {
        let event = Event::new(event_type, reason, message, EVENT_SOURCE);
        let (client, application) = (self.client.clone(), application.clone());
        tokio::spawn(async move {
            match tokio::time::timeout(TIME_LIMIT, client.record(&application, &event)).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => tracing::debug!(%error, reason = event.reason, "an event is lost"),
                Err(_) => tracing::debug!(reason = event.reason, "an event is lost: the API does not answer"),
            }
        });
    }
}
