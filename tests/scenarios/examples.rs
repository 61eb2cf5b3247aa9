//! The sandbox is held to the JSON examples of the API, the same files to which the client is held.
//!
//! For each example of an answer the sandbox's own answer to such a request has at least the same fields
//! with the same types of JSON, down to the innermost; ids and moments are written in the same way. Each
//! example of a request is sent as it stands, with the ids of the sandbox in place of the example's, and
//! must be carried out.

mod held;
mod stage;

use serde_json::{Value, json};

use crate::support::tree;
use held::{camel_case, missing};
use stage::{Answer, Stage};

/// How an example comes about in the sandbox.
enum Example {
    /// The answer to hold against it.
    Answer(fn(&mut Stage) -> Answer),
    /// Sends it.
    Request(fn(&mut Stage, &Value) -> Answer),
}

use Example::{Answer as Answers, Request as Requests};

const EXAMPLES: &[(&str, Example)] = &[
    ("1.2-openid-configuration", Answers(|it| it.get("/.well-known/openid-configuration"))),
    ("1.2-token-exchange-request", Requests(|it, body| it.post("/token/v1", body))),
    ("1.2-token-exchange", Answers(|it| it.post("/token/v1", &stage::example("1.2-token-exchange-request")))),
    ("1.2-token-exchange-error", Answers(stage::refused_exchange)),
    ("1.3-spaces", Answers(|it| it.get("/api/spaces?partialName=Default&skip=0&take=2147483647"))),
    ("1.4-root", Answers(|it| it.get("/api"))),
    ("2.1-collection", Answers(|it| it.get("S/deployments?skip=0&take=1"))),
    ("2.1-error", Answers(stage::duplicate_release)),
    ("2.2-project", Answers(|it| it.get("S/projects/web-shop"))),
    ("2.3-environment", Answers(|it| it.get("S/environments/{Environments-3}"))),
    ("2.3-machine", Answers(|it| it.get("S/machines?name=web-01").first())),
    ("2.3-tenants", Answers(|it| it.get("S/tenants?tags=Region/EU"))),
    ("2.4-channel", Answers(|it| it.get("S/channels/{Channels-4}"))),
    ("2.4-rule-test-request", Requests(|it, body| it.post("S/channels/rule-test", body))),
    (
        "2.4-rule-test",
        Answers(|it| it.post("S/channels/rule-test", &stage::example("2.4-rule-test-request"))),
    ),
    ("2.5-process", Answers(|it| it.get("S/projects/web-shop/refs%2Fheads%2Fmain/deploymentprocesses"))),
    (
        "2.5-release-template",
        Answers(|it| {
            it.get(
                "S/projects/web-shop/refs%2Fheads%2Fmain/deploymentprocesses/template?channel={Channels-1}",
            )
        }),
    ),
    (
        "2.6-package-versions",
        Answers(|it| {
            it.get(
                "S/feeds/feeds-builtin/packages/versions?packageId=Shop.Web&take=1&versionRange=[2.0,3.0)&preReleaseTag=^$",
            )
        }),
    ),
    ("2.7-create-release-v1-request", Requests(|it, body| it.post("S/releases/create/v1", body))),
    ("2.7-create-release-v1", Answers(Stage::release)),
    ("2.7-create-release-legacy-request", Requests(stage::create_by_ids)),
    ("2.7-release", Answers(|it| it.release().then(it, "S/releases/{Releases-310}"))),
    (
        "2.7-release-notes-request",
        Requests(|it, body| {
            it.release();
            it.post("S/releases/{Releases-310}/release-notes", body)
        }),
    ),
    ("2.7-snapshot-variables-request", Requests(stage::snapshot_variables)),
    ("2.7-missing-packages", Answers(stage::missing_packages)),
    ("2.7-defects", Answers(stage::defects)),
    ("2.8-release-progression", Answers(stage::release_progression)),
    ("2.8-deployment-template", Answers(stage::deployment_template)),
    ("2.9-preview", Answers(stage::preview)),
    (
        "2.9-previews-request",
        Requests(|it, body| {
            it.release();
            it.post("S/releases/{Releases-310}/deployments/previews", body)
        }),
    ),
    ("2.10-deploy-untenanted-v1-request", Requests(stage::deploy_untenanted)),
    ("2.10-deploy-tenanted-v1-request", Requests(stage::deploy_tenanted)),
    (
        "2.10-deploy-v1",
        Answers(|it| stage::deploy_untenanted(it, &stage::example("2.10-deploy-untenanted-v1-request"))),
    ),
    ("2.10-deploy-legacy-request", Requests(stage::deploy_by_ids)),
    ("2.10-deploy-override-request", Requests(stage::override_a_freeze)),
    (
        "2.10-deployment",
        Answers(|it| stage::deploy_by_ids(it, &stage::example("2.10-deploy-legacy-request"))),
    ),
    ("2.11-dashboard-item", Answers(|it| it.get("S/dashboard?projectId={Projects-21}").first())),
    ("2.11-project-progression", Answers(|it| it.get("S/projects/{Projects-21}/progression"))),
    ("2.12-task", Answers(|it| stage::waiting_for_a_person(it).then(it, "S/tasks/{ServerTasks-940}"))),
    (
        "2.12-task-details",
        Answers(|it| {
            stage::waiting_for_a_person(it).then(it, "S/tasks/{ServerTasks-940}/details?verbose=true")
        }),
    ),
    (
        "2.13-interruption",
        Answers(|it| stage::waiting_for_a_person(it).then(it, "S/interruptions/{Interruptions-12}")),
    ),
    ("2.13-submit-intervention-request", Requests(stage::submit)),
    ("2.13-submit-guided-failure-request", Requests(stage::submit_guidance)),
    ("2.14-artifacts", Answers(|it| stage::finished(it).then(it, "S/artifacts?regarding={ServerTasks-940}"))),
    ("2.14-freezes", Answers(|it| it.get("/api/deploymentfreezes?includeComplete=false"))),
    ("2.14-server-status", Answers(|it| it.get("/api/serverstatus"))),
    ("2.14-user", Answers(|it| it.get("/api/users/me"))),
];

