//! Where a release may go: the phases of its lifecycle, and what each one waits for.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::exchange::Response;
use crate::sandbox::world::admission;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::deployments;
use crate::sandbox::world::made::{Order, Release};
use crate::sandbox::world::pages::page;
use crate::sandbox::world::running::TaskState;
use crate::sandbox::world::state::{Id, Lifecycle, Phase};
use crate::sandbox::world::tasks;
use crate::sandbox::world::{World, there};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Pending,
    Current,
    Complete,
}

impl Progress {
    fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Current => "Current",
            Self::Complete => "Complete",
        }
    }
}

/// Whose deployments count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose<'a> {
    Anyones,
    /// This tenant's, or with none the untenanted ones.
    Only(Option<&'a str>),
}

/// How far a release is in one phase.
#[derive(Debug)]
pub(super) struct Standing<'a> {
    pub(super) phase: &'a Phase,
    pub(super) progress: Progress,
    pub(super) done: Vec<Id>,
}

impl World {
    /// The environments that a release was deployed to with success.
    fn successes(&self, release: &str, whose: Whose<'_>) -> Vec<&Id> {
        let counts = |tenant: Option<&str>| match whose {
            Whose::Anyones => true,
            Whose::Only(only) => tenant == only,
        };
        let of_release = self.deployments.iter().filter(|it| it.order.release == release);
        let succeeded = of_release.filter(|it| {
            counts(it.order.tenant.as_deref())
                && self.task(&it.task).is_some_and(|it| it.state == TaskState::Success)
        });
        succeeded.map(|it| &it.order.environment).collect()
    }

    /// How far a release is in each phase of its lifecycle.
    pub(super) fn standings(&self, release: &Release, whose: Whose<'_>) -> Vec<Standing<'_>> {
        let successes = self.successes(&release.id, whose);
        let mut reachable = true;
        let mut standings = Vec::new();
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
            standings.push(Standing { phase, progress, done });
        }
        standings
    }

    /// The environments that a release may be deployed to now, in the lifecycle's order.
    pub(super) fn deployable(&self, release: &Release, whose: Whose<'_>) -> Vec<Id> {
        let blocked = release.has_unresolved_defect();
        let mut ids: Vec<Id> = Vec::new();
        for standing in self.standings(release, whose).iter().filter(|it| it.progress != Progress::Pending) {
            for id in standing.phase.targets() {
                if !ids.contains(id) && (!blocked || standing.done.contains(id)) {
                    ids.push(id.clone());
                }
            }
        }
        ids
    }

    /// Where the release goes next: what is open in the phases that have their turn.
    pub(super) fn next_deployments(&self, release: &Release, whose: Whose<'_>) -> Vec<Id> {
        if release.has_unresolved_defect() {
            return Vec::new();
        }
        let standings = self.standings(release, whose);
        let current = standings.iter().filter(|it| it.progress == Progress::Current);
        current.flat_map(|it| it.phase.targets().filter(|id| !it.done.contains(id)).cloned()).collect()
    }

