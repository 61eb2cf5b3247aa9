//! What the sandbox received, read over its control routes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// One request that the sandbox received.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedRequest {
    /// Seconds since the sandbox's start at which its head arrived.
    pub(crate) at: f64,
    /// When it was carried out, likewise.
    pub(crate) done: f64,
    pub(crate) connection: u64,
    pub(crate) method: String,
    pub(crate) path: String,
    /// Query and body as one text, to look for names in.
    pub(crate) words: String,
}

/// The sandbox at this address.
pub(crate) struct Journal {
    address: String,
    /// The moment of the sandbox's start, in seconds since the epoch.
    epoch: f64,
}

impl Journal {
    pub(crate) fn of(url: &str) -> Self {
        let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let mut journal = Self { address, epoch: 0.0 };
        // A request at a known moment tells when the sandbox's own clock began.
        journal.send("GET", "/api", "");
        let now = now();
        journal.epoch = now - journal.all().last().expect("the request was written down").at;
        journal
    }

    /// Everything so far, in the order of arrival.
    pub(crate) fn all(&self) -> Vec<ReceivedRequest> {
        let all: Value = serde_json::from_str(&self.send("GET", "/sandbox/requests", "")).expect("JSON");
        let seconds = |it: &Value| it.as_f64().map_or(f64::INFINITY, |it| it / 1e3);
        let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
        let received = |it: &Value| ReceivedRequest {
            at: seconds(&it["atMs"]),
            done: seconds(&it["carriedOutMs"]),
            connection: it["connection"].as_u64().unwrap_or_default(),
            method: text(&it["method"]),
            path: text(&it["path"]),
            words: format!("{} {}", it["query"], it["body"]),
        };
        all.as_array().expect("a list").iter().map(received).collect()
    }

    pub(crate) fn forget(&self) {
        self.send("DELETE", "/sandbox/requests", "");
    }

    /// Adds a script of faults.
    pub(crate) fn script(&self, script: &Value) {
        self.send("POST", "/sandbox/faults", &script.to_string());
    }

    /// Asks the API itself, as an observer that is left out of the counts: see [`Received::is_of`].
    pub(crate) fn ask(&self, path: &str, key: &str) -> Value {
        let answer = self.raw("GET", path, &format!("x-octopus-apikey: {key}\r\n"), "");
        serde_json::from_str(&answer).unwrap_or_else(|e| panic!("{path}: {e}: {answer}"))
    }

    /// A moment of the sandbox's clock, in seconds since the epoch.
    pub(crate) fn moment(&self, at: f64) -> f64 {
        self.epoch + at
    }

    fn send(&self, method: &str, path: &str, body: &str) -> String {
        self.raw(method, path, "", body)
    }

    fn raw(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("the sandbox listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}",
            self.address
        );
        stream.write_all(request.as_bytes()).expect("the sandbox reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the sandbox answers");
        answer.split_once("\r\n\r\n").map_or_else(String::new, |(_, body)| body.to_owned())
    }
}

/// Seconds since the epoch.
pub(crate) fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64()
}
