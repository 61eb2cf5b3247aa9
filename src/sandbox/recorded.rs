//! The requests that the sandbox received, in order; of a credential only its presence is recorded.

use std::{collections::VecDeque, time::Duration};

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::sandbox::{faults::Fault, message::Request};

/// How many requests are kept. Beyond it the oldest are dropped, and the numbers continue.
const KEPT: usize = 20_000;

/// Header fields whose value is a credential.
const SECRET_HEADERS: &[&str] =
    &["authorization", "cookie", "proxy-authorization", "x-octopus-apikey", "x-octopus-csrf-token"];

/// Names in a query or a body whose value is a credential; they match ignoring case.
const SECRET_NAMES: &[&str] = &["apikey", "client_assertion", "client_secret", "password", "subject_token"];

/// One request as it was received, and how it was answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReceivedRequest {
    /// 1 for the first request after the start; clearing the requests does not reset the count.
    pub number: u64,
    /// When its head arrived, since the sandbox's start; milliseconds in JSON.
    #[serde(rename = "atMs", serialize_with = "milliseconds")]
    pub at: Duration,
    /// The connection that carried it; 1 for the first connection after the start.
    pub connection: u64,
    /// The method as sent.
    pub method: String,
    /// The path as sent, still percent-encoded.
    pub path: String,
    /// The query's pairs, decoded.
    pub query: Vec<(String, String)>,
    /// The header fields, names in lower case; a credential's value reads `(present)` or `(empty)`.
    pub headers: Vec<(String, String)>,
    /// The body as JSON where it is JSON, else as text; `null` where there was none.
    pub body: Value,
    /// The fault that it met, if any.
    pub fault: Option<Fault>,
    /// When the world carried it out, since the sandbox's start; `None` if it has not been carried out.
    #[serde(rename = "carriedOutMs", serialize_with = "milliseconds_or_null")]
    pub carried_out: Option<Duration>,
    /// The status of the answer that was passed to the connection; `None` before that.
    pub status: Option<u16>,
}

/// The requests received so far.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    received: VecDeque<ReceivedRequest>,
    last: u64,
}

impl RequestLog {
    /// Enters a request and gives it its number.
    pub(crate) fn enter(&mut self, request: &Request, arrival: Arrival, fault: Option<&Fault>) -> u64 {
        self.last += 1;
        self.received.push_back(ReceivedRequest {
            number: self.last,
            at: arrival.at,
            connection: arrival.connection,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.iter().map(|(name, value)| shown_pair(name, value)).collect(),
            headers: request.headers.iter().map(|(name, value)| shown_header(name, value)).collect(),
            body: shown_body(&request.body),
            fault: fault.cloned(),
            carried_out: None,
            status: None,
        });
        if self.received.len() > KEPT {
            self.received.pop_front();
        }
        self.last
    }

    pub(crate) fn carried_out(&mut self, number: u64, at: Duration) {
        if let Some(received) = self.find(number) {
            received.carried_out = Some(at);
        }
    }

    pub(crate) fn answered(&mut self, number: u64, status: u16) {
        if let Some(received) = self.find(number) {
            received.status = Some(status);
        }
    }

    pub(crate) fn all(&self) -> Vec<ReceivedRequest> {
        self.received.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.received.clear();
    }

    /// The numbers rise by one, so that a request's index follows from the first number kept.
    fn find(&mut self, number: u64) -> Option<&mut ReceivedRequest> {
        let first = self.received.front()?.number;
        let place = usize::try_from(number.checked_sub(first)?).ok()?;
        self.received.get_mut(place)
    }
}

/// When and by which connection a request came.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    pub(crate) at: Duration,
    pub(crate) connection: u64,
}

fn shown_header(name: &str, value: &str) -> (String, String) {
    let secret = SECRET_HEADERS.contains(&name);
    (name.to_owned(), if secret { presence(value) } else { value.to_owned() })
}

fn shown_pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), if is_secret(name) { presence(value) } else { value.to_owned() })
}

fn is_secret(name: &str) -> bool {
    SECRET_NAMES.iter().any(|secret| secret.eq_ignore_ascii_case(name))
}

fn presence(value: &str) -> String {
    if value.is_empty() { "(empty)" } else { "(present)" }.to_owned()
}

/// The body for reading. Only its top level can hold a credential: a value of such a name deeper down is a
/// variable of the user's, which tests look for.
fn shown_body(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    let Ok(mut json) = serde_json::from_slice::<Value>(body) else { return shown_text(body) };
    for (name, value) in json.as_object_mut().into_iter().flatten() {
        if is_secret(name) {
            *value = presence(value.as_str().unwrap_or("?")).into();
        }
    }
    json
}

/// A token exchange may be sent as a form, with the credential among its pairs.
fn shown_text(body: &[u8]) -> Value {
    let text = String::from_utf8_lossy(body);
    let pairs = text.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) if is_secret(name) => format!("{name}={}", presence(value)),
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&").into()
}

fn milliseconds<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).serialize(to)
}

#[expect(clippy::ref_option, reason = "serde hands the field by reference")]
fn milliseconds_or_null<S: Serializer>(time: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => milliseconds(time, to),
        None => to.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARRIVAL: Arrival = Arrival { at: Duration::ZERO, connection: 1 };
    const LATER: Duration = Duration::from_millis(1500);

    fn request(body: &[u8]) -> Request {
        Request {
            method: "POST".to_owned(),
            path: "/api".to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: body.to_vec(),
        }
    }

    #[test]
    fn a_late_write_is_entered_where_it_belongs_or_nowhere() {
        let mut log = RequestLog::default();
        let forgotten = log.enter(&request(b""), ARRIVAL, None);
        log.clear();
        let first = log.enter(&request(b""), ARRIVAL, None);
        let second = log.enter(&request(b""), ARRIVAL, None);
        log.carried_out(forgotten, LATER);
        log.carried_out(second, LATER);
        log.answered(first, 204);
        let all = log.all();
        let seen: Vec<_> = all.iter().map(|it| (it.number, it.carried_out, it.status)).collect();
        assert_eq!(seen, [(2, None, Some(204)), (3, Some(LATER), None)]);
        assert_eq!(serde_json::to_value(&all[1]).unwrap()["carriedOutMs"], 1500);
    }

    #[test]
    fn the_oldest_are_forgotten_and_the_numbers_go_on() {
        let mut log = RequestLog::default();
        for _ in 0..KEPT + 2 {
            log.enter(&request(b""), ARRIVAL, None);
        }
        let all = log.all();
        assert_eq!((all.len(), all[0].number), (KEPT, 3));
    }

    #[test]
    fn a_body_is_json_or_text_or_nothing() {
        assert_eq!(shown_body(b""), Value::Null);
        assert_eq!(shown_body(b"[1]"), serde_json::json!([1]));
        assert_eq!(shown_body(b"a&b=c\xff"), "a&b=c\u{fffd}");
        assert_eq!(shown_body(br#"{"ApiKey": ""}"#), serde_json::json!({"ApiKey": "(empty)"}));
    }
}
