//! What a wait knows of one of its deployments.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;

use crate::actions::follow::LogFollower;
use crate::actions::outcome::{DeploymentResult, End, result};
use crate::actions::wait::OpenDeployment;
use crate::backend::{Adopted, Deployment, DeploymentStatus, Notice, Phase, Say};

/// One deployment that is waited for.
pub(super) struct WatchedDeployment {
    pub(super) deployment: Deployment,
    pub(super) status: Option<DeploymentStatus>,
    /// Set while the server does not show the deployment although it should.
    pub(super) absence: Option<Absence>,
    /// When it was first seen running, and what the wait had cost until then, in requests.
    began: Option<(Instant, u32)>,
    pub(super) log: LogFollower,
    /// Whether its log has been read to the end.
    pub(super) log_is_done: bool,
    /// When its log may be read again; set for large logs.
    pub(super) log_read_until: Option<Instant>,
    /// What was done about its questions to people, by the questions' ids.
    pub(super) questions: HashMap<String, QuestionState>,
    /// When its questions were last read.
    pub(super) questions_read: Option<Instant>,
    /// The reasons for waiting that were reported, in words.
    pub(super) reasons: HashSet<String>,
    /// How it ended; `None` = it is still waited for.
    pub(super) result: Option<DeploymentResult>,
}

/// Since when the server has not shown a deployment, and the reason it gives.
pub(super) struct Absence {
    since: Instant,
    because: String,
}

/// What was done about a question to a person.
#[derive(Default)]
pub(super) struct QuestionState {
    pub(super) is_reported: bool,
    pub(super) is_answered: bool,
    /// Whether a warning was reported because the question does not offer the configured answer.
    pub(super) mismatch_is_reported: bool,
}

impl WatchedDeployment {
    pub(super) fn new(deployment: Deployment) -> Self {
        Self {
            // A deployment that had ended before the wait began is not followed; its log is on its page.
            log_is_done: deployment.adopted == Some(Adopted::StillCurrent),
            deployment,
            status: None,
            absence: None,
            began: None,
            log: LogFollower::default(),
            log_read_until: None,
            questions: HashMap::new(),
            questions_read: None,
            reasons: HashSet::new(),
            result: None,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.result.is_none()
    }

    /// The input of [`decide`] for this deployment, when the wait has cost `spent` requests.
    pub(super) fn open(&self, spent: u32) -> OpenDeployment<'_> {
        OpenDeployment {
            status: self.status.as_ref(),
            unseen_for: self.absence.as_ref().map(|it| it.since.elapsed()).unwrap_or_default(),
            at_work: self.at_work(),
            spent: spent.saturating_sub(self.began.map_or(0, |(_, before)| before)),
        }
    }

    /// Its status, as long as it is waited for.
    pub(super) fn open_status(&self) -> Option<&DeploymentStatus> {
        self.status.as_ref().filter(|_| self.is_open())
    }

    pub(super) fn end(&mut self, end: End, message: &str) {
        self.result = Some(result(self.deployment.clone(), end, Some(message.to_owned())));
    }

    pub(super) fn end_unseen(&mut self) {
        let because = self.absence.as_ref().map(|it| it.because.clone()).unwrap_or_default();
        self.end(End::Unknown, &because);
    }

    pub(super) fn lose_sight(&mut self, because: &str) {
        let since = self.absence.as_ref().map_or_else(Instant::now, |it| it.since);
        self.absence = Some(Absence { since, because: because.to_owned() });
        self.status = None;
    }

    /// How long it has been running: as the server reports, but never less than the time since it was first seen
    /// running.
    fn at_work(&self) -> Option<Duration> {
        let (since, _) = self.began?;
        let reported = self.status.as_ref().and_then(|it| it.at_work).unwrap_or_default();
        Some(reported.max(since.elapsed()))
    }

    /// Records its status and reports what is new in it, the verdict first.
    pub(super) fn take_in(&mut self, status: DeploymentStatus, spent: u32, say: &Say<'_>) {
        self.absence = None;
        let deployment = self.deployment.clone();
        if let Some(end) = end_of(status.phase) {
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

fn end_of(phase: Phase) -> Option<End> {
    match phase {
        Phase::Succeeded => Some(End::Succeeded),
        Phase::Failed => Some(End::Failed),
        Phase::Cancelled => Some(End::Cancelled),
        Phase::TimedOut => Some(End::TimedOut),
        Phase::Queued | Phase::Running | Phase::Cancelling => None,
    }
}
