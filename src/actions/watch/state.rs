//! The state of a wait: its deployments, when what was asked, and what that cost.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::actions::Session;
use crate::actions::outcome::{DeploymentResult, End, result};
use crate::actions::polling::ExpectedDuration;
use crate::actions::wait::{OpenDeployment, WaitOptions};
use crate::backend::{Context, Deployment, DeploymentStatus, Notice, after};

use super::deployment::WatchedDeployment;

/// How long after the time limit a look may still be answered and a log be read, so that an end just before the limit
/// counts.
const LAST_LOOK: Duration = Duration::from_secs(2);

/// A wait for some deployments.
pub(super) struct Watch<'a> {
    pub(super) session: &'a Session<'a>,
    pub(super) options: &'a WaitOptions,
    pub(super) context: Context<'a>,
    pub(super) watched: Vec<WatchedDeployment>,
    pub(super) began: Instant,
    /// The error of looking that was reported last; cleared once a look succeeds.
    trouble: Option<String>,
    /// What the wait has cost so far, in requests.
    pub(super) spent: u32,
    /// The expected duration, from earlier deployments.
    pub(super) expected: Option<ExpectedDuration>,
    pub(super) asked_for_history: bool,
    /// When it was last asked what a queued deployment waits for.
    pub(super) asked_for_reason: Option<Instant>,
    /// Position of the deployment whose log is read first after the next look.
    pub(super) turn: usize,
    /// Position of the deployment whose reason for waiting is asked for next.
    pub(super) reason_turn: usize,
}

impl<'a> Watch<'a> {
    pub(super) fn new(
        session: &'a Session<'a>,
        deployments: Vec<Deployment>,
        options: &'a WaitOptions,
        context: Context<'a>,
    ) -> Self {
        Self {
            session,
            options,
            context,
            watched: deployments.into_iter().map(WatchedDeployment::new).collect(),
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

    pub(super) fn into_results(self) -> Vec<DeploymentResult> {
        let unknown = |it: Deployment| result(it, End::Unknown, Some("its state was not read".to_owned()));
        self.watched.into_iter().map(|it| it.result.unwrap_or_else(|| unknown(it.deployment))).collect()
    }

    pub(super) fn say(&self, notice: Notice) {
        (self.session.say)(notice);
    }

    /// The input of [`decide`] for each deployment that has not ended, with its position.
    pub(super) fn opens(&self) -> impl Iterator<Item = (usize, OpenDeployment<'_>)> {
        let all = self.watched.iter().enumerate().filter(|(_, it)| it.is_open());
        all.map(|(at, it)| (at, it.open(self.spent)))
    }

    /// The deployments that have not ended.
    pub(super) fn open(&self) -> Vec<Deployment> {
        self.watched.iter().filter(|it| it.is_open()).map(|it| it.deployment.clone()).collect()
    }

    /// Sleeps until then; false if the stop signal came first.
    pub(super) async fn pause(&self, until: Instant) -> bool {
        tokio::select! {
            biased;
            () = self.session.stop.requested() => false,
            () = sleep_until(until) => true,
        }
    }

    /// The latest time for an answer.
    pub(super) fn last(&self) -> Instant {
        after(self.context.deadline, LAST_LOOK)
    }

    pub(super) fn report_trouble(&mut self, because: &str) {
        if self.trouble.as_deref() != Some(because) {
            self.say(Notice::Retrying(because.to_owned()));
            self.trouble = Some(because.to_owned());
        }
    }

    /// A look succeeded, so the same error is reported again if it comes back.
    pub(super) fn forget_trouble(&mut self) {
        self.trouble = None;
    }

    /// Earlier statuses say nothing about the present.
    pub(super) fn lose_sight(&mut self, because: &str) {
        self.report_trouble(because);
        for watched in self.watched.iter_mut().filter(|it| it.is_open()) {
            watched.lose_sight(because);
        }
    }

    /// Records the statuses of these deployments; `None` = the server did not show that one.
    pub(super) fn take_in(&mut self, open: &[Deployment], statuses: Vec<Option<DeploymentStatus>>) {
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
}
