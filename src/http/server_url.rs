//! The server's address.

use std::fmt;

use reqwest::Url;

use super::endpoint_error::EndpointError;

/// The server's address: scheme, host, port and base path.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerUrl(Url);

impl ServerUrl {
    /// Reads what people write, with or without a base path or a trailing slash. A fragment, which browsers keep to
    /// themselves, is dropped.
    ///
    /// # Errors
    ///
    /// When it is not an http or https URL, or holds a user name, a password or a query.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let mut url = Url::parse(text.trim())
            .map_err(|_| EndpointError::Url("is not a URL such as https://octopus.example"))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(EndpointError::Url("does not begin with http:// or https:// and a host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointError::Url("holds a user name or password; log in with an API key instead"));
        }
        if url.query().is_some() {
            return Err(EndpointError::Url("holds a query, beginning with a question mark"));
        }
        url.set_fragment(None);
        Ok(Self(url).with_base_path(|it| it))
    }

    /// The same server with another base path, made from the present one.
    #[must_use]
    pub fn with_base_path(self, change: impl FnOnce(&str) -> &str) -> Self {
        let Self(mut url) = self;
        let path = change(url.path().trim_end_matches('/')).trim_end_matches('/').to_owned();
        url.set_path(&path);
        Self(url)
    }

    pub(super) fn as_url(&self) -> &Url {
        &self.0
    }

    /// True for https.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// True when the server is this machine itself, so that nothing on the network can listen.
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

    /// The address of something on the server. `target` is a path with an encoded query, as in a request, or a link
    /// that the server gave.
    #[must_use]
    pub fn link(&self, target: &str) -> String {
        format!("{self}{target}")
    }

    /// The URL of a request's target; `None` where it would lead anywhere but to this very path, as `..` does.
    #[must_use]
    pub fn join(&self, target: &str) -> Option<Url> {
        let written = self.link(target);
        Url::parse(&written).ok().filter(|it| it.as_str() == written)
    }

    /// True when another URL leads to the same server, so that a credential may go there.
    #[must_use]
    pub fn is_origin_of(&self, other: &Url) -> bool {
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
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
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
            ("https://ci.example/octopus/", "https://ci.example/octopus"),
            ("https://ci.example/octopus#/projects", "https://ci.example/octopus"),
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
        assert!(url.join("/api/Spaces-1/projects/..").is_none());
    }

    #[test]
    fn the_base_path_can_be_changed() {
        let url = ServerUrl::parse("https://ci.example/octopus/api/").unwrap();
        let shorter = url.with_base_path(|it| it.strip_suffix("/api").unwrap_or(it));
        assert_eq!(shorter.to_string(), "https://ci.example/octopus");
    }
}
