//! One watch of one target, for as long as somebody listens.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::lines::{Lines, Next};
use super::{Event, FIRST_PAUSE, LONGEST_PAUSE, Target};
use crate::kube::call::Call;
use crate::kube::connection::Connection;
use crate::kube::error::{Error, Failure, Subject};
use crate::kube::objects::{PAGE, with_kind};
use crate::kube::refusal::read_refusal;
use crate::kube::{ObjectId, path};

/// How long a watch may be silent. Bookmarks come about every minute, so a longer silence is a dead connection.
const SILENCE: Duration = Duration::from_secs(100);
/// Events waiting for a slow reader; then the server waits, and in the end cuts us off, and we resume.
const QUEUE: usize = 256;

impl Connection {
    /// Follows a target until `stop` or until nobody listens; then the channel ends.
    pub fn watch(&self, target: Target, stop: CancellationToken) -> mpsc::Receiver<Event> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let follower = Follower {
            connection: self.clone(),
            target,
            sender: sender.clone(),
            pause: FIRST_PAUSE,
        };
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = sender.closed() => {}
                Err(Gone) = follower.run() => {}
            }
        });
        receiver
    }
}

/// Nobody listens any more.
struct Gone;

/// Why one watch request ended.
enum End {
    /// The server's time limit, or a broken connection: go on from the last version.
    Closed,
    /// The version is too old: list again.
    Expired,
    /// The version is one that the server does not have yet: it is older than it was.
    Restored,
    Failed(Error),
}

struct Follower {
    connection: Connection,
    target: Target,
    sender: mpsc::Sender<Event>,
    pause: Duration,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Value>,
    metadata: PageMetadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageMetadata {
    resource_version: String,
    #[serde(default, rename = "continue")]
    next: String,
}

impl Follower {
    async fn run(mut self) -> Result<Infallible, Gone> {
        loop {
            self.tell(Event::Listing).await?;
            match self.list().await? {
                Err(error) => self.fail(error).await?,
                Ok(version) => {
                    self.pause = FIRST_PAUSE;
                    self.tell(Event::Listed).await?;
                    self.follow(version).await?;
                }
            }
        }
    }

    async fn tell(&self, event: Event) -> Result<(), Gone> {
        self.sender.send(event).await.map_err(|_| Gone)
    }

    async fn fail(&mut self, error: Error) -> Result<(), Gone> {
        self.tell(Event::Failed(error)).await?;
        self.rest().await;
        Ok(())
    }

