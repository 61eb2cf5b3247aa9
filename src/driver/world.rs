//! What everything in a driver shares.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::backend::{Context, Ledger, Notice, Stop, Stopper, after};
use crate::flow::admission::PromotionId;
use crate::flow::course::Attempt;
use crate::flow::input::Input;
use crate::store::{Cause, Key, Store, TurnError};

use super::clock::now;
use super::events::{DriverEvent, Say};
use super::homes::Homes;
use super::redact::{self, Redact};

/// How long one verb of a home may take, retries included.
const CALL_LIMIT: Duration = Duration::from_secs(120);

/// What a driver works with.
pub struct Driving {
    /// What must not be lost.
    pub store: Arc<Store>,
    /// Where releases live.
    pub homes: Homes,
    /// Receives what happens.
    pub say: Box<Say>,
    /// Masks the secrets in a text: what servers say is written down only after that.
    pub redact: Box<Redact>,
    /// The stop signal. After it nothing is begun; what is under way goes on outside, and the next driver takes it up.
    pub stop: Stop,
    /// How often it looks.
    pub pace: Pace,
}

/// How often a driver looks.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The pause between two looks whether another process has changed the store. Default: 100 ms.
    pub notice: Duration,
    /// The shortest pause between two looks at a deployment. Default: 1 s.
    pub shortest: Duration,
    /// The longest pause between two looks at a deployment. Default: 10 s.
    pub longest: Duration,
    /// The first pause after something did not work; it doubles up to half a minute. Default: 1 s.
    pub after_trouble: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            notice: Duration::from_millis(100),
            shortest: Duration::from_secs(1),
            longest: Duration::from_secs(10),
            after_trouble: Duration::from_secs(1),
        }
    }
}

/// The longest pause after something did not work.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

impl Pace {
    /// The pause after something has not worked this many times in a row.
    pub(super) fn pause(&self, failures: u32) -> Duration {
        let doubled = self.after_trouble.saturating_mul(1 << failures.saturating_sub(1).min(10));
        doubled.min(LONGEST_PAUSE.max(self.after_trouble))
    }
}

/// What the parts of a driver share.
pub(super) struct World {
    pub(super) driving: Driving,
    /// The name of this process among the holders of attempts.
    pub(super) holder: String,
    /// Wakes the loop: an attempt was performed.
    pub(super) performed: Notify,
    /// The word to stop, from outside or since this driver ends.
    stop: Stop,
    ending: Stopper,
}

impl World {
    pub(super) fn new(driving: Driving) -> Arc<Self> {
        let holder = format!("{}-{:016x}", std::process::id(), fastrand::u64(..));
        let (ending, ended) = Stopper::new();
        let stop = driving.stop.or(&ended);
        Arc::new(Self { driving, holder, performed: Notify::new(), stop, ending })
    }

    pub(super) fn store(&self) -> &Store {
        &self.driving.store
    }

    /// Whether nothing may be begun any more.
    pub(super) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// This driver ends: whatever it performs or watches ends as well. The next driver takes it up.
    pub(super) fn end(&self) {
        self.ending.stop();
    }

    /// Lets a promotion take an input, and reports what was decided.
    pub(super) async fn turn(&self, id: &PromotionId, cause: &Cause, input: &Input) -> Result<(), TurnError> {
        let input = redact::input(input, &*self.driving.redact);
        let turned = self.store().turn(id, cause, &input, now()).await?;
        if !turned.events.is_empty() {
            self.say(DriverEvent::Moved { promotion: id.clone(), events: turned.events });
        }
        for other in turned.others {
            self.say(DriverEvent::Moved { promotion: other, events: Vec::new() });
        }
        Ok(())
    }

    pub(super) fn say(&self, event: DriverEvent) {
        (self.driving.say)(event);
    }

    pub(super) fn trouble(&self, key: Option<&Key>, message: String, advice: Option<String>) {
        let promotion = key.map(|it| it.promotion.clone());
        let attempt = key.map(|it| it.of.clone());
        self.say(DriverEvent::Trouble { promotion, attempt, message, advice });
    }

    /// Waits, but not after the stop signal. Returns whether the signal came.
    pub(super) async fn pause(&self, pause: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.stop().requested() => true,
            () = tokio::time::sleep(pause) => false,
        }
    }
}

/// What a verb of a home needs for an attempt.
pub(super) struct Call<'a> {
    name: String,
    say: Box<dyn Fn(Notice) + Send + Sync + 'a>,
    ledger: Ledger,
    stop: &'a Stop,
}

impl<'a> Call<'a> {
    pub(super) fn of(world: &'a World, key: &'a Key) -> Self {
        let say = move |notice| {
            let (promotion, attempt): (PromotionId, Attempt) = (key.promotion.clone(), key.of.clone());
            let notice = Box::new(notice);
            world.say(DriverEvent::Notice { promotion, attempt, notice });
        };
        Self {
            name: format!("{}/{}", key.promotion, key.of),
            say: Box::new(say),
            ledger: Ledger::default(),
            stop: world.stop(),
        }
    }

    /// A context whose time begins now.
    pub(super) fn context(&self) -> Context<'_> {
        Context {
            deadline: after(Instant::now(), CALL_LIMIT),
            build: None,
            attempt: Some(&self.name),
            say: &*self.say,
            stop: self.stop,
            ledger: &self.ledger,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_after_trouble_grow_and_end_at_half_a_minute() {
        let pace = Pace::default();
        let pauses: Vec<u64> = (1..9).map(|it| pace.pause(it).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(pace.pause(u32::MAX).as_secs(), 30);
    }
}