    /// Why a release may not go to an environment.
    pub(super) fn obstacle(&self, release: &Release, environment: &str, whose: Whose<'_>) -> Option<String> {
        if self.deployable(release, whose).iter().any(|it| it == environment) {
            return None;
        }
        let name = self.environment_name(environment);
        let version = &release.version;
        let standings = self.standings(release, whose);
        let Some(at) = standings.iter().position(|it| it.phase.targets().any(|it| it == environment)) else {
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
        let waits =
            standings[..at].iter().find(|it| it.progress != Progress::Complete && !it.phase.is_optional);
        let phase = waits.map_or("", |it| it.phase.name.as_str());
        Some(format!(
            "Release {version} cannot be deployed to {name} yet: the phase '{phase}' of the lifecycle is not complete."
        ))
    }

    /// Deploys to the automatic targets that have come into reach and were never deployed to.
    pub(super) fn deploy_automatically(&mut self, release: &str, now: Timestamp) {
        let Some(release) = self.release(release).cloned() else { return };
        let project = release.project.clone();
        let mut tenants: Vec<Option<Id>> = vec![None];
        let linked = self.tenants.iter().filter(|it| it.projects.iter().any(|(id, _)| *id == project));
        tenants.extend(linked.map(|it| Some(it.id.clone())));
        let user = self.users.first().map_or_else(Id::new, |it| it.id.clone());
        for tenant in tenants {
            for environment in self.automatic_targets(&release, tenant.as_deref()) {
                let order = Order {
                    release: release.id.clone(),
                    guided: self.guided_by_default(&project, &environment),
                    environment,
                    tenant: tenant.clone(),
                    route: "automatic",
                    ..Order::default()
                };
                self.place(order, &user, now);
            }
        }
    }

    fn automatic_targets(&self, release: &Release, tenant: Option<&str>) -> Vec<Id> {
        if release.has_unresolved_defect() {
            return Vec::new();
        }
        let standings = self.standings(release, Whose::Only(tenant));
        let current = standings.iter().filter(|it| it.progress == Progress::Current);
        let is_new = |environment: &&Id| {
            let mut known = self.deployments.iter().filter(|it| it.order.release == release.id);
            !known.any(|it| it.order.environment == **environment && it.order.tenant.as_deref() == tenant)
        };
        let fits =
            |environment: &&Id| admission::tenancy_fits(self, &release.project, environment, tenant).is_ok();
        current.flat_map(|it| &it.phase.automatic).filter(is_new).filter(fits).cloned().collect()
    }
}

/// `GET releases/{id}/progression`.
pub(super) fn release_progression(world: &mut World, call: &Call<'_>) -> Answer {
    let release = there(world.release(call.param(0)), "release", call.param(0))?;
    let standings = world.standings(release, Whose::Anyones);
    let mut phases = Vec::new();
    for standing in &standings {
        let of_phase = world.deployments.iter().rev().filter(|it| {
            it.order.release == release.id && standing.phase.targets().any(|id| *id == it.order.environment)
        });
        let made: Vec<Value> = of_phase
            .filter_map(|it| {
                let task = world.task(&it.task)?;
                Some(json!({
                    "Deployment": deployments::document(world, it),
                    "Task": tasks::document(world, task, call.now),
                }))
            })
            .collect();
        phases.push(json!({
            "Id": null,
            "Name": standing.phase.name,
            "Blocked": standing.progress != Progress::Complete && release.has_unresolved_defect(),
            "Progress": standing.progress.name(),
            "Deployments": made,
            "AutomaticDeploymentTargets": standing.phase.automatic,
            "OptionalDeploymentTargets": standing.phase.optional,
            "MinimumEnvironmentsBeforePromotion": standing.phase.minimum,
            "IsOptionalPhase": standing.phase.is_optional,
            "IsPriorityPhase": false,
        }));
    }
    Ok(Response::json(
        200,
        &json!({
            "Phases": phases,
            "NextDeployments": world.next_deployments(release, Whose::Anyones),
            "NextDeploymentsMinimumRequired": 0,
        }),
    ))
}

/// `GET lifecycles`.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let all: Vec<&Lifecycle> = world.lifecycles.iter().filter(|it| it.space == call.space).collect();
    Ok(Response::json(200, &page(call, "Lifecycle", &all, |it| document(it))))
}

/// `GET lifecycles/all`.
pub(super) fn all(world: &mut World, call: &Call<'_>) -> Answer {
    let all = world.lifecycles.iter().filter(|it| it.space == call.space);
    Ok(Response::json(200, &Value::Array(all.map(document).collect())))
}

/// `GET lifecycles/{id}`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let found = world.lifecycles.iter().find(|it| it.space == call.space && it.id == call.param(0));
    Ok(Response::json(200, &document(there(found, "lifecycle", call.param(0))?)))
}

fn document(lifecycle: &Lifecycle) -> Value {
    let phase = |it: &Phase| {
        json!({
            "Id": null,
            "Name": it.name,
            "AutomaticDeploymentTargets": it.automatic,
            "OptionalDeploymentTargets": it.optional,
            "MinimumEnvironmentsBeforePromotion": it.minimum,
            "IsOptionalPhase": it.is_optional,
        })
    };
    json!({
        "Id": lifecycle.id,
        "SpaceId": lifecycle.space,
        "Name": lifecycle.name,
        "Phases": lifecycle.phases.iter().map(phase).collect::<Vec<_>>(),
        "Links": { "Self": format!("/api/{}/lifecycles/{}", lifecycle.space, lifecycle.id) },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::sandbox::world::tests::{Bench, count, error_of, tenanted, with_release};

    #[test]
    fn automatic_targets_are_deployed_to_when_they_come_into_reach() {
        let mut bench = Bench::changed(|seed| {
            let phases = &mut seed["spaces"][0]["lifecycles"][0]["phases"];
            phases[0] = json!({ "name": "Development", "automatic": ["Development"] });
            phases[1] = json!({ "name": "Test", "automatic": ["Test"] });
        });
        bench.create("Camel Shop", "1.0.0", json!({}));
        bench.pass(60);
        let made = bench.world.summary(bench.now)["deployments"].clone();
        let of_shop: Vec<(&str, &str)> = made
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["project"] == "Camel Shop")
            .map(|it| (it["environment"].as_str().unwrap(), it["state"].as_str().unwrap()))
            .collect();
        assert_eq!(of_shop, [("Development", "Success"), ("Test", "Success")]);
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
