//! The time limit of one action, which holds from the first request made for it to the last.

use std::time::Duration;

use tokio::time::Instant;

#[derive(Clone, Copy)]
pub(super) struct Clock {
    began: Instant,
    limit: Duration,
}

impl Clock {
    /// A clock that runs from now on.
    pub(super) fn start(limit: Duration) -> Self {
        Self { began: Instant::now(), limit }
    }

    /// How much of the limit is left.
    pub(super) fn left(self) -> Duration {
        self.limit.saturating_sub(self.began.elapsed())
    }
}
