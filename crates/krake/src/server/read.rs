//! Reading: one object, or a list with selector and pages.

use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::call::{Call, Json};
use super::document;
use super::refusal::Refusal;
use super::selector::Selector;
use super::table::KindEntry;
use super::watch;
use crate::api::{ListMetadata, Verb};
use crate::store::{Entry, Listing, Revision};

/// `GET` on an object.
pub(super) async fn get(kind: &'static KindEntry, call: Call) -> Response {
    call.answer(try_get(kind, &call).await)
}

async fn try_get(kind: &'static KindEntry, call: &Call) -> Result<Json, Refusal> {
    call.authorize(kind, None, Verb::Get).await?;
    let entry = call
        .app
        .store()
        .get(&call.key(kind))
        .await?
        .ok_or_else(|| call.not_found(kind))?;
    let sight = call.sight(kind).await?;
    Ok(Json(document::rendered(
        kind,
        &entry.value,
        entry.modified,
        sight,
    )))
}

/// `GET` on a collection: a list, or a watch when the parameter `watch` is there.
pub(super) async fn list(kind: &'static KindEntry, call: Call) -> Response {
    if call.query.get("watch").is_some() {
        return watch::watch(kind, call).await;
    }
    call.answer(try_list(kind, &call).await.map(IntoResponse::into_response))
}

async fn try_list(kind: &'static KindEntry, call: &Call) -> Result<Json, Refusal> {
    call.authorize(kind, None, Verb::List).await?;
    let selector = Selector::asked(call)?;
    let limit = limit(call)?;
    let prefix = kind.prefix(call.namespace.as_deref());
    let page = call
        .query
        .get("continue")
        .filter(|token| !token.is_empty())
        .map(|token| Page::parse(token, &prefix))
        .transpose()?;
    let after = page.as_ref().map(|page| page.after.as_str());
    // A selector picks among all; only without one can the store cut the page.
    let store_limit = limit.filter(|_| selector.is_none());
    let mut listing = call.app.store().list(&prefix, after, store_limit).await?;
    if let Some(selector) = selector {
        select(&mut listing, &selector, limit);
    }
    let revision = page.map_or(listing.revision, |page| page.revision);
    let sight = call.sight(kind).await?;
    let mut out = head(kind, &listing, revision);
    for (index, entry) in listing.entries.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        document::render(kind, &entry.value, entry.modified, sight, &mut out);
    }
    out.extend_from_slice(b"]}");
    Ok(Json(out))
}

fn select(listing: &mut Listing, selector: &Selector, limit: Option<usize>) {
    listing
        .entries
        .retain(|entry: &Entry| selector.matches_document(&entry.value));
    let limit = limit.unwrap_or(usize::MAX);
    listing.remaining = listing.entries.len().saturating_sub(limit);
    listing.entries.truncate(limit);
}

fn head(kind: &KindEntry, listing: &Listing, revision: Revision) -> Vec<u8> {
    let last = listing.entries.last().filter(|_| listing.remaining > 0);
    let metadata = ListMetadata {
        resource_version: Some(revision.to_string()),
        continue_token: last.map(|entry| {
            let after = entry.key.to_string();
            Page { revision, after }.token()
        }),
    };
    let metadata = serde_json::to_string(&metadata).unwrap_or_default();
    let size: usize = listing.entries.iter().map(|entry| entry.value.len() + 48).sum();
    let mut out = Vec::with_capacity(size + 256);
    out.extend_from_slice(
        format!(
            r#"{{"api":"{}","kind":"{}List","metadata":{metadata},"items":["#,
            kind.api, kind.kind
        )
        .as_bytes(),
    );
    out
}

fn limit(call: &Call) -> Result<Option<usize>, Refusal> {
    let Some(text) = call.query.get("limit") else {
        return Ok(None);
    };
    let limit: usize = text.parse().map_err(|_| Refusal::Query {
        name: "limit",
        message: format!("'{text}' is not a number of objects."),
    })?;
    Ok(Some(limit).filter(|limit| *limit > 0))
}

/// Where the next page starts. Its revision is that of the first page: a watch from there misses nothing of
/// what happened while the pages were read.
struct Page {
    revision: Revision,
    after: String,
}

impl Page {
    fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}:{}", self.revision, self.after))
    }

    /// Reads a token that a list of the prefix gave out.
    fn parse(token: &str, prefix: &str) -> Result<Self, Refusal> {
        let bytes = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
        let parsed = std::str::from_utf8(&bytes).ok().and_then(|text| {
            let (revision, after) = text.split_once(':')?;
            let page = Self {
                revision: revision.parse().ok()?,
                after: after.to_owned(),
            };
            page.after.starts_with(prefix).then_some(page)
        });
        parsed.ok_or_else(|| Refusal::Query {
            name: "continue",
            message: "The token does not come from this list.".to_owned(),
        })
    }
}
