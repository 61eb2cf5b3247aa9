//! A request on its way to its handler: who asks, in which space, with which parameters.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::sandbox::message::{Request, Response};
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::stored::Id;

/// What every handler returns.
pub(super) type Answer = Result<Response, Refusal>;

/// One routed request.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) request: &'a Request,
    pub(super) now: Timestamp,
    /// The space of the path, or the default one.
    pub(super) space: Id,
    /// Whether the path names the space; otherwise it is the default one.
    pub(super) names_space: bool,
    /// The path's variable parts, decoded, in order.
    pub(super) params: Vec<String>,
    /// The caller's user id; empty for the routes that need none.
    pub(super) user: Id,
}

impl Call<'_> {
    /// The path's variable part of this index; blank if there is none.
    pub(super) fn param(&self, at: usize) -> &str {
        self.params.get(at).map_or("", String::as_str)
    }

    /// The first value of a query parameter, whose name matches ignoring case; a blank value counts as absent.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let found = self.request.query.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).filter(|it| !it.is_empty())
    }

    /// All values of a parameter that may be comma-joined or repeated; an empty list means no filter.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let values = self.request.query.iter().filter(|(it, _)| it.eq_ignore_ascii_case(name));
        let parts = values.flat_map(|(_, value)| value.split(','));
        parts.map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
    }

    /// A whole number of the query; anything else counts as absent.
    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.query(name)?.parse().ok()
    }

    /// A truth value of the query.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.query(name).map(|it| it.eq_ignore_ascii_case("true"))
    }

    /// The request's JSON object; an empty body is an empty object.
    pub(super) fn body(&self) -> Result<Body, Refusal> {
        if self.request.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Body(Map::new()));
        }
        match serde_json::from_slice(&self.request.body) {
            Ok(Value::Object(map)) => Ok(Body(map)),
            Ok(_) => Err(Refusal::bad("The body of the request must be a JSON object.")),
            Err(error) => Err(Refusal::bad(format!("The body of the request is not valid JSON: {error}"))),
        }
    }
}

/// A JSON object whose property names match ignoring case.
#[derive(Debug, Clone, Default)]
pub(super) struct Body(pub(super) Map<String, Value>);

impl Body {
    /// A property that is present and not null.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        let found = self.0.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value).filter(|it| !it.is_null())
    }

    /// A text; a number or truth value counts as its text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        plain_text(self.get(name)?)
    }

    /// A text that holds more than white space.
    pub(super) fn filled(&self, name: &str) -> Option<String> {
        self.text(name).filter(|it| !it.trim().is_empty())
    }

    /// A truth value; the server also reads the texts "true" and "false".
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Value::Bool(yes) => Some(*yes),
            Value::String(text) => Some(text.eq_ignore_ascii_case("true")),
            _ => None,
        }
    }

    /// A list of texts.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        let Some(Value::Array(items)) = self.get(name) else { return Vec::new() };
        items.iter().filter_map(plain_text).collect()
    }

    /// A list of objects.
    pub(super) fn objects(&self, name: &str) -> Vec<Body> {
        let Some(Value::Array(items)) = self.get(name) else { return Vec::new() };
        items.iter().filter_map(|it| it.as_object().cloned().map(Body)).collect()
    }

    /// A nested object; empty if it is absent.
    pub(super) fn object(&self, name: &str) -> Body {
        Body(self.get(name).and_then(Value::as_object).cloned().unwrap_or_default())
    }

    /// The properties with their texts, in the order sent; a null is left out.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        self.0.iter().filter_map(|(name, value)| Some((name.clone(), plain_text(value)?))).collect()
    }
}

fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}

/// Reads a time as .NET does; without an offset it is the server's local time, which is UTC here.
///
/// # Errors
///
/// 400: the text is not a time.
pub(super) fn read_time(field: &str, text: &str) -> Result<Timestamp, Refusal> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let spaced = text.replacen(" +", "+", 1).replacen(" -", "-", 1);
    if let Ok(instant) = spaced.replacen(' ', "T", 1).parse::<Timestamp>() {
        return Ok(instant);
    }
    let local = text.replacen(' ', "T", 1).parse::<DateTime>().ok();
    let instant = local.and_then(|it| it.to_zoned(TimeZone::UTC).ok()).map(|it| it.timestamp());
    instant.ok_or_else(|| Refusal::bad(format!("The value '{text}' of {field} is not a date and time.")))
}
