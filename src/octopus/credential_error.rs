//! Why there is nothing to log in with, and what can be done about it.

/// Why there is nothing to log in with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// The file with the CI server's token cannot be read.
    #[error("the identity token's file {path} cannot be read: {reason}")]
    File {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The command that prints the CI server's token failed.
    #[error("the identity token's command {program} failed: {reason}")]
    Command {
        /// The program, without its arguments, which may hold a secret.
        program: String,
        /// Why.
        reason: String,
    },
    /// The source of the CI server's token is there, but there is no token in it.
    #[error("the identity token is empty")]
    Empty,
    /// The key or token contains characters that no key or token contains, such as a line break.
    #[error("the {0} contains characters that cannot be sent")]
    Unsendable(&'static str),
    /// The server does not say where tokens are exchanged.
    #[error("the server's OpenID configuration cannot be used: {0}")]
    Discovery(String),
    /// The server did not answer when the token was to be exchanged.
    #[error("the identity token could not be exchanged: {0}")]
    NoAnswer(String),
    /// Something else than the server answered when the token was to be exchanged.
    #[error("the identity token could not be exchanged: {0}")]
    NotExchanged(String),
    /// The server did not exchange the token.
    #[error("the server refused to exchange the identity token ({status}): {reason}")]
    ExchangeRefused {
        /// The HTTP status code.
        status: u16,
        /// What it said.
        reason: String,
    },
}

impl CredentialError {
    /// What the reader of a build log can do about it.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        Some(match self {
            Self::ExchangeRefused { .. } => {
                "the audience must be the service account's id, and its OIDC identity must match the token's issuer \
                 and subject to the letter"
            }
            Self::Discovery(_) => "check the server's URL; token exchange needs server 2023.4 or newer",
            Self::Command { .. } => "run the command by hand to see what it prints",
            Self::Unsendable(_) => "check for line breaks or other text around the key or token",
            Self::NotExchanged(_) => {
                "check the server's URL; a proxy or a log-in page may have answered in the server's place"
            }
            Self::File { .. } | Self::Empty | Self::NoAnswer(_) => return None,
        })
    }
}
