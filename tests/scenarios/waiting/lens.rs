//! Stands before the sandbox and shows its tasks as a test wants them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use promenade::sandbox::Sandbox;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::shop::runtime;

/// How a task is shown after so many seconds, and whether it is; the tasks are numbered in the order of their ids.
type Show = dyn Fn(u64, usize, &mut Value) -> bool + Send + Sync;

/// A listener before the sandbox.
pub(super) struct Lens {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    behind: SocketAddr,
    show: Box<Show>,
    /// The ids of the first look, which was for all tasks.
    ids: OnceLock<Vec<String>>,
    seconds: AtomicU64,
    /// Answers that came from the sandbox and are not passed on yet.
    passing: AtomicU64,
}

impl Lens {
    /// Shows each answer to `GET …/tasks` changed by this.
    pub(super) fn before(
        sandbox: &Sandbox,
        show: impl Fn(u64, usize, &mut Value) -> bool + Send + Sync + 'static,
    ) -> Self {
        let listener = runtime().block_on(TcpListener::bind("127.0.0.1:0")).expect("loopback");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            behind: sandbox.address(),
            show: Box::new(show),
            ids: OnceLock::new(),
            seconds: AtomicU64::new(0),
            passing: AtomicU64::new(0),
        });
        let sharing = Arc::clone(&shared);
        runtime().spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass_on(stream, Arc::clone(&sharing)));
            }
        });
        Self { address, shared }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Says what time it is.
    pub(super) fn at(&self, time: Duration) {
        self.shared.seconds.store(time.as_secs(), Ordering::Relaxed);
    }

    /// Whether every answer was passed on.
    pub(super) fn is_quiet(&self) -> bool {
        self.shared.passing.load(Ordering::Relaxed) == 0
    }
}

/// A task that runs.
pub(super) fn running(task: &mut Value) {
    task["State"] = json!("Executing");
    (task["IsCompleted"], task["FinishedSuccessfully"]) = (json!(false), json!(false));
}

/// A task that has ended so.
pub(super) fn ended(task: &mut Value, state: &str) {
    task["State"] = json!(state);
    (task["IsCompleted"], task["FinishedSuccessfully"]) = (json!(true), json!(state == "Success"));
}

/// One request by one connection.
async fn pass_on(mut stream: TcpStream, shared: Arc<Shared>) -> Option<()> {
    let (head, body) = message(&mut stream).await?;
    let keep = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        !["connection", "accept-encoding"].contains(&name.as_str())
    };
    let lines: Vec<&str> = head.lines().filter(keep).filter(|it| !it.is_empty()).collect();
    let mut server = TcpStream::connect(shared.behind).await.ok()?;
    let asked = format!("{}\r\nconnection: close\r\n\r\n", lines.join("\r\n"));
    server.write_all(asked.as_bytes()).await.ok()?;
    server.write_all(&body).await.ok()?;
    // A client that goes away takes its request with it, as it would without anything between.
    let mut nothing = [0];
    let (head, body) = tokio::select! {
        answer = message(&mut server) => answer?,
        _ = stream.read(&mut nothing) => return None,
    };
    shared.passing.fetch_add(1, Ordering::Relaxed);
    let body = shown(&lines, body, &shared);
    let status = head.lines().next().unwrap_or_default();
    let date = head.lines().find(|it| it.to_ascii_lowercase().starts_with("date:"));
    let rest: Vec<&str> =
        head.lines().filter(|it| it.to_ascii_lowercase().starts_with("retry-after:")).collect();
    let more: String = date.into_iter().chain(rest).map(|it| format!("{it}\r\n")).collect();
    let answer = format!(
        "{status}\r\n{more}content-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let written = stream.write_all(&[answer.as_bytes(), &body].concat()).await;
    shared.passing.fetch_sub(1, Ordering::Relaxed);
    written.ok()
}

/// The body as the test shows it.
fn shown(request: &[&str], body: Vec<u8>, shared: &Shared) -> Vec<u8> {
    let is_look = request.first().is_some_and(|it| it.starts_with("GET ") && it.contains("/tasks?ids="));
    let Ok(mut document) = serde_json::from_slice::<Value>(&body) else { return body };
    match document.get_mut("Items").and_then(Value::as_array_mut) {
        Some(tasks) if is_look => {
            tasks.sort_by_key(|it| (id(it).len(), id(it)));
            let ids = shared.ids.get_or_init(|| tasks.iter().map(id).collect());
            let seconds = shared.seconds.load(Ordering::Relaxed);
            tasks.retain_mut(|task| {
                let at = ids.iter().position(|it| *it == id(task)).expect("a task of the first look");
                (shared.show)(seconds, at, task)
            });
        }
        _ => return body,
    }
    document.to_string().into_bytes()
}

fn id(task: &Value) -> String {
    task["Id"].as_str().unwrap_or_default().to_owned()
}

/// A head and the body whose length it tells.
async fn message(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let end = loop {
        if let Some(end) = all.windows(4).position(|it| it == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut all).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&all[..end]).into_owned();
    let length = head.lines().find_map(|it| {
        let (name, value) = it.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    while all.len() < end + length.unwrap_or(0) {
        if stream.read_buf(&mut all).await.ok()? == 0 {
            return None;
        }
    }
    Some((head, all[end..].to_vec()))
}
