//! A world in which the examples come about: its seed has their names, and each id of an example stands
//! for one of the world's.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use promenade::sandbox::{Request, World};
use serde_json::{Value, json};

use crate::support::tree;

/// Where the examples are.
pub(super) const FOLDER: &str = "tests/data/octopus-api";

/// The name of an example in its file's path.
pub(super) fn name_of(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.trim_end_matches(".json").to_owned()
}

/// The example of this name.
pub(super) fn example(name: &str) -> Value {
    let path = tree::root().join(FOLDER).join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {e}"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// An answer of the world.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Answer {
    /// The first item of a collection.
    pub(super) fn first(self) -> Self {
        Self { body: self.body["Items"][0].clone(), ..self }
    }

    /// What is found elsewhere after this went well.
    pub(super) fn then(self, stage: &mut Stage, path: &str) -> Self {
        if self.status < 300 { stage.get(path) } else { self }
    }
}

/// The world, its time, and whose ids stand for the examples'.
pub(super) struct Stage {
    world: World,
    now: Timestamp,
    ids: BTreeMap<String, String>,
}

impl Stage {
    /// The morning of the examples.
    pub(super) fn new() -> Self {
        let now: Timestamp = "2026-05-01T08:00:00Z".parse().expect("a moment");
        let seed = std::fs::read_to_string(tree::root().join("tests/data/examples-seed.json"));
        let world = World::from_seed(&seed.expect("the seed is there"), now, 1.0);
        let mut stage = Self { world: world.unwrap_or_else(|e| panic!("{e}")), now, ids: BTreeMap::new() };
        for (id, path, name) in [
            ("Projects-21", "S/projects", "Web Shop"),
            ("Environments-2", "S/environments", "Staging"),
            ("Environments-3", "S/environments", "Production"),
            ("Channels-1", "S/projects/web-shop/channels", "Default"),
            ("Channels-4", "S/projects/web-shop/channels", "Hotfix"),
        ] {
            let page = stage.get(path).body;
            let items = page["Items"].as_array().unwrap_or_else(|| panic!("{path}: {page}"));
            let found = items.iter().find(|it| it["Name"] == name).unwrap_or_else(|| panic!("{name}"));
            stage.call(id, &found["Id"]);
        }
        // An abbreviated commit and a token of the examples.
        stage.ids.insert("3f1c".into(), "3f1c0de3f1c0de".into());
        stage
    }

    /// From now on the example's id stands for this one.
    fn call(&mut self, id: &str, real: &Value) {
        let real = real.as_str().unwrap_or_else(|| panic!("{id}: {real}"));
        self.ids.insert(id.into(), real.into());
    }

    pub(super) fn pass(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    pub(super) fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, None)
    }

    pub(super) fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, Some(body))
    }

    pub(super) fn put(&mut self, path: &str) -> Answer {
        self.send("PUT", path, None)
    }

    /// `S/` is the way into the space; the ids of examples, in braces in the path and as whole texts of
    /// the body, become the world's.
    fn send(&mut self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let mut path = path.to_owned();
        if let Some(rest) = path.strip_prefix("S/") {
            path = format!("/api/{}/{rest}", self.world.space_id());
        }
        for (id, real) in &self.ids {
            path = path.replace(&format!("{{{id}}}"), real);
        }
        let (path, query) = path.split_once('?').unwrap_or((&path, ""));
        let pairs = query.split('&').filter_map(|it| it.split_once('='));
        let request = Request {
            method: method.into(),
            path: path.into(),
            query: pairs.map(|(name, value)| (name.into(), value.into())).collect(),
            headers: vec![
                ("host".into(), "octo.example".into()),
                ("content-type".into(), "application/json".into()),
                ("x-octopus-apikey".into(), self.world.api_key().into()),
            ],
            body: body.map_or_else(Vec::new, |it| self.translated(it).to_string().into_bytes()),
        };
        let response = self.world.respond(&request, self.now);
        let body = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
        Answer { status: response.status, body }
    }

    fn translated(&self, value: &Value) -> Value {
        let real = |text: &String| self.ids.get(text).unwrap_or(text).clone();
        match value {
            Value::String(text) => Value::String(real(text)),
            Value::Array(items) => items.iter().map(|it| self.translated(it)).collect(),
            Value::Object(fields) => Value::Object(
                fields.iter().map(|(name, value)| (real(name), self.translated(value))).collect(),
            ),
            other => other.clone(),
        }
    }

    /// The release of the examples.
    pub(super) fn release(&mut self) -> Answer {
        let answer = self.post("S/releases/create/v1", &example("2.7-create-release-v1-request"));
        assert_eq!(answer.status, 201, "{}", answer.body);
        self.call("Releases-310", &answer.body["ReleaseId"]);
        answer
    }

    /// Deploys the release now, with nothing special.
    fn deploy(&mut self, environment: &str) -> Answer {
        let mut body = example("2.10-deploy-untenanted-v1-request");
        body["EnvironmentNames"] = json!([environment]);
        body["RunAt"] = Value::Null;
        body["NoRunAfter"] = Value::Null;
        let answer = self.post("S/deployments/create/untenanted/v1", &body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let task = &answer.body["DeploymentServerTasks"][0];
        self.call("ServerTasks-940", &task["ServerTaskId"]);
        self.call("Deployments-81", &task["DeploymentId"]);
        answer
    }

    /// A release of a project that the seed gave a past.
    fn past_release(&mut self, project: &str) {
        let release = self.get(&format!("S/projects/{project}/releases/1.4.7")).body;
        self.call("Releases-310", &release["Id"]);
    }
}

pub(super) fn refused_exchange(stage: &mut Stage) -> Answer {
    let mut body = example("1.2-token-exchange-request");
    body["audience"] = json!("nobody");
    stage.post("/token/v1", &body)
}

