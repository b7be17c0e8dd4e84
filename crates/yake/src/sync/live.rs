//! Reading the objects that a unit wants with few requests: what it owns comes in a list per kind, the rest one by
//! one, or by a list of names where there are many.

use std::collections::{BTreeMap, HashMap, HashSet};

use common::kube::{Connection, Error, ObjectId, Resource};
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::Deserialize;
use serde_json::Value;

/// Requests at once; the connection has a bound of its own.
pub(super) const PARALLEL: usize = 16;
/// From so many absent objects of a kind in a namespace on, their names are listed first.
const MANY: usize = 8;

/// The objects among `wanted` that exist, by identity. Identities are full.
pub(super) async fn read(
    connection: &Connection,
    wanted: &[(Resource, ObjectId)],
    selector: &str,
) -> Result<HashMap<ObjectId, Value>, Error> {
    let mut by_kind: BTreeMap<(String, String), (Resource, Vec<ObjectId>)> = BTreeMap::new();
    for (resource, id) in wanted {
        let kind = (id.api_version.clone(), id.kind.clone());
        let (_, ids) = by_kind
            .entry(kind)
            .or_insert_with(|| (resource.clone(), Vec::new()));
        ids.push(id.clone());
    }
    let reads: Vec<_> = by_kind
        .into_values()
        .map(|(resource, ids)| of_kind(connection, resource, ids, selector))
        .collect();
    let found: Vec<_> = stream::iter(reads).buffered(PARALLEL).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

async fn of_kind(
    connection: &Connection,
    resource: Resource,
    ids: Vec<ObjectId>,
    selector: &str,
) -> Result<Vec<(ObjectId, Value)>, Error> {
    let owned = match connection.list(&resource, None, Some(selector)).await {
        // Rights for some namespaces only: what is asked for one by one says which are missing.
        Err(error) if error.is_denied() => Vec::new(),
        owned => owned?,
    };
    let mut found: HashMap<_, _> = owned
        .into_iter()
        .filter_map(|object| Some((ObjectId::of(&object).ok()?, object)))
        .collect();
    let mut objects = Vec::with_capacity(ids.len());
    let mut others: BTreeMap<Option<String>, Vec<ObjectId>> = BTreeMap::new();
    for id in ids {
        match found.remove(&id) {
            Some(object) => objects.push((id, object)),
            None => others.entry(id.namespace.clone()).or_default().push(id),
        }
    }
    for (namespace, ids) in others {
        let ids = if ids.len() < MANY {
            ids
        } else {
            let names = names(connection, &resource, namespace.as_deref()).await?;
            ids.into_iter().filter(|id| names.contains(&id.name)).collect()
        };
        let gets: Vec<_> = ids.into_iter().map(|id| get(connection, id)).collect();
        let got: Vec<_> = stream::iter(gets).buffered(PARALLEL).try_collect().await?;
        objects.extend(got.into_iter().flatten());
    }
    Ok(objects)
}

async fn get(connection: &Connection, id: ObjectId) -> Result<Option<(ObjectId, Value)>, Error> {
    let object = connection.get(&id).await?;
    Ok(object.map(|object| (id, object)))
}

#[derive(Deserialize)]
struct Named {
    metadata: Name,
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

async fn names(
    connection: &Connection,
    resource: &Resource,
    namespace: Option<&str>,
) -> Result<HashSet<String>, Error> {
    let named: Vec<Named> = connection.list_as(resource, namespace, None).await?;
    Ok(named.into_iter().map(|named| named.metadata.name).collect())
}
