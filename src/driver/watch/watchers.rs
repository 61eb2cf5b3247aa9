//! A watcher for each home, each a task of its own: a server that does not answer holds up nothing but what is on it.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::driver::homes::HomeKey;
use crate::driver::world::World;
use crate::store::Task;

use super::watcher::Watcher;

/// The watchers of all homes where something is watched.
pub(in crate::driver) struct Watchers {
    world: Arc<World>,
    by_home: BTreeMap<HomeKey, AtWork>,
    have_looked: bool,
}

/// A watcher at work.
struct AtWork {
    wanted: watch::Sender<Vec<Task>>,
    /// Whether it has looked once.
    looked: watch::Receiver<bool>,
    task: JoinHandle<()>,
}

impl Watchers {
    pub(in crate::driver) fn new(world: Arc<World>) -> Self {
        Self { world, by_home: BTreeMap::new(), have_looked: false }
    }

    /// Watches exactly what these rows have made.
    pub(in crate::driver) fn watch(&mut self, effects: &[Task]) {
        let mut wanted: BTreeMap<HomeKey, Vec<Task>> = BTreeMap::new();
        for effect in effects.iter().filter(|it| it.reference.is_some()) {
            let target = effect.action.target();
            let home = (target.connection.clone(), target.space.clone());
            wanted.entry(home).or_default().push(effect.clone());
        }
        // A watcher for whom nobody wants anything any more ends by itself.
        self.by_home.retain(|home, it| wanted.contains_key(home) && !it.task.is_finished());
        for (home, rows) in wanted {
            match self.by_home.get(&home) {
                Some(it) => drop(it.wanted.send_if_modified(|there| {
                    let changed = *there != rows;
                    *there = rows;
                    changed
                })),
                None => {
                    let at_work = self.begin(home.clone(), rows);
                    self.by_home.insert(home, at_work);
                }
            }
        }
    }

    fn begin(&self, home: HomeKey, rows: Vec<Task>) -> AtWork {
        let (wanted, rows) = watch::channel(rows);
        let (looks, looked) = watch::channel(false);
        let watcher = Watcher::new(Arc::clone(&self.world), home);
        AtWork { wanted, looked, task: tokio::spawn(watching(watcher, rows, looks)) }
    }

    /// Waits until each home was looked at once, but no longer than the longest pause between two looks for one that does
    /// not answer. A limit that has passed by then stops what may have ended; stopping begins with a look.
    pub(in crate::driver) async fn first_look(&mut self) {
        let looks =
            self.by_home.values_mut().map(|it| async { it.looked.wait_for(|looked| *looked).await.is_ok() });
        // Whoever did not answer in time is looked at when it does.
        timeout(self.world.driving.pace.longest, join_all(looks)).await.ok();
        self.have_looked = true;
    }

    /// Whether the first look is over.
    pub(in crate::driver) fn have_looked(&self) -> bool {
        self.have_looked
    }

    /// Waits until nothing is watched any more. Watchers end by themselves at the stop signal; who has not ended by then
    /// is cut off.
    pub(in crate::driver) async fn finish(&mut self, until: Instant) {
        for (_, mut it) in std::mem::take(&mut self.by_home) {
            if timeout_at(until, &mut it.task).await.is_err() {
                it.task.abort();
            }
        }
    }
}

/// Watches what is wanted of a home, until nothing is or the stop signal comes.
async fn watching(mut watcher: Watcher, mut wanted: watch::Receiver<Vec<Task>>, looked: watch::Sender<bool>) {
    loop {
        watcher.watch(&wanted.borrow_and_update());
        if AssertUnwindSafe(watcher.round()).catch_unwind().await.is_err() {
            watcher.failed("promenade itself failed over it, which is a bug".to_owned(), None);
        }
        looked.send_replace(true);
        let next = watcher.next();
        tokio::select! {
            biased;
            () = watcher.world.stop().requested() => return,
            changed = wanted.changed() => if changed.is_err() { return },
            () = async {
                match next {
                    Some(next) => sleep_until(next).await,
                    None => std::future::pending().await,
                }
            } => {}
        }
    }
}
