//! An answer as it came, whatever its status.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{DATE, HeaderMap, LOCATION, RETRY_AFTER};
use tokio::sync::OwnedSemaphorePermit;

/// An answer as it came, whatever its status. `Debug` shows neither headers nor body, in which there may be a secret.
#[derive(Default)]
pub struct Raw {
    /// The HTTP status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body, unpacked.
    pub body: Vec<u8>,
    /// Held for as long as a large answer is in memory.
    pub(super) _room: Option<OwnedSemaphorePermit>,
}

impl Raw {
    /// An answer of this status and body, without headers.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: body.into(), ..Self::default() }
    }

    /// The value of a header that is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The server's clock when it answered.
    #[must_use]
    pub fn server_time(&self) -> Option<Timestamp> {
        http_date(self.header(DATE.as_str())?)
    }

    /// Where a redirect leads to, without query and fragment, in which there may be a secret.
    #[must_use]
    pub fn location(&self) -> String {
        let location = self.header(LOCATION.as_str()).unwrap_or("nowhere");
        location.split(['?', '#']).next().unwrap_or_default().to_owned()
    }

    /// How long the server asks to wait before another request: `Retry-After`, in seconds or as a date of the server's
    /// clock. Zero for a date that is over, [`Duration::MAX`] for a number beyond all measure.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.header(RETRY_AFTER.as_str())?.trim();
        if !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit()) {
            return Some(text.parse().map_or(Duration::MAX, Duration::from_secs));
        }
        let now = self.server_time().unwrap_or_else(Timestamp::now);
        Some(Duration::try_from(http_date(text)?.duration_since(now)).unwrap_or_default())
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {} bytes", self.status, self.body.len())
    }
}

/// A date as HTTP writes it, `Fri, 01 May 2026 08:02:00 GMT`.
fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text.trim()).ok().map(|it| it.timestamp())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderName;

    use super::*;

    fn raw(headers: &[(&'static str, &str)]) -> Raw {
        let pairs = headers.iter().map(|it| (HeaderName::from_static(it.0), it.1.parse().unwrap()));
        Raw { headers: pairs.collect(), ..Raw::new(429, "") }
    }

    fn wait(retry_after: &str) -> Option<Duration> {
        raw(&[("date", "Fri, 01 May 2026 08:02:00 GMT"), ("retry-after", retry_after)]).retry_after()
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_by_the_servers_clock() {
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("Fri, 01 May 2026 08:02:09 GMT"), Some(Duration::from_secs(9)));
        assert_eq!(wait("Fri, 01 May 2026 08:01:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("18446744073709551615"), Some(Duration::from_secs(u64::MAX)));
        assert_eq!(wait("99999999999999999999999999"), Some(Duration::MAX));
        for said in ["-5", "soon", ""] {
            assert_eq!(wait(said), None, "{said}");
        }
        assert_eq!(raw(&[]).retry_after(), None);
    }

    #[test]
    fn a_location_is_shown_without_what_may_be_secret() {
        let to = raw(&[("location", "https://sso.example/login?token=HUNTER2#HUNTER2")]).location();
        assert_eq!(to, "https://sso.example/login");
        assert_eq!(raw(&[]).location(), "nowhere");
    }

    #[test]
    fn debug_shows_no_header_and_no_body() {
        let raw = Raw { body: b"HUNTER2".to_vec(), ..raw(&[("set-cookie", "HUNTER2")]) };
        assert_eq!(format!("{raw:?}"), "429 with 7 bytes");
    }
}
