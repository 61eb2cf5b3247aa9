//! Finds the outcome of a request whose answer was lost.
//!
//! A home without idempotency keys cannot recognise a repeated request, so promenade looks for the result before it
//! sends again. A request that hangs in a proxy may still be carried out after a look that shows nothing; therefore two
//! looks must show nothing, and they must be at least twice the limit of one request apart. docs/waiting.md states the
//! remaining risk.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::{Context, after};

/// The conclusion from the looks.
pub(crate) enum Settled<T> {
    /// The request was carried out, and this is its result.
    Found(T),
    /// The request was not carried out, as far as the looks can show: it may be sent again.
    SendAgain,
    /// It cannot be decided in time, or the request was sent [`SENDS`] times.
    Unclear,
}

/// The most times that a request is sent. Each one whose answer was lost may still be carried out late, so a server
/// that keeps losing answers does not get more and more of them.
const SENDS: u32 = 2;

/// Looks until the outcome of a request that was sent `sent` times is clear. `look` returns what the request made, if
/// that is visible; `read_limit` is how long a request may be in flight.
///
/// # Errors
///
/// The first error of `look`.
pub(crate) async fn settle<T, E, Look>(
    sent: u32,
    read_limit: Duration,
    context: Context<'_>,
    look: impl Fn() -> Look,
) -> Result<Settled<T>, E>
where
    // A `Send` bound on the future, which `AsyncFn` cannot express: the future passes between threads.
    Look: Future<Output = Result<Option<T>, E>> + Send,
{
    let apart = read_limit.saturating_mul(2);
    let mut gap = read_limit.min(Duration::from_secs(1));
    let mut first_answer = None;
    loop {
        let asked = Instant::now();
        if let Some(found) = look().await? {
            return Ok(Settled::Found(found));
        }
        let answered = Instant::now();
        let first = *first_answer.get_or_insert(answered);
        // The gap counts from the answer of the first look to the start of the second; the duration of a look does not
        // count.
        let counts = after(first, apart);
        if asked >= counts {
            return Ok(if sent < SENDS { Settled::SendAgain } else { Settled::Unclear });
        }
        // Do not look just before the time is over: that look would not count, and the next one would be late.
        let next =
            if after(answered, gap.saturating_mul(2)) < counts { after(answered, gap) } else { counts };
        // After the stop signal nothing is sent again, so there is nothing to wait for.
        if next >= context.deadline || context.stop.is_requested() {
            return Ok(Settled::Unclear);
        }
        pause(next.max(answered), context).await;
        gap = gap.saturating_mul(2);
    }
}

/// Sleeps until then, or until the stop signal.
pub(super) async fn pause(until: Instant, context: Context<'_>) {
    tokio::select! {
        biased;
        () = context.stop.requested() => {}
        () = sleep_until(until) => {}
    }
}
