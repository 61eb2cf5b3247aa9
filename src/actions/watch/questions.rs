//! The questions that deployments ask people: read, reported, and answered if the options say so.

use std::collections::HashMap;

use futures_util::stream::{self, StreamExt as _};
use tokio::time::Instant;

use crate::actions::STOP_GRACE;
use crate::actions::wait::{Answer, PersonNeeded};
use crate::backend::{Cause, Context, Deployment, Notice, Question};

use super::deployment::WatchedDeployment;
use super::reading::{REMINDER, ReadResult, Reading};
use super::state::Watch;

/// The most answers in flight.
const ANSWERS_AT_ONCE: usize = 10;

/// An answer to give to a question of the deployment at this position.
type PendingAnswer = (usize, Question, Answer);

impl<'a> Watch<'a> {
    /// Reads the questions of all deployments that ask one, in one request.
    pub(super) fn questions(&self, context: Context<'a>) -> Option<Reading<'a>> {
        let answers = matches!(self.options.when_person_needed, PersonNeeded::Answer(_));
        let asks = |it: &WatchedDeployment| {
            let due = answers || it.questions_read.is_none_or(|it| it.elapsed() >= REMINDER);
            due && it.open_status().is_some_and(|it| it.needs_person)
        };
        let of: Vec<_> = (0..self.watched.len()).filter(|at| asks(&self.watched[*at])).collect();
        if of.is_empty() {
            return None;
        }
        let asking: Vec<_> = of.iter().map(|at| self.watched[*at].deployment.clone()).collect();
        let backend = self.session.backend;
        Some(Box::pin(
            async move { ReadResult::Questions(of, backend.questions(&asking, context).await.ok()) },
        ))
    }

    /// Reports each question once, and returns the answers to give.
    pub(super) fn report_questions(
        &mut self,
        of: &[usize],
        asked: &HashMap<String, Vec<Question>>,
    ) -> Vec<PendingAnswer> {
        let mut answers = Vec::new();
        for &at in of {
            self.watched[at].questions_read = Some(Instant::now());
            let task = &self.watched[at].deployment.task;
            for question in asked.get(task).into_iter().flatten() {
                self.report_question(at, question);
                if let PersonNeeded::Answer(answer) = self.options.when_person_needed
                    && !self.watched[at].questions.get(&question.id).is_some_and(|it| it.is_answered)
                    && self.is_offered(at, question, answer)
                {
                    answers.push((at, question.clone(), answer));
                }
            }
        }
        answers
    }

    fn report_question(&mut self, at: usize, question: &Question) {
        let state = self.watched[at].questions.entry(question.id.clone()).or_default();
        if !std::mem::replace(&mut state.is_reported, true) {
            let deployment = self.watched[at].deployment.clone();
            let what = describe(question, &deployment);
            self.say(Notice::WaitingFor { deployment, what });
        }
    }

    /// Whether a question offers this answer; warns once if it does not.
    fn is_offered(&mut self, at: usize, question: &Question, answer: Answer) -> bool {
        let word = answer.word();
        let offered = answer.is_offered_by(question);
        if !offered {
            let state = self.watched[at].questions.entry(question.id.clone()).or_default();
            if !std::mem::replace(&mut state.mismatch_is_reported, true) {
                let (title, offers) = (&question.title, question.choices.join(", "));
                let what = format!("'{title}' does not offer the answer {word}, only: {offers}");
                self.say(Notice::Warning(what));
            }
        }
        offered
    }

    /// Gives the answers. None is sent after the stop signal; one in flight then has a few seconds to be accepted.
    pub(super) async fn give(&mut self, answers: Vec<PendingAnswer>, context: Context<'a>) {
        let stop = self.session.stop;
        if answers.is_empty() || stop.is_requested() {
            return;
        }
        let backend = self.session.backend;
        let give = |(at, question, answer): PendingAnswer| async move {
            let given = backend.answer(&question, answer.word(), context).await;
            (at, question, answer, given)
        };
        let mut given = stream::iter(answers.into_iter().map(give)).buffer_unordered(ANSWERS_AT_ONCE);
        let grace = async {
            stop.requested().await;
            tokio::time::sleep(STOP_GRACE).await;
        };
        tokio::pin!(grace);
        loop {
            let next = tokio::select! {
                biased;
                next = given.next() => next,
                () = &mut grace => return,
            };
            let Some((at, question, answer, given)) = next else { return };
            self.report_answer(at, question, answer, given);
        }
    }

    fn report_answer(&mut self, at: usize, question: Question, answer: Answer, given: Result<(), Cause>) {
        match given {
            Ok(()) => {
                let watched = &mut self.watched[at];
                let (deployment, answer) = (watched.deployment.clone(), answer.word().to_owned());
                watched.questions.entry(question.id).or_default().is_answered = true;
                self.say(Notice::Answered { deployment, question: question.title, answer });
            }
            Err(_) if self.session.stop.is_requested() => {}
            Err(error) => {
                let what = format!("'{}' could not be answered: {error}", question.title);
                self.say(Notice::Warning(what));
            }
        }
    }
}

fn describe(question: &Question, deployment: &Deployment) -> String {
    let kind = if question.about_failure { "guidance on a failure" } else { "a manual intervention" };
    let teams = match question.teams.as_slice() {
        [] => String::new(),
        teams => format!(", by {}", teams.join(", ")),
    };
    format!("{kind}: '{}'{teams}; answer it at {}", question.title, deployment.url)
}
