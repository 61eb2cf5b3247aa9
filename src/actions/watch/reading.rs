//! What a wait reads in addition to the statuses, in parallel.

use std::collections::HashMap;
use std::pin::Pin;
use std::time::Duration;

use crate::backend::{Cause, Question, Queued, TaskLog};

/// Only deployments that take longer than this are worth the requests for earlier durations and for the reason of a
/// wait.
pub(super) const WORTH_ASKING: Duration = Duration::from_secs(4);
/// The pause before promenade asks again what a deployment waits for, or which person is needed.
pub(super) const REMINDER: Duration = Duration::from_secs(60);

/// One request in flight.
pub(super) type Reading<'a> = Pin<Box<dyn Future<Output = ReadResult> + Send + 'a>>;

/// The result of one request. Positions are those of the deployments in the wait.
pub(super) enum ReadResult {
    /// The log of one deployment.
    Log(usize, Result<TaskLog, Cause>),
    /// The deployments that were asked about, and their questions by task; `None` = not readable.
    Questions(Vec<usize>, Option<HashMap<String, Vec<Question>>>),
    /// Why one deployment is queued.
    Reason(usize, Option<Queued>),
    /// Earlier durations, and what they cost in requests.
    History(Vec<Duration>, u32),
}
