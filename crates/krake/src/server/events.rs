//! Events of an object, kept beside it under a key of their own, so that they never disturb its revision.

use axum::body::Body;
use axum::response::Response;

use super::call::{Call, Json};
use super::object::encode;
use super::refusal::Refusal;
use super::table::KindEntry;
use crate::api::decode::decode_body;
use crate::api::{Event, List, ListMetadata, Timestamp, Verb};
use crate::store::{CommitError, Condition, Operation, Transaction};

/// How many different events an object keeps.
const KEPT: usize = 50;
/// How many bytes each text of an event keeps.
const LONGEST: usize = 4096;
const ATTEMPTS: usize = 10;

/// `POST` on the events of an object.
pub(super) async fn record(kind: &'static KindEntry, call: Call, body: Body) -> Response {
    call.answer(try_record(kind, &call, body).await)
}

async fn try_record(kind: &'static KindEntry, call: &Call, body: Body) -> Result<Json, Refusal> {
    call.authorize(kind, Some("events"), Verb::Create).await?;
    let mut event: Event = decode_body(&call.read(body).await?)?;
    for text in [&mut event.message, &mut event.reason, &mut event.source] {
        shorten(text);
    }
    let key = call.key(kind);
    let events_key = KindEntry::events_key(&key);
    for _ in 0..ATTEMPTS {
        let entry = call.app.store().get(&events_key).await?;
        let mut events: Vec<Event> = entry
            .as_ref()
            .and_then(|entry| serde_json::from_slice(&entry.value).ok())
            .unwrap_or_default();
        let noted = note(&mut events, event.clone(), call.app.now());
        let unchanged = match entry {
            Some(entry) => Condition::Unchanged(entry.key, entry.modified),
            None => Condition::Absent(events_key.as_str().into()),
        };
        let transaction = Transaction {
            conditions: vec![Condition::Present(key.as_str().into()), unchanged],
            operations: vec![Operation::Put(events_key.as_str().into(), encode(&events))],
        };
        match call.app.store().commit(transaction).await {
            Ok(_) => return Ok(Json(encode(&noted).to_vec())),
            Err(CommitError::Conflict(failed)) if *failed == *key => return Err(call.not_found(kind)),
            Err(CommitError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Refusal::Contended)
}

/// `GET` on the events of an object.
pub(super) async fn list(kind: &'static KindEntry, call: Call) -> Response {
    call.answer(try_list(kind, &call).await)
}

async fn try_list(kind: &'static KindEntry, call: &Call) -> Result<Json, Refusal> {
    call.authorize(kind, Some("events"), Verb::Get).await?;
    let key = call.key(kind);
    let store = call.app.store();
    store.get(&key).await?.ok_or_else(|| call.not_found(kind))?;
    let entry = store.get(&KindEntry::events_key(&key)).await?;
    let items: Vec<Event> = entry
        .and_then(|entry| serde_json::from_slice(&entry.value).ok())
        .unwrap_or_default();
    let list = List {
        api: kind.api.to_owned(),
        kind: "EventList".to_owned(),
        metadata: ListMetadata::default(),
        items,
    };
    Ok(Json(encode(&list).to_vec()))
}

/// Cuts what nobody reads to its end: events stay in memory and are told again with each list of them.
fn shorten(text: &mut String) {
    const CUT: char = '…';
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST - CUT.len_utf8()));
        text.push(CUT);
    }
}

/// Counts a repetition, or adds; the newest is last, the oldest go first.
fn note(events: &mut Vec<Event>, event: Event, now: Timestamp) -> Event {
    let same = |known: &Event| {
        known.event_type == event.event_type
            && known.reason == event.reason
            && known.message == event.message
            && known.source == event.source
    };
    let before = events.iter().position(same).map(|index| events.remove(index));
    let noted = Event {
        count: before.as_ref().map_or(1, |before| before.count.saturating_add(1)),
        first: before.map_or(now, |before| before.first),
        last: now,
        ..event
    };
    events.push(noted.clone());
    let surplus = events.len().saturating_sub(KEPT);
    events.drain(..surplus);
    noted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::EventType;

    fn event(message: &str) -> Event {
        Event {
            event_type: EventType::Normal,
            reason: "Scheduled".into(),
            message: message.into(),
            source: "scheduler".into(),
            count: 7,
            first: Timestamp::default(),
            last: Timestamp::default(),
        }
    }

    #[test]
    fn repeated_events_are_counted_and_the_oldest_are_dropped() {
        let mut events = Vec::new();
        let at = Timestamp::from_microsecond;
        note(&mut events, event("a"), at(1));
        note(&mut events, event("b"), at(2));
        let noted = note(&mut events, event("a"), at(3));
        assert_eq!((noted.count, noted.first, noted.last), (2, at(1), at(3)));
        assert_eq!(
            events
                .iter()
                .map(|event| event.message.as_str())
                .collect::<Vec<_>>(),
            ["b", "a"]
        );
        for index in 0..KEPT {
            note(&mut events, event(&index.to_string()), at(4));
        }
        assert_eq!(events.len(), KEPT);
        assert_eq!(events[0].message, "0");
    }
}
