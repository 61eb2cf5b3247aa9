//! The rate limit as Octopus reports it, in headers of its own.

use std::time::Duration;

use crate::http::{Hold, Raw};

/// The rate limit as the server last reported it. All fields are `None` on servers that have none (before 2026.3), and
/// until the first answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RateLimit {
    /// How many requests may follow before the limit is reached.
    pub remaining: Option<u64>,
    /// The time, counted from the answer, after which more are allowed.
    pub reset: Option<Duration>,
    /// How many requests are allowed in each window.
    pub quota: Option<u64>,
    /// The length of that window.
    pub window: Option<Duration>,
}

impl RateLimit {
    /// Reads the advisory headers of an answer.
    pub(super) fn read(raw: &Raw) -> Self {
        let number = |name: &str, names: [&str; 2]| parameter(raw.header(name)?, names);
        let limit = |names| number("octopus-ratelimit", names);
        let policy = |names| number("octopus-ratelimit-policy", names);
        Self {
            remaining: limit(["r", "remaining"]),
            reset: limit(["t", "reset"]).map(Duration::from_secs),
            quota: policy(["q", "limit"]),
            window: policy(["w", "window"]).map(Duration::from_secs),
        }
    }

    /// This, updated by a newer answer. An answer that leaves the policy out does not change it.
    pub(super) fn updated(self, newer: Self) -> Self {
        Self { quota: newer.quota.or(self.quota), window: newer.window.or(self.window), ..newer }
    }
}

/// How an answer asks the client to hold back. Octopus may leave `Retry-After` out and name the time until the reset.
pub(super) fn hold(raw: &Raw) -> Option<Hold> {
    let limit = RateLimit::read(raw);
    match Hold::standard(raw) {
        Some(Hold::Must(None)) => Some(Hold::Must(limit.reset)),
        Some(hold) => Some(hold),
        None => Hold::spread(limit.remaining?, limit.reset?),
    }
}

/// A number among parameters, written `"default";r=12;t=30` or `remaining=12, reset=30`.
fn parameter(text: &str, names: [&str; 2]) -> Option<u64> {
    text.split([';', ',']).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let name = name.trim().to_ascii_lowercase();
        if names.contains(&name.as_str()) { value.trim().trim_matches('"').parse().ok() } else { None }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, prop_oneof, proptest};
    use reqwest::header::{HeaderName, HeaderValue};
    use tokio::time::Instant;

    use super::*;
    use crate::http::{Limiter, after};

    /// An answer at two minutes past eight by the server's clock.
    fn raw(status: u16, pairs: &[(&'static str, &str)]) -> Raw {
        let mut raw = Raw::new(status, "");
        for (name, value) in pairs.iter().chain(&[("date", "Fri, 01 May 2026 08:02:00 GMT")]) {
            // A text that is not a valid header cannot arrive.
            if let Ok(value) = HeaderValue::from_str(value) {
                raw.headers.insert(HeaderName::from_static(name), value);
            }
        }
        raw
    }

    fn held(status: u16, pairs: &[(&'static str, &str)]) -> Option<Hold> {
        hold(&raw(status, pairs))
    }

    const fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    #[test]
    fn both_forms_of_the_headers_are_read() {
        let structured = raw(
            200,
            &[
                ("octopus-ratelimit", "\"default\";r=12;t=30"),
                ("octopus-ratelimit-policy", "\"default\";q=200;w=60"),
            ],
        );
        let plain = raw(
            200,
            &[
                ("octopus-ratelimit", "remaining=12, reset=30"),
                ("octopus-ratelimit-policy", "limit=200, window=60"),
            ],
        );
        let expected = RateLimit {
            remaining: Some(12),
            reset: Some(seconds(30)),
            quota: Some(200),
            window: Some(seconds(60)),
        };
        assert_eq!(RateLimit::read(&structured), expected);
        assert_eq!(RateLimit::read(&plain), expected);
        let none = raw(200, &[("octopus-ratelimit", "r=-1;t=soon")]);
        assert_eq!(RateLimit::read(&none), RateLimit::default());
    }

    #[test]
    fn the_policy_stays_known_and_the_rest_does_not() {
        let first = RateLimit {
            remaining: Some(12),
            reset: Some(seconds(30)),
            quota: Some(200),
            window: Some(seconds(60)),
        };
        let second = first.updated(RateLimit::default());
        assert_eq!(second, RateLimit { remaining: None, reset: None, ..first });
        let newer = RateLimit { quota: Some(100), ..RateLimit::default() };
        assert_eq!(first.updated(newer).quota, Some(100));
    }

    #[test]
    fn a_reached_limit_waits_as_long_as_the_server_says() {
        let must = |number| Some(Hold::Must(Some(seconds(number))));
        assert_eq!(held(429, &[("retry-after", "7")]), must(7));
        assert_eq!(held(429, &[("retry-after", "Fri, 01 May 2026 08:02:09 GMT")]), must(9));
        assert_eq!(held(429, &[("octopus-ratelimit", "r=0;t=4")]), must(4));
        assert_eq!(held(429, &[("retry-after", "7"), ("octopus-ratelimit", "r=0;t=4")]), must(7));
        assert_eq!(held(429, &[("retry-after", "soon"), ("octopus-ratelimit", "r=0;t=4")]), must(4));
        assert_eq!(held(429, &[]), Some(Hold::Must(None)));
        let reset = u64::MAX.to_string();
        assert_eq!(held(429, &[("octopus-ratelimit", &format!("r=0;t={reset}"))]), must(u64::MAX));
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic_or_go_on_without_a_pause(
            status in prop_oneof![Just(429_u16), Just(200)],
            retry_after in ".{0,40}|[0-9]{1,40}",
            limit in ".{0,40}|r=[0-9]{1,25};t=[0-9]{1,25}",
        ) {
            let limiter = Limiter::default();
            let begun = Instant::now();
            limiter.note(held(status, &[("retry-after", &retry_after), ("octopus-ratelimit", &limit)]));
            match limiter.opens(after(begun, Duration::MAX)).unwrap() {
                Some(opens) if status == 429 => assert!(opens >= begun + seconds(1)),
                Some(opens) => assert!(opens <= Instant::now() + seconds(60)),
                None => assert_ne!(status, 429),
            }
        }
    }

    #[test]
    fn a_near_limit_spreads_what_is_left() {
        let left = |r: u64| held(200, &[("octopus-ratelimit", &format!("r={r};t=30"))]);
        assert_eq!(left(4), Some(Hold::Should(seconds(6))));
        assert_eq!(left(5), None);
        assert_eq!(held(200, &[]), None);
    }
}
