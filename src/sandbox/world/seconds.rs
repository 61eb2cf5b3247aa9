//! Durations of the seed.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// A duration in seconds; in JSON a number, or a text such as `90s`, `30m`, `2h`, `3d`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Seconds(pub(super) f64);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(f64),
            Text(String),
        }
        let seconds = match Either::deserialize(from)? {
            Either::Number(seconds) => Some(seconds),
            Either::Text(text) => parse_duration(&text),
        };
        let valid = seconds.filter(|it| it.is_finite() && *it >= 0.0 && *it < 1e9);
        valid
            .map(Self)
            .ok_or_else(|| D::Error::custom("a duration is seconds or a text like 90s, 30m, 2h, 3d"))
    }
}

fn parse_duration(text: &str) -> Option<f64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let factor = match unit {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    number.trim().parse::<f64>().ok().map(|it| it * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        for (text, seconds) in
            [("90", 90.0), ("\"90s\"", 90.0), ("\"1.5m\"", 90.0), ("\"2h\"", 7200.0), ("\"3d\"", 259_200.0)]
        {
            assert_eq!(serde_json::from_str::<Seconds>(text).unwrap(), Seconds(seconds), "{text}");
        }
        for text in ["-1", "\"90\"", "\"2 weeks\"", "\"\"", "\"é\"", "true", "1e300"] {
            assert!(serde_json::from_str::<Seconds>(text).is_err(), "{text}");
        }
    }
}
