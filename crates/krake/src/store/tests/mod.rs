//! What every store guarantees, tried on the embedded one.

mod crash;
mod file;
mod semantics;
mod watching;

use std::path::Path;

use bytes::Bytes;

use super::*;

fn open(directory: &Path) -> EmbeddedStore {
    open_at(directory, 1000)
}

fn open_at(directory: &Path, not_before: Revision) -> EmbeddedStore {
    EmbeddedStore::open(&EmbeddedOptions::new(directory.join("krake.redb"), not_before)).unwrap()
}

fn put(key: &str, value: &str) -> Operation {
    Operation::Put(key.into(), Bytes::copy_from_slice(value.as_bytes()))
}

async fn write(store: &EmbeddedStore, operation: Operation) -> Revision {
    let transaction = Transaction {
        conditions: Vec::new(),
        operations: vec![operation],
    };
    store.commit(transaction).await.unwrap()
}

async fn create(store: &EmbeddedStore, key: &str, value: &str) -> Result<Revision, CommitError> {
    let transaction = Transaction {
        conditions: vec![Condition::Absent(key.into())],
        operations: vec![put(key, value)],
    };
    store.commit(transaction).await
}

async fn keys(store: &EmbeddedStore, prefix: &str) -> Vec<String> {
    let listing = store.list(prefix, None, None).await.unwrap();
    listing
        .entries
        .iter()
        .map(|entry| entry.key.to_string())
        .collect()
}
