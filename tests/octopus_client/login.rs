//! Logging in by the CI server's identity token.

use std::time::Duration;

use promenade::octopus::{Client, Credential, CredentialError, Error, JwtSource, OidcLogin, server};
use serde_json::json;
use wiremock::matchers::{body_json_string, body_partial_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{connection, later, soon};

fn client(octopus: &MockServer, jwt: JwtSource) -> Client {
    let mut connection = connection(&octopus.uri());
    connection.credential = Credential::Oidc(OidcLogin { audience: "1c0f7e2a".to_owned(), jwt });
    Client::new(connection).unwrap()
}

fn text() -> JwtSource {
    JwtSource::Text("jwt-HUNTER2".into())
}

async fn discovery(octopus: &MockServer, endpoint: &str) {
    let configuration = json!({ "issuer": "x", "token_endpoint": endpoint });
    Mock::given(method("GET"))
        .and(path("/.well-known/openid-configuration"))
        .respond_with(ResponseTemplate::new(200).set_body_json(configuration))
        .mount(octopus)
        .await;
}

/// Exchanges the identity token `jwt` for the access token `access`.
async fn exchange(octopus: &MockServer, jwt: &str, access: &str, life: serde_json::Value, times: u64) {
    let granted = json!({ "access_token": access, "token_type": "Bearer", "expires_in": life });
    Mock::given(method("POST"))
        .and(path("/token/v1"))
        .and(body_partial_json(json!({
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "audience": "1c0f7e2a",
            "subject_token": jwt,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        })))
        .respond_with(ResponseTemplate::new(200).set_body_json(granted))
        .up_to_n_times(times)
        .mount(octopus)
        .await;
}

/// Answers whoever comes with this access token, so many times.
async fn welcome(octopus: &MockServer, access: &str, times: u64) {
    Mock::given(path("/api/users/me"))
        .and(header("authorization", format!("Bearer {access}").as_str()))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "Id": "Users-7" })))
        .up_to_n_times(times)
        .mount(octopus)
        .await;
}

async fn turn_away(octopus: &MockServer) {
    Mock::given(path("/api/users/me"))
        .respond_with(ResponseTemplate::new(401).set_body_json(json!({ "ErrorMessage": "No." })))
        .with_priority(9)
        .mount(octopus)
        .await;
}

async fn exchanges(octopus: &MockServer) -> usize {
    let requests = octopus.received_requests().await.unwrap();
    requests.iter().filter(|it| it.url.path() == "/token/v1").count()
}

#[tokio::test]
async fn one_exchange_serves_many_requests_at_once() {
    let octopus = MockServer::start().await;
    discovery(&octopus, &format!("{}/token/v1", octopus.uri())).await;
    exchange(&octopus, "jwt-HUNTER2", "ey1", json!("3600"), 9).await;
    welcome(&octopus, "ey1", 9).await;
    let client = client(&octopus, text());
    let me = server::me();
    let (one, two, three) =
        tokio::join!(client.send(&me, later()), client.send(&me, later()), client.send(&me, later()));
    for answer in [one, two, three] {
        answer.unwrap();
    }
    assert_eq!(exchanges(&octopus).await, 1);
    let requests = octopus.received_requests().await.unwrap();
    let asked = requests.iter().filter(|it| it.url.path() == "/api/users/me");
    assert!(asked.clone().all(|it| !it.headers.contains_key("x-octopus-apikey")));
}

#[tokio::test]
async fn a_401_leads_to_one_more_exchange_with_a_fresh_identity_token() {
    let octopus = MockServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwt");
    std::fs::write(&file, "first\n").unwrap();
    discovery(&octopus, &format!("{}/token/v1", octopus.uri())).await;
    exchange(&octopus, "first", "ey1", json!(3600), 9).await;
    exchange(&octopus, "second", "ey2", json!(3600), 9).await;
    welcome(&octopus, "ey1", 1).await;
    welcome(&octopus, "ey2", 1).await;
    turn_away(&octopus).await;

    let client = client(&octopus, JwtSource::File(file.clone()));
    client.send(&server::me(), later()).await.unwrap();
    std::fs::write(&file, "second\n").unwrap();
    client.send(&server::me(), later()).await.unwrap();
    assert_eq!(exchanges(&octopus).await, 2);

    let error = client.send(&server::me(), later()).await.unwrap_err();
    assert_eq!(error.status(), Some(401));
    assert_eq!(exchanges(&octopus).await, 3, "once more, and not again");
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let octopus = MockServer::start().await;
    discovery(&octopus, &format!("{}/token/v1", octopus.uri())).await;
    exchange(&octopus, "jwt-HUNTER2", "ey1", json!(0), 9).await;
    welcome(&octopus, "ey1", 9).await;
    let client = client(&octopus, text());
    client.send(&server::me(), later()).await.unwrap();
    client.send(&server::me(), later()).await.unwrap();
    assert_eq!(exchanges(&octopus).await, 2);
}