    /// Half to all of the pause, which doubles.
    async fn rest(&mut self) {
        tokio::time::sleep(self.pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }

    /// Tells all objects, page by page, and gives the version of the list.
    async fn list(&self) -> Result<Result<String, Error>, Gone> {
        let mut next = String::new();
        loop {
            let page = match self.page(&next).await {
                Ok(page) => page,
                Err(error) => return Ok(Err(error)),
            };
            for item in page.items {
                let item = with_kind(item, &self.target.resource);
                self.tell(Event::Applied(slim(item))).await?;
            }
            next = page.metadata.next;
            if next.is_empty() {
                return Ok(Ok(page.metadata.resource_version));
            }
        }
    }

    async fn page(&self, next: &str) -> Result<Page, Error> {
        let mut pairs = vec![("limit", PAGE)];
        if !next.is_empty() {
            pairs.push(("continue", next));
        }
        let call = self.call(pairs)?;
        let subject = call.subject.clone();
        let answer = self.connection.call(call).await?;
        self.connection.read(&subject, &answer)
    }

    fn call<'a>(&'a self, mut pairs: Vec<(&str, &'a str)>) -> Result<Call, Error> {
        let Target {
            resource,
            namespace,
            label_selector,
        } = &self.target;
        let subject = Subject::Kind(resource.api.kind.clone());
        let path = path::collection(resource, namespace.as_deref())
            .map_err(|failure| self.connection.error(subject.clone(), failure))?;
        pairs.extend(
            label_selector
                .as_deref()
                .map(|selector| ("labelSelector", selector)),
        );
        Ok(Call {
            query: path::query(&pairs),
            ..Call::get(subject, path)
        })
    }

    /// Follows from a version until the server has forgotten it.
    async fn follow(&mut self, mut version: String) -> Result<(), Gone> {
        let mut is_resumed = false;
        loop {
            let started = Instant::now();
            let is_restored = if is_resumed {
                self.is_restored(&version).await
            } else {
                Ok(false)
            };
            let end = match is_restored {
                Ok(true) => End::Restored,
                Ok(false) => self.follow_once(&mut version).await?,
                Err(error) => End::Failed(error),
            };
            match end {
                End::Expired => return Ok(()),
                End::Restored => return self.tell(Event::Restored).await,
                End::Failed(error) => self.fail(error).await?,
                End::Closed if started.elapsed() < Duration::from_secs(1) => self.rest().await,
                End::Closed => {}
            }
            is_resumed = true;
        }
    }

    /// Whether the server is at an older version than it was, which it never says by itself: a watch from a version
    /// that it does not have is silent until it gets there. Asked when a watch is resumed, for a server is never
    /// restored while connections stand. Without an answer no watch is opened: it might be the silent one.
    async fn is_restored(&self, version: &str) -> Result<bool, Error> {
        let call = self.call(vec![("limit", "1")])?;
        let subject = call.subject.clone();
        let answer = self.connection.call(call).await?;
        let page: Page = self.connection.read(&subject, &answer)?;
        Ok(is_older(&page.metadata.resource_version, version))
    }

    async fn follow_once(&mut self, version: &mut String) -> Result<End, Gone> {
        let mut lines = match self.open(version).await {
            Ok(lines) => lines,
            Err(error) if is_expired(&error) => return Ok(End::Expired),
            Err(error) => return Ok(End::Failed(error)),
        };
        loop {
            let line = match tokio::time::timeout(SILENCE, lines.next()).await {
                Ok(Next::Line(line)) => line,
                Ok(Next::End) | Err(_) => return Ok(End::Closed),
                Ok(Next::Broken(failure)) => return Ok(End::Failed(self.error(failure))),
            };
            self.pause = FIRST_PAUSE;
            match self.read_line(&line, version) {
                Ok(Some(event)) => self.tell(event).await?,
                Ok(None) => {}
                Err(end) => return Ok(end),
            }
        }
    }

    async fn open(&self, version: &str) -> Result<Lines, Error> {
        let call = self.call(vec![
            ("watch", "1"),
            ("allowWatchBookmarks", "true"),
            ("resourceVersion", version),
        ])?;
        Ok(Lines::new(self.connection.open(call).await?))
    }

    fn read_line(&self, line: &[u8], version: &mut String) -> Result<Option<Event>, End> {
        #[derive(Deserialize)]
        struct Line {
            #[serde(rename = "type")]
            sort: String,
            object: Value,
        }
        let unreadable = |why: String| End::Failed(self.error(Failure::Unreadable { why }));
        let Line { sort, object } =
            serde_json::from_slice(line).map_err(|error| unreadable(error.to_string()))?;
        if sort == "ERROR" {
            return Err(self.told_error(&object));
        }
        if let Some(newer) = object
            .pointer("/metadata/resourceVersion")
            .and_then(Value::as_str)
        {
            newer.clone_into(version);
        }
        match sort.as_str() {
            "ADDED" | "MODIFIED" => Ok(Some(Event::Applied(slim(object)))),
            "DELETED" => {
                let id =
                    ObjectId::of(&object).map_err(|member| unreadable(format!("{member} is missing")))?;
                Ok(Some(Event::Deleted(id)))
            }
            _ => Ok(None),
        }
    }

    fn told_error(&self, status: &Value) -> End {
        let code = status
            .get("code")
            .and_then(Value::as_u64)
            .and_then(|code| u16::try_from(code).ok());
        match code {
            Some(410) => End::Expired,
            code => {
                let body = status.to_string();
                let failure = read_refusal(code.unwrap_or(500), body.as_bytes(), None);
                End::Failed(self.error(failure))
            }
        }
    }

    fn error(&self, failure: Failure) -> Error {
        self.connection
            .error(Subject::Kind(self.target.resource.api.kind.clone()), failure)
    }
}

/// Versions are decimal numbers since Kubernetes 1.35, and were in effect before; others are not compared.
fn is_older(version: &str, known: &str) -> bool {
    match (version.parse::<u64>(), known.parse::<u64>()) {
        (Ok(version), Ok(known)) => version < known,
        _ => false,
    }
}

fn is_expired(error: &Error) -> bool {
    matches!(error.failure, Failure::Refused { status: 410, .. })
}

/// Without what nobody who watches reads.
fn slim(mut object: Value) -> Arc<Value> {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("managedFields");
    }
    Arc::new(object)
}
