//! A drill: a server, a store, and the scenario that is played on them.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use promenade::document::{Format, Source};
use promenade::driver::now;
use promenade::driver::start::{NewPromotion, Route, start};
use promenade::flow::admission::PromotionId;
use promenade::flow::course::{Attempt, End, Person};
use promenade::flow::definition::{Definitions, read};
use promenade::flow::input::{Command as Order, Input};
use promenade::flow::promotion::Promotion;
use promenade::model::FlowName;
use promenade::sandbox::{Sandbox, SandboxOptions, Script};
use promenade::store::{Access, Cause, Store};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Handle;

use crate::child::{Orders, homes};

/// What happens besides the kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// Nothing.
    Plain,
    /// Each deployment to qa fails; a person retries once when the promotion has ended.
    Failing,
    /// The server refuses the first request; a person retries when the promotion has ended.
    Refused,
    /// A person terminates the promotion while qa is at work.
    Terminated,
    /// The server carries two requests out, the second one a moment later, and their answers are lost.
    AnswersLost,
    /// The first request is lost without being carried out.
    RequestLost,
    /// It has passed, a person restarts qa, and the answer to the first request after that is lost.
    Restarted,
}

/// The longest that one process may drive.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Drill {
    pub(crate) scenario: Scenario,
    pub(crate) sandbox: Sandbox,
    folder: TempDir,
    promotion: Mutex<Option<PromotionId>>,
}

/// The runtime of all servers of this process, on a thread of its own.
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

/// dev, qa and prod, and a project that dev has in version 1.1.0.
fn seed(scenario: Scenario) -> Value {
    let environments = ["dev", "qa", "prod"];
    let phases: Vec<Value> =
        environments.iter().map(|it| json!({"name": it, "environments": [it]})).collect();
    let mut steps = vec![json!({"name": "Deploy", "seconds": 10})];
    if scenario == Scenario::Failing {
        steps.push(json!({"name": "Check", "seconds": 5, "outcome": "fail", "environments": ["qa"]}));
    }
    if scenario == Scenario::Terminated {
        steps.push(json!({"name": "Wait", "seconds": 3600, "environments": ["qa"]}));
    }
    json!({
        "users": [{"username": "ci", "apiKeys": ["API-DRILLDRILLDRILLDRILLDRI"], "permissions": [{"permission": "*"}]}],
        "spaces": [{
            "name": "Default",
            "default": true,
            "environments": environments.map(|it| json!({"name": it})),
            "lifecycles": [{"name": "Standard", "phases": phases}],
            "projects": [{
                "name": "trioapp",
                "lifecycle": "Standard",
                "steps": steps,
                "history": [{"version": "1.1.0", "ago": "1d", "deployments": [
                    {"environment": "dev", "ago": "1d", "took": 10}
                ]}]
            }]
        }]
    })
}

const DEFINITIONS: &str = "
apiVersion: codefresh.io/v1beta1
kind: PromotionFlow
metadata: {name: multi-env-sequential-promotion}
spec:
  triggerEnvironment: dev
  promotionTimeoutLimit: 5
  steps:
    - {environment: qa, dependsOn: [dev], policy: {action: commit}}
    - {environment: prod, dependsOn: [qa], policy: {action: commit}}
---
apiVersion: promenade/v1
kind: Product
metadata: {name: demo-trioapp}
spec:
  flows: [multi-env-sequential-promotion]
  applications: [{name: trioapp, octopus: {project: trioapp}}]
---
apiVersion: promenade/v1
kind: Environment
metadata: {name: dev}
spec: {order: 1, octopus: {}}
---
apiVersion: promenade/v1
kind: Environment
metadata: {name: qa}
spec: {order: 2, octopus: {}}
---
apiVersion: promenade/v1
kind: Environment
metadata: {name: prod}
spec: {order: 3, production: true, octopus: {}}
";

