//! What a wait does beside looking: it passes on logs, asks and answers questions, says what it waits for, and
//! learns how long the same took before. None of it may fail the wait or hold it up for long.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use crate::actions::pace::Expected;
use crate::actions::wait::{Answer, PersonNeeded};
use crate::backend::{Call, Deployment, LookError, Notice, Phase, Question, TaskLog, after};

use super::{Watch, Watched};

/// A deployment that takes longer than this is worth the requests that tell how long it took before.
const WORTH_PREDICTING: Duration = Duration::from_secs(4);
/// How many logs are read after one look; more deployments than this take turns.
const LOGS_AT_ONCE: usize = 10;
/// How much of one log is read on average: each look brings all of it anew, so a large one is read less often.
const LOG_BYTES_A_SECOND: usize = 256 * 1024;
/// How often it is said again what a queued deployment waits for.
const REMINDER: Duration = Duration::from_secs(60);
/// How long a courtesy (a log after the end, a reason for waiting) may hold up the wait.
const COURTESY: Duration = Duration::from_secs(10);

impl<'a> Watch<'a> {
    /// What follows a look: the logs, the questions, the reasons for waiting, and once the history.
    pub(super) async fn follow(&mut self) {
        if self.options.log {
            self.read_logs().await;
        }
        let asking: Vec<_> = (0..self.watched.len()).filter(|at| self.is_asking(*at)).collect();
        for at in asking {
            self.handle_questions(at).await;
        }
        for at in 0..self.watched.len() {
            self.tell_what_it_waits_for(at).await;
        }
        self.ask_for_history().await;
    }

    /// One log for each deployment that runs or has just ended, a few at a time.
    async fn read_logs(&mut self) {
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
        let call = self.courtesy();
        let backend = self.session.backend;
        for some in now.chunks(LOGS_AT_ONCE) {
            let logs = join_all(some.iter().map(|at| backend.log(&self.watched[*at].deployment, call))).await;
            for (at, log) in some.iter().zip(logs) {
                self.pass_on(*at, log);
            }
        }
    }

    fn pass_on(&mut self, at: usize, log: Result<TaskLog, LookError>) {
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
                (self.session.say)(Notice::Warning(format!("the end of the log could not be read: {error}")));
            }
            // The next look brings the same lines.
            Err(_) => {}
        }
        if has_ended {
            watched.told.insert("log".to_owned());
        }
    }

    fn courtesy(&self) -> Call<'a> {
        Call {
            until: self
                .call
                .until
                .max(Instant::now() + Duration::from_secs(1))
                .min(Instant::now() + COURTESY),
            ..self.call
        }
    }

    fn is_asking(&self, at: usize) -> bool {
        let watched = &self.watched[at];
        watched.result.is_none() && watched.status.as_ref().is_some_and(|it| it.needs_person)
    }

    /// Says what is asked, and answers where the options say so.
    async fn handle_questions(&mut self, at: usize) {
        let due = self.watched[at].reminded.is_none_or(|it| it.elapsed() >= REMINDER);
        let answers = matches!(self.options.when_person_needed, PersonNeeded::Answer(_));
        if !due && !answers {
            return;
        }
        let deployment = self.watched[at].deployment.clone();
        let Ok(questions) = self.session.backend.questions(&deployment, self.courtesy()).await else {
            return;
        };
        if due {
            self.watched[at].reminded = Some(Instant::now());
        }
        for question in questions {
            if self.watched[at].told.insert(question.id.clone()) {
                let what = describe(&question, &deployment);
                self.say(Notice::WaitingFor { deployment: deployment.clone(), what });
            }
            if let PersonNeeded::Answer(answer) = &self.options.when_person_needed
                && !self.watched[at].answered.contains(&question.id)
            {
                self.give(at, &question, *answer).await;
            }
        }
    }

    async fn give(&mut self, at: usize, question: &Question, answer: Answer) {
        let deployment = self.watched[at].deployment.clone();
        let word = answer.word();
        let offered = answer.is_about_failure() == question.about_failure
            && question.choices.iter().any(|it| it.eq_ignore_ascii_case(word));
        if !offered {
            if self.watched[at].told.insert(format!("{} not offered", question.id)) {
                let offers = question.choices.join(", ");
                let title = &question.title;
                self.say(Notice::Warning(format!(
                    "'{title}' does not offer the answer {word}, only: {offers}"
                )));
            }
            return;
        }
        match self.session.backend.answer(question, word, self.courtesy()).await {
            Ok(()) => {
                self.watched[at].answered.insert(question.id.clone());
                let question = question.title.clone();
                self.say(Notice::Answered { deployment, question, answer: word.to_owned() });
            }
            Err(error) => {
                self.say(Notice::Warning(format!("'{}' could not be answered: {error}", question.title)))
            }
        }
    }

    async fn tell_what_it_waits_for(&mut self, at: usize) {
        let watched = &self.watched[at];
        let (Some(status), None) = (&watched.status, &watched.result) else {
            return;
        };
        let deployment = watched.deployment.clone();
        if let Some(preconditions) = &status.preconditions {
            let what = format!("an approval outside of the server: {}", preconditions.join(", "));
            return self.tell_once(at, &deployment, what);
        }
        if let Some(scheduled) = status.scheduled_in {
            let what = format!("its scheduled time, in {} s", scheduled.as_secs());
            if self.watched[at].told.insert("schedule".to_owned()) {
                self.say(Notice::WaitingFor { deployment, what });
            }
            return;
        }
        let due = watched.reminded.is_none_or(|it| it.elapsed() >= REMINDER);
        if status.phase != Phase::Queued || !due || self.began.elapsed() < WORTH_PREDICTING {
            return;
        }
        self.watched[at].reminded = Some(Instant::now());
        self.spent += 2;
        if let Ok(Some(what)) = self.session.backend.queued_because(&deployment, self.courtesy()).await {
            self.tell_once(at, &deployment, what);
        }
    }

    fn tell_once(&mut self, at: usize, deployment: &Deployment, what: String) {
        if self.watched[at].told.insert(what.clone()) {
            self.say(Notice::WaitingFor { deployment: deployment.clone(), what });
        }
    }

    /// Learns how long the same took before, once it is clear that the wait is not over at once.
    async fn ask_for_history(&mut self) {
        if self.asked_for_history || self.began.elapsed() < WORTH_PREDICTING {
            return;
        }
        self.asked_for_history = true;
        // With several deployments there are several predictions; without one for all of them the pace by
        // age is the one that keeps its promise.
        let open = self.open();
        let [deployment] = open.as_slice() else {
            return;
        };
        let (durations, spent) = self.session.backend.earlier_durations(deployment, self.courtesy()).await;
        self.spent += spent;
        self.expected = Expected::from_history(&durations);
    }
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
