//! Lists deployments of one target or of one release.

use crate::backend::{BackendError, Context};
use crate::octopus::deployment::{Deployment, DeploymentFilter};
use crate::octopus::task::TaskState;
use crate::octopus::{self as api, ChannelId, EnvironmentId, ProjectId, ReleaseId, TenantId};

use super::Octopus;
use super::place::Place;

/// How many deployments of one target are listed: the newest, which nearly always include the one that ran last; more
/// are read if there is no success among them.
const LISTED: u32 = 100;

impl Octopus {
    /// The newest deployments to one target. The server's filter cannot express "without a tenant", so those with a
    /// tenant are removed here, and more are read if none is left.
    pub(super) async fn deployments_of(
        &self,
        project: &ProjectId,
        environment: &EnvironmentId,
        tenant: Option<&TenantId>,
        state: Option<&TaskState>,
        context: Context<'_>,
    ) -> Result<Vec<Deployment>, BackendError> {
        let space = self.space(context).await?;
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
            let mut page = self.look("listing deployments", &request, context).await?;
            let all_read = page.items.len() < take as usize;
            page.items.retain(|it| it.tenant_id.as_ref() == tenant);
            page.items.sort_by_key(|it| std::cmp::Reverse(it.created));
            if !page.items.is_empty() || all_read || take >= 10_000 {
                return Ok(page.items);
            }
            take = take.saturating_mul(10);
        }
    }

    /// The deployments of one release to a target, or the successes of one channel there: the release that a promotion
    /// names may be older than the list.
    pub(super) async fn narrowed_to(
        &self,
        project: &ProjectId,
        place: &Place,
        release: Option<&ReleaseId>,
        channel: Option<&ChannelId>,
        context: Context<'_>,
    ) -> Result<Vec<Deployment>, BackendError> {
        let space = self.space(context).await?;
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
        let mut listed = self.look("listing deployments", &request, context).await?.items;
        listed.retain(|it| place.holds(it));
        Ok(listed)
    }
}
