//! A watch: a position in the shared history. It keeps nothing of its own beyond one small batch, so a slow
//! reader costs no memory; it ends with an error when the history forgot what it had not read.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::{StreamExt, stream};
use parking_lot::RwLock;

use super::index::{Index, Subscription};
use super::{Change, Changes, Revision, WatchError};

/// How many changes are taken from the history at once.
const BATCH: usize = 64;

struct Watch {
    index: Arc<RwLock<Index>>,
    subscription: Subscription,
    batch: VecDeque<Arc<Change>>,
    ended: bool,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.index.write().unsubscribe(&self.subscription.prefix);
    }
}

/// Opens a watch.
pub(super) fn open(
    index: &Arc<RwLock<Index>>,
    prefix: &str,
    from: Option<Revision>,
) -> Result<Changes, WatchError> {
    let watch = Watch {
        index: index.clone(),
        subscription: index.write().subscribe(prefix, from)?,
        batch: VecDeque::new(),
        ended: false,
    };
    Ok(stream::unfold(watch, |mut watch| async move {
        watch.next().await.map(|item| (item, watch))
    })
    .boxed())
}

impl Watch {
    async fn next(&mut self) -> Option<Result<Arc<Change>, WatchError>> {
        loop {
            if self.ended {
                return None;
            }
            if let Some(change) = self.batch.pop_front() {
                return Some(Ok(change));
            }
            self.subscription.signal.borrow_and_update();
            if let Err(error) = self.refill() {
                self.ended = true;
                return Some(Err(error));
            }
            if self.batch.is_empty() && self.subscription.signal.changed().await.is_err() {
                self.ended = true;
                return Some(Err(WatchError::Closed));
            }
        }
    }

    fn refill(&mut self) -> Result<(), WatchError> {
        let subscription = &mut self.subscription;
        let (changes, position) =
            self.index
                .read()
                .changes(&subscription.prefix, subscription.position, BATCH)?;
        subscription.position = position;
        self.batch.extend(changes);
        Ok(())
    }
}
