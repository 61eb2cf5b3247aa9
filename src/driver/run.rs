//! The loop of a driver.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::backend::after;
use crate::flow::admission::PromotionId;
use crate::flow::input::Input;
use crate::store::{Cause, StoreError, Task, Trouble, TurnError};

use super::clock::now;
use super::hands::{Hands, LocalHands};
use super::watch::Watchers;
use super::world::{Driving, World};

/// How long what is under way may take to end after the stop signal, and once more for those who perform and watch.
const ENDING: Duration = Duration::from_secs(3);

/// Until when a driver drives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// Until the stop signal.
    Stopped,
    /// Until this promotion has ended, or the stop signal.
    Ended(PromotionId),
}

/// What a pass ended with.
enum Passed {
    /// The promotion that is driven has ended.
    Done,
    /// Work goes on.
    GoesOn,
    /// A promotion could not take its turn, for its own reason. It is asked again, but not at once.
    Hindered,
}

/// Drives everything that is pending in a store. The first pass takes up what an earlier driver has left.
///
/// # Errors
///
/// The store cannot be used and waiting will not change that. What did not work and may work later is reported, and
/// tried again.
pub async fn drive(driving: Driving, until: &Until) -> Result<(), StoreError> {
    let world = World::new(driving);
    let mut hands = Hands::Local(LocalHands::new(Arc::clone(&world)));
    let mut watchers = Watchers::new(Arc::clone(&world));
    let stopped = async {
        world.stop().requested().await;
        sleep(ENDING).await;
    };
    let result = tokio::select! {
        biased;
        result = passes(&world, &mut hands, &mut watchers, until) => result,
        // A turn that is dropped changes nothing, or everything.
        () = stopped => Ok(()),
    };
    // Attempts of other promotions are performed here as well, and would be for as long as they need.
    world.end();
    let until = after(Instant::now(), ENDING);
    tokio::join!(hands.finish(until), watchers.finish(until));
    result
}

async fn passes(
    world: &World,
    hands: &mut Hands,
    watchers: &mut Watchers,
    until: &Until,
) -> Result<(), StoreError> {
    let mut failures = 0;
    while !world.stop().is_requested() {
        let version = world.store().data_version().await;
        match pass(world, hands, watchers, until).await {
            Ok(Passed::Done) => break,
            Ok(Passed::GoesOn) => {
                failures = 0;
                wait(world, version.ok()).await;
            }
            Ok(Passed::Hindered) => {
                failures += 1;
                world.pause(world.driving.pace.pause(failures)).await;
            }
            Err(error) if !error.may_pass() => return Err(error),
            Err(error) => {
                failures += 1;
                world.trouble(None, error.to_string(), error.advice().map(str::to_owned));
                world.pause(world.driving.pace.pause(failures)).await;
            }
        }
    }
    Ok(())
}

/// One pass: looks at what goes on, lets time pass, begins what must be going on and does not.
async fn pass(
    world: &World,
    hands: &mut Hands,
    watchers: &mut Watchers,
    until: &Until,
) -> Result<Passed, StoreError> {
    if !watchers.have_looked() {
        // Looking comes first: what ended while nobody drove has ended, and its limit does not matter any more.
        watchers.watch(&world.store().tasks().await?);
        watchers.first_look().await;
    }
    let hindered = tick(world).await?;
    if let Until::Ended(id) = until
        && world.store().is_over(id).await?
    {
        return Ok(Passed::Done);
    }
    hands.tidy();
    let effects: Vec<Task> = world.store().tasks().await?;
    watchers.watch(&effects);
    for effect in effects.iter().filter(|it| it.reference.is_none()) {
        hands.begin(&effect.key);
    }
    Ok(if hindered { Passed::Hindered } else { Passed::GoesOn })
}

/// Lets time pass where it changes something. Returns whether a promotion could not take its turn.
async fn tick(world: &World) -> Result<bool, StoreError> {
    let mut hindered = false;
    for id in world.store().due(now()).await? {
        match world.turn(&id, &Cause::Clock, &Input::Tick).await {
            Ok(()) => {}
            Err(error) if error.is_moot() => {}
            Err(TurnError::Store(error)) if !matches!(error.trouble, Trouble::Damaged(_)) => {
                return Err(error);
            }
            // One promotion's trouble is its own, and so is damage that its turn meets.
            Err(error) => {
                hindered |= matches!(error, TurnError::Store(_));
                world.trouble(None, format!("promotion {id}: {error}"), None);
            }
        }
    }
    Ok(hindered)
}

/// Waits until something may have changed: time, what this process did, or another process.
async fn wait(world: &World, seen: Option<i64>) {
    let wake = world.store().next_wake().await.ok().flatten();
    let notice = world.driving.pace.notice;
    loop {
        // Asked again each time: the clock may be set, and goes on while the machine sleeps.
        let left = wake.map_or(notice, |it| Duration::from(it.since(now())).min(notice));
        tokio::select! {
            biased;
            () = world.stop().requested() => return,
            () = world.performed.notified() => return,
            () = sleep(left) => {}
        }
        if wake.is_some_and(|it| it <= now()) {
            return;
        }
        match world.store().data_version().await {
            Ok(version) if Some(version) == seen => {}
            _ => return,
        }
    }
}
