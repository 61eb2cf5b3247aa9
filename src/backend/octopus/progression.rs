//! The project's progression: the server's summary of which release is where.

use std::time::Duration;

use crate::backend::{BackendError, Context};
use crate::model::{ProjectName, ReleaseVersion};
use crate::octopus::progression::{DashboardItem, ProjectProgression};
use crate::octopus::task::TaskState;
use crate::octopus::{self as api, EnvironmentId, ProjectId, ReleaseId, TenantId};

use super::Octopus;

/// How many releases a progression gives for each environment: enough for a few days, small enough to be
/// read at once.
pub(super) const HISTORY: u8 = 10;
/// The same for older deployments. The server's maximum.
pub(super) const LONG_HISTORY: u8 = 100;
/// A progression and the limit it was requested with.
pub(super) struct Progression {
    pub(super) project: ProjectId,
    pub(super) answer: ProjectProgression,
}

impl Octopus {
    pub(super) async fn progression(
        &self,
        project: &ProjectName,
        history: u8,
        context: Context<'_>,
    ) -> Result<Progression, BackendError> {
        let space = self.space(context).await?;
        let id = self.project_id(project, context).await?;
        let request = api::progression::of_project(&space, &id, history);
        let answer =
            self.look(&format!("reading where the releases of '{project}' are"), &request, context).await?;
        let progression = Progression { project: id, answer };
        let mut memory = self.memory();
        memory.durations.extend(progression.durations());
        memory.versions.extend(progression.versions());
        drop(memory);
        Ok(progression)
    }
}

impl Progression {
    /// Whether the project was deployed to an environment for tenants, as far as the progression shows.
    pub(super) fn is_deployed_to_for_tenants(&self, environment: &EnvironmentId) -> bool {
        let items = self.answer.releases.iter().filter_map(|it| it.deployments.get(environment)).flatten();
        items.into_iter().any(|it| it.tenant_id.is_some())
    }

    /// The tenants for which the project was deployed to an environment, as far as the progression shows.
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

    /// The durations of successful deployments to each environment, the last one first.
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
