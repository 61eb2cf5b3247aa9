//! Sends requests. The only file that knows when one may be sent again.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::connection::{Connection, ServerUrl};
use super::credential::{self, Credential};
use super::error::{ConnectTrouble, CredentialError, Error, Trouble};
use super::gate::Gate;
use super::oidc::{Token, Tokens};
use super::pace::Pace;
use super::reading::read;
use super::refusal::{ApiError, excerpt, is_html};
use super::request::{Method, Request};
use super::retry;
use super::transport::{Raw, Transport};

/// A client of one server, with one credential. Clones share its connections, its access token and its
/// view of the rate limit.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    on_trouble: Option<Observer>,
}

/// Told of each trouble that a client gets over, or tries to.
pub type Observer = Arc<dyn Fn(&Error) + Send + Sync>;

struct Shared {
    transport: Transport,
    login: Login,
    gate: Gate,
}

/// What goes into the one header that carries the credential.
enum Login {
    Fixed(HeaderName, HeaderValue),
    Oidc(Box<Tokens>),
}

/// What the server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<A> {
    /// The answer.
    pub value: A,
    /// The HTTP status code, a 2xx.
    pub status: u16,
    /// The server's clock when it answered, to compare with other times that the server writes.
    pub server_time: Option<Timestamp>,
    /// How many bytes of text it was.
    pub size: usize,
}

impl Client {
    /// A client for this connection. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// When certificates, proxy or credential of the connection cannot be used.
    pub fn new(connection: Connection) -> Result<Self, Error> {
        let transport = Transport::new(&connection)?;
        let fixed = |(name, value)| Login::Fixed(name, value);
        let login = match connection.credential {
            Credential::ApiKey(key) => credential::api_key(&key).map(fixed)?,
            Credential::AccessToken(token) => credential::bearer(&token).map(fixed)?,
            Credential::Oidc(login) => Login::Oidc(Box::new(Tokens::new(login, connection.on_secret))),
        };
        let shared = Shared { transport, login, gate: Gate::default() };
        Ok(Self { shared: Arc::new(shared), on_trouble: None })
    }

    /// The same client, which tells `observer` of each trouble before it tries again.
    #[must_use]
    pub fn on_trouble(self, observer: Observer) -> Self {
        Self { on_trouble: Some(observer), ..self }
    }

    /// The server's address.
    #[must_use]
    pub fn server(&self) -> &ServerUrl {
        &self.shared.transport.server
    }

    /// How long one request may take, as the connection says.
    #[must_use]
    pub fn read_limit(&self) -> Duration {
        self.shared.transport.read_limit
    }

    /// What the server last said of its rate limit.
    #[must_use]
    pub fn pace(&self) -> Pace {
        self.shared.gate.pace()
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
        self.send_while(&|| true, request, until).await
    }

    /// The same, as long as it is still `wanted`: asked again before each time that it is sent, since the rate
    /// limit and the login can take their time.
    ///
    /// # Errors
    ///
    /// As [`Client::send`]; [`Trouble::NoTimeLeft`] where it was not wanted any more.
    pub async fn send_while<A: DeserializeOwned>(
        &self,
        wanted: &(dyn Fn() -> bool + Send + Sync),
        request: &Request<A>,
        until: Instant,
    ) -> Result<Answer<A>, Error> {
        let label = self.shared.transport.label(request.method, &request.path);
        let mut refused = None;
        let mut tries = 0;
        loop {
            self.pass_gate(&label, tries, until).await?;
            let token = self.token(&label, refused.as_ref(), until).await?;
            if !wanted() {
                return Err(no_answer(&label, Trouble::NoTimeLeft));
            }
            tries = tries.saturating_add(1);
            let raw = self.attempt(request, &label, token.as_ref(), tries, until).await?;
            match raw.status {
                // Nobody is told that a write is tried again which the limit holds back until its time is over.
                429 if request.method == Method::Get || self.shared.gate.opens(until).is_ok() => {
                    self.tell_of_limit(&label);
                }
                429 => {}
                401 if token.is_some() && refused.is_none() && is_unprocessed(request, &raw) => {
                    refused = token
                }
                _ => return understand(request, label, raw),
            }
        }
    }

