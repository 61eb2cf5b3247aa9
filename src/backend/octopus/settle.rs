//! What became of a request whose answer was lost?
//!
//! The server has no key by which a repeated request would be recognised, so nothing is sent again before
//! it was looked for. A request that hangs in a proxy may still be carried out after a look that shows
//! nothing; therefore two looks must show nothing, and they must be at least twice the limit of one call
//! apart. What remains of that window is stated in docs/waiting.md.

use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep_until};

use crate::backend::{Call, Notice};
use crate::octopus::{self as api, Answer, Request, Trouble};

use super::{Octopus, unclear};

/// What the looks have shown.
pub(super) enum Settled<T> {
    /// The request was carried out; this is what it made.
    Found(T),
    /// It was not, as far as anybody can tell: it may be sent again.
    SendAgain,
}

/// Between two tries to reach a server that does not take connections.
const KNOCKING: Duration = Duration::from_secs(2);

impl Octopus {
    /// Sends a request that changes something, once. Only while no connection comes about, so that nothing
    /// of it was sent, is it tried again.
    pub(super) async fn write<A: DeserializeOwned>(
        &self,
        request: &Request<A>,
        call: Call<'_>,
    ) -> Result<Answer<A>, api::Error> {
        let patience = self.patience(call);
        loop {
            match self.client.send(request, call.until).await {
                Err(error @ api::Error::NoAnswer { trouble: Trouble::Connect(_), .. })
                    if error.is_transient() && Instant::now() + KNOCKING < patience =>
                {
                    (call.say)(Notice::Trouble(error.to_string()));
                    sleep_until(Instant::now() + KNOCKING).await;
                }
                other => return other,
            }
        }
    }

    /// Looks until it is clear what became of a request. `look` answers with what the request made, if it
    /// can be seen.
    ///
    /// # Errors
    ///
    /// The time was over, or the server refused to show, before it was clear.
    pub(super) async fn settle<T>(
        &self,
        call: Call<'_>,
        look: impl AsyncFn() -> Result<Option<T>, api::Error>,
    ) -> Result<Settled<T>, api::Error> {
        let apart = self.read_limit * 2;
        let mut gap = self.read_limit.min(Duration::from_secs(1));
        let mut first_look = None;
        loop {
            if let Some(found) = look().await? {
                return Ok(Settled::Found(found));
            }
            let now = Instant::now();
            let first = *first_look.get_or_insert(now);
            if now >= first + apart {
                return Ok(Settled::SendAgain);
            }
            let next = (now + gap).min(first + apart);
            if next >= call.until {
                return Err(unclear("the time was over before a second look"));
            }
            sleep_until(next).await;
            gap *= 2;
        }
    }
}
