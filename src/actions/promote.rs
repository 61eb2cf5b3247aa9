//! Promote the release that is in one environment to others.

use std::time::Duration;

use crate::model::{
    ChannelName, DeploymentOptions, EnvironmentName, ProjectName, Release, ReleaseVersion, Targets, Tenants,
};

use super::wait::Wait;

/// Options of [`promote`](super::promote). What has no sensible default is an argument of `new`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PromoteOptions {
    /// The project whose release is promoted.
    pub project: ProjectName,
    /// The environment that the release is taken from.
    pub from: EnvironmentName,
    /// The environments it goes to: one after one request, side by side.
    pub to: Targets,
    /// Default: [`PromotionChoice::LatestSuccessful`].
    pub release: PromotionChoice,
    /// Only releases of this channel. Default: of any.
    pub channel: Option<ChannelName>,
    /// Each tenant gets the release that is in `from` for that same tenant. Default: without tenants.
    pub tenants: Tenants,
    /// Allows a lower version than the target has now. Default: no.
    pub allow_downgrade: bool,
    /// How it is deployed. Default: as the server does by itself.
    pub deployment: DeploymentOptions,
    /// How long the whole action may take, waiting included. Default: 30 minutes.
    pub time_limit: Duration,
    /// Default: wait for the results.
    pub wait: Wait,
}

/// Which release is promoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromotionChoice {
    /// The latest successful deployment in the source environment, by time, whoever made the release.
    LatestSuccessful,
    /// The release with this version, provided that it was deployed successfully to the source environment.
    Exact(ReleaseVersion),
    /// This build's release, and an error where another is in the source environment now.
    Only(ReleaseVersion),
    /// The release that an earlier action of this run deployed to the source environment successfully.
    This(Release),
}

impl PromoteOptions {
    /// Options with every default.
    #[must_use]
    pub fn new(project: ProjectName, from: EnvironmentName, to: Targets) -> Self {
        Self {
            project,
            from,
            to,
            release: PromotionChoice::LatestSuccessful,
            channel: None,
            tenants: Tenants::Untenanted,
            allow_downgrade: false,
            deployment: DeploymentOptions::default(),
            time_limit: super::DEFAULT_TIME_LIMIT,
            wait: Wait::default(),
        }
    }
}
