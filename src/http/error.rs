//! What happened to a request in place of an answer.

use std::time::Duration;

use serde_json::error::Category;

use super::connect_error::ConnectError;
use super::excerpt::{excerpt, is_html};

/// What happened to a request in place of an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// No connection was made, so nothing was sent.
    #[error("could not connect: {0}")]
    Connect(ConnectError),
    /// The path would lead elsewhere, such as one with `..` in place of a name. Nothing was sent.
    #[error("the path {0} cannot be requested")]
    Path(String),
    /// The time for everything was over before the request was sent.
    #[error("no time was left to send it")]
    NoTimeLeft,
    /// The leave to send it was not given, or had ended when the connection stood. Nothing was sent.
    #[error("it was withheld before it was sent")]
    Withheld,
    /// Nothing came within the time for one request, or what was left of the time for everything.
    #[error("it took longer than {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The connection broke after the request, or a part of it, was sent.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The server, or a proxy before it, failed: a 5xx or a 408.
    #[error("the server answered {status}{}", after_colon(.text))]
    Server {
        /// The HTTP status code.
        status: u16,
        /// What it said, shortened.
        text: String,
    },
    /// A page for people in place of an answer.
    #[error("the server answered {status} with an HTML page{}", after_colon(.title))]
    Html {
        /// The HTTP status code.
        status: u16,
        /// The page's title or first words.
        title: String,
    },
    /// Text in place of an answer.
    #[error("the server answered {status} with something that is not JSON{}", after_colon(.text))]
    NotJson {
        /// The HTTP status code.
        status: u16,
        /// How it begins.
        text: String,
    },
    /// Nothing where something was expected.
    #[error("the server answered {status} with an empty body")]
    Empty {
        /// The HTTP status code.
        status: u16,
    },
    /// The answer breaks off.
    #[error("the server answered {status} with JSON that breaks off")]
    Truncated {
        /// The HTTP status code.
        status: u16,
    },
    /// JSON, but not the answer to the question that was asked.
    #[error("the server answered {status} with JSON of another kind: {detail}")]
    Unexpected {
        /// The HTTP status code.
        status: u16,
        /// What does not fit.
        detail: String,
    },
    /// More than is ever needed.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// How many bytes are read at most.
        limit: usize,
    },
    /// The server takes no more requests for a while (429). It did not process this one.
    #[error("the server's rate limit is reached (429)")]
    LimitReached,
    /// The server took no more requests until the time was over. It did not process this one.
    #[error("the server's rate limit left no room for it in time ({tries} tries)")]
    RateLimited {
        /// How often it was tried.
        tries: u32,
    },
}

impl SendError {
    /// Describes the body of an answer that could not be read as JSON of the kind that was asked for.
    #[must_use]
    pub fn of_body(status: u16, body: &[u8], error: &serde_json::Error) -> Self {
        match error.classify() {
            _ if is_html(body) => Self::Html { status, title: excerpt(body) },
            Category::Eof => Self::Truncated { status },
            Category::Data => Self::Unexpected { status, detail: without_position(error) },
            _ => Self::NotJson { status, text: excerpt(body) },
        }
    }

    /// True when another try could help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect(error) => error.is_transient(),
            Self::TooLarge { .. } | Self::Path(_) => false,
            _ => true,
        }
    }

    /// True when it is certain that the server did nothing: the request was not sent, or the server said that it takes
    /// none for now.
    #[must_use]
    pub fn was_not_processed(&self) -> bool {
        matches!(
            self,
            Self::Connect(_)
                | Self::Path(_)
                | Self::NoTimeLeft
                | Self::Withheld
                | Self::LimitReached
                | Self::RateLimited { .. }
        )
    }

    /// The HTTP status code of the answer, if there was one that is reported with its status.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Server { status, .. }
            | Self::Html { status, .. }
            | Self::NotJson { status, .. }
            | Self::Empty { status }
            | Self::Truncated { status }
            | Self::Unexpected { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// What does not fit, without the position, which says nothing to someone who does not see the text.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |it| it.0).to_owned()
}

fn after_colon(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_never_arrived_is_surely_not_processed() {
        for error in [
            SendError::Connect(ConnectError::Refused),
            SendError::Path("/..".to_owned()),
            SendError::NoTimeLeft,
            SendError::Withheld,
            SendError::LimitReached,
            SendError::RateLimited { tries: 3 },
        ] {
            assert!(error.was_not_processed(), "{error:?}");
        }
        for error in [
            SendError::TimedOut(Duration::from_secs(1)),
            SendError::Broken(String::new()),
            SendError::Server { status: 500, text: String::new() },
            SendError::Html { status: 200, title: String::new() },
            SendError::NotJson { status: 200, text: String::new() },
            SendError::Empty { status: 200 },
            SendError::Truncated { status: 200 },
            SendError::Unexpected { status: 200, detail: String::new() },
            SendError::TooLarge { limit: 1 },
        ] {
            assert!(!error.was_not_processed(), "{error:?}");
        }
    }

    #[test]
    fn only_what_stays_as_it_is_is_not_worth_another_try() {
        assert!(!SendError::TooLarge { limit: 1 }.is_transient());
        assert!(!SendError::Path(String::new()).is_transient());
        assert!(!SendError::Connect(ConnectError::UnknownIssuer).is_transient());
        assert!(SendError::Connect(ConnectError::Refused).is_transient());
        assert!(SendError::Broken(String::new()).is_transient());
    }

    #[test]
    fn a_body_that_cannot_be_read_is_described() {
        let described = |body: &str| {
            let error = serde_json::from_str::<Vec<u8>>(body).unwrap_err();
            SendError::of_body(200, body.as_bytes(), &error).to_string()
        };
        for (body, expected) in [
            ("<html><title>Log in</title>", "the server answered 200 with an HTML page: Log in"),
            ("[1,", "the server answered 200 with JSON that breaks off"),
            ("fine", "the server answered 200 with something that is not JSON: fine"),
        ] {
            assert_eq!(described(body), expected);
        }
        let other = described("[true]");
        assert!(other.contains("JSON of another kind: invalid type") && !other.contains("line"), "{other}");
    }
}
