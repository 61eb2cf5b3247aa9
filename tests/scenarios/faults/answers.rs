//! Answers that the sandbox does not give: lists that are too short, and states that nobody knows.

use std::path::Path;

use serde_json::{Value, json};
use wiremock::matchers::{method, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::bench::{Ran, Story, run_all};
use crate::support::program::{PROGRAM, scrubbed};

/// A server that makes a release and answers a request for deployments with these tasks.
async fn server(tasks: Value) -> MockServer {
    let server = MockServer::start().await;
    answer(
        &server,
        "POST",
        "/releases/create/v1$",
        json!({ "ReleaseId": "Releases-1", "ReleaseVersion": "1.0.0" }),
    )
    .await;
    answer(&server, "POST", "/deployments/create/untenanted/v1$", json!({ "DeploymentServerTasks": tasks }))
        .await;
    let project = json!({ "Id": "Projects-1", "Name": "Shop", "Slug": "shop" });
    answer(&server, "GET", "/projects$", json!({ "Items": [project] })).await;
    answer(&server, "GET", "/deploymentsettings$", json!({ "ProjectId": "Projects-1" })).await;
    let deployment = json!({ "Id": "Deployments-1", "ReleaseId": "Releases-1", "EnvironmentId": "Environments-1",
                             "TaskId": "ServerTasks-1", "ProjectId": "Projects-1" });
    answer(&server, "GET", "/deployments$", json!({ "Items": [deployment] })).await;
    let environments = json!([{ "Id": "Environments-1", "Name": "Development" },
                              { "Id": "Environments-2", "Name": "Test" }]);
    answer(&server, "GET", "/environments/all$", environments).await;
    let project = json!({ "Id": "Projects-1", "Name": "Shop", "Slug": "shop" });
    answer(&server, "GET", "/projects$", json!({ "Items": [project] })).await;
    answer(&server, "GET", "/lifecycles/all$", json!([])).await;
    server
}

async fn answer(server: &MockServer, verb: &str, path: &str, body: Value) {
    let answer = ResponseTemplate::new(200).set_body_json(body);
    Mock::given(method(verb)).and(path_regex(path)).respond_with(answer).mount(server).await;
}

/// What the tasks say, one look after the other; the last goes on.
async fn tasks(server: &MockServer, looks: &[Value]) {
    for (at, look) in looks.iter().enumerate() {
        let answer = ResponseTemplate::new(200).set_body_json(json!({ "Items": [look] }));
        let mock = Mock::given(method("GET")).and(path_regex("/tasks$")).respond_with(answer);
        let mock = if at + 1 < looks.len() { mock.up_to_n_times(1) } else { mock };
        mock.mount(server).await;
    }
}

/// Creates a release and deploys it, as a build event asks for.
async fn handle(server: &MockServer, deploy: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let config =
        format!("[connection]\nproject = \"Shop\"\n[create]\nversion = \"1.0.0\"\n[deploy]\n{deploy}\n");
    let (config, event) = files(folder.path(), &config);
    let mut command = scrubbed(PROGRAM);
    command
        .env("OCTOPUS_URL", server.uri())
        .env("OCTOPUS_API_KEY", "API-ANYTHING")
        .env("OCTOPUS_SPACE", "Spaces-1");
    command.args(["handle", "--config", &config, "--event", &event]);
    let output = tokio::process::Command::from(command).output().await.expect("the program starts");
    let said = [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned()).concat();
    (output.status.code(), said)
}

fn files(folder: &Path, config: &str) -> (String, String) {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("the folder takes a file");
        path.to_str().expect("a path in Unicode").to_owned()
    };
    let event = json!({ "event": "build-completed", "status": "successful", "build": { "id": "7" } });
    (write("promenade.toml", config), write("event.json", &event.to_string()))
}

fn task(state: &str, is_completed: bool, is_success: bool) -> Value {
    json!({ "Id": "ServerTasks-1", "State": state, "IsCompleted": is_completed, "FinishedSuccessfully": is_success })
}

fn made() -> Value {
    json!({ "DeploymentId": "Deployments-1", "ServerTaskId": "ServerTasks-1" })
}

#[tokio::test]
async fn a_list_without_tasks_is_a_failure() {
    let (exit, said) = handle(&server(json!([])).await, "to = [\"Development\"]").await;
    assert_eq!(exit, Some(1), "{said}");
    assert!(said.contains("created no deployment for Development"), "{said}");
}

#[tokio::test]
async fn a_list_with_too_few_tasks_is_a_failure_that_names_what_is_missing() {
    let (exit, said) = handle(&server(json!([made()])).await, "to = [\"Development\", \"Test\"]").await;
    assert_eq!(exit, Some(1), "{said}");
    assert!(said.contains("created no deployment for Test"), "{said}");
    assert!(
        said.contains("Deployments-1") || said.contains("ServerTasks-1"),
        "what was accepted is named: {said}"
    );
}

#[tokio::test]
async fn a_state_that_nobody_knows_goes_by_whether_it_has_ended_well() {
    let pondering = || task("Pondering", false, false);
    for (looks, expected) in [
        (vec![pondering(), pondering(), task("Pondered", true, true)], 0),
        (vec![pondering(), task("Pondered", true, false)], 1),
        // The word alone is no success, and an end that is not told is none.
        (vec![task("Success", true, false)], 1),
        (vec![task("Success", false, true), task("Failed", true, false)], 1),
        (vec![task("Success", false, true)], 3),
        (vec![json!({ "Id": "ServerTasks-1", "State": "Success" })], 4),
    ] {
        let server = server(json!([made()])).await;
        tasks(&server, &looks).await;
        let (exit, said) = handle(&server, "to = [\"Development\"]\ntime-limit = \"4s\"").await;
        assert_eq!(exit, Some(expected), "{looks:?}: {said}");
    }
}

/// Nobody carries the tag, so nothing is asked for that would make nothing, and no release is left behind.
#[tokio::test]
async fn a_tag_that_no_tenant_has_is_a_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = "[connection]\nproject = \"Tenanted Shop\"\n[create]\nversion = \"2.0.0\"\n\
                  [deploy]\nto = [\"Development\"]\ntenant-tags = [\"Ring/Nobody\"]\n";
    let (config, event) = files(folder.path(), config);
    let story = Story::new("tag", &format!("handle --config {config} --event {event}"), Value::Null);
    let ran: Ran = run_all(vec![story]).await.remove(0);
    assert_eq!((ran.exit, ran.releases(), ran.deployments().len()), (Some(1), 0, 0), "{}", ran.said);
    assert_eq!(ran.sent(), 0, "{}", ran.said);
}
