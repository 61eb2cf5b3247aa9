//! A project as the seed describes it: its channels, its steps, what it asks for, its past.

use serde::Deserialize;
use serde_json::Value;

use crate::sandbox::world::seed::Seconds;

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
    /// How long a task of this project sits in the queue when nothing is before it.
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

/// Which of the deploy routes works for a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum TenantMode {
    #[default]
    Untenanted,
    TenantedOrUntenanted,
    Tenanted,
}

/// The project's word on guided failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum GuidedFailure {
    #[default]
    EnvironmentDefault,
    Off,
    On,
}

/// Where what is known of the real server has two readings, the one that this project shows.
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

/// What a step does besides its work.
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
    /// After how many failed tries the step works; left out means never.
    #[serde(default)]
    pub(super) works_after: Option<u32>,
    /// How many of the machines fail; left out means one.
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
    /// Names of files that the step leaves behind where it works.
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
    /// Asked for in these environments only; none named means in all.
    #[serde(default)]
    pub(super) environments: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PreconditionSeed {
    pub(super) kind: String,
    pub(super) seconds: Seconds,
    #[serde(default)]
    pub(super) environments: Vec<String>,
}

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
    /// Who made it; the first user when left out.
    #[serde(default)]
    pub(super) by: Option<String>,
    /// The process that it was made with; left out, that of now.
    #[serde(default)]
    pub(super) steps: Option<Vec<StepSeed>>,
    /// What its deployments ask for; left out, what the project asks for now.
    #[serde(default)]
    pub(super) prompted_variables: Option<Vec<PromptSeed>>,
    /// A reason that keeps the release from going further.
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
    /// How long it took; left out means as long as the steps take.
    #[serde(default)]
    pub(super) took: Option<Seconds>,
    #[serde(default)]
    pub(super) outcome: PastOutcome,
    /// Who deployed; the first user when left out.
    #[serde(default)]
    pub(super) by: Option<String>,
    /// Only to these machines.
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
