//! The sandbox as a client on the wire sees it: raw sockets, so that RST and FIN can be told apart.

use std::io::{self, ErrorKind};
use std::time::Duration;

use jiff::Timestamp;
use promenade::sandbox::{BodyKind, CarryOut, Cut, Fault, Sandbox, SandboxOptions, Script, StartError};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// Nothing here takes longer, however slow the machine; reaching it is a failure.
const PATIENCE: Duration = Duration::from_secs(20);
const ROOT: &str = "GET /api HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
const WRITE: &str =
    "POST /api/Spaces-1/releases HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";

async fn sandbox() -> Sandbox {
    Sandbox::start(SandboxOptions::default()).await.expect("a free port on loopback")
}

fn options(change: impl FnOnce(&mut SandboxOptions)) -> SandboxOptions {
    let mut options = SandboxOptions::default();
    change(&mut options);
    options
}

async fn sandbox_with(fault: Fault) -> Sandbox {
    let sandbox = sandbox().await;
    sandbox.script(Script::new(fault));
    sandbox
}

/// Sends text over a connection of its own.
async fn send(sandbox: &Sandbox, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(sandbox.address()).await.expect("it listens");
    stream.write_all(text.as_bytes()).await.expect("it reads");
    stream
}

/// What arrives until the server closes, or how it fails.
async fn until_closed(mut stream: TcpStream) -> io::Result<String> {
    let mut bytes = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("it closes")?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

async fn exchange(sandbox: &Sandbox, text: &str) -> io::Result<String> {
    until_closed(send(sandbox, text).await).await
}

async fn control(sandbox: &Sandbox, method: &str, path: &str, body: &str) -> (u16, Value) {
    let length = body.len();
    let text = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    let answer = exchange(sandbox, &text).await.expect("control requests meet no fault");
    (status(&answer), serde_json::from_str(body_of(&answer)).unwrap_or(Value::Null))
}

fn status(answer: &str) -> u16 {
    let status = answer.split(' ').nth(1).and_then(|it| it.parse().ok());
    status.expect("a status line")
}

fn field<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    head.lines().filter_map(|line| line.split_once(": ")).find(|(it, _)| *it == name).map(|(_, value)| value)
}

fn body_of(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").expect("a head").1
}

