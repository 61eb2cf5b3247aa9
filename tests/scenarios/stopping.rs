//! The two limits of an action, its time limit and the word to stop: they hold from its first request to its last,
//! and what was accepted before them is told and, where that is asked for, cancelled.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use promenade::sandbox::Script;
use serde_json::{Value, json};

use crate::support::shop::{Ran, Shop, build, project};
use crate::support::signals::signal;

/// Far below what it took where a limit did not hold, and far above what it takes on a slow machine.
const GENEROUS: Duration = Duration::from_secs(25);

fn script(shop: &Shop, script: Value) {
    shop.sandbox.script(serde_json::from_value::<Script>(script).expect("a script"));
}

/// Requests of this method whose path matches meet the fault, after some that do not.
fn fault(shop: &Shop, (method, path): (&str, &str), skip: u64, fault: &Value) {
    let matching = json!({ "method": method, "path": path, "skip": skip });
    script(shop, json!({ "match": matching, "times": null, "fault": fault }));
}

fn started(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the program starts")
}

/// Tells a program to stop as soon as something has happened, and waits for its end.
fn stopped_when(shop: &Shop, command: Command, happened: impl Fn() -> bool) -> (Ran, Duration) {
    let child = started(command);
    shop.until(happened);
    let told = Instant::now();
    signal("TERM", child.id());
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().expect("it ends by itself");
    (Ran { code, out: text(output.stdout), err: text(output.stderr) }, told.elapsed())
}

/// Whether so many requests of this method to a path that ends so have come in.
fn came_in(shop: &Shop, method: &str, end: &str, times: usize) -> bool {
    shop.requests().iter().filter(|it| it.method == method && it.path.ends_with(end)).count() >= times
}

/// A world where tenants of `Portal` can be deployed to two environments, which takes two requests.
fn two_batches() -> Shop {
    let shop = Shop::playing(1.0, |seed| {
        seed["spaces"][0]["lifecycles"][0]["phases"] = json!([
            { "name": "All", "environments": ["Development", "Test", "Production"] }
        ]);
        assert_eq!(project(seed, "Portal")["mode"], "tenanted");
    });
    shop.run(&["create", "--project", "Portal", "--version", "9.0.0", "--quiet"]).passes();
    shop.forget();
    shop
}

const TWO: [&str; 11] = [
    "deploy",
    "--project",
    "Portal",
    "--version",
    "9.0.0",
    "--to",
    "Development",
    "--to",
    "Test",
    "--tenant",
    "Acme",
];
const TENANTED: &str = "/deployments/create/tenanted/v1";

fn states(json: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(json).expect("one document");
    let all = document["actions"][0]["deployments"].as_array().cloned().unwrap_or_default();
    all.iter().map(|it| format!("{}: {}", it["environment"], it["state"]).replace('"', "")).collect()
}

#[test]
fn nothing_is_sent_after_the_word_to_stop() {
    let shop = Shop::slow();
    fault(&shop, ("GET", "/releases/"), 0, &json!({ "kind": "latency", "ms": 2500 }));
    let run = ["deploy", "--project", "Web Shop", "--version", "1.4.6", "--to", "Development", "--again"];
    let before = shop.requests().len();
    let (ran, _) = stopped_when(&shop, shop.command(&run), || shop.requests().len() > before);
    ran.ends(3).says(&["error: stopped before everything was asked for", "undecided (exit code 3)"]);
    // What was asked for before the word would be carried out by now.
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(shop.written(), []);
}

#[test]
fn a_request_that_is_on_its_way_is_heard_and_the_next_one_is_not_sent() {
    let shop = two_batches();
    fault(&shop, ("POST", TENANTED), 0, &json!({ "kind": "latency", "ms": 1500 }));
    let command = shop.command(&[&TWO[..], &["--json"]].concat());
    let (ran, _) = stopped_when(&shop, command, || came_in(&shop, "POST", TENANTED, 1));
    assert_eq!(states(&ran.out), ["Development: interrupted"], "{ran}");
    ran.ends(3).says(&["Development", "promenade was stopped; the deployment keeps running"]);
    assert_eq!(shop.written().len(), 1);
    assert_eq!(shop.deployments().len(), 1);
}

#[test]
fn what_was_accepted_is_told_and_cancelled_although_the_second_request_hangs() {
    let shop = two_batches();
    fault(&shop, ("POST", TENANTED), 1, &json!({ "kind": "hang", "carryOut": true }));
    let command = shop.command(&[&TWO[..], &["--json", "--on-interrupt", "cancel"]].concat());
    let (ran, took) = stopped_when(&shop, command, || came_in(&shop, "POST", TENANTED, 2));
    assert_eq!(states(&ran.out), ["Development: cancelled"], "{ran}");
    // Of the one whose answer did not come nobody knows, so it is not "cancelled".
    ran.ends(3).says(&[
        "what was asked for may have been done",
        "promenade was stopped; the deployment was cancelled",
    ]);
    assert!(took < GENEROUS, "{took:?}");
    assert_eq!(shop.deployments()[0]["state"], "Canceled");
}

