//! What a question to a home needs that belongs to no attempt.

use tokio::time::Instant;

use crate::backend::{Context, Ledger, Stop, after};

/// How long one question to a home may take, retries included.
const CALL_LIMIT: std::time::Duration = std::time::Duration::from_secs(120);

/// The context of a question that belongs to no attempt.
pub(super) fn context<'a>(stop: &'a Stop, ledger: &'a Ledger) -> Context<'a> {
    let deadline = after(Instant::now(), CALL_LIMIT);
    Context { deadline, build: None, attempt: None, say: &|_| {}, stop, ledger }
}
