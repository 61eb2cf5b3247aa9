//! Why there is no clean answer, and what the reader of a build log can do about it.

use super::api_error::ApiError;
use super::credential_error::CredentialError;
use crate::http::{EndpointError, SendError};

/// Why a request has no clean answer.
///
/// The three questions a caller has: did the server say no ([`Error::was_refused`])? Could another try help
/// ([`Error::is_transient`])? Is it certain that nothing was done ([`Error::was_not_processed`])?
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A 4xx other than 407, 408 and 429. Where [`ApiError::is_octopus`] holds, the server said no and nothing was
    /// done; else a proxy or a firewall may have answered in its place, and what was asked for may have been done.
    #[error("the server refused {request} with {status}: {error}")]
    Refused {
        /// The HTTP status code.
        status: u16,
        /// The method and path, such as `POST /api/Spaces-1/releases/create/v1`.
        request: String,
        /// What the server said.
        error: ApiError,
    },
    /// The answer points elsewhere. It is not followed: it mostly leads to a log-in page, and a credential
    /// goes to the configured server only.
    #[error("the answer to {request} is a redirect ({status}) to {location}")]
    Redirected {
        /// The HTTP status code.
        status: u16,
        /// The method and path.
        request: String,
        /// Where to, without a query, which may hold a token.
        location: String,
    },
    /// No answer came, or none that can be understood. Unless [`Error::was_not_processed`], whatever was
    /// asked for may have been done.
    #[error("no answer to {request}: {error}")]
    NoAnswer {
        /// The method and path.
        request: String,
        /// What happened instead.
        error: SendError,
    },
    /// There is nothing to log in with.
    #[error("{0}")]
    Credential(#[from] CredentialError),
    /// The server is too old for what was asked. Nothing was done.
    #[error("the server is version {version}, which does not know {request} yet")]
    TooOld {
        /// The server's version.
        version: String,
        /// The method and path.
        request: String,
    },
    /// The settings of the endpoint cannot be used.
    #[error("{0}")]
    Endpoint(#[from] EndpointError),
    /// The path would lead elsewhere, such as one with `..` in place of a name. Nothing was sent.
    #[error("the path {0} cannot be requested")]
    Path(String),
}

impl Error {
    /// What came in place of the answer to a request.
    pub(super) fn of_sending(request: &str, error: SendError) -> Self {
        match error {
            SendError::Path(path) => Self::Path(path),
            error => Self::NoAnswer { request: request.to_owned(), error },
        }
    }

    /// True when another try could help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NoAnswer { error, .. } => error.is_transient(),
            Self::Credential(CredentialError::NoAnswer(_)) => true,
            Self::Refused { .. } | Self::Redirected { .. } | Self::TooOld { .. } => false,
            Self::Credential(_) | Self::Endpoint(_) | Self::Path(_) => false,
        }
    }

    /// True when the server itself said no. A refusal that is not in its words does not count: it may be a proxy's.
    #[must_use]
    pub fn was_refused(&self) -> bool {
        matches!(self, Self::Refused { error, .. } if error.is_octopus)
    }

    /// True when it is known that the answer is no: the server said so, is too old, or does not accept the login, or
    /// a setting is invalid. Otherwise there is no answer.
    #[must_use]
    pub fn is_a_no(&self) -> bool {
        match self {
            Self::Refused { .. } => self.was_refused(),
            Self::TooOld { .. } | Self::Endpoint(_) | Self::Path(_) => true,
            Self::Credential(error) => matches!(error, CredentialError::ExchangeRefused { .. }),
            Self::Redirected { .. } | Self::NoAnswer { .. } => false,
        }
    }

    /// True when the server's rate limit left no room for the request in time.
    #[must_use]
    pub fn was_held_back(&self) -> bool {
        matches!(self, Self::NoAnswer { error: SendError::RateLimited { .. }, .. })
    }

    /// True when there was no leave to send the request any more. Nothing was sent.
    #[must_use]
    pub fn was_withheld(&self) -> bool {
        matches!(self, Self::NoAnswer { error: SendError::Withheld, .. })
    }

    /// True when it is certain that the server did nothing. Otherwise look before sending again.
    #[must_use]
    pub fn was_not_processed(&self) -> bool {
        match self {
            Self::NoAnswer { error, .. } => error.was_not_processed(),
            Self::Refused { .. } => self.was_refused(),
            // What stands before the server may redirect the answer to what the server has carried out.
            Self::Redirected { .. } => false,
            Self::TooOld { .. } | Self::Credential(_) | Self::Endpoint(_) | Self::Path(_) => true,
        }
    }

    /// The HTTP status code of the answer, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } | Self::Redirected { status, .. } => Some(*status),
            Self::NoAnswer { error, .. } => error.status(),
            Self::TooOld { .. } | Self::Credential(_) | Self::Endpoint(_) | Self::Path(_) => None,
        }
    }

    /// What the reader of the build log can do about it.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        let advice = match self {
            Self::Refused { status, request, error } => advice_on_refusal(*status, request, error)?,
            Self::Redirected { .. } => {
                "check the server's URL: https instead of http, the base path, and whether a log-in page \
                 stands before the API"
            }
            Self::NoAnswer { error, .. } => advice_on_no_answer(error)?,
            Self::TooOld { .. } => {
                "upgrade the server to 2022.3.5512 or newer: promenade creates and deploys by routes that it got then"
            }
            Self::Credential(error) => error.advice()?,
            Self::Endpoint(_) | Self::Path(_) => return None,
        };
        Some(advice.to_owned())
    }
}

