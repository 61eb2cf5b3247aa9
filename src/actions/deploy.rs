//! Deploy a release.

use std::time::Duration;

use crate::model::{ChannelName, DeploymentOptions, ProjectName, Release, ReleaseVersion, Targets, Tenants};

use super::wait::Wait;

/// Options of [`deploy`](super::deploy). What has no sensible default is an argument of `new`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DeployOptions {
    /// The project whose release is deployed.
    pub project: ProjectName,
    /// Which of its releases.
    pub release: ReleaseChoice,
    /// The environments.
    pub to: Targets,
    /// Default: without tenants.
    pub tenants: Tenants,
    /// How it is deployed. Default: as the server does by itself.
    pub deployment: DeploymentOptions,
    /// How long the whole action may take, waiting included. Default: 30 minutes.
    pub time_limit: Duration,
    /// Default: wait for the results.
    pub wait: Wait,
}

/// Which release is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseChoice {
    /// The one with this version; it is an error when there is none.
    Exact(ReleaseVersion),
    /// One that an earlier action of this run made or found.
    This(Release),
    /// The latest of the channel, or of the project's default channel.
    Latest(Option<ChannelName>),
}

impl DeployOptions {
    /// Options with every default.
    #[must_use]
    pub fn new(project: ProjectName, release: ReleaseChoice, to: Targets) -> Self {
        Self {
            project,
            release,
            to,
            tenants: Tenants::Untenanted,
            deployment: DeploymentOptions::default(),
            time_limit: super::DEFAULT_TIME_LIMIT,
            wait: Wait::default(),
        }
    }
}
