//! What is where in a project: environment by environment, tenant by tenant. Sends questions only.
//!
//! What is there is what [`History::now`] says. The progression is read first, since it names the environments; the
//! lists of deployments follow it side by side.

use std::collections::BTreeSet;

use futures_util::future::{join_all, try_join, try_join_all, try_join3};
use jiff::Timestamp;

use crate::backend::{BackendError, Context};
use crate::model::{ProjectName, ReleaseVersion, TenantTarget, Tenants};
use crate::octopus::SpaceId;
use crate::octopus::project::{Project, TenantedDeploymentMode};
use crate::octopus::task::TaskState;

use super::Octopus;
use super::histories::Environment;
use super::history::{DeploymentState, History, KnownDeployment};
use super::place::Place;
use super::progression::HISTORY;
use super::scope::Scope;

/// Of how many targets the deployments are listed at once, and how many documents are read at once.
const AT_ONCE: usize = 8;

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
    pub now: Option<DeploymentRecord>,
    /// Those that ended well after it and left machines or steps out, the last one first.
    pub partial: Vec<DeploymentRecord>,
    /// Those that ended after it in another way, the last one first.
    pub failed: Vec<DeploymentRecord>,
    /// Those that have not ended, by when they are due.
    pub unfinished: Vec<DeploymentRecord>,
    /// Those that may have ended well after it: the server does not show their task, or how much they did.
    pub unknown: Vec<DeploymentRecord>,
}

/// A deployment as the server records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentRecord {
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
    pub state: DeploymentRecordState,
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
pub enum DeploymentRecordState {
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

impl DeploymentRecordState {
    fn of(seen: &KnownDeployment, now: Timestamp) -> Self {
        match &seen.fate {
            DeploymentState::Unfinished if seen.started.is_some() => Self::Running,
            DeploymentState::Unfinished if !seen.is_due(now) => Self::Scheduled,
            DeploymentState::Unfinished => Self::Queued,
            DeploymentState::Succeeded => Self::Succeeded,
            DeploymentState::Failed(TaskState::Canceled) => Self::Cancelled,
            DeploymentState::Failed(TaskState::Cancelling) => Self::Cancelling,
            DeploymentState::Failed(TaskState::TimedOut) => Self::TimedOut,
            DeploymentState::Failed(_) => Self::Failed,
            DeploymentState::Unknown => Self::Unknown,
        }
    }
}

impl Octopus {
    /// What is where in a project.
    ///
    /// # Errors
    ///
    /// Every name that means nothing or two things, a tenant that was named and is not linked, or a question without
    /// an answer.
    pub async fn overview(&self, scope: &Scope<'_>, context: Context<'_>) -> Result<Overview, BackendError> {
        let space = self.space(context).await?;
        let project = self.project(scope.project, context).await?;
        let by_id = ProjectName::new(project.id.as_str());
        let for_tenants = match scope.tenants {
            Some(tenants) => *tenants != Tenants::Untenanted,
            None => project.tenanted_deployment_mode != TenantedDeploymentMode::Untenanted,
        };
        let tenants = if for_tenants { &Tenants::All } else { &Tenants::Untenanted };
        let environments = async {
            if scope.environments.is_empty() { Ok(()) } else { self.seek_environments(context).await }
        };
        let (progression, listed, ()) = try_join3(
            self.progression(&by_id, HISTORY, context),
            self.list_tenants(tenants, context),
            environments,
        )
        .await?;
        let places = self.places_in_scope(scope, &project, &progression, &listed, context).await?;
        let (without, with): (Vec<Place>, Vec<Place>) =
            places.iter().cloned().partition(|it| it.tenant.is_none());
        let without: Vec<Environment> =
            without.into_iter().map(|it| (it.environment, it.environment_name)).collect();
        let untenanted = async {
            if without.is_empty() {
                return Ok(Vec::new());
            }
            Ok(self.histories_with(&by_id, Some(progression), &without, context).await?.1)
        };
        let (untenanted, tenanted) =
            try_join(untenanted, self.tenant_histories(&project, &with, context)).await?;
        let (mut untenanted, mut tenanted) = (untenanted.into_iter(), tenanted.into_iter());
        let mut histories: Vec<History> = places
            .iter()
            .filter_map(|it| if it.tenant.is_none() { untenanted.next() } else { tenanted.next() })
            .collect();
        self.name_what_failed(&mut histories, context).await;
        let now = self.server_now();
        let targets = places.iter().zip(&histories);
        let targets = targets.map(|(place, history)| self.target(&space, place, history, now)).collect();
        Ok(Overview { project: project.name, at: now, targets })
    }

    async fn tenant_histories(
        &self,
        project: &Project,
        places: &[Place],
        context: Context<'_>,
    ) -> Result<Vec<History>, BackendError> {
        let mut found = Vec::new();
        for some in places.chunks(AT_ONCE) {
            let read = some.iter().filter_map(|it| {
                let tenant = it.tenant.as_ref()?;
                Some(self.history_of(&project.id, &it.environment, tenant, context))
            });
            found.extend(try_join_all(read).await?);
        }
        Ok(found)
    }

    /// Learns the versions of what failed last or is unknown, where no answer so far has had them. They are a
    /// courtesy: without one the deployment is reported by its id.
    async fn name_what_failed(&self, histories: &mut [History], context: Context<'_>) {
        let mut missing = BTreeSet::new();
        for history in histories.iter() {
            let now = history.now(|_| true);
            let reported = now.failed.into_iter().take(1).chain(now.unknown);
            missing.extend(reported.filter(|it| it.version.is_none()).map(|it| it.release.clone()));
        }
        let missing: Vec<_> = missing.into_iter().collect();
        for some in missing.chunks(AT_ONCE) {
            join_all(some.iter().map(|it| self.version_of(it, context))).await;
        }
        let known = self.memory().versions.clone();
        for seen in histories.iter_mut().flat_map(|it| &mut it.0).filter(|it| it.version.is_none()) {
            seen.version = known.get(&seen.release).cloned();
        }
    }

    fn target(&self, space: &SpaceId, place: &Place, history: &History, at: Timestamp) -> TargetOverview {
        let recorded = |it: &KnownDeployment| DeploymentRecord {
            id: it.deployment.to_string(),
            task: it.task.to_string(),
            url: self.page(space, "tasks", it.task.as_str()),
            release: it.release.to_string(),
            version: it.version.clone(),
            state: DeploymentRecordState::of(it, at),
            asked: it.created,
            due: it.due,
            started: it.started,
            ended: it.completed,
        };
        let all = |some: Vec<&KnownDeployment>| some.into_iter().map(recorded).collect();
        let mut now = history.now(|_| true);
        for some in [&mut now.unfinished, &mut now.unknown] {
            some.sort_by_key(|it| (it.due.or(it.created), it.deployment.clone()));
        }
        TargetOverview {
            target: place.target(),
            now: now.success.map(recorded),
            partial: all(now.partial),
            failed: all(now.failed),
            unfinished: all(now.unfinished),
            unknown: all(now.unknown),
        }
    }
}
