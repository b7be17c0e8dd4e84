//! `krake bootstrap`: stores the objects of files, all of them or none.

use std::path::PathBuf;

use clap::Args;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::documents;
use super::error::CliError;
use super::kinds::{KindName, with_kind};
use super::session::{Session, check};
use crate::api::{Kind, Scope};
use crate::client::{DeleteOptions, Force};

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct BootstrapOptions {
    /// YAML files with one or more objects each; `-` reads standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Replace objects that exist.
    #[arg(short = 'f', long)]
    force: bool,
}

/// What an object is replaced with, if it exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Existing {
    Refuse,
    Replace,
}

/// An object of a file, and where it stands there.
struct Entry {
    kind: KindName,
    document: Value,
    place: String,
}

/// Something that was stored, and what was there before.
struct Done {
    kind: KindName,
    stored: Value,
    before: Option<Value>,
}

/// Runs the command.
pub(super) async fn run(session: &Session, options: BootstrapOptions) -> Result<(), CliError> {
    let entries = read(session, &options.files)?;
    let existing = if options.force {
        Existing::Replace
    } else {
        Existing::Refuse
    };
    let mut done = Vec::new();
    for entry in &entries {
        let stored = with_kind!(entry.kind, K => store::<K>(session, &entry.document, existing).await);
        match stored {
            Ok((stored, before)) => done.push(Done {
                kind: entry.kind,
                stored,
                before,
            }),
            Err(error) => {
                undo(session, done).await;
                return Err(CliError::Bootstrap {
                    place: entry.place.clone(),
                    source: Box::new(error),
                });
            }
        }
    }
    session.note(&format!("stored {} objects", done.len()));
    Ok(())
}

/// Reads all files before anything is stored, and checks every object.
fn read(session: &Session, files: &[PathBuf]) -> Result<Vec<Entry>, CliError> {
    let mut entries = Vec::new();
    for file in files {
        for (index, document) in documents::read(file)?.into_iter().enumerate() {
            let text = |member: &str| document.get(member).and_then(Value::as_str);
            let name = document
                .pointer("/metadata/name")
                .and_then(Value::as_str)
                .unwrap_or("?");
            let kind = text("kind").unwrap_or("?");
            let place = format!("{}, document {}, {kind} '{name}'", file.display(), index + 1);
            let known = KindName::of_document(text("api"), kind);
            let checked =
                known.ok_or_else(|| CliError::usage(format!("there is no kind '{kind}' in this API")));
            let checked = checked.and_then(|kind| {
                with_kind!(kind, K => check(&parse::<K>(session, &document)?))?;
                Ok(kind)
            });
            match checked {
                Ok(kind) => entries.push(Entry {
                    kind,
                    document,
                    place,
                }),
                Err(error) => {
                    return Err(CliError::Bootstrap {
                        place,
                        source: Box::new(error),
                    });
                }
            }
        }
    }
    Ok(entries)
}

fn parse<K: Kind>(session: &Session, document: &Value) -> Result<K, CliError> {
    let mut object: K = from_value(document.clone())?;
    if K::SCOPE == Scope::Namespaced && object.metadata().namespace.is_none() {
        object.metadata_mut().namespace = Some(session.settings.user.clone());
    }
    Ok(object)
}

fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, CliError> {
    serde_json::from_value(value).map_err(|error| CliError::usage(error.to_string()))
}

/// Creates an object, or replaces the one that is there; returns it and what was there before.
async fn store<K: Kind>(
    session: &Session,
    document: &Value,
    existing: Existing,
) -> Result<(Value, Option<Value>), CliError> {
    let object: K = parse(session, document)?;
    match session.client.create(&object).await {
        Ok(stored) => Ok((to_value(&stored), None)),
        Err(error) if error.is_conflict() && existing == Existing::Replace => {
            let before: K = session.client.get_ref(&object.reference()).await?;
            let stored = replace(session, object, &before).await?;
            Ok((to_value(&stored), Some(to_value(&before))))
        }
        Err(error) => Err(error.into()),
    }
}

/// Gives the object that is there the content of another one; the same content is no failure.
async fn replace<K: Kind>(session: &Session, mut object: K, present: &K) -> Result<K, CliError> {
    let metadata = object.metadata_mut();
    let there = present.metadata();
    metadata.uid.clone_from(&there.uid);
    metadata.created = there.created;
    metadata.modified = there.modified;
    metadata.finalizers.clone_from(&there.finalizers);
    metadata.resource_version.clone_from(&there.resource_version);
    *object.status_mut() = present.status().clone();
    match session.client.update(&object).await {
        Ok(stored) => Ok(stored),
        Err(error) if error.is_without_change() => Ok(present.clone()),
        Err(error) => Err(error.into()),
    }
}

fn to_value<K: Kind>(object: &K) -> Value {
    serde_json::to_value(object).unwrap_or_default()
}

/// Takes back what was stored, the last first.
async fn undo(session: &Session, done: Vec<Done>) {
    for Done { kind, stored, before } in done.into_iter().rev() {
        let undone = with_kind!(kind, K => undo_one::<K>(session, stored, before).await);
        if let Err(error) = undone {
            session.warn(&format!("cannot take back: {error}"));
        }
    }
}

async fn undo_one<K: Kind>(session: &Session, stored: Value, before: Option<Value>) -> Result<(), CliError> {
    let stored: K = from_value(stored)?;
    match before {
        Some(before) => {
            replace(session, from_value(before)?, &stored).await?;
        }
        None => remove(session, &stored).await?,
    }
    Ok(())
}

/// Removes an object that nobody else knows yet: without finalizers, its deletion has nothing to wait for.
async fn remove<K: Kind>(session: &Session, object: &K) -> Result<(), CliError> {
    let metadata = object.metadata();
    let how = DeleteOptions {
        force: Force::No,
        uid: Some(metadata.uid.clone()),
    };
    let mut marked: K = session
        .client
        .delete(metadata.namespace.as_deref(), &metadata.name, &how)
        .await?;
    marked.metadata_mut().finalizers.clear();
    match session.client.update(&marked).await {
        Ok(_) => Ok(()),
        // The garbage collector was quicker.
        Err(error) if error.is_not_found() || error.is_conflict() => Ok(()),
        Err(error) => Err(error.into()),
    }
}
