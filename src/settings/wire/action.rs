//! The three actions, and when and how each of them runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::deployment::{DeploymentKeys, Fields};
use crate::document::Span;
use crate::event::{Moment, Status};
use crate::model::DEFAULT_TIME_LIMIT;

/// Creates a release.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Create {
    /// The release's version. Blank: the next one by the server's rule.
    #[serde(default)]
    pub(crate) version: Option<String>,
    /// The version of every package that `packages` does not name. Default: the latest that the channel allows.
    #[serde(default)]
    pub(crate) package_version: Option<String>,
    /// Versions of single packages: `"Step Name" = "1.0.0.1"`, `Step:Package:Version` or `*:Version`, one per
    /// item. An unknown step or package is an error before anything is created.
    #[serde(default)]
    #[schemars(extend("x-flag" = "package"))]
    pub(crate) packages: Vec<String>,
    /// Uses a release of this version that exists already; later actions use it too.
    #[serde(default)]
    #[schemars(extend("x-needs" = ["version"]))]
    pub(crate) skip_if_exists: bool,
    /// Release notes, in Markdown.
    #[serde(default)]
    #[schemars(extend("x-kind" = "memo", "x-excludes" = ["notes-file"]))]
    pub(crate) notes: Option<String>,
    /// The file that holds the release notes; its text is not changed.
    #[serde(default)]
    #[schemars(extend("x-excludes" = ["notes"]))]
    pub(crate) notes_file: Option<String>,
    /// For a version-controlled project: the branch, tag or reference that its process is read from.
    #[serde(default)]
    pub(crate) git_ref: Option<String>,
    /// A commit on `git-ref`. Default: its tip.
    #[serde(default)]
    #[schemars(extend("x-needs" = ["git-ref"]))]
    pub(crate) git_commit: Option<String>,
    /// Git references of steps that read from a repository of their own: `Step:reference` or
    /// `Step:Resource:reference`, one per item.
    #[serde(default)]
    #[schemars(extend("x-flag" = "git-resource"))]
    pub(crate) git_resources: Vec<String>,
    /// Lets packages break the channel's version rules.
    #[serde(default)]
    pub(crate) ignore_channel_rules: bool,
    /// Values of the channel's custom fields, by name.
    #[serde(default)]
    #[schemars(extend("x-flag" = "custom-field"))]
    pub(crate) custom_fields: Fields,
    /// The build events that start this action. Default: any event.
    #[serde(default)]
    #[schemars(extend("x-flag" = false))]
    pub(crate) when: When,
    /// A release is always waited for, so `false` is an error.
    #[serde(default = "yes")]
    #[schemars(extend("x-flag" = false, "x-field" = false))]
    pub(crate) wait: bool,
    /// Fails the build when the action fails. Without it a failure is only reported.
    #[serde(default = "yes")]
    #[schemars(extend("x-off" = "Reports a failure without failing the build."))]
    pub(crate) fail_build: bool,
    /// Prints progress. Without it only verdict and errors are printed.
    #[serde(default = "yes")]
    #[schemars(extend("x-off" = "Prints only verdict and errors."))]
    pub(crate) log: bool,
    /// How long the action may take.
    #[serde(default = "time_limit")]
    pub(crate) time_limit: Span,
}

/// Deploys a release.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(extend("additionalProperties" = false))]
pub(crate) struct Deploy {
    /// The release's version. Blank: this build's release, or the channel's latest where no `create` is
    /// configured.
    #[serde(default)]
    pub(crate) version: Option<String>,
    /// The environments to deploy to, by name or id.
    #[schemars(length(min = 1))]
    pub(crate) to: Vec<String>,
    #[serde(flatten)]
    pub(crate) deployment: DeploymentKeys,
    #[serde(flatten)]
    pub(crate) running: Running,
}

/// Promotes the release that is in one environment to others.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(extend("additionalProperties" = false))]
pub(crate) struct Promote {
    /// The environment whose latest successfully deployed release is promoted, by name or id.
    #[schemars(length(min = 1))]
    pub(crate) from: String,
    /// The environments to deploy it to, by name or id, all at the same time. For a sequence write several
    /// `[[promote]]`.
    #[schemars(length(min = 1))]
    pub(crate) to: Vec<String>,
    /// Promotes the release of this version, which must have been deployed to `from` successfully. Blank: the
    /// latest that was.
    #[serde(default)]
    #[schemars(extend("x-excludes" = ["only-this-build"]))]
    pub(crate) version: Option<String>,
    /// Promotes only this build's release, and fails where another one is in `from`.
    #[serde(default)]
    #[schemars(extend("x-excludes" = ["version"]))]
    pub(crate) only_this_build: bool,
    /// Allows a lower version than the one that the target has now.
    #[serde(default)]
    pub(crate) allow_downgrade: bool,
    #[serde(flatten)]
    pub(crate) deployment: DeploymentKeys,
    #[serde(flatten)]
    pub(crate) running: Running,
}

