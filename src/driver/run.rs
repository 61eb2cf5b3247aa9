//! The loop of a driver.

use std::sync::Arc;

use tokio::time::Instant;

use crate::backend::after;
use crate::flow::admission::PromotionId;
use crate::flow::input::Input;
use crate::store::{Cause, StoreError, Task, TurnError};

use super::clock::now;
use super::hands::{Hands, LocalHands};
use super::watch::Watcher;
use super::world::{Driving, World};

/// Until when a driver drives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// Until the stop signal.
    Stopped,
    /// Until this promotion has ended, or the stop signal.
    Ended(PromotionId),
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
    let mut watcher = Watcher::new(Arc::clone(&world));
    let mut failures = 0;
    let result = loop {
        if world.stop().is_requested() {
            break Ok(());
        }
        let version = world.store().data_version().await;
        match pass(&world, &mut hands, &mut watcher, until).await {
            Ok(true) => break Ok(()),
            Ok(false) => {
                failures = 0;
                let version = version.ok();
                wait(&world, &watcher, version).await;
            }
            Err(error) if !error.may_pass() => break Err(error),
            Err(error) => {
                failures += 1;
                world.trouble(None, error.to_string(), error.advice().map(str::to_owned));
                world.pause(world.driving.pace.pause(failures)).await;
            }
        }
    };
    hands.finish().await;
    result
}

/// One pass: looks at what goes on, lets time pass, begins what must be going on and does not. Returns whether the
/// driver is done.
async fn pass(
    world: &World,
    hands: &mut Hands,
    watcher: &mut Watcher,
    until: &Until,
) -> Result<bool, StoreError> {
    // Looking comes first: what ended while nobody drove has ended, and its limit does not matter any more.
    watcher.watch(&world.store().tasks().await?);
    watcher.round().await;
    for id in world.store().due(now()).await? {
        match world.turn(&id, &Cause::Clock, &Input::Tick).await {
            Ok(()) | Err(TurnError::Refused(_) | TurnError::NotYours | TurnError::NoPromotion(_)) => {}
            Err(TurnError::Store(error)) => return Err(error),
            // One promotion's trouble is its own.
            Err(error) => world.trouble(None, format!("{id}: {error}"), None),
        }
    }
    if let Until::Ended(id) = until
        && world.store().is_over(id).await?
    {
        return Ok(true);
    }
    hands.tidy();
    let effects: Vec<Task> = world.store().tasks().await?;
    watcher.watch(&effects);
    for effect in effects.iter().filter(|it| it.reference.is_none()) {
        hands.begin(&effect.key);
    }
    Ok(false)
}

/// Waits until something may have changed: time, what is watched, what this process did, or another process.
async fn wait(world: &World, watcher: &Watcher, seen: Option<i64>) {
    let wake = world.store().next_wake().await.ok().flatten();
    let by_clock = wake.map(|it| after(Instant::now(), it.since(now()).into()));
    let pace = world.driving.pace;
    let until = by_clock.into_iter().chain(watcher.next()).min();
    loop {
        let look = after(Instant::now(), pace.notice);
        tokio::select! {
            biased;
            () = world.stop().requested() => return,
            () = world.performed.notified() => return,
            () = tokio::time::sleep_until(until.map_or(look, |it| it.min(look))) => {}
        }
        if until.is_some_and(|it| it <= Instant::now()) {
            return;
        }
        match world.store().data_version().await {
            Ok(version) if Some(version) == seen => {}
            _ => return,
        }
    }
}
