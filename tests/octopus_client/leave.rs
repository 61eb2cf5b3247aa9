//! The leave to send a request: asked for when the connection stands, and nothing is written without it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use promenade::octopus::deployment::{CreatedDeployments, DeployUntenantedV1, DeployV1};
use promenade::octopus::{Client, Error, Leave, Once, deployment, server};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::reach::answer;
use crate::tls::{Authority, acceptor};
use crate::{connection, later, space};

const ACCEPTED: &str = r#"{"DeploymentServerTasks":[]}"#;

/// A request that deploys, with so many bytes in one of its texts.
fn deploy(bytes: usize) -> Once<CreatedDeployments> {
    let common = DeployV1 { project_name: "x".repeat(bytes), ..DeployV1::default() };
    deployment::create_untenanted_v1(
        &space(),
        &DeployUntenantedV1 { environment_names: vec!["Test".to_owned()], common },
    )
}

/// A leave that is given the first so many times, and how often it was asked for.
fn given(times: usize) -> (Leave, Arc<AtomicUsize>) {
    let asked = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&asked);
    (Leave::when(move || counted.fetch_add(1, Ordering::SeqCst) < times), asked)
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// Everything that the client writes until it closes the connection.
async fn everything(mut stream: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A connection that is cut off ends the reading as well.
    stream.read_to_end(&mut bytes).await.ok();
    bytes
}

#[track_caller]
fn was_withheld(error: &Error) {
    assert!(error.was_withheld() && error.was_not_processed() && !error.was_refused(), "{error:?}");
}

#[tokio::test]
async fn without_leave_when_the_connection_stands_not_one_byte_is_written() {
    for bytes in [8, 4 * 1024 * 1024] {
        let (listener, url) = listen().await;
        let received = tokio::spawn(async move { everything(listener.accept().await.unwrap().0).await });
        let (leave, asked) = given(1);
        let client = Client::new(connection(&url)).unwrap();
        let error = client.send_once(&deploy(bytes), &leave, later()).await.unwrap_err();
        was_withheld(&error);
        assert_eq!(asked.load(Ordering::SeqCst), 2, "before the connection, and when it stands");
        drop(client);
        assert_eq!(String::from_utf8_lossy(&received.await.unwrap()), "", "neither head nor body");
    }
}

#[tokio::test]
async fn without_leave_from_the_beginning_no_connection_is_made() {
    let (listener, url) = listen().await;
    let (leave, asked) = given(0);
    let client = Client::new(connection(&url)).unwrap();
    was_withheld(&client.send_once(&deploy(8), &leave, later()).await.unwrap_err());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    // A request without a body is asked for at that moment only.
    was_withheld(&client.send_while(&leave, &server::me(), later()).await.unwrap_err());
    // Had one of them connected, that connection would come first.
    let last = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (_, first) = listener.accept().await.unwrap();
    assert_eq!(first, last.local_addr().unwrap());
}

#[tokio::test]
async fn a_leave_that_ends_during_the_handshake_keeps_the_request_back() {
    for ends in [true, false] {
        let authority = Authority::new();
        let acceptor = acceptor(&authority, "localhost", None);
        let (listener, url) = listen().await;
        let holds = Arc::new(AtomicBool::new(true));
        let permit = Arc::clone(&holds);
        let received = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            // The client was asked before; it waits for the handshake now, and meanwhile its leave ends.
            permit.store(!ends, Ordering::SeqCst);
            let mut stream = acceptor.accept(stream).await.unwrap();
            if !ends {
                answer(&mut stream, ACCEPTED).await;
            }
            everything(stream).await
        });
        let mut trusting = connection(&url.replace("http://127.0.0.1", "https://localhost"));
        trusting.endpoint.extra_ca = Some(authority.pem().into_bytes());
        let leave = Leave::when(move || holds.load(Ordering::SeqCst));
        let client = Client::new(trusting).unwrap();
        let sent = client.send_once(&deploy(8), &leave, later()).await;
        drop(client);
        let rest = received.await.unwrap();
        if ends {
            was_withheld(&sent.unwrap_err());
            assert_eq!(String::from_utf8_lossy(&rest), "");
        } else {
            assert_eq!(sent.unwrap().value.deployment_server_tasks, []);
        }
    }
}

