//! Carries one exchange over the network: limits of time and size, TLS, proxies, and what went wrong.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{ACCEPT, DATE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Certificate, ClientBuilder, Identity, RequestBuilder, Url};
use rustls::{AlertDescription, CertificateError};
use secrecy::ExposeSecret;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::connection::{Connection, Proxy, ServerUrl};
use super::error::{ConnectTrouble, Error, SettingsError, Trouble};
use super::pace::http_date;
use super::request::Method;

/// How many bytes of an answer are read at most; the largest that are needed, logs, are far below.
pub(super) const LARGEST: usize = 16 * 1024 * 1024;

/// An answer with more bytes than this is a large one.
const LARGE: usize = 1024 * 1024;

/// How many large answers are held in memory at once; others wait within their own time limit.
const LARGE_AT_ONCE: usize = 2;

/// One connection pool to one server.
pub(super) struct Transport {
    pub(super) http: reqwest::Client,
    pub(super) server: ServerUrl,
    /// The proxy's address without user name and password, where one is named.
    proxy: Option<String>,
    pub(super) read_limit: Duration,
    large: Arc<Semaphore>,
}

/// An answer as it came.
#[derive(Default)]
pub(super) struct Raw {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// Held for as long as a large answer is in memory.
    pub(super) _room: Option<OwnedSemaphorePermit>,
}

impl Raw {
    /// The server's clock when it answered.
    pub(super) fn server_time(&self) -> Option<Timestamp> {
        http_date(self.headers.get(DATE)?.to_str().ok()?)
    }

    /// Where a redirect leads to, without what may be secret in it.
    pub(super) fn location(&self) -> String {
        let location = self.headers.get(LOCATION).and_then(|it| it.to_str().ok()).unwrap_or("nowhere");
        location.split(['?', '#']).next().unwrap_or_default().to_owned()
    }
}

impl Transport {
    pub(super) fn new(connection: &Connection) -> Result<Self, SettingsError> {
        // The first provider that was installed stays: an error says only that there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self {
            http: client(connection)?,
            server: connection.url.clone(),
            proxy: shown(&connection.proxy),
            read_limit: connection.read_limit,
            large: Arc::new(Semaphore::new(LARGE_AT_ONCE)),
        })
    }

    /// What errors call a request. Whatever goes wrong on the way through a proxy may be the proxy's doing.
    pub(super) fn label(&self, method: Method, path: &str) -> String {
        match &self.proxy {
            Some(proxy) => format!("{method} {path} (by way of the proxy {proxy})"),
            None => format!("{method} {path}"),
        }
    }

    /// Sends a request and reads the answer, whatever its status.
    pub(super) async fn exchange(
        &self,
        request: RequestBuilder,
        label: &str,
        until: Instant,
    ) -> Result<Raw, Error> {
        let failed = |trouble| Error::NoAnswer { request: label.to_owned(), trouble };
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(failed(Trouble::NoTimeLeft));
        }
        let limit = self.read_limit.min(left);
        match tokio::time::timeout(limit, whole(request, &self.large)).await {
            Err(_) => Err(failed(Trouble::TimedOut(limit))),
            Ok(answer) => answer.map_err(failed),
        }
    }
}

async fn whole(request: RequestBuilder, large: &Arc<Semaphore>) -> Result<Raw, Trouble> {
    let too_large = Trouble::TooLarge { limit: LARGEST };
    let mut response = request.send().await.map_err(trouble)?;
    if response.content_length().is_some_and(|it| it > LARGEST as u64) {
        return Err(too_large);
    }
    let (mut body, mut room) = (Vec::new(), None);
    // The length is announced by the other side, if at all, and says nothing of what gzip unfolds to.
    while let Some(chunk) = response.chunk().await.map_err(trouble)? {
        if chunk.len() > LARGEST.saturating_sub(body.len()) {
            return Err(too_large);
        }
        body.extend_from_slice(&chunk);
        if body.len() > LARGE && room.is_none() {
            // The semaphore is never closed.
            room = Arc::clone(large).acquire_owned().await.ok();
        }
    }
    let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
    Ok(Raw { status, headers, body, _room: room })
}

