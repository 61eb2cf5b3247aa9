//! Tasks in time, with the clock in the test's hand.

use serde_json::{Value, json};

use crate::sandbox::world::tests::{Bench, merge};

/// The nodes of a task's steps.
fn steps(bench: &mut Bench, task: &str) -> Vec<Value> {
    let details = bench.get(&format!("/api/Spaces-1/tasks/{task}/details"));
    details["ActivityLogs"][0]["Children"].as_array().unwrap().clone()
}

fn statuses(bench: &mut Bench, task: &str) -> Vec<String> {
    steps(bench, task).iter().map(|it| it["Status"].as_str().unwrap().to_owned()).collect()
}

/// Changes the step of this place of a project of the built-in seed.
fn with_step(project: &str, step: usize, more: Value) -> Bench {
    Bench::changed(|seed| {
        let projects = seed["spaces"][0]["projects"].as_array_mut().unwrap();
        let found = projects.iter_mut().find(|it| it["name"] == project).unwrap();
        merge(&mut found["steps"][step], more);
    })
}

fn pending(bench: &mut Bench, task: &str) -> Value {
    let found = bench.get(&format!("/api/Spaces-1/interruptions?regarding={task}&pendingOnly=true"));
    found["Items"][0].clone()
}

/// Takes responsibility for the pending interruption and answers it.
fn answer(bench: &mut Bench, task: &str, field: &str, value: &str) {
    let id = pending(bench, task)["Id"].as_str().unwrap().to_owned();
    let own = format!("/api/Spaces-1/interruptions/{id}");
    assert_eq!(bench.ask("PUT", &format!("{own}/responsible"), Value::Null).0, 200);
    let body = json!({ "Id": id, "SpaceId": "Spaces-1", "Notes": "by a test", field: value });
    let (status, answered) = bench.ask("POST", &format!("{own}/submit"), body.clone());
    assert_eq!((status, answered["IsPending"].as_bool()), (200, Some(false)), "{answered}");
    assert_eq!(bench.ask("POST", &format!("{own}/submit"), body).0, 400, "a second answer");
}

