//! Carries one exchange over the network, within limits of time and size.

use std::sync::Arc;
use std::time::Duration;

use reqwest::RequestBuilder;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::connect_error::ConnectError;
use super::error::SendError;
use super::failure;
use super::gate::Gate;
use super::raw::Raw;

/// How many bytes of an answer are read at most; the largest that are needed, logs, are far below.
const LARGEST: usize = 16 * 1024 * 1024;

/// An answer with more bytes than this is a large one.
const LARGE: usize = 1024 * 1024;

/// How many large answers are held in memory at once; others wait within their own time limit.
const LARGE_AT_ONCE: usize = 2;

/// The limits that all exchanges of one client keep.
pub(super) struct Transport {
    read_limit: Duration,
    large: Arc<Semaphore>,
}

impl Transport {
    pub(super) fn new(read_limit: Duration) -> Self {
        Self { read_limit, large: Arc::new(Semaphore::new(LARGE_AT_ONCE)) }
    }

    /// How long one exchange may take.
    pub(super) fn read_limit(&self) -> Duration {
        self.read_limit
    }

    /// Sends a request and reads the answer, whatever its status. `gate` is the one before the request's body, if it
    /// has a body.
    pub(super) async fn exchange(
        &self,
        request: RequestBuilder,
        gate: Option<&Gate>,
        until: Instant,
    ) -> Result<Raw, SendError> {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(SendError::NoTimeLeft);
        }
        let limit = self.read_limit.min(left);
        let answer = match tokio::time::timeout(limit, whole(request, &self.large)).await {
            Err(_) => Err(SendError::TimedOut(limit)),
            Ok(answer) => answer,
        };
        answer.map_err(|error| match gate {
            Some(gate) if gate.close() => unsent(error),
            _ => error,
        })
    }
}

/// The error of a request whose body was never asked for: no connection stood by then.
fn unsent(error: SendError) -> SendError {
    match error {
        SendError::TimedOut(_) => SendError::Connect(ConnectError::TimedOut),
        SendError::Broken(reason) => SendError::Connect(ConnectError::Other(reason)),
        error => error,
    }
}

async fn whole(request: RequestBuilder, large: &Arc<Semaphore>) -> Result<Raw, SendError> {
    let too_large = SendError::TooLarge { limit: LARGEST };
    let mut response = request.send().await.map_err(failure::of)?;
    if response.content_length().is_some_and(|it| it > LARGEST as u64) {
        return Err(too_large);
    }
    let (mut body, mut room) = (Vec::new(), None);
    // The length is announced by the other side, if at all, and says nothing of what gzip unfolds to.
    while let Some(chunk) = response.chunk().await.map_err(failure::of)? {
        if chunk.len() > LARGEST.saturating_sub(body.len()) {
            return Err(too_large);
        }
        body.extend_from_slice(&chunk);
        if body.len() > LARGE && room.is_none() {
            // The semaphore is never closed.
            room = Arc::clone(large).acquire_owned().await.ok();
        }
    }
    let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
    Ok(Raw { status, headers, body, _room: room })
}
