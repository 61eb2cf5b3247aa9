//! Answers that are none, refusals, limits of time, size and rate: what is sent again and what is not.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use promenade::octopus::deployment::{DeployUntenantedV1, DeployV1};
use promenade::octopus::{Client, Error, Leave, SendError, deployment, server, space as spaces};
use serde_json::json;
use tokio::time::Instant;
use wiremock::matchers::{any, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{client, connection, later, soon, space};

fn deploy() -> promenade::octopus::Once<deployment::CreatedDeployments> {
    let body = DeployUntenantedV1 {
        environment_names: vec!["Staging".to_owned()],
        common: DeployV1 { project_name: "web-shop".to_owned(), ..DeployV1::default() },
    };
    deployment::create_untenanted_v1(&space(), &body)
}

fn deployed() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({ "DeploymentServerTasks":
        [{ "DeploymentId": "Deployments-81", "ServerTaskId": "ServerTasks-940" }] }))
}

fn root() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({ "Version": "2026.2.4711" }))
}

/// Answers the first request so, and all others well.
async fn first(octopus: &MockServer, answer: ResponseTemplate, then: ResponseTemplate) {
    Mock::given(any()).respond_with(answer).up_to_n_times(1).with_priority(1).mount(octopus).await;
    Mock::given(any()).respond_with(then).mount(octopus).await;
}

async fn requests(octopus: &MockServer) -> usize {
    octopus.received_requests().await.unwrap().len()
}

