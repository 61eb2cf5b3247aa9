//! The server's rate limit: what it says of it, and how long to hold back.

use std::time::Duration;

use jiff::Timestamp;

/// What the server last said of its rate limit. All is absent on servers that have none (before 2026.3) and
/// until the first answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    /// How many requests may follow before the limit is reached.
    pub remaining: Option<u64>,
    /// After what time, counted from the answer, more are allowed.
    pub reset: Option<Duration>,
    /// How many requests are allowed in each window.
    pub quota: Option<u64>,
    /// The length of that window.
    pub window: Option<Duration>,
}

impl Pace {
    /// Reads the advisory headers of an answer; `header` gives the value of one by its name in lower case.
    pub(super) fn read<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Self {
        let number = |name: &str, names: [&str; 2]| parameter(header(name)?, names);
        let limit = |names| number("octopus-ratelimit", names);
        let policy = |names| number("octopus-ratelimit-policy", names);
        Self {
            remaining: limit(["r", "remaining"]),
            reset: limit(["t", "reset"]).map(Duration::from_secs),
            quota: policy(["q", "limit"]),
            window: policy(["w", "window"]).map(Duration::from_secs),
        }
    }
}

/// How an answer asks us to hold back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// The limit is reached (429): nothing will be answered before.
    Must(Duration),
    /// The limit is near: it would be reached soon.
    Should(Duration),
}

/// When this few requests are left, those that follow are spread over the time until the reset.
const FEW: u64 = 5;

/// The longest that we hold back of our own accord.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The longest that one answer keeps us from asking again, whatever it says: a client may live for weeks.
const LONGEST_HOLD: Duration = Duration::from_secs(24 * 60 * 60);

/// What an answer means for the requests after it. `tries` counts how often in a row the limit was reached: however
/// short the wait is that the server asks for, it is at least one second, and doubles up to a minute while that is
/// not enough.
pub(super) fn decide<'a>(
    status: u16,
    header: impl Fn(&str) -> Option<&'a str>,
    now: Timestamp,
    tries: u32,
) -> Option<Hold> {
    let pace = Pace::read(&header);
    if status == 429 {
        let said = header("retry-after").and_then(|it| retry_after(it, now)).or(pace.reset);
        return Some(Hold::Must(said.unwrap_or_default().clamp(growing(tries), LONGEST_HOLD)));
    }
    let (remaining, reset) = (pace.remaining?, pace.reset?);
    let share = reset.checked_div(u32::try_from(remaining).ok()?.checked_add(1)?)?;
    (remaining < FEW && !share.is_zero()).then_some(Hold::Should(share.min(LONGEST_PAUSE)))
}

/// The least wait when the limit was reached so often in a row.
fn growing(tries: u32) -> Duration {
    Duration::from_secs(1 << tries.saturating_sub(1).min(6)).min(LONGEST_PAUSE)
}