fn advice_on_no_answer(error: &SendError) -> Option<&'static str> {
    Some(match error {
        SendError::Connect(error) => error.advice()?,
        SendError::RateLimited { .. } | SendError::LimitReached => {
            "the rate limit counts per user: give this build a service account of its own, or raise the \
             limit"
        }
        SendError::Html { .. } | SendError::NotJson { .. } => {
            "check the server's URL and base path; a proxy, a log-in page or maintenance may have answered \
             in the server's place"
        }
        _ => return None,
    })
}

fn advice_on_refusal(status: u16, request: &str, error: &ApiError) -> Option<&'static str> {
    Some(match status {
        401 => "the API key or access token is wrong, expired or revoked",
        404 if request.contains("/v1") && !error.is_octopus => {
            "check the server's URL and base path; servers before 2022.3.5512 do not have this route"
        }
        404 if !error.is_octopus => "check the server's URL, its base path and the space",
        _ if !error.is_octopus => {
            "this is no answer of Octopus Deploy: check the server's URL and base path; a proxy or a firewall may \
             have answered in its place"
        }
        403 => "the account lacks a permission that the message names; ask an administrator to grant it",
        404 => {
            "check the name and the space; the server says the same of what the account has no permission to \
             see"
        }
        405 => "check the server's URL and base path; a proxy may not let this method through",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_servers_own_words_are_a_no() {
        let refused = |error| Error::Refused { status: 403, request: "POST /api".to_owned(), error };
        let own = refused(ApiError { is_octopus: true, ..ApiError::default() });
        assert!(own.was_refused() && own.was_not_processed() && own.is_a_no() && !own.is_transient());
        let foreign = refused(ApiError::default());
        assert!(!foreign.was_refused() && !foreign.was_not_processed() && !foreign.is_a_no());
        assert!(!foreign.is_transient());
        let redirected = || "nowhere".to_owned();
        let redirect = Error::Redirected { status: 307, request: redirected(), location: redirected() };
        assert!(!redirect.was_refused() && !redirect.was_not_processed() && !redirect.is_a_no());
        for (error, is_a_no) in [
            (CredentialError::Empty, false),
            (CredentialError::Discovery(String::new()), false),
            (CredentialError::NotExchanged(String::new()), false),
            (CredentialError::NoAnswer(String::new()), false),
            (CredentialError::ExchangeRefused { status: 400, reason: String::new() }, true),
        ] {
            let error = Error::from(error);
            assert!(error.is_a_no() == is_a_no && error.was_not_processed(), "{error:?}");
        }
    }

    #[test]
    fn a_path_that_leads_elsewhere_is_no_failure_of_the_server() {
        let error = Error::of_sending("GET /api/..", SendError::Path("/api/..".to_owned()));
        assert_eq!(error.to_string(), "the path /api/.. cannot be requested");
        assert!(error.is_a_no() && error.was_not_processed() && !error.is_transient());
        assert!(!Error::of_sending("GET /api", SendError::Empty { status: 200 }).is_a_no());
    }

    #[test]
    fn an_old_server_is_suspected_only_where_the_route_is_unknown() {
        let refused = |error: ApiError| Error::Refused {
            status: 404,
            request: "POST /api/Spaces-1/releases/create/v1".to_owned(),
            error,
        };
        assert!(refused(ApiError::default()).advice().unwrap().contains("2022.3.5512"));
        let known = ApiError { is_octopus: true, ..ApiError::default() };
        assert!(refused(known).advice().unwrap().contains("permission"));
    }
}
