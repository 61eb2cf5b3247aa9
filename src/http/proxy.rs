//! Through which proxy a server is reached, and which one the usual environment variables name.

use std::net::IpAddr;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use super::endpoint_error::EndpointError;
use super::server_url::ServerUrl;

/// Through which proxy a server is reached.
#[derive(Debug, Clone, Default)]
pub enum Proxy {
    /// As the machine says: `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` and the system's own settings. Errors do not name
    /// it; see [`Proxy::of_variables`].
    #[default]
    System,
    /// None, whatever the machine says.
    None,
    /// The one with this http or https URL, which may hold a user name and a password.
    Url(SecretString),
}

impl Proxy {
    /// The proxy that the variables `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY` name for this server, in capitals or
    /// not; none where `NO_PROXY` exempts the server. [`Proxy::System`] where they name none, or one of another
    /// scheme than http and https. `variable` gives the value of one that is set.
    #[must_use]
    pub fn of_variables<'a>(server: &ServerUrl, variable: impl Fn(&str) -> Option<&'a str>) -> Self {
        let either = |name: &str| variable(name).or_else(|| variable(&name.to_ascii_lowercase()));
        if either("NO_PROXY").is_some_and(|it| exempts(it, server.as_url())) {
            return Self::None;
        }
        // A web server puts a header of its caller's into HTTP_PROXY of the programs that it runs.
        let is_cgi = variable("REQUEST_METHOD").is_some();
        let own = match server.is_encrypted() {
            true => either("HTTPS_PROXY"),
            false if is_cgi => None,
            false => either("HTTP_PROXY"),
        };
        let Some(named) = own.or_else(|| either("ALL_PROXY")).map(str::trim) else { return Self::System };
        let url = if named.contains("://") { named.to_owned() } else { format!("http://{named}") };
        match Url::parse(&url) {
            Ok(it) if matches!(it.scheme(), "http" | "https") && it.has_host() => Self::Url(url.into()),
            _ => Self::System,
        }
    }

    /// True where the way to the proxy itself is encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        matches!(self, Self::Url(url) if parse(url).is_ok_and(|it| it.scheme() == "https"))
    }

    /// The address as people may see it: without user name and password.
    pub(super) fn shown(&self) -> Option<String> {
        let Self::Url(url) = self else { return None };
        let url = parse(url).ok()?;
        let port = url.port().map(|it| format!(":{it}")).unwrap_or_default();
        Some(format!("{}://{}{port}", url.scheme(), url.host_str()?))
    }
}

/// The URL of a proxy, with user name and password.
pub(super) fn parse(text: &SecretString) -> Result<Url, EndpointError> {
    match Url::parse(text.expose_secret().trim()) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        _ => Err(EndpointError::Proxy),
    }
}

/// Whether a list such as `localhost,10.0.0.0/8,.example.org:8443` names the host of a URL. `*` names every host; an
/// entry with a port names that port alone.
fn exempts(list: &str, url: &Url) -> bool {
    let entries = list.split(|it: char| it == ',' || it.is_whitespace()).filter(|it| !it.is_empty());
    let Some(host) = url.host_str() else { return false };
    let host = unbracketed(host).trim_end_matches('.');
    entries.into_iter().any(|entry| {
        let (name, port) = with_port(entry);
        let fits = port.is_none_or(|it| Some(it) == url.port_or_known_default());
        fits && (name == "*" || names(name, host))
    })
}

/// An entry's host and port. Colons alone make no port: `::1` is an address.
fn with_port(entry: &str) -> (&str, Option<u16>) {
    match entry.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port.parse() {
            Ok(port) => (unbracketed(host), Some(port)),
            Err(_) => (entry, None),
        },
        _ => (unbracketed(entry), None),
    }
}

fn unbracketed(host: &str) -> &str {
    host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(host)
}