    /// Sends a request that may be repeated without harm, a read above all, until there is an answer:
    /// through broken connections, servers in trouble, and answers that cannot be understood.
    ///
    /// # Errors
    ///
    /// An [`Error`] that another try would not change, or the last one before `until`. Where the rate limit
    /// allows nothing before, it ends then and not earlier.
    pub async fn look<A: DeserializeOwned>(
        &self,
        request: &Request<A>,
        until: Instant,
    ) -> Result<Answer<A>, Error> {
        let mut tries = 0;
        loop {
            match self.send(request, until).await {
                Ok(answer) => return Ok(answer),
                Err(error) if error.was_held_back() => {
                    tokio::time::sleep_until(until).await;
                    return Err(error);
                }
                Err(error) => self.pause(error, &mut tries, until).await?,
            }
        }
    }

    /// Waits before another try; hands the error back where that is of no use.
    async fn pause(&self, error: Error, tries: &mut u32, until: Instant) -> Result<(), Error> {
        *tries = tries.saturating_add(1);
        let delay = retry::delay(*tries, fastrand::f64());
        if !error.is_transient() || Instant::now() + delay >= until {
            return Err(error);
        }
        self.tell(&error);
        tokio::time::sleep(delay).await;
        Ok(())
    }

    /// Waits until the rate limit lets the next request through.
    async fn pass_gate(&self, label: &str, tries: u32, until: Instant) -> Result<(), Error> {
        match self.shared.gate.opens(until) {
            Err(()) => Err(no_answer(label, Trouble::RateLimited { tries })),
            Ok(None) => Ok(()),
            Ok(Some(opens)) => {
                tokio::time::sleep_until(opens).await;
                Ok(())
            }
        }
    }

    /// The access token to send, where the login is by one that is exchanged. To exchange twice does no
    /// harm, so that is tried until the end; the request itself is not sent before.
    async fn token(
        &self,
        label: &str,
        refused: Option<&Token>,
        until: Instant,
    ) -> Result<Option<Token>, Error> {
        let Shared { transport, login: Login::Oidc(tokens), gate } = &*self.shared else { return Ok(None) };
        let mut tries = 0_u32;
        loop {
            let fresh = tokens.fresh(transport, gate, refused, until);
            match tokio::time::timeout_at(until, fresh).await {
                Err(_) => return Err(CredentialError::NoAnswer("it took too long".to_owned()).into()),
                Ok(Ok(token)) => return Ok(Some(token)),
                Ok(Err(Error::NoAnswer { request, trouble: Trouble::LimitReached })) => {
                    self.tell_of_limit(&request);
                    tries = tries.saturating_add(1);
                    self.pass_gate(label, tries, until).await?;
                }
                Ok(Err(error @ Error::NoAnswer { .. })) => {
                    self.pause(error, &mut tries, until).await.map_err(not_logged_in)?;
                }
                Ok(Err(error)) => return Err(not_logged_in(error)),
            }
        }
    }

