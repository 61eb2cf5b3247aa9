//! A client of one server: sends requests, one at a time, and keeps the server's rate limit.

use std::fmt;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;
use tokio::time::{Instant, sleep_until};

use super::connector;
use super::endpoint::Endpoint;
use super::endpoint_error::EndpointError;
use super::error::SendError;
use super::gate::Gate;
use super::leave::Leave;
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
    /// A client for this endpoint. `holds` reads the rate limit from an answer; [`Hold::standard`] reads HTTP's own
    /// headers. Nothing is sent yet.
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
        self.send_with(request, headers, &Leave::always(), until).await
    }

    /// Does the same with leave. A request with a body is sent only if the leave is given when the connection stands
    /// and its bytes are about to be written, whichever connection that is. A request without a body has nothing that
    /// could be kept back at that moment, so its leave is asked for only before the connection: it must be one that
    /// may be carried out late or twice.
    ///
    /// # Errors
    ///
    /// As [`Client::send`]; [`SendError::Withheld`] if the leave was not given, and then nothing was sent.
    pub async fn send_with<A>(
        &self,
        request: &Request<A>,
        headers: HeaderMap,
        leave: &Leave,
        until: Instant,
    ) -> Result<Raw, SendError> {
        let target = request.target();
        let url = self.server.join(&target).ok_or(SendError::Path(target))?;
        let raw = self.exchange(request.method, url, headers, request.body.as_ref(), leave, until).await?;
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
        let leave = Leave::always();
        let raw = self.exchange(method, url, HeaderMap::new(), body, &leave, until).await?;
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
        leave: &Leave,
        until: Instant,
    ) -> Result<Raw, SendError> {
        if !leave.is_given() {
            return Err(SendError::Withheld);
        }
        let verb = match method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
        };
        let prepared = self.pool.request(verb, url).headers(headers);
        let (prepared, gate) = match (body, method) {
            (Some(body), _) => {
                let (gate, gated) = Gate::new(leave.clone(), body.to_string().into_bytes());
                let json = HeaderValue::from_static("application/json");
                (prepared.header(CONTENT_TYPE, json).body(reqwest::Body::wrap(gated)), Some(gate))
            }
            (None, Method::Get) => (prepared, None),
            // Some servers and proxies refuse (411) a write that does not say that its body is empty.
            (None, Method::Post | Method::Put) => (prepared.header(CONTENT_LENGTH, "0"), None),
        };
        self.transport.exchange(prepared, gate.as_deref(), until).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", &self.server).finish_non_exhaustive()
    }
}

