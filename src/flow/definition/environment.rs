//! An environment of promotion flows: where it is, and how releases are deployed there.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::document::Origin;
use crate::model::{ConnectionName, EnvironmentName, FreezeOverride, GuidedFailure, SpaceName, StepName};

/// An environment by the name that flows use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Its name, unique in the folder. Its home may know it by another one.
    pub name: EnvironmentName,
    /// Its position among the columns of lists; smaller numbers come first.
    pub order: i64,
    /// Whether customers use it.
    pub production: bool,
    /// Where it is on Octopus Deploy; `None` = it is not there.
    pub octopus: Option<OctopusEnvironment>,
    /// How releases are deployed there.
    pub deploy: EnvironmentDeploy,
    /// Where its name was written.
    pub origin: Origin,
}

/// An environment of an Octopus server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OctopusEnvironment {
    /// The connection of the settings. Default: `default`.
    pub connection: ConnectionName,
    /// The space; `None` = that of the connection, else the server's default space.
    pub space: Option<SpaceName>,
    /// The environment by id, name or slug. Default: the name of the document.
    pub environment: EnvironmentName,
}

/// How releases are deployed to an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentDeploy {
    /// What happens when a deployment waits for a person. Default: wait.
    pub when_person_needed: WhenPersonNeeded,
    /// The time limit of one deployment, without the time that it waits for a person. Default: 1 h.
    pub time_limit: Duration,
    /// The time limit of stopping a deployment. Default: 5 min.
    pub stop_limit: Duration,
    /// How long a deployment may wait for a person. Default: 7 days.
    pub person_limit: Duration,
    /// How often a failed deployment is tried again.
    pub retry: Retry,
    /// Guided failure. Default: as the environment or the project configures it.
    pub guided_failure: GuidedFailure,
    /// Steps of the deployment process to skip. Default: none.
    pub skip_steps: Vec<StepName>,
    /// Download packages again even where a target has them. Default: no.
    pub force_package_download: bool,
    /// Deploy packages that are on the target already again. Default: no.
    pub force_redeployment: bool,
    /// Overrides deployment freezes. Default: no.
    pub freeze_override: Option<FreezeOverride>,
    /// A comment on each deployment. Default: none.
    pub notes: Option<String>,
}

/// How often something that failed is tried again by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// How often it is tried in all; at least 1. Default: 1.
    pub tries: u32,
    /// The pause after the first try. Default: 30 s.
    pub first: Duration,
    /// Each further pause is so many times as long as the one before it.
    pub factor: u32,
    /// The longest pause.
    pub most: Duration,
}

/// What to do when a deployment waits for a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhenPersonNeeded {
    /// Keep waiting.
    #[default]
    Wait,
    /// End as failed; the deployment is cancelled, so that its place becomes free.
    Fail,
    /// Answer a manual intervention: proceed.
    Proceed,
    /// Answer a manual intervention: abort the deployment.
    Abort,
    /// Answer guided failure: fail the step.
    FailStep,
    /// Answer guided failure: try the step again.
    Retry,
    /// Answer guided failure: proceed as if the step had passed.
    Ignore,
    /// Answer guided failure: proceed without the machine.
    Exclude,
}
