//! Where a release may go: the phases of its lifecycle, and what each one waits for.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::access::SERVERS_USER;
use crate::sandbox::world::admission;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::deployments;
use crate::sandbox::world::made::{Automatic, Order, Release};
use crate::sandbox::world::pages::page;
use crate::sandbox::world::releases;
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
    pub(super) fn obstacle(&self, release: &Release, environment: &str, whose: Whose<'_>) -> Option<String> {
        if let Whose::Only(Some(tenant)) = whose
            && let Some(obstacle) = self.channel_obstacle(release, tenant)
        {
            return Some(obstacle);
        }
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

    /// Plans deployments to the automatic targets that have come into reach. The server makes them some
    /// seconds later, whatever people deploy there in between [?].
    pub(super) fn plan_automatic(&mut self, release: &str, now: Timestamp) {
        let Some(release) = self.release(release).cloned() else { return };
        let mut tenants: Vec<Option<Id>> = vec![None];
        let linked =
            self.tenants.iter().filter(|it| it.projects.iter().any(|(id, _)| *id == release.project));
        tenants.extend(linked.map(|it| Some(it.id.clone())));
        for tenant in tenants {
            for environment in self.automatic_targets(&release, tenant.as_deref()) {
                // Without a word of the seed each takes another time, from 1 to 30 s.
                let varied = [1.0, 12.0, 23.0, 4.0, 15.0, 26.0, 7.0, 18.0, 29.0, 10.0, 30.0];
                let seconds = self.automatic_delay.unwrap_or(varied[self.automatic.len() % varied.len()]);
                self.automatic.push(Automatic {
                    release: release.id.clone(),
                    environment,
                    tenant: tenant.clone(),
                    due: now.checked_add(self.scaled(seconds)).unwrap_or(now),
                    is_over: false,
                });
            }
        }
    }

    /// The automatic deployment that is made next, and when.
    pub(super) fn next_automatic(&self) -> Option<(Timestamp, usize)> {
        let open = self.automatic.iter().enumerate().filter(|(_, it)| !it.is_over);
        open.map(|(at, it)| (it.due, at)).min()
    }

    /// Makes an automatic deployment, unless something has come between.
    pub(super) fn deploy_automatically(&mut self, at: usize, now: Timestamp) {
        let Automatic { release, environment, tenant, .. } = self.automatic[at].clone();
        self.automatic[at].is_over = true;
        let Some(release) = self.release(&release).cloned() else { return };
        let order = Order {
            release: release.id.clone(),
            guided: self.guided_by_default(&release.project, &environment),
            environment,
            tenant,
            route: "automatic",
            ..Order::default()
        };
        let obstacle = self.obstacle(&release, &order.environment, Whose::Only(order.tenant.as_deref()));
        let freezes = self.project(&release.project).map(|it| self.freeze_obstacles(it, &order, now));
        if obstacle.is_some() || freezes.is_none_or(|it| !it.is_empty()) {
            // It is planned anew when the release comes into reach again.
            self.automatic.remove(at);
            return;
        }
        self.place(order, &SERVERS_USER.to_owned(), now);
    }

    fn automatic_targets(&self, release: &Release, tenant: Option<&str>) -> Vec<Id> {
        if release.has_unresolved_defect() {
            return Vec::new();
        }
        let standings = self.standings(release, Whose::Only(tenant));
        let current = standings.iter().filter(|it| it.progress == Progress::Current);
        let is_new = |environment: &&Id| {
            let is_there = |known: &Id, of: Option<&str>| *known == **environment && of == tenant;
            let mut made = self.deployments.iter().filter(|it| it.order.release == release.id);
            let mut planned = self.automatic.iter().filter(|it| it.release == release.id);
            !made.any(|it| is_there(&it.order.environment, it.order.tenant.as_deref()))
                && !planned.any(|it| is_there(&it.environment, it.tenant.as_deref()))
        };
        let fits =
            |environment: &&Id| admission::tenancy_fits(self, &release.project, environment, tenant).is_ok();
        current.flat_map(|it| &it.phase.automatic).filter(is_new).filter(fits).cloned().collect()
    }
}

