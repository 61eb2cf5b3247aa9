//! Where a release goes and how it is deployed there.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::name::{EnvironmentName, MachineName, StepName, TenantName, TenantTag};
use super::secret::Secret;

/// The environments of one deployment request: at least one, by construction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Targets {
    first: EnvironmentName,
    rest: Vec<EnvironmentName>,
}

impl Targets {
    /// A single environment.
    #[must_use]
    pub fn one(first: EnvironmentName) -> Self {
        Self { first, rest: Vec::new() }
    }

    /// Adds an environment, unless it is in the list already.
    #[must_use]
    pub fn and(mut self, next: EnvironmentName) -> Self {
        if !self.iter().any(|it| it.is(next.as_str())) {
            self.rest.push(next);
        }
        self
    }

    /// The environments with these names; `None` if there are no names.
    #[must_use]
    pub fn all(names: impl IntoIterator<Item = EnvironmentName>) -> Option<Self> {
        let mut names = names.into_iter();
        let first = Self::one(names.next()?);
        Some(names.fold(first, Self::and))
    }

    /// The environments, in the order given.
    pub fn iter(&self) -> impl Iterator<Item = &EnvironmentName> {
        std::iter::once(&self.first).chain(&self.rest)
    }
}

/// The tenants a release is deployed for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tenants {
    /// Without tenants.
    #[default]
    Untenanted,
    /// Every tenant that the release can be deployed to now (`*`).
    All,
    /// Named tenants, tenants with one of the tags, or both; at least one of the lists is not empty.
    Some {
        /// Tenants by name or id.
        names: Vec<TenantName>,
        /// Tags in canonical form.
        tags: Vec<TenantTag>,
    },
}

impl Tenants {
    /// Whether it is deployed without tenants.
    #[must_use]
    pub fn is_untenanted(&self) -> bool {
        *self == Self::Untenanted
    }
}

/// The target of one deployment: an environment, for a tenant or without.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TenantTarget {
    /// The environment, as the user or the server names it.
    pub environment: EnvironmentName,
    /// The tenant; `None` = untenanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantName>,
}

impl fmt::Display for TenantTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.tenant {
            Some(tenant) => write!(f, "{} for {tenant}", self.environment),
            None => write!(f, "{}", self.environment),
        }
    }
}

/// How a release is deployed. Every option is optional, and deploy and promote have the same.
///
/// The serialized form omits the values of variables: see [`crate::backend::Record`].
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct DeploymentOptions {
    /// Download packages again even where a target has them. Default: no.
    pub force_package_download: bool,
    /// Deploy packages that are on the target already again. Default: no.
    pub force_redeployment: bool,
    /// Deploy only to these deployment targets. Default: all that the process addresses.
    pub machines: Vec<MachineName>,
    /// Deploy to all but these deployment targets. Default: none is excluded.
    pub excluded_machines: Vec<MachineName>,
    /// Steps to skip; an unknown step is an error. Default: none.
    pub skip_steps: Vec<StepName>,
    /// Whether a failing step waits for a person's decision. Default: the setting of the environment or the project.
    pub guided_failure: GuidedFailure,
    /// Values of prompted variables, by the variable's name. Default: none.
    #[serde(skip)]
    pub variables: BTreeMap<String, PromptedValue>,
    /// When the deployment may start. Default: immediately.
    pub schedule: Option<Schedule>,
    /// Overrides deployment freezes. Default: no.
    pub freeze_override: Option<FreezeOverride>,
    /// A comment on the deployment, shown on its page. Default: none.
    pub notes: Option<String>,
    /// Updates the release's snapshot of the project's variables before deploying, **for this and all later deployments
    /// of the release**. Default: no.
    pub refresh_variables: bool,
    /// The project's own variables that were edited for this deployment. A deployment with other values is a different
    /// one. Default: none.
    #[serde(skip)]
    pub edited_variables: BTreeMap<String, PromptedValue>,
    /// Deploys again instead of taking over an earlier run's deployment. Default: no.
    pub again: bool,
}

/// Guided failure: whether a failing step waits for a person's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuidedFailure {
    /// The setting of the environment or the project.
    #[default]
    Default,
    /// Always.
    On,
    /// Never.
    Off,
}

/// The value of a prompted variable.
#[derive(Debug, Clone)]
pub enum PromptedValue {
    /// A value that may be shown.
    Plain(String),
    /// A value that promenade never shows.
    Secret(Secret),
}

impl PromptedValue {
    /// The value itself, only for the request's body.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.expose_secret(),
        }
    }
}

/// When a deployment may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Schedule {
    /// The earliest start (UTC).
    pub run_at: Timestamp,
    /// The latest start (UTC): after it, the server cancels a deployment that has not started. Default: the server's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_run_after: Option<Timestamp>,
}

/// An override of deployment freezes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreezeOverride {
    /// The freezes that are overridden, by name.
    pub freezes: Vec<String>,
    /// The reason; the server records it and refuses a blank one.
    pub reason: String,
}
