//! The rate limit that all requests of one client keep together.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::moment::after;
use super::raw::Raw;

/// How an answer asks the client to hold back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// The limit is reached (429): nothing is answered before this time is over. `None` = the server names no time.
    Must(Option<Duration>),
    /// The limit is near: it would be reached soon.
    Should(Duration),
}

/// When this few requests are left, those that follow are spread over the time until the reset.
const FEW: u64 = 5;

/// The longest that the client holds back of its own accord.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The longest that one answer keeps the client from asking again, whatever it says: a client may live for weeks.
const LONGEST_HOLD: Duration = Duration::from_secs(24 * 60 * 60);

/// For how long after a hold another one is not reported again.
const EPISODE: Duration = Duration::from_secs(60);

impl Hold {
    /// What an answer says by HTTP's own means: 429 and `Retry-After`.
    #[must_use]
    pub fn standard(raw: &Raw) -> Option<Self> {
        (raw.status == 429).then(|| Self::Must(raw.retry_after()))
    }

    /// Where few requests are `remaining` until the `reset`: spreads them. `None` where there are enough.
    #[must_use]
    pub fn spread(remaining: u64, reset: Duration) -> Option<Self> {
        let share = reset.checked_div(u32::try_from(remaining).ok()?.checked_add(1)?)?;
        (remaining < FEW && !share.is_zero()).then_some(Self::Should(share.min(LONGEST_PAUSE)))
    }
}

/// Holds back all requests of one client together.
#[derive(Debug, Default)]
pub struct Limiter(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    must: Option<Instant>,
    should: Option<Instant>,
    /// How often in a row the limit was reached: requests that went side by side count once.
    reached: u32,
    /// Until when a reached limit is not reported again.
    reported: Option<Instant>,
}

impl Limiter {
    /// Takes note of an answer and of how it asks to hold back.
    pub fn note(&self, hold: Option<Hold>) {
        self.with(|state| {
            let arrival = Instant::now();
            // What was sent before the server asked to hold back does not show whether the hold was long enough.
            if state.must.is_none_or(|it| it <= arrival) {
                state.reached =
                    if matches!(hold, Some(Hold::Must(_))) { state.reached.saturating_add(1) } else { 0 };
            }
            match hold {
                Some(Hold::Must(asked)) => {
                    let wait = bounded(asked, state.reached);
                    state.must = state.must.max(Some(after(arrival, wait)));
                }
                Some(Hold::Should(wait)) => {
                    state.should = state.should.max(Some(after(arrival, wait.min(LONGEST_PAUSE))));
                }
                None => {}
            }
        });
    }

    /// Whether a reached limit is news. A server at its limit says so again and again, to one request after the other;
    /// it is reported once, until it has been quiet for a while.
    pub fn is_news(&self) -> bool {
        self.with(|state| {
            let now = Instant::now();
            let is_news = state.reported.is_none_or(|it| it <= now);
            state.reported = Some(after(state.must.unwrap_or(now).max(now), EPISODE));
            is_news
        })
    }

    /// When the next request may go; `None` = at once.
    ///
    /// # Errors
    ///
    /// [`Closed`] when that is after `until`. To hold back of one's own accord is worth no missed deadline, so then the
    /// request goes at once.
    pub fn opens(&self, until: Instant) -> Result<Option<Instant>, Closed> {
        let (must, should) = self.with(|state| (state.must, state.should));
        match must {
            Some(must) if must >= until => Err(Closed),
            _ => Ok(must.max(should.filter(|it| *it < until))),
        }
    }

