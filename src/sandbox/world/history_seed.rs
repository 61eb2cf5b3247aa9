//! The past of a project as the seed describes it: its releases and their deployments.

use serde::Deserialize;
use serde_json::Value;

use crate::sandbox::world::process_seed::{PromptSeed, StepSeed};
use crate::sandbox::world::seconds::Seconds;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ReleaseSeed {
    pub(super) version: String,
    #[serde(default)]
    pub(super) channel: Option<String>,
    /// How long ago it was assembled.
    pub(super) ago: Seconds,
    #[serde(default)]
    pub(super) notes: String,
    /// The user who made it; left out, the first user.
    #[serde(default)]
    pub(super) by: Option<String>,
    /// The process that it was made with; left out, the project's current one.
    #[serde(default)]
    pub(super) steps: Option<Vec<StepSeed>>,
    /// The variables that its deployments prompt for; left out, the project's current ones.
    #[serde(default)]
    pub(super) prompted_variables: Option<Vec<PromptSeed>>,
    /// The description of a defect, which blocks further deployments.
    #[serde(default)]
    pub(super) defect: Option<String>,
    #[serde(default)]
    pub(super) deployments: Vec<PastDeploymentSeed>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PastDeploymentSeed {
    pub(super) environment: String,
    #[serde(default)]
    pub(super) tenant: Option<String>,
    /// How long ago it began.
    pub(super) ago: Seconds,
    /// How long it took; left out, as long as its steps take.
    #[serde(default)]
    pub(super) took: Option<Seconds>,
    #[serde(default)]
    pub(super) outcome: PastOutcome,
    /// The user who deployed; left out, the first user.
    #[serde(default)]
    pub(super) by: Option<String>,
    /// The only machines that it ran on; empty means all.
    #[serde(default)]
    pub(super) machines: Vec<String>,
    #[serde(default)]
    pub(super) excluded_machines: Vec<String>,
    #[serde(default)]
    pub(super) skip_steps: Vec<String>,
    /// Values of prompted variables.
    #[serde(default)]
    pub(super) values: serde_json::Map<String, Value>,
}

/// How a deployment of the history ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum PastOutcome {
    #[default]
    Success,
    Failed,
    Canceled,
    TimedOut,
}
