//! What commands print: objects, lists and events in every form that `-o` names.

use common::ui::{Detail, Render, Table};
use serde::Serialize;

use super::table::{self, Shown, date, wire_name};
use crate::api::{Event, Kind};

/// One object.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct One<'a, K>(pub(super) &'a K);

impl<K: Shown> Render for One<'_, K> {
    fn table(&self, _: Detail) -> Table {
        Table::of_properties(table::details(self.0))
    }

    fn names(&self) -> Vec<String> {
        vec![name_of(self.0)]
    }
}

/// A list of objects.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Many<'a, K>(pub(super) &'a [K]);

impl<K: Shown> Render for Many<'_, K> {
    fn table(&self, detail: Detail) -> Table {
        let columns = table::columns::<K>(detail);
        let mut table = Table::new(columns.iter().map(|column| column.title));
        for object in self.0 {
            table.push(columns.iter().map(|column| (column.cell)(object)));
        }
        table
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(name_of).collect()
    }
}

/// Events of an object.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Events<'a>(pub(super) &'a [Event]);

impl Render for Events<'_> {
    fn table(&self, _: Detail) -> Table {
        let mut table = Table::new(["last", "type", "reason", "source", "count", "message"]);
        for event in self.0 {
            table.push([
                date(Some(event.last)),
                wire_name(event.event_type),
                event.reason.clone(),
                event.source.clone(),
                event.count.to_string(),
                event.message.clone(),
            ]);
        }
        table
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|event| event.reason.clone()).collect()
    }
}

/// `application/echo`.
fn name_of<K: Kind>(object: &K) -> String {
    format!("{}/{}", K::KIND.to_lowercase(), object.metadata().name)
}
