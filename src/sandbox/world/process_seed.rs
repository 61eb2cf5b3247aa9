//! What a release takes a snapshot of, as the seed describes it: steps and prompted variables.

use serde::Deserialize;

use crate::sandbox::world::seconds::Seconds;

/// Whether a step works, or waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum StepKind {
    #[default]
    Work,
    ManualIntervention,
}

/// How a step ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum StepOutcome {
    #[default]
    Success,
    Warning,
    Fail,
    TimeOut,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct StepSeed {
    pub(super) name: String,
    #[serde(default)]
    pub(super) kind: StepKind,
    #[serde(default)]
    pub(super) seconds: Option<Seconds>,
    #[serde(default)]
    pub(super) roles: Vec<String>,
    #[serde(default)]
    pub(super) packages: Vec<PackageUseSeed>,
    #[serde(default)]
    pub(super) git_resources: Vec<GitResourceSeed>,
    #[serde(default)]
    pub(super) disabled: bool,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(default)]
    pub(super) channels: Vec<String>,
    #[serde(default)]
    pub(super) environments: Vec<String>,
    #[serde(default)]
    pub(super) excluded_environments: Vec<String>,
    #[serde(default)]
    pub(super) tenant_tags: Vec<String>,
    #[serde(default)]
    pub(super) outcome: StepOutcome,
    #[serde(default)]
    pub(super) error: Option<String>,
    #[serde(default)]
    pub(super) fails_when_version_contains: Option<String>,
    #[serde(default)]
    pub(super) warns_when_version_contains: Option<String>,
    #[serde(default)]
    pub(super) times_out_when_version_contains: Option<String>,
    /// After how many failed tries the step succeeds; left out, never.
    #[serde(default)]
    pub(super) works_after: Option<u32>,
    /// How many of the machines fail; left out, one.
    #[serde(default)]
    pub(super) failing_machines: Option<usize>,
    #[serde(default)]
    pub(super) instructions: Option<String>,
    #[serde(default)]
    pub(super) responsible_teams: Vec<String>,
    /// Lines for each machine's log, spread over the step's time; `{version}`, `{environment}` and
    /// `{machine}` are filled in.
    #[serde(default)]
    pub(super) log: Vec<String>,
    /// Names of the files that the step leaves as artifacts where it succeeds.
    #[serde(default)]
    pub(super) artifacts: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PackageUseSeed {
    pub(super) id: String,
    #[serde(default)]
    pub(super) feed: Option<String>,
    #[serde(default)]
    pub(super) reference: String,
    #[serde(default)]
    pub(super) fixed_version: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GitResourceSeed {
    #[serde(default)]
    pub(super) name: String,
    pub(super) repository: String,
    pub(super) default_branch: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PromptSeed {
    pub(super) name: String,
    #[serde(default)]
    pub(super) label: Option<String>,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(default)]
    pub(super) secure: bool,
    #[serde(default)]
    pub(super) default: String,
    #[serde(default)]
    pub(super) options: Vec<String>,
    /// The only environments whose deployments ask for it; empty means all.
    #[serde(default)]
    pub(super) environments: Vec<String>,
}
