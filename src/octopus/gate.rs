//! The gate that all requests of one client pass, so that they hold back together.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use tokio::time::Instant;

use super::pace::{Hold, Pace, decide};

/// Holds back all requests of one client together.
#[derive(Debug, Default)]
pub(super) struct Gate(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    pace: Pace,
    must: Option<Instant>,
    should: Option<Instant>,
    reached: u32,
}

impl Gate {
    /// Takes note of an answer.
    pub(super) fn note(&self, status: u16, headers: &HeaderMap, now: Timestamp) {
        self.with(|state| {
            state.reached = if status == 429 { state.reached.saturating_add(1) } else { 0 };
            let header = |name: &str| headers.get(name)?.to_str().ok();
            let pace = Pace::read(header);
            state.pace = Pace {
                remaining: pace.remaining,
                reset: pace.reset,
                quota: pace.quota.or(state.pace.quota),
                window: pace.window.or(state.pace.window),
            };
            let arrival = Instant::now();
            match decide(status, header, now, state.reached) {
                Some(Hold::Must(wait)) => state.must = state.must.max(arrival.checked_add(wait)),
                Some(Hold::Should(wait)) => state.should = state.should.max(arrival.checked_add(wait)),
                None => {}
            }
        });
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
    use std::time::Duration;

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
}
