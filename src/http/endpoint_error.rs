//! Why an endpoint's settings cannot be used.

/// Why an endpoint's settings cannot be used. No variant repeats what was set: it may hold a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// The server's URL.
    #[error("the server's URL {0}")]
    Url(&'static str),
    /// The file with additional certificate authorities.
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
    /// No certificate authority is known at all.
    #[error("this machine has no certificate authorities, so no server's certificate can be verified")]
    NoAuthorities,
    /// Anything else.
    #[error("the connection cannot be set up: {0}")]
    Other(String),
}