/// The server does this with the next requests that deploy.
fn script(sandbox: &Sandbox, times: u32, fault: &Value) {
    let script = json!({"match": {"method": "POST", "path": "/deployments/create/|/deployments$"},
        "times": times, "fault": fault});
    sandbox.script(serde_json::from_value::<Script>(script).expect("a script"));
}

fn definitions() -> Definitions {
    let source = Source { name: "flows.yaml", bytes: DEFINITIONS.as_bytes(), format: Format::Yaml };
    read(&[source], None).unwrap_or_else(|it| panic!("{it:?}")).definitions
}

impl Drill {
    pub(crate) fn new(scenario: Scenario) -> Self {
        let mut options = SandboxOptions::default();
        options.seed = Some(seed(scenario).to_string());
        options.scale = 400.0;
        let sandbox = runtime().block_on(Sandbox::start(options)).expect("the seed is good");
        let script = |times: u32, fault: Value| script(&sandbox, times, &fault);
        match scenario {
            Scenario::AnswersLost => {
                // One at once, and one within the read limit, after a look that came too early.
                script(1, json!({"kind": "reset", "carryOut": true}));
                script(1, json!({"kind": "reset", "carryOut": {"afterMs": 400}}));
            }
            Scenario::RequestLost => script(1, json!({"kind": "reset", "carryOut": false})),
            Scenario::Refused => {
                script(1, json!({"kind": "status", "status": 400, "body": "octopus", "carryOut": false}));
            }
            Scenario::Plain | Scenario::Failing | Scenario::Terminated | Scenario::Restarted => {}
        }
        let folder = tempfile::tempdir().expect("a folder");
        Self { scenario, sandbox, folder, promotion: Mutex::new(None) }
    }

    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("promenade.db")
    }

    pub(crate) fn id(&self) -> PromotionId {
        self.promotion.lock().expect("no drill panicked").clone().expect("it was started")
    }

    /// Starts the promotion.
    pub(crate) fn start(&self) {
        let definitions = definitions();
        let homes = homes(self.sandbox.url(), self.sandbox.api_key());
        let new = NewPromotion {
            product: definitions.products.values().next().expect("a product"),
            route: Route::Flow(&definitions.flows[&FlowName::new("multi-env-sequential-promotion")]),
            environments: &definitions.environments,
            application: None,
            version: None,
            allow_backwards: false,
            by: Person("drill".to_owned()),
            verified: false,
            request: None,
        };
        let id = runtime().block_on(async {
            let store = Store::open(&self.path(), Access::ReadWrite).await.expect("the store opens");
            start(&store, &homes, &new).await.expect("dev has a release").started.id
        });
        *self.promotion.lock().expect("no drill panicked") = Some(id);
        if self.scenario == Scenario::Restarted {
            self.drive();
            let by = Person("ann".to_owned());
            self.order(Order::Restart { by, round: 0, environment: "qa".into() }).expect("it has passed");
            script(&self.sandbox, 1, &json!({"kind": "reset", "carryOut": true}));
        }
    }

    /// Drives in a process of its own, which is killed at this point; 0 = at none.
    fn process(&self, kill_at: usize) -> Output {
        let orders = Orders {
            store: self.path(),
            url: self.sandbox.url().to_owned(),
            key: self.sandbox.api_key().to_owned(),
            promotion: self.id(),
            kill_at,
        };
        let mut command = Command::new(std::env::current_exe().expect("this test"));
        command.args(["--exact", "a_flow_is_driven_to_its_end", "--nocapture"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        orders.give(&mut command);
        let mut child = command.spawn().expect("this test starts again");
        let until = Instant::now() + PATIENCE;
        let mut terminated = false;
        while child.try_wait().expect("a child").is_none() {
            if Instant::now() > until {
                child.kill().expect("it is killed");
                break;
            }
            if self.scenario == Scenario::Terminated && !terminated {
                terminated = self.terminate_once_qa_is_at_work();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        child.wait_with_output().expect("its output")
    }

    /// Drives until it is killed at this point. Returns whether it was: another run may pass fewer points.
    pub(crate) fn kill_at(&self, point: usize) -> bool {
        let output = self.process(point);
        let killed = output.status.signal() == Some(9);
        assert!(killed || output.status.success(), "{output:?}");
        killed
    }

    /// Drives on in new processes until nothing is left to do, a person's retry included. Returns how many points the
    /// first of them passed.
    pub(crate) fn drive_to_the_end(&self) -> usize {
        let first = self.drive();
        let by = || Person("ann".to_owned());
        if self.scenario == Scenario::RequestLost && self.status() == "unknown" {
            // Killed before it was sent, and lost when it was sent again: a person looks and says so.
            let of = self.unknown();
            let reason = "there is nothing on the server".to_owned();
            self.order(Order::Settle { of, by: by(), passed: false, reason }).expect("nobody knew");
        }
        let tried = !matches!(self.scenario, Scenario::Terminated) && self.status() != "passed";
        if tried && self.promotion().round == 0 {
            self.order(Order::Retry { by: by(), round: 0 }).expect("it has ended");
            self.drive();
        }
        first
    }

    /// The attempt of which nobody knows what became.
    fn unknown(&self) -> Attempt {
        let promotion = self.promotion();
        let mut unknown = promotion
            .nodes
            .iter()
            .filter(|(id, it)| it.end() == Some(End::Unknown) && id.as_str().ends_with("/deploy"));
        let (node, standing) = unknown.next().expect("one is unknown");
        Attempt { node: node.clone(), number: standing.attempt }
    }

    fn drive(&self) -> usize {
        let output = self.process(0);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        let points = text.lines().find_map(|it| it.split("points: ").nth(1));
        points.unwrap_or_else(|| panic!("no count: {text}")).trim().parse().expect("a number")
    }

    fn terminate_once_qa_is_at_work(&self) -> bool {
        if self.deployments().get("qa").is_none_or(Vec::is_empty) {
            return false;
        }
        let (by, reason) = (Person("ann".to_owned()), Some("enough".to_owned()));
        self.order(Order::Stop { by, now: false, reason }).is_ok()
    }

    fn order(&self, order: Order) -> Result<(), String> {
        let cause = Cause::Person { by: Person("ann".to_owned()), verified: false };
        runtime().block_on(async {
            let store = Store::open(&self.path(), Access::ReadWrite).await.expect("the store opens");
            let turned = store.turn(&self.id(), &cause, &Input::Command(order), now()).await;
            turned.map(drop).map_err(|it| it.to_string())
        })
    }

    /// Where the promotion stands.
    pub(crate) fn promotion(&self) -> Promotion {
        runtime().block_on(async {
            let store = Store::open(&self.path(), Access::ReadOnly).await.expect("the store opens");
            let whole = store.promotion(&self.id()).await.expect("it is read").expect("it is there");
            whole.promotion.expect("it is in no trouble")
        })
    }

    /// The status of the release, as lists show it.
    pub(crate) fn status(&self) -> String {
        runtime().block_on(async {
            let store = Store::open(&self.path(), Access::ReadOnly).await.expect("the store opens");
            store.promotion(&self.id()).await.expect("it is read").expect("it is there").release.status
        })
    }

    /// What `store check` finds.
    pub(crate) fn findings(&self) -> Vec<String> {
        runtime().block_on(async {
            let store = Store::open(&self.path(), Access::ReadOnly).await.expect("the store opens");
            store.check().await.expect("it is checked").iter().map(|it| format!("{it:?}")).collect()
        })
    }

    /// The states of the deployments that the server made since the seed, by environment, in their order.
    pub(crate) fn deployments(&self) -> BTreeMap<String, Vec<String>> {
        let state = self.sandbox.state();
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for it in
            state["deployments"].as_array().expect("a list").iter().filter(|it| it["route"] != "history")
        {
            let text = |key: &str| it[key].as_str().unwrap_or_else(|| panic!("{key}: {it}")).to_owned();
            found.entry(text("environment")).or_default().push(text("state"));
        }
        found
    }
}
