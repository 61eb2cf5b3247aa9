//! Runs the real program, each time against a sandbox of its own, several at once.

use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use promenade::sandbox::{ReceivedRequest, Sandbox, SandboxOptions, Script};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::support::program::{PROGRAM, scrubbed};

/// How many programs run at once.
const AT_ONCE: usize = 8;
/// How much faster than in the seed tasks play: ten seconds take a twentieth of one.
const SCALE: f64 = 200.0;
/// How long after the end of a run it is counted what there is: every late write has happened by then.
const LATER: Duration = Duration::from_millis(2500);
/// Nothing here takes longer, however slow the machine; reaching it is a failure.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

/// The limit of one call, so that the looks after a lost answer are four seconds apart. A shorter one would be
/// reached by chance on a busy machine.
const READ_LIMIT: &str = "2s";

/// One run of the program: against which world, with which faults, how it is called.
#[derive(Debug, Clone)]
pub(super) struct Story {
    pub(super) name: String,
    pub(super) seed: Value,
    /// One script or a list of them, as docs/sandbox-faults.md writes them.
    pub(super) faults: Value,
    pub(super) command: Vec<String>,
    pub(super) read_limit: &'static str,
    /// Further environment variables.
    pub(super) environment: Vec<(String, String)>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub(super) struct Ran {
    pub(super) name: String,
    pub(super) exit: Option<i32>,
    /// Both outputs.
    pub(super) said: String,
    /// The world as it stands seconds after the run.
    pub(super) state: Value,
    pub(super) requests: Vec<ReceivedRequest>,
}

impl Story {
    /// A story in the small world, called with these words.
    pub(super) fn new(name: impl Into<String>, command: &str, faults: Value) -> Self {
        let command = words(command);
        // So much takes longer than that on a slow machine, and is to be read to its limit.
        let read_limit = if faults.to_string().contains("oversized") { "20s" } else { READ_LIMIT };
        Self { name: name.into(), seed: small_world(), faults, command, read_limit, environment: Vec::new() }
    }

    /// The same for this build.
    pub(super) fn of_build(mut self, id: &str) -> Self {
        self.environment.push(("PROMENADE_BUILD_ID".to_owned(), id.to_owned()));
        self
    }

    /// The same, called with these words too.
    pub(super) fn with(mut self, command: &str) -> Self {
        self.command.extend(words(command));
        self
    }

    /// A sandbox with the story's world and faults.
    pub(super) async fn stage(&self) -> Sandbox {
        let mut options = SandboxOptions::default();
        options.seed = Some(self.seed.to_string());
        options.scale = SCALE;
        let sandbox = Sandbox::start(options).await.expect("the seed is right and a port is free");
        for script in scripts(&self.faults) {
            sandbox.script(script);
        }
        sandbox
    }

    /// The program, ready to be started against a sandbox.
    pub(super) fn program(&self, sandbox: &Sandbox) -> tokio::process::Command {
        let mut command = scrubbed(PROGRAM);
        command.env("OCTOPUS_URL", sandbox.url()).env("OCTOPUS_API_KEY", sandbox.api_key());
        command.env("OCTOPUS_SPACE", sandbox.space());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.args(&self.command).args(["--read-limit", self.read_limit]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut command = tokio::process::Command::from(command);
        command.kill_on_drop(true);
        command
    }

    /// What came of a run that has ended, seconds later.
    pub(super) async fn end(self, sandbox: Sandbox, output: Output) -> Ran {
        sleep(LATER).await;
        let said =
            [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned()).concat();
        let (state, requests) = (sandbox.state(), sandbox.requests());
        sandbox.stop().await;
        Ran { name: self.name, exit: output.status.code(), said, state, requests }
    }
}

/// Runs all stories, a few at a time.
pub(super) async fn run_all(stories: Vec<Story>) -> Vec<Ran> {
    let seats = Arc::new(Semaphore::new(AT_ONCE));
    let run = |story: Story| {
        let seats = Arc::clone(&seats);
        async move {
            let seat = seats.acquire().await.expect("the semaphore is never closed");
            let sandbox = story.stage().await;
            let output = timeout(PATIENCE, story.program(&sandbox).output()).await;
            let output = output.unwrap_or_else(|_| panic!("{}: the run does not end", story.name));
            drop(seat);
            story.end(sandbox, output.expect("the program starts")).await
        }
    };
    join_all(stories.into_iter().map(run)).await
}

impl Ran {
    /// The releases that were made since the seed; those of its history have these versions.
    pub(super) fn releases(&self) -> usize {
        let is_new =
            |it: &&Value| !["1.0.0", "1.1.0"].iter().any(|old| text(&it["version"]).starts_with(old));
        list(&self.state, "releases").filter(is_new).count()
    }

    /// The deployments that were made since the seed.
    pub(super) fn deployments(&self) -> Vec<&Value> {
        list(&self.state, "deployments").filter(|it| it["route"] != "history").collect()
    }

