//! Promote the release that is in one environment to others.

use std::time::Duration;

use crate::backend::{
    BackendError, Context, DeliveredRelease, Deployment, Destination, Ledger, Needs, NewDeployment,
    NewPromotion, Notice, OmittedTenant, Preparation, PromotedRelease, Selection, TargetState,
};
use crate::model::{
    ChannelName, DeploymentOptions, EnvironmentName, ProjectName, Release, ReleaseVersion, Targets, Tenants,
};

use super::wait::Wait;
use super::{ActionError, Outcome, Session, ask, watch};

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
    /// What earlier actions of this run brought to `from` itself: for these tenants it is what is there, and it must be
    /// what the choice says. Default: nothing.
    pub delivered: Vec<DeliveredRelease>,
    /// The tenants that are left out, each with a warning, since what they wait for was tolerated not to happen.
    /// Default: none.
    pub left_out: Vec<OmittedTenant>,
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
}

impl PromoteOptions {
    /// Options with every default.
    #[must_use]
    pub fn new(project: ProjectName, from: EnvironmentName, to: Targets) -> Self {
        Self {
            project,
            from,
            to,
            delivered: Vec::new(),
            left_out: Vec::new(),
            channel: None,
            tenants: Tenants::Untenanted,
            allow_downgrade: false,
            deployment: DeploymentOptions::default(),
            time_limit: super::DEFAULT_TIME_LIMIT,
            wait: Wait::default(),
        }
    }
}

/// Promotes the release that is in one environment to others, and waits for the result, as the options say.
///
/// # Errors
///
/// There is nothing to promote, the target would move backwards, the server refused, or it did not answer
/// in time. A deployment that failed is an outcome, not an error.
pub async fn promote(
    session: &Session<'_>,
    choice: PromotionChoice,
    options: &PromoteOptions,
) -> Result<Outcome, ActionError> {
    let ledger = Ledger::default();
    let context = session.call(options.time_limit, &ledger);
    let (releases, deployments) =
        match session.unless_stopped(context, Box::pin(ask(session, &choice, options, context))).await {
            Ok(asked) => asked,
            Err(halt) => return Err(watch::abandon(session, halt, &options.wait, context).await),
        };
    let deployments = watch::results(session, deployments, &options.wait, context).await;
    Ok(Outcome { releases, deployments })
}

async fn ask(
    session: &Session<'_>,
    choice: &PromotionChoice,
    options: &PromoteOptions,
    context: Context<'_>,
) -> Result<(Vec<Release>, Vec<Deployment>), BackendError> {
    let needs = Needs {
        channel: options.channel.as_ref(),
        from: Some(&options.from),
        to: options.to.iter().collect(),
        tenants: &options.tenants,
        options: Some(&options.deployment),
        ..Needs::of(&options.project)
    };
    session.backend.resolve_one(needs, context).await?;
    let promotion = NewPromotion {
        project: &options.project,
        from: &options.from,
        to: &options.to,
        tenants: &options.tenants,
        channel: options.channel.as_ref(),
        wanted: match choice {
            PromotionChoice::LatestSuccessful => PromotedRelease::LatestSuccessful,
            PromotionChoice::Exact(version) => PromotedRelease::Exact(version),
            PromotionChoice::Only(version) => PromotedRelease::Only(version),
        },
        delivered: &options.delivered,
        left_out: &options.left_out,
    };
    let selections = Box::pin(session.backend.select(&promotion, context)).await?;
    let mut all = Vec::new();
    for selection in &selections {
        all.push(NewDeployment {
            project: &options.project,
            release: &selection.release,
            to: Destination::Selected(selection),
            options: &options.deployment,
            forwards_only: !options.allow_downgrade,
        });
    }
    // All are made ready before the first is deployed: a promotion that cannot be done whole is not begun.
    let preparations = Box::pin(session.backend.prepare(&all, context)).await?;
    let (mut releases, mut deployments) = (Vec::new(), Vec::new());
    for (selection, preparation) in selections.iter().zip(&preparations) {
        let is_first = releases.is_empty();
        match Box::pin(ask_part(session, options, selection, preparation, is_first, context)).await {
            Ok(some) => deployments.extend(some),
            Err(error) => return Err(ask::part_way(&deployments, error)),
        }
        releases.push(selection.release.clone());
    }
    Ok((releases, deployments))
}

/// Asks for one of the releases. An answer to the one before may have been lost, which takes its time, so the targets of
/// the next are looked at again.
async fn ask_part(
    session: &Session<'_>,
    options: &PromoteOptions,
    selection: &Selection,
    preparation: &Preparation,
    is_first: bool,
    context: Context<'_>,
) -> Result<Vec<Deployment>, BackendError> {
    let renewed = match is_first || options.allow_downgrade {
        true => None,
        false => Some(session.backend.renew(preparation, context).await?),
    };
    let preparation = renewed.as_ref().unwrap_or(preparation);
    let replaced = |it: &TargetState| Some((it.target.clone(), it.current.clone()?));
    (session.say)(Notice::Chosen {
        version: selection.release.version.clone(),
        because: selection.because.clone(),
        replaces: preparation.targets.iter().filter_map(replaced).collect(),
    });
    ask::ask(session, preparation, context).await
}
