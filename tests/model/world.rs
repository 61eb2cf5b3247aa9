//! The sandbox, what people do there, and what really ran.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use promenade::sandbox::{Sandbox, SandboxOptions};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::steps::{ENVIRONMENTS, How, Key, MACHINES, Past, Place, Sequence, TENANT, VERSIONS};

pub(crate) const PROJECT: &str = "Shop";

/// A second of the seed is a millisecond.
const SCALE: f64 = 1000.0;

impl Key {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Ours => "API-OURSOURSOURSOURSOURSOURSOURS",
            Self::Theirs => "API-THEIRSTHEIRSTHEIRSTHEIRSTH",
            Self::Person => "API-PERSONPERSONPERSONPERSONPER",
        }
    }
}

/// A sandbox with the world of a sequence.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) began: Timestamp,
}

/// A deployment as it really is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) id: String,
    pub(crate) task: String,
    pub(crate) environment: String,
    pub(crate) tenant: bool,
    pub(crate) version: String,
    pub(crate) state: String,
    pub(crate) created: Timestamp,
    pub(crate) completed: Option<Timestamp>,
    pub(crate) machines: BTreeSet<String>,
    pub(crate) excluded: BTreeSet<String>,
    pub(crate) skipped: BTreeSet<String>,
    pub(crate) approver: String,
    pub(crate) token: String,
    pub(crate) guided: bool,
    pub(crate) run_at: Option<Timestamp>,
    pub(crate) download: bool,
    pub(crate) redeploy: bool,
    /// Whether it did anything on a machine.
    pub(crate) touched_a_machine: bool,
}

impl Ran {
    fn read(it: &Value) -> Self {
        let text = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
        let time = |name: &str| it[name].as_str().map(|it| it.parse().expect("a time"));
        let names = |name: &str| {
            let all = it[name].as_array().into_iter().flatten();
            all.filter_map(|it| it.as_str().map(str::to_owned)).collect::<BTreeSet<_>>()
        };
        let value = |name: &str| it["variables"][name].as_str().unwrap_or_default().to_owned();
        Self {
            id: text("id"),
            task: text("task"),
            environment: text("environment"),
            tenant: it["tenant"].is_string(),
            version: text("version"),
            state: text("state"),
            created: time("created").expect("it was created"),
            completed: time("completed"),
            machines: names("specificMachines"),
            excluded: names("excludedMachines"),
            skipped: names("skippedSteps"),
            approver: value("Approver"),
            token: value("Token"),
            guided: it["guidedFailure"] == true,
            run_at: time("runAt"),
            download: it["forcePackageDownload"] == true,
            redeploy: it["forcePackageRedeployment"] == true,
            touched_a_machine: !names("ranOn").is_empty(),
        }
    }

    pub(crate) fn is_at(&self, place: Place) -> bool {
        self.environment == place.environment && self.tenant == place.tenant
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.completed.is_some()
    }

    pub(crate) fn succeeded(&self) -> bool {
        self.state == "Success"
    }

    /// Whether it ran at all: one that was cancelled in the queue did nothing.
    pub(crate) fn ran(&self) -> bool {
        self.is_finished() && (matches!(self.state.as_str(), "Success" | "Failed") || self.touched_a_machine)
    }

    /// Whether no machine and no step was left out.
    pub(crate) fn is_whole(&self) -> bool {
        self.machines.is_empty() && self.excluded.is_empty() && self.skipped.is_empty()
    }

    /// When it may leave the queue.
    pub(crate) fn due(&self) -> Timestamp {
        self.run_at.map_or(self.created, |it| it.max(self.created))
    }
}

impl World {
    pub(crate) async fn of(sequence: &Sequence) -> Self {
        let mut options = SandboxOptions::default();
        options.seed = Some(seed(sequence).to_string());
        options.scale = SCALE;
        let sandbox = Sandbox::start(options).await.expect("the seed is good");
        Self { sandbox, began: Timestamp::now() }
    }

    pub(crate) fn time(&self, ms: u64) -> Timestamp {
        self.began + SignedDuration::from_millis(i64::try_from(ms).expect("hours"))
    }

    /// Every deployment as it is now, in the order in which they were asked for.
    pub(crate) fn truth(&self) -> Vec<Ran> {
        let state = self.sandbox.state();
        state["deployments"].as_array().into_iter().flatten().map(Ran::read).collect()
    }

