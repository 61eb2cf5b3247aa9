//! The world: everything that the server remembers, and the one door to it.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::sandbox::access::{Token, User};
use crate::sandbox::exchange::{Request, Response};
use crate::sandbox::founding;
use crate::sandbox::limits::Buckets;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::routes;
use crate::sandbox::seed::{BUILT_IN, SeedError, TeamSeed};
use crate::sandbox::state::{
    Channel, Deployment, Environment, Feed, Freeze, Id, Interruption, Lifecycle, Machine, Project, Release,
    Space, TagSet, Task, Tenant,
};
use crate::sandbox::summary;

/// An Octopus-compatible server without its socket and its clock: a request and the time go in, an
/// answer comes out.
#[derive(Debug)]
pub struct World {
    pub(super) version: String,
    pub(super) scale: f64,
    pub(super) task_cap: Option<usize>,
    pub(super) maintenance: bool,
    pub(super) teams: Vec<TeamSeed>,
    pub(super) users: Vec<User>,
    pub(super) tokens: Vec<Token>,
    pub(super) buckets: Option<Buckets>,
    pub(super) spaces: Vec<Space>,
    pub(super) environments: Vec<Environment>,
    pub(super) lifecycles: Vec<Lifecycle>,
    pub(super) feeds: Vec<Feed>,
    pub(super) machines: Vec<Machine>,
    pub(super) tag_sets: Vec<TagSet>,
    pub(super) tenants: Vec<Tenant>,
    pub(super) projects: Vec<Project>,
    pub(super) channels: Vec<Channel>,
    pub(super) freezes: Vec<Freeze>,
    /// In the order of their assembly.
    pub(super) releases: Vec<Release>,
    /// In the order of their creation.
    pub(super) deployments: Vec<Deployment>,
    pub(super) tasks: Vec<Task>,
    pub(super) interruptions: Vec<Interruption>,
    /// The places in `tasks` of those that are not over, in the order of their queue time.
    pub(super) unfinished: Vec<usize>,
    /// The time up to which the tasks were played.
    pub(super) clock: Timestamp,
    counters: HashMap<&'static str, u32>,
}

impl World {
    /// The built-in world at this moment. `scale` divides all durations of tasks and steps (with 60 a
    /// minute plays in a second); the times of the past and of freezes stay real.
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
    /// The seed cannot be read, or names things that it does not have; every problem is named.
    pub fn from_seed(json: &str, now: Timestamp, scale: f64) -> Result<Self, SeedError> {
        founding::found(json, now, scale)
    }

