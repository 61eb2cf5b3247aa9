//! Where a server is and how it is reached.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

use super::proxy::Proxy;
use super::server_url::ServerUrl;

/// Where a server is and how it is reached. It says nothing of who asks: a credential belongs to the API.
#[non_exhaustive]
#[derive(Clone)]
pub struct Endpoint {
    /// The server.
    pub url: ServerUrl,
    /// Certificate authorities to trust in addition to those of the machine, in PEM form. Default: none.
    pub extra_ca: Option<Vec<u8>>,
    /// A certificate and its private key, in PEM form, for servers that want one. Default: none.
    pub client_certificate: Option<SecretString>,
    /// Default: [`Proxy::System`].
    pub proxy: Proxy,
    /// Whether the server's certificate is verified. Default: it is. Without that, anyone on the network
    /// path can read the credential.
    pub verify_tls: bool,
    /// How long it may take to connect. Default: 10 s.
    pub connect_limit: Duration,
    /// How long one request may take from its first byte to the answer's last. Default: 30 s.
    pub read_limit: Duration,
    /// What the client calls itself; administrators see it in the audit log. By convention
    /// `client/version (os; arch) CI server`.
    pub user_agent: String,
}

impl Endpoint {
    /// An endpoint with everything else at its default.
    #[must_use]
    pub fn new(url: ServerUrl) -> Self {
        Self {
            url,
            extra_ca: None,
            client_certificate: None,
            proxy: Proxy::System,
            verify_tls: true,
            connect_limit: Duration::from_secs(10),
            read_limit: Duration::from_secs(30),
            user_agent: concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("url", &self.url)
            .field("extra_ca", &self.extra_ca.is_some())
            .field("client_certificate", &self.client_certificate.is_some())
            .field("proxy", &self.proxy)
            .field("verify_tls", &self.verify_tls)
            .field("connect_limit", &self.connect_limit)
            .field("read_limit", &self.read_limit)
            .field("user_agent", &self.user_agent)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_shown() {
        let mut endpoint = Endpoint::new(ServerUrl::parse("https://octopus.example").unwrap());
        endpoint.proxy = Proxy::Url("http://ann:HUNTER2@proxy.example".into());
        endpoint.client_certificate = Some("HUNTER2".into());
        assert!(!format!("{endpoint:?}").contains("HUNTER2"));
    }
}
