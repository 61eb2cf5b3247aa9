//! The reasons why deployments wait: an approval, a time, the queue. Each is reported once.

use jiff::Timestamp;
use tokio::time::Instant;

use crate::backend::{Context, Notice, Phase, Queued};

use super::deployment::WatchedDeployment;
use super::reading::{REMINDER, ReadResult, Reading, WORTH_ASKING};
use super::state::Watch;

impl<'a> Watch<'a> {
    /// Reports the reason that the status itself shows.
    pub(super) fn report_known_reason(&mut self, at: usize) {
        let Some(status) = self.watched[at].open_status() else { return };
        let preconditions = status.preconditions.as_ref();
        let approval =
            preconditions.map(|it| format!("an approval outside of the server: {}", it.join(", ")));
        let time = status.scheduled.map(|it| format!("its scheduled time, {}", to_the_second(it.at)));
        if let Some(what) = approval.or(time) {
            self.report_once(at, what);
        }
    }

    /// Asks why one of the queued deployments without a known reason waits. They take turns: mostly all wait for the
    /// same reason, and so many cost no more requests than one.
    pub(super) fn reason(&mut self, context: Context<'a>) -> Option<Reading<'a>> {
        let due = self.asked_for_reason.is_none_or(|it| it.elapsed() >= REMINDER);
        if !due || self.began.elapsed() < WORTH_ASKING {
            return None;
        }
        let queued = |it: &WatchedDeployment| {
            it.open_status().is_some_and(|it| {
                it.phase == Phase::Queued && it.scheduled.is_none() && it.preconditions.is_none()
            })
        };
        let all = self.watched.len();
        let mut order = (0..all).map(|it| (it + self.reason_turn) % all.max(1));
        let at = order.find(|at| queued(&self.watched[*at]))?;
        self.reason_turn = at + 1;
        self.asked_for_reason = Some(Instant::now());
        self.spent += 2;
        let (backend, deployment) = (self.session.backend, self.watched[at].deployment.clone());
        Some(Box::pin(async move {
            ReadResult::Reason(at, backend.queued_because(&deployment, context).await.unwrap_or_default())
        }))
    }

    pub(super) fn report_reason(&mut self, at: usize, reason: Option<Queued>) {
        match reason {
            Some(Queued::Stopped) => {
                let what = "the space's task queue is stopped; a person has to start it";
                let is_queued =
                    |it: &WatchedDeployment| it.status.as_ref().is_some_and(|it| it.phase == Phase::Queued);
                let queued = (0..self.watched.len()).filter(|at| is_queued(&self.watched[*at]));
                for at in queued.collect::<Vec<_>>() {
                    self.report_once(at, what.to_owned());
                }
            }
            Some(Queued::Behind(tasks)) => {
                self.report_once(at, format!("queued behind {}", tasks.join(", ")))
            }
            None => {}
        }
    }

    fn report_once(&mut self, at: usize, what: String) {
        if self.watched[at].reasons.insert(what.clone()) {
            let deployment = self.watched[at].deployment.clone();
            self.say(Notice::WaitingFor { deployment, what });
        }
    }
}

/// A time to the second, in UTC.
fn to_the_second(time: Timestamp) -> String {
    time.round(jiff::Unit::Second).unwrap_or(time).to_string()
}
