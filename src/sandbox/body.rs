//! The body of an answer: sent whole, or piece by piece with pauses.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use http_body_util::Full;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::Sleep;

/// The body of an answer.
#[derive(Debug)]
pub(crate) enum AnswerBody {
    /// Sent at once.
    Whole(Full<Bytes>),
    /// Sent piece by piece.
    Paced(Paced),
}

/// A body sent piece by piece, with a pause before each piece and before the end.
pub(crate) struct Paced {
    pieces: Box<dyn Iterator<Item = Bytes> + Send>,
    pause: Duration,
    pausing: Option<Pin<Box<Sleep>>>,
    end: End,
}

/// How a paced body ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End {
    /// As HTTP requires it.
    Whole,
    /// By closing the connection, whatever length was announced.
    Cut,
}

/// The error that ends a body that a fault cuts off.
#[derive(Debug, thiserror::Error)]
#[error("the answer is cut off by script")]
pub(crate) struct CutOff;

impl AnswerBody {
    pub(crate) fn paced(
        pieces: impl Iterator<Item = Bytes> + Send + 'static,
        pause: Duration,
        end: End,
    ) -> Self {
        Self::Paced(Paced { pieces: Box::new(pieces), pause, pausing: None, end })
    }
}

impl fmt::Debug for Paced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Paced").field("pause", &self.pause).field("end", &self.end).finish_non_exhaustive()
    }
}

impl Paced {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
        if !self.pause.is_zero() {
            let pausing = self.pausing.get_or_insert_with(|| Box::pin(tokio::time::sleep(self.pause)));
            ready!(pausing.as_mut().poll(cx));
            self.pausing = None;
        }
        Poll::Ready(match (self.pieces.next(), self.end) {
            (Some(piece), _) => Some(Ok(Frame::data(piece))),
            (None, End::Whole) => None,
            (None, End::Cut) => Some(Err(CutOff)),
        })
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = CutOff;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
        match self.get_mut() {
            Self::Whole(full) => Pin::new(full).poll_frame(cx).map_err(|never| match never {}),
            Self::Paced(paced) => paced.poll_piece(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(full) => full.is_end_stream(),
            Self::Paced(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(full) => full.size_hint(),
            Self::Paced(_) => SizeHint::default(),
        }
    }
}
