//! What became of a request whose answer was lost?
//!
//! The server has no key by which a repeated request would be recognised, so nothing is sent again before
//! it was looked for. A request that hangs in a proxy may still be carried out after a look that shows
//! nothing; therefore two looks must show nothing, and they must be at least twice the limit of one call
//! apart. What remains of that window is stated in docs/waiting.md.

use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep_until};

use crate::backend::{BackendError, Call, Notice};
use crate::octopus::{self as api, Request, Trouble};

use super::Octopus;

/// What a request that changes something came to. An error in its place means that nothing was done.
pub(super) enum Sent<A> {
    /// This is the answer.
    Answered(A),
    /// Nobody knows whether it was carried out.
    Lost(api::Error),
}

/// What the looks have shown.
pub(super) enum Settled<T> {
    /// The request was carried out; this is what it made.
    Found(T),
    /// It was not, as far as anybody can tell: it may be sent again.
    SendAgain,
    /// It cannot be told in time, or it was sent often enough.
    Unclear,
}

/// How often a request is sent at most. Each one whose answer is lost may still be carried out late, so a
/// server that loses answer after answer is not sent more and more of them.
const SENDS: u32 = 2;

/// Between two tries to reach a server that does not take connections.
const KNOCKING: Duration = Duration::from_secs(2);

impl Octopus {
    /// Sends a request that changes something, once. Only while no connection comes about, so that nothing
    /// of it was sent, is it tried again.
    ///
    /// # Errors
    ///
    /// It is certain that nothing was done: the server refused, or the request did not reach it.
    pub(super) async fn write<A: DeserializeOwned>(
        &self,
        request: &Request<A>,
        call: Call<'_>,
    ) -> Result<Sent<A>, api::Error> {
        let patience = self.patience(call);
        loop {
            match self.client.send(request, call.until).await {
                Ok(answer) => return Ok(Sent::Answered(answer.value)),
                Err(error @ api::Error::NoAnswer { trouble: Trouble::Connect(_), .. })
                    if error.is_transient() && Instant::now() + KNOCKING < patience =>
                {
                    (call.say)(Notice::Trouble(error.to_string()));
                    sleep_until(Instant::now() + KNOCKING).await;
                }
                Err(error) if error.was_not_processed() => return Err(error),
                Err(error) => return Ok(Sent::Lost(error)),
            }
        }
    }

    /// Looks until it is clear what became of a request that was sent this often. `look` answers with what
    /// the request made, if it can be seen.
    ///
    /// # Errors
    ///
    /// The server did not show it.
    pub(super) async fn settle<T>(
        &self,
        sent: u32,
        call: Call<'_>,
        look: impl AsyncFn() -> Result<Option<T>, api::Error>,
    ) -> Result<Settled<T>, api::Error> {
        let apart = self.read_limit * 2;
        let mut gap = self.read_limit.min(Duration::from_secs(1));
        let mut first_answer = None;
        loop {
            let asked = Instant::now();
            if let Some(found) = look().await? {
                return Ok(Settled::Found(found));
            }
            let answered = Instant::now();
            let first = *first_answer.get_or_insert(answered);
            // From the first answer to the asking of the second: however long a look takes, it does not count.
            if asked >= first + apart {
                return Ok(if sent < SENDS { Settled::SendAgain } else { Settled::Unclear });
            }
            // Never just before the time: that look would not count, and the next one would be late.
            let next = if answered + gap * 2 < first + apart { answered + gap } else { first + apart };
            if next >= call.until {
                return Ok(Settled::Unclear);
            }
            sleep_until(next.max(answered)).await;
            gap *= 2;
        }
    }
}

/// The error for a request that has no clean answer, after `lost` of the same were lost: what is certain of
/// the last one says nothing of those before it.
pub(super) fn unanswered(doing: &str, check: &str, lost: bool, error: api::Error) -> BackendError {
    if lost && error.is_transient() {
        answer_lost(doing, check, error)
    } else {
        BackendError::from_client(doing, error)
    }
}

/// The error for a request of which nobody knows whether it was carried out.
pub(super) fn answer_lost(doing: &str, check: &str, error: api::Error) -> BackendError {
    BackendError::AnswerLost { doing: doing.to_owned(), check: check.to_owned(), source: Box::new(error) }
}
