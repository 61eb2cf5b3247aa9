//! The connection: which server, who asks, for which project.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::{ChannelName, ProjectName, SecretSource, SpaceName};

/// How the server is reached, and for which project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionSettings {
    /// The server's address as it was written.
    pub url: String,
    /// The space; `None` = the server's default.
    pub space: Option<SpaceName>,
    /// The project.
    pub project: ProjectName,
    /// The channel; `None` = the server's choice, or any.
    pub channel: Option<ChannelName>,
    /// Who asks.
    pub credential: CredentialSource,
    /// Further certificate authorities (PEM).
    pub ca_file: Option<PathBuf>,
    /// By which this client shows who it is.
    pub client_certificate: Option<ClientCertificate>,
    /// The way to the server.
    pub proxy: Proxy,
    /// Whether the server's certificate is verified.
    pub verify_tls: bool,
    /// How long making a connection may take.
    pub connect_limit: Duration,
    /// How long the server may stay silent.
    pub read_limit: Duration,
    /// How long a call that fails in passing is repeated outside of a wait.
    pub retry_limit: Duration,
}

/// Who asks, and where the proof of it is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialSource {
    /// An API key.
    ApiKey(SecretSource),
    /// An access token, sent as it is.
    AccessToken(SecretSource),
    /// An identity token of the CI server, exchanged for an access token.
    Oidc {
        /// The service account's id, which is the token's audience.
        service_account: String,
        /// The identity token.
        token: SecretSource,
    },
}

/// A certificate by which this client shows who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The file of the certificate and its chain (PEM).
    pub certificate: PathBuf,
    /// Its private key (PEM).
    pub key: SecretSource,
}

/// The way to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proxy {
    /// As HTTPS_PROXY, HTTP_PROXY and NO_PROXY say.
    System,
    /// None.
    None,
    /// This one.
    Url(String),
}
