//! Deployments that the server makes by itself, to the automatic targets of a lifecycle.

use jiff::Timestamp;

use crate::sandbox::world::accounts::SERVERS_USER;
use crate::sandbox::world::made::{Automatic, Order, Release};
use crate::sandbox::world::progression::{Progress, TenantScope};
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::Id;
use crate::sandbox::world::tenancy::tenancy_fits;

impl World {
    /// Plans deployments to the automatic targets that have become eligible. The server makes them some
    /// seconds later, even if someone else deploys there in the meantime [?].
    pub(super) fn plan_automatic(&mut self, release: &str, now: Timestamp) {
        let Some(release) = self.release(release).cloned() else { return };
        let mut tenants: Vec<Option<Id>> = vec![None];
        let linked =
            self.tenants.iter().filter(|it| it.projects.iter().any(|(id, _)| *id == release.project));
        tenants.extend(linked.map(|it| Some(it.id.clone())));
        for tenant in tenants {
            for environment in self.automatic_targets(&release, tenant.as_deref()) {
                // Where the seed sets no delay, each takes a different one, from 1 to 30 s.
                let varied = [1.0, 12.0, 23.0, 4.0, 15.0, 26.0, 7.0, 18.0, 29.0, 10.0, 30.0];
                let seconds = self.automatic_delay.unwrap_or(varied[self.automatic.len() % varied.len()]);
                self.automatic.push(Automatic {
                    release: release.id.clone(),
                    environment,
                    tenant: tenant.clone(),
                    due: self.later(now, seconds),
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

    /// Makes an automatic deployment, unless the release or the target is no longer eligible.
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
        let obstacle =
            self.obstacle(&release, &order.environment, TenantScope::Only(order.tenant.as_deref()));
        let freezes = self.project(&release.project).map(|it| self.freeze_obstacles(it, &order, now));
        if obstacle.is_some() || freezes.is_none_or(|it| !it.is_empty()) {
            // It is planned again when the release becomes eligible again.
            self.automatic.remove(at);
            return;
        }
        self.enqueue(order, &SERVERS_USER.to_owned(), now);
    }

    fn automatic_targets(&self, release: &Release, tenant: Option<&str>) -> Vec<Id> {
        if release.has_unresolved_defect() {
            return Vec::new();
        }
        let phases = self.phase_progress(release, TenantScope::Only(tenant));
        let current = phases.iter().filter(|it| it.progress == Progress::Current);
        let is_new = |environment: &&Id| {
            let is_there = |known: &Id, of: Option<&str>| *known == **environment && of == tenant;
            let mut made = self.deployments.iter().filter(|it| it.order.release == release.id);
            let mut planned = self.automatic.iter().filter(|it| it.release == release.id);
            !made.any(|it| is_there(&it.order.environment, it.order.tenant.as_deref()))
                && !planned.any(|it| is_there(&it.environment, it.tenant.as_deref()))
        };
        let fits = |environment: &&Id| tenancy_fits(self, &release.project, environment, tenant).is_ok();
        current.flat_map(|it| &it.phase.automatic).filter(is_new).filter(fits).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sandbox::world::tests::Bench;

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
}
