//! Moments that are computed from spans which a server, a setting or a caller chose.

use std::time::Duration;

use tokio::time::Instant;

/// No wait is longer. What lies beyond is as good as never, and still a moment that a clock can hold.
const EVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The moment a span after another. A span that is too long for any clock, such as [`Duration::MAX`] for "without a
/// limit", gives a moment that is never reached.
#[must_use]
pub fn after(from: Instant, span: Duration) -> Instant {
    from.checked_add(span.min(EVER)).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::*;

    proptest! {
        #[test]
        fn every_span_gives_a_moment_from_which_more_can_be_reckoned(seconds: u64, nanos in 0..1_000_000_000_u32) {
            let (now, span) = (Instant::now(), Duration::new(seconds, nanos));
            let moment = after(now, span);
            assert_eq!(moment.duration_since(now), span.min(EVER));
            assert!(after(moment, span) >= moment);
        }
    }

    #[test]
    fn without_a_limit_is_never() {
        let now = Instant::now();
        assert!(after(now, Duration::MAX) >= now + EVER);
        assert!(after(after(now, Duration::MAX), Duration::MAX) > after(now, Duration::MAX));
    }
}