    fn with<T>(&self, use_state: impl FnOnce(&mut State) -> T) -> T {
        // A panic elsewhere cannot leave this plain data half-written in a way that matters.
        use_state(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The rate limit lets nothing through in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rate limit lets nothing through in time")]
pub struct Closed;

/// The wait at a reached limit, given what the server asks for and how often in a row the limit was reached. However
/// short the wait is that the server asks for, it is at least one second, and doubles up to a minute while that is not
/// enough.
fn bounded(asked: Option<Duration>, reached: u32) -> Duration {
    asked.unwrap_or_default().clamp(growing(reached), LONGEST_HOLD)
}

/// The least wait when the limit was reached so often in a row.
fn growing(reached: u32) -> Duration {
    Duration::from_secs(1 << reached.saturating_sub(1).min(6)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use proptest::option;
    use proptest::prelude::{any, proptest};

    use super::*;

    const fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    #[test]
    fn a_wait_of_nothing_is_a_second_at_least() {
        for asked in [None, Some(Duration::ZERO), Some(seconds(1))] {
            assert_eq!(bounded(asked, 1), seconds(1));
        }
        assert_eq!(bounded(Some(seconds(7)), 1), seconds(7));
    }

    #[test]
    fn a_wait_beyond_all_measure_is_a_long_one_and_not_none() {
        for asked in [seconds(i64::MAX.unsigned_abs()), seconds(u64::MAX), Duration::MAX] {
            assert_eq!(bounded(Some(asked), 1), LONGEST_HOLD);
        }
    }

    #[test]
    fn a_limit_that_is_reached_again_and_again_lengthens_the_wait() {
        let waits = |asked| (1..=8).map(|reached| bounded(asked, reached)).collect::<Vec<_>>();
        assert_eq!(waits(None), [1, 2, 4, 8, 16, 32, 60, 60].map(seconds));
        assert_eq!(waits(Some(Duration::ZERO)), [1, 2, 4, 8, 16, 32, 60, 60].map(seconds));
        // What the server says counts where it is longer.
        assert_eq!(waits(Some(seconds(5))), [5, 5, 5, 8, 16, 32, 60, 60].map(seconds));
        assert_eq!(bounded(None, u32::MAX), LONGEST_PAUSE);
    }

    proptest! {
        #[test]
        fn no_wait_is_without_a_pause_or_without_an_end(asked in option::of(any::<Duration>()), reached: u32) {
            let wait = bounded(asked, reached);
            assert!(wait >= growing(reached) && wait >= seconds(1) && wait <= LONGEST_HOLD);
        }
    }

    #[test]
    fn a_near_limit_spreads_what_is_left() {
        let left = |remaining| Hold::spread(remaining, seconds(30));
        assert_eq!(left(0), Some(Hold::Should(seconds(30))));
        assert_eq!(left(1), Some(Hold::Should(seconds(15))));
        assert_eq!(left(4), Some(Hold::Should(seconds(6))));
        assert_eq!(left(5), None);
        assert_eq!(left(u64::MAX), None);
        assert_eq!(Hold::spread(0, seconds(3600)), Some(Hold::Should(LONGEST_PAUSE)));
        assert_eq!(Hold::spread(0, Duration::ZERO), None);
    }

    #[test]
    fn only_a_reached_limit_makes_a_deadline_fail() {
        let limiter = Limiter::default();
        let until = Instant::now() + seconds(5);
        assert_eq!(limiter.opens(until), Ok(None));
        limiter.note(Some(Hold::Should(seconds(30))));
        assert_eq!(limiter.opens(until), Ok(None));
        assert!(limiter.opens(until + seconds(60)).unwrap().is_some());
        limiter.note(Some(Hold::Must(Some(seconds(20)))));
        assert_eq!(limiter.opens(until), Err(Closed));
    }

    #[tokio::test(start_paused = true)]
    async fn a_hold_beyond_all_measure_is_a_hold() {
        for asked in [seconds(u64::MAX), Duration::MAX] {
            let limiter = Limiter::default();
            limiter.note(Some(Hold::Must(Some(asked))));
            assert_eq!(limiter.opens(Instant::now() + seconds(3600)), Err(Closed));
        }
    }

    /// When the limiter opens, in seconds from now.
    fn opens_in(limiter: &Limiter) -> u64 {
        let far = after(Instant::now(), Duration::MAX);
        limiter.opens(far).unwrap().map_or(0, |it| it.duration_since(Instant::now()).as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn each_round_at_the_limit_lengthens_the_hold_once() {
        let limiter = Limiter::default();
        for expected in [1, 2, 4, 8, 16, 32, 60, 60] {
            // Ten requests side by side.
            for _ in 0..10 {
                limiter.note(Some(Hold::Must(None)));
            }
            // One that was under way before is answered well; that takes nothing back.
            limiter.note(None);
            assert_eq!(opens_in(&limiter), expected);
            tokio::time::advance(seconds(expected)).await;
        }
        limiter.note(None);
        limiter.note(Some(Hold::Must(None)));
        assert_eq!(opens_in(&limiter), 1, "after an answer it begins again");
    }

    #[tokio::test(start_paused = true)]
    async fn a_reached_limit_is_news_once_until_it_has_been_quiet() {
        let limiter = Limiter::default();
        let mut reported = 0;
        for _ in 0..50 {
            limiter.note(Some(Hold::Must(Some(seconds(90)))));
            reported += u32::from(limiter.is_news());
            tokio::time::advance(seconds(91)).await;
        }
        assert_eq!(reported, 1);
        tokio::time::advance(EPISODE).await;
        limiter.note(Some(Hold::Must(None)));
        assert!(limiter.is_news() && !limiter.is_news());
    }
}