/// Waits for what another task does.
async fn eventually(mut holds: impl FnMut() -> bool) {
    let wait = async {
        while !holds() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(PATIENCE, wait).await.expect("it happens at last");
}

#[tokio::test]
async fn an_answer_has_a_date_and_the_connection_is_kept() {
    let sandbox = sandbox().await;
    let mut kept = send(&sandbox, "GET /api?a=1+2&b=%26&c HTTP/1.1\r\nhost: x\r\n\r\n").await;
    eventually(|| sandbox.requests().len() == 1).await;
    kept.write_all(ROOT.as_bytes()).await.unwrap();
    let answers = until_closed(kept).await.unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 2);
    let date = field(&answers, "date").unwrap();
    let sent = jiff::fmt::rfc2822::parse(date).unwrap().timestamp();
    assert!(Timestamp::now().duration_since(sent).abs() < jiff::SignedDuration::from_secs(60));

    exchange(&sandbox, ROOT).await.unwrap();
    let requests = sandbox.requests();
    let connections: Vec<_> = requests.iter().map(|it| it.connection).collect();
    assert_eq!(connections, [1, 1, 2]);
    assert_eq!(requests.iter().map(|it| it.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(requests.iter().all(|it| it.status == Some(200) && it.carried_out >= Some(it.at)));
    let query = [("a", "1 2"), ("b", "&"), ("c", "")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(requests[0].query, query);
    sandbox.stop().await;
}

#[tokio::test]
async fn credentials_are_shown_only_as_present() {
    let sandbox = sandbox().await;
    let body = r#"{"subject_token":"PLANTED","Variables":{"Password":"mine"}}"#;
    let head =
        "x-octopus-apikey: API-PLANTED\r\nauthorization: Bearer PLANTED\r\ncookie:\r\nx-plain: seen\r\n";
    for body in [body, "grant_type=x&subject_token=PLANTED&audience=y"] {
        let length = body.len();
        let text = format!(
            "POST /token/v1?apikey=API-PLANTED HTTP/1.1\r\nhost: x\r\n{head}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        exchange(&sandbox, &text).await.unwrap();
    }
    let (code, requests) = control(&sandbox, "GET", "/sandbox/requests", "").await;
    assert_eq!(code, 200);
    assert!(!requests.to_string().contains("PLANTED"), "{requests}");
    assert_eq!(requests[0]["query"], json!([["apikey", "(present)"]]));
    assert_eq!(requests[0]["body"], json!({"subject_token": "(present)", "Variables": {"Password": "mine"}}));
    assert_eq!(requests[1]["body"], json!("grant_type=x&subject_token=(present)&audience=y"));
    let headers = requests[0]["headers"].as_array().unwrap();
    for shown in [["x-octopus-apikey", "(present)"], ["cookie", "(empty)"], ["x-plain", "seen"]] {
        assert!(headers.contains(&json!(shown)), "{headers:?}");
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn wrong_options_are_refused() {
    let anywhere = options(|it| it.listen = "0.0.0.0:0".parse().unwrap());
    assert!(Sandbox::start(anywhere).await.unwrap_err().to_string().contains("loopback"));
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let scaled = options(|it| it.scale = scale);
        assert!(matches!(Sandbox::start(scaled).await.unwrap_err(), StartError::Scale(_)));
    }
    let seeded = options(|it| it.seed = Some("[".to_owned()));
    assert!(matches!(Sandbox::start(seeded).await.unwrap_err(), StartError::Seed(_)));
    let first = sandbox().await;
    let taken = options(|it| it.listen = first.address());
    assert!(matches!(Sandbox::start(taken).await.unwrap_err(), StartError::Listen { .. }));
    first.stop().await;
}

#[tokio::test]
async fn a_long_body_is_refused_before_it_reaches_the_world() {
    let sandbox = sandbox().await;
    let head = "POST /api HTTP/1.1\r\nhost: x\r\ncontent-length: 4194305\r\n\r\n";
    let mut stream = send(&sandbox, head).await;
    // The server may close before it has read everything, which the writing side may see first.
    let _ = stream.write_all(&vec![b'x'; 4_194_305]).await;
    let mut start = [0; 12];
    timeout(PATIENCE, stream.read_exact(&mut start)).await.unwrap().unwrap();
    assert_eq!(&start, b"HTTP/1.1 413");
    assert!(sandbox.requests().is_empty());
    sandbox.stop().await;
}

fn scripted(status: u16, body: BodyKind, carry_out: CarryOut) -> Fault {
    let status = hyper::StatusCode::from_u16(status).expect("a status");
    let headers = [("x-more".to_owned(), "yes".to_owned())].into();
    Fault::Status { status, body, retry_after: Some(7), headers, carry_out }
}

#[tokio::test]
async fn a_scripted_status_takes_the_place_of_the_answer() {
    let sandbox = sandbox_with(scripted(429, BodyKind::Octopus, CarryOut::No)).await;
    let answer = exchange(&sandbox, WRITE).await.unwrap();
    assert_eq!(status(&answer), 429);
    assert_eq!((field(&answer, "retry-after"), field(&answer, "x-more")), (Some("7"), Some("yes")));
    let error: Value = serde_json::from_str(body_of(&answer)).unwrap();
    assert_eq!(error["ErrorMessage"], "Too Many Requests");
    let received = &sandbox.requests()[0];
    assert_eq!((received.status, received.carried_out), (Some(429), None));
    assert_eq!(received.body, json!({}));

    for (body, start) in
        [(BodyKind::Html, "<!DOCTYPE html>"), (BodyKind::Text, "upstream"), (BodyKind::Empty, "")]
    {
        sandbox.script(Script::new(scripted(200, body, CarryOut::Yes)));
        let answer = exchange(&sandbox, WRITE).await.unwrap();
        assert_eq!(status(&answer), 200);
        assert!(body_of(&answer).starts_with(start));
        assert_eq!(body_of(&answer).is_empty(), body == BodyKind::Empty);
    }
    let requests = sandbox.requests();
    assert!(requests[1..].iter().all(|it| it.carried_out.is_some()));
    sandbox.stop().await;
}

#[tokio::test]
async fn a_reset_is_an_rst_and_the_write_happens_as_scripted() {
    let sandbox = sandbox().await;
    let wait = Duration::from_millis(30);
    for (carry_out, done) in [(CarryOut::No, false), (CarryOut::Yes, true), (CarryOut::After(wait), true)] {
        sandbox.clear_requests();
        sandbox.script(Script::new(Fault::Reset { carry_out }));
        let error = exchange(&sandbox, WRITE).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        eventually(|| sandbox.requests()[0].carried_out.is_some() == done).await;
        let received = &sandbox.requests()[0];
        assert_eq!(received.status, None);
        if carry_out == CarryOut::After(wait) {
            assert!(received.carried_out.unwrap() - received.at >= wait);
        }
    }
    assert_eq!(status(&exchange(&sandbox, ROOT).await.unwrap()), 200);
    sandbox.stop().await;
}

#[tokio::test]
async fn an_answer_can_be_held_back_for_a_while() {
    let sandbox = sandbox_with(Fault::Latency { ms: 20 }).await;
    for carry_out in [CarryOut::No, CarryOut::Yes, CarryOut::After(Duration::from_millis(20))] {
        sandbox.script(Script::new(Fault::Hang { ms: Some(20), carry_out }));
    }
    let mut waited = Vec::new();
    for _ in 0..4 {
        let began = std::time::Instant::now();
        assert_eq!(status(&exchange(&sandbox, ROOT).await.unwrap()), 200);
        assert!(began.elapsed() >= Duration::from_millis(20));
        let received = sandbox.requests().pop().unwrap();
        waited.push(received.carried_out.unwrap() - received.at >= Duration::from_millis(20));
    }
    // Held back after it was carried out, an answer says nothing of the waiting; the others waited first.
    assert!(waited[0] && waited[1] && waited[3]);
    sandbox.stop().await;
}

#[tokio::test]
async fn a_hanging_request_is_carried_out_though_the_client_has_gone() {
    let sandbox = sandbox().await;
    let wait = Duration::from_millis(20);
    for carry_out in [CarryOut::Yes, CarryOut::After(wait)] {
        sandbox.clear_requests();
        sandbox.script(Script::new(Fault::Hang { ms: None, carry_out }));
        let stream = send(&sandbox, WRITE).await;
        eventually(|| sandbox.requests().len() == 1).await;
        drop(stream);
        eventually(|| sandbox.requests()[0].carried_out.is_some()).await;
        assert_eq!(sandbox.requests()[0].status, None);
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn a_client_that_leaves_during_a_latency_is_not_served() {
    let sandbox = sandbox_with(Fault::Latency { ms: 60 }).await;
    sandbox.script(Script::new(Fault::Latency { ms: 120 }));
    let leaves = send(&sandbox, WRITE).await;
    eventually(|| sandbox.requests().len() == 1).await;
    drop(leaves);
    // The second one's answer comes when the first one's time is long over.
    exchange(&sandbox, ROOT).await.unwrap();
    let carried_out: Vec<_> = sandbox.requests().iter().map(|it| it.carried_out.is_some()).collect();
    assert_eq!(carried_out, [false, true]);
    sandbox.stop().await;
}

#[tokio::test]
async fn a_truncated_answer_breaks_its_promise_or_its_json() {
    let sandbox = sandbox().await;
    let whole = exchange(&sandbox, ROOT).await.unwrap();
    sandbox.script(Script::new(Fault::Truncated { cut: Cut::Connection }));
    sandbox.script(Script::new(Fault::Truncated { cut: Cut::Json }));
    let cut = exchange(&sandbox, ROOT).await.unwrap();
    assert_eq!(field(&cut, "content-length"), field(&whole, "content-length"));
    assert_eq!(body_of(&cut).len(), body_of(&whole).len() / 2);
    let short = exchange(&sandbox, ROOT).await.unwrap();
    assert_eq!(field(&short, "content-length").unwrap(), body_of(&short).len().to_string());
    assert_eq!(body_of(&short), body_of(&cut));
    assert!(serde_json::from_str::<Value>(body_of(&short)).is_err());
    sandbox.stop().await;
}

#[tokio::test]
async fn the_true_answer_can_be_disguised() {
    let sandbox = sandbox().await;
    let whole = exchange(&sandbox, ROOT).await.unwrap();
    sandbox.script(Script::new(Fault::ContentType { value: "text/html".to_owned() }));
    sandbox.script(Script::new(Fault::Malformed {}));
    sandbox.script(Script::new(Fault::CamelCase {}));
    sandbox.script(Script::new(Fault::Drip { ms: 1, bytes: 16.try_into().unwrap() }));

    let retyped = exchange(&sandbox, ROOT).await.unwrap();
    assert_eq!((field(&retyped, "content-type"), body_of(&retyped)), (Some("text/html"), body_of(&whole)));
    let malformed = exchange(&sandbox, ROOT).await.unwrap();
    assert!(serde_json::from_str::<Value>(body_of(&malformed)).is_err());
    assert_eq!(body_of(&malformed).len(), body_of(&whole).len() + 1);
    let camel = exchange(&sandbox, ROOT).await.unwrap();
    let camel: Value = serde_json::from_str(body_of(&camel)).unwrap();
    assert_eq!(camel["application"], "Octopus Deploy");
    assert!(camel["links"]["self"].is_string() && camel.get("Application").is_none());
    assert_eq!(body_of(&exchange(&sandbox, ROOT).await.unwrap()), body_of(&whole));
    assert!(sandbox.requests().iter().all(|it| it.carried_out.is_some()));
    sandbox.stop().await;
}

#[tokio::test]
async fn an_oversized_answer_is_valid_json_without_a_length() {
    let sandbox = sandbox_with(Fault::Oversized { mebibytes: 2 }).await;
    let answer = exchange(&sandbox, &ROOT.replace("HTTP/1.1", "HTTP/1.0")).await.unwrap();
    assert_eq!(field(&answer, "content-length"), None);
    let json: Value = serde_json::from_str(body_of(&answer)).unwrap();
    assert_eq!(json["Padding"].as_str().unwrap().len(), 2 * 1024 * 1024);
    sandbox.stop().await;
}

#[tokio::test]
async fn during_a_restart_connections_are_reset_and_refused() {
    let sandbox = sandbox().await;
    let idle = send(&sandbox, "GET /api HTTP/1.1\r\n").await;
    exchange(&sandbox, ROOT).await.unwrap();
    sandbox.script(Script::new(Fault::Refuse { ms: 600_000, carry_out: CarryOut::Yes }));
    assert_eq!(exchange(&sandbox, WRITE).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(until_closed(idle).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    let refused = TcpStream::connect(sandbox.address()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    assert!(sandbox.requests()[1].carried_out.is_some());
    sandbox.stop().await;
}

#[tokio::test]
async fn after_an_outage_the_same_port_answers_again() {
    let sandbox = sandbox().await;
    let idle = send(&sandbox, "GET /api HTTP/1.1\r\n").await;
    exchange(&sandbox, ROOT).await.unwrap();
    sandbox.go_away(Duration::from_millis(10));
    assert_eq!(until_closed(idle).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    let back = async {
        loop {
            match TcpStream::connect(sandbox.address()).await {
                Ok(_) => break,
                Err(_) => sleep(Duration::from_millis(1)).await,
            }
        }
    };
    timeout(PATIENCE, back).await.unwrap();
    assert_eq!(status(&exchange(&sandbox, ROOT).await.unwrap()), 200);
    sandbox.stop().await;
}

#[tokio::test]
async fn nothing_is_left_after_a_stop_or_a_drop() {
    for stop in [true, false] {
        let sandbox = sandbox().await;
        let address = sandbox.address();
        let wait = Duration::from_secs(600);
        sandbox.script(Script::new(Fault::Hang { ms: None, carry_out: CarryOut::After(wait) }));
        let open = send(&sandbox, WRITE).await;
        eventually(|| sandbox.requests().len() == 1).await;
        let alive = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
        // The listener, the connection and the late write.
        assert_eq!(alive(), 3);
        if stop {
            sandbox.stop().await;
            assert_eq!(alive(), 0);
        } else {
            drop(sandbox);
            eventually(|| alive() == 0).await;
        }
        assert_eq!(until_closed(open).await.unwrap_or_default(), "");
        let refused = TcpStream::connect(address).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    }
}

#[tokio::test]
async fn faults_are_scripted_over_the_control_routes() {
    let sandbox = sandbox().await;
    let one = r#"{"match": {"path": "/api"}, "times": 2, "fault": {"kind": "status", "status": 502}}"#;
    let (code, left) = control(&sandbox, "POST", "/sandbox/faults", one).await;
    assert_eq!((code, left[0]["times"].as_u64()), (200, Some(2)));
    assert_eq!(status(&exchange(&sandbox, ROOT).await.unwrap()), 502);
    let two = r#"[{"fault": {"kind": "malformed"}}, {"fault": {"kind": "reset"}}]"#;
    control(&sandbox, "POST", "/sandbox/faults", two).await;
    let (_, left) = control(&sandbox, "GET", "/sandbox/faults", "").await;
    assert_eq!(left.as_array().unwrap().len(), 3);
    assert_eq!(left[0]["times"], 1);

    let half_wrong = r#"[{"fault": {"kind": "malformed"}}, {"fault": {"kind": "reset", "ms": 1}}]"#;
    let (code, answer) = control(&sandbox, "POST", "/sandbox/faults", half_wrong).await;
    assert_eq!(code, 400);
    assert!(answer["error"].as_str().unwrap().contains("`ms`"), "{answer}");
    assert_eq!(sandbox.scripts().len(), 3);
    assert_eq!(control(&sandbox, "POST", "/sandbox/faults", "{").await.0, 400);

    assert_eq!(control(&sandbox, "DELETE", "/sandbox/faults", "").await.0, 204);
    assert_eq!(status(&exchange(&sandbox, ROOT).await.unwrap()), 200);
    sandbox.stop().await;
}

#[tokio::test]
async fn the_other_control_routes_answer_and_are_not_written_down() {
    let sandbox = sandbox().await;
    exchange(&sandbox, ROOT).await.unwrap();
    sandbox.script(Script::new(Fault::Malformed {}).for_ever());
    let (code, state) = control(&sandbox, "GET", "/sandbox/state", "").await;
    assert!(code == 200 && state.is_object());
    assert_eq!(control(&sandbox, "GET", "/sandbox/requests", "").await.1.as_array().unwrap().len(), 1);
    assert_eq!(control(&sandbox, "DELETE", "/sandbox/requests", "").await.0, 204);
    assert_eq!(control(&sandbox, "GET", "/sandbox/requests", "").await, (200, json!([])));
    let (code, answer) = control(&sandbox, "PUT", "/sandbox/state", "").await;
    assert_eq!(code, 404);
    assert!(answer["error"].as_str().unwrap().contains("POST, DELETE /sandbox/faults"));
    assert_eq!(control(&sandbox, "POST", "/sandbox/seed", "[").await.0, 400);
    assert_eq!(control(&sandbox, "POST", "/sandbox/outage", "{}").await.0, 400);
    sandbox.stop().await;
}
