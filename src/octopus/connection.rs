//! Where the server is and how it is reached.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use super::credential::Credential;
use super::error::SettingsError;

/// Where the server is and how it is reached.
#[non_exhaustive]
#[derive(Clone)]
pub struct Connection {
    /// The server.
    pub url: ServerUrl,
    /// How to log in.
    pub credential: Credential,
    /// Certificate authorities to trust besides those of the machine, in PEM form. Default: none.
    pub extra_ca: Option<Vec<u8>>,
    /// A certificate and its private key, in PEM form, for servers that want one. Default: none.
    pub client_certificate: Option<SecretString>,
    /// Default: [`Proxy::System`].
    pub proxy: Proxy,
    /// Whether the server's certificate is verified. Default: it is. Without it anybody on the way can
    /// read the credential.
    pub verify_tls: bool,
    /// How long a connection may take to come about. Default: 10 s.
    pub connect_limit: Duration,
    /// How long one request may take from its first byte to the answer's last. Default: 30 s.
    pub read_limit: Duration,
    /// What the client calls itself; administrators see it in the audit log. By convention
    /// `client/version (os; arch) CI server`.
    pub user_agent: String,
    /// Told of each secret that the client comes by on its way: identity tokens and access tokens. Default:
    /// nobody.
    pub on_secret: Option<SecretObserver>,
}

/// Told of each secret that a client comes by, before it is used, so that it can be kept out of every text.
pub type SecretObserver = Arc<dyn Fn(&SecretString) + Send + Sync>;

impl Connection {
    /// A connection with everything else at its default.
    #[must_use]
    pub fn new(url: ServerUrl, credential: Credential) -> Self {
        Self {
            url,
            credential,
            extra_ca: None,
            client_certificate: None,
            proxy: Proxy::System,
            verify_tls: true,
            connect_limit: Duration::from_secs(10),
            read_limit: Duration::from_secs(30),
            user_agent: concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")).to_owned(),
            on_secret: None,
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("url", &self.url)
            .field("credential", &self.credential)
            .field("extra_ca", &self.extra_ca.is_some())
            .field("client_certificate", &self.client_certificate.is_some())
            .field("proxy", &self.proxy)
            .field("verify_tls", &self.verify_tls)
            .field("connect_limit", &self.connect_limit)
            .field("read_limit", &self.read_limit)
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
    }
}

/// Through which proxy the server is reached.
#[derive(Debug, Clone, Default)]
pub enum Proxy {
    /// As the machine says: `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` and what the system has beside them. Errors do not
    /// name it; see [`Proxy::of_variables`].
    #[default]
    System,
    /// None, whatever the machine says.
    None,
    /// The one with this http or https URL, which may hold a user name and a password.
    Url(SecretString),
}

/// The server's address: scheme, host, port and base path.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerUrl(Url);

impl ServerUrl {
    /// Reads what people write: with or without `/api`, a base path, a trailing slash; also an address
    /// copied from the portal, such as `https://octopus.example/app#/Spaces-1`.
    ///
    /// # Errors
    ///
    /// When it is not an http or https URL, or holds a user name, a password or a query.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let mut url = Url::parse(text.trim())
            .map_err(|_| SettingsError::Url("is not a URL such as https://octopus.example"))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(SettingsError::Url("does not begin with http:// or https:// and a host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(SettingsError::Url("holds a user name or password; log in with an API key instead"));
        }
        if url.query().is_some() {
            return Err(SettingsError::Url("holds a query, beginning with a question mark"));
        }
        let mut path = url.path().trim_end_matches('/');
        if url.fragment().is_some() {
            path = path.strip_suffix("/app").unwrap_or(path);
        }
        let path = path.strip_suffix("/api").unwrap_or(path).trim_end_matches('/').to_owned();
        url.set_fragment(None);
        url.set_path(&path);
        Ok(Self(url))
    }

    pub(super) fn as_url(&self) -> &Url {
        &self.0
    }

    /// True for https.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// True when the server is this machine itself, so that nobody listens on the way.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.0.host_str() {
            Some("localhost") => true,
            Some(host) => {
                let host = host.trim_start_matches('[').trim_end_matches(']');
                host.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback())
            }
            None => false,
        }
    }

    /// The address of something on the server. `target` is a path with an encoded query, as in a request,
    /// or a link that the server gave, such as `/app#/Spaces-1/tasks/ServerTasks-940`.
    #[must_use]
    pub fn link(&self, target: &str) -> String {
        format!("{self}{target}")
    }

    /// The URL of a request's target; fails where it would lead anywhere but to this very path.
    pub(super) fn join(&self, target: &str) -> Result<Url, SettingsError> {
        let written = self.link(target);
        match Url::parse(&written) {
            Ok(url) if url.as_str() == written => Ok(url),
            _ => Err(SettingsError::Path(target.to_owned())),
        }
    }

    /// True when another URL leads to the same server, so that a credential may go there.
    pub(super) fn is_origin_of(&self, other: &Url) -> bool {
        self.0.origin() == other.origin()
    }
}

impl fmt::Display for ServerUrl {
    /// Without a slash at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for ServerUrl {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_understood() {
        for (written, meant) in [
            ("https://octopus.example", "https://octopus.example"),
            ("https://octopus.example/", "https://octopus.example"),
            (" https://Octopus.example//\n", "https://octopus.example"),
            ("https://octopus.example/api", "https://octopus.example"),
            ("https://octopus.example/api/", "https://octopus.example"),
            ("https://ci.example/octopus/", "https://ci.example/octopus"),
            ("https://ci.example/octopus/api", "https://ci.example/octopus"),
            ("https://ci.example/apiary", "https://ci.example/apiary"),
            ("https://octopus.example/app#/Spaces-1/projects", "https://octopus.example"),
            ("https://ci.example/octopus/app#/Spaces-1", "https://ci.example/octopus"),
            ("http://127.0.0.1:8065", "http://127.0.0.1:8065"),
            ("https://octopus.example:443", "https://octopus.example"),
        ] {
            assert_eq!(ServerUrl::parse(written).unwrap().to_string(), meant, "{written}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_without_repeating_it() {
        for written in [
            "",
            "octopus.example",
            "octopus.example:443",
            "ftp://octopus.example",
            "https://ann:hunter2@octopus.example",
            "https://ann@octopus.example",
            "https://octopus.example?apikey=API-HUNTER2",
        ] {
            let error = ServerUrl::parse(written).unwrap_err().to_string();
            assert!(!error.contains("hunter2") && !error.contains("HUNTER2"), "{error}");
        }
    }

    #[test]
    fn a_target_follows_the_base_path() {
        let url = ServerUrl::parse("https://ci.example/octopus/").unwrap();
        assert_eq!(
            url.join("/api/spaces?take=1").unwrap().as_str(),
            "https://ci.example/octopus/api/spaces?take=1"
        );
        assert_eq!(url.link("/app#/Spaces-1"), "https://ci.example/octopus/app#/Spaces-1");
        assert!(url.join("/api/Spaces-1/projects/..").is_err());
    }

    #[test]
    fn nothing_secret_is_shown() {
        let url = ServerUrl::parse("https://octopus.example").unwrap();
        let mut connection = Connection::new(url, Credential::ApiKey("API-HUNTER2".into()));
        connection.proxy = Proxy::Url("http://ann:HUNTER2@proxy.example".into());
        connection.client_certificate = Some("HUNTER2".into());
        assert!(!format!("{connection:?}").contains("HUNTER2"));
    }
}
