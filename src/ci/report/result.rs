//! The result of a run for machines: what `--json` prints, as `schemas/result.json` describes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::verdict::RunVerdict;

/// The result of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "promenade result")]
pub struct RunResult {
    /// What the run means for the build.
    pub verdict: RunVerdict,
    /// The exit code of the process.
    pub exit_code: u8,
    /// What went less than well without changing the verdict: tolerated failures, warnings of tasks, doubts. Doubts
    /// do not count for the exit code of a pass with warnings.
    pub warnings: Vec<String>,
    /// The problems of settings or event, in which case nothing was done; or a failure of promenade itself.
    pub problems: Vec<ReportedProblem>,
    /// Every configured action in the order of the run.
    pub actions: Vec<ActionResult>,
}

impl RunResult {
    /// The result of a run with this verdict in which nothing else happened.
    #[must_use]
    pub fn new(verdict: RunVerdict) -> Self {
        let exit_code = verdict.exit_code();
        Self { verdict, exit_code, warnings: Vec::new(), problems: Vec::new(), actions: Vec::new() }
    }

    /// Whether it passed with warnings: a failure was tolerated, or the server finished a deployment with warnings.
    /// Warnings about details, such as a log that could not be read, do not count.
    #[must_use]
    pub fn passed_with_warnings(&self) -> bool {
        let is_tolerated = |it: &ActionResult| it.verdict.is_some_and(|it| it != RunVerdict::Passed);
        let has_warnings = |it: &DeploymentReport| it.warnings && it.state.is_fine();
        self.verdict == RunVerdict::Passed
            && self.actions.iter().any(|it| is_tolerated(it) || it.deployments.iter().any(has_warnings))
    }

    /// Changes every text that may contain foreign words. Values of promenade's own closed sets stay.
    pub fn change_texts(&mut self, change: &dyn Fn(&mut String)) {
        let Self { verdict: _, exit_code: _, warnings, problems, actions } = self;
        warnings.iter_mut().for_each(change);
        for problem in problems {
            let ReportedProblem { source, line: _, column: _, message, remedy } = problem;
            source.iter_mut().chain([message, remedy]).for_each(change);
        }
        for action in actions {
            let ActionResult {
                action: _,
                title,
                decision: _,
                reason,
                verdict: _,
                releases,
                deployments,
                error,
            } = action;
            reason.iter_mut().chain([title]).for_each(change);
            for release in releases {
                let ReleaseResult { id, version, origin: _, url } = release;
                [id, version, url].into_iter().for_each(change);
            }
            deployments.iter_mut().for_each(|it| it.change_texts(change));
            if let Some(ErrorReport { message, advice }) = error {
                advice.iter_mut().chain([message]).for_each(change);
            }
        }
    }
}

impl DeploymentReport {
    fn change_texts(&mut self, change: &dyn Fn(&mut String)) {
        let Self { environment, tenant, id, task, url, message, state: _, adopted: _, .. } = self;
        tenant.iter_mut().chain(message).chain([environment, id, task, url]).for_each(change);
    }
}

/// A problem of settings or event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportedProblem {
    /// The file, flag or environment variable; nothing where the value is missing everywhere.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<String>,
    /// The line in a file, from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<usize>,
    /// The column in a file, in characters from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub column: Option<usize>,
    /// The message.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

/// The result of one configured action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActionResult {
    /// Its kind.
    pub action: ActionName,
    /// What people call it, such as "Deploy to Development".
    pub title: String,
    /// Whether it ran.
    pub decision: RunOrSkipped,
    /// Why it did not run.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// The action's own verdict; not set if it did not run.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verdict: Option<RunVerdict>,
    /// The releases that it made or deployed: one, or one for each version that tenants have.
    pub releases: Vec<ReleaseResult>,
    /// Its deployments.
    pub deployments: Vec<DeploymentReport>,
    /// Why it gave no clean answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<ErrorReport>,
}

/// A kind of action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ActionName {
    /// Create a release.
    Create,
    /// Deploy a release.
    Deploy,
    /// Promote a release.
    Promote,
}

/// Whether an action ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunOrSkipped {
    /// It ran, or would run.
    Run,
    /// It did not, or would not.
    Skipped,
}

/// A release that an action made or deployed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseResult {
    /// The server's id of it.
    pub id: String,
    /// Its version.
    pub version: String,
    /// How the run came by it.
    pub origin: OriginName,
    /// Its page.
    pub url: String,
}

/// How a run came by a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OriginName {
    /// This run made it.
    New,
    /// An earlier try of this build made it.
    Reattached,
    /// It existed, and settings allow that.
    Reused,
    /// It was looked up.
    Found,
}

/// A deployment and where it stood when it was looked at last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentReport {
    /// The environment.
    pub environment: String,
    /// The tenant; nothing without one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tenant: Option<String>,
    /// The server's id of the deployment.
    pub id: String,
    /// The server's id of its task.
    pub task: String,
    /// Where it stood.
    pub state: DeploymentState,
    /// The task's page.
    pub url: String,
    /// From the task's start to its end, as the server gives them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub duration_seconds: Option<f64>,
    /// Why it is not a deployment that this run asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub adopted: Option<AdoptedName>,
    /// Whether the server recorded warnings.
    pub warnings: bool,
    /// The server's message about a failure, or promenade's about a missing answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message: Option<String>,
}

/// Where a deployment stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeploymentState {
    /// Accepted; its result is not waited for.
    NotAwaited,
    /// Finished successfully.
    Succeeded,
    /// Failed.
    Failed,
    /// Cancelled on the server.
    Cancelled,
    /// The server's own time limit for the task was over.
    TimedOut,
    /// A person is needed, and settings say not to wait for one.
    NeedsPerson,
    /// The action's time limit was over while it went on.
    OutOfTime,
    /// The process was asked to stop while it went on.
    Interrupted,
    /// The server did not report its result.
    Unknown,
}

impl DeploymentState {
    /// Its name in a result.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotAwaited => "not-awaited",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed-out",
            Self::NeedsPerson => "needs-person",
            Self::OutOfTime => "out-of-time",
            Self::Interrupted => "interrupted",
            Self::Unknown => "unknown",
        }
    }

    /// Its name as people read it.
    #[must_use]
    pub fn words(self) -> String {
        self.name().replace('-', " ")
    }

    /// Whether it is without a problem.
    #[must_use]
    pub fn is_fine(self) -> bool {
        matches!(self, Self::NotAwaited | Self::Succeeded)
    }
}

/// Why a deployment that was there already is taken for this build's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AdoptedName {
    /// It had not finished yet.
    Unfinished,
    /// It had succeeded, and is still the latest of its target.
    StillCurrent,
    /// This run's own request made it, and the answer was lost.
    AnswerLost,
}

/// Why an action gave no clean answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorReport {
    /// What was asked and what came back.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub advice: Option<String>,
}

/// The schema of a result.
pub(crate) fn schema() -> serde_json::Value {
    crate::document::schema::of_output::<RunResult>()
}
