//! The world of the sandbox: what its server remembers and answers. This file holds its public methods.
//!
//! The world is a pure state machine: a request and the time go in, an answer comes out. There is no socket, no
//! clock and nothing that waits. A seed describes the beginning (`seed`, `seeding`, `history`), a table of
//! routes leads each request to its handler (`routes`, `dispatch`), and tasks advance to the time that each
//! request brings (`playback`).

mod accounts;
mod made;
mod running;
mod state;
mod stored;

mod history;
mod history_seed;
mod process_seed;
mod project_seed;
mod project_seeding;
mod seconds;
mod seed;
mod seeder;
mod seeding;
mod space_seed;
mod space_seeding;

mod access;
mod call;
mod dispatch;
mod limits;
mod links;
mod lookups;
mod pages;
mod refusal;
mod routes;

mod oidc;
mod spaces;
mod users;

mod channels;
mod environments;
mod feeds;
mod freezes;
mod lifecycles;
mod process;
mod projects;
mod tenants;
mod variables;
mod versions;

mod commands;
mod creating;
mod expressions;
mod planning;
mod release_edits;
mod releases;

mod admission;
mod automatic;
mod deployments;
mod executions;
mod legacy;
mod previews;
mod progression;
mod tenancy;

mod activity;
mod artifacts;
mod guidance;
mod interruptions;
mod playback;
mod queue;
mod steps;
mod tasks;
mod teams;
mod worklog;

mod dashboard;
mod summary;

use jiff::Timestamp;
use serde_json::Value;

use crate::sandbox::message::{Request, Response};

use seed::BUILT_IN;

pub use seed::SeedError;
pub use state::World;

impl World {
    /// The built-in world at this moment. `scale` divides all durations of tasks and steps (with 60 a
    /// minute takes a second); the times of the past and of freezes are not scaled.
    ///
    /// # Panics
    ///
    /// Never with the built-in seed, which a test loads.
    #[must_use]
    pub fn seeded(now: Timestamp, scale: f64) -> Self {
        match Self::from_seed(BUILT_IN, now, scale) {
            Ok(world) => world,
            Err(error) => unreachable!("{error}"),
        }
    }

    /// The world that a seed describes, with its past placed before `now`.
    ///
    /// # Errors
    ///
    /// Every problem of the seed: it is not valid JSON, or it names things that it does not have.
    pub fn from_seed(json: &str, now: Timestamp, scale: f64) -> Result<Self, SeedError> {
        seeding::seed_world(json, now, scale)
    }

    /// Advances the tasks to `now`, then answers.
    pub fn respond(&mut self, request: &Request, now: Timestamp) -> Response {
        self.advance(now);
        dispatch::answer(self, request, now)
    }

    /// The virtual directory that all paths begin with, `/octopus`; blank for none.
    #[must_use]
    pub fn base_path(&self) -> &str {
        &self.base_path
    }

    /// The key of the first user of the seed that has one.
    #[must_use]
    pub fn api_key(&self) -> &str {
        self.users.iter().find_map(|it| it.api_keys.first()).map_or("", String::as_str)
    }

    /// The id of the default space.
    #[must_use]
    pub fn space_id(&self) -> &str {
        let default = self.spaces.iter().find(|it| it.is_default);
        default.or(self.spaces.first()).map_or("", |it| it.id.as_str())
    }

