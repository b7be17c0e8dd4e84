//! Variables of a landscape that objects of its runtime cluster hold.

use common::kube::{Connection, ObjectId};

use crate::api::{Landscape, SubstituteFrom, SubstituteKind};
use crate::build::{Object, Origin, SourceError, Variables};

/// Variables that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum VariablesError {
    /// An object does not exist.
    #[error("{0}, which holds variables of the landscape, does not exist; create it, or set optional: true")]
    Missing(Box<ObjectId>),
    /// An object holds none.
    #[error("{id} gives no variables")]
    Unusable {
        /// Which.
        id: Box<ObjectId>,
        /// Why.
        source: SourceError,
    },
    /// The cluster does not answer as it should.
    #[error(transparent)]
    Cluster(#[from] common::kube::Error),
}

/// Reads them; later objects win over earlier ones.
pub async fn variables(landscape: &Landscape, runtime: &Connection) -> Result<Variables, VariablesError> {
    let mut variables = Variables::new();
    for SubstituteFrom { kind, name, optional } in &landscape.spec.substitute_from {
        let kind = match kind {
            SubstituteKind::ConfigMap => "ConfigMap",
            SubstituteKind::Secret => "Secret",
        };
        let id = ObjectId {
            api_version: "v1".to_owned(),
            kind: kind.to_owned(),
            namespace: Some(landscape.metadata.namespace.clone()),
            name: name.clone(),
        };
        let Some(object) = runtime.get(&id).await? else {
            if *optional {
                continue;
            }
            return Err(VariablesError::Missing(Box::new(id)));
        };
        let origin = Origin {
            file: id.to_string(),
            line: None,
        };
        let inserted = variables.insert_object(&Object::new(object.into(), origin));
        inserted.map_err(|source| VariablesError::Unusable {
            id: Box::new(id),
            source,
        })?;
    }
    Ok(variables)
}
