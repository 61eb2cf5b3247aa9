//! Sends requests to Octopus. The only file that knows when one may be sent again.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::answer::{Answer, understand};
use super::api_error::ApiError;
use super::connection::Connection;
use super::credential_error::CredentialError;
use super::error::Error;
use super::login::{Header, Login};
use super::oidc::{Token, Tokens};
use super::once::Once;
use super::rate_limit::{self, RateLimit};
use crate::http::{self, Backoff, Leave, Method, Raw, Request, SendError, ServerUrl};

/// A client of one server, with one credential. Clones share its connections, its access token and its
/// view of the rate limit.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    on_retry: Option<RetryObserver>,
}

/// Called with each error before the client tries again.
pub type RetryObserver = Arc<dyn Fn(&Error) + Send + Sync>;

struct Shared {
    http: http::Client,
    login: Login,
    rate_limit: Mutex<RateLimit>,
}

impl Client {
    /// A client for this connection. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// When certificates, proxy or credential of the connection cannot be used.
    pub fn new(connection: Connection) -> Result<Self, Error> {
        let http = http::Client::new(&connection.endpoint, rate_limit::hold)?;
        let login = Login::new(connection.credential, connection.on_secret)?;
        let shared = Shared { http, login, rate_limit: Mutex::default() };
        Ok(Self { shared: Arc::new(shared), on_retry: None })
    }

    /// The same client, which calls `observer` with each error before it tries again.
    #[must_use]
    pub fn on_retry(self, observer: RetryObserver) -> Self {
        Self { on_retry: Some(observer), ..self }
    }

    /// The server's address.
    #[must_use]
    pub fn server(&self) -> &ServerUrl {
        self.shared.http.server()
    }

    /// How long one request may take, as the connection says.
    #[must_use]
    pub fn read_limit(&self) -> Duration {
        self.shared.http.read_limit()
    }

