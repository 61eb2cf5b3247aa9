//! What an input holds, as the value that its flag would have.

use serde_json::Value as Json;

use super::list::InputKind;
use super::variables::RawValue;
use crate::document::parse_json;
use crate::settings::FlagValue;

/// The problem and the fix. Neither quotes the value, which may be a misplaced secret.
pub(super) type Wrong = (String, &'static str);

const ONE: &str = "write a single value";
const LIST: &str = "write a JSON list such as `[\"a\", \"b\"]`, or one item a line";
const MAP: &str = "write a JSON object such as `{\"NAME\": \"value\"}`, or one `NAME=VALUE` a line";

/// The value of a flag that is not a switch.
pub(super) fn flag_value(kind: &InputKind, raw: &RawValue) -> Result<FlagValue, Wrong> {
    Ok(match kind {
        InputKind::List => FlagValue::Many(list(raw)?),
        InputKind::Map => FlagValue::Many(map(raw)?),
        InputKind::Integer => {
            let number = text(raw)?;
            if number.is_empty() || !number.bytes().all(|it| it.is_ascii_digit()) {
                return Err(("it must be a whole number".to_owned(), "write only digits"));
            }
            FlagValue::One(number)
        }
        _ => FlagValue::One(text(raw)?),
    })
}

/// The value of a switch. Servers write it in their own ways: `True`, or `1`.
pub(super) fn switch(raw: &RawValue) -> Result<bool, Wrong> {
    match text(raw)?.to_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(("it must be `true` or `false`".to_owned(), "write one of them")),
    }
}

/// A single text, without white space around it.
pub(super) fn text(raw: &RawValue) -> Result<String, Wrong> {
    match raw {
        RawValue::Text(text) | RawValue::Commas(text) => Ok(text.trim().to_owned()),
        RawValue::Items(_) => Err(("it must be one value, and this is a list".to_owned(), ONE)),
        RawValue::Json(json) => scalar(json).map(|it| it.trim().to_owned()).ok_or_else(|| {
            let kind = if json.is_array() { "list" } else { "map" };
            (format!("it must be one value, and this is a {kind}"), ONE)
        }),
    }
}

/// Whether a value is a list or map without anything in it, as some servers write one that was not given.
pub(super) fn is_nothing(kind: &InputKind, raw: &RawValue) -> bool {
    match (kind, raw) {
        (InputKind::List, RawValue::Text(text)) => text.trim() == "[]",
        (InputKind::Map, RawValue::Text(text)) => text.trim() == "{}",
        _ => false,
    }
}

fn list(raw: &RawValue) -> Result<Vec<String>, Wrong> {
    let items = match raw {
        RawValue::Items(items) => items.clone(),
        RawValue::Json(Json::Array(items)) => json_list(items)?,
        RawValue::Json(Json::Object(_)) => {
            return Err(("it must be a list, and this is a map".to_owned(), LIST));
        }
        RawValue::Json(json) => lines(&scalar(json).unwrap_or_default()),
        RawValue::Text(text) | RawValue::Commas(text) if text.trim_start().starts_with('[') => {
            match serde_json::from_str(text) {
                Ok(Json::Array(items)) => json_list(&items)?,
                _ => return Err(("it begins like a JSON list, and is none".to_owned(), LIST)),
            }
        }
        // So a server writes a single text where it writes everything as JSON.
        RawValue::Text(text) if text.trim_start().starts_with('"') => match serde_json::from_str(text) {
            Ok(Json::String(text)) => lines(&text),
            _ => lines(text),
        },
        RawValue::Commas(text) if !text.trim().contains('\n') => text.split(',').map(str::to_owned).collect(),
        RawValue::Text(text) | RawValue::Commas(text) => lines(text),
    };
    let items = items.into_iter().map(|it| it.trim().to_owned());
    Ok(items.filter(|it| !it.is_empty()).collect())
}

/// Names and values, each as `NAME=VALUE`.
fn map(raw: &RawValue) -> Result<Vec<String>, Wrong> {
    let items = match raw {
        RawValue::Json(Json::Object(entries)) => return json_map(entries),
        RawValue::Text(text) | RawValue::Commas(text) if text.trim_start().starts_with('{') => {
            return match serde_json::from_str(text) {
                // Its reader takes the last of two entries of one name.
                Ok(Json::Object(_)) if parse_json(text).is_err() => {
                    Err(("a name is given twice".to_owned(), "keep one of them"))
                }
                Ok(Json::Object(entries)) => json_map(&entries),
                _ => Err(("it begins like a JSON object, and is none".to_owned(), MAP)),
            };
        }
        // A comma may belong to a value.
        RawValue::Commas(text) => list(&RawValue::Text(text.clone()))?,
        raw => list(raw)?,
    };
    let is_pair = |it: &String| it.split_once('=').is_some_and(|(name, _)| !name.trim().is_empty());
    if items.iter().all(is_pair) { Ok(items) } else { Err(("an item is not `NAME=VALUE`".to_owned(), MAP)) }
}

