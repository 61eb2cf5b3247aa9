//! What a scalar means by YAML's core schema (YAML 1.2.2, chapter 10.3).

use granit_parser::{ScalarStyle, Tag};

use crate::document::number;
use crate::document::text::Text;
use crate::document::tree::Value;

/// The problem with a tag, and the fix.
pub(super) type Refusal = (String, &'static str);

/// The value of a scalar.
///
/// # Errors
/// A tag that the core schema does not have, or that the text does not fit.
pub(super) fn value(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, Refusal> {
    let as_text = || Value::Text(Text::of_settings(text));
    let Some(tag) = tag else {
        return Ok(if style == ScalarStyle::Plain { plain(text) } else { as_text() });
    };
    let value = match tag.core_suffix() {
        Some("str") => return Ok(as_text()),
        Some("int") => Some(plain(text)).filter(|_| number::is_whole(text)),
        Some("float") => Some(plain(text)).filter(|it| matches!(it, Value::Number(_))),
        Some("bool") => Some(plain(text)).filter(|it| matches!(it, Value::Bool(_))),
        Some("null") => Some(plain(text)).filter(|it| *it == Value::Null),
        None if is_non_specific(tag) => return Ok(as_text()),
        None => return Err(unknown(tag)),
        Some(_) => None,
    };
    value.ok_or_else(|| misplaced(tag))
}

/// Checks the tag of a collection; `own` is the name of the only one that fits.
///
/// # Errors
/// A tag that the core schema does not have, or that is one of other values.
pub(super) fn check_collection(tag: Option<&Tag>, own: &str) -> Result<(), Refusal> {
    match tag {
        Some(tag) if !is_non_specific(tag) => match tag.core_suffix() {
            Some(name) if name == own => Ok(()),
            Some(_) => Err(misplaced(tag)),
            None => Err(unknown(tag)),
        },
        _ => Ok(()),
    }
}

/// A plain scalar: null, true or false, a number, or else text. `no`, `on` and `12:30` are text.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if number::is_number(text) => Value::Number(text.to_owned()),
        _ => Value::Text(Text::of_settings(text)),
    }
}

/// The tag `!`, which makes a scalar text.
fn is_non_specific(tag: &Tag) -> bool {
    tag.original() == "!"
}

fn unknown(tag: &Tag) -> Refusal {
    (format!("the tag `{}` is not supported", shown(tag)), "write the value without it")
}

fn misplaced(tag: &Tag) -> Refusal {
    (format!("the tag `{}` does not fit this value", shown(tag)), "leave the tag out")
}

/// Enough of a tag to recognise it.
fn shown(tag: &Tag) -> String {
    tag.original().chars().take(60).map(|it| if it.is_control() { '�' } else { it }).collect()
}
