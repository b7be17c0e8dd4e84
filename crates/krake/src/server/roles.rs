//! The rules as they are in the store right now, read again only after a role or binding changed.

use std::sync::Arc;

use futures::{FutureExt, StreamExt};
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use super::access::Rules;
use super::refusal::Refusal;
use crate::api::{Role, RoleBinding};
use crate::store::{Changes, Store};

/// Both `/core/roles/` and `/core/rolebindings/`.
const PREFIX: &str = "/core/role";

/// Rules in memory with a watch that says when they are stale. A change is seen as soon as its write is
/// acknowledged, since stores show changes before they acknowledge.
#[derive(Default)]
pub(super) struct Roles {
    known: Mutex<Option<Known>>,
}

struct Known {
    rules: Arc<Rules>,
    changes: Changes,
}

impl Roles {
    /// The current rules; the same `Arc` as long as nothing changed.
    pub(super) async fn current(&self, store: &dyn Store) -> Result<Arc<Rules>, Refusal> {
        let mut known = self.known.lock().await;
        if let Some(known) = known.as_mut()
            && known.changes.next().now_or_never().is_none()
        {
            return Ok(known.rules.clone());
        }
        let changes = store.watch(PREFIX, None)?;
        let rules = Arc::new(load(store).await?);
        *known = Some(Known {
            rules: rules.clone(),
            changes,
        });
        Ok(rules)
    }
}

async fn load(store: &dyn Store) -> Result<Rules, Refusal> {
    let roles: Vec<Role> = all(store, "/core/roles/").await?;
    let bindings: Vec<RoleBinding> = all(store, "/core/rolebindings/").await?;
    Ok(Rules::new(roles, &bindings))
}

/// An object that cannot be read grants nothing.
async fn all<T: DeserializeOwned>(store: &dyn Store, prefix: &str) -> Result<Vec<T>, Refusal> {
    let listing = store.list(prefix, None, None).await?;
    Ok(listing
        .entries
        .iter()
        .filter_map(|entry| serde_json::from_slice(&entry.value).ok())
        .collect())
}
