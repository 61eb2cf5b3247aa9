//! The gate that all requests of one client pass, so that they hold back together.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use tokio::time::Instant;

use super::moment::after;
use super::pace::{Hold, Pace, decide};

/// For how long after a hold another one is no news.
const EPISODE: Duration = Duration::from_secs(60);

/// Holds back all requests of one client together.
#[derive(Debug, Default)]
pub(super) struct Gate(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    pace: Pace,
    must: Option<Instant>,
    should: Option<Instant>,
    /// How often in a row the limit was reached: requests that went side by side count once.
    reached: u32,
    /// Until when it is known that the limit is reached now and then.
    told: Option<Instant>,
}

impl Gate {
    /// Takes note of an answer.
    pub(super) fn note(&self, status: u16, headers: &HeaderMap, now: Timestamp) {
        self.with(|state| {
            let arrival = Instant::now();
            // What was asked before we were told to hold back says nothing of whether the hold was long enough.
            if state.must.is_none_or(|it| it <= arrival) {
                state.reached = if status == 429 { state.reached.saturating_add(1) } else { 0 };
            }
            let header = |name: &str| headers.get(name)?.to_str().ok();
            let pace = Pace::read(header);
            state.pace = Pace {
                remaining: pace.remaining,
                reset: pace.reset,
                quota: pace.quota.or(state.pace.quota),
                window: pace.window.or(state.pace.window),
            };
            match decide(status, header, now, state.reached) {
                Some(Hold::Must(wait)) => state.must = state.must.max(Some(after(arrival, wait))),
                Some(Hold::Should(wait)) => state.should = state.should.max(Some(after(arrival, wait))),
                None => {}
            }
        });
    }

    /// Whether it is news that the limit is reached. A server at its limit says so again and again, to one request
    /// after the other; people are told once, until it has been quiet for a while.
    pub(super) fn is_news(&self) -> bool {
        self.with(|state| {
            let now = Instant::now();
            let is_news = state.told.is_none_or(|it| it <= now);
            state.told = Some(after(state.must.unwrap_or(now).max(now), EPISODE));
            is_news
        })
    }

    /// When the next request may go. `Err` when that is after `until`. To hold back of our own accord is
    /// worth no missed deadline, so then it goes at once.
    pub(super) fn opens(&self, until: Instant) -> Result<Option<Instant>, ()> {
        let (must, should) = self.with(|state| (state.must, state.should));
        match must {
            Some(must) if must >= until => Err(()),
            _ => Ok(must.max(should.filter(|it| *it < until))),
        }
    }

    /// What the server last said.
    pub(super) fn pace(&self) -> Pace {
        self.with(|state| state.pace)
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        // A panic elsewhere cannot leave this plain data half-written in a way that matters.
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderName;

    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        [(HeaderName::from_static(name), value.parse().unwrap())].into_iter().collect()
    }

    #[test]
    fn only_a_reached_limit_makes_a_deadline_fail() {
        let gate = Gate::default();
        let until = Instant::now() + Duration::from_secs(5);
        assert_eq!(gate.opens(until), Ok(None));
        gate.note(200, &headers("octopus-ratelimit", "r=0;t=30"), Timestamp::UNIX_EPOCH);
        assert_eq!(gate.opens(until), Ok(None));
        assert!(gate.opens(until + Duration::from_secs(60)).unwrap().is_some());
        gate.note(429, &headers("retry-after", "20"), Timestamp::UNIX_EPOCH);
        assert_eq!(gate.opens(until), Err(()));
        assert_eq!(gate.pace().remaining, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_hold_beyond_all_measure_is_a_hold() {
        for said in ["9223372036854775807", "18446744073709551615"] {
            let gate = Gate::default();
            gate.note(429, &headers("retry-after", said), Timestamp::UNIX_EPOCH);
            assert_eq!(gate.opens(Instant::now() + Duration::from_secs(3600)), Err(()), "{said}");
        }
    }

    /// When the gate opens, in seconds from now.
    fn opens_in(gate: &Gate) -> u64 {
        let far = after(Instant::now(), Duration::MAX);
        gate.opens(far).unwrap().map_or(0, |it| it.duration_since(Instant::now()).as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn each_round_at_the_limit_lengthens_the_hold_once() {
        let (gate, none) = (Gate::default(), HeaderMap::new());
        for expected in [1, 2, 4, 8, 16, 32, 60, 60] {
            // Ten requests side by side.
            for _ in 0..10 {
                gate.note(429, &none, Timestamp::UNIX_EPOCH);
            }
            // One that was under way before is answered well; that takes nothing back.
            gate.note(200, &none, Timestamp::UNIX_EPOCH);
            assert_eq!(opens_in(&gate), expected);
            tokio::time::advance(Duration::from_secs(expected)).await;
        }
        gate.note(200, &none, Timestamp::UNIX_EPOCH);
        gate.note(429, &none, Timestamp::UNIX_EPOCH);
        assert_eq!(opens_in(&gate), 1, "after an answer it begins anew");
    }

    #[tokio::test(start_paused = true)]
    async fn a_reached_limit_is_news_once_until_it_has_been_quiet() {
        let gate = Gate::default();
        let mut told = 0;
        for _ in 0..50 {
            gate.note(429, &headers("retry-after", "90"), Timestamp::UNIX_EPOCH);
            told += u32::from(gate.is_news());
            tokio::time::advance(Duration::from_secs(91)).await;
        }
        assert_eq!(told, 1);
        tokio::time::advance(EPISODE).await;
        gate.note(429, &HeaderMap::new(), Timestamp::UNIX_EPOCH);
        assert!(gate.is_news() && !gate.is_news());
    }
}
