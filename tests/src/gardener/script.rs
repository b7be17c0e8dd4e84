//! What the stand-in is told to do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What the operator does with a Garden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GardenPlay {
    /// It reconciles and succeeds.
    Succeed,
    /// It does not begin: the old status stays, with its old success.
    Sleep,
    /// It begins and gets no further.
    Hold,
    /// It ends in this state (`Error` is tried again, `Failed` is not) with this description.
    End(&'static str, &'static str),
}

/// What the operator does with an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExtensionPlay {
    /// It installs it.
    Install,
    /// It does not see it.
    Sleep,
    /// It cannot, and says this.
    Fail(&'static str),
}

/// When shoots follow their seeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShootPlay {
    /// At once.
    Follow,
    /// In their maintenance windows, of which none comes.
    Wait,
}

/// What is played. Changed at any time through [`Script::change`].
#[derive(Debug, Clone)]
pub struct Scenes {
    /// Between two steps of an operation.
    pub pace: Duration,
    /// The Garden.
    pub garden: GardenPlay,
    /// Extensions by name; others are installed.
    pub extensions: BTreeMap<String, ExtensionPlay>,
    /// Extensions that somebody needs, and who.
    pub required: BTreeMap<String, String>,
    /// Conditions of seeds that are not true: `(seed, condition)` and the value.
    pub seeds: BTreeMap<(String, String), &'static str>,
    /// Shoots.
    pub shoots: ShootPlay,
}

/// A handle to what is played; clones share it.
#[derive(Debug, Clone)]
pub struct Script(Arc<Mutex<Scenes>>);

impl Default for Script {
    /// All goes well, quickly.
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Scenes {
            pace: Duration::from_millis(30),
            garden: GardenPlay::Succeed,
            extensions: BTreeMap::new(),
            required: BTreeMap::new(),
            seeds: BTreeMap::new(),
            shoots: ShootPlay::Follow,
        })))
    }
}

impl Script {
    /// Changes what is played from now on.
    pub fn change(&self, change: impl FnOnce(&mut Scenes)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What is played now.
    pub fn scenes(&self) -> Scenes {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
