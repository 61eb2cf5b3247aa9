//! Reads answers leniently: either casing of a field's name, `null` where a value was expected.
//!
//! The server documents PascalCase, yet some versions answered in camelCase, and fields that hold text or
//! a list on one version are `null` on another. Rather than two names and a default at each of some
//! hundred fields, one deserializer smooths both out for structs. Keys of maps (variables by name,
//! environments by id) are data and stay as they are, and an answer read as [`serde_json::Value`] is left
//! untouched.
//!
//! The text is read into the type as it goes along. A tree of values built first would take sixty times the
//! memory of the text, and the text may come from anywhere.

use std::cell::Cell;
use std::fmt;

use jiff::Timestamp;
use serde::de::value::{StrDeserializer, StringDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::value::RawValue;

use super::bounds::{Limits, MOST_ITEMS};

/// Reads a JSON answer as an `A`.
///
/// # Errors
///
/// When the text is not JSON, ends early, lacks what every such answer holds, or holds more than any answer does.
pub fn read<A: DeserializeOwned>(json: &[u8]) -> Result<A, serde_json::Error> {
    let mut text = serde_json::Deserializer::from_slice(json);
    let left = Cell::new(MOST_ITEMS);
    let answer = A::deserialize(Lenient { inner: &mut text, limits: Limits::new(&left) })?;
    text.end()?;
    Ok(answer)
}

/// A time as the server writes it, `2026-05-01T08:02:00.000+00:00`. A time that cannot be understood is no
/// reason to lose the answer around it, so it is read as none.
pub(super) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.and_then(|text| text.parse().ok()))
}

/// Something that takes part in reading, such as a deserializer or a visitor, under which structs are read leniently
/// at every depth.
struct Lenient<'a, T> {
    inner: T,
    limits: Limits<'a>,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Lenient<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(Lenient { inner: visitor, limits: self.limits })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_option(Lenient { inner: visitor, limits: self.limits })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_newtype_struct(name, Lenient { inner: visitor, limits: self.limits })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(Members { visitor, fields: Some(fields), limits: self.limits })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(Members { visitor, fields: None, limits: self.limits })
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(NullIsEmpty(visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_enum(name, variants, Lenient { inner: visitor, limits: self.limits })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_ignored_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str bytes byte_buf unit unit_struct
        seq tuple tuple_struct identifier
    }
}

/// Hands plain values on as they are.
macro_rules! hands_on {
    ($inner:tt: $($visit:ident $kind:ty),*) => {
        $(fn $visit<E: Error>(self, value: $kind) -> Result<Self::Value, E> {
            self.$inner.$visit(value)
        })*
    };
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Lenient<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    hands_on! {
        inner: visit_bool bool, visit_i64 i64, visit_i128 i128, visit_u64 u64, visit_u128 u128, visit_f64 f64,
        visit_str &str, visit_borrowed_str &'de str, visit_string String
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, some: D) -> Result<V::Value, D::Error> {
        self.inner.visit_some(Lenient { inner: some, limits: self.limits })
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, wrapped: D) -> Result<V::Value, D::Error> {
        self.inner.visit_newtype_struct(Lenient { inner: wrapped, limits: self.limits })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        self.inner.visit_seq(Lenient { inner: items, limits: self.limits })
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(Lenient { inner: entries, limits: self.limits })
    }

    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<V::Value, A::Error> {
        self.inner.visit_enum(variant)
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Lenient<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(Lenient { inner: deserializer, limits: self.limits })
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Lenient<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.limits.one_more()?;
        self.inner.next_element_seed(Lenient { inner: seed, limits: self.limits })
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Lenient<'_, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.limits.one_more()?;
        self.inner.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(Lenient { inner: seed, limits: self.limits })
    }
}

/// Reads a struct, of which the fields are known, or a map, of which they are data.
struct Members<'a, V> {
    visitor: V,
    fields: Option<&'static [&'static str]>,
    limits: Limits<'a>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Members<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    hands_on! {
        visitor: visit_bool bool, visit_i64 i64, visit_i128 i128, visit_u64 u64, visit_u128 u128, visit_f64 f64,
        visit_str &str, visit_borrowed_str &'de str, visit_string String
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_unit()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_seq(Lenient { inner: items, limits: self.limits })
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<V::Value, A::Error> {
        let seen = vec![false; self.fields.map_or(0, <[_]>::len)];
        let limits = self.limits.deeper()?;
        self.visitor.visit_map(Present { entries, fields: self.fields, seen, value: None, limits })
    }
}

/// The members of an object that are there: what is `null` is not. Of a field in both casings the first counts.
struct Present<'a, 'de, A> {
    entries: A,
    fields: Option<&'static [&'static str]>,
    seen: Vec<bool>,
    value: Option<&'de RawValue>,
    limits: Limits<'a>,
}

