//! A world of the test's own in this process, and the real program run against it.

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use promenade::sandbox::{Fault, ReceivedRequest, Sandbox, SandboxOptions, Script};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Handle;

use super::program::{PROGRAM, scrubbed};

/// How much faster than written the deployments of a world play: a minute takes less than 0.2 s.
const SCALE: f64 = 400.0;
/// Nothing here takes longer, however slow the machine; reaching it is a failure.
const PATIENCE: Duration = Duration::from_secs(60);

/// The runtime that every world of this process lives in, on a thread of its own.
pub(crate) fn runtime() -> &'static Handle {
    static RUNTIME: OnceLock<Handle> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime starts");
        let handle = runtime.handle().clone();
        std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
        handle
    })
}

/// A world, and a folder for the files of its program.
pub(crate) struct Shop {
    pub(crate) sandbox: Sandbox,
    pub(crate) folder: TempDir,
}

impl Shop {
    /// The built-in world.
    pub(crate) fn new() -> Self {
        Self::changed(|_| {})
    }

    /// The built-in world with changes to its seed.
    pub(crate) fn changed(change: impl FnOnce(&mut Value)) -> Self {
        Self::playing(SCALE, change)
    }

    /// The built-in world in real time: a deployment that began goes on for as long as a test looks.
    pub(crate) fn slow() -> Self {
        Self::playing(1.0, |_| {})
    }

    /// The built-in world with changes to its seed, so many times faster than written.
    pub(crate) fn playing(scale: f64, change: impl FnOnce(&mut Value)) -> Self {
        let mut seed: Value = serde_json::from_str(include_str!("../../src/sandbox/world/seed.json"))
            .expect("the seed is JSON");
        change(&mut seed);
        let mut options = SandboxOptions::default();
        options.seed = Some(seed.to_string());
        options.scale = scale;
        let sandbox = runtime().block_on(Sandbox::start(options)).expect("the seed is good");
        Self { sandbox, folder: tempfile::tempdir().expect("a folder") }
    }

