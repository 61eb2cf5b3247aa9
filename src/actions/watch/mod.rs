//! The loop around [`decide`]: sleep, look, say what is new, decide.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep, sleep_until};

use crate::backend::{Adopted, Call, Deployment, DeploymentStatus, Notice, Phase, after};

use super::follow::Followed;
use super::outcome::{DeploymentResult, End, result};
use super::polling::Expected;
use super::wait::{Dropped, GivingUp, Next, Open, PersonNeeded, View, Wait, WaitOptions, decide, drops};
use super::{ActionError, Halt, Session};

mod courtesy;

/// How long the server may take to confirm a cancellation.
const CANCELLING: Duration = Duration::from_secs(60);
/// How often it is looked whether it has.
const CONFIRMING: Duration = Duration::from_millis(500);
/// How long after the time limit a look may still be answered and a log be read, so that an end just before it
/// counts.
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
        Wait::ForResults(options) => {
            let mut watch = Watch::new(session, deployments, options, call);
            watch.run().await;
            watch.into_results()
        }
    }
}

/// What becomes of the deployments that were accepted before an action was halted: they go on, or are cancelled
/// where the options say so of the reason for the halt.
pub(super) async fn abandon(session: &Session<'_>, halt: Halt, wait: &Wait, call: Call<'_>) -> ActionError {
    let accepted = call.ledger.accepted();
    let Wait::ForResults(options) = wait else {
        let deployments = accepted.into_iter().map(|it| result(it, End::NotAwaited, None)).collect();
        return match halt {
            Halt::Backend(error) => ActionError::Backend(error),
            Halt::Stopped { unclear } => ActionError::Stopped { unclear, deployments },
        };
    };
    let mut watch = Watch::new(session, accepted, options, call);
    match halt {
        Halt::Stopped { unclear } => {
            watch.interrupted().await;
            ActionError::Stopped { unclear, deployments: watch.into_results() }
        }
        Halt::Backend(source) => {
            // An answer that stays lost is given up for want of time.
            let is_late = source.is_unclear() || Instant::now() >= call.until;
            if session.stop.is_told() && options.on_interrupt == GivingUp::Cancel {
                watch.interrupted().await;
            } else if is_late && options.on_timeout == GivingUp::Cancel {
                watch.out_of_time().await;
            } else {
                return ActionError::Backend(source);
            }
            ActionError::GaveUp { source, deployments: watch.into_results() }
        }
    }
}