fn json_list(items: &[Json]) -> Result<Vec<String>, Wrong> {
    let wrong = || ("an item of the list is not text".to_owned(), LIST);
    items.iter().map(|it| scalar(it).ok_or_else(wrong)).collect()
}

fn json_map(entries: &serde_json::Map<String, Json>) -> Result<Vec<String>, Wrong> {
    let pair = |(name, value): (&String, &Json)| {
        if name.trim().is_empty() || name.contains('=') {
            return Err(("a name is blank, or has a `=`".to_owned(), MAP));
        }
        let value = scalar(value).ok_or_else(|| ("a value of the map is not text".to_owned(), MAP))?;
        Ok(format!("{name}={value}"))
    };
    entries.iter().map(pair).collect()
}

/// Text, number or truth value as text; servers do not always keep them apart.
fn scalar(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(it) => Some(it.to_string()),
        Json::Null => Some(String::new()),
        Json::Array(_) | Json::Object(_) => None,
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn raw(text: &str) -> RawValue {
        RawValue::Text(text.to_owned())
    }

    fn many(kind: &InputKind, raw: &RawValue) -> Result<Vec<String>, Wrong> {
        flag_value(kind, raw).map(|it| match it {
            FlagValue::Many(many) => many,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn a_list_is_json_or_lines_and_on_drone_commas() {
        let list = |raw: &RawValue| many(&InputKind::List, raw).expect("a list");
        let commas = |text: &str| RawValue::Commas(text.to_owned());
        assert_eq!(list(&raw(" Test \n\n Stage, EU\r\n")), ["Test", "Stage, EU"]);
        assert_eq!(list(&raw("[\"Test\", \"Stage, EU\", 7, true]")), ["Test", "Stage, EU", "7", "true"]);
        assert_eq!(list(&commas("Test, Stage,")), ["Test", "Stage"]);
        assert_eq!(list(&commas("Test, EU\nStage")), ["Test, EU", "Stage"]);
        assert_eq!(list(&commas("[\"Test, EU\"]")), ["Test, EU"]);
        assert_eq!(list(&RawValue::Items(vec!["a ".into(), " ".into(), "b,c".into()])), ["a", "b,c"]);
        assert_eq!(list(&RawValue::Json(json!("one"))), ["one"]);
        assert_eq!(list(&raw("\"Test\"")), ["Test"]);
        assert_eq!(list(&raw("\"quoted\" name")), ["\"quoted\" name"]);
        assert_eq!(list(&RawValue::Json(json!(["one", 2]))), ["one", "2"]);
        for wrong in [raw("[Test]"), raw("[[\"a\"]]"), RawValue::Json(json!({"a": 1}))] {
            many(&InputKind::List, &wrong).expect_err("no list");
        }
    }

    #[test]
    fn a_map_is_json_or_lines() {
        let map = |raw: &RawValue| many(&InputKind::Map, raw).expect("a map");
        assert_eq!(map(&raw("A=1, 2\nB = x=y\n")), ["A=1, 2", "B = x=y"]);
        assert_eq!(map(&raw("{\"A\": \"1\\n2\", \"B\": 3}")), ["A=1\n2", "B=3"]);
        assert_eq!(map(&RawValue::Commas("A=1,2".into())), ["A=1,2"]);
        assert_eq!(map(&RawValue::Json(json!({"A": "", "B": true}))), ["A=", "B=true"]);
        assert_eq!(map(&RawValue::Json(json!(["A=1"]))), ["A=1"]);
        for wrong in [
            raw("A"),
            raw("=1"),
            raw("{\"A\": [1]}"),
            raw("{A}"),
            raw("{\"A=B\": \"c\"}"),
            raw("{\"\": 1}"),
            raw("{\"A\": 1, \"A\": 2}"),
        ] {
            many(&InputKind::Map, &wrong).expect_err("no map");
        }
    }

    #[test]
    fn single_values_are_single() {
        assert_eq!(text(&raw(" a b\n")), Ok("a b".to_owned()));
        assert_eq!(text(&RawValue::Json(json!(30))), Ok("30".to_owned()));
        text(&RawValue::Json(json!(["a"]))).expect_err("a list");
        text(&RawValue::Items(Vec::new())).expect_err("a list");
        for (written, value) in [("true", true), ("True", true), ("1", true), ("FALSE ", false), ("0", false)]
        {
            assert_eq!(switch(&raw(written)), Ok(value), "{written}");
        }
        for wrong in ["yes", "on", "2", "tru"] {
            switch(&raw(wrong)).expect_err(wrong);
        }
        flag_value(&InputKind::Integer, &raw("3x")).expect_err("no number");
        assert_eq!(flag_value(&InputKind::Integer, &raw(" 3 ")), Ok(FlagValue::One("3".into())));
    }
}
