//! What became of a request whose answer was lost?
//!
//! A home that has no key by which a repeated request would be recognised is sent nothing again before it was looked
//! for. A request that hangs in a proxy may still be carried out after a look that shows
//! nothing; therefore two looks must show nothing, and they must be at least twice the limit of one call
//! apart. What remains of that window is stated in docs/waiting.md.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::{Context, after};

/// What the looks have shown.
pub(crate) enum Settled<T> {
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

/// Looks until it is clear what became of a request that was sent this often. `look` answers with what
/// the request made, if it can be seen; `read_limit` is how long a request may be on its way.
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
    // Said here, since a future that is asked of an `AsyncFn` cannot be: it has to pass between threads.
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
        // From the first answer to the asking of the second: however long a look takes, it does not count.
        let counts = after(first, apart);
        if asked >= counts {
            return Ok(if sent < SENDS { Settled::SendAgain } else { Settled::Unclear });
        }
        // Never just before the time: that look would not count, and the next one would be late.
        let next =
            if after(answered, gap.saturating_mul(2)) < counts { after(answered, gap) } else { counts };
        // After the word to stop nothing is sent again, so there is nothing to wait for.
        if next >= context.deadline || context.stop.is_requested() {
            return Ok(Settled::Unclear);
        }
        pause(next.max(answered), context).await;
        gap = gap.saturating_mul(2);
    }
}

/// Sleeps until then, or until the word to stop.
pub(super) async fn pause(until: Instant, context: Context<'_>) {
    tokio::select! {
        biased;
        () = context.stop.requested() => {}
        () = sleep_until(until) => {}
    }
}