#[test]
fn log_lines_appear_over_time_and_keep_their_numbers() {
    let mut bench = Bench::new();
    let task = bench.begin("Web Shop", "1.4.7");
    let path = format!("/api/Spaces-1/tasks/{task}/details?tail=100");
    let mut last: Vec<Value> = Vec::new();
    let mut growth = 0;
    for _ in 0..60 {
        bench.pass(1);
        let details = bench.get(&path);
        let web = &details["ActivityLogs"][0]["Children"][2];
        assert_eq!(web["Name"].as_str().unwrap_or("Step 2: Deploy web"), "Step 2: Deploy web");
        let lines = web["Children"][0]["LogElements"].as_array().cloned().unwrap_or_default();
        assert_eq!(lines[..last.len()], last[..], "what was there stays as it was");
        growth += usize::from(lines.len() > last.len());
        last = lines;
    }
    assert!(growth >= 5, "the lines came at {growth} different times");
    let details = bench.get(&path);
    assert_eq!(
        details["ActivityLogs"][0]["Children"][2]["Children"].as_array().unwrap().len(),
        2,
        "two machines"
    );
    let tailed = bench.get(&format!("/api/Spaces-1/tasks/{task}/details?tail=2"));
    let lines = &tailed["ActivityLogs"][0]["Children"][2]["Children"][0]["LogElements"];
    assert_eq!((lines.as_array().unwrap().len(), lines[0]["Category"].as_str()), (3, Some("Gap")));
    assert_eq!(lines[2], last[last.len() - 1]);
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
fn a_manual_intervention_waits_for_a_responsible_person() {
    let mut bench = Bench::new();
    let task = bench.begin("Careful Shop", "1.0.0");
    bench.pass(3600);
    let waiting = bench.task(&task);
    assert_eq!(
        (waiting["State"].as_str(), waiting["HasPendingInterruptions"].as_bool()),
        (Some("Executing"), Some(true))
    );
    assert_eq!(waiting["PendingInterruptionTypes"], json!(["ManualIntervention"]));
    let interruption = pending(&mut bench, &task);
    assert_eq!(interruption["Form"]["Elements"][0]["Control"]["Text"], "Check the board");
    let own = format!("/api/Spaces-1/interruptions/{}", interruption["Id"].as_str().unwrap());
    let (status, refused) = bench.ask("POST", &format!("{own}/submit"), json!({ "Result": "Proceed" }));
    assert_eq!(status, 400, "nobody is responsible: {refused}");
    answer(&mut bench, &task, "Result", "Proceed");
    assert_eq!(bench.task(&task)["HasPendingInterruptions"], false);
    bench.pass(11);
    assert_eq!(bench.state(&task), "Success");

    let test = bench.begin_in("Careful Shop", "1.0.0", "Test");
    bench.pass(10);
    answer(&mut bench, &test, "Result", "Abort");
    assert_eq!(bench.state(&test), "Failed");
}

#[test]
fn only_a_member_of_the_team_may_answer() {
    let mut bench = with_step("Careful Shop", 1, json!({ "responsibleTeams": ["teams-operators"] }));
    let task = bench.begin("Careful Shop", "1.0.0");
    bench.pass(10);
    let interruption = pending(&mut bench, &task);
    assert_eq!(interruption["CanTakeResponsibility"], false);
    let own = format!("/api/Spaces-1/interruptions/{}", interruption["Id"].as_str().unwrap());
    let (status, refused) = bench.ask("PUT", &format!("{own}/responsible"), Value::Null);
    assert_eq!(status, 403);
    assert!(refused["ErrorMessage"].as_str().unwrap().contains("teams-operators"));
}

/// A guided deployment whose step failed on both machines, waiting for guidance.
fn guided(bench: &mut Bench) -> String {
    bench.create("Guided Shop", "1.0.0", json!({}));
    let task = bench.begin_in("Guided Shop", "1.0.0", "Guided");
    bench.pass(20);
    task
}

#[test]
fn a_retry_runs_the_failed_step_again() {
    let mut bench = Bench::new();
    let task = guided(&mut bench);
    let asked = pending(&mut bench, &task);
    assert_eq!(asked["Type"], "GuidedFailure");
    assert!(asked["Title"].as_str().unwrap().ends_with("requires failure guidance"));
    answer(&mut bench, &task, "Guidance", "Retry");
    bench.pass(5);
    assert_eq!(bench.state(&task), "Executing");
    bench.pass(15);
    assert_eq!(bench.state(&task), "Success");
}

#[test]
fn each_failed_machine_asks_for_itself() {
    let mut bench = Bench::new();
    let task = guided(&mut bench);
    let first = pending(&mut bench, &task)["Id"].clone();
    answer(&mut bench, &task, "Guidance", "Ignore");
    let second = pending(&mut bench, &task);
    assert_ne!(second["Id"], first);
    assert!(second["Title"].as_str().unwrap().contains("dev-02"), "{second}");
    answer(&mut bench, &task, "Guidance", "Exclude");
    bench.pass(10);
    let done = bench.task(&task);
    assert_eq!(
        (done["State"].as_str(), done["HasWarningsOrErrors"].as_bool()),
        (Some("Success"), Some(true))
    );
}

#[test]
fn guidance_may_fail_the_task_and_a_required_step_offers_less() {
    let mut bench = with_step("Guided Shop", 0, json!({ "required": true }));
    let task = guided(&mut bench);
    let buttons = pending(&mut bench, &task)["Form"]["Elements"][1]["Control"]["Buttons"].clone();
    let texts: Vec<&str> =
        buttons.as_array().unwrap().iter().map(|it| it["Value"].as_str().unwrap()).collect();
    assert_eq!(texts, ["Fail", "Retry"]);
    answer(&mut bench, &task, "Guidance", "Fail");
    assert_eq!(bench.state(&task), "Failed");
}

#[test]
fn after_ten_tries_there_is_no_further_one() {
    let mut bench = with_step("Guided Shop", 0, json!({ "worksAfter": 99, "failingMachines": 1 }));
    let task = guided(&mut bench);
    for _ in 0..9 {
        answer(&mut bench, &task, "Guidance", "Retry");
        bench.pass(11);
    }
    let buttons = pending(&mut bench, &task)["Form"]["Elements"][1]["Control"]["Buttons"].to_string();
    assert!(!buttons.contains("Retry"), "{buttons}");
}

#[test]
fn without_guided_failure_nobody_is_asked() {
    let mut bench = Bench::new();
    bench.create("Guided Shop", "1.0.0", json!({}));
    for (environment, choice) in [("Development", json!(null)), ("Guided", json!(false))] {
        let more = json!({ "UseGuidedFailure": choice });
        let (_, made) = bench.deploy("Guided Shop", "1.0.0", &[environment], more);
        let task = made["DeploymentServerTasks"][0]["ServerTaskId"].as_str().unwrap().to_owned();
        bench.pass(30);
        assert_eq!(bench.state(&task), "Failed", "{environment}");
    }
    let more = json!({ "UseGuidedFailure": true });
    let (_, made) = bench.deploy("Guided Shop", "1.0.0", &["Development"], more);
    let task = made["DeploymentServerTasks"][0]["ServerTaskId"].as_str().unwrap().to_owned();
    bench.pass(30);
    assert_eq!(bench.state(&task), "Executing");
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

#[test]
fn an_administrator_may_set_the_state() {
    let mut bench = Bench::new();
    let task = bench.begin("Web Shop", "1.4.7");
    bench.pass(10);
    let path = format!("/api/Spaces-1/tasks/{task}/state");
    let body = json!({ "Id": task, "State": "Failed", "Reason": "the server was restarted" });
    let (status, set) = bench.ask("POST", &path, body);
    assert_eq!((status, set["ErrorMessage"].as_str()), (200, Some("the server was restarted")));
    bench.pass(100);
    assert_eq!(bench.state(&task), "Failed");
}

#[test]
fn automatic_targets_are_deployed_to_when_they_come_into_reach() {
    let mut bench = Bench::changed(|seed| {
        let phases = &mut seed["spaces"][0]["lifecycles"][0]["phases"];
        phases[0] = json!({ "name": "Development", "automatic": ["Development"] });
        phases[1] = json!({ "name": "Test", "automatic": ["Test"] });
    });
    bench.create("Camel Shop", "1.0.0", json!({}));
    bench.pass(60);
    let made = bench.world.summary(bench.now)["deployments"].clone();
    let of_shop: Vec<(&str, &str)> = made
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["project"] == "Camel Shop")
        .map(|it| (it["environment"].as_str().unwrap(), it["state"].as_str().unwrap()))
        .collect();
    assert_eq!(of_shop, [("Development", "Success"), ("Test", "Success")]);
}
