//! What is where now: the deployments of a project in an environment, exact to the tenant.
//!
//! One answer, the project's progression, tells it for deployments without a tenant. It does not tell
//! tenants apart, and it holds a limited history; where it does not answer, the list of deployments does.

use std::cmp::Reverse;
use std::time::Duration;

use futures_util::future::{try_join, try_join_all};
use jiff::Timestamp;

use crate::backend::{BackendError, Call};
use crate::model::{
    EnvironmentName, ProjectName, Release, ReleaseVersion, Targets, TenantName, TenantTarget, Tenants,
};
use crate::octopus::deployment::DeploymentFilter;
use crate::octopus::progression::{DashboardItem, ProjectProgression};
use crate::octopus::task::TaskState;
use crate::octopus::{
    self as api, DeploymentId, EnvironmentId, ProjectId, ReleaseId, TaskId, TenantId, UserId,
};

use super::Octopus;
use super::deployment::Place;
use super::names::same;

/// How many releases a progression gives for each environment: enough for a few days, small enough to be
/// read at once.
pub(super) const HISTORY: u8 = 10;
/// The same where what is looked for is older. The server gives no more.
pub(super) const LONG_HISTORY: u8 = 100;
/// How many deployments of one target are listed: the newest, among which the last success is nearly
/// always; more are asked for where it is not.
const LISTED: u32 = 30;

/// Where deployments of a release are to go.
#[derive(Debug, Clone)]
pub enum Aim {
    /// To targets that were looked at.
    Surveyed(Vec<Standing>),
    /// To targets that cannot hold a deployment of the release yet, because the release is new.
    Fresh(Vec<Place>),
}

/// A target, and what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub(super) environment: EnvironmentId,
    pub(super) environment_name: EnvironmentName,
    pub(super) tenant: Option<(TenantId, String)>,
    /// The deployments of the release in question, newest first.
    pub(super) of_release: Vec<Seen>,
    /// The latest deployment of whatever release and state.
    pub(super) latest: Option<Seen>,
    /// The latest successful deployment.
    pub(super) current: Option<Seen>,
}

/// A deployment that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) deployment: DeploymentId,
    pub(super) task: TaskId,
    /// The release's version, where the answer told.
    pub(super) version: Option<ReleaseVersion>,
    pub(super) state: TaskState,
    pub(super) is_completed: bool,
    pub(super) created: Option<Timestamp>,
    /// What the one who asked for it wrote; empty where the answer did not tell.
    pub(super) comments: String,
    /// Who asked for it, where the answer told.
    pub(super) by: Option<UserId>,
}

impl Standing {
    /// The target in the words of the user.
    #[must_use]
    pub fn target(&self) -> TenantTarget {
        let tenant = self.tenant.as_ref().map(|(_, name)| TenantName::new(name));
        TenantTarget { environment: self.environment_name.clone(), tenant }
    }

    /// The version that was deployed there successfully last.
    #[must_use]
    pub fn current_version(&self) -> Option<&ReleaseVersion> {
        self.current.as_ref()?.version.as_ref()
    }

    pub(super) fn is_latest(&self, seen: &Seen) -> bool {
        self.latest.as_ref().is_none_or(|it| it.deployment == seen.deployment)
    }
}

/// A progression and what it was asked for.
pub(super) struct Progression {
    pub(super) project: ProjectId,
    pub(super) answer: ProjectProgression,
}

impl Octopus {
    /// Looks at the targets of a release that is not new.
    ///
    /// # Errors
    ///
    /// A name that does not exist, or a question without an answer.
    pub async fn survey(
        &self,
        project: &ProjectName,
        release: &Release,
        to: &Targets,
        tenants: &Tenants,
        call: Call<'_>,
    ) -> Result<Aim, BackendError> {
        let id = release_id(&release.id)?;
        if *tenants == Tenants::Untenanted {
            let environments: Vec<_> = self.targets(to, call).await?.into_iter().map(|it| it.0).collect();
            let progression = self.progression(project, HISTORY, call).await?;
            if let Some(standings) = progression.standings(&id, &environments) {
                return Ok(Aim::Surveyed(standings));
            }
        }
        let places = self.places(project, release, to, tenants, call).await?;
        let project = self.project_id(project, call).await?;
        self.standings_by_lists(&project, &id, &places, call).await.map(Aim::Surveyed)
    }

