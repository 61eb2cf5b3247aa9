//! Why no connection was made, and what can be done about it.

/// Why no connection was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// Nothing listens there.
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

impl ConnectError {
    /// True when another try could help: a name or a listener may come back, a certificate does not change.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused | Self::TimedOut | Self::UnknownName | Self::Tls(_) | Self::Other(_) => true,
            Self::UnknownIssuer | Self::OtherName | Self::OutOfDate => false,
            Self::Certificate(_) | Self::ClientCertificate(_) => false,
            Self::Proxy(text) => !text.contains("authorization") && !text.contains("(407)"),
        }
    }

    /// What the reader of a build log can do about it.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        Some(match self {
            Self::UnknownIssuer => {
                "set the extra CA file to the certificate of the authority that issued the server's certificate"
            }
            Self::OtherName => "use the name that the server's certificate was issued for in its URL",
            Self::OutOfDate => "renew the server's certificate, and check the clock of this machine",
            Self::ClientCertificate(_) => "set a client certificate that the server accepts",
            Self::Proxy(reason) if reason.contains("(407)") => {
                "the proxy wants a user name and password: put them into the proxy's URL"
            }
            Self::Proxy(_) => "check the proxy's URL, user name and password, or set it to none",
            Self::UnknownName | Self::Refused => "check the server's URL, and whether a proxy is needed",
            Self::Tls(_) => "check whether the server's URL should begin with http or https, and its port",
            Self::TimedOut | Self::Certificate(_) | Self::Other(_) => return None,
        })
    }
}
