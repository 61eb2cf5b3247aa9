//! Promote the release that is in one environment to others.

use std::time::Duration;

use jiff::Timestamp;

use crate::backend::{
    Aim, BackendError, Call, Delivered, Deployment, Ledger, LeftOut, Needs, NewDeployment, Notice,
    PlaceHistory, Promotion, Selection, Wanted,
};
use crate::model::{
    ChannelName, DeploymentOptions, EnvironmentName, ProjectName, Release, ReleaseVersion, Targets, Tenants,
};

use super::wait::Wait;
use super::{ActionError, Outcome, Session, watch};

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
    /// What earlier actions of this run brought to `from` itself: for these tenants it is what is there, and it must be
    /// what `release` says. Default: nothing.
    pub delivered: Vec<Delivered>,
    /// The tenants that are left out, each with a warning, since what they wait for was tolerated not to happen.
    /// Default: none.
    pub left_out: Vec<LeftOut>,
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
            release: PromotionChoice::LatestSuccessful,
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
pub async fn promote(session: &Session<'_>, options: &PromoteOptions) -> Result<Outcome, ActionError> {
    let ledger = Ledger::default();
    let call = session.call(options.time_limit, &ledger);
    let (releases, deployments) =
        match session.unless_stopped(call, Box::pin(ask(session, options, call))).await {
            Ok(asked) => asked,
            Err(halt) => return Err(watch::abandon(session, halt, &options.wait, call).await),
        };
    let deployments = watch::results(session, deployments, &options.wait, call).await;
    Ok(Outcome { releases, deployments })
}

async fn ask(
    session: &Session<'_>,
    options: &PromoteOptions,
    call: Call<'_>,
) -> Result<(Vec<Release>, Vec<Deployment>), BackendError> {
    let needs = Needs {
        channel: options.channel.as_ref(),
        from: Some(&options.from),
        to: options.to.iter().collect(),
        tenants: &options.tenants,
        options: Some(&options.deployment),
        ..Needs::of(&options.project)
    };
    session.backend.resolve_one(needs, call).await?;
    let promotion = Promotion {
        project: &options.project,
        from: &options.from,
        to: &options.to,
        tenants: &options.tenants,
        channel: options.channel.as_ref(),
        wanted: match &options.release {
            PromotionChoice::LatestSuccessful => Wanted::LatestSuccessful,
            PromotionChoice::Exact(version) => Wanted::Exact(version),
            PromotionChoice::Only(version) => Wanted::Only(version),
        },
        delivered: &options.delivered,
        left_out: &options.left_out,
    };
    let selections = Box::pin(session.backend.select(&promotion, call)).await?;
    // Every selection is checked before the first is deployed: a promotion that cannot be done whole is
    // not begun.
    let check = |release: &Release, aim: &Aim| {
        if options.allow_downgrade { Ok(()) } else { forwards(release, aim, session.backend.server_now()) }
    };
    let mut parts = Vec::new();
    for Selection { release, because, to } in selections {
        let aim = Aim::Surveyed(to);
        check(&release, &aim)?;
        parts.push(Part { release, because, aim, is_old: true });
    }
    let (project, deployment) = (&options.project, &options.deployment);
    for part in &mut parts {
        if let Some(aim) = session.backend.after_automatic(&part.as_asked(project, deployment), call).await? {
            (part.aim, part.is_old) = (aim, false);
        }
    }
    // Where the server's own deployments were waited for, what was seen before may hold no longer.
    if parts.iter().any(|it| !it.is_old) {
        for part in &mut parts {
            if part.is_old {
                part.aim = session.backend.look_again(&part.as_asked(project, deployment), call).await?;
            }
            check(&part.release, &part.aim)?;
        }
    }
    let all: Vec<_> = parts.iter().map(|it| it.as_asked(project, deployment)).collect();
    let foreseen = session.backend.foresee(&all, call).await?;
    let (mut releases, mut deployments) = (Vec::new(), Vec::new());
    for (part, new) in parts.iter().zip(&all) {
        let asked = async {
            // An answer to the one before may have been lost, which takes its time.
            let again = if options.allow_downgrade || releases.is_empty() {
                None
            } else {
                Some(session.backend.look_again(new, call).await?)
            };
            let aim = again.as_ref().unwrap_or(&part.aim);
            check(&part.release, aim)?;
            (session.say)(chosen(part, aim));
            let new = NewDeployment { aim, ..*new };
            session.backend.deploy(&new, &foreseen, call).await
        };
        match Box::pin(asked).await {
            Ok(some) => deployments.extend(some),
            Err(error) => {
                deployments.extend(error.accepted().iter().cloned());
                if deployments.is_empty() {
                    return Err(error);
                }
                return Err(BackendError::PartWay { accepted: deployments, source: Box::new(error) });
            }
        }
        releases.push(new.release.clone());
    }
    Ok((releases, deployments))
}

/// A release that is promoted, and where.
struct Part {
    release: Release,
    /// Why this one.
    because: String,
    /// The targets as they were seen last.
    aim: Aim,
    /// They were seen before anything was waited for.
    is_old: bool,
}

impl Part {
    fn as_asked<'a>(&'a self, project: &'a ProjectName, options: &'a DeploymentOptions) -> NewDeployment<'a> {
        NewDeployment { project, release: &self.release, aim: &self.aim, options }
    }
}

fn standings(aim: &Aim) -> &[PlaceHistory] {
    match aim {
        Aim::Surveyed(standings) => standings,
        Aim::Fresh(_) => &[],
    }
}

/// Refuses to move a target to a lower version than it has, or is about to have.
fn forwards(release: &Release, aim: &Aim, now: Timestamp) -> Result<(), BackendError> {
    let chosen = &release.version;
    for standing in standings(aim) {
        let target = standing.target().to_string();
        let highest = standing.highest_version(now).map_err(|hidden| BackendError::Hidden {
            what: format!("promoting release {chosen} to {target}"),
            because: format!(
                "the server does not show what became of {hidden}, which may be there or on its way"
            ),
        })?;
        if let Some(current) = highest.filter(|it| chosen.compare(it).is_lt()) {
            let (current, chosen) = (current.clone(), chosen.clone());
            return Err(BackendError::Backwards { target, current, chosen });
        }
    }
    Ok(())
}

fn chosen(part: &Part, aim: &Aim) -> Notice {
    let replaced = |it: &PlaceHistory| Some((it.target(), it.current_version()?.clone()));
    Notice::Chosen {
        version: part.release.version.clone(),
        because: part.because.clone(),
        replaces: standings(aim).iter().filter_map(replaced).collect(),
    }
}