    /// The targets of a release that was made just now: there is nothing of it to be looked at.
    ///
    /// # Errors
    ///
    /// A name that does not exist, a tenant that was named and cannot be deployed to, nobody who can, or a question
    /// without an answer.
    pub async fn fresh(
        &self,
        project: &ProjectName,
        release: &Release,
        to: &Targets,
        tenants: &Tenants,
        call: Call<'_>,
    ) -> Result<Aim, BackendError> {
        self.places(project, release, to, tenants, call).await.map(Aim::Fresh)
    }

    pub(super) async fn progression(
        &self,
        project: &ProjectName,
        history: u8,
        call: Call<'_>,
    ) -> Result<Progression, BackendError> {
        let space = self.space(call).await?;
        let id = self.project_id(project, call).await?;
        let request = api::progression::of_project(&space, &id, history);
        let answer =
            self.look(&format!("reading where the releases of '{project}' are"), &request, call).await?;
        let progression = Progression { project: id, answer };
        let mut memory = self.memory();
        memory.durations.extend(progression.durations());
        memory.versions.extend(progression.versions());
        drop(memory);
        Ok(progression)
    }

    /// The standings of each environment, or of each tenant in it, from lists of deployments.
    async fn standings_by_lists(
        &self,
        project: &ProjectId,
        release: &ReleaseId,
        places: &[Place],
        call: Call<'_>,
    ) -> Result<Vec<Standing>, BackendError> {
        let mut pasts = Vec::new();
        // A few at a time: fast for a handful of tenants, and no burst for hundreds of them.
        for some in places.chunks(8) {
            let some = some.iter().map(|it| {
                let environment = (it.environment.clone(), it.environment_name.clone());
                async move { self.past(project, &environment, it.tenant.as_ref(), call).await }
            });
            pasts.extend(try_join_all(some).await?);
        }
        Ok(pasts.into_iter().map(|it| it.standing(release)).collect())
    }

    /// What was deployed to each of the environments, for one tenant or without.
    pub(super) async fn pasts(
        &self,
        project: &ProjectId,
        environments: &[(EnvironmentId, EnvironmentName)],
        tenant: Option<&(TenantId, String)>,
        call: Call<'_>,
    ) -> Result<Vec<Past>, BackendError> {
        try_join_all(environments.iter().map(|it| self.past(project, it, tenant, call))).await
    }

    /// The list of all and the list of successes are asked for at once: the last success may be older than
    /// what one list shows, and nobody has to wait for one answer before asking for the other.
    async fn past(
        &self,
        project: &ProjectId,
        (environment, environment_name): &(EnvironmentId, EnvironmentName),
        tenant: Option<&(TenantId, String)>,
        call: Call<'_>,
    ) -> Result<Past, BackendError> {
        let tenant_id = tenant.map(|(id, _)| id);
        let list = |state| self.deployments_of(project, environment, tenant_id, state, |_| true, call);
        let (listed, successes) = try_join(list(None), list(Some(&TaskState::Success))).await?;
        let current = successes.into_iter().next();
        let version = async {
            match &current {
                Some(document) => self.version_of(&document.release_id, call).await.map(Some),
                None => Ok(None),
            }
        };
        let (tasks, version) = try_join(self.tasks_of(&listed, call), version).await?;
        Ok(Past {
            environment: environment.clone(),
            environment_name: environment_name.clone(),
            tenant: tenant.cloned(),
            current: current.map(|it| Seen { version, ..succeeded(&it) }),
            listed,
            tasks,
        })
    }

