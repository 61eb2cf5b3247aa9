//! Promotions over several processes: who drives, who watches, what a signal or a limit leaves behind, and what must not
//! be found in any file.

use std::path::Path;

use serde_json::json;

use crate::support::shop::{Ran, Shop};
use crate::support::signals::signal;
use crate::support::trio::{
    Running, SEQUENTIAL, document, failing_in, trigger, triggering, trio, trio_with, went_to,
};

/// A deployment takes 20 s: it goes on for as long as a test looks.
const SLOW: f64 = 1.0;
const FAST: f64 = 200.0;

fn state(shop: &Shop, environment: &str) -> String {
    let all = shop.deployments();
    let found = all.iter().find(|it| it["environment"] == environment);
    found.and_then(|it| it["state"].as_str()).unwrap_or_default().to_owned()
}

/// A waiting command whose deployment to qa is running.
fn waiting(shop: &Shop, more: &[&str]) -> Running {
    let running = Running::start(triggering(shop, SEQUENTIAL, &[&["--wait"], more].concat()));
    shop.until(|| went_to(shop) == ["qa"]);
    running
}

#[test]
fn a_signal_ends_the_wait_and_the_next_run_takes_the_work_up() {
    let shop = trio(5.0);
    let running = waiting(&shop, &[]);
    signal("TERM", running.id());
    running.ended().ends(3).says(&["promenade was told to stop, and it goes on"]);
    let run = Running::start(shop.command(&["run"]));
    shop.until(|| went_to(&shop) == ["qa", "prod"]);
    shop.until(|| state(&shop, "prod") == "Success");
    let is_over = || shop.run(&["release", "list", "--unfinished"]).out.contains("no release fits");
    shop.until(is_over);
    signal("TERM", run.id());
    run.ended().ends(0).says(&["driving what is recorded in", "demo-trioapp 1: prod: passed"]);
    assert_eq!(went_to(&shop), ["qa", "prod"], "nothing was asked for twice");
}

#[test]
fn the_limit_of_a_wait_ends_it_while_the_release_goes_on() {
    let shop = trio(SLOW);
    let ran = trigger(&shop, SEQUENTIAL, &["--wait", "1s", "--json"]).ends(3);
    let value = document(&ran, "release.json");
    assert_eq!(value["verdict"], "undecided");
    assert!(ran.err.contains("the limit of --wait is over, and it goes on"), "{ran}");
}

#[test]
fn terminating_cancels_what_runs_and_whoever_waits_learns_who_did_it() {
    let shop = trio(SLOW);
    let running = waiting(&shop, &[]);
    let other = shop.run(&["release", "terminate", "demo-trioapp", "1", "--reason", "wrong build"]).passes();
    other.says(&["ci terminates it: wrong build"]);
    running.ended().ends(5).says(&["qa: is being stopped", "ci terminated it", "exit code 5"]);
    assert_eq!(state(&shop, "qa"), "Canceled");
    assert_eq!(went_to(&shop), ["qa"], "prod was not deployed to");
    let late = shop.run(&["release", "terminate", "demo-trioapp", "1"]).ends(1);
    late.says(&["it comes too late"]);
}

#[test]
fn a_release_that_waits_for_a_place_says_who_has_it() {
    let shop = trio(SLOW);
    let running = waiting(&shop, &[]);
    trigger(&shop, SEQUENTIAL, &[]).passes().never_says("nobody drives");
    let show = || shop.run(&["release", "show", "demo-trioapp", "2"]);
    shop.until(|| show().out.contains("qa: not yet: Trio App in qa is in use by demo-trioapp 1"));
    show().passes().says(&["prod: not yet: it waits for qa"]);
    signal("TERM", running.id());
    running.ended().ends(3);
    assert_eq!(went_to(&shop), ["qa"], "the second one did not pass the first");
}

#[test]
fn one_process_drives_and_the_others_say_which_one_and_watch() {
    let shop = trio(10.0);
    let first = Running::start(shop.command(&["run"]));
    let lock = shop.folder.path().join("state/promenade.db.driver");
    shop.until(|| std::fs::read_to_string(&lock).is_ok_and(|it| it.contains("pid")));
    let watching = trigger(&shop, SEQUENTIAL, &["--wait"]).passes();
    let who = format!("process {}", first.id());
    watching.says(&["watching the release"]).says(&[&who]).says(&["prod: passed", "it passed"]);
    trigger(&shop, SEQUENTIAL, &[]).passes().never_says("nobody drives");
    let second = Running::start(shop.command(&["run"]));
    signal("TERM", first.id());
    first.ended().ends(0);
    // The second one takes over, and ends on a signal as well.
    shop.until(|| std::fs::read_to_string(&lock).is_ok_and(|it| it.contains(&second.id().to_string())));
    signal("INT", second.id());
    second.ended().ends(0).says(&["driving what is recorded in"]);
}

