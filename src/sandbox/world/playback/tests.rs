//! Tasks over time: the queue, the steps, people, the end.

use serde_json::{Value, json};

use crate::sandbox::world::tests::Bench;

/// The nodes of a task's steps.
fn steps(bench: &mut Bench, task: &str) -> Vec<Value> {
    let details = bench.get(&format!("/api/Spaces-1/tasks/{task}/details"));
    details["ActivityLogs"][0]["Children"].as_array().unwrap().clone()
}

fn statuses(bench: &mut Bench, task: &str) -> Vec<String> {
    steps(bench, task).iter().map(|it| it["Status"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_second_deployment_to_the_same_place_waits_for_the_first() {
    let mut bench = Bench::new();
    let first = bench.begin("Web Shop", "1.4.7");
    let second = bench.begin_in("Web Shop", "1.4.7", "Development");
    let elsewhere = bench.begin("Shaky Shop", "1.0.0");
    bench.pass(30);
    assert_eq!(bench.state(&first), "Executing");
    assert_eq!(bench.state(&second), "Queued");
    assert_eq!(bench.state(&elsewhere), "Success");
    let behind = bench.get(&format!("/api/Spaces-1/tasks/{second}/queued-behind"));
    assert_eq!(
        (behind["TotalResults"].as_u64(), behind["Items"][0]["Id"].as_str()),
        (Some(1), Some(&*first))
    );
    bench.pass(40);
    assert_eq!((bench.state(&first), bench.state(&second)), ("Success".to_owned(), "Executing".to_owned()));
    let ended = bench.task(&first)["CompletedTime"].clone();
    assert_eq!(
        bench.task(&second)["StartTime"],
        ended,
        "it starts when the first one ends, whoever looks when"
    );
}

#[test]
fn a_scheduled_deployment_starts_at_its_time_or_expires() {
    let mut bench = Bench::new();
    bench.create("Quick Shop", "1.0.0", json!({}));
    let more = json!({ "RunAt": "2026-05-01T08:10:00+00:00", "NoRunAfter": "2026-05-01T08:20:00" });
    let (status, made) = bench.deploy("Quick Shop", "1.0.0", &["Development"], more);
    assert_eq!(status, 200, "{made}");
    let task = made["DeploymentServerTasks"][0]["ServerTaskId"].as_str().unwrap().to_owned();
    bench.pass(9 * 60);
    assert_eq!(bench.state(&task), "Queued");
    bench.pass(2 * 60);
    assert_eq!(bench.state(&task), "Success");
    assert_eq!(bench.task(&task)["StartTime"], "2026-05-01T08:10:01.000+00:00");

    let mut bench = Bench::changed(|seed| seed["taskCap"] = json!(0));
    bench.create("Quick Shop", "1.0.0", json!({}));
    let more = json!({ "RunAt": "2026-05-01T10:10:00+02:00", "NoRunAfter": "2026-05-01 10:20:00 +02:00" });
    let (_, made) = bench.deploy("Quick Shop", "1.0.0", &["Development"], more);
    let task = made["DeploymentServerTasks"][0]["ServerTaskId"].as_str().unwrap().to_owned();
    bench.pass(19 * 60);
    assert_eq!(bench.state(&task), "Queued");
    bench.pass(60);
    assert_eq!(bench.state(&task), "TimedOut");
}

#[test]
fn a_stopped_queue_starts_nothing() {
    let mut bench = Bench::new();
    let body = json!({ "SpaceId": "Spaces-3", "SpaceIdOrName": "Stopped", "ProjectName": "standing-shop",
        "ReleaseVersion": "1.0.0", "EnvironmentNames": ["Development"] });
    assert_eq!(bench.ask("POST", "/api/Spaces-3/releases/create/v1", body.clone()).0, 201);
    let (_, made) = bench.ask("POST", "/api/Spaces-3/deployments/create/untenanted/v1", body);
    let task = made["DeploymentServerTasks"][0]["ServerTaskId"].as_str().unwrap().to_owned();
    bench.pass(86_400);
    assert_eq!(bench.get(&format!("/api/tasks/{task}"))["State"], "Queued");
    assert_eq!(bench.get("/api/spaces/Spaces-3")["TaskQueueStopped"], true);
    assert_eq!(bench.ask("GET", &format!("/api/Spaces-1/tasks/{task}"), Value::Null).0, 404, "another space");
}

#[test]
fn the_cap_lets_only_so_many_run_at_once() {
    let mut bench = Bench::changed(|seed| seed["taskCap"] = json!(1));
    let first = bench.begin("Shaky Shop", "1.0.0");
    let second = bench.begin("Quick Shop", "1.0.0");
    bench.pass(5);
    assert_eq!((bench.state(&first), bench.state(&second)), ("Executing".to_owned(), "Queued".to_owned()));
    bench.pass(20);
    assert_eq!(bench.task(&second)["StartTime"], bench.task(&first)["CompletedTime"]);
    assert_eq!(bench.get("/api/Spaces-1/tasks?active=true")["TotalResults"], 0);
}

#[test]
fn a_failing_step_ends_the_task_and_the_rest_never_runs() {
    let mut bench = Bench::new();
    let task = bench.begin("Broken Shop", "2.0.0");
    bench.pass(60);
    let done = bench.task(&task);
    assert_eq!((done["State"].as_str(), done["IsCompleted"].as_bool()), (Some("Failed"), Some(true)));
    assert_eq!(done["FinishedSuccessfully"], false);
    assert!(done["ErrorMessage"].as_str().unwrap().contains("one or more steps failed"));
    assert_eq!(statuses(&mut bench, &task), ["Success", "Success", "Failed", "Skipped"]);
    let log = bench.send("GET", &format!("/api/Spaces-1/tasks/{task}/raw"), &Value::Null);
    assert!(String::from_utf8(log.body).unwrap().contains("did not answer on port 443"));
    let (_, template) = bench.ask("GET", "/api/Spaces-1/projects/broken-shop/releases/2.0.0", Value::Null);
    let release = template["Id"].as_str().unwrap();
    let progression = bench.get(&format!("/api/Spaces-1/releases/{release}/progression"));
    assert_eq!(progression["Phases"][0]["Progress"], "Current", "a failure completes no phase");
}

#[test]
fn versions_steer_how_a_step_ends() {
    for (version, state, warned) in [
        ("1.4.7-broken", "Failed", true),
        ("1.4.7-warning", "Success", true),
        ("1.4.7-timeout", "TimedOut", true),
        ("1.4.7", "Success", false),
    ] {
        let mut bench = Bench::new();
        let task = bench.begin("Web Shop", version);
        bench.pass(120);
        let done = bench.task(&task);
        assert_eq!(
            (done["State"].as_str(), done["HasWarningsOrErrors"].as_bool()),
            (Some(state), Some(warned))
        );
    }
}

#[test]
fn a_cancelled_task_is_cancelling_first_and_says_no_more() {
    let mut bench = Bench::new();
    let task = bench.begin("Web Shop", "1.4.7");
    bench.pass(10);
    let cancel = format!("/api/tasks/{task}/cancel");
    assert_eq!(bench.ask("POST", &cancel, Value::Null).1["State"], "Cancelling");
    assert_eq!(bench.task(&task)["IsCompleted"], false);
    bench.pass(5);
    assert_eq!(bench.state(&task), "Canceled");
    let ended = bench.task(&task)["CompletedTime"].as_str().unwrap().to_owned();
    for step in steps(&mut bench, &task) {
        for line in
            step["Children"].as_array().unwrap().iter().flat_map(|it| it["LogElements"].as_array().unwrap())
        {
            assert!(line["OccurredAt"].as_str().unwrap() <= ended.as_str(), "{line}");
        }
    }
    assert_eq!(bench.ask("POST", &cancel, json!({})).0, 400, "it is over already");

    let queued = bench.begin_in("Web Shop", "1.4.7", "Development");
    let cancel = format!("/api/spaces/Spaces-1/tasks/{queued}/cancel");
    assert_eq!(bench.ask("POST", &cancel, Value::Null).1["State"], "Canceled", "it had not begun");

    let old = bench.begin("Old Shop", "1.0.0");
    bench.pass(60);
    let (status, same) = bench.ask("POST", &format!("/api/tasks/{old}/cancel"), Value::Null);
    assert_eq!((status, same["State"].as_str()), (200, Some("Success")), "the older server changes nothing");
}

#[test]
fn a_precondition_is_waited_for_while_executing() {
    let mut bench = Bench::new();
    let task = bench.begin("Waiting Shop", "1.0.0");
    bench.pass(10);
    assert_eq!(bench.state(&task), "Success", "none in Development");
    let task = bench.begin_in("Waiting Shop", "1.0.0", "Test");
    bench.pass(30);
    let waiting = bench.task(&task);
    assert_eq!(
        (waiting["State"].as_str(), waiting["HasPendingPreconditions"].as_bool()),
        (Some("Executing"), Some(true))
    );
    assert_eq!(waiting["PendingPreconditionTypes"], json!(["ChangeRequest"]));
    bench.pass(40);
    assert_eq!(bench.state(&task), "Success");
}

#[test]
fn skipped_steps_and_left_out_machines_do_nothing() {
    let mut bench = Bench::new();
    bench.create("Web Shop", "1.4.7", json!({}));
    let more = json!({ "SkipStepNames": ["smoke test", "Smoke tset"], "ExcludedMachineNames": ["DEV-01", "nobody"] });
    let (status, made) = bench.deploy("Web Shop", "1.4.7", &["Development"], more);
    assert_eq!(status, 200, "{made}");
    let task = made["DeploymentServerTasks"][0]["ServerTaskId"].as_str().unwrap().to_owned();
    bench.pass(60);
    assert_eq!(statuses(&mut bench, &task), ["Success", "Success", "Success", "Skipped"]);
    let machines = &steps(&mut bench, &task)[2]["Children"];
    assert_eq!((machines.as_array().unwrap().len(), machines[0]["Name"].as_str()), (1, Some("dev-02")));
    let log = bench.send("GET", &format!("/api/Spaces-1/tasks/{task}/raw"), &Value::Null);
    assert!(String::from_utf8(log.body).unwrap().contains("'Smoke tset' to skip is not"));
}

#[test]
fn no_machine_at_all_fails_where_the_project_wants_one() {
    let mut bench = Bench::new();
    bench.create("Strict Shop", "1.0.0", json!({}));
    let (status, _) =
        bench.deploy("Strict Shop", "1.0.0", &["Development"], json!({ "ExcludedMachineNames": ["nobody"] }));
    assert_eq!(status, 400, "this project refuses unknown machines");
    let more = json!({ "ExcludedMachineNames": ["dev-01", "dev-02"] });
    let (_, made) = bench.deploy("Strict Shop", "1.0.0", &["Development"], more);
    let task = made["DeploymentServerTasks"][0]["ServerTaskId"].as_str().unwrap().to_owned();
    bench.pass(20);
    assert_eq!(bench.state(&task), "Failed");
}

#[test]
fn a_package_that_vanished_fails_while_it_is_fetched() {
    let mut bench = Bench::new();
    let task = bench.begin("Web Shop", "1.4.7");
    bench.world.feeds[0].packages.retain(|it| it.id != "Shop.Web");
    bench.pass(30);
    assert_eq!(bench.state(&task), "Failed");
    assert_eq!(statuses(&mut bench, &task)[0], "Failed");
    let release = bench.get("/api/Spaces-1/projects/web-shop/releases/1.4.7")["Id"].clone();
    let missing = bench.get(&format!("/api/Spaces-1/releases/{}/missingpackages", release.as_str().unwrap()));
    assert_eq!(missing["Packages"][0]["Id"], "Shop.Web");
}

#[test]
fn how_often_somebody_looks_changes_nothing() {
    let mut watched = Bench::new();
    let mut alone = Bench::new();
    let names = ["Web Shop", "Shaky Shop", "Broken Shop"];
    let mut tasks = Vec::new();
    for name in names {
        tasks.push((watched.begin(name, "7.0.0"), alone.begin(name, "7.0.0")));
    }
    for _ in 0..100 {
        watched.pass(1);
        watched.get("/api/Spaces-1/tasks?active=true");
    }
    alone.pass(100);
    for (left, right) in tasks {
        let path = |it: &str| format!("/api/Spaces-1/tasks/{it}/details");
        assert_eq!(watched.get(&path(&left)), alone.get(&path(&right)));
    }
}
