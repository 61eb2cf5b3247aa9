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
    /// The target environments. Their deployments are requested one after the other and run in parallel.
    pub to: Targets,
    /// The releases that earlier actions of this run deployed to `from`: for these tenants they count as the latest
    /// there, and they must match the choice. Default: none.
    pub delivered: Vec<DeliveredRelease>,
    /// Tenants that are left out, each with a warning, because the earlier action that they depend on failed and its
    /// failure was tolerated. Default: none.
    pub left_out: Vec<OmittedTenant>,
    /// Only releases of this channel. Default: any channel.
    pub channel: Option<ChannelName>,
    /// The tenants. Each gets the release that is in `from` for that tenant. Default: without tenants.
    pub tenants: Tenants,
    /// Allows a lower version than the target has now. Default: no.
    pub allow_downgrade: bool,
    /// How the release is deployed. Default: the server's own defaults.
    pub deployment: DeploymentOptions,
    /// Time limit of the whole action, waiting included. Default: 30 minutes.
    pub time_limit: Duration,
    /// Whether and how the action waits. Default: wait for the results.
    pub wait: Wait,
}

/// Which release is promoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromotionChoice {
    /// The release deployed to the source environment successfully last, whichever build created it.
    LatestSuccessful,
    /// The release with this version, if it was deployed successfully to the source environment.
    Exact(ReleaseVersion),
    /// This build's release; an error if another is in the source environment now.
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

/// Promotes the release that is in one environment to others and, unless the options say otherwise, waits for the
/// result.
///
/// # Errors
///
/// There is nothing to promote, the target would move backwards, the server refused, or the server did not answer in
/// time. A failed deployment is an outcome, not an error.
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
    // All are prepared before the first is deployed: a promotion that cannot be carried out in full does not start.
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

/// Requests the deployments of one release. If an answer to the previous one was lost, time has passed, so the targets
/// of the next are looked at again.
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
