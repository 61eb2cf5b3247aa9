//! Hands: where attempts are performed.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::store::Key;

use super::perform::perform;
use super::world::World;

/// Where attempts are performed. Nothing else knows.
pub(super) enum Hands {
    /// In this process.
    Local(LocalHands),
}

impl Hands {
    /// Begins to perform an attempt. For one that is being performed nothing happens.
    pub(super) fn begin(&mut self, key: &Key) {
        match self {
            Self::Local(hands) => hands.begin(key),
        }
    }

    /// Forgets the attempts that have been performed, so that they can begin again where a row still asks for it.
    pub(super) fn tidy(&mut self) {
        match self {
            Self::Local(hands) => hands.at_work.retain(|_, it| !it.is_finished()),
        }
    }

    /// Waits until nothing is performed any more. Performers end by themselves at the stop signal; who has not ended by
    /// then is cut off, and leaves its row as it is, like a process that was killed.
    pub(super) async fn finish(&mut self, until: Instant) {
        match self {
            Self::Local(hands) => {
                for (_, mut performer) in std::mem::take(&mut hands.at_work) {
                    if timeout_at(until, &mut performer).await.is_err() {
                        performer.abort();
                    }
                }
            }
        }
    }
}

/// Tasks of this process.
pub(super) struct LocalHands {
    world: Arc<World>,
    at_work: BTreeMap<Key, JoinHandle<()>>,
}

impl LocalHands {
    pub(super) fn new(world: Arc<World>) -> Self {
        Self { world, at_work: BTreeMap::new() }
    }

    fn begin(&mut self, key: &Key) {
        if !self.at_work.contains_key(key) {
            let performer = tokio::spawn(perform(Arc::clone(&self.world), key.clone()));
            self.at_work.insert(key.clone(), performer);
        }
    }
}