#[test]
fn what_was_accepted_goes_on_where_nothing_else_is_asked_for() {
    let shop = two_batches();
    fault(&shop, ("POST", TENANTED), 1, &json!({ "kind": "hang", "carryOut": true }));
    let (ran, _) = stopped_when(&shop, shop.command(&TWO), || came_in(&shop, "POST", TENANTED, 2));
    ran.ends(3)
        .says(&["Development for Acme: undecided: promenade was stopped; the deployment keeps running"]);
    assert!(!shop.written().iter().any(|(path, _)| path.ends_with("/cancel")));
}

#[test]
fn what_was_accepted_is_cancelled_at_the_time_limit_where_that_is_asked_for() {
    let shop = two_batches();
    fault(&shop, ("POST", TENANTED), 1, &json!({ "kind": "hang", "carryOut": false }));
    let flags = ["--json", "--on-timeout", "cancel", "--time-limit", "4s"];
    let ran = shop.run(&[&TWO[..], &flags].concat());
    assert_eq!(states(&ran.out), ["Development: out-of-time"], "{ran}");
    ran.ends(4).says(&["the time limit was over; the deployment was cancelled"]);
    assert_eq!(shop.deployments()[0]["state"], "Canceled");
}

/// A run that edits a variable first, while the server is in trouble there.
fn editing(limit: &str) -> (Shop, Command) {
    let shop = Shop::new();
    fault(&shop, ("GET", "/variables/"), 0, &json!({ "kind": "status", "status": 503 }));
    let settings = format!(
        "[deploy]\nto = [\"Development\"]\nversion = \"1.4.6\"\ntime-limit = \"{limit}\"\n\
         [edit-project-variables]\nColour = \"blue\"\n"
    );
    let command = shop.handling("Web Shop", &settings, &build("v-1"));
    (shop, command)
}

#[test]
fn variables_are_edited_within_the_time_limit_of_the_action() {
    let (shop, command) = editing("2s");
    let began = Instant::now();
    Ran::of(command).ends(4);
    assert!(began.elapsed() < GENEROUS, "{:?}", began.elapsed());
    assert_eq!(shop.written(), []);
}

#[test]
fn the_word_to_stop_is_heard_while_variables_are_edited() {
    let (shop, command) = editing("30m");
    let (ran, took) =
        stopped_when(&shop, command, || shop.requests().iter().any(|it| it.status == Some(503)));
    ran.ends(3).says(&["stopped before everything was asked for"]);
    assert!(took < GENEROUS, "{took:?}");
    assert_eq!(shop.written(), []);
}

/// A run that looks for this build's release first, while the server does not show releases.
fn searching(limit: &str) -> (Shop, Command) {
    let shop = Shop::new();
    fault(&shop, ("GET", "/releases"), 0, &json!({ "kind": "status", "status": 503 }));
    let settings = format!("[deploy]\nto = [\"Development\"]\ntime-limit = \"{limit}\"\n");
    let command = shop.handling("Web Shop", &settings, &build("s-1"));
    (shop, command)
}

#[test]
fn this_builds_release_is_searched_within_the_time_limit_of_the_action() {
    let (_shop, command) = searching("2s");
    let began = Instant::now();
    Ran::of(command).ends(4);
    assert!(began.elapsed() < GENEROUS, "{:?}", began.elapsed());
}

#[test]
fn the_word_to_stop_is_heard_while_this_builds_release_is_searched() {
    let (shop, command) = searching("30m");
    let (ran, took) =
        stopped_when(&shop, command, || shop.requests().iter().any(|it| it.status == Some(503)));
    ran.ends(3);
    assert!(took < GENEROUS, "{took:?}");
}

#[test]
fn a_scheduled_time_is_told_as_a_time() {
    let shop = Shop::new();
    let at = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(4);
    let run = ["deploy", "--project", "Web Shop", "--version", "1.4.5", "--to", "Development", "--run-at"];
    let text = at.round(jiff::Unit::Second).expect("a time").to_string();
    let ran = shop.run(&[&run[..], &[&text, "--again"]].concat());
    ran.passes()
        .says(&[&format!("waiting for its scheduled time, {text}")])
        .never_says("waiting for its scheduled time, in");
}