#[tokio::test]
async fn the_exchange_is_where_discovery_says_in_either_reading() {
    for endpoint in ["/token/v1", "/api/token/v1"] {
        let octopus = MockServer::start().await;
        let configuration = example("1.2-openid-configuration")
            .replace("https://octo.example/token/v1", &format!("{}{endpoint}", octopus.uri()));
        Mock::given(path("/.well-known/openid-configuration"))
            .respond_with(ResponseTemplate::new(200).set_body_raw(configuration, "application/json"))
            .mount(&octopus)
            .await;
        Mock::given(method("POST"))
            .and(path(endpoint))
            .and(body_json_string(example("1.2-token-exchange-request")))
            .respond_with(
                ResponseTemplate::new(200).set_body_raw(example("1.2-token-exchange"), "application/json"),
            )
            .expect(1)
            .mount(&octopus)
            .await;
        welcome(&octopus, "eyJ", 1).await;
        let mut connection = connection(&octopus.uri());
        connection.credential = Credential::Oidc(OidcLogin {
            audience: "1c0f7e2a-5a0f-4a1e-9f0e-5c2f8f3b1d77".to_owned(),
            jwt: JwtSource::Text("the-ci-systems-jwt".into()),
        });
        Client::new(connection).unwrap().send(&server::me(), later()).await.unwrap();
    }
}

fn example(name: &str) -> String {
    crate::examples::text(name)
}

#[tokio::test]
async fn a_refused_exchange_says_why_and_shows_no_token() {
    let octopus = MockServer::start().await;
    discovery(&octopus, &format!("{}/token/v1", octopus.uri())).await;
    Mock::given(path("/token/v1"))
        .respond_with(
            ResponseTemplate::new(400).set_body_raw(example("1.2-token-exchange-error"), "application/json"),
        )
        .mount(&octopus)
        .await;
    let error = client(&octopus, text()).send_retrying(&server::me(), later()).await.unwrap_err();
    assert!(matches!(error, Error::Credential(CredentialError::ExchangeRefused { status: 400, .. })));
    assert!(error.to_string().contains("invalid_request: The audience is unknown."));
    assert!(!format!("{error:?}").contains("HUNTER2"));
    assert!(error.advice().unwrap().contains("audience"));
}

#[tokio::test]
async fn an_identity_token_goes_to_no_other_server() {
    let (octopus, elsewhere) = (MockServer::start().await, MockServer::start().await);
    discovery(&octopus, &format!("{}/token/v1", elsewhere.uri())).await;
    let error = client(&octopus, text()).send_retrying(&server::me(), later()).await.unwrap_err();
    assert!(matches!(error, Error::Credential(CredentialError::Discovery(_))), "{error}");
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn trouble_during_the_exchange_is_got_over_since_nothing_else_was_sent() {
    let octopus = MockServer::start().await;
    discovery(&octopus, &format!("{}/token/v1", octopus.uri())).await;
    Mock::given(path("/token/v1"))
        .respond_with(ResponseTemplate::new(503))
        .up_to_n_times(1)
        .with_priority(1)
        .mount(&octopus)
        .await;
    exchange(&octopus, "jwt-HUNTER2", "ey1", json!(3600), 9).await;
    welcome(&octopus, "ey1", 9).await;
    client(&octopus, text()).send(&server::me(), later()).await.unwrap();
    assert_eq!(exchanges(&octopus).await, 2);
}

#[tokio::test]
async fn an_exchange_that_never_answers_is_not_taken_for_a_lost_request() {
    let octopus = MockServer::start().await;
    discovery(&octopus, &format!("{}/token/v1", octopus.uri())).await;
    let hang = ResponseTemplate::new(200).set_delay(Duration::from_secs(60));
    Mock::given(path("/token/v1")).respond_with(hang).mount(&octopus).await;
    let error = client(&octopus, text()).send(&server::me(), soon(200)).await.unwrap_err();
    assert!(error.was_not_processed() && error.is_transient(), "{error}");
}
