//! Reads an answer of the server: a value, a refusal, or no answer at all.

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::api_error::ApiError;
use super::error::Error;
use super::reading::read;
use crate::http::{ConnectError, Raw, Request, SendError};

/// An answer with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<A> {
    /// The body, read as the type that was asked for.
    pub value: A,
    /// The HTTP status code, a 2xx.
    pub status: u16,
    /// The server's clock when it answered, to compare with other times that the server writes.
    pub server_time: Option<Timestamp>,
    /// The length of the body in bytes.
    pub size: usize,
}

/// Understands an answer by its status and body. `label` names the request in errors.
pub(super) fn understand<A: DeserializeOwned>(
    request: &Request<A>,
    label: String,
    raw: Raw,
) -> Result<Answer<A>, Error> {
    let Raw { status, ref body, .. } = raw;
    let no_answer = |error| Err(Error::of_sending(&label, error));
    match status {
        200..300 => match value(request, status, body) {
            Ok(value) => Ok(Answer { value, status, server_time: raw.server_time(), size: body.len() }),
            Err(error) => no_answer(error),
        },
        300..400 => Err(Error::Redirected { status, request: label, location: raw.location() }),
        407 => {
            let text = format!("it wants a user name and a password (407): {}", ApiError::read(body));
            no_answer(SendError::Connect(ConnectError::Proxy(text)))
        }
        408 | 500.. => no_answer(SendError::Server { status, text: server_text(body) }),
        _ => Err(Error::Refused { status, request: label, error: ApiError::read(body) }),
    }
}

fn value<A: DeserializeOwned>(request: &Request<A>, status: u16, body: &[u8]) -> Result<A, SendError> {
    let text = body.trim_ascii();
    if text.is_empty() {
        let nothing = if request.may_be_empty() { read(b"null").ok() } else { None };
        return nothing.ok_or(SendError::Empty { status });
    }
    read(text).map_err(|error| SendError::of_body(status, text, &error))
}

/// The text of a server that failed; a page for people comes down to its title.
fn server_text(body: &[u8]) -> String {
    if body.trim_ascii().is_empty() { String::new() } else { ApiError::read(body).to_string() }
}
