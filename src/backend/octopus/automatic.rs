//! Automatic deployments, which the server makes by itself if a phase of the lifecycle says so.
//!
//! They appear seconds after the release was created or the phase before was completed. A request in the meantime would
//! deploy twice, so a request for such a target waits until the server's own deployment is there.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join;

use tokio::time::{Instant, sleep};

use crate::backend::{BackendError, Context};
use crate::model::{DeploymentOptions, GuidedFailure, ProjectName};
use crate::octopus::deployment::Deployment;
use crate::octopus::lifecycle::Lifecycle;
use crate::octopus::progression::PhaseProgress;
use crate::octopus::task::TaskState;
use crate::octopus::{self as api, EnvironmentId};

use super::Octopus;
use super::deployment_spec::orders;
use super::deployment_targets::{Deploying, DeploymentTargets};
use super::place::Place;
use super::place::release_id;

/// How long promenade waits for the server's own deployment.
const COMES_WITHIN: Duration = Duration::from_secs(60);
/// The longest pause between two looks; the pauses grow to it.
const PAUSE: Duration = Duration::from_secs(5);

/// Where the server deploys a release by itself.
struct Automatic {
    /// In phases that are open.
    now: BTreeSet<EnvironmentId>,
    /// In phases that are still to come.
    later: BTreeSet<EnvironmentId>,
}

impl Octopus {
    /// The lifecycles of the space; `None` if the credential may not read them. Read once.
    pub(super) async fn lifecycles(
        &self,
        context: Context<'_>,
    ) -> Result<Option<Arc<[Lifecycle]>>, BackendError> {
        if let Some(known) = self.memory().lifecycles.clone() {
            return Ok(known);
        }
        let space = self.space(context).await?;
        let found = match self.look("reading the lifecycles", &api::lifecycle::all(&space), context).await {
            Ok(all) => Some(all.into()),
            Err(BackendError::Refused { .. }) => None,
            Err(error) => return Err(error),
        };
        self.memory().lifecycles = Some(found.clone());
        Ok(found)
    }

    /// The environments to which the lifecycles of a project and of its channels deploy automatically; `None` if the
    /// credential may not read them. If no lifecycle of the space has any, no further request is sent.
    pub(super) async fn automatic_environments(
        &self,
        project: &ProjectName,
        context: Context<'_>,
    ) -> Result<Option<BTreeSet<EnvironmentId>>, BackendError> {
        let Some(lifecycles) = self.lifecycles(context).await? else { return Ok(None) };
        if lifecycles.iter().all(|it| it.automatic().next().is_none()) {
            return Ok(Some(BTreeSet::new()));
        }
        let id = self.project_id(project, context).await?;
        let (document, channels) =
            match try_join(self.project(project, context), self.channels(&id, context)).await {
                Ok(both) => both,
                Err(BackendError::Refused { .. }) => return Ok(None),
                Err(error) => return Err(error),
            };
        let of_channels = channels.iter().filter_map(|it| it.lifecycle_id.as_deref());
        let own: BTreeSet<_> = of_channels.chain([document.lifecycle_id.as_str()]).collect();
        let own = lifecycles.iter().filter(|it| own.contains(it.id.as_str()));
        Ok(Some(own.flat_map(|it| it.automatic().cloned()).collect()))
    }

    /// Reads the same in advance; if this fails, it is read again when it is needed.
    pub(super) async fn learn_automatic(&self, project: &ProjectName, context: Context<'_>) {
        let is_wanted = self.memory().lifecycles.is_some();
        if is_wanted {
            drop(self.automatic_environments(project, context).await);
        }
    }

    /// Waits for the server's automatic deployments to the targets of `new`, and looks at the targets again. `None` if
    /// there are none.
    ///
    /// A request without options waits a minute at most and then takes them over. A request with options, or with
    /// `again`, is a different one: it waits until they have ended.
    ///
    /// # Errors
    ///
    /// The server's own deployment did not appear in time, or no answer. Nothing was sent.
    pub(super) async fn after_automatic(
        &self,
        new: &Deploying<'_>,
        context: Context<'_>,
    ) -> Result<Option<DeploymentTargets>, BackendError> {
        let release = release_id(&new.release.id)?;
        let to = match new.targets {
            DeploymentTargets::New(places) => places.iter().map(|it| it.environment.clone()).collect(),
            DeploymentTargets::Known(known) => {
                let missing = known.iter().filter(|it| it.history.of(&release).is_empty());
                missing.map(|it| it.place.environment.clone()).collect::<BTreeSet<_>>()
            }
        };
        if to.is_empty()
            || self.automatic_environments(new.project, context).await?.is_some_and(|it| it.is_disjoint(&to))
        {
            return Ok(None);
        }
        let all = new.places();
        let until = context.deadline.min(Instant::now() + COMES_WITHIN);
        let mut awaited: Vec<Place> = Vec::new();
        let mut pause = Duration::from_millis(500);
        loop {
            let automatic = self.automatic_for(new, context).await?;
            let mut places = all.clone();
            places.retain(|it| to.contains(&it.environment) && automatic.now.contains(&it.environment));
            places.retain(|it| !awaited.contains(it));
            if !places.is_empty() {
                self.await_automatic(new, &places, context).await?;
                awaited.extend(places);
                continue;
            }
            // A later phase opens when the server's deployments in the phase before it have succeeded. If anything else
            // keeps it closed, the server refuses the request.
            let may_open = !awaited.is_empty() && !automatic.later.is_disjoint(&to);
            if !may_open || Instant::now() + pause >= until || self.is_held_up(new, &awaited, context).await?
            {
                break;
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE);
        }
        if awaited.is_empty() {
            return Ok(None);
        }
        self.target_histories(new.project, &all, context).await.map(|it| Some(DeploymentTargets::Known(it)))
    }

