//! First objects: what the store shall hold when the API starts.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::app::ServeError;
use crate::api::Timestamp;
use crate::server::{BootstrapError, BootstrapProblem, Existing, bootstrap};
use crate::store::Store;

/// First objects of the group `core`, roles above all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct BootstrapConfig {
    /// YAML files whose objects the API stores when it starts, all of them or none; objects that exist are left alone.
    pub files: Option<Vec<PathBuf>>,
    /// Replace objects that exist.
    pub force: bool,
}

impl BootstrapConfig {
    pub(super) fn existing(&self) -> Existing {
        if self.force {
            Existing::Replace
        } else {
            Existing::Keep
        }
    }
}

/// The objects of a file.
#[derive(Debug, Clone)]
pub struct BootstrapFile {
    /// The file, for messages.
    pub path: PathBuf,
    /// Its documents.
    pub documents: Vec<Value>,
}

/// Stores the objects of all files, or none.
pub(super) async fn store(
    store: &dyn Store,
    files: &[BootstrapFile],
    existing: Existing,
    now: Timestamp,
) -> Result<(), ServeError> {
    let documents: Vec<Value> = files.iter().flat_map(|file| file.documents.clone()).collect();
    match bootstrap(store, &documents, existing, now).await {
        Ok(done) => {
            let (created, replaced) = (done.created.len(), done.replaced.len());
            if created + replaced > 0 {
                tracing::info!(created, replaced, "first objects stored");
            }
            Ok(())
        }
        Err(BootstrapError::Documents(problems)) => {
            let told: Vec<_> = problems.iter().map(|problem| tell(problem, files)).collect();
            Err(ServeError::Bootstrap(told.join("; ")))
        }
        Err(error) => Err(ServeError::Bootstrap(error.to_string())),
    }
}

/// A problem with the file in which its document stands.
fn tell(problem: &BootstrapProblem, files: &[BootstrapFile]) -> String {
    let mut position = problem.position;
    for file in files {
        if position <= file.documents.len() {
            let BootstrapProblem {
                reference, message, ..
            } = problem;
            let path = file.path.display();
            return format!("{path}, document {position}, {reference}: {message}");
        }
        position -= file.documents.len();
    }
    problem.to_string()
}
