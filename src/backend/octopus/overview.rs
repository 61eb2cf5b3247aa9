//! What is where in a project: environment by environment, tenant by tenant. Sends questions only.
//!
//! What is there is what [`History::now`] says. The progression is read first, since it names the environments; the
//! lists of deployments follow it side by side.

use std::collections::BTreeSet;

use futures_util::future::{join_all, try_join, try_join_all, try_join3};
use jiff::Timestamp;

use crate::backend::{BackendError, Call};
use crate::model::{EnvironmentName, ProjectName, ReleaseVersion, TenantName, TenantTarget, Tenants};
use crate::octopus::project::{Project, TenantedDeploymentMode};
use crate::octopus::task::TaskState;
use crate::octopus::{SpaceId, TenantId};

use super::Octopus;
use super::eligibility::linked;
use super::errors::together;
use super::history::{Fate, History, Seen};
use super::progression::{HISTORY, Progression};
use super::survey::Environment;
use super::tenants::{ListedTenants, SelectedTenant};

/// Of how many targets the deployments are listed at once, and how many documents are read at once.
const AT_ONCE: usize = 8;

/// Which part of a project is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The project.
    pub project: &'a ProjectName,
    /// The environments; none = those of the project's lifecycles, and those in which something was deployed lately.
    pub environments: &'a [EnvironmentName],
    /// For whom; `None` = for whom the project may be deployed: without a tenant, for the tenants that are linked to
    /// it, or both; and for whom else something was deployed lately.
    pub tenants: Option<&'a Tenants>,
}

/// What is where in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// The project's name.
    pub project: String,
    /// When it was so, by the server's clock.
    pub at: Timestamp,
    /// The targets: environment by environment, without a tenant first.
    pub targets: Vec<TargetOverview>,
}

/// What is at one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetOverview {
    /// The target.
    pub target: TenantTarget,
    /// The deployment that ended well last and left nothing out.
    pub now: Option<Recorded>,
    /// Those that ended well after it and left machines or steps out, the last one first.
    pub partial: Vec<Recorded>,
    /// Those that ended after it in another way, the last one first.
    pub failed: Vec<Recorded>,
    /// Those that have not ended, by when they are due.
    pub unfinished: Vec<Recorded>,
    /// Those that may have ended well after it: the server does not show their task, or how much they did.
    pub unknown: Vec<Recorded>,
}

/// A deployment as the server records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The deployment's id.
    pub id: String,
    /// The id of the task that carries it out.
    pub task: String,
    /// The task's page, for people.
    pub url: String,
    /// The release's id.
    pub release: String,
    /// The release's version, where it was learned.
    pub version: Option<ReleaseVersion>,
    /// Where it stands.
    pub state: RecordedState,
    /// When it was asked for.
    pub asked: Option<Timestamp>,
    /// When it was, or is to be, taken from the queue.
    pub due: Option<Timestamp>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

/// Where a recorded deployment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordedState {
    /// It is to begin at a time to come.
    Scheduled,
    /// It waits for its turn.
    Queued,
    /// It runs, or waits for a person.
    Running,
    /// It ended well.
    Succeeded,
    /// It failed.
    Failed,
    /// It is being stopped.
    Cancelling,
    /// It was stopped.
    Cancelled,
    /// The server gave it up.
    TimedOut,
    /// The server does not show its task.
    Unknown,
}

impl RecordedState {
    fn of(seen: &Seen, now: Timestamp) -> Self {
        match &seen.fate {
            Fate::Unfinished if seen.started.is_some() => Self::Running,
            Fate::Unfinished if !seen.is_due(now) => Self::Scheduled,
            Fate::Unfinished => Self::Queued,
            Fate::Succeeded => Self::Succeeded,
            Fate::Failed(TaskState::Canceled) => Self::Cancelled,
            Fate::Failed(TaskState::Cancelling) => Self::Cancelling,
            Fate::Failed(TaskState::TimedOut) => Self::TimedOut,
            Fate::Failed(_) => Self::Failed,
            Fate::Unknown => Self::Unknown,
        }
    }
}

/// One target, before it is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Spot {
    environment: Environment,
    tenant: Option<(TenantId, String)>,
}

