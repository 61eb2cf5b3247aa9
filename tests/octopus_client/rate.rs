//! A server at its rate limit, and what else is no answer of the server's own: how often it is asked, and what is said.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use promenade::octopus::deployment::{DeployUntenantedV1, DeployV1};
use promenade::octopus::{
    Client, Credential, CredentialError, Error, JwtSource, Leave, OidcLogin, Once, Proxy, SendError,
    deployment, server,
};
use serde_json::json;
use tokio::time::Instant;
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{client, connection, later, soon, space};

fn deploy() -> Once<deployment::CreatedDeployments> {
    let body = DeployUntenantedV1 {
        environment_names: vec!["Staging".to_owned()],
        common: DeployV1 { project_name: "web-shop".to_owned(), ..DeployV1::default() },
    };
    deployment::create_untenanted_v1(&space(), &body)
}

async fn limited(retry_after: &str) -> MockServer {
    let octopus = MockServer::start().await;
    let answer = ResponseTemplate::new(429).insert_header("retry-after", retry_after);
    Mock::given(any()).respond_with(answer).mount(&octopus).await;
    octopus
}

async fn requests(octopus: &MockServer) -> usize {
    octopus.received_requests().await.unwrap().len()
}

/// The client, and what it tells of trouble.
fn telling(client: Client) -> (Client, Arc<Mutex<Vec<String>>>) {
    let told = Arc::<Mutex<Vec<String>>>::default();
    let list = Arc::clone(&told);
    let observer = move |error: &Error| list.lock().unwrap().push(error.to_string());
    (client.on_retry(Arc::new(observer)), told)
}

#[tokio::test]
async fn a_limit_without_a_time_or_with_one_in_the_past_is_asked_less_and_less_often() {
    for retry_after in ["0", "Fri, 01 May 2015 08:02:00 GMT", "soon"] {
        let octopus = limited(retry_after).await;
        let (client, told) = telling(client(&octopus));
        // At once, after 1 s and after 2 s more.
        let error = client.send_retrying(&server::root(), soon(3_500)).await.unwrap_err();
        assert!(error.was_held_back(), "{error}");
        assert!(requests(&octopus).await <= 3, "{retry_after}: {} requests", requests(&octopus).await);
        let told = told.lock().unwrap();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].ends_with("the server's rate limit is reached (429)"), "{told:?}");
    }
}

#[tokio::test]
async fn a_limit_beyond_all_measure_is_a_limit() {
    for retry_after in ["9223372036854775807", "18446744073709551615", "99999999999999999999999"] {
        let octopus = limited(retry_after).await;
        let client = client(&octopus);
        let begun = Instant::now();
        let error = client.send_retrying(&server::root(), soon(500)).await.unwrap_err();
        assert!(error.was_held_back() && begun.elapsed() >= Duration::from_millis(500), "{error}");
        assert_eq!(requests(&octopus).await, 1, "{retry_after}");
    }
}

fn by_token(octopus: &MockServer) -> Client {
    let mut connection = connection(&octopus.uri());
    let jwt = JwtSource::Text("jwt-HUNTER2".into());
    connection.credential = Credential::Oidc(OidcLogin { audience: "1c0f7e2a".to_owned(), jwt });
    Client::new(connection).unwrap()
}

/// Tells where tokens are exchanged, and answers the exchange so.
async fn exchanging(answer: ResponseTemplate) -> MockServer {
    let octopus = MockServer::start().await;
    let configuration = json!({ "token_endpoint": format!("{}/token/v1", octopus.uri()) });
    Mock::given(path("/.well-known/openid-configuration"))
        .respond_with(ResponseTemplate::new(200).set_body_json(configuration))
        .mount(&octopus)
        .await;
    Mock::given(path("/token/v1")).respond_with(answer).mount(&octopus).await;
    octopus
}

