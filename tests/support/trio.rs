//! The quick start of promotion flows: environments dev, qa, staging and production ones, one product, and the flows of
//! `examples/promotions`.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::shop::{Ran, Shop, project};
use super::tree;

/// The environments of the example.
const ENVIRONMENTS: [&str; 6] = ["dev", "qa", "staging", "prod", "prod-eu", "prod-asia"];

/// The flow from dev through qa to prod.
pub(crate) const SEQUENTIAL: &str = "multi-env-sequential-promotion";

/// A world in which dev has release 1.0.0 of the product, so many times faster than written.
pub(crate) fn trio(scale: f64) -> Shop {
    trio_with(scale, |_| {})
}

/// The same with changes to its seed.
pub(crate) fn trio_with(scale: f64, change: impl FnOnce(&mut Value)) -> Shop {
    let shop = Shop::playing(scale, |seed| {
        prepare(seed);
        change(seed);
    });
    let folder = shop.folder.path().join("promotions");
    copy(&tree::root().join("examples/promotions"), &folder);
    shop.write("promenade.toml", "[store]\npath = \"state/promenade.db\"\n");
    shop
}

fn prepare(seed: &mut Value) {
    let space = &mut seed["spaces"][0];
    for name in ENVIRONMENTS {
        space["environments"].as_array_mut().expect("environments").push(json!({ "name": name }));
    }
    let phases = json!([{ "name": "All", "environments": ENVIRONMENTS }]);
    space["lifecycles"].as_array_mut().expect("lifecycles").push(json!({ "name": "Trio", "phases": phases }));
    let projects = space["projects"].as_array_mut().expect("projects");
    projects.push(trio_project("Trio App"));
    assert_eq!(project(seed, "Trio App")["lifecycle"], "Trio");
}

/// A project whose release 1.0.0 is in dev.
pub(crate) fn trio_project(name: &str) -> Value {
    json!({
        "name": name,
        "lifecycle": "Trio",
        "steps": [{ "name": "Deploy", "seconds": 20 }],
        "history": [
            { "version": "1.0.0", "ago": "2d", "deployments": [{ "environment": "dev", "ago": "2d", "took": 5 }] }
        ]
    })
}

/// Lets every deployment to this environment fail.
pub(crate) fn failing_in(seed: &mut Value, environment: &str) {
    let steps = project(seed, "Trio App")["steps"].as_array_mut().expect("steps");
    steps.push(json!({ "name": "Break", "seconds": 5, "outcome": "fail", "error": "It broke",
        "environments": [environment] }));
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("the folder is made");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, target).expect("the file is copied");
        }
    }
}

/// Starts a flow of the product with these further arguments.
pub(crate) fn trigger(shop: &Shop, flow: &str, more: &[&str]) -> Ran {
    Ran::of(triggering(shop, flow, more))
}

/// The command that [`trigger`] runs.
pub(crate) fn triggering(shop: &Shop, flow: &str, more: &[&str]) -> Command {
    let mut command = shop.command(&["flow", "trigger", flow, "--product", "demo-trioapp"]);
    command.args(more);
    command
}

/// Where deployments went, in the order in which they were asked for.
pub(crate) fn went_to(shop: &Shop) -> Vec<String> {
    let all = shop.deployments();
    all.iter().map(|it| it["environment"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The result of a command with `--json`, which must fit its schema and name the exit code.
#[track_caller]
pub(crate) fn document(ran: &Ran, schema: &str) -> Value {
    let value: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}\n{ran}"));
    let text = std::fs::read_to_string(tree::root().join("schemas").join(schema)).expect("the schema");
    let schema = serde_json::from_str(&text).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is right");
    let problems: Vec<String> = validator.iter_errors(&value).map(|it| it.to_string()).collect();
    assert!(problems.is_empty(), "{problems:?}\n{value}");
    assert_eq!(value["exitCode"].as_i64(), Some(i64::from(ran.code)), "{value}");
    value
}

/// A program that goes on while the test does something else; ended when it goes out of scope.
pub(crate) struct Running(Option<Child>);

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(Some(command.spawn().expect("the program starts")))
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.as_ref().expect("it runs").id()
    }

    /// Waits for its end.
    pub(crate) fn ended(mut self) -> Ran {
        let output = self.0.take().expect("it runs").wait_with_output().expect("it ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let code = output.status.code().expect("it ends by itself");
        Ran { code, out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}