    /// How many requests that make a release or a deployment the server received.
    pub(super) fn sent(&self) -> usize {
        let makes = |it: &&ReceivedRequest| {
            it.method == "POST"
                && ["/releases/create/v1", "tenanted/v1", "/deployments", "/deployments/override"]
                    .iter()
                    .any(|path| it.path.ends_with(path))
        };
        self.requests.iter().filter(makes).count()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn list<'a>(state: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    state[name].as_array().expect("the state lists them").iter()
}

/// Scripts as the control route takes them.
pub(super) fn scripts(faults: &Value) -> Vec<Script> {
    let all = match faults {
        Value::Null => Vec::new(),
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    };
    let read = |it: Value| {
        let text = it.to_string();
        serde_json::from_value(it).unwrap_or_else(|e| panic!("{text}: {e}"))
    };
    all.into_iter().map(read).collect()
}

/// The words of a command line; `_` stands for a space within a word.
fn words(command: &str) -> Vec<String> {
    command.split(' ').map(|it| it.replace('_', " ")).collect()
}

/// A fault at requests of this method whose path matches.
pub(super) fn at(request: (&str, &str), fault: &Value, times: Option<u64>) -> Value {
    let (method, path) = request;
    json!({ "match": { "method": method, "path": path }, "times": times, "fault": fault })
}

/// Projects whose tasks take a moment. `Shop` holds release 1.0.0, deployed to Development, and 1.1.0,
/// deployed nowhere. `Slow Shop`'s tasks take three seconds.
pub(super) fn small_world() -> Value {
    let step = |seconds: u32| json!({ "name": "Deploy", "seconds": seconds });
    let history = json!([
        { "version": "1.0.0", "ago": "3d", "deployments": [{ "environment": "Development", "ago": "2d", "took": 60 }] },
        { "version": "1.1.0", "ago": "1d" }
    ]);
    let project = |name: &str, step: Value| json!({ "name": name, "lifecycle": "Standard", "steps": [step], "history": history });
    let mut ends = step(10);
    for (key, word) in [
        ("failsWhenVersionContains", "1.1.0-broken"),
        ("timesOutWhenVersionContains", "1.1.0-timeout"),
        ("warnsWhenVersionContains", "1.1.0-warning"),
    ] {
        ends[key] = json!(word);
    }
    let mut shop = project("Shop", ends);
    for version in ["1.1.0-broken", "1.1.0-timeout", "1.1.0-warning"] {
        shop["history"].as_array_mut().expect("a list").push(json!({ "version": version, "ago": "1d" }));
    }
    let mut camel = project("Camel Shop", step(10));
    camel["answers"] = json!("camelCase");
    let mut tenanted = project("Tenanted Shop", step(10));
    tenanted["mode"] = json!("tenanted");
    tenanted["history"] = json!([
        { "version": "1.0.0", "ago": "3d", "deployments": [
            { "environment": "Development", "tenant": "Acme", "ago": "2d", "took": 60 },
            { "environment": "Development", "tenant": "Globex", "ago": "2d", "took": 60 } ] },
        { "version": "1.1.0", "ago": "1d" }
    ]);
    let mut asking = project("Asking Shop", step(10));
    let question = json!({ "name": "Approve", "kind": "manualIntervention", "instructions": "Go on?" });
    asking["steps"].as_array_mut().expect("a list").push(question);
    let everywhere = json!({ "Tenanted Shop": ["Development", "Test"] });
    json!({
        "users": [
            { "username": "ci", "serviceAccount": true, "apiKeys": ["API-FAULTSFAULTSFAULTSFAULTSFA"],
              "permissions": [{ "permission": "*" }],
              "oidc": { "audience": "2d1f8f3b-6b10-4b2f-8a1f-6d3f904c2e88", "subjectTokens": ["sandbox-subject-token"],
                        "tokenLifetime": 1 } },
            { "username": "blind", "apiKeys": ["API-BLINDBLINDBLINDBLINDBLIND"],
              "permissions": [{ "permission": "ReleaseCreate" }, { "permission": "DeploymentCreate" },
                              { "permission": "ProjectView" }, { "permission": "EnvironmentView" }] }
        ],
        "spaces": [{
            "name": "Default", "default": true,
            "environments": [{ "name": "Development" }, { "name": "Staging" }, { "name": "Test" }],
            "lifecycles": [{ "name": "Standard", "phases": [
                { "name": "Development", "environments": ["Development", "Staging"], "minimum": 1 },
                { "name": "Test", "environments": ["Test"] }] }],
            "tagSets": [{ "name": "Ring", "tags": ["Early", "Nobody"] }],
            "projects": [shop, project("Slow Shop", step(600)), camel, tenanted, asking],
            "tenants": [
                { "name": "Acme", "tags": ["Ring/Early"], "projects": everywhere },
                { "name": "Globex", "tags": ["Ring/Early"], "projects": everywhere }
            ]
        }]
    })
}
