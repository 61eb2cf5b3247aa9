//! Logs requests in, by the one header that carries the credential.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::connection::SecretObserver;
use super::credential::{self, Credential};
use super::credential_error::CredentialError;
use super::oidc::{Token, Tokens};

/// How a client logs in.
pub(super) enum Login {
    /// By the same header in every request.
    Fixed(Header),
    /// By an access token that is exchanged for the CI server's identity token.
    Oidc(Box<Tokens>),
}

/// The header that logs a request in.
#[derive(Clone)]
pub(super) struct Header {
    name: HeaderName,
    value: HeaderValue,
    /// The token in it, where another one can be exchanged for it.
    pub(super) token: Option<Token>,
}

impl Login {
    /// # Errors
    ///
    /// When the key or token of the credential cannot be sent in a header.
    pub(super) fn new(
        credential: Credential,
        on_secret: Option<SecretObserver>,
    ) -> Result<Self, CredentialError> {
        let fixed = |(name, value)| Self::Fixed(Header { name, value, token: None });
        match credential {
            Credential::ApiKey(key) => credential::api_key(&key).map(fixed),
            Credential::AccessToken(token) => credential::bearer(&token).map(fixed),
            Credential::Oidc(login) => Ok(Self::Oidc(Box::new(Tokens::new(login, on_secret)))),
        }
    }
}

impl Header {
    /// # Errors
    ///
    /// When the token cannot be sent in a header.
    pub(super) fn of_token(token: Token) -> Result<Self, CredentialError> {
        let (name, value) = credential::bearer(&token.text)?;
        Ok(Self { name, value, token: Some(token) })
    }

    /// As a request carries it.
    pub(super) fn map(&self) -> HeaderMap {
        HeaderMap::from_iter([(self.name.clone(), self.value.clone())])
    }
}
