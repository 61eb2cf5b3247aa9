//! A connection: server, credential and project.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::{ChannelName, ProjectName, SecretSource, SpaceName};

/// The server, and the project on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionSettings {
    /// The server.
    pub server: ServerSettings,
    /// The project, as the user names it.
    pub project: ProjectName,
    /// The channel; `None` = the server's choice, or any.
    pub channel: Option<ChannelName>,
}

/// The server and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSettings {
    /// The server's address, as written.
    pub url: String,
    /// The space; `None` = the server's default.
    pub space: Option<SpaceName>,
    /// The credential.
    pub credential: CredentialSource,
    /// Further certificate authorities (PEM).
    pub ca_file: Option<PathBuf>,
    /// The client certificate; `None` = none.
    pub client_certificate: Option<ClientCertificate>,
    /// The proxy.
    pub proxy: Proxy,
    /// Whether the server's certificate is verified.
    pub verify_tls: bool,
    /// Time limit for making a connection.
    pub connect_limit: Duration,
    /// How long the server may send nothing before a request counts as unanswered.
    pub read_limit: Duration,
    /// How long a request is retried after a transient failure, outside of a wait.
    pub retry_limit: Duration,
}

/// The credential, and the sources of its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialSource {
    /// An API key.
    ApiKey(SecretSource),
    /// An access token, sent unchanged.
    AccessToken(SecretSource),
    /// An identity token of the CI server, exchanged for an access token.
    Oidc {
        /// The service account's id, which is the token's audience.
        service_account: String,
        /// The identity token.
        token: SecretSource,
    },
}

/// A client certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The file of the certificate and its chain (PEM).
    pub certificate: PathBuf,
    /// Its private key (PEM).
    pub key: SecretSource,
}

/// How to reach the server: which proxy to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proxy {
    /// From HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
    System,
    /// No proxy.
    None,
    /// The proxy at this address.
    Url(String),
}
