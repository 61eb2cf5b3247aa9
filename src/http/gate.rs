//! The body of a request, behind a gate that asks for leave when the connection stands.
//!
//! hyper polls the body in the turn in which it has put the head into its buffer, and flushes afterwards; an error of
//! the body ends the connection before the flush. So a body that refuses keeps the head back as well: not one byte of
//! the request reaches the server. A test with a raw socket holds this, since hyper does not promise it. If a later
//! hyper flushed the head first, the server would have a request with fewer bytes than its length, which it does not
//! carry out.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use http_body_util::Full;
use hyper::body::{Body, Bytes, Frame, SizeHint};

use super::leave::Leave;

/// Where the body of one request is. The task that writes to the connection and the task that waits for the answer
/// share it.
pub(super) struct Gate {
    leave: Leave,
    state: Mutex<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The connection has not asked for it yet.
    Held,
    /// It was given to the connection, which may have sent it.
    Left,
    /// It is not sent any more.
    Closed,
}

impl Gate {
    /// The gate, and the body behind it.
    pub(super) fn new(leave: Leave, bytes: Vec<u8>) -> (Arc<Self>, Gated) {
        let gate = Arc::new(Self { leave, state: Mutex::new(State::Held) });
        (Arc::clone(&gate), Gated { gate, content: Full::new(Bytes::from(bytes)) })
    }

    /// Closes the gate; `true` if the body did not leave, and so will not be sent.
    pub(super) fn close(&self) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if *state == State::Held {
            *state = State::Closed;
        }
        *state == State::Closed
    }

    fn pass(&self) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if *state == State::Held {
            *state = if self.leave.is_given() { State::Left } else { State::Closed };
        }
        *state == State::Left
    }
}

/// A body of known length in one piece, which passes the gate or is an error.
pub(super) struct Gated {
    gate: Arc<Gate>,
    content: Full<Bytes>,
}

impl Body for Gated {
    type Data = Bytes;
    type Error = Withheld;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Withheld>>> {
        if !self.gate.pass() {
            return Poll::Ready(Some(Err(Withheld)));
        }
        Pin::new(&mut self.content)
            .poll_frame(context)
            .map(|frame| frame.map(|it| it.map_err(|never: Infallible| match never {})))
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.content.size_hint()
    }
}

/// The error of a body that did not get leave: no byte of the request was sent.
#[derive(Debug)]
pub(super) struct Withheld;

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request was withheld before it was sent")
    }
}

impl std::error::Error for Withheld {}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_body_passes_the_gate_whole_and_with_its_length() {
        let (gate, mut body) = Gate::new(Leave::always(), b"{}".to_vec());
        assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(2), false));
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!((frame.into_data().unwrap().as_ref(), body.is_end_stream()), (&b"{}"[..], true));
        assert!(!gate.close(), "it may have been sent");
    }

    #[tokio::test]
    async fn a_body_without_leave_and_one_behind_a_closed_gate_are_errors_for_good() {
        let given = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&given);
        let leave = Leave::when(move || asked.load(Ordering::Relaxed));
        let (gate, mut body) = Gate::new(leave, b"{}".to_vec());
        assert!(body.frame().await.unwrap().is_err());
        given.store(true, Ordering::Relaxed);
        assert!(body.frame().await.unwrap().is_err(), "what was refused once was reported as not sent");
        assert!(gate.close());

        let (gate, mut body) = Gate::new(Leave::always(), b"{}".to_vec());
        assert!(gate.close(), "nobody asked for it yet");
        assert!(body.frame().await.unwrap().is_err());
    }
}
