//! Connections shared by whoever talks to the same cluster with the same credentials.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::Value;
use tokio::time::Instant;

use super::{Connection, Error, Timeouts};

/// How long an unused connection stays for the next one who asks.
const IDLE: Duration = Duration::from_mins(2);

/// One [`Connection`] per kubeconfig. A changed kubeconfig gets a new one; the old one goes when nobody has held
/// it for two minutes.
#[derive(Debug)]
pub struct ConnectionPool {
    timeouts: Timeouts,
    entries: Mutex<Entries>,
}

// The whole text is the key: a short hash could be made to collide by one who may register clusters.
type Entries = HashMap<String, Entry>;

#[derive(Debug)]
struct Entry {
    connection: Connection,
    asked: Instant,
}

impl ConnectionPool {
    /// An empty pool whose connections have these limits.
    pub fn new(timeouts: Timeouts) -> Self {
        Self {
            timeouts,
            entries: Mutex::default(),
        }
    }

    /// The connection of a kubeconfig, set up if nobody has it. Sends nothing.
    pub async fn get(&self, kubeconfig: &Value) -> Result<Connection, Error> {
        let key = kubeconfig.to_string();
        if let Some(connection) = self.known(&key) {
            return Ok(connection);
        }
        let connection = Connection::new(kubeconfig, self.timeouts).await?;
        let mut entries = self.entries.lock();
        let entry = entries.entry(key).or_insert_with(|| Entry {
            connection,
            asked: Instant::now(),
        });
        Ok(entry.connection.clone())
    }

    /// How many connections are kept.
    pub fn len(&self) -> usize {
        self.entries.lock().len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.entries.lock().is_empty()
    }

    fn known(&self, key: &str) -> Option<Connection> {
        let now = Instant::now();
        let mut entries = self.entries.lock();
        let found = entries.get_mut(key).map(|entry| {
            entry.asked = now;
            entry.connection.clone()
        });
        if found.is_none() {
            entries.retain(|_, entry| entry.connection.holders() > 1 || now - entry.asked < IDLE);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kubeconfig(port: u16) -> Value {
        json!({
            "clusters": [{"name": "c", "cluster": {"server": format!("http://127.0.0.1:{port}")}}],
            "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        })
    }

    #[tokio::test(start_paused = true)]
    async fn an_unused_connection_goes_and_a_held_one_stays() {
        let pool = ConnectionPool::new(Timeouts::default());
        let held = pool.get(&kubeconfig(1)).await.unwrap();
        drop(pool.get(&kubeconfig(2)).await.unwrap());
        assert_eq!(pool.len(), 2);
        tokio::time::advance(IDLE).await;
        drop(pool.get(&kubeconfig(3)).await.unwrap());
        assert_eq!(pool.len(), 2, "the second is gone, the first is held");
        assert_eq!(held.holders(), 2);
    }
}
