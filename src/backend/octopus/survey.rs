//! What is where now: the deployments of a project in an environment, exact to the tenant.
//!
//! For deployments without a tenant two answers tell it, asked for side by side: the project's progression has states,
//! times and versions, but of each release the latest deployment alone, and no options; the list of deployments has
//! the rest, but no states. For tenants the lists and their tasks tell it. What neither shows is asked for once more,
//! and what is not shown then is unknown.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::{try_join, try_join_all, try_join3};
use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use crate::backend::{BackendError, Call};
use crate::model::{
    EnvironmentName, ProjectName, Release, ReleaseVersion, Targets, TenantName, TenantTarget, Tenants,
};
use crate::octopus::deployment::{Deployment, DeploymentFilter};
use crate::octopus::progression::{DashboardItem, ProjectProgression};
use crate::octopus::task::{Task, TaskState};
use crate::octopus::{self as api, ChannelId, EnvironmentId, ProjectId, ReleaseId, TaskId, TenantId};

use super::Octopus;
use super::deployment::Place;
use super::history::{Fate, History, Seen};

/// How many releases a progression gives for each environment: enough for a few days, small enough to be
/// read at once.
pub(super) const HISTORY: u8 = 10;
/// The same where what is looked for is older. The server gives no more.
pub(super) const LONG_HISTORY: u8 = 100;
/// How many deployments of one target are listed: the newest, among which whatever ran last nearly always is; more are
/// asked for where no success is.
const LISTED: u32 = 100;
/// How long a task that the server does not show is asked for again: servers answer so while they start.
const NOT_SHOWN: Duration = Duration::from_secs(8);

/// Where deployments of a release are to go.
#[derive(Debug, Clone)]
pub enum Aim {
    /// To targets that were looked at.
    Surveyed(Vec<Standing>),
    /// To targets that cannot hold a deployment of the release yet, because the release is new.
    Fresh(Vec<Place>),
}

/// A target, and what was deployed there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub(super) environment: EnvironmentId,
    pub(super) environment_name: EnvironmentName,
    pub(super) tenant: Option<(TenantId, String)>,
    pub(super) history: History,
}

impl Standing {
    /// The target in the words of the user.
    #[must_use]
    pub fn target(&self) -> TenantTarget {
        let tenant = self.tenant.as_ref().map(|(_, name)| TenantName::new(name));
        TenantTarget { environment: self.environment_name.clone(), tenant }
    }

    /// The version that was deployed there successfully last, whole or in part.
    #[must_use]
    pub fn current_version(&self) -> Option<&ReleaseVersion> {
        let now = self.history.now(|_| true);
        now.partial.first().copied().or(now.success)?.version.as_ref()
    }

    /// The highest version that is there or on its way there. What is scheduled for later than `at` is not on its
    /// way yet.
    ///
    /// # Errors
    /// The server does not show what became of a deployment that may be there or on its way: which one.
    pub fn highest_version(&self, at: Timestamp) -> Result<Option<&ReleaseVersion>, String> {
        let now = self.history.now(|_| true);
        if let Some(hidden) = now.unknown.iter().find(|it| it.fate == Fate::Unknown) {
            return Err(hidden.name());
        }
        // A part of the target that has a higher version would be moved backwards too.
        let there = now.success.into_iter().chain(now.partial).chain(now.unknown);
        let coming = now.unfinished.into_iter().filter(|it| it.is_due(at));
        Ok(coming.chain(there).filter_map(|it| it.version.as_ref()).max_by(|a, b| a.compare(b)))
    }
}

/// A progression and what it was asked for.
pub(super) struct Progression {
    pub(super) project: ProjectId,
    pub(super) answer: ProjectProgression,
}