#[tokio::test]
async fn a_connection_that_was_used_before_asks_as_well() {
    let (listener, url) = listen().await;
    let received = tokio::spawn(async move {
        let mut stream = listener.accept().await.unwrap().0;
        assert!(answer(&mut stream, r#"{"Version":"2026.2.4711"}"#).await);
        everything(stream).await
    });
    let client = Client::new(connection(&url)).unwrap();
    client.send(&server::root(), later()).await.unwrap();
    let (leave, asked) = given(1);
    was_withheld(&client.send_once(&deploy(8), &leave, later()).await.unwrap_err());
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    drop(client);
    assert_eq!(String::from_utf8_lossy(&received.await.unwrap()), "");
}

/// The server closes the connection that the client keeps for later. The next request goes to it, where its answer is
/// lost, or to a new one, as the client happens to notice; on the new one it is asked for again.
#[tokio::test]
async fn a_connection_that_replaces_a_stale_one_asks_again() {
    let authority = Authority::new();
    let acceptor = acceptor(&authority, "localhost", None);
    let (listener, url) = listen().await;
    let holds = Arc::new(AtomicBool::new(true));
    let (permit, is_first) = (Arc::clone(&holds), Arc::clone(&holds));
    let server = tokio::spawn(async move {
        let mut stream = acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
        assert!(answer(&mut stream, r#"{"Version":"2026.2.4711"}"#).await);
        drop(stream);
        let stream = listener.accept().await.unwrap().0;
        permit.store(false, Ordering::SeqCst);
        everything(acceptor.accept(stream).await.unwrap()).await
    });
    let mut trusting = connection(&url.replace("http://127.0.0.1", "https://localhost"));
    trusting.endpoint.extra_ca = Some(authority.pem().into_bytes());
    let client = Client::new(trusting).unwrap();
    client.send(&server::root(), later()).await.unwrap();
    let leave = Leave::when(move || holds.load(Ordering::SeqCst));
    let error = client.send_once(&deploy(8), &leave, later()).await.unwrap_err();
    drop(client);
    if error.was_withheld() {
        assert_eq!(String::from_utf8_lossy(&server.await.unwrap()), "");
    } else {
        assert!(is_first.load(Ordering::SeqCst), "there was a second connection: {error:?}");
        assert!(!error.was_not_processed(), "it went to the old connection: {error:?}");
        server.abort();
    }
}

#[tokio::test]
async fn a_request_with_leave_has_its_length_and_is_not_chunked() {
    let (listener, url) = listen().await;
    let received = tokio::spawn(async move {
        let mut stream = listener.accept().await.unwrap().0;
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"}") {
            stream.read_buf(&mut bytes).await.unwrap();
        }
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{ACCEPTED}", ACCEPTED.len());
        stream.write_all(head.as_bytes()).await.unwrap();
        String::from_utf8(bytes).unwrap()
    });
    let request = deploy(8);
    let client = Client::new(connection(&url)).unwrap();
    client.send_once(&request, &Leave::always(), later()).await.unwrap();
    let text = received.await.unwrap().to_ascii_lowercase();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let expected = request.body().unwrap().to_string();
    assert_eq!(body, expected.to_ascii_lowercase());
    assert!(head.contains(&format!("content-length: {}", expected.len())), "{head}");
    assert!(head.contains("content-type: application/json") && !head.contains("chunked"), "{head}");
}

#[tokio::test]
async fn a_request_that_found_no_connection_in_its_time_was_certainly_not_sent() {
    let authority = Authority::new();
    let acceptor = acceptor(&authority, "localhost", None);
    let (listener, url) = listen().await;
    let (go, gone) = tokio::sync::oneshot::channel::<()>();
    let received = tokio::spawn(async move {
        let stream = listener.accept().await.unwrap().0;
        gone.await.unwrap();
        // The handshake fails where the client has gone, and then there is nothing to read.
        match acceptor.accept(stream).await {
            Ok(stream) => everything(stream).await,
            Err(_) => Vec::new(),
        }
    });
    let mut hasty = connection(&url.replace("http://127.0.0.1", "https://localhost"));
    hasty.endpoint.extra_ca = Some(authority.pem().into_bytes());
    hasty.endpoint.read_limit = std::time::Duration::from_millis(50);
    let client = Client::new(hasty).unwrap();
    let error = client.send_once(&deploy(8), &Leave::always(), later()).await.unwrap_err();
    assert!(error.was_not_processed() && error.is_transient() && !error.was_withheld(), "{error:?}");
    // The handshake goes on now, and the request must not follow it.
    go.send(()).unwrap();
    tokio::task::yield_now().await;
    drop(client);
    assert_eq!(String::from_utf8_lossy(&received.await.unwrap()), "");
}
