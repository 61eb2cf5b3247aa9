//! Moments and lengths of time as the engine counts them: whole milliseconds, and no arithmetic that can fail.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A moment: milliseconds since 1970-01-01T00:00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(i64);

impl Time {
    /// The moment this many milliseconds after 1970-01-01T00:00:00 UTC.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00:00 UTC.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// The moment this much later; the last moment that can be written if that is too late.
    #[must_use]
    pub fn plus(self, period: Period) -> Self {
        Self(self.0.saturating_add_unsigned(period.0))
    }

    /// The time since an earlier moment; zero if that moment is not earlier.
    #[must_use]
    pub fn since(self, earlier: Self) -> Period {
        if self > earlier { Period(self.0.abs_diff(earlier.0)) } else { Period::ZERO }
    }

    /// The same moment in the calendar; `None` outside the years that calendars reach.
    #[must_use]
    pub fn timestamp(self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.0).ok()
    }
}

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self(at.as_millisecond())
    }
}

/// Writes it as `2026-11-28T19:40:00Z`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.timestamp() {
            Some(at) => write!(f, "{at}"),
            None => write!(f, "{} ms", self.0),
        }
    }
}

/// A length of time in whole milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Period(u64);

impl Period {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// This many milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// This many seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// The number of milliseconds.
    #[must_use]
    pub fn as_millis(self) -> u64 {
        self.0
    }

    /// Both one after the other.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The rest after the other; zero if that is longer.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// This many times as long.
    #[must_use]
    pub fn times(self, factor: u64) -> Self {
        Self(self.0.saturating_mul(factor))
    }
}

impl From<Duration> for Period {
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }
}

impl From<Period> for Duration {
    fn from(period: Period) -> Self {
        Self::from_millis(period.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_overflows() {
        let last = Time::from_millis(i64::MAX);
        let first = Time::from_millis(i64::MIN);
        assert_eq!(last.plus(Period::from_millis(u64::MAX)), last);
        assert_eq!(first.plus(Period::from_millis(5)).as_millis(), i64::MIN + 5);
        assert_eq!(last.since(first).as_millis(), u64::MAX);
        assert_eq!(first.since(last), Period::ZERO);
        assert_eq!(Period::from_secs(u64::MAX).times(3).plus(Period::from_secs(1)).as_millis(), u64::MAX);
        assert_eq!(Period::from_secs(1).minus(Period::from_secs(2)), Period::ZERO);
        assert_eq!(Period::from(Duration::MAX).as_millis(), u64::MAX);
        assert!(last.timestamp().is_none());
        assert_eq!(Time::from_millis(0).to_string(), "1970-01-01T00:00:00Z");
    }
}
