//! Reads answers leniently: either casing of a field's name, `null` where a value was expected.
//!
//! The server documents PascalCase, yet some versions answered in camelCase, and fields that hold text or
//! a list on one version are `null` on another. Rather than two names and a default at each of some
//! hundred fields, one deserializer smooths both out for structs. Keys of maps (variables by name,
//! environments by id) are data and stay as they are, and an answer read as [`Value`] is left untouched.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::{Error, Value};

/// Reads a JSON answer as an `A`.
///
/// # Errors
///
/// When the text is not JSON, ends early, or lacks what every such answer holds.
pub fn read<A: DeserializeOwned>(json: &[u8]) -> Result<A, Error> {
    A::deserialize(Lenient(serde_json::from_slice(json)?))
}

/// A time as the server writes it, `2026-05-01T08:02:00.000+00:00`. A time that cannot be understood is no
/// reason to lose the answer around it, so it is read as none.
pub(super) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.and_then(|text| text.parse().ok()))
}

/// A value of which structs are read leniently, at every depth.
struct Lenient(Value);

impl<'de> IntoDeserializer<'de, Error> for Lenient {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Lenient {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let Value::Object(fields) = self.0 else { return self.0.deserialize_any(visitor) };
        let mut seen = BTreeSet::new();
        let fields = fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (capitalised(&name), Self(value)))
            .filter(|(name, _)| seen.insert(name.clone()));
        visitor.visit_map(MapDeserializer::new(fields))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let Value::Object(entries) = self.0 else { return self.0.deserialize_any(visitor) };
        let entries = entries.into_iter().filter(|(_, value)| !value.is_null());
        visitor.visit_map(MapDeserializer::new(entries.map(|(key, value)| (key, Self(value)))))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let Value::Array(items) = self.0 else { return self.0.deserialize_any(visitor) };
        visitor.visit_seq(SeqDeserializer::new(items.into_iter().map(Self)))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_string(String::new()),
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str bytes byte_buf unit unit_struct
        tuple tuple_struct identifier ignored_any
    }
}

/// `serverTaskId` is `ServerTaskId`.
fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Outer {
        inner: Vec<Inner>,
        #[serde(default)]
        by_name: BTreeMap<String, String>,
        #[serde(default)]
        note: String,
        #[serde(default, deserialize_with = "time")]
        at: Option<Timestamp>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Inner {
        server_task_id: String,
    }

    #[test]
    fn either_casing_is_read_at_every_depth() {
        let pascal: Outer = read(br#"{"Inner":[{"ServerTaskId":"a"}],"ByName":{"key":"v"}}"#).unwrap();
        let camel: Outer = read(br#"{"inner":[{"serverTaskId":"a"}],"byName":{"key":"v"}}"#).unwrap();
        assert_eq!(pascal, camel);
        assert_eq!(pascal.by_name["key"], "v", "keys of maps are data");
    }

    #[test]
    fn both_casings_at_once_are_one_field() {
        let both: Outer = read(br#"{"Inner":[],"inner":[{"ServerTaskId":"a"}]}"#).unwrap();
        assert!(both.inner.is_empty());
    }

    #[test]
    fn null_is_absent() {
        let read: Outer = read(br#"{"Inner":[],"Note":null,"ByName":null,"At":null}"#).unwrap();
        assert_eq!((read.note.as_str(), read.by_name.len(), read.at), ("", 0, None));
        let outer: Outer = super::read(br#"{"Inner":[],"ByName":{"a":null,"b":"v"}}"#).unwrap();
        assert_eq!(outer.by_name.keys().collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn what_every_answer_holds_is_required() {
        assert!(read::<Outer>(b"{}").is_err());
        assert!(read::<Outer>(br#"{"Inner":null}"#).is_err());
        assert!(read::<Outer>(br#"{"Inner":["#).is_err());
        assert!(read::<Outer>(b"[]").is_err());
    }

    #[test]
    fn times_have_an_offset_or_are_left_out() {
        let json = |at: &str| format!(r#"{{"Inner":[],"At":"{at}"}}"#);
        let at = |text: &str| read::<Outer>(json(text).as_bytes()).unwrap().at;
        assert_eq!(at("2026-05-01T10:02:00.000+02:00"), at("2026-05-01T08:02:00Z"));
        assert!(at("2026-05-01T08:02:00Z").is_some());
        assert_eq!(at("yesterday"), None);
    }

    #[test]
    fn a_plain_value_is_left_untouched() {
        let text = r#"{"b":null,"A":{"camelCase":[1,null]}}"#;
        assert_eq!(read::<Value>(text.as_bytes()).unwrap().to_string(), text);
    }
}
