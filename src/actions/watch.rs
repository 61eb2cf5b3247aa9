//! The loop around [`decide`]: sleep, look, say what is new, decide.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use crate::backend::{Adopted, Call, Deployment, DeploymentStatus, Notice, Phase};

use super::Session;
use super::follow::Followed;
use super::outcome::{DeploymentResult, End};
use super::pace::Expected;
use super::wait::{GivingUp, Next, PersonNeeded, View, Wait, WaitOptions, decide};

mod courtesy;

/// How long the server may take to confirm a cancellation.
const CANCELLING: Duration = Duration::from_secs(60);
/// How often it is looked whether it has.
const CONFIRMING: Duration = Duration::from_millis(500);
/// How long the last look at the time limit may take, so that an end just before it counts.
const LAST_LOOK: Duration = Duration::from_secs(2);

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
    /// Until when its log is not read again, since it is a large one.
    log_read_until: Option<Instant>,
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
    /// The server's rate limit let no look through until the time was over.
    HeldBack(String),
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
            log_read_until: None,
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
                Looked::HeldBack(because) => {
                    // A server that is too busy to answer has not gone away: what was seen before goes on.
                    self.note_unseen(because);
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
            Err(error) if error.was_held_back() => return Looked::HeldBack(error.to_string()),
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

fn result(deployment: Deployment, end: End, message: Option<String>) -> DeploymentResult {
    DeploymentResult { deployment, end, message, warnings: false, duration: None }
}