/// The room on its own: a small client of an API that is not Octopus, against servers on the loopback interface.
#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use reqwest::header::{HeaderName, HeaderValue};
    use serde_json::json;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::time::sleep;
    use wiremock::matchers::{any, method, path, query_param};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;
    use crate::http::{Backoff, ConnectError, Proxy, excerpt};

    /// A client of a depot of packages: one fixed header, a rate limit in its own words, reads that are repeated.
    struct Depot {
        http: Client,
        sent: AtomicUsize,
    }

    impl Depot {
        fn new(endpoint: &Endpoint) -> Self {
            Self { http: Client::new(endpoint, holds).unwrap(), sent: AtomicUsize::new(0) }
        }

        fn at(url: &str) -> Self {
            Self::new(&endpoint(url))
        }

        async fn send<A>(&self, request: &Request<A>, until: Instant) -> Result<Raw, SendError> {
            self.sent.fetch_add(1, Ordering::Relaxed);
            let login = (HeaderName::from_static("x-depot-key"), HeaderValue::from_static("HUNTER2"));
            self.http.send(request, HeaderMap::from_iter([login]), until).await
        }

        /// Reads until there is an answer.
        async fn read(
            &self,
            request: &Request<Vec<String>>,
            until: Instant,
        ) -> Result<Vec<String>, SendError> {
            let (mut backoff, mut tries) = (Backoff::default(), 0);
            loop {
                self.http.ready(tries, until).await?;
                tries += 1;
                let error = match self.send(request, until).await {
                    Ok(raw) if raw.status == 429 => continue,
                    Ok(Raw { status, body, .. }) if status < 300 => match serde_json::from_slice(&body) {
                        Ok(answer) => return Ok(answer),
                        Err(error) => SendError::of_body(status, &body, &error),
                    },
                    Ok(Raw { status, body, .. }) => SendError::Server { status, text: excerpt(&body) },
                    Err(error) => error,
                };
                match backoff.next_wait(until) {
                    Some(wait) if error.is_transient() => sleep(wait).await,
                    _ => return Err(error),
                }
            }
        }
    }

    /// The depot's own headers beside HTTP's.
    fn holds(raw: &Raw) -> Option<Hold> {
        let number = |name| raw.header(name)?.parse().ok();
        Hold::standard(raw).or_else(|| {
            Hold::spread(number("x-depot-left")?, Duration::from_millis(number("x-depot-reset-ms")?))
        })
    }

    fn endpoint(url: &str) -> Endpoint {
        let mut endpoint = Endpoint::new(ServerUrl::parse(url).unwrap());
        endpoint.proxy = Proxy::None;
        endpoint
    }

    fn packages() -> Request<Vec<String>> {
        Request::get("/v2/packages")
    }

    fn listed() -> ResponseTemplate {
        ResponseTemplate::new(200).set_body_json(json!(["web", "shop"]))
    }

    fn soon(ms: u64) -> Instant {
        Instant::now() + Duration::from_millis(ms)
    }

    /// A deadline that no test is meant to reach.
    fn later() -> Instant {
        soon(30_000)
    }

    /// A server that gives these answers in turn, and the last one from then on.
    async fn depot(answers: Vec<ResponseTemplate>) -> MockServer {
        let server = MockServer::start().await;
        let last = answers.len() - 1;
        for (at, answer) in answers.into_iter().enumerate() {
            let mock = Mock::given(any()).respond_with(answer);
            let mock = if at == last { mock } else { mock.up_to_n_times(1) };
            mock.with_priority(u8::try_from(at + 1).unwrap()).mount(&server).await;
        }
        server
    }

    async fn requests(server: &MockServer) -> usize {
        server.received_requests().await.unwrap().len()
    }

    #[tokio::test]
    async fn a_request_carries_base_path_query_and_the_headers_it_is_given() {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .and(path("/depot/v2/packages"))
            .and(query_param("name", "Web & Shop"))
            .respond_with(listed())
            .expect(1)
            .mount(&server)
            .await;
        let depot = Depot::at(&format!("{}/depot/", server.uri()));
        let raw = depot.send(&packages().with("name", "Web & Shop"), later()).await.unwrap();
        assert_eq!((raw.status, raw.header("content-type")), (200, Some("application/json")));
        let headers = server.received_requests().await.unwrap().remove(0).headers;
        assert_eq!(headers["x-depot-key"], "HUNTER2");
        assert!(headers["user-agent"].to_str().unwrap().starts_with("promenade/"));
    }

    #[tokio::test]
    async fn any_status_is_an_answer_and_no_redirect_is_followed() {
        for status in [204, 302, 401, 404, 407, 418, 500, 503] {
            let answer = ResponseTemplate::new(status).insert_header("location", "http://depot.invalid/?t=1");
            let server = depot(vec![answer]).await;
            let raw = Depot::at(&server.uri()).send(&packages(), later()).await.unwrap();
            assert_eq!((raw.status, raw.location().as_str()), (status, "http://depot.invalid/"));
            assert_eq!(requests(&server).await, 1);
        }
    }

    #[tokio::test]
    async fn a_read_is_repeated_until_there_is_an_answer() {
        let page = ResponseTemplate::new(200).set_body_raw("<html>log in</html>", "text/html");
        let server = depot(vec![ResponseTemplate::new(502), page, listed()]).await;
        let found = Depot::at(&server.uri()).read(&packages(), later()).await.unwrap();
        assert_eq!(found, ["web", "shop"]);
        assert_eq!(requests(&server).await, 3);
    }

    #[tokio::test]
    async fn the_tries_end_with_the_time_and_the_last_error() {
        let server = depot(vec![ResponseTemplate::new(502).set_body_string("Bad gateway")]).await;
        let begun = Instant::now();
        let error = Depot::at(&server.uri()).read(&packages(), soon(600)).await.unwrap_err();
        assert_eq!(error, SendError::Server { status: 502, text: "Bad gateway".to_owned() });
        assert!(begun.elapsed() < Duration::from_secs(3) && requests(&server).await > 1);
    }

    #[tokio::test]
    async fn a_reached_limit_holds_the_whole_client_back_for_as_long_as_the_server_says() {
        let limited = ResponseTemplate::new(429).insert_header("retry-after", "1");
        let server = depot(vec![limited, listed()]).await;
        let depot = Depot::at(&server.uri());
        let begun = Instant::now();
        assert_eq!(depot.read(&packages(), later()).await.unwrap().len(), 2);
        assert!(begun.elapsed() >= Duration::from_millis(950), "{:?}", begun.elapsed());
        assert_eq!(requests(&server).await, 2);
    }

    #[tokio::test]
    async fn a_limit_that_outlasts_the_time_is_an_error_at_once() {
        let server = depot(vec![ResponseTemplate::new(429).insert_header("retry-after", "60")]).await;
        let depot = Depot::at(&server.uri());
        let begun = Instant::now();
        let error = depot.read(&packages(), soon(20_000)).await.unwrap_err();
        assert_eq!(error, SendError::RateLimited { tries: 1 });
        assert!(error.was_not_processed() && begun.elapsed() < Duration::from_secs(10));
        assert_eq!(depot.read(&packages(), soon(20_000)).await, Err(SendError::RateLimited { tries: 0 }));
        assert_eq!(requests(&server).await, 1, "the whole client holds back");
    }

    #[tokio::test]
    async fn an_api_may_have_headers_of_its_own_for_a_limit_that_is_near() {
        let near = listed().insert_header("x-depot-left", "1").insert_header("x-depot-reset-ms", "800");
        let server = depot(vec![near, listed()]).await;
        let depot = Depot::at(&server.uri());
        depot.read(&packages(), later()).await.unwrap();
        let begun = Instant::now();
        depot.read(&packages(), later()).await.unwrap();
        let held = begun.elapsed();
        assert!(held >= Duration::from_millis(300) && held < Duration::from_secs(10), "half of it: {held:?}");
    }

    #[tokio::test]
    async fn what_is_sent_without_a_credential_notes_a_reached_limit_alone() {
        let near = listed().insert_header("x-depot-left", "0").insert_header("x-depot-reset-ms", "60000");
        let reached = ResponseTemplate::new(429).insert_header("retry-after", "60");
        let server = depot(vec![near, reached]).await;
        let http = Depot::at(&server.uri()).http;
        let url = http.server().join("/token").unwrap();
        let body = json!({ "grant": "exchange" });
        let send = || http.send_anonymously(Method::Post, url.clone(), Some(&body), later());
        assert_eq!(send().await.unwrap().status, 200);
        assert_eq!(http.limiter().opens(later() + Duration::from_secs(600)), Ok(None));
        assert_eq!(send().await.unwrap().status, 429);
        assert!(http.limiter().opens(later()).is_err());
        for request in server.received_requests().await.unwrap() {
            assert!(!request.headers.contains_key("x-depot-key"));
            assert_eq!(request.body_json::<serde_json::Value>().unwrap(), body);
        }
    }

    #[tokio::test]
    async fn a_proxy_that_refuses_is_an_error_that_names_it_without_its_password() {
        let proxy = depot(vec![ResponseTemplate::new(407)]).await;
        let mut behind = endpoint("https://depot.invalid");
        behind.proxy = Proxy::Url(proxy.uri().replace("http://", "http://ann:HUNTER2@").into());
        let depot = Depot::new(&behind);
        let error = depot.read(&packages(), later()).await.unwrap_err();
        assert!(matches!(&error, SendError::Connect(ConnectError::Proxy(_))), "{error:?}");
        assert!(error.was_not_processed() && !error.is_transient());
        assert_eq!(depot.sent.load(Ordering::Relaxed), 1);
        let label = depot.http.label(Method::Get, "/v2/packages");
        assert_eq!(label, format!("GET /v2/packages (by way of the proxy {})", proxy.uri()));
    }

    #[tokio::test]
    async fn a_proxy_where_nothing_listens_may_come_back() {
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut behind = endpoint("http://depot.invalid");
        behind.proxy = Proxy::Url(format!("http://{address}").into());
        let error = Depot::new(&behind).send(&packages(), later()).await.unwrap_err();
        assert!(matches!(error, SendError::Connect(_)) && error.is_transient(), "{error:?}");
    }

    #[tokio::test]
    async fn a_body_that_announces_too_much_is_not_read() {
        let server =
            depot(vec![ResponseTemplate::new(200).set_body_bytes(vec![b'1'; 17 * 1024 * 1024])]).await;
        let error = Depot::at(&server.uri()).read(&packages(), later()).await.unwrap_err();
        assert_eq!(error, SendError::TooLarge { limit: 16 * 1024 * 1024 });
        assert_eq!(requests(&server).await, 1);
    }

    #[tokio::test]
    async fn a_body_without_an_end_is_not_read_to_its_end() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let written = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&written);
        let serving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while stream.write_all(&[b'1'; 64 * 1024]).await.is_ok() {
                count.fetch_add(64 * 1024, Ordering::Relaxed);
            }
        });
        let error = Depot::at(&url).send(&packages(), later()).await.unwrap_err();
        assert_eq!(error, SendError::TooLarge { limit: 16 * 1024 * 1024 });
        serving.await.unwrap();
        assert!(written.load(Ordering::Relaxed) < 64 * 1024 * 1024, "the connection ends with the answer");
    }

    #[tokio::test]
    async fn a_request_that_hangs_is_bounded_by_limit_and_deadline() {
        let server = depot(vec![listed().set_delay(Duration::from_secs(60))]).await;
        let mut short = endpoint(&server.uri());
        short.read_limit = Duration::from_millis(50);
        let error = Depot::new(&short).send(&packages(), later()).await.unwrap_err();
        assert_eq!(error, SendError::TimedOut(Duration::from_millis(50)));
        let error = Depot::at(&server.uri()).send(&packages(), soon(50)).await.unwrap_err();
        assert!(
            matches!(error, SendError::TimedOut(limit) if limit <= Duration::from_millis(50)),
            "{error:?}"
        );
        let error = Depot::at(&server.uri()).send(&packages(), Instant::now()).await.unwrap_err();
        assert_eq!(error, SendError::NoTimeLeft);
        assert_eq!(requests(&server).await, 2);
    }

    #[tokio::test]
    async fn a_path_that_leads_elsewhere_is_not_sent() {
        let server = depot(vec![listed()]).await;
        let request = Request::<()>::get("/v2/packages/..");
        let error = Depot::at(&server.uri()).send(&request, later()).await.unwrap_err();
        assert_eq!(error, SendError::Path("/v2/packages/..".to_owned()));
        assert!(!error.is_transient() && requests(&server).await == 0);
    }

    #[test]
    fn settings_that_cannot_be_used_are_refused_before_anything_is_sent() {
        let refused = |change: fn(&mut Endpoint)| {
            let mut endpoint = endpoint("https://depot.invalid");
            change(&mut endpoint);
            Client::new(&endpoint, Hold::standard).unwrap_err()
        };
        let error = refused(|it| it.extra_ca = Some(b"not a certificate".to_vec()));
        assert!(matches!(error, EndpointError::ExtraCa), "{error}");
        let error = refused(|it| it.client_certificate = Some("HUNTER2".into()));
        assert!(matches!(error, EndpointError::ClientCertificate), "{error}");
        let error = refused(|it| it.proxy = Proxy::Url("socks5://HUNTER2".into()));
        assert!(matches!(error, EndpointError::Proxy), "{error}");
        let error = refused(|it| it.user_agent = "a\nb".to_owned());
        assert!(matches!(error, EndpointError::UserAgent), "{error}");
    }
}