    /// The newest deployments to one target, newest first, with at least one that `fits` where there is one.
    /// The server's filter cannot say "without a tenant", so those with one are taken out here.
    pub(super) async fn deployments_of(
        &self,
        project: &ProjectId,
        environment: &EnvironmentId,
        tenant: Option<&TenantId>,
        state: Option<&TaskState>,
        fits: impl Fn(&api::deployment::Deployment) -> bool,
        call: Call<'_>,
    ) -> Result<Vec<api::deployment::Deployment>, BackendError> {
        let space = self.space(call).await?;
        let mut take = LISTED;
        loop {
            let filter = DeploymentFilter {
                projects: std::slice::from_ref(project),
                environments: std::slice::from_ref(environment),
                tenants: tenant.map(std::slice::from_ref).unwrap_or_default(),
                channels: &[],
                state,
                take: Some(take),
            };
            let request = api::deployment::list(&space, filter);
            let mut page = self.look("listing deployments", &request, call).await?;
            let all_read = page.items.len() < take as usize;
            page.items.retain(|it| it.tenant_id.as_ref() == tenant);
            page.items.sort_by_key(|it| Reverse(it.created));
            if page.items.iter().any(&fits) || all_read {
                return Ok(page.items);
            }
            take = take.saturating_mul(10);
        }
    }

    pub(super) async fn tasks_of(
        &self,
        deployments: &[api::deployment::Deployment],
        call: Call<'_>,
    ) -> Result<Vec<api::task::Task>, BackendError> {
        let space = self.space(call).await?;
        let ids: Vec<_> = deployments.iter().map(|it| it.task_id.clone()).collect();
        let requests = api::task::by_ids(&space, &ids);
        let answers =
            try_join_all(requests.iter().map(|it| self.look("reading deployments' states", it, call)));
        Ok(answers.await?.into_iter().flat_map(|it| it.items).collect())
    }

    pub(super) async fn version_of(
        &self,
        release: &ReleaseId,
        call: Call<'_>,
    ) -> Result<ReleaseVersion, BackendError> {
        let space = self.space(call).await?;
        if let Some(known) = self.memory().versions.get(release).cloned() {
            return Ok(known);
        }
        let document = self.look("reading a release", &api::release::get(&space, release), call).await?;
        let version = ReleaseVersion::new(document.version);
        self.memory().versions.insert(release.clone(), version.clone());
        Ok(version)
    }
}

/// What was deployed to one target.
pub(super) struct Past {
    environment: EnvironmentId,
    environment_name: EnvironmentName,
    tenant: Option<(TenantId, String)>,
    /// The newest deployments, newest first, and their tasks.
    listed: Vec<api::deployment::Deployment>,
    tasks: Vec<api::task::Task>,
    current: Option<Seen>,
}

impl Past {
    /// The same as it concerns one release.
    pub(super) fn standing(self, release: &ReleaseId) -> Standing {
        let of_release = self
            .listed
            .iter()
            .filter(|it| it.release_id == *release)
            .filter_map(|it| self.seen(it))
            .collect();
        let latest = self.listed.first().and_then(|it| self.seen(it));
        let Self { environment, environment_name, tenant, current, .. } = self;
        Standing { environment, environment_name, tenant, of_release, latest, current }
    }

    fn seen(&self, it: &api::deployment::Deployment) -> Option<Seen> {
        let task = self.tasks.iter().find(|task| task.id == it.task_id)?;
        Some(Seen { state: task.state.clone(), is_completed: task.is_completed, ..succeeded(it) })
    }
}

impl Progression {
    /// Whether a lifecycle of the project holds this environment.
    pub(super) fn holds(&self, environment: &EnvironmentId) -> bool {
        self.answer.environments.iter().any(|it| it.id == *environment)
    }

    /// Whether the project was deployed to an environment for tenants, as far as this history tells.
    pub(super) fn is_deployed_to_for_tenants(&self, environment: &EnvironmentId) -> bool {
        let items = self.answer.releases.iter().filter_map(|it| it.deployments.get(environment)).flatten();
        items.into_iter().any(|it| it.tenant_id.is_some())
    }

    /// The standings of a release, or nothing where the progression does not hold it or an environment.
    pub(super) fn standings(&self, release: &ReleaseId, to: &[EnvironmentId]) -> Option<Vec<Standing>> {
        self.answer.releases.iter().find(|it| it.release.id == *release)?;
        let standing = |it: &EnvironmentId| self.holds(it).then(|| self.standing(Some(release), it.clone()));
        to.iter().map(standing).collect()
    }

