//! Exchanges the CI server's identity token for an access token, and keeps that one fresh.
//!
//! Discovery says where tokens are exchanged, as servers differ in it. The endpoint must be on the
//! configured server itself: the identity token goes nowhere else.

use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::api_error::ApiError;
use super::connection::SecretObserver;
use super::credential::OidcLogin;
use super::credential_error::CredentialError;
use super::error::Error;
use crate::http::{self, Method, Raw, SendError, after};

/// Where the server publishes its OpenID configuration.
const DISCOVERY: &str = "/.well-known/openid-configuration";

/// The lifetime of a token for which the server names none. A shorter one shows as a 401.
const DEFAULT_TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

/// An access token and where it is exchanged for the next.
pub(super) struct Tokens {
    login: OidcLogin,
    on_secret: Option<SecretObserver>,
    // Held during an exchange, so that requests side by side wait for one exchange and share it.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    endpoint: Option<Url>,
    token: Option<Token>,
    exchanges: u64,
}

/// An access token in use.
#[derive(Clone)]
pub(super) struct Token {
    /// The token as it is sent.
    pub(super) text: SecretString,
    /// Which exchange it came from.
    number: u64,
    renew_at: Instant,
}

impl Tokens {
    pub(super) fn new(login: OidcLogin, on_secret: Option<SecretObserver>) -> Self {
        Self { login, on_secret, state: Mutex::default() }
    }

    /// A token that is fresh by its own account; `refused` is one that the server did not take, however
    /// fresh it looks.
    pub(super) async fn fresh(
        &self,
        http: &http::Client,
        refused: Option<&Token>,
        until: Instant,
    ) -> Result<Token, Error> {
        let mut state = self.state.lock().await;
        if let Some(token) = &state.token
            && Instant::now() < token.renew_at
            && refused.is_none_or(|it| it.number != token.number)
        {
            return Ok(token.clone());
        }
        state.token = None;
        let endpoint = match &state.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => state.endpoint.insert(discover(http, until).await?).clone(),
        };
        let jwt = self.login.jwt.read().await?;
        self.report(&jwt);
        let asked = Instant::now();
        let grant = exchange(http, endpoint, &self.login.audience, &jwt, until).await?;
        self.report(&grant.token);
        state.exchanges += 1;
        let renew_at = after(asked, renew_after(grant.lifetime));
        let token = Token { text: grant.token, number: state.exchanges, renew_at };
        state.token = Some(token.clone());
        Ok(token)
    }

    fn report(&self, secret: &SecretString) {
        if let Some(observer) = &self.on_secret {
            observer(secret);
        }
    }
}

async fn discover(http: &http::Client, until: Instant) -> Result<Url, Error> {
    let label = http.label(Method::Get, DISCOVERY);
    let url = http.server().join(DISCOVERY).ok_or_else(|| Error::Path(DISCOVERY.to_owned()))?;
    let raw = send(http, Method::Get, url, None, &label, until).await?;
    let endpoint = endpoint(&raw).map_err(CredentialError::Discovery)?;
    if http.server().is_origin_of(&endpoint) {
        return Ok(endpoint);
    }
    let elsewhere = endpoint.origin().ascii_serialization();
    let reason = format!("tokens are exchanged at {elsewhere}, which is not the configured server");
    Err(CredentialError::Discovery(reason).into())
}

async fn exchange(
    http: &http::Client,
    endpoint: Url,
    audience: &str,
    jwt: &SecretString,
    until: Instant,
) -> Result<Grant, Error> {
    let label = http.label(Method::Post, endpoint.path());
    let body = json!({
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "audience": audience,
        "subject_token": jwt.expose_secret(),
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
    });
    let raw = send(http, Method::Post, endpoint, Some(&body), &label, until).await?;
    grant(&raw).map_err(Error::from)
}

/// Sends a request of the exchange. A failure that may pass, and an answer that is not the server's, are errors.
async fn send(
    http: &http::Client,
    method: Method,
    url: Url,
    body: Option<&Value>,
    label: &str,
    until: Instant,
) -> Result<Raw, Error> {
    let raw = http.send_anonymously(method, url, body, until).await;
    let raw = raw.map_err(|error| Error::of_sending(label, error))?;
    let status = raw.status;
    match status {
        429 => Err(Error::of_sending(label, SendError::LimitReached)),
        300..400 => Err(Error::Redirected { status, request: label.to_owned(), location: raw.location() }),
        408 | 500.. => {
            let text = ApiError::read(&raw.body).to_string();
            Err(Error::of_sending(label, SendError::Server { status, text }))
        }
        _ => Ok(raw),
    }
}

/// What a successful exchange gives.
#[derive(Debug)]
struct Grant {
    token: SecretString,
    lifetime: Duration,
}

fn endpoint(raw: &Raw) -> Result<Url, String> {
    #[derive(Deserialize)]
    struct Configuration {
        token_endpoint: String,
    }
    if raw.status != 200 {
        return Err(format!("the server answered {}", raw.status));
    }
    let read: Configuration =
        serde_json::from_slice(&raw.body).map_err(|_| "it names no token endpoint".to_owned())?;
    Url::parse(&read.token_endpoint).map_err(|_| "the token endpoint is not a URL".to_owned())
}

