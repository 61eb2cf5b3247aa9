//! The end of a wait before all deployments have ended: at the time limit, or at the stop signal.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use crate::actions::outcome::End;
use crate::actions::wait::GivingUp;
use crate::backend::{Context, Notice};

use super::state::Watch;

/// How long the server may take to confirm a cancellation.
const CANCELLING: Duration = Duration::from_secs(60);
/// The pause between two looks for the confirmation.
const CONFIRMING: Duration = Duration::from_millis(500);

impl Watch<'_> {
    /// Ends the wait for all open deployments at the time limit.
    pub(super) async fn out_of_time(&mut self) {
        let limit = "the time limit was over";
        let left = self.give_up(self.options.on_timeout, End::OutOfTime, limit).await;
        // A deployment that the server no longer shows must not be reported as running.
        for watched in self.watched.iter_mut().filter(|it| it.is_open() && it.absence.is_some()) {
            watched.end_unseen();
        }
        self.end_open(End::OutOfTime, &left);
    }

    /// Ends the wait for all open deployments at the stop signal.
    pub(super) async fn interrupted(&mut self) {
        let left = self.give_up(self.options.on_interrupt, End::Cancelled, "promenade was stopped").await;
        self.end_open(End::Interrupted, &left);
    }

    fn end_open(&mut self, end: End, message: &str) {
        for watched in self.watched.iter_mut().filter(|it| it.is_open()) {
            watched.end(end, message);
        }
    }

    /// Leaves the open deployments running, or cancels them and waits for the server to confirm that. Returns the
    /// message for those that are still open then.
    async fn give_up(&mut self, how: GivingUp, confirmed: End, why: &str) -> String {
        let given_up = self.open();
        if how == GivingUp::Leave || given_up.is_empty() {
            return format!("{why}; the deployment keeps running");
        }
        let context = Context { deadline: Instant::now() + CANCELLING, ..self.context };
        let backend = self.session.backend;
        let asked = join_all(given_up.iter().map(|it| backend.cancel(it, context))).await;
        let is_accepted = asked.iter().any(Result::is_ok);
        for error in asked.into_iter().filter_map(Result::err) {
            self.say(Notice::Warning(format!("the deployment could not be cancelled: {error}")));
        }
        if is_accepted {
            self.await_cancellation(context).await;
        }
        // A deployment that has ended by itself meanwhile keeps its own end, and so does one that was cancelled before.
        for watched in self.watched.iter_mut().filter(|it| given_up.contains(&it.deployment)) {
            if let Some(result) = watched.result.as_mut().filter(|it| it.end == End::Cancelled) {
                result.end = confirmed;
                result.message = Some(format!("{why}; the deployment was cancelled"));
            }
        }
        format!("{why}; the deployment was to be cancelled, and the server has not confirmed it")
    }

    /// Looks until all have ended, the server does not answer, or the context's time is over.
    async fn await_cancellation(&mut self, context: Context<'_>) {
        loop {
            let open = self.open();
            let Ok(statuses) = self.session.backend.statuses(&open, context).await else { return };
            self.take_in(&open, statuses);
            if self.open().is_empty() || Instant::now() + CONFIRMING >= context.deadline {
                return;
            }
            sleep(CONFIRMING).await;
        }
    }
}
