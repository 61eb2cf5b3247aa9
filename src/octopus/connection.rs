//! Where the Octopus server is, how it is reached, and how to log in.

use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;

use super::credential::Credential;
use crate::http::{Endpoint, EndpointError, ServerUrl};

/// Where the Octopus server is, how it is reached, and how to log in.
#[non_exhaustive]
#[derive(Clone)]
pub struct Connection {
    /// The server's address and the way to it.
    pub endpoint: Endpoint,
    /// How to log in.
    pub credential: Credential,
    /// Called with each secret that the client obtains on its way: identity tokens and access tokens. Default: none.
    pub on_secret: Option<SecretObserver>,
}

/// Called with each secret that a client obtains, before it is used, so that it can be kept out of every text.
pub type SecretObserver = Arc<dyn Fn(&SecretString) + Send + Sync>;

impl Connection {
    /// A connection to the server with this address, as [`server_url`] reads it, and everything else at its default.
    ///
    /// # Errors
    ///
    /// As [`server_url`].
    pub fn new(address: &str, credential: Credential) -> Result<Self, EndpointError> {
        let endpoint = Endpoint::new(server_url(address)?);
        Ok(Self { endpoint, credential, on_secret: None })
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("endpoint", &self.endpoint)
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}

/// Reads the address of an Octopus server as people write it: with or without `/api`, a base path, a trailing slash;
/// also an address copied from the portal, such as `https://octopus.example/app#/Spaces-1`.
///
/// # Errors
///
/// When it is not an http or https URL, or holds a user name, a password or a query.
pub fn server_url(address: &str) -> Result<ServerUrl, EndpointError> {
    let is_of_portal = address.contains('#');
    Ok(ServerUrl::parse(address)?.with_base_path(|path| {
        let path = if is_of_portal { path.strip_suffix("/app").unwrap_or(path) } else { path };
        path.strip_suffix("/api").unwrap_or(path)
    }))
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
            ("https://ci.example/octopus/app", "https://ci.example/octopus/app"),
            ("http://127.0.0.1:8065", "http://127.0.0.1:8065"),
            ("https://octopus.example:443", "https://octopus.example"),
        ] {
            assert_eq!(server_url(written).unwrap().to_string(), meant, "{written}");
        }
    }

    #[test]
    fn nothing_secret_is_shown() {
        let key = Credential::ApiKey("API-HUNTER2".into());
        let connection = Connection::new("https://octopus.example", key).unwrap();
        assert!(!format!("{connection:?}").contains("HUNTER2"));
    }
}
