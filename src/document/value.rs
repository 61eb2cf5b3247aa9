//! Values with a form of their own: durations, periods and times.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// The longest duration that a setting may name: 7 days.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A length of time: a whole number and `s`, `m` or `h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

impl Span {
    pub(crate) const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// Reads `90s`, `30m` or `2h`; from one second to seven days.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (unit_at, unit) = text.char_indices().next_back()?;
        let digits = text.get(..unit_at)?;
        if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
            return None;
        }
        let seconds = match unit {
            's' => 1_u64,
            'm' => 60,
            'h' => 60 * 60,
            _ => return None,
        };
        let duration = Duration::from_secs(digits.parse::<u64>().ok()?.checked_mul(seconds)?);
        (!duration.is_zero() && duration <= LONGEST).then_some(Self(duration))
    }
}

impl Span {
    /// The length as it is written in settings.
    pub(crate) fn words(self) -> String {
        match self.0.as_secs() {
            it if it % 3600 == 0 => format!("{}h", it / 3600),
            it if it % 60 == 0 => format!("{}m", it / 60),
            it => format!("{it}s"),
        }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.words())
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a duration"))
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+[smh]$|[$%]", "x-kind": "duration" })
    }

    fn inline_schema() -> bool {
        true
    }
}

/// The longest period: 365 days.
const LONGEST_PERIOD: Duration = Duration::from_secs(365 * DAY);

const DAY: u64 = 24 * 60 * 60;

/// A length of time that may be days: a whole number and `s`, `m`, `h` or `d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period(pub(crate) Duration);

impl Period {
    pub(crate) const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// Reads `90s`, `30m`, `2h` or `7d`; from one second to 365 days.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 60 * 60,
            "d" => DAY,
            _ => return None,
        };
        if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
            return None;
        }
        let duration = Duration::from_secs(digits.parse::<u64>().ok()?.checked_mul(seconds)?);
        (!duration.is_zero() && duration <= LONGEST_PERIOD).then_some(Self(duration))
    }

    /// The length as it is written in documents.
    pub(crate) fn words(self) -> String {
        match self.0.as_secs() {
            it if it % DAY == 0 => format!("{}d", it / DAY),
            _ => Span(self.0).words(),
        }
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.words())
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a period"))
    }
}

impl JsonSchema for Period {
    fn schema_name() -> Cow<'static, str> {
        "Period".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+[smhd]$", "x-kind": "period" })
    }

    fn inline_schema() -> bool {
        true
    }
}

/// A moment: date, time and offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) Timestamp);

impl Time {
    /// Reads RFC 3339 with an offset, such as `2026-12-01T22:00:00+01:00`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let separated = text.as_bytes().get(10).is_some_and(|it| *it == b'T');
        let numeric = |it: &str| it.len() == 6 && it.as_bytes().get(3) == Some(&b':');
        let offset = text.get(11..)?.find(['Z', '+', '-']).and_then(|at| text.get(11 + at..))?;
        (separated && (offset == "Z" || numeric(offset))).then(|| text.parse().ok().map(Self)).flatten()
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a time with an offset"))
    }
}

impl JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-kind": "time" })
    }

    fn inline_schema() -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit_within_bounds() {
        for (text, seconds) in [("90s", 90), ("30m", 1800), ("2h", 7200), ("168h", 604_800)] {
            assert_eq!(Span::parse(text), Some(Span::seconds(seconds)), "{text}");
        }
        for text in ["", "s", "90", "0s", "169h", "1d", "1.5h", "-1m", "1h30m", "٣s", "99999999999999999999h"]
        {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }

    #[test]
    fn periods_may_be_days() {
        for (text, seconds) in [
            ("90s", 90),
            ("30m", 1800),
            ("2h", 7200),
            ("7d", 604_800),
            ("365d", 31_536_000),
            ("8760h", 31_536_000),
        ] {
            assert_eq!(Period::parse(text), Some(Period::seconds(seconds)), "{text}");
        }
        for text in [
            "",
            "d",
            "7",
            "0d",
            "366d",
            "8761h",
            "1.5d",
            "-1d",
            "1d12h",
            "٣d",
            "1é",
            "é",
            "99999999999999999999d",
        ] {
            assert_eq!(Period::parse(text), None, "{text}");
        }
        for text in ["1d", "365d", "25h", "90m", "61s"] {
            assert_eq!(Period::parse(text).map(Period::words).as_deref(), Some(text));
        }
    }

    #[test]
    fn times_have_an_offset() {
        for text in ["2026-12-01T22:00:00Z", "2026-12-01T22:00:00+01:00", "2026-12-01T22:00:00.5-08:00"] {
            assert!(Time::parse(text).is_some(), "{text}");
        }
        for text in
            ["2026-12-01T22:00:00", "2026-12-01 22:00:00Z", "2026-13-01T22:00:00Z", "tomorrow", "22:00Z"]
        {
            assert!(Time::parse(text).is_none(), "{text}");
        }
    }
}