fn client(connection: &Connection) -> Result<reqwest::Client, SettingsError> {
    let agent = HeaderValue::from_str(&connection.user_agent).map_err(|_| SettingsError::UserAgent)?;
    let mut builder = reqwest::Client::builder()
        .user_agent(agent)
        .default_headers([(ACCEPT, HeaderValue::from_static("application/json"))].into_iter().collect())
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(connection.connect_limit)
        // Looks at long tasks are up to a minute apart; a new handshake for each would cost more.
        .pool_idle_timeout(Duration::from_secs(90))
        .tls_danger_accept_invalid_certs(!connection.verify_tls)
        .tcp_nodelay(true);
    builder = proxied(builder, &connection.proxy)?;
    let extra = match &connection.extra_ca {
        Some(pem) => authorities(pem)?,
        None => Vec::new(),
    };
    if let Some(pem) = &connection.client_certificate {
        let identity = Identity::from_pem(pem.expose_secret().as_bytes());
        builder = builder.identity(identity.map_err(|_| SettingsError::ClientCertificate)?);
    }
    // Without TLS the machine's authorities need not be loaded, and need not even exist. They do count
    // where the way to the proxy is encrypted and the one after it is not.
    let encrypted_proxy =
        matches!(&connection.proxy, Proxy::Url(url) if url.expose_secret().trim_start().starts_with("https"));
    builder = if connection.url.is_encrypted() || encrypted_proxy {
        builder.tls_certs_merge(extra)
    } else {
        builder.tls_certs_only(extra)
    };
    builder.build().map_err(unbuildable)
}

fn proxied(builder: ClientBuilder, proxy: &Proxy) -> Result<ClientBuilder, SettingsError> {
    match proxy {
        Proxy::System => Ok(builder),
        Proxy::None => Ok(builder.no_proxy()),
        Proxy::Url(url) => {
            let url = Url::parse(url.expose_secret().trim()).map_err(|_| SettingsError::Proxy)?;
            if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
                return Err(SettingsError::Proxy);
            }
            Ok(builder.proxy(reqwest::Proxy::all(url).map_err(|_| SettingsError::Proxy)?))
        }
    }
}

/// A proxy's address as people may see it.
fn shown(proxy: &Proxy) -> Option<String> {
    let Proxy::Url(url) = proxy else { return None };
    let url = Url::parse(url.expose_secret().trim()).ok()?;
    let port = url.port().map(|it| format!(":{it}")).unwrap_or_default();
    Some(format!("{}://{}{port}", url.scheme(), url.host_str()?))
}

fn authorities(pem: &[u8]) -> Result<Vec<Certificate>, SettingsError> {
    match Certificate::from_pem_bundle(pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(SettingsError::ExtraCa),
    }
}

fn unbuildable(error: reqwest::Error) -> SettingsError {
    let reason = innermost(&error.without_url());
    if reason.contains("No CA certificates") {
        SettingsError::NoAuthorities
    } else {
        SettingsError::Other(reason)
    }
}

/// What went wrong, found among the causes of an error. The outermost text would hold the URL.
fn trouble(error: reqwest::Error) -> Trouble {
    let error = error.without_url();
    let chain = || causes(&error).skip(1);
    if let Some(tls) = chain().find_map(tls_error)
        && let Some(reason) = tls_trouble(tls, error.is_connect())
    {
        return Trouble::Connect(reason);
    }
    if !error.is_connect() {
        return Trouble::Broken(innermost(&error));
    }
    let kind = chain().find_map(|it| it.downcast_ref::<io::Error>()).map(io::Error::kind);
    let through_proxy =
        chain().map(ToString::to_string).find(|it| it.contains("proxy") || it.contains("tunnel"));
    Trouble::Connect(match (kind, through_proxy) {
        (_, Some(_)) => ConnectTrouble::Proxy(innermost(&error)),
        _ if error.is_timeout() => ConnectTrouble::TimedOut,
        _ if error.is_dns() => ConnectTrouble::UnknownName,
        (Some(io::ErrorKind::ConnectionRefused), _) => ConnectTrouble::Refused,
        _ => ConnectTrouble::Other(innermost(&error)),
    })
}

/// The TLS error that an error is or wraps. An I/O error does not name what it wraps as its source.
fn tls_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(error);
    }
    tls_error(error.downcast_ref::<io::Error>()?.get_ref()?)
}

/// What a TLS error means while connecting. Later, it counts as such only when it is about the client's
/// certificate: a server says so after the client took the connection to be complete.
fn tls_trouble(error: &rustls::Error, connecting: bool) -> Option<ConnectTrouble> {
    Some(match error {
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied,
        ) => ConnectTrouble::ClientCertificate(error.to_string()),
        _ if !connecting => return None,
        rustls::Error::InvalidCertificate(reason) => match reason {
            CertificateError::UnknownIssuer => ConnectTrouble::UnknownIssuer,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                ConnectTrouble::OtherName
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => ConnectTrouble::OutOfDate,
            other => ConnectTrouble::Certificate(other.to_string()),
        },
        other => ConnectTrouble::Tls(other.to_string()),
    })
}

/// The text of the innermost cause.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

/// An error, its cause, the cause of that, and so on.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |it| {
        let it: &'a (dyn StdError + 'static) = *it;
        it.source()
    })
}