    /// The program with these arguments, with the server, the key and the space's id in its environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare(arguments);
        command.env("OCTOPUS_URL", self.sandbox.url()).env("OCTOPUS_API_KEY", self.sandbox.api_key());
        command.env("OCTOPUS_SPACE", self.sandbox.space());
        command
    }

    /// The program with these arguments, in the test's folder, told nothing of the server.
    pub(crate) fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = scrubbed(PROGRAM);
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments))
    }

    /// Runs `handle` with these settings below a connection to this server, on the event of one build.
    pub(crate) fn handle(&self, project: &str, settings: &str, build: &Value) -> Ran {
        Ran::of(self.handling(project, settings, build))
    }

    /// The command that [`Self::handle`] runs.
    pub(crate) fn handling(&self, project: &str, settings: &str, build: &Value) -> Command {
        let settings = format!("[connection]\nproject = \"{project}\"\n{settings}");
        let event = json!({"event": "build-completed", "status": "successful", "build": build});
        self.write("promenade.toml", &settings);
        self.write("event.json", &event.to_string());
        self.command(&["handle", "--config", "promenade.toml", "--event", "event.json"])
    }

    /// Writes a file into the test's folder.
    pub(crate) fn write(&self, name: impl AsRef<std::path::Path>, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("the folder can be written");
    }

    /// Every request received since the last [`Self::forget`].
    pub(crate) fn requests(&self) -> Vec<ReceivedRequest> {
        self.sandbox.requests()
    }

    /// Forgets the requests so far.
    pub(crate) fn forget(&self) {
        self.sandbox.clear_requests();
    }

    /// The requests up to the first whose path ends so, each as `METHOD path`, in order.
    pub(crate) fn requests_until(&self, end: &str) -> Vec<String> {
        let all = self.requests();
        let last = all.iter().position(|it| it.path.ends_with(end)).unwrap_or_else(|| {
            panic!("no request to {end}, only {:?}", all.iter().map(|it| &it.path).collect::<Vec<_>>())
        });
        all[..=last].iter().map(|it| format!("{} {}", it.method, it.path)).collect()
    }

    /// The requests that change something, in order: the path after the space, and the body.
    pub(crate) fn written(&self) -> Vec<(String, Value)> {
        let tail = |path: &str| path.split_once("/Spaces-1/").map_or(path, |(_, tail)| tail).to_owned();
        let all = self.requests().into_iter().filter(|it| it.method != "GET");
        all.map(|it| (tail(&it.path), it.body)).filter(|(path, _)| !path.ends_with("/previews")).collect()
    }

    /// The body of the only request that changed something at this path.
    pub(crate) fn body_of(&self, path: &str) -> Value {
        let mut bodies = self.written();
        bodies.retain(|(it, _)| it.ends_with(path));
        assert_eq!(bodies.len(), 1, "one request to {path}, of {:?}", self.written());
        bodies.remove(0).1
    }

    /// The body of the only deployment that was asked for without tenants.
    pub(crate) fn deployed(&self) -> Value {
        self.body_of("deployments/create/untenanted/v1")
    }

    /// The deployments that were made since the seed, oldest first.
    pub(crate) fn deployments(&self) -> Vec<Value> {
        let all = self.sandbox.state()["deployments"].as_array().cloned().unwrap_or_default();
        all.into_iter().filter(|it| it["route"] != "history").collect()
    }

    /// The deployments that were made since the seed, as `version to environment[ for tenant]: state`.
    pub(crate) fn deployments_in_words(&self) -> Vec<String> {
        let text = |it: &Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
        let words = |it: &Value| {
            let tenant = it["tenant"].as_str().map(|it| format!(" for {it}")).unwrap_or_default();
            format!("{} to {}{tenant}: {}", text(it, "version"), text(it, "environment"), text(it, "state"))
        };
        self.deployments().iter().map(words).collect()
    }

    /// The release of this project and version.
    pub(crate) fn release(&self, project: &str, version: &str) -> Value {
        let all = self.sandbox.state()["releases"].as_array().cloned().unwrap_or_default();
        let found = all.into_iter().find(|it| it["project"] == project && it["version"] == version);
        found.unwrap_or_else(|| panic!("{project} has no release {version}"))
    }

    /// An access token, as the exchange of an identity token gives it.
    pub(crate) fn token(&self) -> String {
        let body = json!({
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "audience": "1c0f7e2a-5a0f-4a1e-9f0e-5c2f8f3b1d77",
            "subject_token": "sandbox-subject-token",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        });
        let token = self.ask_at("", "POST", "/token/v1", &body);
        token["access_token"].as_str().expect("a token").to_owned()
    }

    /// The versions of a project's releases, oldest first.
    pub(crate) fn release_versions(&self, project: &str) -> Vec<String> {
        let all = self.sandbox.state()["releases"].as_array().cloned().unwrap_or_default();
        let of = all.iter().filter(|it| it["project"] == project);
        of.filter_map(|it| it["version"].as_str()).map(str::to_owned).collect()
    }

    /// The id of a project.
    pub(crate) fn project_id(&self, name: &str) -> Value {
        let all = self.ask(self.sandbox.api_key(), "GET", "Spaces-1/projects/all", &Value::Null);
        let found = all.as_array().into_iter().flatten().find(|it| it["Name"] == name);
        found.unwrap_or_else(|| panic!("there is no project {name}"))["Id"].clone()
    }

    /// The id of a project's channel.
    pub(crate) fn channel_id(&self, project: &str, name: &str) -> Value {
        let id = self.project_id(project);
        let path = format!("Spaces-1/projects/{}/channels", id.as_str().expect("an id"));
        let all = self.ask(self.sandbox.api_key(), "GET", &path, &Value::Null);
        let found = all["Items"].as_array().into_iter().flatten().find(|it| it["Name"] == name);
        found.unwrap_or_else(|| panic!("there is no channel {name}"))["Id"].clone()
    }

    /// How many releases there are.
    pub(crate) fn releases(&self) -> u64 {
        self.sandbox.state()["counts"]["releases"].as_u64().expect("a count")
    }

    /// Waits until no task is left.
    pub(crate) fn settle(&self) {
        self.until(|| self.sandbox.state()["counts"]["unfinishedTasks"] == 0);
    }

    /// Waits for what another process or thread does.
    pub(crate) fn until(&self, holds: impl Fn() -> bool) {
        let began = Instant::now();
        while !holds() {
            assert!(began.elapsed() < PATIENCE, "it happens at last; so far {:?}", self.written());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Lets every request from now on take this long, so that the journal shows which wait for which.
    pub(crate) fn delay_all(&self, ms: u64) {
        self.sandbox.script(Script::new(Fault::Latency { ms }).for_ever());
    }

    /// How many of these requests had to wait for one another: the longest chain in which each came after
    /// the one before was carried out.
    pub(crate) fn depth(requests: &[ReceivedRequest]) -> usize {
        let mut depths: Vec<usize> = Vec::new();
        for it in requests {
            let after = requests
                .iter()
                .zip(&depths)
                .filter(|(earlier, _)| earlier.carried_out.is_some_and(|done| done <= it.at));
            let deepest = after.map(|(_, depth)| *depth).max().unwrap_or(0);
            depths.push(deepest + 1);
        }
        depths.into_iter().max().unwrap_or(0)
    }

    /// Asks the server itself, as the one who has this key; gives back the answer.
    pub(crate) fn ask(&self, key: &str, method: &str, path: &str, body: &Value) -> Value {
        self.ask_at(key, method, &format!("/api/{path}"), body)
    }

    fn ask_at(&self, key: &str, method: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let length = body.len();
        let text = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nx-octopus-apikey: {key}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        let mut stream = TcpStream::connect(self.sandbox.address()).expect("it listens");
        stream.write_all(text.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("HTTP/1.1 2"), "{path}: {answer}");
        serde_json::from_str(body).unwrap_or(Value::Null)
    }

    /// Deploys by the server's own interface, as somebody who is not promenade; gives back the task's id.
    pub(crate) fn somebody_deploys(&self, project: &str, version: &str, to: &str) -> String {
        let body = json!({ "SpaceId": "Spaces-1", "SpaceIdOrName": "Spaces-1", "ProjectName": project,
            "ReleaseVersion": version, "EnvironmentNames": [to] });
        let path = "Spaces-1/deployments/create/untenanted/v1";
        let made = self.ask(self.sandbox.api_key(), "POST", path, &body);
        made["DeploymentServerTasks"][0]["ServerTaskId"].as_str().expect("a task").to_owned()
    }
}

/// The project of this name in a seed.
pub(crate) fn project<'a>(seed: &'a mut Value, name: &str) -> &'a mut Value {
    let projects = seed["spaces"][0]["projects"].as_array_mut().expect("projects");
    projects.iter_mut().find(|it| it["name"] == name).expect("a project of this name")
}