#[tokio::test]
async fn an_exchange_of_tokens_holds_back_as_long_as_the_server_says() {
    let octopus = exchanging(ResponseTemplate::new(429).insert_header("retry-after", "3600")).await;
    let (client, told) = telling(by_token(&octopus));
    let error = client.send_retrying(&server::me(), soon(1_500)).await.unwrap_err();
    assert!(error.was_held_back() && error.was_not_processed(), "{error}");
    assert_eq!(requests(&octopus).await, 2, "where, and once in exchange");
    assert_eq!(told.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_life_beyond_all_measure_is_a_life() {
    for life in [json!(u64::MAX), json!(u64::MAX.to_string()), json!(i64::MAX)] {
        let granted = json!({ "access_token": "ey1", "expires_in": life });
        let octopus = exchanging(ResponseTemplate::new(200).set_body_json(granted)).await;
        Mock::given(path("/api/users/me"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "Id": "Users-7" })))
            .mount(&octopus)
            .await;
        let client = by_token(&octopus);
        client.send(&server::me(), later()).await.unwrap();
        client.send(&server::me(), later()).await.unwrap();
        assert_eq!(requests(&octopus).await, 4, "one exchange serves both: {life}");
    }
}

#[tokio::test]
async fn a_page_or_a_redirect_in_place_of_an_exchange_is_no_refusal() {
    let page = "<html><title>Log in</title></html>";
    for answer in [
        ResponseTemplate::new(403).set_body_raw(page, "text/html"),
        ResponseTemplate::new(302).insert_header("location", "/login"),
        ResponseTemplate::new(200).set_body_raw(page, "text/html"),
    ] {
        let octopus = exchanging(answer).await;
        let error = by_token(&octopus).send_retrying(&server::me(), later()).await.unwrap_err();
        assert!(matches!(error, Error::Credential(CredentialError::NotExchanged(_))), "{error}");
        assert!(error.was_not_processed() && !error.is_a_no(), "{error}");
    }
}

#[tokio::test]
async fn a_401_in_other_words_than_the_servers_is_no_reason_to_send_a_write_again() {
    for (body, sent) in [(json!({ "ErrorMessage": "Log in." }), 2), (json!({ "error": "log in" }), 1)] {
        let granted = json!({ "access_token": "ey1", "expires_in": 3600 });
        let octopus = exchanging(ResponseTemplate::new(200).set_body_json(granted)).await;
        Mock::given(method("POST"))
            .and(path("/api/Spaces-1/deployments/create/untenanted/v1"))
            .respond_with(ResponseTemplate::new(401).set_body_json(&body))
            .expect(sent)
            .mount(&octopus)
            .await;
        let error = by_token(&octopus).send_once(&deploy(), &Leave::always(), later()).await.unwrap_err();
        assert_eq!(error.was_not_processed(), sent == 2, "{error}");
    }
}

#[tokio::test]
async fn every_error_on_the_way_through_a_proxy_names_it() {
    let proxy = MockServer::start().await;
    let address = proxy.uri();
    let client = |url: &str| {
        let mut behind = connection("http://octopus.invalid");
        behind.endpoint.proxy = Proxy::Url(url.into());
        behind.endpoint.read_limit = Duration::from_millis(300);
        Client::new(behind).unwrap()
    };
    let with_password = address.replace("http://", "http://ann:HUNTER2@");
    for answer in [
        ResponseTemplate::new(502),
        ResponseTemplate::new(403).set_body_raw("<html>Blocked</html>", "text/html"),
        ResponseTemplate::new(302),
        ResponseTemplate::new(407),
        ResponseTemplate::new(200).set_delay(Duration::from_secs(60)),
    ] {
        proxy.reset().await;
        Mock::given(any()).respond_with(answer).mount(&proxy).await;
        let error = client(&with_password).send_once(&deploy(), &Leave::always(), later()).await.unwrap_err();
        let said = error.to_string();
        assert!(said.contains(&address) && !said.contains("HUNTER2") && !said.contains("ann"), "{said}");
        assert!(!error.is_a_no(), "{said}");
    }
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = client(&format!("http://{nobody}")).send(&server::root(), later()).await.unwrap_err();
    assert!(error.to_string().contains(&format!("http://{nobody}")), "{error}");
}

#[tokio::test]
async fn a_proxy_that_wants_a_password_let_nothing_through() {
    let proxy = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(407)).expect(1).mount(&proxy).await;
    let mut behind = connection("http://octopus.invalid");
    behind.endpoint.proxy = Proxy::Url(proxy.uri().into());
    let error = Client::new(behind).unwrap().send_retrying(&server::root(), later()).await.unwrap_err();
    assert!(matches!(&error, Error::NoAnswer { error: SendError::Connect(_), .. }), "{error}");
    assert!(error.was_not_processed() && !error.is_transient());
    assert!(error.advice().unwrap().contains("user name and password"));
}