/// `Retry-After`: seconds, however many, or a date.
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit()) {
        return Some(text.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    Some(Duration::try_from(http_date(text)?.duration_since(now)).unwrap_or_default())
}

/// A date as HTTP writes it, `Fri, 01 May 2026 08:02:00 GMT`.
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text.trim()).ok().map(|it| it.timestamp())
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

    use super::*;

    fn headers<'a>(pairs: &'a [(&str, &'a str)]) -> impl Fn(&str) -> Option<&'a str> {
        |name| pairs.iter().find(|it| it.0 == name).map(|it| it.1)
    }

    fn now() -> Timestamp {
        "2026-05-01T08:02:00Z".parse().unwrap()
    }

    fn decided(status: u16, pairs: &[(&str, &str)]) -> Option<Hold> {
        decide(status, headers(pairs), now(), 1)
    }

    const fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    #[test]
    fn both_forms_of_the_headers_are_read() {
        let structured = headers(&[
            ("octopus-ratelimit", "\"default\";r=12;t=30"),
            ("octopus-ratelimit-policy", "\"default\";q=200;w=60"),
        ]);
        let plain = headers(&[
            ("octopus-ratelimit", "remaining=12, reset=30"),
            ("octopus-ratelimit-policy", "limit=200, window=60"),
        ]);
        let expected = Pace {
            remaining: Some(12),
            reset: Some(seconds(30)),
            quota: Some(200),
            window: Some(seconds(60)),
        };
        assert_eq!(Pace::read(structured), expected);
        assert_eq!(Pace::read(plain), expected);
        assert_eq!(Pace::read(headers(&[("octopus-ratelimit", "r=-1;t=soon")])), Pace::default());
    }

    #[test]
    fn a_reached_limit_waits_as_long_as_the_server_says() {
        let must = |number| Some(Hold::Must(seconds(number)));
        assert_eq!(decided(429, &[("retry-after", "7")]), must(7));
        assert_eq!(decided(429, &[("retry-after", "Fri, 01 May 2026 08:02:09 GMT")]), must(9));
        assert_eq!(decided(429, &[("octopus-ratelimit", "r=0;t=4")]), must(4));
        assert_eq!(decided(429, &[("retry-after", "7"), ("octopus-ratelimit", "r=0;t=4")]), must(7));
    }

    #[test]
    fn a_wait_of_nothing_or_in_the_past_is_a_second_at_least() {
        for said in ["0", "Fri, 01 May 2026 08:01:00 GMT", "-5", "soon", ""] {
            assert_eq!(decided(429, &[("retry-after", said)]), Some(Hold::Must(seconds(1))), "{said}");
        }
        assert_eq!(decided(429, &[("octopus-ratelimit", "r=0;t=0")]), Some(Hold::Must(seconds(1))));
    }

    #[test]
    fn a_wait_beyond_all_measure_is_a_long_one_and_not_none() {
        for said in ["9223372036854775807", "18446744073709551615", "99999999999999999999999999"] {
            assert_eq!(decided(429, &[("retry-after", said)]), Some(Hold::Must(LONGEST_HOLD)), "{said}");
        }
        let reset = decided(429, &[("octopus-ratelimit", "r=0;t=18446744073709551615")]);
        assert_eq!(reset, Some(Hold::Must(LONGEST_HOLD)));
    }

    #[test]
    fn a_limit_that_is_reached_again_and_again_lengthens_the_wait() {
        let waits = |headers: &[(&str, &str)]| {
            let header = |name: &str| headers.iter().find(|it| it.0 == name).map(|it| it.1);
            (1..=8).map(|tries| decide(429, header, now(), tries)).collect::<Vec<_>>()
        };
        let expected = [1, 2, 4, 8, 16, 32, 60, 60].map(|it| Some(Hold::Must(seconds(it))));
        assert_eq!(waits(&[]), expected);
        assert_eq!(waits(&[("retry-after", "0")]), expected);
        // What the server says counts where it is longer.
        let expected = [5, 5, 5, 8, 16, 32, 60, 60].map(|it| Some(Hold::Must(seconds(it))));
        assert_eq!(waits(&[("retry-after", "5")]), expected);
        assert_eq!(decide(429, |_| None, now(), u32::MAX), Some(Hold::Must(LONGEST_PAUSE)));
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic_or_go_on_without_a_pause(
            status in prop_oneof![Just(429_u16), Just(200)],
            tries: u32,
            retry_after in ".{0,40}|[0-9]{1,40}",
            limit in ".{0,40}|r=[0-9]{1,25};t=[0-9]{1,25}",
        ) {
            let pairs = [("retry-after", retry_after.as_str()), ("octopus-ratelimit", limit.as_str())];
            let wait = match decide(status, headers(&pairs), now(), tries) {
                Some(Hold::Must(wait)) => wait,
                Some(Hold::Should(wait)) => {
                    assert!(wait <= LONGEST_PAUSE);
                    return Ok(());
                }
                None => {
                    assert_ne!(status, 429);
                    return Ok(());
                }
            };
            assert!(status == 429 && wait >= growing(tries) && wait <= LONGEST_HOLD);
        }
    }

    #[test]
    fn a_near_limit_spreads_what_is_left() {
        let left = |r: u64| decided(200, &[("octopus-ratelimit", &format!("r={r};t=30"))]);
        assert_eq!(left(0), Some(Hold::Should(seconds(30))));
        assert_eq!(left(1), Some(Hold::Should(seconds(15))));
        assert_eq!(left(4), Some(Hold::Should(seconds(6))));
        assert_eq!(left(5), None);
        assert_eq!(decided(200, &[]), None);
        let long = decided(200, &[("octopus-ratelimit", "r=0;t=3600")]);
        assert_eq!(long, Some(Hold::Should(LONGEST_PAUSE)));
    }
}
