//! `krake watch`: what happens to objects, a line for each change.

use std::collections::BTreeMap;
use std::pin::{Pin, pin};

use clap::Args;
use futures::StreamExt;
use futures::future::try_join_all;
use serde_json::json;

use super::error::CliError;
use super::kinds::{KindName, with_kind};
use super::options::{NamespaceOptions, OutputOptions};
use super::session::Session;
use super::table::Shown;
use crate::api::WatchEventType;
use crate::client::{ListOptions, Namespaces, ObjectKey};
use common::ui::OutputFormat;

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct WatchOptions {
    /// Kinds [default: application cluster].
    #[arg(value_enum, value_name = "KIND")]
    kinds: Vec<KindName>,
    /// Objects of all namespaces.
    #[arg(short = 'a', long)]
    all: bool,
    #[command(flatten)]
    namespace: NamespaceOptions,
    #[command(flatten)]
    output: OutputOptions,
}

/// Runs the command, until it is interrupted or the server refuses.
pub(super) async fn run(session: &Session, options: WatchOptions) -> Result<(), CliError> {
    let kinds = if options.kinds.is_empty() {
        vec![KindName::Application, KindName::Cluster]
    } else {
        options.kinds
    };
    let namespace = if options.all {
        None
    } else {
        Some(
            options
                .namespace
                .namespace
                .unwrap_or_else(|| session.settings.user.clone()),
        )
    };
    let followers = kinds.into_iter().map(|kind| {
        let namespace = namespace.as_deref();
        let format = options.output.format;
        with_kind!(kind, K => Box::pin(follow::<K>(session, namespace, format)) as Follower<'_>)
    });
    try_join_all(followers).await?;
    Ok(())
}

type Follower<'a> = Pin<Box<dyn Future<Output = Result<(), CliError>> + 'a>>;

/// Follows one kind; a watch that ends is resumed, one that is too old begins again with a list.
async fn follow<K: Shown>(
    session: &Session,
    namespace: Option<&str>,
    format: OutputFormat,
) -> Result<(), CliError> {
    let namespaces = namespace.map_or(Namespaces::All, Namespaces::One);
    let mut lines = Lines {
        session,
        format,
        known: BTreeMap::new(),
    };
    let mut revision: Option<String> = None;
    loop {
        let from = if let Some(revision) = revision.take() {
            Some(revision)
        } else {
            let list = session
                .client
                .list::<K>(namespaces, &ListOptions::default())
                .await?;
            for object in &list.items {
                lines.tell(WatchEventType::Added, object)?;
            }
            list.metadata.resource_version
        };
        let mut events = pin!(session.client.watch::<K>(namespaces, from.as_deref()).await?);
        revision = from;
        while let Some(event) = events.next().await {
            match event {
                Ok(event) => {
                    revision = event.object.metadata().resource_version.clone().or(revision);
                    lines.tell(event.event_type, &event.object)?;
                }
                Err(error) if error.is_gone() => revision = None,
                Err(error) if error.status().is_some() => return Err(error.into()),
                Err(_) => break,
            }
        }
    }
}

/// Lines for changes that say something new.
struct Lines<'a> {
    session: &'a Session,
    format: OutputFormat,
    known: BTreeMap<ObjectKey, String>,
}

impl Lines<'_> {
    fn tell<K: Shown>(&mut self, event_type: WatchEventType, object: &K) -> Result<(), CliError> {
        let key = ObjectKey::of(object);
        if matches!(self.format, OutputFormat::Json | OutputFormat::Yaml) {
            let event = json!({"type": event_type, "object": object});
            return Ok(self.session.output().line(&event.to_string())?);
        }
        let headline = headline(object);
        let text = match event_type {
            WatchEventType::Deleted => "gone".to_owned(),
            WatchEventType::Added | WatchEventType::Modified | WatchEventType::Error => headline,
        };
        if self.known.get(&key) == Some(&text) {
            return Ok(());
        }
        let time = (self.session.environment.now)().to_string();
        let time = time.get(11..23).unwrap_or(&time);
        self.session
            .output()
            .line(&format!("{time}  {}  {key}  {text}", K::KIND))?;
        self.known.insert(key, text);
        Ok(())
    }
}

/// The columns of a wide list in one line, without those that are empty.
fn headline<K: Shown>(object: &K) -> String {
    let deleting = object
        .metadata()
        .is_deleted()
        .then(|| "deletion requested".to_owned());
    let cells = K::LIST
        .iter()
        .chain(K::WIDE)
        .map(|column| (column.title, (column.cell)(object)));
    let cells = cells.filter(|(_, cell)| cell != super::table::NONE);
    let parts = cells.map(|(title, cell)| format!("{title}={}", cell.replace('\n', ", ")));
    parts.chain(deleting).collect::<Vec<_>>().join("  ")
}
