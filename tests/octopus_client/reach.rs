//! Reaching the server: certificates, proxies, and connections that do not come about.

use promenade::octopus::{Client, ConnectError, EndpointError, Error, Proxy, SendError, server};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::tls::{Authority, acceptor};
use crate::{connection, later, soon};

/// Reads one request and answers it; `true` when there was one.
pub(crate) async fn answer(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), body: &str) -> bool {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return false,
        }
    }
    let length = body.len();
    let text = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes()).await.is_ok() && stream.flush().await.is_ok()
}

/// A server with a certificate for `name`. With `clients`, it wants a certificate issued by them.
async fn serve(authority: &Authority, name: &str, clients: Option<&Authority>) -> String {
    let acceptor = acceptor(authority, name, clients);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    while answer(&mut stream, r#"{"Version":"2026.2.4711"}"#).await {}
                }
            });
        }
    });
    format!("https://localhost:{port}")
}

fn connect_error(error: &Error) -> &ConnectError {
    match error {
        Error::NoAnswer { error: SendError::Connect(reason), .. } => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_unknown_authority_is_refused_until_it_is_named() {
    let authority = Authority::new();
    let url = serve(&authority, "localhost", None).await;
    // Were it tried again and again, this would not end before the test's patience does.
    let error =
        Client::new(connection(&url)).unwrap().send_retrying(&server::root(), later()).await.unwrap_err();
    assert_eq!(connect_error(&error), &ConnectError::UnknownIssuer);
    assert!(error.advice().unwrap().contains("extra CA"));
    assert!(error.was_not_processed() && !error.is_transient());

    let mut trusting = connection(&url);
    trusting.endpoint.extra_ca = Some(authority.pem().into_bytes());
    Client::new(trusting).unwrap().send(&server::root(), later()).await.unwrap();
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new();
    let url = serve(&authority, "octopus.example", None).await;
    let mut trusting = connection(&url);
    trusting.endpoint.extra_ca = Some(authority.pem().into_bytes());
    let error = Client::new(trusting).unwrap().send(&server::root(), later()).await.unwrap_err();
    assert_eq!(connect_error(&error), &ConnectError::OtherName);
}

#[tokio::test]
async fn only_an_explicit_wish_turns_verification_off() {
    let url = serve(&Authority::new(), "octopus.example", None).await;
    let mut blind = connection(&url);
    blind.endpoint.verify_tls = false;
    Client::new(blind).unwrap().send(&server::root(), later()).await.unwrap();
}

#[tokio::test]
async fn a_server_may_want_a_certificate_of_the_client() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let url = serve(&authority, "localhost", Some(&clients)).await;
    let mut bare = connection(&url);
    bare.endpoint.extra_ca = Some(authority.pem().into_bytes());
    let error = Client::new(bare.clone()).unwrap().send(&server::root(), later()).await.unwrap_err();
    // Depending on which side is quicker, the alert is read or the connection is gone first.
    let told = matches!(
        &error,
        Error::NoAnswer {
            error: SendError::Connect(ConnectError::ClientCertificate(_)) | SendError::Broken(_),
            ..
        }
    );
    assert!(told, "{error:?}");

    let issued = clients.issue("ci");
    let client = format!("{}{}", issued.certificate(), issued.key());
    bare.endpoint.client_certificate = Some(client.into());
    Client::new(bare).unwrap().send(&server::root(), later()).await.unwrap();
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_told_before_anything_is_sent() {
    let mut wrong = connection("https://localhost:1");
    wrong.endpoint.extra_ca = Some(b"not a certificate".to_vec());
    let error = Client::new(wrong).unwrap_err();
    assert!(matches!(error, Error::Endpoint(EndpointError::ExtraCa)), "{error}");

    let mut wrong = connection("https://localhost:1");
    wrong.endpoint.client_certificate = Some("HUNTER2".into());
    let error = Client::new(wrong).unwrap_err();
    assert!(matches!(error, Error::Endpoint(EndpointError::ClientCertificate)), "{error}");

    for url in ["socks5://localhost:1", "localhost", "http://"] {
        let mut wrong = connection("http://localhost:1");
        wrong.endpoint.proxy = Proxy::Url(url.into());
        let error = Client::new(wrong).unwrap_err();
        assert!(matches!(error, Error::Endpoint(EndpointError::Proxy)), "{error}");
    }
}

#[tokio::test]
async fn a_refused_connection_was_not_processed_and_may_pass() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = Client::new(connection(&url)).unwrap().send(&server::root(), later()).await.unwrap_err();
    assert_eq!(connect_error(&error), &ConnectError::Refused);
    assert!(error.was_not_processed() && error.is_transient());
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_open_what_was_done() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 64]).await;
        }
    });
    let error = Client::new(connection(&url)).unwrap().send(&server::root(), later()).await.unwrap_err();
    assert!(matches!(error, Error::NoAnswer { error: SendError::Broken(_), .. }), "{error:?}");
    assert!(!error.was_not_processed() && error.is_transient());
}

#[tokio::test]
async fn a_server_that_does_not_encrypt_is_told_from_one_that_does() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let error = Client::new(connection(&url)).unwrap().send(&server::root(), soon(5_000)).await.unwrap_err();
    assert!(matches!(connect_error(&error), ConnectError::Tls(_)), "{error:?}");
}

#[tokio::test]
async fn a_proxy_is_used_with_its_password_which_is_never_shown() {
    let proxy = wiremock::MockServer::start().await;
    wiremock::Mock::given(wiremock::matchers::any())
        .respond_with(wiremock::ResponseTemplate::new(200).set_body_string(r#"{"Version":"1"}"#))
        .mount(&proxy)
        .await;
    let mut behind = connection("http://octopus.invalid");
    let address = proxy.uri().replace("http://", "http://ann:HUNTER2@");
    behind.endpoint.proxy = Proxy::Url(address.into());
    assert!(!format!("{behind:?}").contains("HUNTER2"));
    let client = Client::new(behind).unwrap();
    client.send(&server::root(), later()).await.unwrap();
    let request = proxy.received_requests().await.unwrap().remove(0);
    assert!(request.headers.contains_key("proxy-authorization"));
    assert_eq!(request.headers["host"], "octopus.invalid");
}

#[tokio::test]
async fn a_proxy_that_does_not_let_us_through_is_named() {
    let proxy = wiremock::MockServer::start().await;
    wiremock::Mock::given(wiremock::matchers::any())
        .respond_with(wiremock::ResponseTemplate::new(407))
        .mount(&proxy)
        .await;
    let mut behind = connection("https://octopus.invalid");
    behind.endpoint.proxy = Proxy::Url(proxy.uri().into());
    let error = Client::new(behind).unwrap().send_retrying(&server::root(), later()).await.unwrap_err();
    assert!(matches!(connect_error(&error), ConnectError::Proxy(_)), "{error:?}");
    assert!(error.advice().unwrap().contains("proxy"));
}