/// Whether an entry without its port names a host: the same address, a network that holds it, the same name, or a
/// domain that the name belongs to.
fn names(entry: &str, host: &str) -> bool {
    if let Ok(address) = host.parse::<IpAddr>() {
        return match entry.split_once('/') {
            Some((network, bits)) => {
                network.parse().is_ok_and(|it| bits.parse().is_ok_and(|bits| holds(it, bits, address)))
            }
            None => entry.parse() == Ok(address),
        };
    }
    let domain = entry.strip_prefix('*').unwrap_or(entry).trim_matches('.').to_ascii_lowercase();
    let host = host.to_ascii_lowercase();
    !domain.is_empty()
        && host.strip_suffix(&domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether an address is in the network that has these first bits in common.
fn holds(network: IpAddr, bits: u32, address: IpAddr) -> bool {
    let (difference, width) = match (network, address) {
        (IpAddr::V4(one), IpAddr::V4(other)) => (u128::from(one.to_bits() ^ other.to_bits()), 32_u32),
        (IpAddr::V6(one), IpAddr::V6(other)) => (one.to_bits() ^ other.to_bits(), 128),
        _ => return false,
    };
    let Some(free) = width.checked_sub(bits) else { return false };
    difference.checked_shr(free).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::*;

    fn url(text: &str) -> ServerUrl {
        ServerUrl::parse(text).unwrap()
    }

    /// What these variables say for a server: `system`, `none`, or an address.
    fn chosen(server: &str, variables: &[(&str, &str)]) -> String {
        let variable = |name: &str| variables.iter().find(|it| it.0 == name).map(|it| it.1);
        match Proxy::of_variables(&url(server), variable) {
            Proxy::System => "system".to_owned(),
            Proxy::None => "none".to_owned(),
            Proxy::Url(it) => it.expose_secret().to_owned(),
        }
    }

    #[test]
    fn the_variable_for_the_scheme_goes_before_the_one_for_all() {
        let all =
            [("ALL_PROXY", "http://all"), ("HTTP_PROXY", "http://plain"), ("https_proxy", "https://tls:8")];
        assert_eq!(chosen("http://o", &all), "http://plain");
        assert_eq!(chosen("https://o", &all), "https://tls:8");
        assert_eq!(chosen("http://o", &all[..1]), "http://all");
        assert_eq!(chosen("http://o", &[("HTTPS_PROXY", "http://p")]), "system");
        assert_eq!(chosen("http://o", &[("http_proxy", "p:3128")]), "http://p:3128");
        assert_eq!(chosen("http://o", &[("http_proxy", "socks5://p")]), "system");
        assert_eq!(chosen("http://o", &[("HTTP_PROXY", "http://p"), ("REQUEST_METHOD", "GET")]), "system");
        assert_eq!(chosen("http://o", &[]), "system");
    }

    #[test]
    fn a_server_may_be_exempt_by_name_address_network_and_port() {
        let exempt = |server: &str, list: &str| {
            chosen(server, &[("HTTP_PROXY", "http://p"), ("HTTPS_PROXY", "http://p"), ("NO_PROXY", list)])
                == "none"
        };
        for (server, list) in [
            ("http://127.0.0.1:8065", "*"),
            ("https://octopus.example", "*"),
            ("http://127.0.0.1:8065", "127.0.0.1:8065"),
            ("http://127.0.0.1:8065", "localhost, 127.0.0.1"),
            ("http://127.0.0.1:8065", "10.0.0.0/8 127.0.0.0/8"),
            ("http://10.1.2.3", "0.0.0.0/0"),
            ("http://[::1]:8065", "::1"),
            ("http://[::1]:8065", "[::1]"),
            ("http://[::1]:8065", "[::1]:8065"),
            ("http://[fe80::7]", "fe80::/10"),
            ("https://octopus.example", "octopus.example"),
            ("https://Octopus.Example", "OCTOPUS.example"),
            ("https://octopus.example", "example"),
            ("https://octopus.example", ".example"),
            ("https://octopus.example", "*.example"),
            ("https://example.org", ".example.org"),
            ("https://octopus.example", "octopus.example:443"),
            ("http://octopus.example", ".example:80"),
            ("http://octopus.example:8080", "*:8080"),
        ] {
            assert!(exempt(server, list), "{server} {list}");
        }
        for (server, list) in [
            ("http://127.0.0.1:8065", "127.0.0.1:8066"),
            ("http://127.0.0.1:8065", "127.0.0.2"),
            ("http://127.0.0.1:8065", "10.0.0.0/8"),
            ("http://127.0.0.1:8065", "127.0.0.0/33,127.0.0.0/x,/8,127.0.0.0/-1"),
            ("http://10.1.2.3", "::/0"),
            ("https://octopus.example", "opus.example"),
            ("https://octopus.example", "octopus.example:80"),
            ("https://octopus.example", ".,,:,*.,[],:443"),
            ("https://octopus.example.org", "octopus.example"),
        ] {
            assert!(!exempt(server, list), "{server} {list}");
        }
    }

    proptest! {
        #[test]
        fn no_list_makes_it_panic(list in ".{0,60}", port: u16) {
            for host in ["127.0.0.1", "[::1]", "octopus.example"] {
                let server = url(&format!("http://{host}:{port}"));
                let _ = Proxy::of_variables(&server, |_| Some(list.as_str()));
            }
        }
    }
}