/// `GET releases/{id}/progression`.
pub(super) fn release_progression(world: &mut World, call: &Call<'_>) -> Answer {
    let release = releases::of_path(world, call)?;
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
                    "Deployment": deployments::item(world, it),
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
    use serde_json::{Value, json};

    use crate::sandbox::world::tests::{Bench, count, error_of, tenanted, with_release};

    /// The built-in world in which the first two phases of the common lifecycle are automatic.
    fn automatic(delay: f64) -> Bench {
        Bench::changed(|seed| {
            seed["automaticDelay"] = json!(delay);
            let phases = &mut seed["spaces"][0]["lifecycles"][0]["phases"];
            phases[0] = json!({ "name": "Development", "automatic": ["Development"] });
            phases[1] = json!({ "name": "Test", "automatic": ["Test"] });
        })
    }

    /// Environment, tenant, state, and the user of a project's deployments.
    fn made(bench: &mut Bench, project: &str) -> Vec<(String, String, String, String)> {
        let all = bench.world.summary(bench.now)["deployments"].clone();
        let of_project = all.as_array().unwrap().iter().filter(|it| it["project"] == project);
        let text = |it: &Value, key: &str| it[key].as_str().unwrap_or("-").to_owned();
        of_project
            .map(|it| (text(it, "environment"), text(it, "tenant"), text(it, "state"), text(it, "by")))
            .collect()
    }

    fn row(all: [&str; 4]) -> (String, String, String, String) {
        let [environment, tenant, state, by] = all.map(str::to_owned);
        (environment, tenant, state, by)
    }

    #[test]
    fn automatic_targets_are_deployed_to_some_seconds_after_they_come_into_reach() {
        let mut bench = automatic(7.0);
        let (_, release) = bench.create("Camel Shop", "1.0.0", json!({}));
        assert_eq!(made(&mut bench, "Camel Shop"), [], "not at once");
        let path = format!("/api/Spaces-1/releases/{}/progression", release["releaseId"].as_str().unwrap());
        let progression = bench.get(&path);
        assert_eq!(progression["Phases"][0]["AutomaticDeploymentTargets"], json!(["Environments-1"]));
        bench.pass(6);
        assert_eq!(made(&mut bench, "Camel Shop"), []);
        bench.pass(1);
        assert_eq!(made(&mut bench, "Camel Shop"), [row(["Development", "-", "Queued", "system"])]);
        let document = bench.get(&path)["Phases"][0]["Deployments"][0]["Deployment"].clone();
        assert_eq!(document["DeployedById"], "users-system");
        assert_eq!(document["Created"], "2026-05-01T08:00:07.000+00:00");
        bench.pass(17);
        let after_the_first = [row(["Development", "-", "Success", "system"])];
        assert_eq!(made(&mut bench, "Camel Shop"), after_the_first, "the next phase takes its time too");
        bench.pass(60);
        let both = ["Development", "Test"].map(|it| row([it, "-", "Success", "system"]));
        assert_eq!(made(&mut bench, "Camel Shop"), both);
    }

    #[test]
    fn the_server_deploys_by_itself_although_somebody_was_faster() {
        let mut bench = automatic(5.0);
        bench.begin("Quick Shop", "1.0.0");
        assert_eq!(made(&mut bench, "Quick Shop").len(), 1, "that lifecycle has no automatic phase");
        bench.begin("Web Shop", "7.0.0");
        bench.pass(5);
        let states: Vec<String> = made(&mut bench, "Web Shop").into_iter().map(|it| it.3).collect();
        assert_eq!(states[states.len() - 2..], ["ci", "system"]);
    }

    #[test]
    fn each_tenant_gets_its_own_automatic_deployment() {
        let mut bench = automatic(3.0);
        bench.create("Portal", "1.0.0", json!({}));
        bench.pass(3);
        let all = made(&mut bench, "Portal");
        let tenants: Vec<&str> = all.iter().map(|it| it.1.as_str()).collect();
        assert_eq!(tenants, ["Acme", "Globex"], "Initech is in Test alone");
    }

    #[test]
    fn without_a_word_of_the_seed_the_server_takes_one_to_thirty_seconds() {
        let mut bench = Bench::changed(|seed| {
            let phases = &mut seed["spaces"][0]["lifecycles"][0]["phases"];
            phases[0] = json!({ "name": "Development", "automatic": ["Development"] });
        });
        for number in 0..12 {
            bench.create("Camel Shop", &format!("1.0.{number}"), json!({}));
        }
        let mut seen = Vec::new();
        for _ in 0..=30 {
            seen.push(made(&mut bench, "Camel Shop").len());
            bench.pass(1);
        }
        assert_eq!((seen[0], seen[30]), (0, 12));
        let times = seen.windows(2).filter(|it| it[0] != it[1]).count();
        assert!(times > 5, "at different times: {seen:?}");
    }

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
