//! How long to wait before a read is tried again.

use std::time::Duration;

/// The first wait.
const FIRST: Duration = Duration::from_millis(250);

/// The longest wait: a server that comes back is noticed within this time.
const LONGEST: Duration = Duration::from_secs(10);

/// The wait after the `tries`-th try (counted from 1) that failed: twice as long each time, and shortened
/// by up to half, so that the clients of one server do not all come back at the same moment. `chance` is
/// between 0 and 1.
pub(super) fn delay(tries: u32, chance: f64) -> Duration {
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
}
