//! How a release is deployed: the keys that deploy and promote share.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::Time;

/// Keys that deploy and promote share.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct DeploymentKeys {
    /// Tenants by name or id; `["*"]` is every tenant that can be deployed to in that environment now.
    #[serde(default)]
    #[schemars(extend("x-flag" = "tenant"))]
    pub(crate) tenants: Vec<String>,
    /// Tenants by tag, written `Set name/Tag name`: those that have at least one of the tags of each named set.
    #[serde(default)]
    #[schemars(extend("x-flag" = "tenant-tag"))]
    pub(crate) tenant_tags: Vec<String>,
    /// Downloads packages again even where a target has them.
    #[serde(default)]
    pub(crate) force_package_download: bool,
    /// Deploys packages again even where the target has deployed them already.
    #[serde(default)]
    pub(crate) force_redeployment: bool,
    /// Deploys only to these deployment targets, by name.
    #[serde(default)]
    #[schemars(extend("x-flag" = "machine"))]
    pub(crate) machines: Vec<String>,
    /// Deploys to all deployment targets except these, by name.
    #[serde(default)]
    #[schemars(extend("x-flag" = "excluded-machine"))]
    pub(crate) excluded_machines: Vec<String>,
    /// Steps to skip, by name; an unknown one is an error.
    #[serde(default)]
    #[schemars(extend("x-flag" = "skip-step"))]
    pub(crate) skip_steps: Vec<String>,
    /// Guided failure: whether a failing step waits for a person's decision.
    #[serde(default)]
    pub(crate) guided_failure: Guided,
    /// When the deployment may begin: RFC 3339 with an offset, such as `2026-12-01T22:00:00+01:00`.
    /// Default: immediately.
    #[serde(default)]
    pub(crate) run_at: Option<Time>,
    /// When the server gives up a deployment that could not begin; only with `run-at`. Default: the server's
    /// own limit.
    #[serde(default)]
    #[schemars(extend("x-needs" = ["run-at"]))]
    pub(crate) no_run_after: Option<Time>,
    /// Overrides deployment freezes.
    #[serde(default)]
    pub(crate) freeze_override: Option<Freeze>,
    /// A comment on the deployment, shown on its page.
    #[serde(default)]
    #[schemars(extend("x-kind" = "memo"))]
    pub(crate) notes: Option<String>,
    /// Updates the release's variable snapshot from the project before deploying, **for this and all later
    /// deployments of that release**.
    #[serde(default)]
    pub(crate) refresh_variables: bool,
    /// Deploys again where an earlier run of this build has deployed already.
    #[serde(default)]
    pub(crate) again: bool,
}

/// Overriding deployment freezes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Freeze {
    /// The freezes to override, by name.
    #[schemars(length(min = 1), extend("x-flag" = "override-freeze"))]
    pub(crate) freezes: Vec<String>,
    /// The reason; the server records it.
    #[schemars(length(min = 1), extend("x-flag" = "override-freeze-reason"))]
    pub(crate) reason: String,
}

/// Guided failure: whether a failing step waits for a person's decision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Guided {
    /// As the environment and the project configure it.
    #[default]
    Default,
    /// Always.
    On,
    /// Never.
    Off,
}

/// Custom fields by name.
pub(super) type Fields = BTreeMap<String, String>;
