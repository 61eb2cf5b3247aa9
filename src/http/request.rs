//! One HTTP call, described but not sent.

use std::fmt;
use std::marker::PhantomData;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

/// One HTTP call, described but not sent. `A` is the type of the answer, so that a path and what it
/// returns stay together.
///
/// `Debug` shows method, path and query; a body may hold a prompted value that is secret, so of a body it
/// says only that there is one.
#[must_use = "a request does nothing until a client sends it"]
pub struct Request<A> {
    /// The HTTP method.
    pub method: Method,
    /// The path, percent-encoded, with a slash first. The client puts the server's base path before it.
    pub path: String,
    /// The query's pairs, not yet encoded, in the order they are sent.
    pub query: Vec<(String, String)>,
    /// The JSON body, if the call has one.
    pub body: Option<Value>,
    may_be_empty: bool,
    answer: PhantomData<fn() -> A>,
}

/// The HTTP methods that the covered APIs use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads, and changes nothing.
    Get,
    /// Creates something, or starts something.
    Post,
    /// Replaces a document, or takes a thing that others could take.
    Put,
}

impl Method {
    /// The method's name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<A> Request<A> {
    /// Reads `path`, which is percent-encoded and starts with a slash.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            path: path.into(),
            query: Vec::new(),
            body: None,
            may_be_empty: false,
            answer: PhantomData,
        }
    }

    /// Posts to `path` without a body; see [`Request::json`].
    pub fn post(path: impl Into<String>) -> Self {
        Self { method: Method::Post, ..Self::get(path) }
    }

    /// Puts to `path` without a body; see [`Request::json`].
    pub fn put(path: impl Into<String>) -> Self {
        Self { method: Method::Put, ..Self::get(path) }
    }

    /// Adds one pair to the query.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// Adds one pair to the query where there is a value. Servers read an empty list of ids as "no filter", so nothing
    /// empty is ever sent.
    pub fn with_some(self, name: &str, value: Option<impl Into<String>>) -> Self {
        match value.map(Into::into) {
            Some(value) if !value.is_empty() => self.with(name, value),
            _ => self,
        }
    }

    /// Sets the JSON body.
    pub fn json(mut self, body: impl Serialize) -> Self {
        // Bodies are structs with text keys, which always can be written as JSON.
        self.body = Some(serde_json::to_value(body).unwrap_or_default());
        self
    }

    /// Says that an empty body is an answer too. It is read as `null`.
    pub fn or_nothing(mut self) -> Self {
        self.may_be_empty = true;
        self
    }

    /// True when an empty body is an answer too.
    #[must_use]
    pub fn may_be_empty(&self) -> bool {
        self.may_be_empty
    }

    /// The path and the encoded query, as they follow the server's base path.
    #[must_use]
    pub fn target(&self) -> String {
        let mut target = self.path.clone();
        for (position, (name, value)) in self.query.iter().enumerate() {
            target.push(if position == 0 { '?' } else { '&' });
            target.push_str(name);
            target.push('=');
            target.extend(utf8_percent_encode(value, QUERY));
        }
        target
    }
}

// Derived `Clone` and `Debug` would ask the same of `A`, of which a request holds none.
impl<A> Clone for Request<A> {
    fn clone(&self) -> Self {
        Self {
            method: self.method,
            path: self.path.clone(),
            query: self.query.clone(),
            body: self.body.clone(),
            may_be_empty: self.may_be_empty,
            answer: PhantomData,
        }
    }
}

impl<A> fmt::Debug for Request<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = if self.body.is_some() { " with a body" } else { "" };
        write!(f, "{} {}{body}", self.method, self.target())
    }
}

/// In a path segment only the characters that RFC 3986 calls unreserved stay as they are.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// In a query value, commas and colons are harmless and keep lists of ids short.
const QUERY: &AsciiSet = &SEGMENT.remove(b',').remove(b':');

/// Joins segments to a path, percent-encoding each one: a version may hold a `+`, a git reference a `/`. Each has a
/// slash before it; no segments give the empty path.
#[must_use]
pub fn path(segments: &[&str]) -> String {
    segments.iter().fold(String::new(), |mut path, segment| {
        path.push('/');
        path.extend(utf8_percent_encode(segment, SEGMENT));
        path
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_encoded_one_by_one() {
        assert_eq!(path(&["releases", "1.0.0+build.5"]), "/releases/1.0.0%2Bbuild.5");
        assert_eq!(path(&["refs/heads/main"]), "/refs%2Fheads%2Fmain");
        assert_eq!(path(&[]), "");
    }

    #[test]
    fn the_target_carries_the_encoded_query() {
        let request =
            Request::<()>::get("/api/spaces").with("partialName", "Web & Shop+1").with("ids", "A,B");
        assert_eq!(request.target(), "/api/spaces?partialName=Web%20%26%20Shop%2B1&ids=A,B");
    }

    #[test]
    fn nothing_empty_is_sent_as_a_filter() {
        let request =
            Request::<()>::get("/api/x").with_some("ids", Some("")).with_some("name", None::<String>);
        assert!(request.query.is_empty());
    }

    #[test]
    fn debug_shows_no_body() {
        let request =
            Request::<()>::post("/api/x").json(serde_json::json!({ "Variables": { "Key": "hunter2" } }));
        assert_eq!(format!("{request:?}"), "POST /api/x with a body");
    }
}
