//! A client of one server: sends requests, one at a time, and keeps the server's rate limit.

use std::fmt;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{CONTENT_LENGTH, HeaderMap};
use serde_json::Value;
use tokio::time::{Instant, sleep_until};

use super::connector;
use super::endpoint::Endpoint;
use super::endpoint_error::EndpointError;
use super::error::SendError;
use super::limiter::{Hold, Limiter};
use super::raw::Raw;
use super::request::{Method, Request};
use super::server_url::ServerUrl;
use super::transport::Transport;

/// A client of one server. It follows no redirect and repeats nothing by itself: whether a request may be sent again
/// depends on the API. [`Client::ready`] and [`Backoff`](super::Backoff) give the waits for those that may.
pub struct Client {
    pool: reqwest::Client,
    transport: Transport,
    server: ServerUrl,
    /// The proxy's address without user name and password, where one is named.
    proxy: Option<String>,
    limiter: Limiter,
    holds: HoldReader,
}

/// Reads from an answer how it asks the client to hold back.
pub type HoldReader = fn(&Raw) -> Option<Hold>;

impl Client {
    /// A client for this endpoint. `holds` reads the rate limit from an answer; [`Hold::standard`] reads what HTTP itself
    /// has for that. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// When certificates, proxy or user agent of the endpoint cannot be used.
    pub fn new(endpoint: &Endpoint, holds: HoldReader) -> Result<Self, EndpointError> {
        Ok(Self {
            pool: connector::pool(endpoint)?,
            transport: Transport::new(endpoint.read_limit),
            server: endpoint.url.clone(),
            proxy: endpoint.proxy.shown(),
            limiter: Limiter::default(),
            holds,
        })
    }

    /// The server's address.
    #[must_use]
    pub fn server(&self) -> &ServerUrl {
        &self.server
    }

    /// How long one request may take, as the endpoint says.
    #[must_use]
    pub fn read_limit(&self) -> Duration {
        self.transport.read_limit()
    }

    /// The rate limit that all requests of this client keep.
    #[must_use]
    pub fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    /// The name of a request in errors. It names the proxy, which may be the cause of any of them.
    #[must_use]
    pub fn label(&self, method: Method, path: &str) -> String {
        match &self.proxy {
            Some(proxy) => format!("{method} {path} (by way of the proxy {proxy})"),
            None => format!("{method} {path}"),
        }
    }

    /// Waits until the rate limit lets the next request through. `tries` is how often it was sent already.
    ///
    /// # Errors
    ///
    /// [`SendError::RateLimited`], at once, where that is not before `until`.
    pub async fn ready(&self, tries: u32, until: Instant) -> Result<(), SendError> {
        let opens = self.limiter.opens(until).map_err(|_| SendError::RateLimited { tries })?;
        if let Some(opens) = opens {
            sleep_until(opens).await;
        }
        Ok(())
    }

    /// Sends a request once, at once, with these headers in addition to its own, and notes what the answer says of the
    /// rate limit. Any status is an answer.
    ///
    /// # Errors
    ///
    /// Why there is no answer. Ends at `until` at the latest.
    pub async fn send<A>(
        &self,
        request: &Request<A>,
        headers: HeaderMap,
        until: Instant,
    ) -> Result<Raw, SendError> {
        let target = request.target();
        let url = self.server.join(&target).ok_or(SendError::Path(target))?;
        let raw = self.exchange(request.method, url, headers, request.body.as_ref(), until).await?;
        self.limiter.note((self.holds)(&raw));
        Ok(raw)
    }

    /// Sends a request without a credential to a URL of the server, which may be outside its base path. Of the rate
    /// limit it notes only that it is reached: what a server says of it while all is well is about those who are not
    /// logged in.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn send_anonymously(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
        until: Instant,
    ) -> Result<Raw, SendError> {
        let raw = self.exchange(method, url, HeaderMap::new(), body, until).await?;
        if let Some(hold @ Hold::Must(_)) = (self.holds)(&raw) {
            self.limiter.note(Some(hold));
        }
        Ok(raw)
    }

    async fn exchange(
        &self,
        method: Method,
        url: Url,
        headers: HeaderMap,
        body: Option<&Value>,
        until: Instant,
    ) -> Result<Raw, SendError> {
        let verb = match method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
        };
        let prepared = self.pool.request(verb, url).headers(headers);
        let prepared = match (body, method) {
            (Some(body), _) => prepared.json(body),
            (None, Method::Get) => prepared,
            // Some servers and proxies refuse (411) a write that does not say that its body is empty.
            (None, Method::Post | Method::Put) => prepared.header(CONTENT_LENGTH, "0"),
        };
        self.transport.exchange(prepared, until).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", &self.server).finish_non_exhaustive()
    }
}