    /// Plays the tasks up to `now`, then answers.
    pub fn respond(&mut self, request: &Request, now: Timestamp) -> Response {
        self.advance(now);
        routes::answer(self, request, now)
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

    /// What the world holds, for tests: releases, deployments with what was asked of them, counts.
    pub fn summary(&mut self, now: Timestamp) -> Value {
        self.advance(now);
        summary::summary(self)
    }

    pub(super) fn empty(now: Timestamp, scale: f64) -> Self {
        Self {
            version: String::new(),
            scale,
            task_cap: None,
            maintenance: false,
            teams: Vec::new(),
            users: Vec::new(),
            tokens: Vec::new(),
            buckets: None,
            spaces: Vec::new(),
            environments: Vec::new(),
            lifecycles: Vec::new(),
            feeds: Vec::new(),
            machines: Vec::new(),
            tag_sets: Vec::new(),
            tenants: Vec::new(),
            projects: Vec::new(),
            channels: Vec::new(),
            freezes: Vec::new(),
            releases: Vec::new(),
            deployments: Vec::new(),
            tasks: Vec::new(),
            interruptions: Vec::new(),
            unfinished: Vec::new(),
            clock: now,
            counters: HashMap::new(),
        }
    }

    /// The next id of a kind, `Releases-7`.
    pub(super) fn mint(&mut self, kind: &'static str) -> Id {
        let counter = self.counters.entry(kind).or_insert(0);
        *counter += 1;
        format!("{kind}-{counter}")
    }

    /// A length of time of the seed as it plays in this world.
    pub(super) fn scaled(&self, seconds: f64) -> SignedDuration {
        let scaled = if self.scale > 0.0 { seconds / self.scale } else { seconds };
        SignedDuration::try_from_secs_f64(scaled).unwrap_or(SignedDuration::ZERO)
    }

    pub(super) fn project(&self, id: &str) -> Option<&Project> {
        self.projects.iter().find(|it| it.id == id)
    }

    pub(super) fn environment(&self, id: &str) -> Option<&Environment> {
        self.environments.iter().find(|it| it.id == id)
    }

    pub(super) fn tenant(&self, id: &str) -> Option<&Tenant> {
        self.tenants.iter().find(|it| it.id == id)
    }

    pub(super) fn channel(&self, id: &str) -> Option<&Channel> {
        self.channels.iter().find(|it| it.id == id)
    }

    pub(super) fn release(&self, id: &str) -> Option<&Release> {
        self.releases.get(place_of(id, "Releases-")?)
    }

    pub(super) fn task(&self, id: &str) -> Option<&Task> {
        self.tasks.get(place_of(id, "ServerTasks-")?)
    }

    pub(super) fn deployment(&self, id: &str) -> Option<&Deployment> {
        self.deployments.get(place_of(id, "Deployments-")?)
    }

    pub(super) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|it| it.id == id)
    }

    /// The name of an environment; empty where there is none.
    pub(super) fn environment_name(&self, id: &str) -> &str {
        self.environment(id).map_or("", |it| it.name.as_str())
    }

    /// The environment of a space by its id, slug or exact name, ignoring case.
    pub(super) fn find_environment(&self, space: &str, wanted: &str) -> Option<&Environment> {
        let mut all = self.environments.iter().filter(|it| it.space == space);
        all.find(|it| is_one_of(wanted, [&it.id, &it.name, &it.slug]))
    }

    /// The project of a space by its id, slug or exact name, ignoring case.
    pub(super) fn find_project(&self, space: &str, wanted: &str) -> Option<&Project> {
        let mut all = self.projects.iter().filter(|it| it.space == space);
        all.find(|it| is_one_of(wanted, [&it.id, &it.name, &it.slug]))
    }

    /// The tenant of a space by its id, slug or exact name, ignoring case.
    pub(super) fn find_tenant(&self, space: &str, wanted: &str) -> Option<&Tenant> {
        let mut all = self.tenants.iter().filter(|it| it.space == space);
        all.find(|it| is_one_of(wanted, [&it.id, &it.name, &it.slug]))
    }

    /// The lifecycle that a channel's releases follow.
    pub(super) fn lifecycle_of(&self, channel: &str) -> Option<&Lifecycle> {
        let channel = self.channel(channel)?;
        let own = channel.lifecycle.as_deref();
        let id = own.or_else(|| self.project(&channel.project).map(|it| it.lifecycle.as_str()))?;
        self.lifecycles.iter().find(|it| it.id == id)
    }

    /// The newest release of a project that was assembled last.
    pub(super) fn last_version(&self, project: &str) -> Option<&str> {
        self.releases.iter().rev().find(|it| it.project == project).map(|it| it.version.as_str())
    }

    /// The release of a project with exactly this version, ignoring case.
    pub(super) fn find_release(&self, project: &str, version: &str) -> Option<&Release> {
        let mut all = self.releases.iter().rev().filter(|it| it.project == project);
        all.find(|it| it.version.eq_ignore_ascii_case(version) || it.id == version)
    }
}

/// Where a thing is whose kind is numbered from one on, in the order of its list, and never removed.
pub(super) fn place_of(id: &str, prefix: &str) -> Option<usize> {
    id.strip_prefix(prefix)?.parse::<usize>().ok()?.checked_sub(1)
}

/// Whether a text is one of these names, ignoring case.
pub(super) fn is_one_of(wanted: &str, names: [&String; 3]) -> bool {
    names.iter().any(|it| it.eq_ignore_ascii_case(wanted.trim()))
}

/// A reference that must hold because the world checked it when it was made.
pub(super) fn there<T>(found: Option<T>, kind: &str, id: &str) -> Result<T, Refusal> {
    found.ok_or_else(|| Refusal::unknown(kind, id))
}

/// A name as a slug: lower case, words joined by `-`.
pub(super) fn slug(name: &str) -> String {
    let mapped =
        name.chars().map(|it| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '-' });
    let text: String = mapped.collect();
    text.split('-').filter(|it| !it.is_empty()).collect::<Vec<_>>().join("-")
}

