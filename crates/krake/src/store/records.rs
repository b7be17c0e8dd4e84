//! What stands in the database file, and the transactions that read and write it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use redb::{Database, Durability, ReadableDatabase, ReadableTable, TableDefinition, TableError};

use super::Revision;
use super::index::Stored;

const OBJECTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("objects");
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const REVISION: &str = "revision";
const FORMAT: &str = "format";
/// Layout of keys and values; grows when an older program could not read what a newer one wrote.
pub(super) const CURRENT_FORMAT: u64 = 1;

/// What a file held when it was opened.
pub(super) struct Loaded {
    pub(super) entries: BTreeMap<Arc<str>, Stored>,
    /// Of the last transaction.
    pub(super) revision: Revision,
}

/// Reads the format; a new file gets the current one.
pub(super) fn read_format(database: &Database) -> Result<u64, redb::Error> {
    match database.begin_read()?.open_table(META) {
        Ok(meta) => Ok(meta.get(FORMAT)?.map_or(CURRENT_FORMAT, |format| format.value())),
        Err(TableError::TableDoesNotExist(_)) => {
            let transaction = database.begin_write()?;
            transaction.open_table(META)?.insert(FORMAT, CURRENT_FORMAT)?;
            transaction.open_table(OBJECTS)?;
            transaction.commit()?;
            Ok(CURRENT_FORMAT)
        }
        Err(error) => Err(error.into()),
    }
}

/// Reads everything.
pub(super) fn read_all(database: &Database) -> Result<Loaded, redb::Error> {
    let transaction = database.begin_read()?;
    let revision = transaction
        .open_table(META)?
        .get(REVISION)?
        .map_or(0, |revision| revision.value());
    let mut entries = BTreeMap::new();
    for record in transaction.open_table(OBJECTS)?.iter()? {
        let (key, value) = record?;
        let stored = decode(value.value())
            .ok_or_else(|| redb::Error::Corrupted(format!("the value of '{}' is too short", key.value())))?;
        entries.insert(Arc::from(key.value()), stored);
    }
    Ok(Loaded { entries, revision })
}

/// A durable transaction that changes nothing; returns the revision.
pub(super) fn prove_writable(database: &Database) -> Result<Revision, redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    let revision = {
        let mut meta = transaction.open_table(META)?;
        meta.insert(FORMAT, CURRENT_FORMAT)?;
        meta.get(REVISION)?.map_or(0, |revision| revision.value())
    };
    transaction.commit()?;
    Ok(revision)
}

/// Writes the states of keys in one durable transaction.
pub(super) fn write(
    database: &Database,
    states: &[(Arc<str>, Option<Stored>)],
    revision: Revision,
) -> Result<(), redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    {
        let mut objects = transaction.open_table(OBJECTS)?;
        for (key, state) in states {
            match state {
                Some(stored) => {
                    objects.insert(&**key, encode(stored).as_slice())?;
                }
                None => {
                    objects.remove(&**key)?;
                }
            }
        }
        transaction.open_table(META)?.insert(REVISION, revision)?;
    }
    transaction.commit()?;
    Ok(())
}

/// Record on disk: both revisions, little-endian, then the value.
fn encode(stored: &Stored) -> Vec<u8> {
    let mut record = Vec::with_capacity(16 + stored.value.len());
    record.extend_from_slice(&stored.created.to_le_bytes());
    record.extend_from_slice(&stored.modified.to_le_bytes());
    record.extend_from_slice(&stored.value);
    record
}

fn decode(record: &[u8]) -> Option<Stored> {
    let (created, rest) = record.split_first_chunk::<8>()?;
    let (modified, value) = rest.split_first_chunk::<8>()?;
    Some(Stored {
        value: Bytes::copy_from_slice(value),
        created: u64::from_le_bytes(*created),
        modified: u64::from_le_bytes(*modified),
    })
}
