//! Follows an object from copy to copy, also past a server that is away for a while.

use std::pin::pin;
use std::time::Duration;

use futures::StreamExt;

use super::situation::Awaited;
use crate::api::WatchEventType;
use crate::cli::error::CliError;
use crate::cli::session::Session;
use crate::client::{Error, Namespaces};

/// Pause before a server that did not answer is asked again.
const PAUSE: Duration = Duration::from_millis(500);

/// An object that is waited for; tells on standard error whenever its situation changes.
pub(super) struct Follower<'a, K> {
    session: &'a Session,
    last: K,
    said: String,
}

/// What became of the object.
enum Change<K> {
    Newer(Box<K>),
    Gone,
}

impl<'a, K: Awaited> Follower<'a, K> {
    /// Begins with a copy.
    pub(super) fn new(session: &'a Session, object: K) -> Self {
        Self {
            session,
            last: object,
            said: String::new(),
        }
    }

    /// The last copy that is known.
    pub(super) fn last(&self) -> &K {
        &self.last
    }

    /// The last copy that was known.
    pub(super) fn into_last(self) -> K {
        self.last
    }

    /// Says how things stand, if that is new.
    pub(super) fn tell(&mut self) {
        self.say(format!("waiting: {}", self.last.situation()));
    }

    fn say(&mut self, text: String) {
        if text != self.said {
            self.session.note(&text);
            self.said = text;
        }
    }

    /// Waits for the next copy; false when the object is gone or another one took its name.
    pub(super) async fn advance(&mut self) -> Result<bool, CliError> {
        loop {
            match self.change().await {
                Ok(Some(Change::Newer(newer))) => {
                    self.last = *newer;
                    return Ok(true);
                }
                Ok(Some(Change::Gone)) => return Ok(false),
                Ok(None) => {}
                Err(error @ Error::Unanswered { .. }) => {
                    self.say(format!("waiting: {error}; it is asked again"));
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The first change that a watch brings, or a look at the object when the watch ends without one.
    async fn change(&self) -> Result<Option<Change<K>>, Error> {
        let metadata = &self.last.metadata();
        let namespaces = metadata
            .namespace
            .as_deref()
            .map_or(Namespaces::All, Namespaces::One);
        let revision = metadata.resource_version.as_deref();
        let watch = self.session.client.watch::<K>(namespaces, revision).await;
        let mut events = match watch {
            Err(error) if error.is_gone() => return self.look().await,
            other => pin!(other?),
        };
        while let Some(event) = events.next().await {
            match event {
                Ok(event) if event.object.metadata().uid == metadata.uid => {
                    return Ok(Some(match event.event_type {
                        WatchEventType::Deleted => Change::Gone,
                        WatchEventType::Added | WatchEventType::Modified | WatchEventType::Error => {
                            Change::Newer(Box::new(event.object))
                        }
                    }));
                }
                Ok(_) => {}
                Err(error) if error.status().is_some() && !error.is_gone() => return Err(error),
                Err(_) => break,
            }
        }
        self.look().await
    }

    async fn look(&self) -> Result<Option<Change<K>>, Error> {
        let metadata = &self.last.metadata();
        let found = self
            .session
            .client
            .get::<K>(metadata.namespace.as_deref(), &metadata.name)
            .await;
        match found {
            Ok(newer) if newer.metadata().uid != metadata.uid => Ok(Some(Change::Gone)),
            Ok(newer) if newer.metadata().resource_version != metadata.resource_version => {
                Ok(Some(Change::Newer(Box::new(newer))))
            }
            Ok(_) => Ok(None),
            Err(error) if error.is_not_found() => Ok(Some(Change::Gone)),
            Err(error) => Err(error),
        }
    }
}
