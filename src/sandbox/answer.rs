//! The answers that are sent: the world's own, the world's own changed by a fault, or one in its place.

use std::{collections::BTreeMap, iter, time::Duration};

use http_body_util::Full;
use hyper::{
    StatusCode,
    body::Bytes,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue},
};
use serde_json::{Map, Value, json};

use crate::sandbox::{
    body::{AnswerBody, End},
    faults::{BodyKind, Cut},
    hiding::{self, HiddenFields},
    message::Response,
};

/// An answer, ready for the connection.
pub(crate) type Answer = hyper::Response<AnswerBody>;

/// A page such as a proxy sends while the server behind it is unavailable.
const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Octopus Deploy</title></head><body>\
<h1>We'll be right back</h1><p>This server is undergoing maintenance.</p></body></html>\n";

/// A pause that lets the written bytes be sent before the connection closes.
const BEFORE_THE_CUT: Duration = Duration::from_millis(10);

const MEBIBYTE: usize = 1024 * 1024;

/// The world's answer, unchanged.
pub(crate) fn plain(response: Response) -> Answer {
    let (mut answer, body) = head(response);
    *answer.body_mut() = AnswerBody::Whole(Full::new(Bytes::from(body)));
    answer
}

/// An answer in place of the true one.
pub(crate) fn instead(
    status: StatusCode,
    kind: BodyKind,
    retry_after: Option<u64>,
    headers: &BTreeMap<String, String>,
) -> Response {
    let body = match kind {
        BodyKind::Octopus => trouble(status).to_string(),
        BodyKind::Html => PAGE.to_owned(),
        BodyKind::Empty => String::new(),
        BodyKind::Text => format!("upstream answered {}\n", status.as_u16()),
    };
    let content_type = match kind {
        BodyKind::Octopus => Some("application/json; charset=utf-8"),
        BodyKind::Html => Some("text/html; charset=utf-8"),
        BodyKind::Text => Some("text/plain; charset=utf-8"),
        BodyKind::Empty => None,
    };
    let mut response = Response { status: status.as_u16(), headers: Vec::new(), body: body.into_bytes() };
    if let Some(content_type) = content_type {
        set_header(&mut response, "content-type", content_type);
    }
    if let Some(seconds) = retry_after {
        set_header(&mut response, "retry-after", &seconds.to_string());
    }
    for (name, value) in headers {
        set_header(&mut response, &name.to_ascii_lowercase(), value);
    }
    response
}

/// The answer under another content type.
pub(crate) fn retyped(mut response: Response, content_type: &str) -> Answer {
    set_header(&mut response, "content-type", content_type);
    plain(response)
}

/// The answer without some fields, or with blank ones.
pub(crate) fn lacking(mut response: Response, fields: &[String], blank: bool) -> Answer {
    if let Ok(json) = serde_json::from_slice::<Value>(&response.body) {
        response.body = hiding::lacking(json, fields, blank).to_string().into_bytes();
    }
    plain(response)
}

/// The answer without what is hidden; a refusal hides nothing.
pub(crate) fn unlisted(mut response: Response, hidden: &HiddenFields) -> Answer {
    if response.status < 400
        && let Ok(json) = serde_json::from_slice::<Value>(&response.body)
    {
        match hidden.out_of(json) {
            Some(shown) => response.body = shown.to_string().into_bytes(),
            None => return plain(instead(StatusCode::NOT_FOUND, BodyKind::Octopus, None, &BTreeMap::new())),
        }
    }
    plain(response)
}

/// Half of the answer.
pub(crate) fn truncated(mut response: Response, cut: Cut) -> Answer {
    let whole = response.body.len();
    response.body.truncate(whole / 2);
    match cut {
        Cut::Json => plain(response),
        Cut::Connection => {
            let (mut answer, body) = head(response);
            // An answer without a body is cut off too: it announces one byte that is never sent.
            answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(whole.max(1)));
            let pieces = iter::once(Bytes::from(body));
            *answer.body_mut() = AnswerBody::paced(pieces, BEFORE_THE_CUT, End::Cut);
            answer
        }
    }
}

/// The answer with a comma where JSON does not allow one.
pub(crate) fn malformed(mut response: Response) -> Answer {
    let at = response.body.iter().position(|byte| b"{[".contains(byte)).map_or(0, |at| at + 1);
    response.body.insert(at, b',');
    plain(response)
}

/// Valid JSON that is far too long, sent without a length.
pub(crate) fn oversized(response: Response, mebibytes: u32) -> Answer {
    let (mut answer, _) = head(response);
    let filler = Bytes::from(vec![b'x'; MEBIBYTE]);
    let pieces = iter::once(Bytes::from_static(b"{\"Padding\":\""))
        .chain((0..mebibytes).map(move |_| filler.clone()))
        .chain(iter::once(Bytes::from_static(b"\"}")));
    *answer.body_mut() = AnswerBody::paced(pieces, Duration::ZERO, End::Whole);
    answer
}

