//! What a wait reads in addition to the statuses, side by side.

use std::collections::HashMap;
use std::pin::Pin;
use std::time::Duration;

use crate::backend::{Cause, Question, Queued, TaskLog};

/// A deployment that takes longer than this is worth the requests that show how long it took before, and what it
/// waits for.
pub(super) const WORTH_ASKING: Duration = Duration::from_secs(4);
/// How often the same question is asked again: what a deployment waits for, and which person is needed.
pub(super) const REMINDER: Duration = Duration::from_secs(60);

/// One request that is on its way.
pub(super) type Reading<'a> = Pin<Box<dyn Future<Output = ReadResult> + Send + 'a>>;

/// What came of one. Positions are those of the deployments in the wait.
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
