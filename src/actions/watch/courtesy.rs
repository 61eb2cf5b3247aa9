//! What a wait does in addition to looking: it passes on logs, asks and answers questions, reports what it waits for,
//! and learns how long the same took before. None of it may fail the wait or hold it up for long: all of it runs side
//! by side, in a time that is bounded as a whole and that ends with the wait's own limits.

use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use tokio::time::Instant;

use crate::actions::polling::ExpectedDuration;
use crate::backend::Context;

use super::logs::LOGS_AT_ONCE;
use super::reading::{ReadResult, Reading, WORTH_ASKING};
use super::state::Watch;

/// How many requests are on their way at once: the logs, and one for each of the other questions.
const AT_ONCE: usize = LOGS_AT_ONCE + 3;
/// How long all courtesies after one look may hold up the wait.
const COURTESY: Duration = Duration::from_secs(10);

impl<'a> Watch<'a> {
    /// Does what follows a look: the logs, the questions, the reasons for waiting, and once the history. The word to
    /// stop does not wait for it, but for an answer that is on its way.
    pub(super) async fn follow(&mut self) {
        for at in 0..self.watched.len() {
            self.report_known_reason(at);
        }
        let context = self.courtesy();
        let readings =
            self.questions(context).into_iter().chain(self.reason(context)).chain(self.history(context));
        let readings: Vec<Reading<'a>> = readings.collect();
        let readings: Vec<Reading<'a>> = readings.into_iter().chain(self.logs(context)).collect();
        let mut readings = stream::iter(readings).buffer_unordered(AT_ONCE);
        let mut answers = Vec::new();
        let stop = self.session.stop;
        loop {
            let read = tokio::select! {
                biased;
                () = stop.requested() => return,
                read = readings.next() => read,
            };
            match read {
                None => break,
                Some(ReadResult::Log(at, log)) => self.pass_on(at, log),
                // Where they could not be read, the next look asks again.
                Some(ReadResult::Questions(_, None)) => {}
                Some(ReadResult::Questions(of, Some(asked))) => answers = self.report_questions(&of, &asked),
                Some(ReadResult::Reason(at, reason)) => self.report_reason(at, reason),
                Some(ReadResult::History(durations, spent)) => {
                    self.spent += spent;
                    self.expected = ExpectedDuration::from_history(&durations);
                }
            }
        }
        self.give(answers, context).await;
    }

    /// The call of all courtesies after one look, with the time that they have.
    fn courtesy(&self) -> Context<'a> {
        Context { deadline: (Instant::now() + COURTESY).min(self.last()), ..self.context }
    }

    /// How long the same took before, once it is clear that the wait is not over at once.
    fn history(&mut self, context: Context<'a>) -> Option<Reading<'a>> {
        if self.asked_for_history || self.began.elapsed() < WORTH_ASKING {
            return None;
        }
        self.asked_for_history = true;
        // With several deployments there are several predictions; without one for all of them the pace by
        // age is the one that keeps its promise.
        let open = self.open();
        let [deployment] = open.as_slice() else {
            return None;
        };
        let (backend, deployment) = (self.session.backend, deployment.clone());
        Some(Box::pin(async move {
            let (durations, spent) = backend.earlier_durations(&deployment, context).await;
            ReadResult::History(durations, spent)
        }))
    }
}
