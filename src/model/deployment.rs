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

    /// The same and another; an environment that is there already is not added twice.
    #[must_use]
    pub fn and(mut self, next: EnvironmentName) -> Self {
        if !self.iter().any(|it| it.is(next.as_str())) {
            self.rest.push(next);
        }
        self
    }

    /// All of the names, or nothing where there are none.
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
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Tenants {
    /// Without tenants.
    #[default]
    Untenanted,
    /// Every tenant that can be deployed to there now (`*`).
    All,
    /// Named tenants, tenants that carry one of the tags, or both; never neither.
    Some {
        /// Tenants by name or id.
        names: Vec<TenantName>,
        /// Tags in canonical form.
        tags: Vec<TenantTag>,
    },
}

/// One place of a deployment: an environment, for a tenant or without.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TenantTarget {
    /// The environment.
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

/// How a release is deployed; all of it is optional and the same for deploy and promote.
///
/// The values of variables are left out where it is written: see [`crate::backend::Record`].
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct DeploymentOptions {
    /// Download packages again even where a target has them. Default: no.
    pub force_package_download: bool,
    /// Deploy packages again that are on the target already. Default: no.
    pub force_redeployment: bool,
    /// Only these deployment targets. Default: all that the process addresses.
    pub machines: Vec<MachineName>,
    /// All but these deployment targets. Default: none is left out.
    pub excluded_machines: Vec<MachineName>,
    /// Steps that are not run; an unknown one is an error. Default: none.
    pub skip_steps: Vec<StepName>,
    /// Whether a failing step asks a person. Default: as the environment and the project say.
    pub guided_failure: GuidedFailure,
    /// Values of prompted variables, by the variable's name. Default: none.
    #[serde(skip)]
    pub variables: BTreeMap<String, PromptedValue>,
    /// When the deployment may begin. Default: at once.
    pub schedule: Option<Schedule>,
    /// Deploys in spite of deployment freezes. Default: no.
    pub freeze_override: Option<FreezeOverride>,
    /// A comment on the deployment, shown on its page. Default: none.
    pub notes: Option<String>,
    /// Takes the project's variables into the release anew, **for this and all later deployments of it**,
    /// before deploying. Default: no.
    pub refresh_variables: bool,
    /// The project's own variables that were edited for this deployment, which has to take them in: with other values it
    /// is another one. Default: none.
    #[serde(skip)]
    pub edited_variables: BTreeMap<String, PromptedValue>,
    /// Deploys anew where an earlier run's deployment would be adopted. Default: no.
    pub again: bool,
}

/// Guided failure: whether a failing step waits for a person's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuidedFailure {
    /// As the environment and the project say.
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
    /// A value that may be seen.
    Plain(String),
    /// A value that no text of ours shows.
    Secret(Secret),
}

impl PromptedValue {
    /// The value itself, for the request's body and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.expose_secret(),
        }
    }
}

/// When a deployment may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Schedule {
    /// Not before this time (UTC).
    pub run_at: Timestamp,
    /// Not after this time (UTC): the server gives up a deployment that could not begin. Default: the server's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_run_after: Option<Timestamp>,
}

/// Deploying in spite of deployment freezes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreezeOverride {
    /// The freezes that are overridden, by name.
    pub freezes: Vec<String>,
    /// Why; the server records it and refuses a blank one.
    pub reason: String,
}