impl<'de, A: MapAccess<'de>> Present<'_, 'de, A> {
    /// The field that a member is, unless it is none or was there before.
    fn field(&mut self, fields: &'static [&'static str], name: &str) -> Option<&'static str> {
        let at = fields.iter().position(|it| is_capitalised(name, it))?;
        let seen = self.seen.get_mut(at)?;
        if std::mem::replace(seen, true) { None } else { fields.get(at).copied() }
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Present<'_, 'de, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        while let Some(name) = self.entries.next_key::<String>()? {
            // Whether a member is there shows only by its value, and that its name is wanted before.
            let value: &'de RawValue = self.entries.next_value()?;
            if value.get() == "null" {
                continue;
            }
            let Some(fields) = self.fields else {
                self.limits.one_more()?;
                self.value = Some(value);
                return seed.deserialize(StringDeserializer::new(name)).map(Some);
            };
            if let Some(field) = self.field(fields, &name) {
                self.value = Some(value);
                return seed.deserialize(StrDeserializer::new(field)).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let value = self.value.take().ok_or_else(|| A::Error::custom("a value without a name"))?;
        let mut text = serde_json::Deserializer::from_str(value.get());
        let lenient = Lenient { inner: &mut text, limits: self.limits };
        seed.deserialize(lenient).map_err(A::Error::custom)
    }
}

/// `null` in place of a text is the empty text.
struct NullIsEmpty<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for NullIsEmpty<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    hands_on! {
        0: visit_bool bool, visit_i64 i64, visit_i128 i128, visit_u64 u64, visit_u128 u128, visit_f64 f64,
        visit_str &str, visit_borrowed_str &'de str, visit_string String
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_string(String::new())
    }
}

/// `serverTaskId` is `ServerTaskId`.
fn is_capitalised(name: &str, field: &str) -> bool {
    let (mut one, mut other) = (name.chars(), field.chars());
    let first = one.next().map(|it| it.to_ascii_uppercase());
    first == other.next() && one.as_str() == other.as_str()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::*;
    use crate::octopus::bounds::DEEPEST;

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

    #[test]
    fn keys_with_escapes_and_other_signs_are_read() {
        let read: Outer =
            read(br#"{"\u0049nner":[{"serverT\u0061skId":"\u00e9\n"}],"ByName":{"\u00fc":"v"}}"#).unwrap();
        assert_eq!(
            (read.inner[0].server_task_id.as_str(), read.by_name["\u{fc}"].as_str()),
            ("\u{e9}\n", "v")
        );
    }

    #[test]
    fn what_is_not_asked_for_is_passed_over_whatever_it_is() {
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        let json = format!(r#"{{"Other":{deep},"Inner":[{{"ServerTaskId":"a","More":{{"x":{deep}}}}}]}}"#);
        assert_eq!(read::<Outer>(json.as_bytes()).unwrap().inner.len(), 1);
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Tree {
        #[serde(default)]
        children: Vec<Tree>,
    }

    #[test]
    fn an_answer_that_is_too_deep_or_too_long_is_refused_and_not_kept() {
        let nested = |depth: usize| format!("{}{{}}{}", r#"{"Children":["#.repeat(depth), "]}".repeat(depth));
        let inmost = |tree: &Tree| tree.children.len();
        assert_eq!(inmost(&read::<Tree>(nested(DEEPEST - 1).as_bytes()).unwrap()), 1);
        let error = read::<Tree>(nested(100_000).as_bytes()).unwrap_err();
        assert!(error.is_data() && error.to_string().contains("nested too deep"), "{error}");

        let list = |items: usize| format!(r#"{{"Children":[{}{{}}]}}"#, "{},".repeat(items - 1));
        assert_eq!(read::<Tree>(list(100_000).as_bytes()).unwrap().children.len(), 100_000);
        for item in ["{},", "1,", "{\"a\":1},", "null,"] {
            let many = item.repeat(MOST_ITEMS + 1);
            let list = format!(r#"{{"Children":[{many}{{}}]}}"#);
            assert!(read::<Tree>(list.as_bytes()).unwrap_err().is_data(), "{item}");
            let error = read::<Value>(format!("[{many}1]").as_bytes()).unwrap_err();
            assert!(error.to_string().contains("more than 300000 items"), "{item}: {error}");
        }
    }

    #[test]
    fn a_text_that_ends_early_is_told_from_one_of_another_kind() {
        for early in ["", "{", r#"{"Inner":["#, r#"{"Inner":[{"ServerTaskId":"#, r#"{"Inner":[],"Note":"a"#] {
            assert!(read::<Outer>(early.as_bytes()).unwrap_err().is_eof(), "{early}");
        }
        for other in ["{}", "[]", "1", r#"{"Inner":1}"#, r#"{"Inner":[{}]}"#, r#"{"Inner":[],"Note":{}}"#] {
            assert!(read::<Outer>(other.as_bytes()).unwrap_err().is_data(), "{other}");
        }
        for none in
            ["fine", "<html>", r#"{"Inner":[]} x"#, r#"{"Inner" []}"#, "{\"Inner\":[],\"Note\":\"\n\"}"]
        {
            assert!(read::<Outer>(none.as_bytes()).unwrap_err().is_syntax(), "{none}");
        }
        assert!(read::<Outer>(b"{\"Inner\":[],\"Note\":\"\xff\"}").is_err());
    }
}
