//! The loop around [`decide`]: sleep, look, say what is new, decide.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use crate::backend::{
    Adopted, Call, Deployment, DeploymentStatus, LookError, Notice, Phase, Question, StepLog,
};

use super::Session;
use super::follow::Followed;
use super::outcome::{DeploymentResult, End};
use super::pace::Expected;
use super::wait::{Answer, GivingUp, Next, PersonNeeded, View, Wait, WaitOptions, decide};

/// A deployment that takes longer than this is worth the requests that tell how long it took before.
const WORTH_PREDICTING: Duration = Duration::from_secs(4);
/// How many logs are read after one look; more deployments than this take turns.
const LOGS_AT_ONCE: usize = 10;
/// How often it is said again what a queued deployment waits for.
const REMINDER: Duration = Duration::from_secs(60);
/// How long the server may take to confirm a cancellation.
const CANCELLING: Duration = Duration::from_secs(60);
/// How long the last look at the time limit may take, so that an end just before it counts.
const LAST_LOOK: Duration = Duration::from_secs(2);
/// How often it is looked whether it has.
const CONFIRMING: Duration = Duration::from_millis(500);
/// How long a courtesy (a log after the end, a reason for waiting) may hold up the wait.
const COURTESY: Duration = Duration::from_secs(10);

/// Waits for deployments as the options say, and says where each stood in the end.
pub(super) async fn results(
    session: &Session<'_>,
    deployments: Vec<Deployment>,
    wait: &Wait,
    call: Call<'_>,
) -> Vec<DeploymentResult> {
    match wait {
        Wait::No => deployments.into_iter().map(|it| result(it, End::NotAwaited, None)).collect(),
        Wait::ForResults(options) => Watch::new(session, deployments, options, call).run().await,
    }
}

/// One deployment that is waited for.
struct Watched {
    deployment: Deployment,
    status: Option<DeploymentStatus>,
    followed: Followed,
    answered: HashSet<String>,
    told: HashSet<String>,
    reminded: Option<Instant>,
    result: Option<DeploymentResult>,
}

struct Watch<'a> {
    session: &'a Session<'a>,
    options: &'a WaitOptions,
    call: Call<'a>,
    watched: Vec<Watched>,
    began: Instant,
    /// Since when the server has not shown something that it should, and what it said instead.
    unseen: Option<Unseen>,
    spent: u32,
    expected: Option<Expected>,
    asked_for_history: bool,
    /// Whose log is read first after the next look.
    turn: usize,
}

struct Unseen {
    since: Instant,
    because: String,
}

/// How a round of looking ended.
enum Looked {
    Seen,
    /// The server refused to show; it may be an upgrade.
    Refused(String),
    /// No answer until the time was over.
    NoAnswer(String),
    Stopped,
}

impl<'a> Watch<'a> {
    fn new(
        session: &'a Session<'a>,
        deployments: Vec<Deployment>,
        options: &'a WaitOptions,
        call: Call<'a>,
    ) -> Self {
        let watched = |deployment: Deployment| Watched {
            // What had ended before we came is no news, and its log is on its page.
            told: (deployment.adopted == Some(Adopted::StillCurrent))
                .then(|| "log".to_owned())
                .into_iter()
                .collect(),
            deployment,
            status: None,
            followed: Followed::default(),
            answered: HashSet::new(),
            reminded: None,
            result: None,
        };
        Self {
            session,
            options,
            call,
            watched: deployments.into_iter().map(watched).collect(),
            began: Instant::now(),
            unseen: None,
            spent: 0,
            expected: None,
            asked_for_history: false,
            turn: 0,
        }
    }