/// One deployment that is waited for.
struct Watched {
    deployment: Deployment,
    status: Option<DeploymentStatus>,
    /// Since when the server has not shown it although it should, and what it said instead.
    unseen: Option<Unseen>,
    /// When we first saw it at work, and what the wait had cost until then.
    began: Option<(Instant, u32)>,
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
    /// The trouble that was told last, until something was seen again.
    trouble: Option<String>,
    spent: u32,
    expected: Option<Expected>,
    asked_for_history: bool,
    /// When it was last asked what a queued deployment waits for.
    asked_for_reason: Option<Instant>,
    /// Whose log is read first after the next look.
    turn: usize,
    /// Whose reason for waiting is asked for next.
    reason_turn: usize,
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
    /// The server answers, but takes no more requests until the time is over.
    Held(String),
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
            unseen: None,
            began: None,
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
            trouble: None,
            spent: 0,
            expected: None,
            asked_for_history: false,
            asked_for_reason: None,
            turn: 0,
            reason_turn: 0,
        }
    }

    /// Waits until each has ended, by itself or because it is waited for no longer.
    async fn run(&mut self) {
        loop {
            self.drop_some();
            match self.decide() {
                Next::Done => return,
                Next::LookIn(pause) => {
                    if !self.pause(Instant::now() + pause).await {
                        return self.interrupted().await;
                    }
                }
                Next::OutOfTime => return self.out_of_time().await,
            }
            match self.look().await {
                // The next pause hears the word to stop too.
                Looked::Seen => self.follow().await,
                Looked::Refused(because) => self.lose_sight(&because),
                Looked::NoAnswer(because) => {
                    self.lose_sight(&because);
                    return self.out_of_time().await;
                }
                Looked::Held(because) => {
                    self.tell_trouble(&because);
                    // What was seen before goes on, as the server does; what never was may be anything.
                    for watched in self.watched.iter_mut().filter(|it| it.status.is_none()) {
                        watched.lose_sight(&because);
                    }
                    if !self.pause(self.call.until).await {
                        return self.interrupted().await;
                    }
                    return self.out_of_time().await;
                }
                Looked::Stopped => return self.interrupted().await,
            }
        }
    }

    fn into_results(self) -> Vec<DeploymentResult> {
        let unknown = |it: Deployment| result(it, End::Unknown, Some("nobody looked at it".to_owned()));
        self.watched.into_iter().map(|it| it.result.unwrap_or_else(|| unknown(it.deployment))).collect()
    }

    fn say(&self, notice: Notice) {
        (self.session.say)(notice);
    }

    /// What is decided by of those that have not ended.
    fn opens(&self) -> impl Iterator<Item = (usize, Open<'_>)> {
        let all = self.watched.iter().enumerate().filter(|(_, it)| it.result.is_none());
        all.map(|(at, it)| (at, it.open(self.spent)))
    }

    /// Ends what is waited for no longer; the others go on.
    fn drop_some(&mut self) {
        let fail = self.options.when_person_needed == PersonNeeded::Fail;
        let dropped: Vec<_> =
            self.opens().filter_map(|(at, open)| drops(&open, fail).map(|why| (at, why))).collect();
        for (at, why) in dropped {
            let watched = &mut self.watched[at];
            match why {
                Dropped::NeedsPerson => watched
                    .end(End::NeedsPerson, "a person has to answer, and when-person-needed says not to wait"),
                Dropped::Unseen => watched.end_unseen(),
            }
        }
    }

    fn decide(&self) -> Next {
        let open: Vec<_> = self.opens().map(|(_, open)| open).collect();
        decide(&View {
            open: &open,
            waited: self.began.elapsed(),
            left: self.call.until.saturating_duration_since(Instant::now()),
            expected: self.expected,
        })
    }

    /// Sleeps until then; false when the word to stop came first.
    async fn pause(&self, until: Instant) -> bool {
        tokio::select! {
            biased;
            () = self.session.stop.told() => false,
            () = sleep_until(until) => true,
        }
    }

    fn open(&self) -> Vec<Deployment> {
        self.watched.iter().filter(|it| it.result.is_none()).map(|it| it.deployment.clone()).collect()
    }

    /// When the last answer has to be there.
    fn last(&self) -> Instant {
        after(self.call.until, LAST_LOOK)
    }

    async fn look(&mut self) -> Looked {
        let open = self.open();
        let call = Call { until: self.last(), ..self.call };
        self.spent += u32::try_from(open.len().div_ceil(300)).unwrap_or(u32::MAX);
        let answer = tokio::select! {
            biased;
            () = self.session.stop.told() => return Looked::Stopped,
            answer = self.session.backend.statuses(&open, call) => answer,
        };
        match answer {
            Ok(statuses) => {
                self.trouble = None;
                self.take_in(&open, statuses);
                Looked::Seen
            }
            Err(error) if error.was_held_back() => Looked::Held(error.to_string()),
            Err(error) if error.is_transient() => Looked::NoAnswer(error.to_string()),
            Err(error) => Looked::Refused(error.to_string()),
        }
    }

    fn tell_trouble(&mut self, because: &str) {
        if self.trouble.as_deref() != Some(because) {
            self.say(Notice::Trouble(because.to_owned()));
            self.trouble = Some(because.to_owned());
        }
    }

    /// What was seen before says nothing of what is now.
    fn lose_sight(&mut self, because: &str) {
        self.tell_trouble(because);
        for watched in self.watched.iter_mut().filter(|it| it.result.is_none()) {
            watched.lose_sight(because);
        }
    }

    fn take_in(&mut self, open: &[Deployment], statuses: Vec<Option<DeploymentStatus>>) {
        let (say, spent) = (self.session.say, self.spent);
        for (deployment, status) in open.iter().zip(statuses) {
            let found = self.watched.iter_mut().find(|it| it.deployment.task == deployment.task);
            match (found, status) {
                (Some(watched), Some(status)) => watched.take_in(status, spent, say),
                (Some(watched), None) => {
                    watched.lose_sight("the server does not show the deployment's task any more");
                }
                (None, _) => {}
            }
        }
    }

    fn end_open(&mut self, end: End, message: &str) {
        for watched in self.watched.iter_mut().filter(|it| it.result.is_none()) {
            watched.end(end, message);
        }
    }

    async fn out_of_time(&mut self) {
        let limit = "our time limit was over";
        let left = self.give_up(self.options.on_timeout, End::OutOfTime, limit).await;
        // Of what the server does not show nobody can say that it goes on.
        for watched in self.watched.iter_mut().filter(|it| it.result.is_none() && it.unseen.is_some()) {
            watched.end_unseen();
        }
        self.end_open(End::OutOfTime, &left);
    }

    async fn interrupted(&mut self) {
        let left = self.give_up(self.options.on_interrupt, End::Cancelled, "we were told to stop").await;
        self.end_open(End::Interrupted, &left);
    }

    /// Leaves what is open, or cancels it and waits for the server to say so. Answers what is to be said of
    /// what is still open then.
    async fn give_up(&mut self, how: GivingUp, confirmed: End, why: &str) -> String {
        let given_up = self.open();
        if how == GivingUp::Leave || given_up.is_empty() {
            return format!("{why}; the deployment goes on");
        }
        let call = Call { until: Instant::now() + CANCELLING, ..self.call };
        let backend = self.session.backend;
        let asked = join_all(given_up.iter().map(|it| backend.cancel(it, call))).await;
        let mut is_awaited = asked.iter().any(Result::is_ok);
        for error in asked.into_iter().filter_map(Result::err) {
            self.say(Notice::Warning(format!("the deployment could not be cancelled: {error}")));
        }
        while is_awaited {
            let open = self.open();
            let Ok(statuses) = backend.statuses(&open, call).await else { break };
            self.take_in(&open, statuses);
            let next = Instant::now() + CONFIRMING;
            is_awaited = !self.open().is_empty() && next < call.until;
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

impl Watched {
    fn end(&mut self, end: End, message: &str) {
        self.result = Some(result(self.deployment.clone(), end, Some(message.to_owned())));
    }

    fn open(&self, spent: u32) -> Open<'_> {
        Open {
            status: self.status.as_ref(),
            unseen_for: self.unseen.as_ref().map(|it| it.since.elapsed()).unwrap_or_default(),
            at_work: self.at_work(),
            spent: spent.saturating_sub(self.began.map_or(0, |(_, before)| before)),
        }
    }

    fn end_unseen(&mut self) {
        let because = self.unseen.as_ref().map(|it| it.because.clone()).unwrap_or_default();
        self.end(End::Unknown, &because);
    }

    fn lose_sight(&mut self, because: &str) {
        let since = self.unseen.as_ref().map_or_else(Instant::now, |it| it.since);
        self.unseen = Some(Unseen { since, because: because.to_owned() });
        self.status = None;
    }

    /// For how long it has been at work: as the server says, and never shorter than we have seen it so.
    fn at_work(&self) -> Option<Duration> {
        let (since, _) = self.began?;
        let told = self.status.as_ref().and_then(|it| it.at_work).unwrap_or_default();
        Some(told.max(since.elapsed()))
    }

    /// Takes in where it stands, and says what is new about it; the verdict first.
    fn take_in(&mut self, status: DeploymentStatus, spent: u32, say: &crate::backend::Say<'_>) {
        self.unseen = None;
        let deployment = self.deployment.clone();
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
            say(Notice::Ended { deployment, status: status.clone() });
            self.result = Some(ended);
        } else if self.status.as_ref().map(|it| &it.state) != Some(&status.state) {
            say(Notice::State { deployment, state: status.state.clone() });
        }
        if status.phase != Phase::Queued && self.began.is_none() {
            self.began = Some((Instant::now(), spent));
        }
        self.status = Some(status);
    }
}