    pub(super) fn standing(&self, release: Option<&ReleaseId>, environment: EnvironmentId) -> Standing {
        let all = self.items(&environment);
        let named = self.answer.environments.iter().find(|it| it.id == environment);
        let name = named.map_or_else(|| environment.to_string(), |it| it.name.clone());
        let newest_first = |keep: &dyn Fn(&Item<'_>) -> bool| -> Vec<Seen> {
            all.iter().filter(|it| keep(it)).filter_map(Item::seen).collect()
        };
        Standing {
            environment_name: EnvironmentName::new(name),
            of_release: newest_first(&|it| Some(it.release) == release),
            latest: newest_first(&|_| true).into_iter().next(),
            current: newest_first(&|it| it.item.state == TaskState::Success).into_iter().next(),
            tenant: None,
            environment,
        }
    }

    /// The deployments without a tenant to an environment, newest first.
    pub(super) fn items(&self, environment: &EnvironmentId) -> Vec<Item<'_>> {
        let mut items: Vec<_> = self
            .answer
            .releases
            .iter()
            .flat_map(|it| {
                let items = it.deployments.get(environment).into_iter().flatten();
                items.map(|item| Item { release: &it.release.id, progress: it, item })
            })
            .filter(|it| it.item.tenant_id.is_none())
            .collect();
        items.sort_by_key(|it| Reverse(it.item.created));
        items
    }

    fn versions(&self) -> impl Iterator<Item = (ReleaseId, ReleaseVersion)> {
        let releases = self.answer.releases.iter().map(|it| &it.release);
        releases.map(|it| (it.id.clone(), ReleaseVersion::new(&it.version)))
    }

    /// How long the successful deployments to each environment took.
    fn durations(&self) -> Vec<((ProjectId, EnvironmentId), Vec<Duration>)> {
        let took = |it: &Item<'_>| {
            let span = it.item.completed_time?.duration_since(it.item.start_time?);
            (it.item.state == TaskState::Success).then(|| Duration::try_from(span).ok()).flatten()
        };
        let of = |id: &EnvironmentId| self.items(id).iter().filter_map(took).take(5).collect::<Vec<_>>();
        let known = self.answer.environments.iter();
        known
            .map(|it| ((self.project.clone(), it.id.clone()), of(&it.id)))
            .filter(|(_, it)| !it.is_empty())
            .collect()
    }
}

/// One entry of a progression, with the release around it.
pub(super) struct Item<'a> {
    pub(super) release: &'a ReleaseId,
    pub(super) progress: &'a api::progression::ReleaseProgress,
    pub(super) item: &'a DashboardItem,
}

impl Item<'_> {
    pub(super) fn seen(&self) -> Option<Seen> {
        Some(Seen {
            deployment: self.item.deployment_id.clone(),
            task: self.item.task_id.clone()?,
            version: Some(ReleaseVersion::new(&self.progress.release.version)),
            state: self.item.state.clone(),
            is_completed: self.item.is_completed || ended(&self.item.state),
            created: self.item.created,
            comments: String::new(),
            by: None,
        })
    }

    pub(super) fn is_on_channel(&self, name: &str) -> bool {
        self.progress.channel.as_ref().is_some_and(|it| same(&it.name, name) || it.id.as_str() == name)
    }
}

pub(super) fn release_id(text: &str) -> Result<ReleaseId, BackendError> {
    ReleaseId::new(text).ok_or_else(|| BackendError::Impossible("a release without an id".into()))
}

fn ended(state: &TaskState) -> bool {
    matches!(state, TaskState::Success | TaskState::Failed | TaskState::Canceled | TaskState::TimedOut)
}

/// A deployment of which only is known that it succeeded.
fn succeeded(document: &api::deployment::Deployment) -> Seen {
    Seen {
        deployment: document.id.clone(),
        task: document.task_id.clone(),
        version: None,
        state: TaskState::Success,
        is_completed: true,
        created: document.created,
        comments: document.comments.clone(),
        by: document.deployed_by_id.clone(),
    }
}
