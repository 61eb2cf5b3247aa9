//! A world with its clock in the test's hand, for the tests of all rooms; and the world's own.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::sandbox::exchange::{Request, Response};
use crate::sandbox::world::World;
use crate::sandbox::world::seed::BUILT_IN;

/// The key of the built-in world that may only read.
pub(super) const READER: &str = "API-SANDBOXREADONLYREADONLYREA";
/// The key of the built-in world that may deploy to Development alone.
pub(super) const DEVELOPER: &str = "API-SANDBOXDEVELOPMENTONLYDEVE";

/// A world with a clock that a test turns.
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
    pub(super) fn deploy(&mut self, project: &str, version: &str, to: &[&str], more: Value) -> (u16, Value) {
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
    pub(super) fn begin(&mut self, project: &str, version: &str) -> String {
        let (status, made) = self.create(project, version, json!({}));
        assert_eq!(status, 201, "{made}");
        self.begin_in(project, version, "Development")
    }

    /// Deploys an existing release; gives back the task's id.
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
    let tasks = bench.get("/api/Spaces-1/tasks?project=Projects-1&environment=Environments-1&states=Success");
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