/// The answer in small pieces, a pause before each.
pub(crate) fn dripping(response: Response, pause: Duration, bytes: usize) -> Answer {
    let (mut answer, body) = head(response);
    answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    let mut rest = Bytes::from(body);
    let pieces = iter::from_fn(move || {
        let next = rest.split_to(bytes.min(rest.len()));
        (!next.is_empty()).then_some(next)
    });
    *answer.body_mut() = AnswerBody::paced(pieces, pause, End::Whole);
    answer
}

/// The answer with its keys in camelCase; unchanged if it is not JSON.
pub(crate) fn camel_cased(mut response: Response) -> Answer {
    if let Ok(json) = serde_json::from_slice::<Value>(&response.body) {
        response.body = camel_case(json).to_string().into_bytes();
    }
    plain(response)
}

fn camel_case(json: Value) -> Value {
    match json {
        Value::Object(map) => {
            let pairs = map.into_iter().map(|(key, value)| (first_letter_lower(&key), camel_case(value)));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.into_iter().map(camel_case).collect(),
        other => other,
    }
}

fn first_letter_lower(key: &str) -> String {
    let mut letters = key.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn trouble(status: StatusCode) -> Value {
    let reason = status.canonical_reason().unwrap_or("There was a problem with your request.");
    json!({ "ErrorMessage": reason, "Errors": [format!("The sandbox answered {} by script.", status.as_u16())],
            "ParsedHelpLinks": [], "HelpText": null, "HelpLink": null, "Details": {}, "FullException": null })
}

fn set_header(response: &mut Response, name: &str, value: &str) {
    response.headers.retain(|(it, _)| it != name);
    response.headers.push((name.to_owned(), value.to_owned()));
}

/// The head of an answer, and the bytes for its body. An answer that HTTP cannot carry becomes a 500 that
/// says so.
fn head(response: Response) -> (Answer, Vec<u8>) {
    let Response { status, headers, body } = response;
    let fields: Result<Vec<_>, hyper::http::Error> = headers
        .iter()
        .map(|(name, value)| Ok((HeaderName::try_from(name)?, HeaderValue::try_from(value)?)))
        .collect();
    let mut answer = hyper::Response::new(AnswerBody::Whole(Full::default()));
    let (Ok(status), Ok(fields)) = (StatusCode::from_u16(status), fields) else {
        *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        let note = format!("the sandbox made an answer that HTTP cannot carry: {status} {headers:?}\n");
        return (answer, note.into_bytes());
    };
    *answer.status_mut() = status;
    answer.headers_mut().extend(fields);
    // The server computes the length from the bytes that are sent.
    answer.headers_mut().remove(CONTENT_LENGTH);
    (answer, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(headers: &[(&str, &str)], body: &str) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Response { status: 200, headers: headers.collect(), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn what_http_cannot_carry_becomes_a_visible_failure() {
        assert_eq!(plain(response(&[("a b", "c")], "{}")).status(), 500);
        assert_eq!(plain(response(&[("a", "b\r\nc: d")], "{}")).status(), 500);
        assert_eq!(plain(Response { status: 1, ..response(&[], "{}") }).status(), 500);
    }

    #[test]
    fn the_length_is_that_of_the_bytes_sent() {
        let answer = plain(response(&[("content-length", "99"), ("x-a", "b")], "{}"));
        assert!(answer.headers().get("content-length").is_none());
        assert_eq!(answer.headers()["x-a"], "b");
    }

    #[test]
    fn scripted_header_fields_replace_those_of_the_same_name() {
        let headers = [("Content-Type", "a/b"), ("Retry-After", "soon")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let answer = plain(instead(StatusCode::BAD_GATEWAY, BodyKind::Html, Some(3), &headers));
        let all: Vec<_> = answer.headers().iter().map(|(name, value)| (name.as_str(), value)).collect();
        assert_eq!(all.len(), 2);
        assert_eq!(
            (&answer.headers()["content-type"], &answer.headers()["retry-after"]),
            (&"a/b".parse().unwrap(), &"soon".parse().unwrap())
        );
    }

    #[test]
    fn camel_case_reaches_every_key_and_no_value() {
        let json = json!({"Items": [{"Id": "Projects-1", "Links": {"Page.Next": "X"}}], "É": 1, "": "A"});
        let expected = json!({"items": [{"id": "Projects-1", "links": {"page.Next": "X"}}], "é": 1, "": "A"});
        assert_eq!(camel_case(json), expected);
    }
}