    async fn run(mut self) -> Vec<DeploymentResult> {
        loop {
            match self.decide() {
                Next::Done => break,
                Next::LookIn(pause) => {
                    if !self.pause(pause).await {
                        self.interrupted().await;
                        break;
                    }
                }
                Next::OutOfTime => {
                    self.out_of_time().await;
                    break;
                }
                Next::NeedsPerson => {
                    self.end_open(
                        End::NeedsPerson,
                        "a person has to answer, and when-person-needed says not to wait",
                    );
                    break;
                }
                Next::Unseen => {
                    self.out_of_sight();
                    break;
                }
            }
            let stop = self.session.stop;
            match self.look().await {
                // The word to stop does not wait for what is only a courtesy; the next pause hears it too.
                Looked::Seen => tokio::select! {
                    biased;
                    () = stop.told() => {}
                    () = self.follow() => {}
                },
                Looked::Refused(because) => self.lose_sight(because),
                Looked::NoAnswer(because) => {
                    self.lose_sight(because);
                    self.out_of_time().await;
                    break;
                }
                Looked::Stopped => {
                    self.interrupted().await;
                    break;
                }
            }
        }
        self.watched.into_iter().filter_map(|it| it.result).collect()
    }

    fn say(&self, notice: Notice) {
        (self.session.say)(notice);
    }

    fn decide(&self) -> Next {
        let open = self.watched.iter().filter(|it| it.result.is_none());
        let statuses: Vec<_> = open.map(|it| it.status.clone()).collect();
        let unseen_for = self.unseen.as_ref().map(|it| it.since.elapsed()).unwrap_or_default();
        decide(&View {
            statuses: &statuses,
            waited: self.began.elapsed(),
            unseen_for,
            left: self.call.until.saturating_duration_since(Instant::now()),
            spent: self.spent,
            expected: self.expected,
            fail_when_person_needed: self.options.when_person_needed == PersonNeeded::Fail,
        })
    }