/// Answers that are refusals.
const REFUSED: &[&str] = &["1.2-token-exchange-error", "2.1-error"];

#[test]
fn every_example_has_its_place() {
    let files = tree::files(stage::FOLDER, ".json");
    assert!(files.len() > 40, "{} examples", files.len());
    let names: Vec<String> = files.iter().map(|it| stage::name_of(&it.path)).collect();
    for name in &names {
        assert!(EXAMPLES.iter().any(|(it, _)| it == name), "no request leads to {name}");
    }
    for (name, _) in EXAMPLES {
        assert!(names.iter().any(|it| it == name), "there is no example {name}");
    }
}

#[test]
fn the_sandbox_answers_at_least_what_the_examples_have() {
    let mut problems = Vec::new();
    for (name, example) in EXAMPLES {
        let Example::Answer(play) = example else { continue };
        let answer = play(&mut Stage::new());
        let expected = if REFUSED.contains(name) { 400 } else { 200 };
        if answer.status / 100 != expected / 100 {
            problems.push(format!("{name}: {} {}", answer.status, answer.body));
        } else {
            problems.extend(missing(&stage::example(name), &answer.body, name));
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn the_sandbox_carries_out_the_examples_of_requests() {
    let mut problems = Vec::new();
    for (name, example) in EXAMPLES {
        let Example::Request(send) = example else { continue };
        let answer = send(&mut Stage::new(), &stage::example(name));
        if !(200..300).contains(&answer.status) {
            problems.push(format!("{name}: {} {}", answer.status, answer.body));
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// Where the API is known in two readings the sandbox has both: here the answers of the executions API.
#[test]
fn the_executions_api_answers_in_camel_case_too() {
    let mut stage = Stage::new();
    let body = |more: Value| {
        let mut body = json!({ "SpaceId": "Spaces-1", "SpaceIdOrName": "Spaces-1", "ProjectName": "camel-shop", "ReleaseVersion": "1.4.7" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let created = stage.post("S/releases/create/v1", &body(json!({})));
    let problems = missing(&camel_case(stage::example("2.7-create-release-v1")), &created.body, "create");
    assert!(problems.is_empty() && created.body.get("ReleaseId").is_none(), "{problems:?}");
    let environments = json!({ "EnvironmentNames": ["Staging"] });
    let deployed = stage.post("S/deployments/create/untenanted/v1", &body(environments));
    let problems = missing(&camel_case(stage::example("2.10-deploy-v1")), &deployed.body, "deploy");
    assert!(problems.is_empty() && deployed.body.get("DeploymentServerTasks").is_none(), "{problems:?}");
}

/// Two places for the exchange, and a lifetime as a text or as a number.
#[test]
fn a_token_is_exchanged_in_both_readings() {
    let request = stage::example("1.2-token-exchange-request");
    for path in ["/token/v1", "/api/token/v1"] {
        let answer = Stage::new().post(path, &request);
        assert_eq!((answer.status, &answer.body["expires_in"]), (200, &json!("3600")));
    }
    let mut older = request;
    older["audience"] = json!("an-older-server");
    assert_eq!(Stage::new().post("/token/v1", &older).body["expires_in"], json!(3600));
}

/// An excluded machine that is not there is passed over, or refused.
#[test]
fn an_unknown_excluded_machine_has_both_readings() {
    for (project, expected) in [("frozen-shop", 200), ("strict-shop", 400)] {
        let mut stage = Stage::new();
        let mut body = json!({ "SpaceId": "Spaces-1", "SpaceIdOrName": "Spaces-1", "ProjectName": project, "ReleaseVersion": "1.5.0" });
        assert_eq!(stage.post("S/releases/create/v1", &body).status, 201);
        body["EnvironmentNames"] = json!(["Staging"]);
        body["ExcludedMachineNames"] = json!(["web-99"]);
        let answer = stage.post("S/deployments/create/untenanted/v1", &body);
        assert_eq!(answer.status, expected, "{project}: {}", answer.body);
    }
}
