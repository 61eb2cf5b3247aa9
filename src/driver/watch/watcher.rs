//! What is watched at one home: exactly what the rows of the store say was made there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::driver::homes::HomeKey;
use crate::driver::records::Made;
use crate::driver::world::World;
use crate::flow::course::Action;
use crate::flow::definition::WhenPersonNeeded;
use crate::flow::engine::Wish;
use crate::store::{Key, Task};

/// The most deployments that one request asks for.
pub(super) const AT_ONCE: usize = 300;
/// The requests a minute that watching may cost one server.
pub(super) const BUDGET: u32 = 160;
/// How long a home may not show a deployment before nobody can tell what becomes of it.
pub(super) const UNSEEN: Duration = Duration::from_secs(60);
/// The longest pause between two looks at what ended unknown.
pub(super) const LONGEST_LOOK: Duration = Duration::from_secs(300);

/// Watches what attempts have made at one home.
pub(super) struct Watcher {
    pub(super) world: Arc<World>,
    pub(super) watched: BTreeMap<Key, Watched>,
    pub(super) home: HomeKey,
    /// How often asking the home failed in a row.
    pub(super) failures: u32,
}

/// An attempt that is watched.
pub(super) struct Watched {
    pub(super) made: Made,
    pub(super) reference: String,
    pub(super) wish: Wish,
    pub(super) since: Instant,
    pub(super) next: Instant,
    /// Since when the home has not shown some of it.
    pub(super) unseen: Option<Instant>,
    /// Whether it was reported to wait for a person; `None` = not known, since an earlier driver may have reported it.
    pub(super) suspended: Option<bool>,
    /// Whether it is cancelled because it needs a person.
    pub(super) given_up: bool,
    /// The questions that were answered.
    pub(super) answered: BTreeSet<String>,
    pub(super) person: WhenPersonNeeded,
}

impl Watcher {
    pub(super) fn new(world: Arc<World>, home: HomeKey) -> Self {
        Self { world, watched: BTreeMap::new(), home, failures: 0 }
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
        let watched = Watched {
            made,
            reference,
            wish: effect.wish,
            since: now,
            next: now,
            unseen: None,
            suspended: None,
            given_up: false,
            answered: BTreeSet::new(),
            person: when_needed(&effect.action),
        };
        self.watched.insert(key.clone(), watched);
    }

    /// When the next look is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.watched.values().map(|it| it.next).min()
    }
}

/// What the environment says to do where a deployment waits for a person.
fn when_needed(action: &Action) -> WhenPersonNeeded {
    match action {
        Action::Verify(_) => WhenPersonNeeded::Wait,
        Action::Deploy { options, .. } => options.when_person_needed,
    }
}