#[test]
fn every_command_prints_one_document_that_fits_its_schema() {
    let shop = trio_with(FAST, |seed| failing_in(seed, "qa"));
    let json = |arguments: &[&str], code: i32, schema: &str| {
        document(&shop.run(&[arguments, &["--json"]].concat()).ends(code), schema)
    };
    let trigger = ["flow", "trigger", SEQUENTIAL, "--product", "demo-trioapp"];
    let started = json(&[&trigger[..], &["--wait"]].concat(), 1, "release.json");
    assert_eq!(started["release"]["details"]["outcome"]["name"], "failed");
    let shown = json(&["release", "show", "demo-trioapp", "1"], 0, "release.json");
    let deploy = &shown["release"]["details"]["activities"][1];
    assert_eq!((&deploy["name"], &deploy["end"]), (&"qa/trioapp/deploy#1".into(), &"failed".into()));
    assert!(
        deploy["deployments"][0]["url"].as_str().is_some_and(|it| it.contains("ServerTasks-")),
        "{deploy}"
    );
    json(&["release", "list"], 0, "releases.json");
    json(&["release", "retry", "demo-trioapp", "1"], 0, "release.json");
    json(&["release", "retry", "demo-trioapp", "1"], 1, "release.json");
    json(&["release", "restart", "demo-trioapp", "1", "prod"], 1, "release.json");
    let settle =
        ["release", "settle", "demo-trioapp/1", "qa/trioapp/deploy#1", "--passed", "--reason", "I saw it"];
    json(&settle, 1, "release.json");
    json(&["release", "terminate", "demo-trioapp", "1", "--now"], 0, "release.json");
    json(&["release", "repair", "demo-trioapp", "1"], 0, "release.json");
    json(&["store", "check"], 0, "store-check.json");
    json(&["release", "show", "demo-trioapp", "9"], 2, "result.json");
    json(&["promote", "--product", "demo-trioapp", "--from", "dev", "--to", "prod"], 0, "release.json");
}

#[test]
fn a_person_is_verified_by_the_server_or_marked() {
    let shop = trio(FAST);
    trigger(&shop, SEQUENTIAL, &[]).passes().says(&["by ci"]);
    // The connection is gone; what a person does is recorded all the same.
    let mut command = shop.command(&["release", "terminate", "demo-trioapp", "1"]);
    command.env("OCTOPUS_URL", "http://127.0.0.1:9");
    let mut without = shop.bare(&["release", "show", "demo-trioapp", "1"]);
    Ran::of(command).passes();
    without.env("USER", "nobody-real");
    let shown = Ran::of(without).passes();
    shown.says(&["ci started it", "(unverified) terminated it"]);
}

#[test]
fn no_secret_is_in_the_store_or_in_what_is_printed() {
    let key = "API-SANDBOXSANDBOXSANDBOXSANDBO";
    // The server quotes the freeze's name in its refusal.
    let freeze = json!({ "name": format!("the key {key} is not accepted"), "endsIn": "30d",
        "projects": { "Trio App": ["qa"] } });
    let shop = trio_with(FAST, |seed| seed["spaces"][0]["freezes"] = json!([freeze]));
    assert_eq!(shop.sandbox.api_key(), key, "it is the key that commands send");
    let mut said = trigger(&shop, SEQUENTIAL, &["--wait", "--verbose"]).ends(1).to_string();
    let settle = ["release", "terminate", "demo-trioapp", "1", "--reason", &format!("the key is {key}")];
    said += &shop.run(&["release", "retry", "demo-trioapp", "1"]).passes().to_string();
    said += &shop.run(&settle).passes().to_string();
    said += &shop.run(&["release", "show", "demo-trioapp", "1", "--json"]).passes().to_string();
    said += &shop.run(&["release", "list"]).passes().to_string();
    assert!(said.contains("the key"), "the planted words come through: {said}");
    assert!(!said.contains(key), "{said}");
    let files = files(&shop.folder.path().join("state"));
    assert!(files.iter().any(|it| contains(it, b"is not accepted")), "the error is recorded");
    assert!(!files.iter().any(|it| contains(it, key.as_bytes())), "a file of the store has the key");
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("the folder of the store");
    entries.map(|it| std::fs::read(it.expect("an entry").path()).expect("a file")).collect()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|it| it == part)
}

#[test]
fn a_store_that_cannot_be_used_is_explained() {
    let shop = trio(FAST);
    shop.run(&["release", "list"]).ends(2).says(&["its folder does not exist"]);
    shop.write("promenade.toml", "[store]\nurl = {env = \"DATABASE\"}\n");
    for command in [&["release", "list"][..], &["run"], &["store", "check"]] {
        shop.run(command).ends(2).says(&["this version keeps its store in a file"]);
    }
    shop.write("promenade.toml", "");
    let mut command = triggering(&shop, SEQUENTIAL, &[]);
    command.env("HOME", shop.folder.path().join("home"));
    Ran::of(command).passes();
    let store = shop.folder.path().join("home/.local/state/promenade/promenade.db");
    assert!(store.is_file(), "it is in the user's state folder");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode =
            std::fs::metadata(store.parent().expect("a folder")).expect("it exists").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
    shop.run(&["run"]).ends(2).says(&["neither XDG_STATE_HOME nor HOME"]);
}
