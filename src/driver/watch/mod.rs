//! Watches what attempts have made: everything on one server in few requests, as often as the youngest of it needs.

mod people;
mod progress;
mod round;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::driver::homes::HomeKey;
use crate::driver::records::Made;
use crate::driver::world::World;
use crate::flow::engine::Wish;
use crate::store::{Key, Task};

/// The most deployments that one request asks for.
const AT_ONCE: usize = 300;
/// The requests a minute that watching may cost one server.
const BUDGET: u32 = 160;
/// How long a home may not show a deployment before nobody can tell what becomes of it.
const UNSEEN: Duration = Duration::from_secs(60);
/// The longest pause between two looks at what ended unknown.
const LONGEST_LOOK: Duration = Duration::from_secs(300);

/// Watches what attempts have made.
pub(super) struct Watcher {
    world: Arc<World>,
    watched: BTreeMap<Key, Watched>,
    /// How often asking a home failed in a row.
    failures: BTreeMap<HomeKey, u32>,
}

/// An attempt that is watched.
struct Watched {
    made: Made,
    reference: String,
    wish: Wish,
    home: HomeKey,
    since: Instant,
    next: Instant,
    /// Since when the home has not shown some of it.
    unseen: Option<Instant>,
    /// Whether it was reported to wait for a person.
    suspended: bool,
    /// Whether it is cancelled because it needs a person.
    given_up: bool,
    /// The questions that were answered.
    answered: BTreeSet<String>,
    person: crate::flow::definition::WhenPersonNeeded,
}

impl Watcher {
    pub(super) fn new(world: Arc<World>) -> Self {
        Self { world, watched: BTreeMap::new(), failures: BTreeMap::new() }
    }

    /// Watches exactly what these rows have made.
    pub(super) fn watch(&mut self, effects: &[Task]) {
        let now = Instant::now();
        let wanted: BTreeMap<&Key, &Task> =
            effects.iter().filter(|it| it.reference.is_some()).map(|it| (&it.key, it)).collect();
        self.watched.retain(|key, it| {
            wanted.get(key).is_some_and(|row| row.reference.as_ref() == Some(&it.reference))
        });
        for (key, effect) in wanted {
            match self.watched.get_mut(key) {
                Some(watched) if watched.wish == effect.wish => {}
                Some(watched) => {
                    watched.wish = effect.wish;
                    watched.next = now;
                }
                None => self.begin(key, effect, now),
            }
        }
    }

    fn begin(&mut self, key: &Key, effect: &Task, now: Instant) {
        let Some(reference) = effect.reference.clone() else { return };
        let made = match Made::read(&reference) {
            Ok(made) => made,
            Err(error) => {
                let what = format!("what the attempt made cannot be read: {error}");
                self.world.trouble(Some(key), what, Some("run `promenade store check`".to_owned()));
                return;
            }
        };
        let target = effect.action.target();
        let watched = Watched {
            made,
            reference,
            wish: effect.wish,
            home: (target.connection.clone(), target.space.clone()),
            since: now,
            next: now,
            unseen: None,
            suspended: false,
            given_up: false,
            answered: BTreeSet::new(),
            person: people::when_needed(&effect.action),
        };
        self.watched.insert(key.clone(), watched);
    }

    /// When the next look is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.watched.values().map(|it| it.next).min()
    }

    /// The homes where a look is due.
    fn due(&self, now: Instant) -> BTreeSet<HomeKey> {
        self.watched.values().filter(|it| it.next <= now).map(|it| it.home.clone()).collect()
    }
}
