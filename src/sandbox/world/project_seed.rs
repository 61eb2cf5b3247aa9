//! A project as the seed describes it: its settings, channels and preconditions.

use serde::Deserialize;
use serde_json::Value;

use crate::sandbox::world::history_seed::ReleaseSeed;
use crate::sandbox::world::process_seed::{PromptSeed, StepSeed};
use crate::sandbox::world::seconds::Seconds;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ProjectSeed {
    pub(super) name: String,
    #[serde(default)]
    pub(super) slug: Option<String>,
    pub(super) lifecycle: String,
    #[serde(default)]
    pub(super) mode: TenantMode,
    #[serde(default)]
    pub(super) version_control: Option<VersionControlSeed>,
    #[serde(default)]
    pub(super) disabled: bool,
    #[serde(default)]
    pub(super) version_template: Option<String>,
    #[serde(default)]
    pub(super) release_notes_template: Option<String>,
    #[serde(default)]
    pub(super) guided_failure: GuidedFailure,
    #[serde(default)]
    pub(super) allow_no_machines: bool,
    #[serde(default)]
    pub(super) answers: Answers,
    /// How long a task of this project stays in the queue when it waits for no other.
    #[serde(default)]
    pub(super) queue_delay: Option<Seconds>,
    #[serde(default)]
    pub(super) channels: Vec<ChannelSeed>,
    pub(super) steps: Vec<StepSeed>,
    #[serde(default)]
    pub(super) prompted_variables: Vec<PromptSeed>,
    #[serde(default)]
    pub(super) variables: serde_json::Map<String, Value>,
    #[serde(default)]
    pub(super) preconditions: Vec<PreconditionSeed>,
    #[serde(default)]
    pub(super) history: Vec<ReleaseSeed>,
}

/// Which of the deploy routes a project accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum TenantMode {
    #[default]
    Untenanted,
    TenantedOrUntenanted,
    Tenanted,
}

/// Whether a project's deployments use guided failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum GuidedFailure {
    #[default]
    EnvironmentDefault,
    Off,
    On,
}

/// Which of several answers this project gives, where real servers differ or are not known well enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Answers {
    #[default]
    PascalCase,
    /// The executions API answers in camelCase.
    CamelCase,
    /// Without the fields that newer servers added; cancelling a finished task changes nothing.
    Older,
    /// An unknown excluded machine is refused.
    Strict,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct VersionControlSeed {
    pub(super) url: String,
    pub(super) default_branch: String,
    /// Full names of the branches and tags, `refs/heads/main`.
    pub(super) refs: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ChannelSeed {
    pub(super) name: String,
    #[serde(default)]
    pub(super) default: bool,
    #[serde(default)]
    pub(super) lifecycle: Option<String>,
    #[serde(default)]
    pub(super) rules: Vec<RuleSeed>,
    #[serde(default)]
    pub(super) custom_fields: Vec<String>,
    #[serde(default)]
    pub(super) tenant_tags: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RuleSeed {
    #[serde(default)]
    pub(super) version_range: Option<String>,
    #[serde(default)]
    pub(super) tag: Option<String>,
    /// The steps whose packages the rule is for.
    pub(super) steps: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PreconditionSeed {
    pub(super) kind: String,
    pub(super) seconds: Seconds,
    #[serde(default)]
    pub(super) environments: Vec<String>,
}