impl Octopus {
    /// What is where in a project.
    ///
    /// # Errors
    ///
    /// Every name that means nothing or two things, a tenant that was named and is not linked, or a question without
    /// an answer.
    pub async fn overview(&self, scope: &Scope<'_>, call: Call<'_>) -> Result<Overview, BackendError> {
        let space = self.space(call).await?;
        let project = self.project(scope.project, call).await?;
        let by_id = ProjectName::new(project.id.as_str());
        let for_tenants = match scope.tenants {
            Some(tenants) => *tenants != Tenants::Untenanted,
            None => project.tenanted_deployment_mode != TenantedDeploymentMode::Untenanted,
        };
        let tenants = if for_tenants { &Tenants::All } else { &Tenants::Untenanted };
        let environments =
            async { if scope.environments.is_empty() { Ok(()) } else { self.seek_environments(call).await } };
        let (progression, listed, ()) = try_join3(
            self.progression(&by_id, HISTORY, call),
            self.list_tenants(tenants, call),
            environments,
        )
        .await?;
        let spots = self.spots(scope, &project, &progression, &listed, call).await?;
        let (without, with): (Vec<Spot>, Vec<Spot>) =
            spots.iter().cloned().partition(|it| it.tenant.is_none());
        let without: Vec<Environment> = without.into_iter().map(|it| it.environment).collect();
        let untenanted = async {
            if without.is_empty() {
                return Ok(Vec::new());
            }
            Ok(self.histories_with(&by_id, Some(progression), &without, call).await?.1)
        };
        let (untenanted, tenanted) =
            try_join(untenanted, self.tenant_histories(&project, &with, call)).await?;
        let (mut untenanted, mut tenanted) = (untenanted.into_iter(), tenanted.into_iter());
        let mut histories: Vec<History> = spots
            .iter()
            .filter_map(|it| if it.tenant.is_none() { untenanted.next() } else { tenanted.next() })
            .collect();
        self.name_what_failed(&mut histories, call).await;
        let now = self.server_now();
        let targets = spots.iter().zip(&histories);
        let targets = targets.map(|(spot, history)| self.target(&space, spot, history, now)).collect();
        Ok(Overview { project: project.name, at: now, targets })
    }

