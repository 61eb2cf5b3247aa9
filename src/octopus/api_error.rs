//! Bodies of refusals: the server's own kind of error, or whatever else came in its place.

use serde::Deserialize;

use super::reading::read;
use crate::http::excerpt;

/// What the server says when it says no.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiError {
    /// What happened, in general; or the beginning of a body that is not the server's own kind of error.
    pub message: String,
    /// What happened, in particular: all that the server listed.
    pub errors: Vec<String>,
    /// What the server advises.
    pub help: Option<String>,
    /// True when the body is the kind that Octopus writes. False means that something else may have
    /// answered: a proxy, a firewall, another product.
    pub is_octopus: bool,
}

impl ApiError {
    /// Reads the body of a refusal, whatever it is.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        match read::<Body>(body) {
            Ok(Body { error_message: Some(message), errors, help_text, .. }) => {
                Self { message, errors, help: help_text.filter(|it| !it.trim().is_empty()), is_octopus: true }
            }
            _ => Self { message: excerpt(body), ..Self::default() },
        }
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let said = [self.message.as_str()].into_iter().chain(self.errors.iter().map(String::as_str));
        let mut said: Vec<_> = said.filter(|it| !it.trim().is_empty()).collect();
        // Some refusals list as their one error what they say in general.
        said.dedup();
        if said.is_empty() { f.write_str("it gave no reason") } else { f.write_str(&said.join(" ")) }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    error_message: Option<String>,
    #[serde(default)]
    errors: Vec<String>,
    help_text: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_of_the_server_is_told() {
        let error = ApiError::read(
            br#"{"ErrorMessage":"There was a problem with your request.",
                 "Errors":["Release '1.2.3' already exists for this project.","And another."],
                 "ParsedHelpLinks":[],"HelpText":"Choose another.","FullException":null}"#,
        );
        assert!(error.is_octopus);
        assert_eq!(error.errors.len(), 2);
        assert_eq!(error.help.as_deref(), Some("Choose another."));
        assert_eq!(
            error.to_string(),
            "There was a problem with your request. Release '1.2.3' already exists for this project. And another."
        );
    }

    #[test]
    fn other_bodies_are_told_apart_and_shortened() {
        let error = ApiError::read(b"<html><head><TITLE> Sign\n in </TITLE></head>secret page</html>");
        assert_eq!((error.is_octopus, error.message.as_str()), (false, "Sign in"));
        let error = ApiError::read(b"");
        assert_eq!(error.to_string(), "it gave no reason");
        assert!(!ApiError::read(br#"{"error":"x"}"#).is_octopus);
        let long = ApiError::read("word ".repeat(5000).as_bytes()).message;
        assert!(long.starts_with("word word") && long.ends_with(" …") && long.len() < 310, "{long}");
    }
}
