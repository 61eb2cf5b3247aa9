//! How long to wait before a request that may be repeated is tried again.

use std::time::Duration;

use tokio::time::Instant;

/// The first wait.
const FIRST: Duration = Duration::from_millis(250);

/// The longest wait: a server that comes back is noticed within this time.
const LONGEST: Duration = Duration::from_secs(10);

/// The waits between the tries of one request.
#[derive(Debug, Default)]
pub struct Backoff {
    tries: u32,
}

impl Backoff {
    /// Counts a try that failed, and gives the wait before the next one: twice as long each time, shortened by chance,
    /// so that the clients of one server do not all come back at the same moment. `None` where the next try would not
    /// be before `until`.
    pub fn next_wait(&mut self, until: Instant) -> Option<Duration> {
        self.tries = self.tries.saturating_add(1);
        let delay = delay(self.tries, fastrand::f64());
        (Instant::now() + delay < until).then_some(delay)
    }
}

/// The wait after the `tries`-th try (counted from 1) that failed. `chance`, between 0 and 1, takes away up to half.
fn delay(tries: u32, chance: f64) -> Duration {
    let doublings = tries.saturating_sub(1).min(16);
    let full = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    full.mul_f64(1.0 - chance.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit() {
        let waits: Vec<_> = (1..=8).map(|tries| delay(tries, 0.0).as_millis()).collect();
        assert_eq!(waits, [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
        assert_eq!(delay(u32::MAX, 0.0), LONGEST);
    }

    #[test]
    fn chance_takes_away_at_most_half() {
        assert_eq!(delay(3, 1.0), Duration::from_millis(500));
        assert_eq!(delay(3, 7.0), Duration::from_millis(500));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_would_outlast_the_deadline_is_not_begun() {
        let mut backoff = Backoff::default();
        let until = Instant::now() + Duration::from_millis(600);
        let first = backoff.next_wait(until).unwrap();
        assert!(first <= FIRST && first >= FIRST / 2, "{first:?}");
        assert!(backoff.next_wait(until).is_some());
        tokio::time::advance(Duration::from_millis(100)).await;
        assert_eq!(backoff.next_wait(until), None, "half a second at least does not fit");
    }
}