fn grant(raw: &Raw) -> Result<Grant, CredentialError> {
    #[derive(Deserialize)]
    struct Granted {
        access_token: SecretString,
        expires_in: Option<Value>,
    }
    let status = raw.status;
    if status != 200 {
        return Err(match reason(&raw.body) {
            Some(reason) => CredentialError::ExchangeRefused { status, reason },
            None => {
                let text = ApiError::read(&raw.body);
                CredentialError::NotExchanged(format!(
                    "the answer was {status}, not in the server's words: {text}"
                ))
            }
        });
    }
    let granted: Granted = serde_json::from_slice(&raw.body)
        .map_err(|_| CredentialError::NotExchanged("the answer holds no access token".to_owned()))?;
    let lifetime = granted.expires_in.as_ref().and_then(seconds).unwrap_or(DEFAULT_TOKEN_LIFETIME);
    Ok(Grant { token: granted.access_token, lifetime })
}

/// A number, or text that is one.
fn seconds(value: &Value) -> Option<Duration> {
    let number = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Some(Duration::from_secs(number))
}

/// Why an exchange was refused: in the words of OAuth, or as older servers put it; nothing where it was not the server
/// that answered.
fn reason(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
        #[serde(default)]
        error_description: String,
    }
    match serde_json::from_slice::<Refusal>(body) {
        Ok(Refusal { error, error_description }) if error_description.is_empty() => Some(error),
        Ok(Refusal { error, error_description }) => Some(format!("{error}: {error_description}")),
        Err(_) => Some(ApiError::read(body)).filter(|it| it.is_octopus).map(|it| it.to_string()),
    }
}

/// When a token is renewed: 30 s before it ends, or after nine tenths of a short lifetime.
fn renew_after(lifetime: Duration) -> Duration {
    lifetime - Duration::from_secs(30).min(lifetime / 10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::*;

    fn raw(status: u16, body: &str) -> Raw {
        Raw::new(status, body)
    }

    #[test]
    fn the_lifetime_of_a_token_is_a_number_or_text() {
        for expires_in in ["3600", "\"3600\""] {
            let body = format!(r#"{{"access_token":"ey1","token_type":"Bearer","expires_in":{expires_in}}}"#);
            let grant = grant(&raw(200, &body)).unwrap();
            assert_eq!(grant.lifetime, Duration::from_secs(3600));
            assert_eq!(grant.token.expose_secret(), "ey1");
        }
        assert_eq!(grant(&raw(200, r#"{"access_token":"e"}"#)).unwrap().lifetime, DEFAULT_TOKEN_LIFETIME);
        assert!(grant(&raw(200, r#"{"token":"e"}"#)).is_err());
    }

    #[test]
    fn a_token_is_renewed_before_it_ends() {
        assert_eq!(renew_after(Duration::from_secs(3600)), Duration::from_secs(3570));
        assert_eq!(renew_after(Duration::from_secs(60)), Duration::from_secs(54));
        assert_eq!(renew_after(Duration::ZERO), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn no_lifetime_of_a_token_is_too_long(seconds: u64, as_text: bool) {
            let quote = if as_text { "\"" } else { "" };
            let body = format!(r#"{{"access_token":"e","expires_in":{quote}{seconds}{quote}}}"#);
            let lifetime = grant(&raw(200, &body)).unwrap().lifetime;
            assert_eq!(lifetime.as_secs(), seconds);
            let now = Instant::now();
            let renewed = after(now, renew_after(lifetime));
            assert!(renewed > now || seconds == 0);
        }
    }

    #[test]
    fn a_lifetime_that_is_not_a_number_is_the_default() {
        for expires_in in ["-1", "1e30", "99999999999999999999", "\"soon\"", "null", "{}", "[]"] {
            let body = format!(r#"{{"access_token":"e","expires_in":{expires_in}}}"#);
            assert_eq!(grant(&raw(200, &body)).unwrap().lifetime, DEFAULT_TOKEN_LIFETIME, "{expires_in}");
        }
    }

    #[test]
    fn a_page_is_no_refusal_of_the_server() {
        for body in ["<html><title>Log in</title></html>", "", "{}", "no"] {
            let error = grant(&raw(403, body)).unwrap_err();
            assert!(matches!(error, CredentialError::NotExchanged(_)), "{body}: {error}");
        }
        let error = grant(&raw(200, "<html>")).unwrap_err();
        assert!(matches!(error, CredentialError::NotExchanged(_)), "{error}");
    }

    #[test]
    fn both_forms_of_a_refusal_are_read() {
        let oauth = raw(400, r#"{"error":"invalid_request","error_description":"The audience is unknown."}"#);
        let error = grant(&oauth).unwrap_err().to_string();
        assert!(error.ends_with("(400): invalid_request: The audience is unknown."), "{error}");
        let octopus = raw(400, r#"{"ErrorMessage":"No service account.","Errors":["Check the audience."]}"#);
        let error = grant(&octopus).unwrap_err().to_string();
        assert!(error.ends_with("(400): No service account. Check the audience."), "{error}");
    }

    #[test]
    fn discovery_names_the_endpoint_or_says_why_not() {
        let found =
            raw(200, r#"{"issuer":"https://o.example","token_endpoint":"https://o.example/token/v1"}"#);
        assert_eq!(endpoint(&found).unwrap().path(), "/token/v1");
        assert!(endpoint(&raw(404, "")).unwrap_err().contains("404"));
        assert!(endpoint(&raw(200, "<html>")).is_err());
        assert!(endpoint(&raw(200, r#"{"token_endpoint":"/token"}"#)).is_err());
    }
}
