//! What is sent, and how clean answers are read.

use promenade::octopus::release::CreateReleaseV1;
use promenade::octopus::{Client, Credential, Error, interruption, release, server, space as spaces};
use serde_json::json;
use wiremock::matchers::{any, body_json, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{client, connection, later, space};

fn root() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({ "Version": "2026.2.4711" }))
}

#[tokio::test]
async fn an_api_key_is_one_header() {
    let octopus = MockServer::start().await;
    Mock::given(method("GET")).and(path("/api")).respond_with(root()).expect(1).mount(&octopus).await;
    let answer = client(&octopus).send(&server::root(), later()).await.unwrap();
    assert_eq!((answer.value.version.as_str(), answer.status), ("2026.2.4711", 200));

    let headers = octopus.received_requests().await.unwrap().remove(0).headers;
    assert_eq!(headers["x-octopus-apikey"], "API-HUNTER2");
    assert!(!headers.contains_key("authorization"));
    assert_eq!(headers["accept"], "application/json");
    assert!(headers["user-agent"].to_str().unwrap().starts_with("promenade/"));
}

#[tokio::test]
async fn an_access_token_is_the_other_header() {
    let octopus = MockServer::start().await;
    Mock::given(any()).respond_with(root()).mount(&octopus).await;
    let mut connection = connection(&octopus.uri());
    connection.credential = Credential::AccessToken("ey1".into());
    connection.endpoint.user_agent = "promenade/1 (linux; x86_64) Continua".to_owned();
    Client::new(connection).unwrap().send(&server::root(), later()).await.unwrap();
    let headers = octopus.received_requests().await.unwrap().remove(0).headers;
    assert_eq!(headers["authorization"], "Bearer ey1");
    assert!(!headers.contains_key("x-octopus-apikey"));
    assert_eq!(headers["user-agent"], "promenade/1 (linux; x86_64) Continua");
}

#[tokio::test]
async fn the_base_path_and_the_query_arrive() {
    let octopus = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/octopus/api/spaces"))
        .and(query_param("partialName", "Web & Shop+1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "Items": [] })))
        .expect(1)
        .mount(&octopus)
        .await;
    let client = Client::new(connection(&format!("{}/octopus/api/", octopus.uri()))).unwrap();
    let page = client.send(&spaces::list(Some("Web & Shop+1")), later()).await.unwrap().value;
    assert!(page.items.is_empty());
}

#[tokio::test]
async fn a_body_is_json_and_the_servers_clock_is_told() {
    let octopus = MockServer::start().await;
    let body = CreateReleaseV1 { project_name: "web-shop".to_owned(), ..CreateReleaseV1::default() };
    Mock::given(method("POST"))
        .and(path("/api/Spaces-1/releases/create/v1"))
        .and(header("content-type", "application/json"))
        .and(body_json(release::create_v1(&space(), &body).body.unwrap()))
        .respond_with(
            ResponseTemplate::new(201)
                .insert_header("date", "Fri, 01 May 2026 08:02:00 GMT")
                .set_body_json(json!({ "releaseId": "Releases-310", "releaseVersion": "1.4.8" })),
        )
        .expect(1)
        .mount(&octopus)
        .await;
    let answer = client(&octopus).send(&release::create_v1(&space(), &body), later()).await.unwrap();
    assert_eq!((answer.value.release_version.as_str(), answer.status), ("1.4.8", 201));
    assert_eq!(answer.server_time, Some("2026-05-01T08:02:00Z".parse().unwrap()));
}

#[tokio::test]
async fn a_put_without_a_body_says_that_it_has_none() {
    let octopus = MockServer::start().await;
    Mock::given(method("PUT"))
        .and(header("content-length", "0"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "Id": "Users-7" })))
        .mount(&octopus)
        .await;
    let id = promenade::octopus::InterruptionId::new("Interruptions-12").unwrap();
    let user = client(&octopus).send(&interruption::take_responsibility(&space(), &id), later()).await;
    assert_eq!(user.unwrap().value.id.as_str(), "Users-7");
}

#[tokio::test]
async fn one_connection_serves_request_after_request() {
    // A server that answers on its first connection only, so that a second one would hang.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        for _ in 0..3 {
            crate::reach::answer(&mut stream, r#"{"Version":"1"}"#).await;
        }
    });
    let client = Client::new(connection(&url)).unwrap();
    for _ in 0..3 {
        client.send(&server::root(), later()).await.unwrap();
    }
    served.await.unwrap();
}

#[tokio::test]
async fn an_empty_answer_is_one_only_where_nothing_is_asked_back() {
    let octopus = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&octopus).await;
    let id = promenade::octopus::ReleaseId::new("Releases-310").unwrap();
    client(&octopus).send(&release::set_release_notes(&space(), &id, "n"), later()).await.unwrap();
    client(&octopus).send(&release::get(&space(), &id), later()).await.unwrap_err();
}

#[tokio::test]
async fn a_path_that_would_lead_elsewhere_is_not_sent() {
    let octopus = MockServer::start().await;
    let request = promenade::octopus::project::by_id_or_slug(&space(), "..");
    let error = client(&octopus).send(&request, later()).await.unwrap_err();
    assert!(matches!(error, Error::Path(_)), "{error}");
    assert!(octopus.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn nothing_shows_the_key() {
    let octopus = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(500)).mount(&octopus).await;
    let client = client(&octopus);
    let error = client.send(&server::me(), later()).await.unwrap_err();
    let shown = format!("{client:?} {:?} {error} {error:?}", connection(&octopus.uri()));
    assert!(!shown.contains("HUNTER2"), "{shown}");
}
