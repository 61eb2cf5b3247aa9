//! One connection: bytes to requests and answers to bytes, until either side closes it.

use std::{convert::Infallible, sync::Arc, time::Duration};

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use percent_encoding::percent_decode_str;
use tokio::{
    net::TcpStream,
    sync::{Notify, watch},
    time::timeout,
};

use crate::sandbox::{
    answer::{self, Answer},
    handler,
    message::{Request, Response},
    recorded::Arrival,
    shared::Shared,
};

/// The longest request body that is read.
const MOST_BODY: usize = 4 * 1024 * 1024;
/// How long a client may take to send a request's head. It also ends idle connections, so it is not shorter
/// than what web servers grant those.
const HEAD_TIME: Duration = Duration::from_secs(120);
/// How long a client may take to send a request's body.
const BODY_TIME: Duration = Duration::from_secs(30);

/// An open connection.
struct Connection {
    shared: Arc<Shared>,
    /// 1 for the first connection after the start.
    number: u64,
    /// Notified to reset the connection.
    reset: Notify,
}

/// Serves a connection until it ends or is reset, by a fault of its own or by an outage of all.
pub(crate) async fn serve(
    shared: Arc<Shared>,
    stream: TcpStream,
    number: u64,
    mut outages: watch::Receiver<u64>,
) {
    // An answer is written in one go, so there is nothing to gain from waiting for more.
    let _ = stream.set_nodelay(true);
    let connection = Arc::new(Connection { shared, number, reset: Notify::new() });
    let service = {
        let connection = Arc::clone(&connection);
        service_fn(move |request| {
            let connection = Arc::clone(&connection);
            async move { Ok::<_, Infallible>(connection.answer(request).await) }
        })
    };
    let mut transfer = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        biased;
        () = connection.reset.notified() => {}
        _ = outages.changed() => {}
        // How it ended is of no interest to the sandbox.
        _ = &mut transfer => return,
    }
    let stream = transfer.into_parts().io.into_inner();
    // Without this the system would close the connection in order, with a FIN.
    let _ = stream.set_zero_linger();
}

impl Connection {
    async fn answer(&self, request: hyper::Request<Incoming>) -> Answer {
        let arrival = Arrival { at: self.shared.elapsed(), connection: self.number };
        let (head, body) = request.into_parts();
        let body = match timeout(BODY_TIME, Limited::new(body, MOST_BODY).collect()).await {
            Ok(Ok(body)) => body.to_bytes().to_vec(),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                return refused(413, "the sandbox reads request bodies of up to 4 MiB");
            }
            Ok(Err(_)) => return refused(400, "the request's body did not arrive whole"),
            Err(_) => return refused(408, "the request's body took too long"),
        };
        let headers = head.headers.iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let request = Request {
            method: head.method.as_str().to_owned(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(pairs).unwrap_or_default(),
            headers: headers.collect(),
            body,
        };
        handler::handle(&self.shared, arrival, request, &self.reset).await
    }
}

/// The answer to a request that does not reach the world.
fn refused(status: u16, text: &str) -> Answer {
    let headers = vec![
        ("content-type".to_owned(), "text/plain; charset=utf-8".to_owned()),
        ("connection".to_owned(), "close".to_owned()),
    ];
    answer::plain(Response { status, headers, body: format!("{text}\n").into_bytes() })
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

/// In a query, `+` is a space.
fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
