//! Deploy a release.

use std::time::Duration;

use crate::backend::{
    BackendError, Context, Deployment, Destination, Ledger, Needs, NewDeployment, Notice, ReleaseQuery,
    WhichRelease,
};
use crate::model::{ChannelName, DeploymentOptions, ProjectName, Release, ReleaseVersion, Targets, Tenants};

use super::wait::Wait;
use super::{ActionError, Outcome, Session, ask, watch};

/// Options of [`deploy`](super::deploy). What has no sensible default is an argument of `new`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DeployOptions {
    /// The project whose release is deployed.
    pub project: ProjectName,
    /// The channel that the release must belong to. Default: any.
    pub channel: Option<ChannelName>,
    /// The environments to deploy to.
    pub to: Targets,
    /// The tenants to deploy for. Default: without tenants.
    pub tenants: Tenants,
    /// How the release is deployed. Default: the server's own defaults.
    pub deployment: DeploymentOptions,
    /// Time limit of the whole action, waiting included. Default: 30 minutes.
    pub time_limit: Duration,
    /// Whether and how the action waits. Default: wait for the results.
    pub wait: Wait,
}

/// Which release is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseChoice {
    /// The release with this version; an error if there is none.
    Exact(ReleaseVersion),
    /// A release that an earlier action of this run created or found.
    This(Release),
    /// The latest release of the channel, or of the project's default channel.
    Latest(Option<ChannelName>),
}

impl DeployOptions {
    /// Options with every default.
    #[must_use]
    pub fn new(project: ProjectName, to: Targets) -> Self {
        Self {
            project,
            channel: None,
            to,
            tenants: Tenants::Untenanted,
            deployment: DeploymentOptions::default(),
            time_limit: super::DEFAULT_TIME_LIMIT,
            wait: Wait::default(),
        }
    }
}

/// Deploys a release and, unless the options say otherwise, waits for the result.
///
/// # Errors
///
/// The release does not exist, the server refused, or the server did not answer in time. A failed deployment is an
/// outcome, not an error.
pub async fn deploy(
    session: &Session<'_>,
    release: ReleaseChoice,
    options: &DeployOptions,
) -> Result<Outcome, ActionError> {
    let ledger = Ledger::default();
    let context = session.call(options.time_limit, &ledger);
    let (release, deployments) =
        match session.unless_stopped(context, Box::pin(ask(session, &release, options, context))).await {
            Ok(asked) => asked,
            Err(halt) => return Err(watch::abandon(session, halt, &options.wait, context).await),
        };
    let deployments = watch::results(session, deployments, &options.wait, context).await;
    Ok(Outcome { releases: vec![release], deployments })
}

async fn ask(
    session: &Session<'_>,
    choice: &ReleaseChoice,
    options: &DeployOptions,
    context: Context<'_>,
) -> Result<(Release, Vec<Deployment>), BackendError> {
    let DeployOptions { project, to, tenants, .. } = options;
    let backend = session.backend;
    let channel = match choice {
        ReleaseChoice::Latest(channel) => channel.as_ref(),
        ReleaseChoice::This(_) | ReleaseChoice::Exact(_) => options.channel.as_ref(),
    };
    let needs = Needs {
        channel,
        to: to.iter().collect(),
        tenants,
        options: Some(&options.deployment),
        ..Needs::of(project)
    };
    backend.resolve_one(needs, context).await?;
    let which = match choice {
        ReleaseChoice::This(release) => Ok(release.clone()),
        ReleaseChoice::Exact(version) => Err(WhichRelease::Version(version)),
        ReleaseChoice::Latest(channel) => Err(WhichRelease::Latest(channel.as_ref())),
    };
    let release = match which {
        Ok(release) => release,
        Err(which) => {
            let release = backend.find(&ReleaseQuery { project, which }, context).await?;
            (session.say)(Notice::Release(release.clone()));
            release
        }
    };
    let new = NewDeployment {
        project,
        release: &release,
        to: Destination::Named { to, tenants, channel },
        options: &options.deployment,
        forwards_only: false,
    };
    let mut deployments = Vec::new();
    for preparation in Box::pin(backend.prepare(&[new], context)).await? {
        deployments.extend(Box::pin(ask::ask(session, &preparation, context)).await?);
    }
    Ok((release, deployments))
}