pub(super) fn duplicate_release(stage: &mut Stage) -> Answer {
    stage.release();
    let mut body = example("2.7-create-release-v1-request");
    body["IgnoreIfAlreadyExists"] = json!(false);
    stage.post("S/releases/create/v1", &body)
}

/// The example's project has one package, and the seed's has another besides.
pub(super) fn create_by_ids(stage: &mut Stage, body: &Value) -> Answer {
    let mut body = body.clone();
    let more = json!({ "ActionName": "Migrate", "PackageReferenceName": "scripts", "Version": "1.4.7" });
    body["SelectedPackages"].as_array_mut().expect("a list").push(more);
    stage.post("S/releases?ignoreChannelRules=false", &body)
}

pub(super) fn snapshot_variables(stage: &mut Stage, body: &Value) -> Answer {
    stage.release();
    let release = stage.get("S/releases/{Releases-310}").body;
    stage.call("token", &release["VariableSnapshotConcurrencyToken"]);
    stage.post("S/releases/{Releases-310}/snapshot-variables", body)
}

pub(super) fn missing_packages(stage: &mut Stage) -> Answer {
    stage.past_release("shrunk-shop");
    stage.get("S/releases/{Releases-310}/missingpackages")
}

pub(super) fn defects(stage: &mut Stage) -> Answer {
    stage.release();
    let body = json!({ "ReleaseId": "Releases-310", "SpaceId": "Spaces-1", "Description": "Loses orders" });
    stage.post("S/releases/{Releases-310}/defects", &body).then(stage, "S/releases/{Releases-310}/defects")
}

/// The release stands in Staging.
pub(super) fn finished(stage: &mut Stage) -> Answer {
    stage.release();
    let answer = stage.deploy("Staging");
    stage.pass(600);
    answer
}

pub(super) fn release_progression(stage: &mut Stage) -> Answer {
    finished(stage).then(stage, "S/releases/{Releases-310}/progression")
}

pub(super) fn deployment_template(stage: &mut Stage) -> Answer {
    // A tenant comes as far as its own deployments.
    finished(stage);
    let mut body = example("2.10-deploy-tenanted-v1-request");
    body["EnvironmentName"] = json!("Staging");
    body["Variables"] = json!({ "Approver": "ann" });
    let answer = stage.post("S/deployments/create/tenanted/v1", &body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    stage.pass(600);
    stage.get("S/releases/{Releases-310}/deployments/template")
}

pub(super) fn preview(stage: &mut Stage) -> Answer {
    stage.release();
    stage.get("S/releases/{Releases-310}/deployments/preview/{Environments-3}?includeDisabledSteps=true")
}

pub(super) fn deploy_untenanted(stage: &mut Stage, body: &Value) -> Answer {
    stage.release();
    stage.post("S/deployments/create/untenanted/v1", body)
}

pub(super) fn deploy_tenanted(stage: &mut Stage, body: &Value) -> Answer {
    // The example has no word for the variable that this project asks for, and goes further at once.
    deployment_template(stage);
    let mut body = body.clone();
    body["Variables"] = json!({ "Approver": "ann" });
    let answer = stage.post("S/deployments/create/tenanted/v1", &body);
    assert_ne!(answer.body["DeploymentServerTasks"], json!([]));
    answer
}

pub(super) fn deploy_by_ids(stage: &mut Stage, body: &Value) -> Answer {
    finished(stage);
    let preview = stage.get("S/releases/{Releases-310}/deployments/preview/{Environments-3}").body;
    stage.call("3d1e", &preview["StepsToExecute"][0]["ActionId"]);
    stage.call("0f6c", &preview["Form"]["Elements"][0]["Name"]);
    stage.post("S/deployments", body)
}

pub(super) fn override_a_freeze(stage: &mut Stage, body: &Value) -> Answer {
    stage.past_release("frozen-shop");
    let refused = stage.post("S/deployments", &body["CreateDeploymentCommand"]);
    assert_eq!(refused.status, 400, "{}", refused.body);
    let freezes = stage.get("/api/deploymentfreezes").body;
    stage.call("DeploymentFreezes-2", &freezes["DeploymentFreezes"][0]["Id"]);
    stage.post("S/deployments/override", body)
}

/// The deployment to Production waits for its approval.
pub(super) fn waiting_for_a_person(stage: &mut Stage) -> Answer {
    finished(stage);
    let answer = stage.deploy("Production");
    stage.pass(60);
    interrupted(stage);
    answer
}

fn interrupted(stage: &mut Stage) {
    let page = stage.get("S/interruptions?regarding={ServerTasks-940}&pendingOnly=true").body;
    stage.call("Interruptions-12", &page["Items"][0]["Id"]);
}

pub(super) fn submit(stage: &mut Stage, body: &Value) -> Answer {
    waiting_for_a_person(stage);
    answer(stage, body)
}

pub(super) fn submit_guidance(stage: &mut Stage, body: &Value) -> Answer {
    let order = json!({ "SpaceId": "Spaces-1", "SpaceIdOrName": "Spaces-1", "ProjectName": "guided-shop",
        "ReleaseVersion": "1.4.7", "EnvironmentNames": ["Staging"] });
    let tasks = stage.post("S/deployments/create/untenanted/v1", &order).body;
    stage.call("ServerTasks-940", &tasks["DeploymentServerTasks"][0]["ServerTaskId"]);
    stage.pass(60);
    interrupted(stage);
    answer(stage, body)
}

fn answer(stage: &mut Stage, body: &Value) -> Answer {
    assert_eq!(stage.put("S/interruptions/{Interruptions-12}/responsible").status, 200);
    stage.post("S/interruptions/{Interruptions-12}/submit", body)
}