/// When an action runs, and how it is waited for.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Running {
    /// The build events that start this action. Default: any event.
    #[serde(default)]
    #[schemars(extend("x-flag" = false))]
    pub(crate) when: When,
    /// Waits for the results. Without it the action returns once the server has accepted the deployments.
    #[serde(default = "yes")]
    #[schemars(extend("x-off" = "Returns once the server has accepted the deployments; their results are ignored."))]
    pub(crate) wait: bool,
    /// Fails the build when the action fails. Without it a failure is only reported.
    #[serde(default = "yes")]
    #[schemars(extend("x-off" = "Reports a failure without failing the build."))]
    pub(crate) fail_build: bool,
    /// Prints progress and the log of running steps. Without it only verdict and errors are printed.
    #[serde(default = "yes")]
    #[schemars(extend("x-off" = "Prints only verdict and errors."))]
    pub(crate) log: bool,
    /// How long the action may take, including the wait.
    #[serde(default = "time_limit")]
    pub(crate) time_limit: Span,
    /// At the time limit: `leave` the deployments running, or `cancel` them.
    #[serde(default)]
    #[schemars(extend("x-needs" = ["wait"]))]
    pub(crate) on_timeout: GivingUp,
    /// When the process is told to stop: `leave` the deployments running, or `cancel` them.
    #[serde(default)]
    #[schemars(extend("x-needs" = ["wait"]))]
    pub(crate) on_interrupt: GivingUp,
    /// When a deployment waits for a person: keep waiting, end as failed, or give an answer.
    #[serde(default)]
    #[schemars(extend("x-needs" = ["wait"]))]
    pub(crate) when_person_needed: Person,
}

/// The build events that start an action.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct When {
    /// The event. Default: any event.
    #[serde(default)]
    pub(crate) event: Option<TriggerEvent>,
    /// The stage, for events of a stage. Blank: all stages.
    #[serde(default)]
    pub(crate) stage: Option<String>,
    /// The build's status, for events that have one.
    #[serde(default)]
    pub(crate) status: StatusFilter,
}

/// The six build events that may start an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TriggerEvent {
    /// A licence is taken and an agent is reserved; the stage starts next.
    BeforeStageStart,
    /// The agent is online.
    SendingStageToAgent,
    /// A stage has finished and was not stopped.
    StageCompleted,
    /// The build is paused until it is promoted to its next stage.
    BuildPendingPromotion,
    /// The build continues after its promotion.
    AfterBuildContinued,
    /// The build has finished, with any status.
    BuildCompleted,
}

/// A build status to act on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StatusFilter {
    /// It succeeded.
    #[default]
    Successful,
    /// It failed.
    Failed,
    /// It was cancelled.
    Cancelled,
}

impl From<TriggerEvent> for Moment {
    fn from(event: TriggerEvent) -> Self {
        match event {
            TriggerEvent::BeforeStageStart => Self::BeforeStageStart,
            TriggerEvent::SendingStageToAgent => Self::SendingStageToAgent,
            TriggerEvent::StageCompleted => Self::StageCompleted,
            TriggerEvent::BuildPendingPromotion => Self::BuildPendingPromotion,
            TriggerEvent::AfterBuildContinued => Self::AfterBuildContinued,
            TriggerEvent::BuildCompleted => Self::BuildCompleted,
        }
    }
}

impl From<StatusFilter> for Status {
    fn from(filter: StatusFilter) -> Self {
        match filter {
            StatusFilter::Successful => Self::Successful,
            StatusFilter::Failed => Self::Failed,
            StatusFilter::Cancelled => Self::Cancelled,
        }
    }
}

/// What to do with a deployment that is not waited for any longer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum GivingUp {
    /// It keeps running.
    #[default]
    Leave,
    /// It is cancelled on the server.
    Cancel,
}

/// What to do when a deployment waits for a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Person {
    /// Reports it, and keeps waiting until the time limit.
    #[default]
    Wait,
    /// Reports it, and ends as failed; the deployment is not changed.
    Fail,
    /// Answers a manual intervention: proceed.
    Proceed,
    /// Answers a manual intervention: abort the deployment.
    Abort,
    /// Answers guided failure: fail the step.
    FailStep,
    /// Answers guided failure: try the step again.
    Retry,
    /// Answers guided failure: proceed as if the step had passed.
    Ignore,
    /// Answers guided failure: proceed without the machine.
    Exclude,
}

fn yes() -> bool {
    true
}

fn time_limit() -> Span {
    Span(DEFAULT_TIME_LIMIT)
}