/// A build's identity in an event.
pub(crate) fn build(id: &str) -> Value {
    json!({ "id": id })
}

/// A build that began a minute before now.
pub(crate) fn young(id: &str) -> Value {
    let began = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(60);
    json!({ "id": id, "startedAt": began.to_string() })
}

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Runs a command to its end.
    pub(crate) fn of(mut command: Command) -> Self {
        let output = command.output().expect("the program starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let code = output.status.code().expect("it ends by itself");
        Self { code, out: text(output.stdout), err: text(output.stderr) }
    }

    /// Checks the exit code.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n{self}");
        self
    }

    /// Checks that it passed.
    #[track_caller]
    pub(crate) fn passes(self) -> Self {
        self.ends(0)
    }

    /// Checks that what it said holds these texts, in this order.
    #[track_caller]
    pub(crate) fn says(self, wanted: &[&str]) -> Self {
        let whole = self.to_string();
        let mut rest = whole.as_str();
        for text in wanted {
            let Some((_, after)) = rest.split_once(text) else {
                panic!("it does not say, or not in this order: {text}\n{self}");
            };
            rest = after;
        }
        self
    }

    /// Checks that nowhere in what it said is this text.
    #[track_caller]
    pub(crate) fn never_says(self, text: &str) -> Self {
        assert!(!self.to_string().contains(text), "it says: {text}\n{self}");
        self
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.err, self.out)
    }
}

/// A command with one more variable in its environment.
pub(crate) fn with(mut command: Command, name: &str, value: impl AsRef<OsStr>) -> Command {
    command.env(name, value);
    command
}

/// Adds a user with these permissions alone to a seed. Returns the user's API key.
pub(crate) fn restricted_user(seed: &mut Value, permissions: &[&str]) -> &'static str {
    let key = "API-BLINDBLINDBLINDBLINDBLIND";
    let permissions: Vec<_> = permissions.iter().map(|it| json!({ "permission": it })).collect();
    let user = json!({ "username": "blind", "apiKeys": [key], "teams": [], "permissions": permissions });
    seed["users"].as_array_mut().expect("users").push(user);
    key
}