fn send_error(error: Error) -> SendError {
    match error {
        Error::NoAnswer { error, .. } => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_429_is_repeated_even_for_a_post_after_the_time_it_names() {
    let octopus = MockServer::start().await;
    first(&octopus, ResponseTemplate::new(429).insert_header("retry-after", "1"), deployed()).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let observer = Arc::clone(&seen);
    let client = client(&octopus)
        .on_retry(Arc::new(move |error: &Error| observer.lock().unwrap().push(error.to_string())));
    let begun = Instant::now();
    let answer = client.send_once(&deploy(), &Leave::always(), later()).await.unwrap();
    assert_eq!(answer.value.deployment_server_tasks.len(), 1);
    assert!(begun.elapsed() >= Duration::from_millis(950), "{:?}", begun.elapsed());
    assert_eq!(requests(&octopus).await, 2);
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_rate_limit_that_outlasts_the_deadline_is_waited_for_by_repeated_reads_alone() {
    let octopus = MockServer::start().await;
    let limited = ResponseTemplate::new(429).insert_header("retry-after", "60");
    Mock::given(any()).respond_with(limited).mount(&octopus).await;
    let client = client(&octopus);
    let begun = Instant::now();
    let error = client.send_retrying(&server::root(), soon(1_000)).await.unwrap_err();
    assert!(error.was_not_processed() && error.is_transient() && error.was_held_back());
    assert_eq!(send_error(error), SendError::RateLimited { tries: 1 });
    assert!(begun.elapsed() >= Duration::from_millis(1_000), "{:?}", begun.elapsed());
    let begun = Instant::now();
    // The whole client holds back, so the next request is not even sent.
    let error = client.send_once(&deploy(), &Leave::always(), soon(20_000)).await.unwrap_err();
    assert_eq!(send_error(error), SendError::RateLimited { tries: 0 });
    assert_eq!(requests(&octopus).await, 1);
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn the_limit_that_the_server_reports_can_be_read() {
    let octopus = MockServer::start().await;
    let answer = root()
        .insert_header("octopus-ratelimit-policy", "\"default\";q=200;w=60")
        .insert_header("octopus-ratelimit", "\"default\";r=150;t=30");
    Mock::given(any()).respond_with(answer).mount(&octopus).await;
    let client = client(&octopus);
    assert_eq!(client.rate_limit(), promenade::octopus::RateLimit::default());
    client.send(&server::root(), later()).await.unwrap();
    let pace = client.rate_limit();
    assert_eq!((pace.remaining, pace.quota), (Some(150), Some(200)));
    assert_eq!((pace.reset, pace.window), (Some(Duration::from_secs(30)), Some(Duration::from_secs(60))));
}

#[tokio::test]
async fn a_post_that_meets_trouble_is_not_repeated() {
    let html = "<html><head><title>Undergoing maintenance</title></head></html>";
    let answers = [
        ResponseTemplate::new(500).set_body_json(json!({ "ErrorMessage": "Boom." })),
        ResponseTemplate::new(503).set_body_raw(html, "text/html"),
        ResponseTemplate::new(200).set_body_raw(html, "text/html"),
        ResponseTemplate::new(200),
        ResponseTemplate::new(200).set_body_raw(r#"{"DeploymentServerTasks":[{"Depl"#, "application/json"),
        ResponseTemplate::new(200).set_body_json(json!({})),
        ResponseTemplate::new(200).set_body_raw("fine", "text/plain"),
    ];
    let expected = [
        SendError::Server { status: 500, text: "Boom.".to_owned() },
        SendError::Server { status: 503, text: "Undergoing maintenance".to_owned() },
        SendError::Html { status: 200, title: "Undergoing maintenance".to_owned() },
        SendError::Empty { status: 200 },
        SendError::Truncated { status: 200 },
        SendError::Unexpected { status: 200, detail: "missing field `DeploymentServerTasks`".to_owned() },
        SendError::NotJson { status: 200, text: "fine".to_owned() },
    ];
    for (answer, expected) in answers.into_iter().zip(expected) {
        let octopus = MockServer::start().await;
        first(&octopus, answer, deployed()).await;
        let error = client(&octopus).send_once(&deploy(), &Leave::always(), later()).await.unwrap_err();
        assert!(error.is_transient() && !error.was_not_processed() && !error.was_refused(), "{error}");
        assert_eq!(send_error(error), expected);
        assert_eq!(requests(&octopus).await, 1);
    }
}

#[tokio::test]
async fn a_read_is_repeated_until_there_is_an_answer() {
    for answer in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(408),
        ResponseTemplate::new(503).set_body_raw("<html>maintenance</html>", "text/html"),
        ResponseTemplate::new(200).set_body_raw("<html>log in</html>", "text/html"),
        ResponseTemplate::new(200),
        ResponseTemplate::new(200).set_body_raw(r#"{"Items":["#, "application/json"),
        ResponseTemplate::new(200).set_body_json(json!({})),
    ] {
        let octopus = MockServer::start().await;
        let page = ResponseTemplate::new(200).set_body_json(json!({ "Items": [] }));
        first(&octopus, answer, page).await;
        client(&octopus).send_retrying(&spaces::list(None), later()).await.unwrap();
        assert_eq!(requests(&octopus).await, 2);
    }
}

#[tokio::test]
async fn the_tries_end_before_the_deadline_with_the_last_error() {
    let octopus = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(502)).mount(&octopus).await;
    let begun = Instant::now();
    let error = client(&octopus).send_retrying(&server::root(), soon(600)).await.unwrap_err();
    assert_eq!(error.status(), Some(502));
    assert!(begun.elapsed() < Duration::from_secs(3));
    assert!(requests(&octopus).await > 1);
}

#[tokio::test]
async fn a_refusal_is_reported_in_full_and_not_repeated() {
    let octopus = MockServer::start().await;
    let body = json!({ "ErrorMessage": "There was a problem with your request.",
                       "Errors": ["The environment is frozen.", "And more."], "HelpText": "Wait." });
    Mock::given(any())
        .respond_with(ResponseTemplate::new(400).set_body_json(body))
        .expect(1)
        .mount(&octopus)
        .await;
    let error = client(&octopus).send_retrying(&server::me(), later()).await.unwrap_err();
    assert!(error.was_refused() && error.was_not_processed() && !error.is_transient());
    assert_eq!(
        error.to_string(),
        "the server refused GET /api/users/me with 400: \
         There was a problem with your request. The environment is frozen. And more."
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (octopus, elsewhere) = (MockServer::start().await, MockServer::start().await);
    let location = format!("{}/login?token=HUNTER2", elsewhere.uri());
    let redirect = ResponseTemplate::new(302).insert_header("location", location.as_str());
    Mock::given(method("GET")).respond_with(redirect).expect(1).mount(&octopus).await;
    let error = client(&octopus).send_retrying(&server::me(), later()).await.unwrap_err();
    let shown = error.to_string();
    assert!(shown.contains(&elsewhere.uri()) && !shown.contains("HUNTER2"), "{shown}");
    assert!(error.advice().is_some());
    assert_eq!(requests(&elsewhere).await, 0);
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_read_to_its_end() {
    let octopus = MockServer::start().await;
    let huge = format!(r#"{{"Version":"{}"}}"#, "1".repeat(17 * 1024 * 1024));
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_raw(huge, "application/json"))
        .expect(1)
        .mount(&octopus)
        .await;
    let error = client(&octopus).send_retrying(&server::root(), later()).await.unwrap_err();
    assert_eq!(send_error(error), SendError::TooLarge { limit: 16 * 1024 * 1024 });
}

#[tokio::test]
async fn a_request_that_hangs_is_bounded_by_limit_and_deadline() {
    let octopus = MockServer::start().await;
    let hang = root().set_delay(Duration::from_secs(60));
    Mock::given(any()).respond_with(hang).mount(&octopus).await;

    let mut connection = connection(&octopus.uri());
    connection.endpoint.read_limit = Duration::from_millis(50);
    let error = Client::new(connection).unwrap().send(&server::root(), later()).await.unwrap_err();
    assert_eq!(send_error(error), SendError::TimedOut(Duration::from_millis(50)));

    let begun = Instant::now();
    let error = client(&octopus).send_once(&deploy(), &Leave::always(), soon(50)).await.unwrap_err();
    assert!(!error.was_not_processed());
    assert!(matches!(send_error(error), SendError::TimedOut(_)));
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn without_time_nothing_is_sent() {
    let octopus = MockServer::start().await;
    let error = client(&octopus).send_once(&deploy(), &Leave::always(), Instant::now()).await.unwrap_err();
    assert!(error.was_not_processed());
    assert_eq!(send_error(error), SendError::NoTimeLeft);
    assert_eq!(requests(&octopus).await, 0);
}
