//! The logs of running deployments: which are read after a look, and what is passed on.

use std::time::Duration;

use tokio::time::Instant;

use crate::backend::{Cause, Context, Notice, Phase, TaskLog, after};

use super::deployment::WatchedDeployment;
use super::reading::{ReadResult, Reading};
use super::state::Watch;

/// How many logs of running deployments are read after one look; more deployments than this take turns.
pub(super) const LOGS_AT_ONCE: usize = 10;
/// The average rate at which one log is read: each read returns the whole log, so a large one is read less often.
const LOG_BYTES_A_SECOND: usize = 256 * 1024;

impl<'a> Watch<'a> {
    /// One log for each deployment that runs or has just ended, a few at a time.
    pub(super) fn logs(&mut self, context: Context<'a>) -> Vec<Reading<'a>> {
        if !self.options.log {
            return Vec::new();
        }
        let all = self.watched.len();
        let order = (0..all).map(|it| (it + self.turn) % all.max(1));
        // A deployment that has ended gets no further look, so its log is read now.
        let (ended, running): (Vec<_>, Vec<_>) =
            order.filter(|at| wants_log(&self.watched[*at])).partition(|at| !self.watched[*at].is_open());
        let now: Vec<_> = ended.into_iter().chain(running.into_iter().take(LOGS_AT_ONCE)).collect();
        self.turn = now.last().map_or(self.turn, |it| it + 1);
        let backend = self.session.backend;
        let log = |at: usize| -> Reading<'a> {
            let deployment = self.watched[at].deployment.clone();
            Box::pin(async move { ReadResult::Log(at, backend.log(&deployment, context).await) })
        };
        now.into_iter().map(log).collect()
    }

    /// Reports the new lines of a log.
    pub(super) fn pass_on(&mut self, at: usize, log: Result<TaskLog, Cause>) {
        let waited = self.began.elapsed();
        let watched = &mut self.watched[at];
        let has_ended = !watched.is_open();
        match log {
            Ok(TaskLog { steps, percent, size }) => {
                let worth = Duration::from_secs((size / LOG_BYTES_A_SECOND) as u64);
                watched.log_read_until = Some(after(Instant::now(), worth));
                for notice in watched.log.news(&watched.deployment, &steps) {
                    (self.session.say)(notice);
                }
                if !has_ended {
                    let deployment = watched.deployment.clone();
                    (self.session.say)(Notice::Progress { deployment, percent, waited });
                }
            }
            Err(error) if has_ended => {
                let target = &watched.deployment.target;
                let what = format!("{target}: the end of the log could not be read: {error}");
                (self.session.say)(Notice::Warning(what));
            }
            // The next read returns the same lines.
            Err(_) => {}
        }
        watched.log_is_done |= has_ended;
    }
}

/// Whether its log may have new lines and is due to be read.
fn wants_log(it: &WatchedDeployment) -> bool {
    if !it.is_open() {
        return !it.log_is_done;
    }
    it.status.as_ref().is_some_and(|it| matches!(it.phase, Phase::Running | Phase::Cancelling))
        && it.log_read_until.is_none_or(|it| it <= Instant::now())
}