    /// A summary for tests: releases, deployments with their options, counts.
    pub fn summary(&mut self, now: Timestamp) -> Value {
        self.advance(now);
        summary::summary(self)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use serde_json::{Value, json};

    use crate::sandbox::message::{Request, Response};
    use crate::sandbox::world::World;
    use crate::sandbox::world::seed::BUILT_IN;

    /// The key of the built-in world that may only read.
    pub(super) const READER: &str = "API-SANDBOXREADONLYREADONLYREA";
    /// The key of the built-in world that may deploy to Development alone.
    pub(super) const DEVELOPER: &str = "API-SANDBOXDEVELOPMENTONLYDEVE";

    /// A world with a clock that a test sets.
    pub(super) struct Bench {
        pub(super) world: World,
        pub(super) now: Timestamp,
        pub(super) key: String,
    }

    pub(super) fn start() -> Timestamp {
        "2026-05-01T08:00:00Z".parse().unwrap()
    }

    impl Bench {
        /// The built-in world, unscaled.
        pub(super) fn new() -> Self {
            Self::of(World::seeded(start(), 1.0))
        }

        /// The built-in world with a change to its seed.
        pub(super) fn changed(change: impl FnOnce(&mut Value)) -> Self {
            let mut seed: Value = serde_json::from_str(BUILT_IN).unwrap();
            change(&mut seed);
            Self::of(World::from_seed(&seed.to_string(), start(), 1.0).unwrap())
        }

        fn of(world: World) -> Self {
            let key = world.api_key().to_owned();
            Self { world, now: start(), key }
        }

        pub(super) fn pass(&mut self, seconds: i64) {
            self.now += SignedDuration::from_secs(seconds);
        }

        pub(super) fn send(&mut self, method: &str, path: &str, body: &Value) -> Response {
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            let pair = |it: &str| {
                let (name, value) = it.split_once('=').unwrap_or((it, ""));
                (name.to_owned(), value.to_owned())
            };
            let mut headers = vec![("host".to_owned(), "127.0.0.1:8065".to_owned())];
            if !self.key.is_empty() {
                headers.push(("x-octopus-apikey".to_owned(), self.key.clone()));
            }
            let request = Request {
                method: method.to_owned(),
                path: path.to_owned(),
                query: query.split('&').filter(|it| !it.is_empty()).map(pair).collect(),
                headers,
                body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
            };
            self.world.respond(&request, self.now)
        }

        /// The status and the JSON of an answer.
        pub(super) fn ask(&mut self, method: &str, path: &str, body: Value) -> (u16, Value) {
            let response = self.send(method, path, &body);
            (response.status, serde_json::from_slice(&response.body).unwrap_or(Value::Null))
        }

        /// The JSON of a GET that must succeed.
        pub(super) fn get(&mut self, path: &str) -> Value {
            let (status, body) = self.ask("GET", path, Value::Null);
            assert_eq!(status, 200, "{path}: {body}");
            body
        }

        /// Makes a release by the executions API, with `more` in the body.
        pub(super) fn create(&mut self, project: &str, version: &str, more: Value) -> (u16, Value) {
            let mut body = json!({
                "SpaceId": "Spaces-1",
                "SpaceIdOrName": "Spaces-1",
                "ProjectName": project,
                "ReleaseVersion": version,
            });
            merge(&mut body, more);
            self.ask("POST", "/api/Spaces-1/releases/create/v1", body)
        }

        /// Deploys untenanted by the executions API, with `more` in the body.
        pub(super) fn deploy(
            &mut self,
            project: &str,
            version: &str,
            to: &[&str],
            more: Value,
        ) -> (u16, Value) {
            let mut body = json!({
                "SpaceId": "Spaces-1",
                "SpaceIdOrName": "Spaces-1",
                "ProjectName": project,
                "ReleaseVersion": version,
                "EnvironmentNames": to,
            });
            merge(&mut body, more);
            self.ask("POST", "/api/Spaces-1/deployments/create/untenanted/v1", body)
        }

        /// Makes a release and deploys it to Development; returns the task's id.
        pub(super) fn begin(&mut self, project: &str, version: &str) -> String {
            let (status, made) = self.create(project, version, json!({}));
            assert_eq!(status, 201, "{made}");
            self.begin_in(project, version, "Development")
        }

        /// Deploys an existing release; returns the task's id.
        pub(super) fn begin_in(&mut self, project: &str, version: &str, environment: &str) -> String {
            let (status, made) = self.deploy(project, version, &[environment], json!({}));
            assert_eq!(status, 200, "{made}");
            made["DeploymentServerTasks"][0]["ServerTaskId"].as_str().unwrap().to_owned()
        }

        pub(super) fn task(&mut self, id: &str) -> Value {
            self.get(&format!("/api/Spaces-1/tasks/{id}"))
        }

        pub(super) fn state(&mut self, id: &str) -> String {
            self.task(id)["State"].as_str().unwrap().to_owned()
        }
    }

    pub(super) fn merge(body: &mut Value, more: Value) {
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
    }

    /// The first entry of `Errors`.
    pub(super) fn error_of(body: &Value) -> &str {
        body["Errors"][0].as_str().unwrap_or_default()
    }

    /// A world in which 1.0.0 of this project exists.
    pub(super) fn with_release(project: &str) -> Bench {
        let mut bench = Bench::new();
        let (status, made) = bench.create(project, "1.0.0", json!({}));
        assert_eq!(status, 201, "{made}");
        bench
    }

    /// Deploys 1.0.0 for tenants by the executions API, with `more` in the body.
    pub(super) fn tenanted(bench: &mut Bench, project: &str, environment: &str, more: Value) -> (u16, Value) {
        let mut body = json!({ "SpaceId": "Spaces-1", "SpaceIdOrName": "Spaces-1", "ProjectName": project,
            "ReleaseVersion": "1.0.0", "EnvironmentName": environment });
        merge(&mut body, more);
        bench.ask("POST", "/api/spaces/Spaces-1/deployments/create/tenanted/v1", body)
    }

    /// How many tasks an answer of the executions API names.
    pub(super) fn count(made: &Value) -> usize {
        made["DeploymentServerTasks"].as_array().unwrap().len()
    }

    /// Refused with 400 and this word among the errors.
    pub(super) fn assert_refused(answer: (u16, Value), word: &str) {
        assert_eq!(answer.0, 400, "{word}: {}", answer.1);
        assert!(answer.1["Errors"].to_string().contains(word), "{word}: {}", answer.1);
    }

    #[test]
    fn a_release_goes_through_its_lifecycle() {
        let mut bench = Bench::new();
        let (status, made) = bench.create("web-shop", "1.4.7", json!({ "PackageVersion": "1.4.7" }));
        assert_eq!(status, 400, "{made}");
        let (status, made) = bench.create("web-shop", "1.4.7", json!({}));
        assert_eq!((status, made["ReleaseVersion"].as_str()), (201, Some("1.4.7")));
        let release = made["ReleaseId"].as_str().unwrap().to_owned();

        let (status, refused) = bench.deploy("Web Shop", "1.4.7", &["Test"], json!({}));
        assert_eq!(status, 400);
        assert!(error_of(&refused).contains("phase 'Development'"), "{refused}");

        let task = bench.begin_in("Web Shop", "1.4.7", "Development");
        assert_eq!(bench.state(&task), "Queued");
        bench.pass(2);
        assert_eq!(bench.state(&task), "Executing");
        bench.pass(60);
        let done = bench.task(&task);
        assert_eq!(
            (done["State"].as_str(), done["FinishedSuccessfully"].as_bool()),
            (Some("Success"), Some(true))
        );

        let progression = bench.get(&format!("/api/Spaces-1/releases/{release}/progression"));
        assert_eq!(progression["Phases"][0]["Progress"], "Complete");
        assert_eq!(progression["Phases"][1]["Progress"], "Current");
        assert_eq!(progression["Phases"][2]["Progress"], "Pending");
        assert_eq!(progression["NextDeployments"], json!(["Environments-2"]));
        assert_eq!(bench.deploy("Web Shop", "1.4.7", &["test"], json!({})).0, 200);
    }

    #[test]
    fn the_history_has_successes_with_durations() {
        let mut bench = Bench::new();
        let tasks =
            bench.get("/api/Spaces-1/tasks?project=Projects-1&environment=Environments-1&states=Success");
        assert_eq!(tasks["TotalResults"], 3);
        let newest = &tasks["Items"][0];
        assert_eq!(newest["StartTime"], "2026-04-29T08:00:00.000+00:00");
        assert_eq!(newest["CompletedTime"], "2026-04-29T08:00:57.000+00:00");
        let board = bench.get("/api/Spaces-1/projects/web-shop/progression");
        assert_eq!(board["Releases"][0]["Release"]["Version"], "1.4.6");
        assert_eq!(board["Releases"][0]["Deployments"]["Environments-1"][0]["State"], "Success");
    }

    #[test]
    fn all_problems_of_a_seed_are_named() {
        let seed = json!({
            "users": [{ "username": "x", "apiKeys": ["api-small"], "permissions": [{ "permission": "*" }] }],
            "spaces": [{
                "name": "Default",
                "environments": [{ "name": "Test" }, { "nam": "Typo" }],
                "lifecycles": [{ "name": "L", "phases": [{ "name": "P", "environments": ["Tset"] }] }],
                "projects": [
                    { "name": "A", "lifecycle": "M", "steps": [{ "name": "S", "packages": [{ "id": "None" }] }] },
                    { "name": "B", "lifecycle": "L", "steps": [], "history": [{ "version": "1", "ago": "2 weeks" }] },
                ],
            }],
        });
        let error = World::from_seed(&seed.to_string(), start(), 1.0).unwrap_err();
        for part in ["Typo", "'Tset'", "lifecycle 'M'", "package 'None'", "(B): a duration", "upper-case"] {
            let typo = part == "Typo" && error.problems.iter().any(|it| it.contains("unknown field `nam`"));
            assert!(typo || error.problems.iter().any(|it| it.contains(part)), "{part} in {error}");
        }
    }

    #[test]
    fn the_scale_shortens_tasks_alone() {
        let mut bench = Bench::of(World::seeded(start(), 60.0));
        let task = bench.begin("Web Shop", "1.4.7");
        bench.pass(2);
        assert_eq!(bench.state(&task), "Success");
        assert_eq!(bench.task(&task)["QueueTime"], "2026-05-01T08:00:00.000+00:00");
    }
}