    async fn attempt<A>(
        &self,
        request: &Request<A>,
        label: &str,
        token: Option<&Token>,
        attempt: u32,
        until: Instant,
    ) -> Result<Raw, Error> {
        let Shared { transport, login, gate } = &*self.shared;
        let (name, value) = match (login, token) {
            (_, Some(token)) => credential::bearer(&token.text)?,
            (Login::Fixed(name, value), None) => (name.clone(), value.clone()),
            // A login by exchange always comes with a token.
            (Login::Oidc(_), None) => return Err(no_answer(label, Trouble::NoTimeLeft)),
        };
        let url = transport.server.join(&request.target())?;
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
        };
        let mut prepared = transport.http.request(method, url).header(name, value);
        prepared = match (&request.body, request.method) {
            (Some(body), _) => prepared.json(body),
            (None, Method::Get) => prepared,
            // Some servers and proxies refuse (411) a write that does not say that its body is empty.
            (None, Method::Post | Method::Put) => prepared.header(CONTENT_LENGTH, "0"),
        };
        let begun = Instant::now();
        let result = transport.exchange(prepared, label, until).await;
        let ms = begun.elapsed().as_millis();
        match &result {
            Ok(raw) => {
                let now = raw.server_time().unwrap_or_else(Timestamp::now);
                gate.note(raw.status, &raw.headers, now);
                tracing::debug!(method = %request.method, path = request.path, status = raw.status, ms, attempt);
            }
            Err(error) => {
                tracing::debug!(method = %request.method, path = request.path, %error, ms, attempt);
            }
        }
        result
    }

    fn tell_of_limit(&self, label: &str) {
        if self.shared.gate.is_news() {
            self.tell(&no_answer(label, Trouble::LimitReached));
        }
    }

    fn tell(&self, error: &Error) {
        if let Some(observer) = &self.on_trouble {
            observer(error);
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", self.server()).finish_non_exhaustive()
    }
}

fn no_answer(label: &str, trouble: Trouble) -> Error {
    Error::NoAnswer { request: label.to_owned(), trouble }
}

/// Trouble with the login is none with the request, which was not sent.
fn not_logged_in(error: Error) -> Error {
    match error {
        error if error.was_not_processed() => error,
        error if error.is_transient() => CredentialError::NoAnswer(error.to_string()).into(),
        error => CredentialError::NotExchanged(error.to_string()).into(),
    }
}

/// Whether a request that was answered with 401 may be sent again with another token. Something in front of the
/// server may say so of what the server has carried out.
fn is_unprocessed<A>(request: &Request<A>, raw: &Raw) -> bool {
    request.method == Method::Get || ApiError::read(&raw.body).is_octopus
}

/// What an answer means.
fn understand<A: DeserializeOwned>(
    asked: &Request<A>,
    request: String,
    raw: Raw,
) -> Result<Answer<A>, Error> {
    let Raw { status, ref body, .. } = raw;
    match status {
        200..300 => match value(asked, status, body) {
            Ok(value) => Ok(Answer { value, status, server_time: raw.server_time(), size: body.len() }),
            Err(trouble) => Err(Error::NoAnswer { request, trouble }),
        },
        300..400 => Err(Error::Redirected { status, request, location: raw.location() }),
        407 => {
            let text = format!("it wants a user name and a password (407): {}", ApiError::read(body));
            Err(Error::NoAnswer { request, trouble: Trouble::Connect(ConnectTrouble::Proxy(text)) })
        }
        408 | 500.. => {
            let text = server_text(body);
            Err(Error::NoAnswer { request, trouble: Trouble::Server { status, text } })
        }
        _ => Err(Error::Refused { status, request, error: ApiError::read(body) }),
    }
}

fn value<A: DeserializeOwned>(asked: &Request<A>, status: u16, body: &[u8]) -> Result<A, Trouble> {
    let text = body.trim_ascii();
    if text.is_empty() {
        let nothing = if asked.may_be_empty() { read(b"null").ok() } else { None };
        return nothing.ok_or(Trouble::Empty { status });
    }
    read(text).map_err(|error| match error.classify() {
        _ if is_html(text) => Trouble::Html { status, title: excerpt(text) },
        serde_json::error::Category::Eof => Trouble::Truncated { status },
        serde_json::error::Category::Data => Trouble::Unexpected { status, detail: without_place(&error) },
        _ => Trouble::NotJson { status, text: excerpt(text) },
    })
}

/// What does not fit, without the place, which tells nobody anything who does not see the text.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |it| it.0).to_owned()
}

/// What a server in trouble says; a page for people comes down to its title.
fn server_text(body: &[u8]) -> String {
    if body.trim_ascii().is_empty() { String::new() } else { ApiError::read(body).to_string() }
}
