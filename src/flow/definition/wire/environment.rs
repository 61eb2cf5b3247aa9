//! Environments.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::metadata::Metadata;
use crate::document::Period;

/// An environment that flows speak of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EnvironmentDocument {
    /// `promenade/v1`
    #[schemars(extend("const" = "promenade/v1"))]
    #[expect(dead_code, reason = "it was looked at before")]
    pub(crate) api_version: String,
    /// `Environment`
    #[schemars(extend("const" = "Environment"))]
    #[expect(dead_code, reason = "it was looked at before")]
    pub(crate) kind: String,
    /// The name of the environment.
    pub(crate) metadata: Metadata,
    /// Where the environment is, and how releases are deployed there.
    pub(crate) spec: EnvironmentSpec,
    /// What a cluster reports of the document; it is not checked.
    #[serde(default)]
    #[expect(dead_code, reason = "it says nothing about what is wanted")]
    pub(crate) status: Option<Json>,
}

/// Where an environment is, and how releases are deployed there.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EnvironmentSpec {
    /// The position among the columns of lists; smaller numbers come first.
    #[serde(default)]
    #[schemars(range(min = -1_000_000, max = 1_000_000))]
    pub(crate) order: i64,
    /// Whether customers use it.
    #[serde(default)]
    pub(crate) production: bool,
    /// Where it is on Octopus Deploy. `octopus: {}` is the environment of the same name on the connection `default`.
    #[serde(default)]
    pub(crate) octopus: Option<OctopusPlace>,
    /// How releases are deployed there.
    #[serde(default)]
    pub(crate) deploy: Deploy,
}

/// An environment of an Octopus server.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OctopusPlace {
    /// The connection of the settings: `[connections.NAME]`, or `default` for `[connection]`.
    #[serde(default = "default_connection")]
    #[schemars(length(min = 1))]
    pub(crate) connection: String,
    /// The space by id, name or slug. Default: that of the connection, else the server's default space.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(crate) space: Option<String>,
    /// The environment by id, name or slug. Default: the name of the document.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(crate) environment: Option<String>,
}

/// How releases are deployed to an environment.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Deploy {
    /// What happens when a deployment waits for a person.
    #[serde(default)]
    pub(crate) when_person_needed: Person,
    /// How long one deployment may take. Time spent waiting for a person does not count.
    #[serde(default = "time_limit")]
    pub(crate) time_limit: Period,
    /// How long stopping a deployment may take.
    #[serde(default = "stop_limit")]
    pub(crate) stop_limit: Period,
    /// How long a deployment may wait for a person.
    #[serde(default = "person_limit")]
    pub(crate) person_limit: Period,
    /// How often a deployment is tried in all, if it fails.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 10))]
    pub(crate) tries: u32,
    /// The pause before a failed deployment is tried again; each further pause is twice as long, up to `1h`.
    #[serde(default = "retry_after")]
    pub(crate) retry_after: Period,
    /// Guided failure: whether a failing step waits for a person's decision.
    #[serde(default)]
    pub(crate) guided_failure: Guided,
    /// Steps of the deployment process to skip, by name.
    #[serde(default)]
    #[schemars(inner(length(min = 1)))]
    pub(crate) skip_steps: Vec<String>,
    /// Downloads packages again even where a target has them.
    #[serde(default)]
    pub(crate) force_package_download: bool,
    /// Deploys packages again even where the target has deployed them already.
    #[serde(default)]
    pub(crate) force_redeployment: bool,
    /// Overrides deployment freezes.
    #[serde(default)]
    pub(crate) freeze_override: Option<Freeze>,
    /// A comment on each deployment, shown on its page.
    #[serde(default)]
    pub(crate) notes: Option<String>,
}

impl Default for Deploy {
    fn default() -> Self {
        Self {
            when_person_needed: Person::default(),
            time_limit: time_limit(),
            stop_limit: stop_limit(),
            person_limit: person_limit(),
            tries: one(),
            retry_after: retry_after(),
            guided_failure: Guided::default(),
            skip_steps: Vec::new(),
            force_package_download: false,
            force_redeployment: false,
            freeze_override: None,
            notes: None,
        }
    }
}

/// Overriding deployment freezes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Freeze {
    /// The freezes to override, by name.
    #[schemars(length(min = 1), inner(length(min = 1)))]
    pub(crate) freezes: Vec<String>,
    /// The reason; the server records it.
    #[schemars(length(min = 1))]
    pub(crate) reason: String,
}

/// What to do when a deployment waits for a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Person {
    /// Keeps waiting.
    #[default]
    Wait,
    /// Ends as failed; the deployment is cancelled, so that its place becomes free.
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

/// Guided failure: whether a failing step waits for a person's decision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Guided {
    /// As the environment and the project configure it.
    #[default]
    Default,
    /// Always.
    On,
    /// Never.
    Off,
}

fn default_connection() -> String {
    "default".to_owned()
}

fn one() -> u32 {
    1
}

fn time_limit() -> Period {
    Period::seconds(60 * 60)
}

fn stop_limit() -> Period {
    Period::seconds(5 * 60)
}

fn person_limit() -> Period {
    Period::seconds(7 * 24 * 60 * 60)
}

fn retry_after() -> Period {
    Period::seconds(30)
}