    /// The targets that are looked at.
    async fn spots(
        &self,
        scope: &Scope<'_>,
        project: &Project,
        progression: &Progression,
        listed: &ListedTenants,
        call: Call<'_>,
    ) -> Result<Vec<Spot>, BackendError> {
        let name = ProjectName::new(&project.name);
        let mut errors = Vec::new();
        let environments = if scope.environments.is_empty() {
            Ok(self.environments_in_use(progression, call).await)
        } else {
            self.environments_of(scope.environments, &project.id, call).await
        };
        let mut environments = environments.unwrap_or_else(|error| {
            errors.push(error);
            Vec::new()
        });
        let mut known = BTreeSet::new();
        environments.retain(|it| known.insert(it.0.clone()));
        let default = match project.tenanted_deployment_mode {
            TenantedDeploymentMode::Untenanted => Tenants::Untenanted,
            _ => Tenants::All,
        };
        let tenants = scope.tenants.unwrap_or(&default);
        errors.extend(self.check_tags(listed.all(), tenants, call).await.err());
        let meant = listed.meant(tenants).unwrap_or_else(|error| {
            errors.push(error);
            Vec::new()
        });
        let named = !scope.environments.is_empty();
        let mut places = Vec::new();
        for it in meant {
            match places_of(it, project, &name, &environments, named) {
                Ok(some) => places.push((it, some)),
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(together(errors));
        }
        let mut spots = Vec::new();
        for environment in environments {
            let untenanted = match scope.tenants {
                Some(tenants) => *tenants == Tenants::Untenanted,
                None => {
                    project.tenanted_deployment_mode != TenantedDeploymentMode::Tenanted
                        || !progression.items(&environment.0).is_empty()
                }
            };
            if untenanted {
                spots.push(Spot { environment: environment.clone(), tenant: None });
            }
            let here = places.iter().filter(|(_, places)| places.contains(&environment));
            let mut tenants: Vec<_> =
                here.map(|(it, _)| (it.tenant.id.clone(), it.tenant.name.clone())).collect();
            if scope.tenants.is_none() {
                // Taking a link away, or another mode of the project, takes nothing away from where it runs.
                for id in progression.tenants(&environment.0) {
                    if !tenants.iter().any(|it| it.0 == id) {
                        let name = self.tenant_name(&id, call).await;
                        tenants.push((id, name));
                    }
                }
            }
            spots.extend(
                tenants.into_iter().map(|it| Spot { environment: environment.clone(), tenant: Some(it) }),
            );
        }
        if spots.is_empty() && scope.tenants.is_some() {
            return Err(BackendError::Impossible(format!(
                "none of these tenants is linked to project '{name}' where it was asked for; link one on its page, or \
                 name another"
            )));
        }
        Ok(spots)
    }

    /// The environments of the project's lifecycles, and those in which something was deployed lately.
    async fn environments_in_use(&self, progression: &Progression, call: Call<'_>) -> Vec<Environment> {
        let all = &progression.answer.environments;
        let mut found: Vec<_> =
            all.iter().map(|it| (it.id.clone(), EnvironmentName::new(&it.name))).collect();
        let deployed = progression.answer.releases.iter().flat_map(|it| &it.deployments);
        let deployed: BTreeSet<_> =
            deployed.filter(|(_, items)| !items.is_empty()).map(|(id, _)| id.clone()).collect();
        for id in deployed {
            if !found.iter().any(|it| it.0 == id) {
                let name = self.environment_name(&id, call).await;
                found.push((id, name));
            }
        }
        found
    }

    async fn tenant_histories(
        &self,
        project: &Project,
        spots: &[Spot],
        call: Call<'_>,
    ) -> Result<Vec<History>, BackendError> {
        let mut found = Vec::new();
        for some in spots.chunks(AT_ONCE) {
            let read = some.iter().filter_map(|it| {
                let tenant = it.tenant.as_ref()?;
                Some(self.history_of(&project.id, &it.environment.0, tenant, call))
            });
            found.extend(try_join_all(read).await?);
        }
        Ok(found)
    }

    /// Learns the versions of what failed last or is unknown, where no answer so far has told them. They are a
    /// courtesy: without one the deployment is told by its id.
    async fn name_what_failed(&self, histories: &mut [History], call: Call<'_>) {
        let mut missing = BTreeSet::new();
        for history in histories.iter() {
            let now = history.now(|_| true);
            let told = now.failed.into_iter().take(1).chain(now.unknown);
            missing.extend(told.filter(|it| it.version.is_none()).map(|it| it.release.clone()));
        }
        let missing: Vec<_> = missing.into_iter().collect();
        for some in missing.chunks(AT_ONCE) {
            join_all(some.iter().map(|it| self.version_of(it, call))).await;
        }
        let known = self.memory().versions.clone();
        for seen in histories.iter_mut().flat_map(|it| &mut it.0).filter(|it| it.version.is_none()) {
            seen.version = known.get(&seen.release).cloned();
        }
    }

    fn target(&self, space: &SpaceId, spot: &Spot, history: &History, at: Timestamp) -> TargetOverview {
        let recorded = |it: &Seen| Recorded {
            id: it.deployment.to_string(),
            task: it.task.to_string(),
            url: self.page(space, "tasks", it.task.as_str()),
            release: it.release.to_string(),
            version: it.version.clone(),
            state: RecordedState::of(it, at),
            asked: it.created,
            due: it.due,
            started: it.started,
            ended: it.completed,
        };
        let all = |some: Vec<&Seen>| some.into_iter().map(recorded).collect();
        let mut now = history.now(|_| true);
        for some in [&mut now.unfinished, &mut now.unknown] {
            some.sort_by_key(|it| (it.due.or(it.created), it.deployment.clone()));
        }
        let tenant = spot.tenant.as_ref().map(|(_, name)| TenantName::new(name));
        TargetOverview {
            target: TenantTarget { environment: spot.environment.1.clone(), tenant },
            now: now.success.map(recorded),
            partial: all(now.partial),
            failed: all(now.failed),
            unfinished: all(now.unfinished),
            unknown: all(now.unknown),
        }
    }
}

/// Where a tenant is looked at: where it is linked. One that was named is an error where it was asked for and is not
/// linked; where no environment was named, if it is linked nowhere.
fn places_of(
    meant: SelectedTenant<'_>,
    project: &Project,
    name: &ProjectName,
    environments: &[Environment],
    are_named: bool,
) -> Result<Vec<Environment>, BackendError> {
    let links = meant.tenant.project_environments.get(&project.id);
    let is_here = |it: &&Environment| links.is_some_and(|links| links.contains(&it.0));
    let here: Vec<Environment> = environments.iter().filter(is_here).cloned().collect();
    if are_named || here.is_empty() { linked(meant, &project.id, name, environments) } else { Ok(here) }
}
