//! What a wait does beside looking: it passes on logs, asks and answers questions, says what it waits for, and
//! learns how long the same took before. None of it may fail the wait or hold it up for long: all of it runs side
//! by side, in a time that is bounded as a whole and that ends with the wait's own limits.

use std::collections::HashMap;
use std::pin::Pin;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use jiff::Timestamp;
use tokio::time::Instant;

use crate::actions::STOP_GRACE;
use crate::actions::pace::Expected;
use crate::actions::wait::{Answer, PersonNeeded};
use crate::backend::{Call, Cause, Deployment, Notice, Phase, Question, Queued, TaskLog, after};

use super::{Watch, Watched};

/// A deployment that takes longer than this is worth the requests that tell how long it took before.
const WORTH_PREDICTING: Duration = Duration::from_secs(4);
/// How many logs of running deployments are read after one look; more deployments than this take turns.
const LOGS_AT_ONCE: usize = 10;
/// How much of one log is read on average: each look brings all of it anew, so a large one is read less often.
const LOG_BYTES_A_SECOND: usize = 256 * 1024;
/// How many requests are on their way at once: the logs, and one for each of the other questions.
const AT_ONCE: usize = LOGS_AT_ONCE + 3;
/// How often it is asked again what a deployment waits for.
const REMINDER: Duration = Duration::from_secs(60);
/// How long all courtesies after one look may hold up the wait.
const COURTESY: Duration = Duration::from_secs(10);

/// One thing that is read beside the looks.
type Reading<'a> = Pin<Box<dyn Future<Output = Read> + Send + 'a>>;

/// What was read.
enum Read {
    Log(usize, Result<TaskLog, Cause>),
    /// Of whom it was asked, and the questions by task, or nothing where they could not be read.
    Questions(Vec<usize>, Option<HashMap<String, Vec<Question>>>),
    Reason(usize, Option<Queued>),
    History(Vec<Duration>, u32),
}

impl<'a> Watch<'a> {
    /// What follows a look: the logs, the questions, the reasons for waiting, and once the history. The word to
    /// stop does not wait for it, but for an answer that is on its way.
    pub(super) async fn follow(&mut self) {
        for at in 0..self.watched.len() {
            self.tell_what_is_known(at);
        }
        let call = self.courtesy();
        let readings = self.questions(call).into_iter().chain(self.reason(call)).chain(self.history(call));
        let readings: Vec<Reading<'a>> = readings.collect();
        let readings: Vec<Reading<'a>> = readings.into_iter().chain(self.logs(call)).collect();
        let mut readings = stream::iter(readings).buffer_unordered(AT_ONCE);
        let mut answers = Vec::new();
        let stop = self.session.stop;
        loop {
            let read = tokio::select! {
                biased;
                () = stop.told() => return,
                read = readings.next() => read,
            };
            match read {
                None => break,
                Some(Read::Log(at, log)) => self.pass_on(at, log),
                // Where they could not be read, the next look asks again.
                Some(Read::Questions(_, None)) => {}
                Some(Read::Questions(of, Some(asked))) => answers = self.tell_questions(&of, &asked),
                Some(Read::Reason(at, reason)) => self.tell_reason(at, reason),
                Some(Read::History(durations, spent)) => {
                    self.spent += spent;
                    self.expected = Expected::from_history(&durations);
                }
            }
        }
        self.give(answers, call).await;
    }

