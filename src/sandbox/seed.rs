//! The seed: the JSON that describes a world. `docs/sandbox.md` tells the user what each field means.
//!
//! Each element of a list is read on its own, so that one pass can name the problems of all of them.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The built-in world.
pub(super) const BUILT_IN: &str = include_str!("seed.json");

/// What is wrong with a seed: every problem that was found, one a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the seed has {} problem(s):\n{}", problems.len(), problems.join("\n"))]
pub struct SeedError {
    /// Each problem in words, beginning with the place in the seed.
    pub problems: Vec<String>,
}

/// A length of time: a number of seconds, or a text like `90s`, `30m`, `2h`, `3d`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Seconds(pub(super) f64);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(f64),
            Text(String),
        }
        let seconds = match Either::deserialize(from)? {
            Either::Number(seconds) => Some(seconds),
            Either::Text(text) => parse_duration(&text),
        };
        let valid = seconds.filter(|it| it.is_finite() && *it >= 0.0 && *it < 1e9);
        valid
            .map(Self)
            .ok_or_else(|| D::Error::custom("a duration is seconds or a text like 90s, 30m, 2h, 3d"))
    }
}

fn parse_duration(text: &str) -> Option<f64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let factor = match unit {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    number.trim().parse::<f64>().ok().map(|it| it * factor)
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Seed {
    #[serde(default = "default_version")]
    pub(super) version: String,
    #[serde(default)]
    pub(super) rate_limit: Option<RateLimitSeed>,
    /// How many tasks run at once.
    #[serde(default)]
    pub(super) task_cap: Option<usize>,
    #[serde(default)]
    pub(super) maintenance: bool,
    #[serde(default)]
    pub(super) teams: Vec<Value>,
    #[serde(default)]
    pub(super) users: Vec<Value>,
    pub(super) spaces: Vec<Value>,
}

fn default_version() -> String {
    "2026.2.4711".to_owned()
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RateLimitSeed {
    pub(super) per_minute: f64,
    pub(super) burst: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TeamSeed {
    pub(super) id: String,
    pub(super) name: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UserSeed {
    pub(super) username: String,
    #[serde(default)]
    pub(super) display_name: Option<String>,
    #[serde(default)]
    pub(super) service_account: bool,
    #[serde(default)]
    pub(super) api_keys: Vec<String>,
    #[serde(default)]
    pub(super) teams: Vec<String>,
    pub(super) permissions: Vec<GrantSeed>,
    #[serde(default)]
    pub(super) oidc: Option<OidcSeed>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GrantSeed {
    /// A permission's name, `*` for all, `*View` for all that only read.
    pub(super) permission: String,
    #[serde(default)]
    pub(super) projects: Vec<String>,
    #[serde(default)]
    pub(super) environments: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct OidcSeed {
    pub(super) audience: String,
    pub(super) subject_tokens: Vec<String>,
    pub(super) token_lifetime: Seconds,
    /// Sends `expires_in` as a number; the newer server sends a text.
    #[serde(default)]
    pub(super) numeric_expiry: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SpaceSeed {
    pub(super) name: String,
    #[serde(default)]
    pub(super) default: bool,
    #[serde(default)]
    pub(super) task_queue_stopped: bool,
    #[serde(default)]
    pub(super) environments: Vec<Value>,
    #[serde(default)]
    pub(super) lifecycles: Vec<Value>,
    #[serde(default)]
    pub(super) feeds: Vec<Value>,
    #[serde(default)]
    pub(super) projects: Vec<Value>,
    #[serde(default)]
    pub(super) tag_sets: Vec<Value>,
    #[serde(default)]
    pub(super) tenants: Vec<Value>,
    #[serde(default)]
    pub(super) machines: Vec<Value>,
    #[serde(default)]
    pub(super) freezes: Vec<Value>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EnvironmentSeed {
    pub(super) name: String,
    #[serde(default)]
    pub(super) guided_failure: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LifecycleSeed {
    pub(super) name: String,
    pub(super) phases: Vec<PhaseSeed>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PhaseSeed {
    pub(super) name: String,
    #[serde(default)]
    pub(super) automatic: Vec<String>,
    #[serde(default)]
    pub(super) environments: Vec<String>,
    /// How many of the environments must succeed before the next phase; 0 means all.
    #[serde(default)]
    pub(super) minimum: usize,
    #[serde(default)]
    pub(super) optional: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FeedSeed {
    #[serde(default)]
    pub(super) id: Option<String>,
    pub(super) name: String,
    #[serde(default)]
    pub(super) kind: Option<String>,
    pub(super) packages: Vec<PackageSeed>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PackageSeed {
    pub(super) id: String,
    /// Oldest first.
    pub(super) versions: Vec<String>,
    /// Any version that is asked for by name exists.
    #[serde(default)]
    pub(super) any_version: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TagSetSeed {
    pub(super) name: String,
    pub(super) tags: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TenantSeed {
    pub(super) name: String,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    /// Project name to the names of its environments that this tenant has.
    #[serde(default)]
    pub(super) projects: serde_json::Map<String, Value>,
    #[serde(default)]
    pub(super) disabled: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MachineSeed {
    pub(super) name: String,
    pub(super) environments: Vec<String>,
    pub(super) roles: Vec<String>,
    #[serde(default)]
    pub(super) tenants: Vec<String>,
    #[serde(default)]
    pub(super) disabled: bool,
    #[serde(default)]
    pub(super) health: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FreezeSeed {
    pub(super) name: String,
    /// How long from now until it begins; left out means that it began an hour ago.
    #[serde(default)]
    pub(super) starts_in: Option<Seconds>,
    /// How long from now until it ends.
    pub(super) ends_in: Seconds,
    /// Project name to environment names.
    pub(super) projects: serde_json::Map<String, Value>,
    #[serde(default)]
    pub(super) tenants: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ProjectSeed {
    pub(super) name: String,
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

/// The elements of one list of the seed; what cannot be read is added to `problems` with its place.
pub(super) fn elements<T: DeserializeOwned>(
    list: &[Value],
    place: &str,
    problems: &mut Vec<String>,
) -> Vec<T> {
    let mut read = Vec::new();
    for (at, value) in list.iter().enumerate() {
        match T::deserialize(value) {
            Ok(element) => read.push(element),
            Err(error) => problems.push(format!("{place}[{at}]{}: {error}", named(value))),
        }
    }
    read
}

/// The element's own name, so that a problem can be found without counting.
fn named(value: &Value) -> String {
    let name = value.get("name").or_else(|| value.get("username")).and_then(Value::as_str);
    name.map_or_else(String::new, |name| format!(" ({name})"))
}
