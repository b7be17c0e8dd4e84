//! Group commit: all transactions that wait are decided in order against memory, written to disk in one
//! durable transaction, and only then shown to readers and acknowledged.
//!
//! After a write that failed (a full disk, say) nobody knows whether it reached the disk. Until the file has
//! been opened anew, which is tried once a second, every transaction is refused; then what was in doubt is
//! either shown or forgotten.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};
use tokio::sync::oneshot;

use super::file::{File, WriteError};
use super::index::Index;
use super::plan::{Plan, Planned};
use super::{CommitError, Revision, StoreError, Transaction};

/// How many transactions are written together at most.
const GROUP: usize = 512;
/// Time between two attempts to write again.
const PAUSE: Duration = Duration::from_secs(1);

/// Why nothing can be written at the moment, if so.
pub(super) type Trouble = Arc<Mutex<Option<StoreError>>>;

/// A transaction that waits for its turn.
pub(super) struct Waiting {
    pub(super) transaction: Transaction,
    pub(super) answer: oneshot::Sender<Result<Revision, CommitError>>,
}

/// The file on disk is not what this process wrote.
#[derive(Debug, thiserror::Error)]
#[error("another process wrote into the file: it has revision {found}, not {expected}; start again")]
struct Foreign {
    found: Revision,
    expected: Revision,
}

/// The thread that writes.
pub(super) struct Writer {
    file: File,
    index: Arc<RwLock<Index>>,
    trouble: Trouble,
    /// Revision of the last transaction that is on disk for certain.
    on_disk: Revision,
    /// The group whose write failed.
    in_doubt: Option<Planned>,
    /// When to try again whether the file can be written.
    retry_at: Option<Instant>,
}

impl Writer {
    pub(super) fn new(file: File, on_disk: Revision, index: Arc<RwLock<Index>>, trouble: Trouble) -> Self {
        Self {
            file,
            index,
            trouble,
            on_disk,
            in_doubt: None,
            retry_at: None,
        }
    }

    /// Runs until all senders are gone.
    pub(super) fn run(mut self, queue: &Receiver<Waiting>) {
        loop {
            match self.next(queue) {
                Ok(first) => {
                    let group = std::iter::once(first).chain(queue.try_iter().take(GROUP - 1));
                    self.commit(group.collect());
                }
                Err(RecvTimeoutError::Timeout) => self.recover(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// The next transaction, or the time to try again.
    fn next(&self, queue: &Receiver<Waiting>) -> Result<Waiting, RecvTimeoutError> {
        let Some(retry_at) = self.retry_at else {
            return queue.recv().map_err(|_| RecvTimeoutError::Disconnected);
        };
        match retry_at.checked_duration_since(Instant::now()) {
            Some(left) => queue.recv_timeout(left),
            None => Err(RecvTimeoutError::Timeout),
        }
    }

    fn commit(&mut self, group: Vec<Waiting>) {
        let trouble = self.trouble.lock().clone();
        if let Some(error) = trouble {
            for waiting in group {
                let _ = waiting.answer.send(Err(error.clone().into()));
            }
            return;
        }
        let (planned, decided) = {
            let index = self.index.read();
            let mut plan = Plan::new(&index);
            let decided: Vec<_> = group
                .into_iter()
                .map(|waiting| (waiting.answer, plan.decide(waiting.transaction)))
                .collect();
            (plan.finish(), decided)
        };
        let written = self.write(planned);
        for (answer, result) in decided {
            let result = match &written {
                Ok(()) => result,
                Err(error) => Err(error.clone().into()),
            };
            // Whoever asked may have gone away meanwhile; the transaction happened all the same.
            let _ = answer.send(result);
        }
    }

    fn write(&mut self, planned: Planned) -> Result<(), StoreError> {
        if planned.changes.is_empty() {
            return Ok(());
        }
        match self.file.write(&planned.records, planned.revision) {
            Ok(()) => {
                self.show(planned);
                Ok(())
            }
            Err(error) => {
                self.in_doubt = Some(planned);
                Err(self.fail(error))
            }
        }
    }

    /// Lets readers see what is on disk.
    fn show(&mut self, planned: Planned) {
        self.on_disk = planned.revision;
        self.index.write().apply(planned.changes, planned.revision);
    }

    fn fail(&mut self, error: WriteError) -> StoreError {
        self.retry_at = Some(Instant::now() + PAUSE);
        let error = StoreError::Write(error);
        let before = self.trouble.lock().replace(error.clone());
        if before.is_none() {
            tracing::error!(error = %error.chain(), "the store cannot write");
        }
        error
    }

    fn recover(&mut self) {
        match self.file.reopen() {
            Ok(found) => self.settle(found),
            Err(error) => {
                self.fail(error);
            }
        }
    }

    fn settle(&mut self, found: Revision) {
        match self.in_doubt.take() {
            Some(planned) if found == planned.revision => self.show(planned),
            _ if found == self.on_disk => {}
            _ => {
                let expected = self.on_disk;
                self.fail(Arc::new(Foreign { found, expected }));
                return;
            }
        }
        self.retry_at = None;
        *self.trouble.lock() = None;
        tracing::info!("the store can write again");
    }
}
