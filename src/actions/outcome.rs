//! The results of actions. A failed deployment is a result; a missing answer is an error.

use std::time::Duration;

use crate::backend::Deployment;
use crate::model::Release;

/// The result of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "the outcome decides whether the build passes"]
pub struct Outcome {
    /// The releases that were created or deployed: one, or one for each version that the tenants have.
    pub releases: Vec<Release>,
    /// The deployments, in the order of the targets; empty after a create.
    pub deployments: Vec<DeploymentResult>,
}

/// One deployment and its state at the last look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentResult {
    /// The deployment, as the server accepted it.
    pub deployment: Deployment,
    /// Its state at the last look.
    pub end: End,
    /// The server's message about a failure, or promenade's about a missing answer.
    pub message: Option<String>,
    /// Whether the server recorded warnings.
    pub warnings: bool,
    /// Time from the task's start to its end, as the server reports them.
    pub duration: Option<Duration>,
}

/// The state of a deployment at the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Accepted; the options say not to wait for it.
    NotAwaited,
    /// It finished successfully, as the server reports.
    Succeeded,
    /// It failed, as the server reports.
    Failed,
    /// It was cancelled on the server.
    Cancelled,
    /// The server's own time limit ended the task.
    TimedOut,
    /// A person must answer, and the options say not to wait for one.
    NeedsPerson,
    /// The action's time limit was over while the deployment was running.
    OutOfTime,
    /// The stop signal came while the deployment was running.
    Interrupted,
    /// The server did not report the deployment's result.
    Unknown,
}

/// The verdict on an action, ordered from the mildest to the most severe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Everything succeeded.
    Passed,
    /// promenade stopped waiting. The deployment may still succeed, so this is neither pass nor fail.
    Undecided,
    /// The server did not answer, so the result is unknown.
    NoAnswer,
    /// A deployment was cancelled.
    Cancelled,
    /// The server's own time limit ended a deployment.
    TimedOut,
    /// A deployment failed, or the server refused.
    Failed,
}

impl End {
    /// The verdict that this end leads to.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        match self {
            Self::NotAwaited | Self::Succeeded => Verdict::Passed,
            Self::Failed | Self::NeedsPerson => Verdict::Failed,
            Self::Cancelled => Verdict::Cancelled,
            Self::TimedOut => Verdict::TimedOut,
            Self::OutOfTime | Self::Interrupted => Verdict::Undecided,
            Self::Unknown => Verdict::NoAnswer,
        }
    }
}

/// The most severe verdict of these deployments; passed if there are none.
pub(super) fn weightiest(deployments: &[DeploymentResult]) -> Verdict {
    deployments.iter().map(|it| it.end.verdict()).max().unwrap_or(Verdict::Passed)
}

/// A result of which only the end is known.
pub(super) fn result(deployment: Deployment, end: End, message: Option<String>) -> DeploymentResult {
    DeploymentResult { deployment, end, message, warnings: false, duration: None }
}

impl Outcome {
    /// The most severe verdict of all deployments; passed if there are none.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        weightiest(&self.deployments)
    }

    /// Whether any deployment succeeded with warnings. Failed deployments always have warnings or errors, so they do
    /// not count.
    #[must_use]
    pub fn has_warnings(&self) -> bool {
        self.deployments.iter().any(|it| it.warnings && it.end == End::Succeeded)
    }
}