    /// The time that courtesies have.
    fn courtesy(&self) -> Call<'a> {
        Call { until: (Instant::now() + COURTESY).min(self.last()), ..self.call }
    }

    /// One log for each deployment that runs or has just ended, a few at a time.
    fn logs(&mut self, call: Call<'a>) -> Vec<Reading<'a>> {
        if !self.options.log {
            return Vec::new();
        }
        let runs = |it: &Watched| match &it.result {
            Some(_) => !it.told.contains("log"),
            None => {
                it.status.as_ref().is_some_and(|it| matches!(it.phase, Phase::Running | Phase::Cancelling))
                    && it.log_read_until.is_none_or(|it| it <= Instant::now())
            }
        };
        let all = self.watched.len();
        let order = (0..all).map(|it| (it + self.turn) % all.max(1));
        // One that has ended is not looked at again, so its log is not left for another turn.
        let (ended, running): (Vec<_>, Vec<_>) =
            order.filter(|at| runs(&self.watched[*at])).partition(|at| self.watched[*at].result.is_some());
        let now: Vec<_> = ended.into_iter().chain(running.into_iter().take(LOGS_AT_ONCE)).collect();
        self.turn = now.last().map_or(self.turn, |it| it + 1);
        let backend = self.session.backend;
        let log = |at: usize| -> Reading<'a> {
            let deployment = self.watched[at].deployment.clone();
            Box::pin(async move { Read::Log(at, backend.log(&deployment, call).await) })
        };
        now.into_iter().map(log).collect()
    }

    fn pass_on(&mut self, at: usize, log: Result<TaskLog, Cause>) {
        let waited = self.began.elapsed();
        let watched = &mut self.watched[at];
        let has_ended = watched.result.is_some();
        match log {
            Ok(TaskLog { steps, percent, size }) => {
                let worth = Duration::from_secs((size / LOG_BYTES_A_SECOND) as u64);
                watched.log_read_until = Some(after(Instant::now(), worth));
                for notice in watched.followed.news(&watched.deployment, &steps) {
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
            // The next look brings the same lines.
            Err(_) => {}
        }
        if has_ended {
            watched.told.insert("log".to_owned());
        }
    }

    /// The questions of all that ask, in one request.
    fn questions(&self, call: Call<'a>) -> Option<Reading<'a>> {
        let answers = matches!(self.options.when_person_needed, PersonNeeded::Answer(_));
        let asks = |it: &Watched| {
            let due = answers || it.reminded.is_none_or(|it| it.elapsed() >= REMINDER);
            due && it.result.is_none() && it.status.as_ref().is_some_and(|it| it.needs_person)
        };
        let of: Vec<_> = (0..self.watched.len()).filter(|at| asks(&self.watched[*at])).collect();
        if of.is_empty() {
            return None;
        }
        let asking: Vec<_> = of.iter().map(|at| self.watched[*at].deployment.clone()).collect();
        let backend = self.session.backend;
        Some(Box::pin(async move { Read::Questions(of, backend.questions(&asking, call).await.ok()) }))
    }

    /// Says what is asked, and hands back the answers that the options give.
    fn tell_questions(
        &mut self,
        of: &[usize],
        asked: &HashMap<String, Vec<Question>>,
    ) -> Vec<(usize, Question, Answer)> {
        let mut answers = Vec::new();
        for &at in of {
            let deployment = self.watched[at].deployment.clone();
            self.watched[at].reminded = Some(Instant::now());
            for question in asked.get(&deployment.task).into_iter().flatten() {
                if self.watched[at].told.insert(question.id.clone()) {
                    let what = describe(question, &deployment);
                    self.say(Notice::WaitingFor { deployment: deployment.clone(), what });
                }
                if let PersonNeeded::Answer(answer) = self.options.when_person_needed
                    && !self.watched[at].answered.contains(&question.id)
                    && self.is_offered(at, question, answer)
                {
                    answers.push((at, question.clone(), answer));
                }
            }
        }
        answers
    }

    /// Whether a question can be answered so; says once where it cannot.
    fn is_offered(&mut self, at: usize, question: &Question, answer: Answer) -> bool {
        let word = answer.word();
        let offered = answer.is_about_failure() == question.about_failure
            && question.choices.iter().any(|it| it.eq_ignore_ascii_case(word));
        if !offered && self.watched[at].told.insert(format!("{} not offered", question.id)) {
            let (title, offers) = (&question.title, question.choices.join(", "));
            self.say(Notice::Warning(format!("'{title}' does not offer the answer {word}, only: {offers}")));
        }
        offered
    }

    /// Gives the answers. None is begun after the word to stop; one that is on its way then has a few seconds to
    /// be heard.
    async fn give(&mut self, answers: Vec<(usize, Question, Answer)>, call: Call<'a>) {
        let stop = self.session.stop;
        if answers.is_empty() || stop.is_told() {
            return;
        }
        let backend = self.session.backend;
        let give = |(at, question, answer): (usize, Question, Answer)| async move {
            let given = backend.answer(&question, answer.word(), call).await;
            (at, question, answer, given)
        };
        let mut given = stream::iter(answers.into_iter().map(give)).buffer_unordered(LOGS_AT_ONCE);
        let grace = async {
            stop.told().await;
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
            match given {
                Ok(()) => {
                    let watched = &mut self.watched[at];
                    watched.answered.insert(question.id);
                    let (deployment, answer) = (watched.deployment.clone(), answer.word().to_owned());
                    (self.session.say)(Notice::Answered { deployment, question: question.title, answer });
                }
                Err(_) if stop.is_told() => {}
                Err(error) => {
                    let what = format!("'{}' could not be answered: {error}", question.title);
                    (self.session.say)(Notice::Warning(what));
                }
            }
        }
    }

    /// Says what a look alone tells of what a deployment waits for.
    fn tell_what_is_known(&mut self, at: usize) {
        let watched = &self.watched[at];
        let (Some(status), None) = (&watched.status, &watched.result) else {
            return;
        };
        let preconditions = status.preconditions.as_ref();
        let approval =
            preconditions.map(|it| format!("an approval outside of the server: {}", it.join(", ")));
        let time = status.scheduled.map(|it| format!("its scheduled time, {}", to_the_second(it.at)));
        if let Some(what) = approval.or(time) {
            self.tell_once(at, what);
        }
    }

    /// Why one of the queued deployments waits, for which nothing tells it yet. They take turns: the reason of one
    /// is mostly that of all, and many cost no more than one.
    fn reason(&mut self, call: Call<'a>) -> Option<Reading<'a>> {
        let due = self.asked_for_reason.is_none_or(|it| it.elapsed() >= REMINDER);
        if !due || self.began.elapsed() < WORTH_PREDICTING {
            return None;
        }
        let queued = |it: &Watched| {
            let status = it.status.as_ref().filter(|_| it.result.is_none());
            status.is_some_and(|it| {
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
            Read::Reason(at, backend.queued_because(&deployment, call).await.unwrap_or_default())
        }))
    }

    fn tell_reason(&mut self, at: usize, reason: Option<Queued>) {
        match reason {
            Some(Queued::Stopped) => {
                let what = "the space's task queue is stopped; somebody has to start it";
                let is_queued = |it: &Watched| it.status.as_ref().is_some_and(|it| it.phase == Phase::Queued);
                let queued = (0..self.watched.len()).filter(|at| is_queued(&self.watched[*at]));
                for at in queued.collect::<Vec<_>>() {
                    self.tell_once(at, what.to_owned());
                }
            }
            Some(Queued::Behind(tasks)) => self.tell_once(at, format!("queued behind {}", tasks.join(", "))),
            None => {}
        }
    }

    fn tell_once(&mut self, at: usize, what: String) {
        if self.watched[at].told.insert(what.clone()) {
            let deployment = self.watched[at].deployment.clone();
            self.say(Notice::WaitingFor { deployment, what });
        }
    }

    /// How long the same took before, once it is clear that the wait is not over at once.
    fn history(&mut self, call: Call<'a>) -> Option<Reading<'a>> {
        if self.asked_for_history || self.began.elapsed() < WORTH_PREDICTING {
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
            let (durations, spent) = backend.earlier_durations(&deployment, call).await;
            Read::History(durations, spent)
        }))
    }
}

/// A time for people, in UTC.
fn to_the_second(time: Timestamp) -> String {
    time.round(jiff::Unit::Second).unwrap_or(time).to_string()
}

impl Answer {
    /// The server's word for it.
    fn word(self) -> &'static str {
        match self {
            Self::Proceed => "Proceed",
            Self::Abort => "Abort",
            Self::Fail => "Fail",
            Self::Retry => "Retry",
            Self::Ignore => "Ignore",
            Self::Exclude => "Exclude",
        }
    }

    fn is_about_failure(self) -> bool {
        !matches!(self, Self::Proceed | Self::Abort)
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