    /// Whether one of the server's own deployments has ended without success, so that no later phase opens.
    async fn is_held_up(
        &self,
        new: &Deploying<'_>,
        awaited: &[Place],
        context: Context<'_>,
    ) -> Result<bool, BackendError> {
        let space = self.space(context).await?;
        let request = api::deployment::of_release(&space, &release_id(&new.release.id)?, 1000);
        let made = self.look("looking for the server's own deployments", &request, context).await?.items;
        let here: Vec<_> = made.iter().filter(|it| awaited.iter().any(|place| place.holds(it))).collect();
        let ids: Vec<_> = here.iter().map(|it| it.task_id.clone()).collect();
        let tasks = self.tasks(&ids, context).await?;
        Ok(tasks.iter().any(|it| it.is_completed && it.state != TaskState::Success))
    }

    /// The environments to which the server deploys this release automatically.
    async fn automatic_for(
        &self,
        new: &Deploying<'_>,
        context: Context<'_>,
    ) -> Result<Automatic, BackendError> {
        let space = self.space(context).await?;
        let request = api::progression::of_one_release(&space, &release_id(&new.release.id)?);
        match self.look("reading where the release goes by itself", &request, context).await {
            Ok(progression) => {
                let of = |pending: bool| {
                    let phases = progression.phases.iter();
                    let phases = phases.filter(|it| (it.progress == PhaseProgress::Pending) == pending);
                    phases.flat_map(|it| it.automatic_deployment_targets.iter().cloned()).collect()
                };
                Ok(Automatic { now: of(false), later: of(true) })
            }
            // Then only the lifecycles are known.
            Err(BackendError::Refused { source, .. }) => {
                let by_lifecycle = self.automatic_environments(new.project, context).await?;
                let now = by_lifecycle.ok_or_else(|| {
                    hidden(
                        new,
                        format!("whether the server deploys it automatically may not be read: {source}"),
                    )
                })?;
                Ok(Automatic { now, later: BTreeSet::new() })
            }
            Err(error) => Err(error),
        }
    }

    async fn await_automatic(
        &self,
        new: &Deploying<'_>,
        places: &[Place],
        context: Context<'_>,
    ) -> Result<(), BackendError> {
        let space = self.space(context).await?;
        let request = api::deployment::of_release(&space, &release_id(&new.release.id)?, 1000);
        let is_plain = is_plain(new.options);
        let until = context.deadline.min(Instant::now() + COMES_WITHIN);
        let mut pause = Duration::from_millis(500);
        loop {
            let made = self.look("looking for the server's own deployments", &request, context).await?.items;
            let comes = |it: &&Place| !made.iter().any(|deployment| it.holds(deployment));
            let missing: Vec<_> = places.iter().filter(comes).map(|it| it.target().to_string()).collect();
            let has_come: Vec<_> =
                made.iter().filter(|it| places.iter().any(|place| place.holds(it))).collect();
            if missing.is_empty() && (is_plain || self.have_ended(&has_come, context).await?) {
                return Ok(());
            }
            // Existing deployments are waited for until the action's own limit, missing ones for a minute.
            let limit = if missing.is_empty() { context.deadline } else { until };
            if Instant::now() + pause >= limit {
                return match (missing.is_empty(), is_plain) {
                    // The server has no deployment that a request with options could repeat.
                    (false, false) => Ok(()),
                    (true, _) => {
                        Err(hidden(new, "the server's own deployments there have not ended".to_owned()))
                    }
                    (false, true) => Err(hidden(
                        new,
                        format!(
                            "the lifecycle deploys to {} automatically, and the server has not done so yet; \
                             with again = true promenade deploys nevertheless",
                            missing.join(", ")
                        ),
                    )),
                };
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE);
        }
    }

    async fn have_ended(
        &self,
        deployments: &[&Deployment],
        context: Context<'_>,
    ) -> Result<bool, BackendError> {
        let ids: Vec<_> = deployments.iter().map(|it| it.task_id.clone()).collect();
        let tasks = self.tasks(&ids, context).await?;
        Ok(ids.iter().all(|id| tasks.iter().any(|it| it.id == *id && it.is_completed)))
    }
}

/// Whether the request has no options, like the server's automatic deployments.
fn is_plain(options: &DeploymentOptions) -> bool {
    orders(options).is_empty()
        && options.machines.is_empty()
        && options.excluded_machines.is_empty()
        && options.skip_steps.is_empty()
        && options.variables.is_empty()
        && options.schedule.is_none()
        && options.guided_failure == GuidedFailure::Default
}

fn hidden(new: &Deploying<'_>, because: String) -> BackendError {
    BackendError::Hidden { what: format!("deploying release {}", new.release.version), because }
}
