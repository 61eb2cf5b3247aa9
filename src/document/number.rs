//! Numbers as they are written: in decimal notation, and in the further ones of YAML's core schema.

use serde_json::Value as Json;

/// Whether YAML's core schema reads a plain text as a number: `12`, `-1.5`, `0123`, `0x1f`, `0o17`, `1e5`, `.5`,
/// `.inf`.
pub(super) fn is_number(text: &str) -> bool {
    is_whole(text) || is_decimal(text) || is_not_finite(text)
}

/// Whether a number is written as a whole number: only digits, with a sign or a base. `1e5` and `1.0` are not.
pub(super) fn is_whole(text: &str) -> bool {
    based(text).is_some() || is_digits(unsigned(text))
}

/// The value of a number, for comparisons; NaN if it has none.
pub(super) fn value(text: &str) -> f64 {
    match based(text) {
        Some((digits, base)) => {
            let digit =
                |sum: f64, it: char| sum * f64::from(base) + f64::from(it.to_digit(base).unwrap_or_default());
            digits.chars().fold(0.0, digit)
        }
        None if is_not_finite(text) => f64::NAN,
        None => text.parse().unwrap_or(f64::NAN),
    }
}

/// A number as JSON has it; a text where JSON cannot hold it, such as `.inf`.
pub(super) fn json(text: &str) -> Json {
    if let Ok(number) = serde_json::from_str::<serde_json::Number>(text) {
        return Json::Number(number);
    }
    let as_written = || Json::String(text.to_owned());
    if is_whole(text) {
        let whole = match based(text) {
            Some((digits, base)) => i128::from_str_radix(digits, base).ok(),
            None => text.parse::<i128>().ok(),
        };
        // JSON's own reader takes such a number in digits, however long it is.
        return whole.and_then(|it| serde_json::from_str(&it.to_string()).ok()).unwrap_or_else(as_written);
    }
    serde_json::Number::from_f64(value(text)).map_or_else(as_written, Json::Number)
}

/// The digits of a number with a base, and the base.
fn based(text: &str) -> Option<(&str, u32)> {
    let (digits, base) = match text.get(..2)? {
        "0x" => (&text[2..], 16),
        "0o" => (&text[2..], 8),
        _ => return None,
    };
    (!digits.is_empty() && digits.chars().all(|it| it.is_digit(base))).then_some((digits, base))
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit())
}

/// A number with a point, an exponent or both.
fn is_decimal(text: &str) -> bool {
    let text = unsigned(text);
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(unsigned(exponent))),
        None => (text, None),
    };
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (number, None),
    };
    let has_digits = match (whole, fraction) {
        ("", fraction) => fraction.is_some_and(is_digits),
        (whole, None | Some("")) => is_digits(whole),
        (whole, Some(fraction)) => is_digits(whole) && is_digits(fraction),
    };
    has_digits && exponent.is_none_or(is_digits)
}

fn is_not_finite(text: &str) -> bool {
    matches!(unsigned(text), ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_number_of_the_core_schema_has_its_value() {
        for (text, whole, expected) in [
            ("0", true, json!(0)),
            ("-12", true, json!(-12)),
            ("+5", true, json!(5)),
            ("0123", true, json!(123)),
            ("-007", true, json!(-7)),
            ("0x1F", true, json!(31)),
            ("0o17", true, json!(15)),
            ("18446744073709551615", true, json!(18_446_744_073_709_551_615_u64)),
            ("1e5", false, json!(1e5)),
            ("1.10", false, json!(1.1)),
            (".5", false, json!(0.5)),
            ("-.5", false, json!(-0.5)),
            ("1.", false, json!(1.0)),
            ("+12.3E-2", false, json!(0.123)),
            (".inf", false, json!(".inf")),
            ("-.INF", false, json!("-.INF")),
            (".NaN", false, json!(".NaN")),
        ] {
            assert!(is_number(text), "{text}");
            assert_eq!((is_whole(text), json(text)), (whole, expected.clone()), "{text}");
            if let Some(expected) = expected.as_f64() {
                assert!((value(text) - expected).abs() < 1e-9, "{text}");
            }
        }
    }

    #[test]
    fn what_is_written_otherwise_is_text() {
        for text in [
            "", "-", "+", ".", "e5", "1e", "1e+", "1.2.3", "v1", "0x", "0o8", "0xg", "1_000", "12:30", "0b1",
            "--1", "1 2", "inf", "nan", "NaN", "+.nan", "-0x1", ".e1", "٣", "1,5",
        ] {
            assert!(!is_number(text), "{text}");
        }
    }
}
