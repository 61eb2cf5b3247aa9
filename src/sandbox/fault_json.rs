//! Reads and writes the fields of a fault script that serde has no form for.

use std::{collections::BTreeMap, num::NonZeroU64};

use hyper::{
    StatusCode,
    header::{HeaderName, HeaderValue},
};
use regex::Regex;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

pub(crate) fn one() -> NonZeroU64 {
    NonZeroU64::MIN
}

#[expect(clippy::unnecessary_wraps, reason = "serde wants the field's own type")]
pub(crate) fn once() -> Option<NonZeroU64> {
    Some(NonZeroU64::MIN)
}

#[expect(clippy::ref_option, reason = "serde hands the field by reference")]
pub(crate) fn pattern_out<S: Serializer>(pattern: &Option<Regex>, to: S) -> Result<S::Ok, S::Error> {
    pattern.as_ref().map(Regex::as_str).serialize(to)
}

pub(crate) fn pattern_in<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Regex>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| Regex::new(&text).map_err(D::Error::custom)).transpose()
}

pub(crate) fn status_out<S: Serializer>(status: &StatusCode, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u16(status.as_u16())
}

pub(crate) fn status_in<'de, D: Deserializer<'de>>(from: D) -> Result<StatusCode, D::Error> {
    let number = u16::deserialize(from)?;
    match StatusCode::from_u16(number) {
        Ok(status) if (200..600).contains(&number) => Ok(status),
        _ => Err(D::Error::custom(format!("status {number} is not between 200 and 599"))),
    }
}

pub(crate) fn headers_in<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    let fields = BTreeMap::<String, String>::deserialize(from)?;
    for (name, value) in &fields {
        HeaderName::try_from(name.as_str()).map_err(|_| D::Error::custom(not_sendable("name", name)))?;
        HeaderValue::try_from(value.as_str()).map_err(|_| D::Error::custom(not_sendable("value", value)))?;
    }
    Ok(fields)
}

pub(crate) fn header_value_in<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let value = String::deserialize(from)?;
    HeaderValue::try_from(value.as_str()).map_err(|_| D::Error::custom(not_sendable("value", &value)))?;
    Ok(value)
}

fn not_sendable(part: &str, text: &str) -> String {
    format!("{text:?} cannot be sent as a header field's {part}")
}
