//! What is where now: the deployments of a project in an environment, exact to the tenant.
//!
//! For deployments without a tenant two answers tell it, asked for side by side: the project's progression has states,
//! times and versions, but of each release the latest deployment alone, and no options; the list of deployments has
//! the rest, but no states. For tenants the lists and their tasks tell it. What neither shows is asked for once more,
//! and what is not shown then is unknown.

use std::collections::HashMap;

use futures_util::future::{try_join, try_join_all, try_join3};

use crate::backend::{BackendError, Context};
use crate::model::{EnvironmentName, ProjectName, Release, ReleaseVersion, Targets, Tenants};
use crate::octopus::deployment::Deployment;
use crate::octopus::task::{Task, TaskState};
use crate::octopus::{EnvironmentId, ProjectId, ReleaseId, TenantId};

use super::Octopus;
use super::deployment_targets::{DeploymentTargets, PlaceHistory};
use super::history::{DeploymentState, History, KnownDeployment};
use super::place::Place;
use super::progression::{HISTORY, Item, LONG_HISTORY, Progression};

/// An environment in which something is looked at.
pub(super) type Environment = (EnvironmentId, EnvironmentName);

impl Octopus {
    /// Looks at the targets of a release that is not new.
    ///
    /// # Errors
    ///
    /// A name that does not exist, or a question without an answer.
    pub(super) async fn known_targets(
        &self,
        project: &ProjectName,
        release: &Release,
        to: &Targets,
        tenants: &Tenants,
        context: Context<'_>,
    ) -> Result<DeploymentTargets, BackendError> {
        self.space(context).await?;
        let places = self.places(project, release, to, tenants, context);
        if *tenants == Tenants::Untenanted {
            // No tenant has to be asked for, so what is there is read at once.
            let places = places.await?;
            let known = self.target_histories(project, &places, context);
            let (known, _) = try_join(known, self.automatic_environments(project, context)).await?;
            return Ok(DeploymentTargets::Known(known));
        }
        let (places, _) = try_join(places, self.automatic_environments(project, context)).await?;
        self.target_histories(project, &places, context).await.map(DeploymentTargets::Known)
    }

    /// The targets of a release that was made just now: there is nothing of it to be looked at.
    ///
    /// # Errors
    ///
    /// A name that does not exist, a tenant that was named and cannot be deployed to, nobody who can, or a question
    /// without an answer.
    pub(super) async fn new_targets(
        &self,
        project: &ProjectName,
        release: &Release,
        to: &Targets,
        tenants: &Tenants,
        context: Context<'_>,
    ) -> Result<DeploymentTargets, BackendError> {
        self.places(project, release, to, tenants, context).await.map(DeploymentTargets::New)
    }

    /// What is at these places, in the same order: those without a tenant first.
    pub(super) async fn target_histories(
        &self,
        project: &ProjectName,
        places: &[Place],
        context: Context<'_>,
    ) -> Result<Vec<PlaceHistory>, BackendError> {
        let (tenanted, untenanted): (Vec<&Place>, Vec<&Place>) =
            places.iter().partition(|it| it.tenant.is_some());
        let mut found = Vec::new();
        if !untenanted.is_empty() {
            let environments: Vec<Environment> =
                untenanted.iter().map(|it| (it.environment.clone(), it.environment_name.clone())).collect();
            let (_, histories) = self.histories(project, &environments, context).await?;
            found.extend(untenanted.into_iter().zip(histories));
        }
        if !tenanted.is_empty() {
            let id = self.project_id(project, context).await?;
            // A few at a time: fast for a handful of tenants, and no burst for hundreds of them.
            for some in tenanted.chunks(8) {
                let read = some.iter().filter_map(|it| {
                    let tenant = it.tenant.as_ref()?;
                    Some(self.history_of(&id, &it.environment, tenant, context))
                });
                found.extend(some.iter().copied().zip(try_join_all(read).await?));
            }
        }
        let of = |(place, history): (&Place, History)| PlaceHistory { place: place.clone(), history };
        Ok(found.into_iter().map(of).collect())
    }

    /// What was deployed to each of the environments without a tenant, in the same order.
    pub(super) async fn histories(
        &self,
        project: &ProjectName,
        environments: &[Environment],
        context: Context<'_>,
    ) -> Result<(Progression, Vec<History>), BackendError> {
        self.histories_with(project, None, environments, context).await
    }

    /// The same where the progression was read already, for another reason.
    pub(super) async fn histories_with(
        &self,
        project: &ProjectName,
        progression: Option<Progression>,
        environments: &[Environment],
        context: Context<'_>,
    ) -> Result<(Progression, Vec<History>), BackendError> {
        let id = self.project_id(project, context).await?;
        let list = |it: &Environment| {
            let environment = it.0.clone();
            let id = &id;
            async move { self.deployments_of(id, &environment, None, None, context).await }
        };
        let lists = try_join_all(environments.iter().map(list));
        let read = async {
            match progression {
                Some(progression) => Ok(progression),
                None => self.progression(project, HISTORY, context).await,
            }
        };
        let (mut progression, lists) = try_join(read, lists).await?;
        let mut histories: Vec<_> = environments
            .iter()
            .zip(&lists)
            .map(|((environment, _), listed)| {
                merged(listed, progression.items(environment), &self.versions())
            })
            .collect();
        // Where no success is in the list, the last one is older than it: not the one that the progression shows, as
        // that leaves out what happened in between. Its version comes with a longer progression in the same round, and
        // so do the tasks of what may have run last.
        let is_open = |it: &History| !has_listed_success(it) || !it.in_question(|_| true).is_empty();
        if histories.iter().any(|it| !it.0.is_empty() && is_open(it)) {
            let (longer, more, tasks) = self.older(project, &id, environments, &histories, context).await?;
            progression = longer;
            for (((environment, _), listed), (history, older)) in
                environments.iter().zip(&lists).zip(histories.iter_mut().zip(more))
            {
                let all: Vec<_> = listed.iter().chain(&older).cloned().collect();
                *history = merged(&all, progression.items(environment), &self.versions());
                for success in older {
                    if let Some(it) = history.0.iter_mut().find(|it| it.deployment == success.id)
                        && it.fate == DeploymentState::Unknown
                    {
                        it.fate = DeploymentState::Succeeded;
                    }
                }
                history.learn(&tasks);
            }
        }
        let histories = try_join_all(histories.into_iter().map(|it| self.completed(it, context))).await?;
        Ok((progression, histories))
    }

