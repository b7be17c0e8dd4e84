//! How objects look in tables: a list of columns per kind. The columns are the original's.

mod application;
mod cells;
mod cluster;
mod core;
mod infrastructure;
mod openstack;

use ::common::ui::Detail;

use crate::api::Kind;
pub(super) use cells::{NONE, date, lines, metric, or_none, wire_name};

/// A column of a list, or a row of the table of one object.
pub(super) struct Column<K> {
    /// Heading.
    pub title: &'static str,
    /// Content for an object.
    pub cell: fn(&K) -> String,
}

impl<K> Column<K> {
    const fn new(title: &'static str, cell: fn(&K) -> String) -> Self {
        Self { title, cell }
    }
}

/// A kind as tables show it, beyond what all kinds show.
pub(super) trait Shown: Kind {
    /// Further columns of a list.
    const LIST: &'static [Column<Self>] = &[];
    /// Further columns of a wide list.
    const WIDE: &'static [Column<Self>] = &[];
    /// Further rows of the table of one object.
    const DETAILS: &'static [Column<Self>] = &[];
}

/// Columns of a list.
pub(super) fn columns<K: Shown>(detail: Detail) -> Vec<&'static Column<K>> {
    let wide = match detail {
        Detail::Normal => &[],
        Detail::Wide => K::WIDE,
    };
    common::<K>().iter().chain(K::LIST).chain(wide).collect()
}

/// Names and values of one object.
pub(super) fn details<K: Shown>(object: &K) -> impl Iterator<Item = (&'static str, String)> {
    let columns = common::<K>().iter().chain(K::DETAILS);
    columns.map(move |column| (column.title, (column.cell)(object)))
}

const fn common<K: Kind>() -> &'static [Column<K>] {
    const {
        &[
            Column::new("name", |object: &K| object.metadata().name.clone()),
            Column::new("namespace", |object: &K| {
                or_none(object.metadata().namespace.as_deref())
            }),
            Column::new("labels", |object: &K| {
                lines(
                    object
                        .metadata()
                        .labels
                        .iter()
                        .map(|(key, value)| format!("{key}: {value}")),
                )
            }),
            Column::new("created", |object: &K| date(Some(object.metadata().created))),
            Column::new("modified", |object: &K| date(Some(object.metadata().modified))),
            Column::new("deleted", |object: &K| date(object.metadata().deleted)),
        ]
    }
}