/// A time as the server writes it, `2026-05-01T08:02:00.000+00:00`.
pub(super) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3f+00:00").to_string()
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::{SignedDuration, Timestamp};
    use serde_json::{Value, json};

    use super::World;
    use crate::sandbox::exchange::{Request, Response};
    use crate::sandbox::seed::BUILT_IN;

    /// The key of the built-in world that may only read.
    pub(in crate::sandbox) const READER: &str = "API-SANDBOXREADONLYREADONLYREA";
    /// The key of the built-in world that may deploy to Development alone.
    pub(in crate::sandbox) const DEVELOPER: &str = "API-SANDBOXDEVELOPMENTONLYDEVE";

    /// A world with a clock that a test turns.
    pub(in crate::sandbox) struct Bench {
        pub(in crate::sandbox) world: World,
        pub(in crate::sandbox) now: Timestamp,
        pub(in crate::sandbox) key: String,
    }

    pub(in crate::sandbox) fn start() -> Timestamp {
        "2026-05-01T08:00:00Z".parse().unwrap()
    }

    impl Bench {
        /// The built-in world, unscaled.
        pub(in crate::sandbox) fn new() -> Self {
            Self::of(World::seeded(start(), 1.0))
        }

        /// The built-in world with a change to its seed.
        pub(in crate::sandbox) fn changed(change: impl FnOnce(&mut Value)) -> Self {
            let mut seed: Value = serde_json::from_str(BUILT_IN).unwrap();
            change(&mut seed);
            Self::of(World::from_seed(&seed.to_string(), start(), 1.0).unwrap())
        }

        fn of(world: World) -> Self {
            let key = world.api_key().to_owned();
            Self { world, now: start(), key }
        }

        pub(in crate::sandbox) fn pass(&mut self, seconds: i64) {
            self.now += SignedDuration::from_secs(seconds);
        }

        pub(in crate::sandbox) fn send(&mut self, method: &str, path: &str, body: &Value) -> Response {
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
        pub(in crate::sandbox) fn ask(&mut self, method: &str, path: &str, body: Value) -> (u16, Value) {
            let response = self.send(method, path, &body);
            (response.status, serde_json::from_slice(&response.body).unwrap_or(Value::Null))
        }

        /// The JSON of a GET that must succeed.
        pub(in crate::sandbox) fn get(&mut self, path: &str) -> Value {
            let (status, body) = self.ask("GET", path, Value::Null);
            assert_eq!(status, 200, "{path}: {body}");
            body
        }

        /// Makes a release by the executions API, with `more` in the body.
        pub(in crate::sandbox) fn create(
            &mut self,
            project: &str,
            version: &str,
            more: Value,
        ) -> (u16, Value) {
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
        pub(in crate::sandbox) fn deploy(
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

        /// Makes a release and deploys it to Development; gives back the task's id.
        pub(in crate::sandbox) fn begin(&mut self, project: &str, version: &str) -> String {
            let (status, made) = self.create(project, version, json!({}));
            assert_eq!(status, 201, "{made}");
            self.begin_in(project, version, "Development")
        }

        /// Deploys an existing release; gives back the task's id.
        pub(in crate::sandbox) fn begin_in(
            &mut self,
            project: &str,
            version: &str,
            environment: &str,
        ) -> String {
            let (status, made) = self.deploy(project, version, &[environment], json!({}));
            assert_eq!(status, 200, "{made}");
            made["DeploymentServerTasks"][0]["ServerTaskId"].as_str().unwrap().to_owned()
        }

        pub(in crate::sandbox) fn task(&mut self, id: &str) -> Value {
            self.get(&format!("/api/Spaces-1/tasks/{id}"))
        }

        pub(in crate::sandbox) fn state(&mut self, id: &str) -> String {
            self.task(id)["State"].as_str().unwrap().to_owned()
        }
    }

    pub(in crate::sandbox) fn merge(body: &mut Value, more: Value) {
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
    }

    /// The first entry of `Errors`.
    pub(in crate::sandbox) fn error_of(body: &Value) -> &str {
        body["Errors"][0].as_str().unwrap_or_default()
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