    /// The rate limit as the server last reported it.
    #[must_use]
    pub fn rate_limit(&self) -> RateLimit {
        *self.shared.rate_limit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request once. It is sent again only where the server certainly did not process it: after a
    /// 429, as soon as the rate limit allows, and once with a new access token after the server's own 401.
    ///
    /// # Errors
    ///
    /// Any [`Error`]. Ends at `until` at the latest; at once, where the rate limit allows nothing before.
    pub async fn send<A: DeserializeOwned>(
        &self,
        request: &Request<A>,
        until: Instant,
    ) -> Result<Answer<A>, Error> {
        self.send_while(&Leave::always(), request, until).await
    }

    /// Sends a request that must not be carried out twice, as long as there is leave: see [`Client::send_while`].
    ///
    /// # Errors
    ///
    /// As [`Client::send_while`].
    pub async fn send_once<A: DeserializeOwned>(
        &self,
        request: &Once<A>,
        leave: &Leave,
        until: Instant,
    ) -> Result<Answer<A>, Error> {
        self.send_while(leave, &request.0, until).await
    }

    /// Does the same as [`Client::send`] as long as there is leave. The leave is asked for again each time that the
    /// request is sent, since the rate limit, the login and the connection can take their time: see
    /// [`http::Client::send_with`]. Where the rate limit outlasts the leave, the request is withheld immediately.
    ///
    /// # Errors
    ///
    /// As [`Client::send`]; [`SendError::Withheld`] where there was no leave any more, and then nothing was sent.
    pub async fn send_while<A: DeserializeOwned>(
        &self,
        leave: &Leave,
        request: &Request<A>,
        until: Instant,
    ) -> Result<Answer<A>, Error> {
        let label = self.shared.http.label(request.method, &request.path);
        let mut refused = None;
        let mut tries = 0;
        loop {
            self.ready_while(leave, &label, tries, until).await?;
            let header = self.log_in(&label, refused.as_ref(), until).await?;
            tries = tries.saturating_add(1);
            let sending = Sending { request, label: &label, leave, attempt: tries };
            let raw = self.attempt(&sending, &header, until).await?;
            match raw.status {
                // A write that the limit holds back until its time is over is not tried again, so nothing is reported.
                429 if request.method == Method::Get || self.shared.http.limiter().opens(until).is_ok() => {
                    self.report_limit(&label);
                }
                429 => {}
                401 if header.token.is_some() && refused.is_none() && is_unprocessed(request, &raw) => {
                    refused = header.token;
                }
                _ => return understand(request, label, raw),
            }
        }
    }

    /// Sends a request that may be repeated without harm, a read above all, until there is an answer: through broken
    /// connections, servers that fail, and answers that cannot be understood.
    ///
    /// # Errors
    ///
    /// An [`Error`] that another try would not change, or the last one before `until`. Where the rate limit
    /// allows nothing before, it ends then and not earlier.
    pub async fn send_retrying<A: DeserializeOwned>(
        &self,
        request: &Request<A>,
        until: Instant,
    ) -> Result<Answer<A>, Error> {
        let mut backoff = Backoff::default();
        loop {
            match self.send(request, until).await {
                Ok(answer) => return Ok(answer),
                Err(error) if error.was_held_back() => {
                    tokio::time::sleep_until(until).await;
                    return Err(error);
                }
                Err(error) => self.pause(error, &mut backoff, until).await?,
            }
        }
    }

    /// Waits before another try; hands the error back where that is of no use.
    async fn pause(&self, error: Error, backoff: &mut Backoff, until: Instant) -> Result<(), Error> {
        match backoff.next_wait(until) {
            Some(wait) if error.is_transient() => {
                self.report(&error);
                tokio::time::sleep(wait).await;
                Ok(())
            }
            _ => Err(error),
        }
    }

    /// Waits until the rate limit lets the next request through.
    async fn ready(&self, label: &str, tries: u32, until: Instant) -> Result<(), Error> {
        self.shared.http.ready(tries, until).await.map_err(|error| Error::of_sending(label, error))
    }

    /// Does the same, but not longer than the leave lasts.
    async fn ready_while(&self, leave: &Leave, label: &str, tries: u32, until: Instant) -> Result<(), Error> {
        match leave.ends().filter(|ends| *ends < until) {
            None => self.ready(label, tries, until).await,
            Some(ends) => {
                let ready = self.ready(label, tries, ends).await;
                ready.map_err(|_| Error::of_sending(label, SendError::Withheld))
            }
        }
    }

    /// The header that logs the next request in, other than with the token that was `refused`.
    async fn log_in(&self, label: &str, refused: Option<&Token>, until: Instant) -> Result<Header, Error> {
        match &self.shared.login {
            Login::Fixed(header) => Ok(header.clone()),
            Login::Oidc(tokens) => Ok(Header::of_token(self.token(tokens, label, refused, until).await?)?),
        }
    }

    /// The access token to send. To exchange twice does no harm, so that is tried until the end; the request itself is
    /// not sent before.
    async fn token(
        &self,
        tokens: &Tokens,
        label: &str,
        refused: Option<&Token>,
        until: Instant,
    ) -> Result<Token, Error> {
        let (mut tries, mut backoff) = (0_u32, Backoff::default());
        loop {
            let fresh = tokens.fresh(&self.shared.http, refused, until);
            match tokio::time::timeout_at(until, fresh).await {
                Err(_) => return Err(CredentialError::NoAnswer("it took too long".to_owned()).into()),
                Ok(Ok(token)) => return Ok(token),
                Ok(Err(Error::NoAnswer { request, error: SendError::LimitReached })) => {
                    self.report_limit(&request);
                    tries = tries.saturating_add(1);
                    self.ready(label, tries, until).await?;
                }
                Ok(Err(error @ Error::NoAnswer { .. })) => {
                    self.pause(error, &mut backoff, until).await.map_err(not_logged_in)?;
                }
                Ok(Err(error)) => return Err(not_logged_in(error)),
            }
        }
    }

    async fn attempt<A>(
        &self,
        sending: &Sending<'_, A>,
        header: &Header,
        until: Instant,
    ) -> Result<Raw, Error> {
        let Sending { request, label, leave, attempt } = *sending;
        let begun = Instant::now();
        let result = self.shared.http.send_with(request, header.map(), leave, until).await;
        let ms = begun.elapsed().as_millis();
        match &result {
            Ok(raw) => {
                self.note(RateLimit::read(raw));
                tracing::debug!(method = %request.method, path = request.path, status = raw.status, ms, attempt);
            }
            Err(error) => {
                tracing::debug!(method = %request.method, path = request.path, %error, ms, attempt);
            }
        }
        result.map_err(|error| Error::of_sending(label, error))
    }

    fn note(&self, newer: RateLimit) {
        let mut known = self.shared.rate_limit.lock().unwrap_or_else(PoisonError::into_inner);
        *known = known.updated(newer);
    }

    fn report_limit(&self, label: &str) {
        if self.shared.http.limiter().is_news() {
            self.report(&Error::of_sending(label, SendError::LimitReached));
        }
    }

    fn report(&self, error: &Error) {
        if let Some(observer) = &self.on_retry {
            observer(error);
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", self.server()).finish_non_exhaustive()
    }
}

/// One attempt at a request.
struct Sending<'a, A> {
    request: &'a Request<A>,
    /// Its name in errors.
    label: &'a str,
    leave: &'a Leave,
    /// The number of the attempt, from 1.
    attempt: u32,
}

/// An error of the login is none of the request, which was not sent.
fn not_logged_in(error: Error) -> Error {
    match error {
        error if error.was_not_processed() => error,
        error if error.is_transient() => CredentialError::NoAnswer(error.to_string()).into(),
        error => CredentialError::NotExchanged(error.to_string()).into(),
    }
}

/// Whether a request that was answered with 401 may be sent again with another token. A proxy may answer so to a write
/// that the server has carried out, so for a write only the server's own 401 counts.
fn is_unprocessed<A>(request: &Request<A>, raw: &Raw) -> bool {
    request.method == Method::Get || ApiError::read(&raw.body).is_octopus
}
