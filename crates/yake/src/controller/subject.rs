//! What a run is about: a `Landscape`, or a `Kustomization` of Flux that was handed over. Both are read into the same
//! shape.

use common::kube::{Connection, Error, Failure, ObjectId, Resource, Scope};
use serde_json::Value;

use crate::api::flux::{FluxError, FluxUnit, NamespacedName, git_source};
use crate::api::names;
use crate::api::{GitSource, Landscape, LandscapeMetadata, LandscapeSpec};
use crate::build::{Overlay, OverlayError};

/// Kinds that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Yake's own.
    Landscape,
    /// Flux's, where it carries the annotation [`names::KEEP`].
    Kustomization,
}

impl Kind {
    /// Group and version.
    pub(super) fn api_version(self) -> String {
        match self {
            Self::Landscape => names::API_VERSION.to_owned(),
            Self::Kustomization => format!("{}/v1", names::FLUX_UNIT_GROUP),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Landscape => names::LANDSCAPE,
            Self::Kustomization => "Kustomization",
        }
    }

    pub(super) fn resource(self) -> Resource {
        let plural = match self {
            Self::Landscape => "landscapes",
            Self::Kustomization => "kustomizations",
        };
        Resource::new(&self.api_version(), self.name(), plural, Scope::Namespaced)
    }
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) kind: Kind,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Key {
    pub(super) fn id(&self) -> ObjectId {
        ObjectId {
            api_version: self.kind.api_version(),
            kind: self.kind.name().to_owned(),
            namespace: Some(self.namespace.clone()),
            name: self.name.clone(),
        }
    }
}

/// An object that is kept, read.
pub(super) struct Wanted {
    /// As the cluster has it.
    pub(super) object: Value,
    /// Which kind.
    pub(super) kind: Kind,
    /// What it asks for.
    pub(super) landscape: Landscape,
    /// Settings that are laid over the folder.
    pub(super) overlay: Option<Overlay>,
    /// Kustomizations that have to be ready first.
    pub(super) depends_on: Vec<NamespacedName>,
    /// When somebody asked for a run.
    pub(super) requested: Option<String>,
    /// Units that are left alone; `*`: all of it.
    pub(super) suspended: Vec<String>,
}

/// What cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum SubjectError {
    #[error("the specification is not understood: {0}")]
    Spec(String),
    #[error(transparent)]
    Flux(#[from] FluxError),
    #[error(transparent)]
    Overlay(#[from] OverlayError),
    #[error("the GitRepository {0} does not exist")]
    NoSource(String),
    #[error("the GitRepository {name}: {source}")]
    Source { name: String, source: FluxError },
    #[error(transparent)]
    Cluster(#[from] Error),
}

/// Whether Yake keeps the object: all landscapes, and Kustomizations that were handed over.
pub(super) fn is_kept(kind: Kind, object: &Value) -> bool {
    let is_going = object.pointer("/metadata/deletionTimestamp").is_some();
    let is_handed_over = match kind {
        Kind::Landscape => true,
        Kind::Kustomization => annotation(object, names::KEEP).as_deref() == Some("true"),
    };
    is_handed_over && !is_going
}

/// Reads an object that is kept.
pub(super) async fn read(runtime: &Connection, kind: Kind, object: Value) -> Result<Wanted, SubjectError> {
    let spec = object.get("spec").cloned().unwrap_or_default();
    let namespace = text(&object, "/metadata/namespace");
    let (spec, overlay, depends_on) = match kind {
        Kind::Landscape => {
            let spec = serde_json::from_value(spec).map_err(|error| SubjectError::Spec(error.to_string()))?;
            (spec, None, Vec::new())
        }
        Kind::Kustomization => {
            let overlay = Overlay::read(&spec)?;
            let flux = FluxUnit::read(&spec)?;
            let source = source(runtime, &flux.source, &namespace).await?;
            let spec = LandscapeSpec {
                source: Some(source),
                ..flux.spec
            };
            (spec, Some(overlay), flux.depends_on)
        }
    };
    let suspended = annotation(&object, names::SUSPENDED).unwrap_or_default();
    let asked = [names::REQUESTED_AT, names::FLUX_REQUESTED_AT];
    Ok(Wanted {
        landscape: Landscape {
            api_version: names::API_VERSION.to_owned(),
            kind: names::LANDSCAPE.to_owned(),
            metadata: LandscapeMetadata {
                name: text(&object, "/metadata/name"),
                namespace,
            },
            spec,
        },
        kind,
        overlay,
        depends_on,
        requested: asked.iter().find_map(|name| annotation(&object, name)),
        suspended: suspended.split(',').map(|unit| unit.trim().to_owned()).collect(),
        object,
    })
}

/// Kind of the sources that are kept.
pub(super) const SOURCE: &str = "GitRepository";

/// Group and version of sources.
pub(super) fn source_version() -> String {
    format!("{}/v1", names::FLUX_SOURCE_GROUP)
}

async fn source(
    runtime: &Connection,
    named: &NamespacedName,
    namespace: &str,
) -> Result<GitSource, SubjectError> {
    let id = ObjectId {
        api_version: source_version(),
        kind: SOURCE.to_owned(),
        namespace: Some(named.namespace.clone().unwrap_or_else(|| namespace.to_owned())),
        name: named.name.clone(),
    };
    let found = match runtime.get(&id).await {
        Err(error) if matches!(error.failure, Failure::UnknownKind { .. }) => None,
        found => found?,
    };
    let Some(repository) = found else {
        return Err(SubjectError::NoSource(named.name.clone()));
    };
    let spec = repository.get("spec").unwrap_or(&Value::Null);
    git_source(spec).map_err(|source| SubjectError::Source {
        name: named.name.clone(),
        source,
    })
}

/// The first Kustomization that has to be ready and is not, as Flux means it: Ready for its current generation.
pub(super) async fn open_dependency(runtime: &Connection, wanted: &Wanted) -> Result<Option<String>, Error> {
    for on in &wanted.depends_on {
        let own = &wanted.landscape.metadata.namespace;
        let key = Key {
            kind: Kind::Kustomization,
            namespace: on.namespace.clone().unwrap_or_else(|| own.clone()),
            name: on.name.clone(),
        };
        let found = runtime.get(&key.id()).await?;
        if !found.as_ref().is_some_and(is_ready) {
            return Ok(Some(format!("{}/{}", key.namespace, key.name)));
        }
    }
    Ok(None)
}

fn is_ready(object: &Value) -> bool {
    let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64);
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
    let ready = conditions
        .into_iter()
        .flatten()
        .any(|condition| text(condition, "/type") == "Ready" && text(condition, "/status") == "True");
    ready && number("/metadata/generation") == number("/status/observedGeneration")
}

/// Text of a member, empty if there is none.
pub(super) fn text(object: &Value, pointer: &str) -> String {
    let text = object.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

pub(super) fn annotation(object: &Value, name: &str) -> Option<String> {
    let annotations = object.pointer("/metadata/annotations")?;
    annotations.get(name)?.as_str().map(str::to_owned)
}
