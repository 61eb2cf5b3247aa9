//! The results of actions. A deployment that failed is a result; a missing answer is an error.

use std::time::Duration;

use crate::backend::Deployment;
use crate::model::Release;

/// The result of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "the outcome decides whether the build passes"]
pub struct Outcome {
    /// The releases that were made or deployed: one, or one for each version that tenants have.
    pub releases: Vec<Release>,
    /// The deployments, in the order of the targets; empty after a create.
    pub deployments: Vec<DeploymentResult>,
}

/// One deployment and where it stood when we looked last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentResult {
    /// The deployment.
    pub deployment: Deployment,
    /// Where it stood.
    pub end: End,
    /// The server's message about a failure, or ours about a missing answer.
    pub message: Option<String>,
    /// Whether the server recorded warnings.
    pub warnings: bool,
    /// From the task's start to its end, as the server gives them.
    pub duration: Option<Duration>,
}

/// Where a deployment stood when we looked last.
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
    /// The server's own time limit for the task was over.
    TimedOut,
    /// A person is needed, and the options say not to wait for one.
    NeedsPerson,
    /// Our time limit was over while it went on.
    OutOfTime,
    /// We were told to stop while it went on.
    Interrupted,
    /// The server did not report how it ended.
    Unknown,
}

/// What an action means for the build; ordered from the mildest to the one that decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// All is well.
    Passed,
    /// We stopped waiting. The deployment may yet succeed, so this is neither pass nor fail.
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
    /// What this end means for the build.
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

/// The weightiest verdict of these deployments; passed where there are none.
pub(super) fn weightiest(deployments: &[DeploymentResult]) -> Verdict {
    deployments.iter().map(|it| it.end.verdict()).max().unwrap_or(Verdict::Passed)
}

/// A result of which no more is known than how it ended.
pub(super) fn result(deployment: Deployment, end: End, message: Option<String>) -> DeploymentResult {
    DeploymentResult { deployment, end, message, warnings: false, duration: None }
}

impl Outcome {
    /// The weightiest verdict of all deployments; passed where there are none.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        weightiest(&self.deployments)
    }

    /// Whether any deployment succeeded with warnings. A failed one always has
    /// warnings or errors, which is not news.
    #[must_use]
    pub fn has_warnings(&self) -> bool {
        self.deployments.iter().any(|it| it.warnings && it.end == End::Succeeded)
    }
}