/// An environment in which something is looked at.
pub(super) type Environment = (EnvironmentId, EnvironmentName);

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
        self.space(call).await?;
        let places = self.places(project, release, to, tenants, call);
        if *tenants == Tenants::Untenanted {
            // No tenant has to be asked for, so what is there is read at once.
            let places = places.await?;
            let standings = self.standings_at(project, &places, call);
            let (standings, _) = try_join(standings, self.automatic_environments(project, call)).await?;
            return Ok(Aim::Surveyed(standings));
        }
        let (places, _) = try_join(places, self.automatic_environments(project, call)).await?;
        self.standings_at(project, &places, call).await.map(Aim::Surveyed)
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

    /// What is at these places, in the same order: those without a tenant first.
    pub(super) async fn standings_at(
        &self,
        project: &ProjectName,
        places: &[Place],
        call: Call<'_>,
    ) -> Result<Vec<Standing>, BackendError> {
        let (tenanted, untenanted): (Vec<&Place>, Vec<&Place>) =
            places.iter().partition(|it| it.tenant.is_some());
        let mut found = Vec::new();
        if !untenanted.is_empty() {
            let environments: Vec<Environment> =
                untenanted.iter().map(|it| (it.environment.clone(), it.environment_name.clone())).collect();
            let (_, histories) = self.histories(project, &environments, call).await?;
            found.extend(untenanted.into_iter().zip(histories));
        }
        if !tenanted.is_empty() {
            let id = self.project_id(project, call).await?;
            // A few at a time: fast for a handful of tenants, and no burst for hundreds of them.
            for some in tenanted.chunks(8) {
                let read = some.iter().filter_map(|it| {
                    let tenant = it.tenant.as_ref()?;
                    Some(self.history_of(&id, &it.environment, tenant, call))
                });
                found.extend(some.iter().copied().zip(try_join_all(read).await?));
            }
        }
        let standing = |(place, history): (&Place, History)| Standing {
            environment: place.environment.clone(),
            environment_name: place.environment_name.clone(),
            tenant: place.tenant.clone(),
            history,
        };
        Ok(found.into_iter().map(standing).collect())
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

    /// What was deployed to each of the environments without a tenant, in the same order.
    pub(super) async fn histories(
        &self,
        project: &ProjectName,
        environments: &[Environment],
        call: Call<'_>,
    ) -> Result<(Progression, Vec<History>), BackendError> {
        self.histories_with(project, None, environments, call).await
    }

    /// The same where the progression was read already, for another reason.
    pub(super) async fn histories_with(
        &self,
        project: &ProjectName,
        progression: Option<Progression>,
        environments: &[Environment],
        call: Call<'_>,
    ) -> Result<(Progression, Vec<History>), BackendError> {
        let id = self.project_id(project, call).await?;
        let list = |it: &Environment| {
            let environment = it.0.clone();
            let id = &id;
            async move { self.deployments_of(id, &environment, None, None, call).await }
        };
        let lists = try_join_all(environments.iter().map(list));
        let read = async {
            match progression {
                Some(progression) => Ok(progression),
                None => self.progression(project, HISTORY, call).await,
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
            let (longer, more, tasks) = self.older(project, &id, environments, &histories, call).await?;
            progression = longer;
            for (((environment, _), listed), (history, older)) in
                environments.iter().zip(&lists).zip(histories.iter_mut().zip(more))
            {
                let all: Vec<_> = listed.iter().chain(&older).cloned().collect();
                *history = merged(&all, progression.items(environment), &self.versions());
                for success in older {
                    if let Some(it) = history.0.iter_mut().find(|it| it.deployment == success.id)
                        && it.fate == Fate::Unknown
                    {
                        it.fate = Fate::Succeeded;
                    }
                }
                history.learn(&tasks);
            }
        }
        let histories = try_join_all(histories.into_iter().map(|it| self.completed(it, call))).await?;
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
        call: Call<'_>,
    ) -> Result<(Progression, Vec<Vec<Deployment>>, Vec<Task>), BackendError> {
        let wanted: Vec<_> =
            histories.iter().flat_map(|it| it.in_question(|_| true)).map(|it| it.task.clone()).collect();
        let successes = environments.iter().zip(histories).map(|((environment, _), history)| async move {
            // Nothing was ever deployed there.
            if history.0.is_empty() || has_listed_success(history) {
                return Ok(Vec::new());
            }
            self.deployments_of(id, environment, None, Some(&TaskState::Success), call).await
        });
        let longer = self.progression(project, LONG_HISTORY, call);
        try_join3(longer, try_join_all(successes), self.tasks(&wanted, call)).await
    }

    /// What was deployed to each of the environments for a tenant.
    pub(super) async fn standings_of(
        &self,
        project: &ProjectId,
        environments: &[Environment],
        tenant: &(TenantId, String),
        call: Call<'_>,
    ) -> Result<Vec<Standing>, BackendError> {
        let histories = environments.iter().map(|it| self.history_of(project, &it.0, tenant, call));
        let histories = try_join_all(histories).await?;
        let standing = |((environment, environment_name), history): (&Environment, History)| Standing {
            environment: environment.clone(),
            environment_name: environment_name.clone(),
            tenant: Some(tenant.clone()),
            history,
        };
        Ok(environments.iter().zip(histories).map(standing).collect())
    }

    /// The list of all and the list of successes are asked for at once: the last success may be older than
    /// what one list shows, and nobody has to wait for one answer before asking for the other.
    pub(super) async fn history_of(
        &self,
        project: &ProjectId,
        environment: &EnvironmentId,
        (tenant, _): &(TenantId, String),
        call: Call<'_>,
    ) -> Result<History, BackendError> {
        let list = |state| self.deployments_of(project, environment, Some(tenant), state, call);
        let (mut listed, successes) = try_join(list(None), list(Some(&TaskState::Success))).await?;
        // Of the successes that are older than the list, the last one asked for replaced those before it, but for
        // what was scheduled.
        let oldest = listed.last().and_then(|it| it.created);
        let mut older: Vec<_> = successes.into_iter().filter(|it| it.created < oldest).collect();
        let newest = older.first().map(|it| it.id.clone());
        older.retain(|it| Some(&it.id) == newest.as_ref() || it.queue_time.is_some());
        listed.extend(older);
        let history = merged(&listed, Vec::new(), &self.versions());
        self.completed(history, call).await
    }

    /// The newest deployments to one target. The server's filter cannot say "without a tenant", so those with one
    /// are taken out here, and more are asked for where nothing is left.
    pub(super) async fn deployments_of(
        &self,
        project: &ProjectId,
        environment: &EnvironmentId,
        tenant: Option<&TenantId>,
        state: Option<&TaskState>,
        call: Call<'_>,
    ) -> Result<Vec<Deployment>, BackendError> {
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
            page.items.sort_by_key(|it| std::cmp::Reverse(it.created));
            if !page.items.is_empty() || all_read || take >= 10_000 {
                return Ok(page.items);
            }
            take = take.saturating_mul(10);
        }
    }

    /// The deployments of one release to a target, or the successes on one channel there: what a promotion asks for may
    /// be older than what was listed.
    pub(super) async fn narrowed_to(
        &self,
        project: &ProjectId,
        place: &Place,
        release: Option<&ReleaseId>,
        channel: Option<&ChannelId>,
        call: Call<'_>,
    ) -> Result<Vec<Deployment>, BackendError> {
        let space = self.space(call).await?;
        let request = match release {
            Some(release) => api::deployment::of_release(&space, release, 1000),
            None => {
                let tenant = place.tenant.as_ref().map(|(id, _)| id);
                let filter = DeploymentFilter {
                    projects: std::slice::from_ref(project),
                    environments: std::slice::from_ref(&place.environment),
                    tenants: tenant.map(std::slice::from_ref).unwrap_or_default(),
                    channels: channel.map(std::slice::from_ref).unwrap_or_default(),
                    state: Some(&TaskState::Success),
                    take: Some(LISTED),
                };
                api::deployment::list(&space, filter)
            }
        };
        let mut listed = self.look("listing deployments", &request, call).await?.items;
        listed.retain(|it| place.holds(it));
        Ok(listed)
    }

    /// Adds what is not known yet and matters: the tasks of what may have run last, the documents of what only a
    /// progression told of or a list told in short, and versions.
    async fn completed(&self, history: History, call: Call<'_>) -> Result<History, BackendError> {
        self.completed_for(history, |_| true, call).await
    }

    /// The same for those deployments that are of interest.
    pub(super) async fn completed_for(
        &self,
        mut history: History,
        of_interest: impl Fn(&Seen) -> bool + Sync + Send,
        call: Call<'_>,
    ) -> Result<History, BackendError> {
        self.add_tasks(&mut history, &of_interest, call).await?;
        // A success that turns out to have left something out is not what is there: then others are in question.
        if self.add_documents(&mut history, &of_interest, call).await? {
            self.add_tasks(&mut history, &of_interest, call).await?;
            self.add_documents(&mut history, &of_interest, call).await?;
        }
        self.add_versions(&mut history, call).await?;
        Ok(history)
    }

    /// A task that is not shown is asked for again for a while.
    async fn add_tasks(
        &self,
        history: &mut History,
        of_interest: &(impl Fn(&Seen) -> bool + Sync),
        call: Call<'_>,
    ) -> Result<(), BackendError> {
        let until = self.patience(call).min(Instant::now() + NOT_SHOWN);
        let mut pause = Duration::from_millis(500);
        loop {
            let wanted: Vec<_> =
                history.in_question(of_interest).into_iter().map(|it| it.task.clone()).collect();
            if wanted.is_empty() {
                return Ok(());
            }
            let tasks = self.tasks(&wanted, call).await?;
            let nothing_new = tasks.is_empty();
            history.learn(&tasks);
            if nothing_new {
                if Instant::now() + pause >= until {
                    return Ok(());
                }
                sleep(pause).await;
                pause *= 2;
            }
        }
    }

    pub(super) async fn tasks(&self, ids: &[TaskId], call: Call<'_>) -> Result<Vec<Task>, BackendError> {
        let space = self.space(call).await?;
        let requests = api::task::by_ids(&space, ids);
        let answers =
            try_join_all(requests.iter().map(|it| self.look("reading deployments' states", it, call)));
        Ok(answers.await?.into_iter().flat_map(|it| it.items).collect())
    }

    /// A list may tell less than the document itself, so what matters is read one by one where it did.
    async fn add_documents(
        &self,
        history: &mut History,
        of_interest: &(impl Fn(&Seen) -> bool + Sync),
        call: Call<'_>,
    ) -> Result<bool, BackendError> {
        let now = history.now(of_interest);
        let known = now.success.into_iter().chain(now.partial).chain(now.unfinished).chain(now.unknown);
        let short: Vec<_> = known
            .filter(|it| it.document.as_ref().is_none_or(|it| it.is_short()))
            .map(|it| it.deployment.clone())
            .collect();
        if short.is_empty() {
            return Ok(false);
        }
        let space = self.space(call).await?;
        for some in short.chunks(8) {
            let read = some.iter().map(|it| {
                let request = api::deployment::get(&space, it);
                async move { self.look("reading a deployment", &request, call).await }
            });
            for document in try_join_all(read).await? {
                if let Some(seen) = history.0.iter_mut().find(|it| it.deployment == document.id) {
                    seen.document = Some(document);
                }
            }
        }
        Ok(true)
    }

    async fn add_versions(&self, history: &mut History, call: Call<'_>) -> Result<(), BackendError> {
        let now = history.now(|_| true);
        let known = now.success.into_iter().chain(now.partial).chain(now.unfinished).chain(now.unknown);
        let mut missing: Vec<_> =
            known.filter(|it| it.version.is_none()).map(|it| it.release.clone()).collect();
        missing.sort();
        missing.dedup();
        let read = missing.iter().map(|it| self.version_of(it, call));
        let found: HashMap<_, _> = missing.iter().cloned().zip(try_join_all(read).await?).collect();
        for seen in history.0.iter_mut().filter(|it| it.version.is_none()) {
            seen.version = found.get(&seen.release).cloned();
        }
        Ok(())
    }

    fn versions(&self) -> HashMap<ReleaseId, ReleaseVersion> {
        self.memory().versions.clone()
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

/// One history from a list of deployments and a progression's items, neither of which tells all.
fn merged(
    listed: &[Deployment],
    items: Vec<Item<'_>>,
    versions: &HashMap<ReleaseId, ReleaseVersion>,
) -> History {
    let mut all: Vec<Seen> = Vec::new();
    for document in listed {
        if !all.iter().any(|it| it.deployment == document.id) {
            all.push(Seen::of(document, versions.get(&document.release_id).cloned()));
        }
    }
    for item in items {
        let Some(task) = item.item.task_id.clone() else { continue };
        let at = all.iter().position(|it| it.deployment == item.item.deployment_id);
        let known = at.map(|at| all.swap_remove(at));
        all.push(Seen {
            deployment: item.item.deployment_id.clone(),
            task,
            release: item.release.clone(),
            channel: item.item.channel_id.clone().or(item.progress.channel.as_ref().map(|it| it.id.clone())),
            version: Some(ReleaseVersion::new(&item.progress.release.version)),
            fate: Fate::of(&item.item.state, item.item.is_completed),
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
    history.0.iter().any(|it| it.fate == Fate::Succeeded && it.document.is_some())
}

impl History {
    /// Takes in what tasks tell.
    pub(super) fn learn(&mut self, tasks: &[Task]) {
        for seen in &mut self.0 {
            if let Some(task) = tasks.iter().find(|it| it.id == seen.task) {
                seen.fate = Fate::of(&task.state, task.is_completed);
                seen.due = task.queue_time.or(seen.due);
                seen.started = task.start_time;
                seen.completed = task.completed_time;
            }
        }
    }
}

impl Progression {
    /// Whether the project was deployed to an environment for tenants, as far as this history tells.
    pub(super) fn is_deployed_to_for_tenants(&self, environment: &EnvironmentId) -> bool {
        let items = self.answer.releases.iter().filter_map(|it| it.deployments.get(environment)).flatten();
        items.into_iter().any(|it| it.tenant_id.is_some())
    }

    /// The tenants for whom something was deployed to an environment, as far as this history tells.
    pub(super) fn tenants(&self, environment: &EnvironmentId) -> Vec<TenantId> {
        let items = self.answer.releases.iter().filter_map(|it| it.deployments.get(environment)).flatten();
        let mut tenants: Vec<_> = items.filter_map(|it| it.tenant_id.clone()).collect();
        tenants.sort();
        tenants.dedup();
        tenants
    }

    /// The deployments without a tenant to an environment.
    pub(super) fn items(&self, environment: &EnvironmentId) -> Vec<Item<'_>> {
        self.answer
            .releases
            .iter()
            .flat_map(|it| {
                let items = it.deployments.get(environment).into_iter().flatten();
                items.map(|item| Item { release: &it.release.id, progress: it, item })
            })
            .filter(|it| it.item.tenant_id.is_none())
            .collect()
    }

    fn versions(&self) -> impl Iterator<Item = (ReleaseId, ReleaseVersion)> {
        let releases = self.answer.releases.iter().map(|it| &it.release);
        releases.map(|it| (it.id.clone(), ReleaseVersion::new(&it.version)))
    }

    /// How long the successful deployments to each environment took, the last one first.
    fn durations(&self) -> Vec<((ProjectId, EnvironmentId), Vec<Duration>)> {
        let took = |it: &Item<'_>| {
            let span = it.item.completed_time?.duration_since(it.item.start_time?);
            (it.item.state == TaskState::Success).then(|| Duration::try_from(span).ok()).flatten()
        };
        let of = |id: &EnvironmentId| {
            let mut items = self.items(id);
            items.sort_by_key(|it| std::cmp::Reverse(it.item.created));
            items.iter().filter_map(took).take(5).collect::<Vec<_>>()
        };
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

pub(super) fn release_id(text: &str) -> Result<ReleaseId, BackendError> {
    ReleaseId::new(text).ok_or_else(|| BackendError::Impossible("a release without an id".into()))
}