    /// Sleeps; false when the word to stop came first.
    async fn pause(&self, pause: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.session.stop.told() => false,
            () = sleep(pause) => true,
        }
    }

    fn open(&self) -> Vec<Deployment> {
        self.watched.iter().filter(|it| it.result.is_none()).map(|it| it.deployment.clone()).collect()
    }

    async fn look(&mut self) -> Looked {
        let open = self.open();
        let call = Call { until: self.call.until.max(Instant::now() + LAST_LOOK), ..self.call };
        self.spent += u32::try_from(open.len().div_ceil(300)).unwrap_or(u32::MAX);
        let answer = tokio::select! {
            biased;
            () = self.session.stop.told() => return Looked::Stopped,
            answer = self.session.backend.statuses(&open, call) => answer,
        };
        let statuses = match answer {
            Ok(statuses) => statuses,
            Err(error) if error.is_transient() => return Looked::NoAnswer(error.to_string()),
            Err(error) => return Looked::Refused(error.to_string()),
        };
        if statuses.iter().all(Option::is_some) {
            self.unseen = None;
        } else {
            self.note_unseen("the server does not show the deployment's task any more".to_owned());
        }
        for (deployment, status) in open.iter().zip(statuses) {
            self.seen(deployment, status);
        }
        Looked::Seen
    }

    /// What was seen before says nothing of what is now.
    fn lose_sight(&mut self, because: String) {
        if self.unseen.as_ref().is_none_or(|it| it.because != because) {
            self.say(Notice::Trouble(because.clone()));
        }
        self.note_unseen(because);
        for watched in self.watched.iter_mut().filter(|it| it.result.is_none()) {
            watched.status = None;
        }
    }

    fn note_unseen(&mut self, because: String) {
        let since = self.unseen.as_ref().map_or_else(Instant::now, |it| it.since);
        self.unseen = Some(Unseen { since, because });
    }

    /// Takes in one status, and says what is new about it; the verdict first.
    fn seen(&mut self, deployment: &Deployment, status: Option<DeploymentStatus>) {
        let say = self.session.say;
        let Some(watched) = self.watched.iter_mut().find(|it| it.deployment.task == deployment.task) else {
            return;
        };
        let Some(status) = status else {
            watched.status = None;
            return;
        };
        let end = match status.phase {
            Phase::Succeeded => Some(End::Succeeded),
            Phase::Failed => Some(End::Failed),
            Phase::Cancelled => Some(End::Cancelled),
            Phase::TimedOut => Some(End::TimedOut),
            Phase::Queued | Phase::Running | Phase::Cancelling => None,
        };
        if let Some(end) = end {
            let message = (!status.message.is_empty()).then(|| status.message.clone());
            let ended = DeploymentResult {
                warnings: status.warnings,
                duration: status.duration,
                ..result(deployment.clone(), end, message)
            };
            say(Notice::Ended { deployment: deployment.clone(), status: status.clone() });
            watched.result = Some(ended);
        } else if watched.status.as_ref().map(|it| &it.state) != Some(&status.state) {
            say(Notice::State { deployment: deployment.clone(), state: status.state.clone() });
        }
        watched.status = Some(status);
    }

    /// What follows a look: the logs, the questions, the reasons for waiting, and once the history.
    async fn follow(&mut self) {
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

    fn pass_on(&mut self, at: usize, log: Result<(Vec<StepLog>, u8), LookError>) {
        let waited = self.began.elapsed();
        let watched = &mut self.watched[at];
        let has_ended = watched.result.is_some();
        match log {
            Ok((steps, percent)) => {
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

    fn end_open(&mut self, end: End, message: &str) {
        for watched in self.watched.iter_mut().filter(|it| it.result.is_none()) {
            watched.result = Some(result(watched.deployment.clone(), end, Some(message.to_owned())));
        }
    }

    async fn out_of_time(&mut self) {
        let limit = "our time limit was over";
        let left = self.give_up(self.options.on_timeout, End::OutOfTime, limit).await;
        self.out_of_sight();
        self.end_open(End::OutOfTime, &left);
    }

    /// Of what the server does not show nobody can say that it goes on.
    fn out_of_sight(&mut self) {
        let Some(unseen) = &self.unseen else { return };
        for watched in self.watched.iter_mut().filter(|it| it.result.is_none() && it.status.is_none()) {
            watched.result =
                Some(result(watched.deployment.clone(), End::Unknown, Some(unseen.because.clone())));
        }
    }

    async fn interrupted(&mut self) {
        let left = self.give_up(self.options.on_interrupt, End::Cancelled, "we were told to stop").await;
        self.end_open(End::Interrupted, &left);
    }

    /// Leaves what is open, or cancels it and waits for the server to say so. Answers what is to be said of
    /// what is still open then.
    async fn give_up(&mut self, how: GivingUp, confirmed: End, why: &str) -> String {
        if how == GivingUp::Leave {
            return format!("{why}; the deployment goes on");
        }
        let call = Call { until: Instant::now() + CANCELLING, ..self.call };
        let given_up = self.open();
        let backend = self.session.backend;
        let asked = join_all(given_up.iter().map(|it| backend.cancel(it, call))).await;
        let mut is_awaited = asked.iter().any(Result::is_ok);
        for error in asked.into_iter().filter_map(Result::err) {
            self.say(Notice::Warning(format!("the deployment could not be cancelled: {error}")));
        }
        while is_awaited {
            let open = self.open();
            let Ok(statuses) = backend.statuses(&open, call).await else { break };
            for (deployment, status) in open.iter().zip(statuses) {
                self.seen(deployment, status);
            }
            is_awaited = !self.open().is_empty() && Instant::now() < call.until;
            if is_awaited {
                sleep(CONFIRMING).await;
            }
        }
        // One that ended by itself meanwhile keeps its own end, and so does one that was cancelled before.
        for watched in self.watched.iter_mut().filter(|it| given_up.contains(&it.deployment)) {
            if let Some(result) = watched.result.as_mut().filter(|it| it.end == End::Cancelled) {
                result.end = confirmed;
                result.message = Some(format!("{why}; the deployment was cancelled"));
            }
        }
        format!("{why}; the deployment was to be cancelled, and the server has not confirmed it")
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

fn result(deployment: Deployment, end: End, message: Option<String>) -> DeploymentResult {
    DeploymentResult { deployment, end, message, warnings: false, duration: None }
}
