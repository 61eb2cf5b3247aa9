//! The connection: which server, who asks, for which project.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::source::Secret;
use crate::document::Span;

/// The server, the credential and the project; shared by all actions.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("x-refused" = {
    "user": "user name and password are not supported; make an API key on the server and write `api-key = { env = \"OCTOPUS_API_KEY\" }`",
    "username": "user name and password are not supported; make an API key on the server and write `api-key = { env = \"OCTOPUS_API_KEY\" }`",
    "password": "user name and password are not supported; make an API key on the server and write `api-key = { env = \"OCTOPUS_API_KEY\" }`",
}))]
pub(crate) struct Connection {
    /// The server's address, with or without `/api`; with its base path, if it has one. Default: `OCTOPUS_URL`.
    #[serde(default)]
    #[schemars(extend("x-required" = true))]
    pub(crate) url: Option<String>,
    /// The space by id or name. Default: `OCTOPUS_SPACE`, else the server's default space.
    #[serde(default)]
    pub(crate) space: Option<String>,
    /// The project by id, slug or name.
    #[serde(default)]
    #[schemars(extend("x-required" = true))]
    pub(crate) project: Option<String>,
    /// The channel of a new release, and of releases that are searched for, by id or name. Default: the server's
    /// choice for a new release; any channel for a promotion.
    #[serde(default)]
    pub(crate) channel: Option<String>,
    /// The API key. Default: `OCTOPUS_API_KEY`.
    #[serde(default)]
    #[schemars(extend("x-excludes" = ["access-token", "oidc.service-account", "oidc.token"]))]
    pub(crate) api_key: Option<Secret>,
    /// An access token instead of a key. Default: `OCTOPUS_ACCESS_TOKEN`.
    #[serde(default)]
    #[schemars(extend("x-excludes" = ["api-key", "oidc.service-account", "oidc.token"]))]
    pub(crate) access_token: Option<Secret>,
    /// Sign-in with the CI server's identity token instead of a key.
    #[serde(default)]
    pub(crate) oidc: Option<Oidc>,
    /// A file of additional certificate authorities (PEM) to trust. Default: only those of the system.
    #[serde(default)]
    pub(crate) ca_file: Option<String>,
    /// The certificate with which this client identifies itself.
    #[serde(default)]
    pub(crate) client_certificate: Option<Certificate>,
    /// `system` reads HTTPS_PROXY, HTTP_PROXY and NO_PROXY; `none` uses no proxy; anything else is its address.
    #[serde(default = "system")]
    pub(crate) proxy: String,
    /// Verifies the server's certificate. **Without it anybody between here and the server can read the key**: use `ca-file`
    /// for a certificate of your own authority.
    #[serde(default = "yes")]
    #[schemars(extend("x-off" = "Does not verify the server's certificate: anybody between here and the server can read the key."))]
    pub(crate) verify_tls: bool,
    /// The time limit for making a connection.
    #[serde(default = "connect_limit")]
    pub(crate) connect_limit: Span,
    /// How long the server may send nothing before a request counts as unanswered.
    #[serde(default = "read_limit")]
    pub(crate) read_limit: Span,
    /// How long a request is retried after a transient failure (429, 5xx, a broken connection). A wait for a
    /// deployment continues up to its own time limit.
    #[serde(default = "retry_limit")]
    pub(crate) retry_limit: Span,
}

/// Sign-in with an identity token that the CI server issues (OpenID Connect).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Oidc {
    /// The id of the service account on the server, which is also the token's audience.
    #[schemars(length(min = 1), extend("x-excludes" = ["api-key", "access-token"]))]
    pub(crate) service_account: String,
    /// The CI server's identity token; read again at each renewal.
    #[schemars(extend("x-excludes" = ["api-key", "access-token"]))]
    pub(crate) token: Secret,
}

/// The certificate with which this client identifies itself.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Certificate {
    /// The file that holds the certificate and its chain (PEM).
    #[schemars(length(min = 1), extend("x-flag" = "client-certificate"))]
    pub(crate) certificate: String,
    /// Its private key (PEM).
    pub(crate) key: Secret,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            url: None,
            space: None,
            project: None,
            channel: None,
            api_key: None,
            access_token: None,
            oidc: None,
            ca_file: None,
            client_certificate: None,
            proxy: system(),
            verify_tls: yes(),
            connect_limit: connect_limit(),
            read_limit: read_limit(),
            retry_limit: retry_limit(),
        }
    }
}

fn system() -> String {
    "system".to_owned()
}

fn yes() -> bool {
    true
}

fn connect_limit() -> Span {
    Span::seconds(10)
}

fn read_limit() -> Span {
    Span::seconds(30)
}

fn retry_limit() -> Span {
    Span::seconds(120)
}
