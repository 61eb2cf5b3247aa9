//! What a wait does in addition to looking: it passes on logs, reads and answers questions, reports what it waits for,
//! and reads earlier durations. None of it may fail the wait or hold it up for long: all of it runs in parallel, within
//! one time limit that ends with the wait's own limits at the latest.

use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use tokio::time::Instant;

use crate::actions::polling::ExpectedDuration;
use crate::backend::Context;

use super::logs::LOGS_AT_ONCE;
use super::reading::{ReadResult, Reading, WORTH_ASKING};
use super::state::Watch;

/// The most requests in flight: the logs, and one for each of the other questions.
const AT_ONCE: usize = LOGS_AT_ONCE + 3;
/// How long all courtesies after one look together may hold up the wait.
const COURTESY: Duration = Duration::from_secs(10);

impl<'a> Watch<'a> {
    /// Does what follows a look: the logs, the questions, the reasons for waiting, and once the history. The stop
    /// signal interrupts all of it except an answer that is in flight.
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
                // If they could not be read, the next look asks again.
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

    /// The context of all courtesies after one look, with their time limit.
    fn courtesy(&self) -> Context<'a> {
        Context { deadline: (Instant::now() + COURTESY).min(self.last()), ..self.context }
    }

    /// Reads earlier durations, once the wait has turned out not to be a short one.
    fn history(&mut self, context: Context<'a>) -> Option<Reading<'a>> {
        if self.asked_for_history || self.began.elapsed() < WORTH_ASKING {
            return None;
        }
        self.asked_for_history = true;
        // With several deployments there are several predictions. Without one for all of them, only the pauses by age
        // keep the documented limits.
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
