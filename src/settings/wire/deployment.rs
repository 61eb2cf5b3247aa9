//! How a release is deployed: the keys that deploy and promote share.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::Time;

/// Keys that deploy and promote share.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct DeploymentKeys {
    /// Tenants by name or id; `["*"]` is every tenant that can be deployed to there now.
    #[serde(default)]
    #[schemars(extend("x-flag" = "tenant"))]
    pub(crate) tenants: Vec<String>,
    /// Tenants that carry one of the tags of each set that is named; a tag is written `Set name/Tag name`.
    #[serde(default)]
    #[schemars(extend("x-flag" = "tenant-tag"))]
    pub(crate) tenant_tags: Vec<String>,
    /// Downloads packages again even where a target has them.
    #[serde(default)]
    pub(crate) force_package_download: bool,
    /// Deploys packages again that are on the target already.
    #[serde(default)]
    pub(crate) force_redeployment: bool,
    /// Only these deployment targets, by name.
    #[serde(default)]
    #[schemars(extend("x-flag" = "machine"))]
    pub(crate) machines: Vec<String>,
    /// All but these deployment targets, by name.
    #[serde(default)]
    #[schemars(extend("x-flag" = "excluded-machine"))]
    pub(crate) excluded_machines: Vec<String>,
    /// Steps that are not run, by name; an unknown one is an error.
    #[serde(default)]
    #[schemars(extend("x-flag" = "skip-step"))]
    pub(crate) skip_steps: Vec<String>,
    /// Whether a failing step asks a person.
    #[serde(default)]
    pub(crate) guided_failure: Guided,
    /// When the deployment may begin: RFC 3339 with an offset, such as `2026-12-01T22:00:00+01:00`.
    /// Default: at once.
    #[serde(default)]
    pub(crate) run_at: Option<Time>,
    /// When the server gives up a deployment that could not begin; only with `run-at`. Default: the server's.
    #[serde(default)]
    #[schemars(extend("x-needs" = ["run-at"]))]
    pub(crate) no_run_after: Option<Time>,
    /// Deploys in spite of deployment freezes.
    #[serde(default)]
    pub(crate) freeze_override: Option<Freeze>,
    /// A comment on the deployment, shown on its page.
    #[serde(default)]
    #[schemars(extend("x-kind" = "memo"))]
    pub(crate) notes: Option<String>,
    /// Takes the project's variables into the release anew before deploying, **for this and all later
    /// deployments of that release**.
    #[serde(default)]
    pub(crate) refresh_variables: bool,
    /// Deploys anew where an earlier run of this build deployed already.
    #[serde(default)]
    pub(crate) again: bool,
}

/// Deploying in spite of deployment freezes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Freeze {
    /// The freezes that are overridden, by name.
    #[schemars(length(min = 1), extend("x-flag" = "override-freeze"))]
    pub(crate) freezes: Vec<String>,
    /// Why; the server records it.
    #[schemars(length(min = 1), extend("x-flag" = "override-freeze-reason"))]
    pub(crate) reason: String,
}

/// Whether a failing step asks a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Guided {
    /// As the environment and the project say.
    #[default]
    Default,
    /// Always.
    On,
    /// Never.
    Off,
}

/// Custom fields by name.
pub(super) type Fields = BTreeMap<String, String>;
