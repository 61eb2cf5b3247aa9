//! Where a release may go: how far it is in the phases of its lifecycle, and what each phase waits for.

use crate::sandbox::world::made::Release;
use crate::sandbox::world::running::TaskState;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::{Id, Phase};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Pending,
    Current,
    Complete,
}

impl Progress {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Current => "Current",
            Self::Complete => "Complete",
        }
    }
}

/// Which tenants' deployments count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TenantScope<'a> {
    Any,
    /// This tenant's; `None` means the untenanted ones.
    Only(Option<&'a str>),
}

/// How far a release is in one phase.
#[derive(Debug)]
pub(super) struct PhaseProgress<'a> {
    pub(super) phase: &'a Phase,
    pub(super) progress: Progress,
    pub(super) done: Vec<Id>,
}

impl World {
    /// The environments that a release was deployed to with success.
    fn successes(&self, release: &str, scope: TenantScope<'_>) -> Vec<&Id> {
        let counts = |tenant: Option<&str>| match scope {
            TenantScope::Any => true,
            TenantScope::Only(only) => tenant == only,
        };
        let of_release = self.deployments.iter().filter(|it| it.order.release == release);
        let succeeded = of_release.filter(|it| {
            counts(it.order.tenant.as_deref())
                && self.task(&it.task).is_some_and(|it| it.state == TaskState::Success)
        });
        succeeded.map(|it| &it.order.environment).collect()
    }

    /// How far a release is in each phase of its lifecycle.
    pub(super) fn phase_progress(&self, release: &Release, scope: TenantScope<'_>) -> Vec<PhaseProgress<'_>> {
        let successes = self.successes(&release.id, scope);
        let mut reachable = true;
        let mut phases = Vec::new();
        for phase in self.lifecycle_of(&release.channel).map(|it| it.phases.as_slice()).unwrap_or_default() {
            let done: Vec<Id> = phase.targets().filter(|it| successes.contains(it)).cloned().collect();
            let all = phase.targets().count();
            let needed = if phase.minimum == 0 { all } else { phase.minimum.min(all) };
            let progress = match (done.len() >= needed, reachable) {
                (true, _) => Progress::Complete,
                (false, true) => Progress::Current,
                (false, false) => Progress::Pending,
            };
            reachable = reachable && (progress == Progress::Complete || phase.is_optional);
            phases.push(PhaseProgress { phase, progress, done });
        }
        phases
    }

    /// The environments that a release may be deployed to now, in the lifecycle's order.
    pub(super) fn deployable(&self, release: &Release, scope: TenantScope<'_>) -> Vec<Id> {
        let blocked = release.has_unresolved_defect();
        let mut ids: Vec<Id> = Vec::new();
        for reached in
            self.phase_progress(release, scope).iter().filter(|it| it.progress != Progress::Pending)
        {
            for id in reached.phase.targets() {
                if !ids.contains(id) && (!blocked || reached.done.contains(id)) {
                    ids.push(id.clone());
                }
            }
        }
        ids
    }

    /// The environments where the release goes next: those of the current phases that it has not reached.
    pub(super) fn next_deployments(&self, release: &Release, scope: TenantScope<'_>) -> Vec<Id> {
        if release.has_unresolved_defect() {
            return Vec::new();
        }
        let phases = self.phase_progress(release, scope);
        let current = phases.iter().filter(|it| it.progress == Progress::Current);
        current.flat_map(|it| it.phase.targets().filter(|id| !it.done.contains(id)).cloned()).collect()
    }

    /// Why the release's channel is not for a tenant: it names tags that the tenant lacks.
    pub(super) fn channel_obstacle(&self, release: &Release, tenant: &str) -> Option<String> {
        let (channel, tenant) = (self.channel(&release.channel)?, self.tenant(tenant)?);
        let fits = channel.tenant_tags.is_empty() || tenant.has_tags(&channel.tenant_tags);
        (!fits).then(|| {
            format!(
                "The channel '{}' of release {} is not for the tenant '{}'.",
                channel.name, release.version, tenant.name
            )
        })
    }

    /// Why a release may not go to an environment.
    pub(super) fn obstacle(
        &self,
        release: &Release,
        environment: &str,
        scope: TenantScope<'_>,
    ) -> Option<String> {
        if let TenantScope::Only(Some(tenant)) = scope
            && let Some(obstacle) = self.channel_obstacle(release, tenant)
        {
            return Some(obstacle);
        }
        if self.deployable(release, scope).iter().any(|it| it == environment) {
            return None;
        }
        let name = self.environment_name(environment);
        let version = &release.version;
        let phases = self.phase_progress(release, scope);
        let Some(at) = phases.iter().position(|it| it.phase.targets().any(|it| it == environment)) else {
            let lifecycle = self.lifecycle_of(&release.channel).map_or("", |it| it.name.as_str());
            return Some(format!(
                "The environment {name} is not in the lifecycle '{lifecycle}' of release {version}."
            ));
        };
        if release.has_unresolved_defect() {
            return Some(format!(
                "Release {version} cannot be deployed to {name}: it has an unresolved defect."
            ));
        }
        let waits = phases[..at].iter().find(|it| it.progress != Progress::Complete && !it.phase.is_optional);
        let phase = waits.map_or("", |it| it.phase.name.as_str());
        Some(format!(
            "Release {version} cannot be deployed to {name} yet: the phase '{phase}' of the lifecycle is not complete."
        ))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::sandbox::world::tests::{Bench, count, error_of, tenanted, with_release};

    #[test]
    fn a_channel_may_be_for_some_tenants_alone() {
        let mut bench = Bench::changed(|seed| {
            seed["spaces"][0]["projects"][2]["channels"] =
                json!([{ "name": "Default", "default": true, "tenantTags": ["Region/EU"] }]);
        });
        bench.create("Portal", "1.0.0", json!({}));
        let (status, refused) =
            tenanted(&mut bench, "Portal", "Development", json!({ "Tenants": ["Globex"] }));
        assert_eq!(status, 400);
        assert!(error_of(&refused).contains("not for the tenant 'Globex'"), "{refused}");
        let (status, made) = tenanted(&mut bench, "Portal", "Development", json!({ "Tenants": ["*"] }));
        assert_eq!((status, count(&made)), (200, 1));
    }

    #[test]
    fn an_optional_phase_may_be_passed_over() {
        let mut bench = with_release("Quick Shop");
        bench.begin_in("Quick Shop", "1.0.0", "Development");
        bench.pass(20);
        assert_eq!(bench.deploy("Quick Shop", "1.0.0", &["Production"], json!({})).0, 200);
    }

    #[test]
    fn each_tenant_has_its_own_way_through_the_lifecycle() {
        let mut bench = with_release("Portal");
        tenanted(&mut bench, "Portal", "Development", json!({ "Tenants": ["Acme"] }));
        bench.pass(60);
        let (status, made) = tenanted(&mut bench, "Portal", "Test", json!({ "Tenants": ["*"] }));
        assert_eq!((status, count(&made)), (200, 1), "Globex was not in Development yet");
        let (status, refused) = tenanted(&mut bench, "Portal", "Test", json!({ "Tenants": ["Globex"] }));
        assert_eq!(status, 400);
        assert!(error_of(&refused).contains("'Development'"), "{refused}");
    }
}