    /// Somebody deploys, without promenade.
    pub(crate) async fn deploys(&self, key: Key, version: &str, place: Place, how: &How) {
        let mut body = json!({ "SpaceId": "Spaces-1", "SpaceIdOrName": "Spaces-1", "ProjectName": PROJECT,
            "ReleaseVersion": version });
        let route = if place.tenant {
            body["EnvironmentName"] = json!(place.environment);
            body["Tenants"] = json!([TENANT]);
            "tenanted"
        } else {
            body["EnvironmentNames"] = json!([place.environment]);
            "untenanted"
        };
        let list = |it: Option<&str>| json!(it.into_iter().collect::<Vec<_>>());
        body["SpecificMachineNames"] = list(how.machine);
        body["ExcludedMachineNames"] = list(how.excluded);
        body["SkipStepNames"] = list(how.skips);
        body["Variables"] = json!({});
        for (name, value) in [("Approver", how.approver), ("Token", how.token)] {
            if let Some(value) = value {
                body["Variables"][name] = json!(value);
            }
        }
        if let Some(guided) = how.guided {
            body["UseGuidedFailure"] = json!(guided);
        }
        if let Some(ms) = how.run_at {
            body["RunAt"] = json!(self.time(ms).to_string());
        }
        // A schedule that is over by now is refused, as a person would be told.
        let status = self.ask(key, &format!("Spaces-1/deployments/create/{route}/v1"), &body).await;
        assert!(status == 200 || how.run_at.is_some_and(|it| self.time(it) <= Timestamp::now()), "{status}");
    }

    /// Somebody cancels a task.
    pub(crate) async fn cancels(&self, task: &str) {
        let status = self.ask(Key::Person, &format!("Spaces-1/tasks/{task}/cancel"), &Value::Null).await;
        // It may just have ended.
        assert!(matches!(status, 200 | 400 | 409), "{status}");
    }

    async fn ask(&self, key: Key, path: &str, body: &Value) -> u16 {
        let (key, body) = (key.text(), body.to_string());
        let length = body.len();
        let text = format!(
            "POST /api/{path} HTTP/1.1\r\nhost: x\r\nx-octopus-apikey: {key}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        let mut stream = TcpStream::connect(self.sandbox.address()).await.expect("it listens");
        stream.write_all(text.as_bytes()).await.expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("it answers");
        answer.get(9..12).and_then(|it| it.parse().ok()).expect("a status")
    }
}

fn seed(sequence: &Sequence) -> Value {
    let all = |key: Key, name: &str| json!({ "username": name, "apiKeys": [key.text()], "permissions": [{ "permission": "*" }] });
    let machines: Vec<_> = MACHINES
        .iter()
        .map(|it| json!({ "name": it, "environments": ENVIRONMENTS, "roles": ["web"] }))
        .collect();
    let environments: Vec<_> = ENVIRONMENTS.iter().map(|it| json!({ "name": it })).collect();
    let history: Vec<_> = VERSIONS
        .iter()
        .enumerate()
        .map(|(at, version)| {
            let of = sequence.past.iter().filter(|it| it.version == *version);
            json!({ "version": version, "ago": format!("{}d", 30 - at), "steps": steps(version),
                "deployments": of.map(past).collect::<Vec<_>>() })
        })
        .collect();
    json!({
        "formValues": if sequence.hides_values { "empty" } else { "shown" },
        "listItems": if sequence.lists_are_short { "short" } else { "full" },
        "users": [all(Key::Ours, "ci"), all(Key::Theirs, "other-ci"), all(Key::Person, "ann")],
        "spaces": [{
            "name": "Default", "default": true,
            "environments": environments,
            "lifecycles": [{ "name": "Any", "phases": [{ "name": "All", "environments": ENVIRONMENTS }] }],
            "tenants": [{ "name": TENANT, "projects": { PROJECT: ENVIRONMENTS } }],
            "machines": machines,
            "projects": [{
                "name": PROJECT, "lifecycle": "Any", "mode": "tenantedOrUntenanted",
                "steps": steps("1.0.0"),
                "promptedVariables": [{ "name": "Approver" }, { "name": "Token", "secure": true }],
                "history": history,
            }],
        }],
    })
}

fn steps(version: &str) -> Value {
    let seconds = match version {
        "1.2.0" => 300,
        "1.4.0-endless" => 36_000_000,
        _ => 40,
    };
    json!([
        { "name": "Migrate", "seconds": 2 },
        { "name": "Deploy web", "seconds": seconds, "roles": ["web"], "failsWhenVersionContains": "-broken" },
        { "name": "Smoke test", "seconds": 2 },
    ])
}

fn past(it: &Past) -> Value {
    let mut past = json!({ "environment": it.environment, "ago": format!("{}d", it.days), "took": 60,
        "outcome": it.outcome });
    if it.tenant {
        past["tenant"] = json!(TENANT);
    }
    if let Some(machine) = it.machine {
        past["machines"] = json!([machine]);
    }
    if let Some(step) = it.skips {
        past["skipSteps"] = json!([step]);
    }
    if let Some(approver) = it.approver {
        past["values"] = json!({ "Approver": approver });
    }
    past
}
