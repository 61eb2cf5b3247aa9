//! Why there is no clean answer, in words for the one who reads a build log.

use std::time::Duration;

use super::refusal::ApiError;

/// Why a request has no clean answer.
///
/// The three questions a caller has: did the server say no ([`Error::was_refused`])? Could another try help
/// ([`Error::is_transient`])? Is it certain that nothing was done ([`Error::was_not_processed`])?
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A 4xx other than 407, 408 and 429. Where [`ApiError::is_octopus`] holds, the server said no and nothing was
    /// done; else something on the way may have answered in its place, and what was asked for may have been done.
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
    #[error("no answer to {request}: {trouble}")]
    NoAnswer {
        /// The method and path.
        request: String,
        /// What happened instead.
        trouble: Trouble,
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
    /// The connection's settings cannot be used.
    #[error("{0}")]
    Settings(#[from] SettingsError),
}

impl Error {
    /// True when another try could help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NoAnswer { trouble, .. } => trouble.is_transient(),
            Self::Credential(CredentialError::NoAnswer(_)) => true,
            Self::Refused { .. } | Self::Redirected { .. } | Self::TooOld { .. } => false,
            Self::Credential(_) | Self::Settings(_) => false,
        }
    }

    /// True when the server itself said no. A refusal that is not in its words is none: it may be a proxy's.
    #[must_use]
    pub fn was_refused(&self) -> bool {
        matches!(self, Self::Refused { error, .. } if error.is_octopus)
    }

    /// True when it is known that the answer is no: the server said so, is too old, or does not accept who asks, or
    /// a setting is wrong. Otherwise there is no answer.
    #[must_use]
    pub fn is_a_no(&self) -> bool {
        match self {
            Self::Refused { .. } => self.was_refused(),
            Self::TooOld { .. } | Self::Settings(_) => true,
            Self::Credential(error) => matches!(error, CredentialError::ExchangeRefused { .. }),
            Self::Redirected { .. } | Self::NoAnswer { .. } => false,
        }
    }

    /// True when the server's rate limit left no room for the request in time.
    #[must_use]
    pub fn was_held_back(&self) -> bool {
        matches!(self, Self::NoAnswer { trouble: Trouble::RateLimited { .. }, .. })
    }

    /// True when it is certain that the server did nothing. Otherwise look before sending again.
    #[must_use]
    pub fn was_not_processed(&self) -> bool {
        match self {
            Self::NoAnswer { trouble, .. } => matches!(
                trouble,
                Trouble::Connect(_)
                    | Trouble::NoTimeLeft
                    | Trouble::LimitReached
                    | Trouble::RateLimited { .. }
            ),
            Self::Refused { .. } => self.was_refused(),
            // What stands before the server may redirect the answer to what the server has carried out.
            Self::Redirected { .. } => false,
            Self::TooOld { .. } | Self::Credential(_) | Self::Settings(_) => true,
        }
    }

    /// The HTTP status code of the answer, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } | Self::Redirected { status, .. } => Some(*status),
            Self::NoAnswer { trouble, .. } => trouble.status(),
            Self::TooOld { .. } | Self::Credential(_) | Self::Settings(_) => None,
        }
    }
}

/// What happened in place of an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// No connection came about, so nothing was sent.
    #[error("could not connect: {0}")]
    Connect(ConnectTrouble),
    /// The time for everything was over before the request was sent.
    #[error("no time was left to send it")]
    NoTimeLeft,
    /// Nothing came within the time for one request, or what was left of the time for everything.
    #[error("it took longer than {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The connection broke after the request, or a part of it, was sent.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The server, or a proxy before it, is in trouble: a 5xx or a 408.
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

impl Trouble {
    /// True when another try could help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect(reason) => reason.is_transient(),
            Self::TooLarge { .. } => false,
            _ => true,
        }
    }

    fn status(&self) -> Option<u16> {
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

/// Why no connection came about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectTrouble {
    /// Nobody listens there.
    #[error("the connection was refused")]
    Refused,
    /// It took too long.
    #[error("it took too long")]
    TimedOut,
    /// The name is not known.
    #[error("the server's name could not be resolved")]
    UnknownName,
    /// The certificate was issued by an authority that is not trusted here.
    #[error("the server's certificate was issued by an authority that is not trusted here")]
    UnknownIssuer,
    /// The certificate is for another name.
    #[error("the server's certificate is for another name")]
    OtherName,
    /// The certificate is out of date.
    #[error("the server's certificate is out of date")]
    OutOfDate,
    /// The certificate cannot be accepted for another reason.
    #[error("the server's certificate cannot be accepted: {0}")]
    Certificate(String),
    /// The server wants a certificate of the client, or does not accept the one it got.
    #[error("the server did not accept the client's certificate, or wants one: {0}")]
    ClientCertificate(String),
    /// The two sides do not agree on how to encrypt, or one of them does not encrypt at all.
    #[error("no encrypted connection came about: {0}")]
    Tls(String),
    /// The proxy did not let it through.
    #[error("the proxy did not let it through: {0}")]
    Proxy(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl ConnectTrouble {
    /// True when another try could help: a name or a listener may come back, a certificate does not change.
    fn is_transient(&self) -> bool {
        match self {
            Self::Refused | Self::TimedOut | Self::UnknownName | Self::Tls(_) | Self::Other(_) => true,
            Self::UnknownIssuer | Self::OtherName | Self::OutOfDate => false,
            Self::Certificate(_) | Self::ClientCertificate(_) => false,
            Self::Proxy(text) => !text.contains("authorization") && !text.contains("(407)"),
        }
    }
}

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

/// Why the connection's settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The server's URL.
    #[error("the server's URL {0}")]
    Url(&'static str),
    /// The file with further certificate authorities.
    #[error("the extra certificate authorities are not certificates in PEM form")]
    ExtraCa,
    /// The client's certificate.
    #[error("the client certificate is not a certificate and its private key in PEM form")]
    ClientCertificate,
    /// The proxy's URL.
    #[error("the proxy's URL is not an http or https URL")]
    Proxy,
    /// The name that the client gives of itself.
    #[error("the user agent contains characters that cannot be sent")]
    UserAgent,
    /// A path that would lead elsewhere, such as one with `..` in place of a name.
    #[error("the path {0} cannot be requested")]
    Path(String),
    /// No certificate authority is known at all.
    #[error("this machine has no certificate authorities, so no server's certificate can be verified")]
    NoAuthorities,
    /// Anything else.
    #[error("the connection cannot be set up: {0}")]
    Other(String),
}

fn after_colon(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_never_arrived_is_surely_not_processed() {
        let no_answer = |trouble| Error::NoAnswer { request: "POST /api".to_owned(), trouble };
        assert!(no_answer(Trouble::Connect(ConnectTrouble::Refused)).was_not_processed());
        assert!(no_answer(Trouble::RateLimited { tries: 3 }).was_not_processed());
        assert!(no_answer(Trouble::LimitReached).was_not_processed());
        for trouble in [
            Trouble::TimedOut(Duration::from_secs(1)),
            Trouble::Broken(String::new()),
            Trouble::Server { status: 500, text: String::new() },
            Trouble::Html { status: 200, title: String::new() },
            Trouble::Empty { status: 200 },
            Trouble::TooLarge { limit: 1 },
        ] {
            assert!(!no_answer(trouble.clone()).was_not_processed(), "{trouble:?}");
        }
    }

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
    fn a_certificate_does_not_change_by_waiting() {
        assert!(!Trouble::Connect(ConnectTrouble::UnknownIssuer).is_transient());
        assert!(Trouble::Connect(ConnectTrouble::Refused).is_transient());
    }
}