    /// A longer progression, the successes in those environments of which none is known yet, and the tasks of what may
    /// have run last.
    async fn older(
        &self,
        project: &ProjectName,
        id: &ProjectId,
        environments: &[Environment],
        histories: &[History],
        context: Context<'_>,
    ) -> Result<(Progression, Vec<Vec<Deployment>>, Vec<Task>), BackendError> {
        let wanted: Vec<_> =
            histories.iter().flat_map(|it| it.in_question(|_| true)).map(|it| it.task.clone()).collect();
        let successes = environments.iter().zip(histories).map(|((environment, _), history)| async move {
            // Nothing was ever deployed there.
            if history.0.is_empty() || has_listed_success(history) {
                return Ok(Vec::new());
            }
            self.deployments_of(id, environment, None, Some(&TaskState::Success), context).await
        });
        let longer = self.progression(project, LONG_HISTORY, context);
        try_join3(longer, try_join_all(successes), self.tasks(&wanted, context)).await
    }

    /// What was deployed to each of the environments for a tenant, as far as lists tell.
    pub(super) async fn listed_histories(
        &self,
        project: &ProjectId,
        environments: &[Environment],
        tenant: &(TenantId, String),
        context: Context<'_>,
    ) -> Result<Vec<PlaceHistory>, BackendError> {
        let histories = environments.iter().map(|it| self.listed_history(project, &it.0, tenant, context));
        let histories = try_join_all(histories).await?;
        let of = |((environment, environment_name), history): (&Environment, History)| PlaceHistory {
            place: Place {
                environment: environment.clone(),
                environment_name: environment_name.clone(),
                tenant: Some(tenant.clone()),
            },
            history,
        };
        Ok(environments.iter().zip(histories).map(of).collect())
    }

    /// What was deployed to an environment for a tenant.
    pub(super) async fn history_of(
        &self,
        project: &ProjectId,
        environment: &EnvironmentId,
        tenant: &(TenantId, String),
        context: Context<'_>,
    ) -> Result<History, BackendError> {
        let history = self.listed_history(project, environment, tenant, context).await?;
        self.completed(history, context).await
    }

    /// The list of all and the list of successes are asked for at once: the last success may be older than
    /// what one list shows, and nobody has to wait for one answer before asking for the other.
    async fn listed_history(
        &self,
        project: &ProjectId,
        environment: &EnvironmentId,
        (tenant, _): &(TenantId, String),
        context: Context<'_>,
    ) -> Result<History, BackendError> {
        let list = |state| self.deployments_of(project, environment, Some(tenant), state, context);
        let (mut listed, successes) = try_join(list(None), list(Some(&TaskState::Success))).await?;
        // Of the successes that are older than the list, the last one asked for replaced those before it, but for
        // what was scheduled.
        let oldest = listed.last().and_then(|it| it.created);
        let mut older: Vec<_> = successes.into_iter().filter(|it| it.created < oldest).collect();
        let newest = older.first().map(|it| it.id.clone());
        older.retain(|it| Some(&it.id) == newest.as_ref() || it.queue_time.is_some());
        listed.extend(older);
        Ok(merged(&listed, Vec::new(), &self.versions()))
    }
}

/// One history from a list of deployments and a progression's items, neither of which tells all.
fn merged(
    listed: &[Deployment],
    items: Vec<Item<'_>>,
    versions: &HashMap<ReleaseId, ReleaseVersion>,
) -> History {
    let mut all: Vec<KnownDeployment> = Vec::new();
    for document in listed {
        if !all.iter().any(|it| it.deployment == document.id) {
            all.push(KnownDeployment::of(document, versions.get(&document.release_id).cloned()));
        }
    }
    for item in items {
        let Some(task) = item.item.task_id.clone() else { continue };
        let at = all.iter().position(|it| it.deployment == item.item.deployment_id);
        let known = at.map(|at| all.swap_remove(at));
        all.push(KnownDeployment {
            deployment: item.item.deployment_id.clone(),
            task,
            release: item.release.clone(),
            channel: item.item.channel_id.clone().or(item.progress.channel.as_ref().map(|it| it.id.clone())),
            version: Some(ReleaseVersion::new(&item.progress.release.version)),
            fate: DeploymentState::of(&item.item.state, item.item.is_completed),
            created: item.item.created.or(known.as_ref().and_then(|it| it.created)),
            due: item.item.queue_time,
            started: item.item.start_time,
            completed: item.item.completed_time,
            document: known.and_then(|it| it.document),
        });
    }
    History(all)
}

/// Whether a success is among those deployments that a list told of.
fn has_listed_success(history: &History) -> bool {
    history.0.iter().any(|it| it.fate == DeploymentState::Succeeded && it.document.is_some())
}
