//! Performs an attempt, until it has made something outside or has an end.
//!
//! A performer keeps nothing that the store does not have: it reads the attempt's row, takes a step, and writes what
//! came of it. Whatever ends it, the next one goes on from there.

mod deploy;
mod refusal;
mod sending;
mod verify;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::time::Instant;

use crate::driver::HomeError;
use crate::flow::course::Action;
use crate::flow::input::{Input, Report};
use crate::store::{Cause, Key, StoreError, Task, TurnError};

use super::start::Content;
use super::world::World;

/// How many times as long as others the pauses are between looks for what nobody knows the end of.
const REST: u32 = 10;

/// What is reported of a pass that panicked.
const PANICKED: &str = "promenade itself failed over it, which is a bug";

/// The outcome of one pass.
enum Pass {
    /// There is nothing more to perform.
    Over,
    /// The row says something else now; it is read again at once.
    Changed,
    /// It is tried again after a pause, for this reason.
    Later(String, Option<String>),
    /// It is tried again after a pause, which is not worth a word.
    Quiet,
    /// It is known that nobody knows. It is looked for again after a longer pause, for as long as nobody settles it.
    Rest,
}

/// Why a pass could not be made.
enum Hindrance {
    Store(StoreError),
    Home(HomeError),
    /// What the store has of the attempt cannot be used.
    Unusable(String),
}

impl From<StoreError> for Hindrance {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<HomeError> for Hindrance {
    fn from(error: HomeError) -> Self {
        Self::Home(error)
    }
}

/// Performs an attempt until there is nothing more to perform, or until the stop signal.
pub(super) async fn perform(world: Arc<World>, key: Key) {
    let mut performer = Performer { world: &world, key: &key, quiet_since: None };
    let mut failures = 0;
    while !world.stop().is_requested() {
        let passed = AssertUnwindSafe(Box::pin(performer.pass())).catch_unwind().await;
        // What it had done by then is in the store, as if the process had been killed there.
        let passed = passed.unwrap_or_else(|_| Err(Hindrance::Unusable(PANICKED.to_owned())));
        let times = if matches!(passed, Ok(Pass::Rest)) { REST } else { 1 };
        let (message, advice) = match passed {
            Ok(Pass::Over) => break,
            Ok(Pass::Changed) => {
                failures = 0;
                continue;
            }
            Ok(Pass::Later(message, advice)) => (Some(message), advice),
            Ok(Pass::Quiet | Pass::Rest) => (None, None),
            Err(hindrance) => hindrance.words(),
        };
        failures += 1;
        if let Some(message) = message {
            world.trouble(Some(&key), message, advice);
        }
        if world.pause(world.driving.pace.pause(failures).saturating_mul(times)).await {
            break;
        }
    }
    world.performed.notify_one();
}

impl Hindrance {
    /// What is wrong, and what to do about it.
    fn words(self) -> (Option<String>, Option<String>) {
        match self {
            Self::Store(error) => (Some(error.to_string()), error.advice().map(str::to_owned)),
            Self::Home(error) => (Some(error.message), Some(error.advice).filter(|it| !it.is_empty())),
            Self::Unusable(what) => (Some(what), None),
        }
    }
}

/// Somebody who performs an attempt.
struct Performer<'a> {
    world: &'a World,
    key: &'a Key,
    /// Since when, by the monotonic clock, no request of this attempt can have been permitted.
    quiet_since: Option<Instant>,
}

impl Performer<'_> {
    async fn pass(&mut self) -> Result<Pass, Hindrance> {
        let store = self.world.store();
        let Some(effect) = store.take(self.key, &self.world.holder).await? else { return Ok(Pass::Over) };
        if effect.holder.as_ref() != Some(&self.world.holder) {
            // Whoever had it before may have been given a permit until just now.
            self.quiet_since = Some(Instant::now());
        }
        if effect.reference.is_some() {
            return Ok(Pass::Over);
        }
        match effect.action.clone() {
            Action::Verify(target) => self.verify(&effect, &target).await,
            Action::Deploy { target, options } => self.deploy(effect, &target, &options).await,
        }
    }

    /// Reports what became of the attempt. A report that is not taken concerns nobody any more.
    async fn report(&self, report: Report) -> Result<Pass, Hindrance> {
        let cause = Cause::Performer { holder: self.world.holder.clone() };
        let input = Input::Report(self.key.of.clone(), report);
        match self.world.turn(&self.key.promotion, &cause, &input).await {
            Ok(()) => Ok(Pass::Over),
            // It concerns nobody any more: the row is gone, or will say something else.
            Err(error) if error.is_moot() => Ok(Pass::Quiet),
            Err(TurnError::Store(error)) => Err(error.into()),
            Err(error) => Ok(Pass::Later(error.to_string(), None)),
        }
    }

    /// What is promoted, as it was frozen.
    async fn release(&self, effect: &Task) -> Result<crate::model::Release, Hindrance> {
        let (_, text) = self.world.store().frozen(&self.key.promotion).await?;
        let content = Content::read(&text).map_err(Hindrance::Unusable)?;
        let target = effect.action.target();
        content.release(target).cloned().ok_or_else(|| {
            Hindrance::Unusable(format!("the promotion has no release for {}", target.environment))
        })
    }
}
