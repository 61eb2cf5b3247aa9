//! What hard use found: green builds of what did not happen, second deployments, and targets that moved backwards.

use serde_json::{Value, json};

use crate::support::shop::{Shop, build};

/// Lets the server answer as this script says.
fn script(shop: &Shop, script: Value) {
    shop.sandbox.script(serde_json::from_value(script).expect("a script"));
}

/// A world in which lists tell little of each deployment.
fn with_short_lists() -> Shop {
    Shop::changed(|seed| seed["listItems"] = json!("short"))
}

#[test]
fn a_lost_answer_is_found_by_the_marker_where_lists_are_short() {
    let shop = with_short_lists();
    shop.run(&["create", "--project", "Asking Shop", "--version", "4.0.0"]).passes();
    script(
        &shop,
        json!({"match": {"method": "POST", "path": "/deployments$"},
        "fault": {"kind": "reset", "carryOut": true}}),
    );
    let settings = "[deploy]\nversion = \"4.0.0\"\nto = [\"Development\"]\nwait = false\n\
                    [prompted-variables]\nApprover = \"ann\"";
    shop.handle("Asking Shop", settings, &build("1")).passes().says(&["taken over"]);
    assert_eq!(shop.deployments().len(), 1);
}

#[test]
fn an_order_of_this_build_is_known_where_lists_are_short() {
    let shop = with_short_lists();
    let settings = "[deploy]\nversion = \"1.4.6\"\nto = [\"Development\"]\nwait = false\nagain = true";
    for _ in 0..2 {
        shop.handle("Web Shop", settings, &build("1")).passes();
        shop.settle();
    }
    assert_eq!(shop.deployments().len(), 1);
}

#[test]
fn a_part_of_a_target_with_a_lower_version_hides_no_higher_one() {
    let shop = Shop::new();
    let all = ["1.9.0", "1.9.5", "2.0.0"];
    for version in all {
        shop.run(&["create", "--project", "Web Shop", "--version", version, "--channel", "Default"]);
    }
    let deploy = |version: &str, to: &str, more: &[&str]| {
        let flags = ["deploy", "--project", "Web Shop", "--version", version, "--to", to, "--no-log"];
        shop.run(&[&flags[..], more].concat()).passes();
    };
    for version in ["1.9.0", "1.9.5", "2.0.0"] {
        deploy(version, "Development", &[]);
    }
    deploy("2.0.0", "Test", &[]);
    deploy("1.9.0", "Test", &["--machine", "test-01"]);
    deploy("1.9.5", "Development", &["--again"]);
    shop.run(&["promote", "--project", "Web Shop", "--from", "Development", "--to", "Test"])
        .ends(1)
        .says(&["Test has release 2.0.0; release 1.9.5 would move it backwards"]);
}

#[test]
fn a_phase_that_may_not_be_read_is_as_automatic_as_its_lifecycle_says() {
    let shop = Shop::new();
    script(
        &shop,
        json!({"match": {"method": "GET", "path": "/releases/[^/]*/progression"}, "times": null,
        "fault": {"kind": "status", "status": 403, "body": "octopus"}}),
    );
    let settings = "[create]\nversion = \"7.0.0\"\n[deploy]\nto = [\"Development\"]";
    shop.handle("Rolling Shop", settings, &build("1")).passes().says(&["deploy: Development: taken over"]);
    let mut made = shop.deployments();
    made.retain(|it| it["environment"] == "Development" && it["tenant"].is_null());
    assert_eq!(made.len(), 1, "{made:?}");
}

#[test]
fn what_ran_last_is_promoted_although_it_was_asked_for_first() {
    let shop = Shop::new();
    for version in ["8.0.0", "8.1.0"] {
        shop.run(&["create", "--project", "Web Shop", "--version", version]).passes();
    }
    let flags = |version: &'static str| {
        ["deploy", "--project", "Web Shop", "--to", "Development", "--version", version, "--no-log"]
    };
    let soon = (jiff::Timestamp::now() + jiff::SignedDuration::from_secs(4)).to_string();
    shop.run(&[&flags("8.1.0")[..], &["--no-wait", "--run-at", &soon]].concat()).passes();
    shop.run(&flags("8.0.0")).passes();
    std::thread::sleep(std::time::Duration::from_secs(5));
    shop.settle();
    shop.run(&["promote", "--project", "Web Shop", "--from", "Development", "--to", "Test"])
        .passes()
        .says(&["release 8.1.0 is promoted"]);
    let before = shop.deployments().len();
    shop.run(&flags("8.1.0")).passes().says(&["taken over"]);
    assert_eq!(shop.deployments().len(), before);
    shop.run(&flags("8.0.0")).passes().never_says("taken over");
    assert_eq!(shop.deployments().len(), before + 1);
}

#[test]
fn run_at_in_the_past_sends_nothing() {
    let shop = Shop::new();
    let flags = ["deploy", "--project", "Web Shop", "--to", "Development", "--version", "1.4.6", "--run-at"];
    shop.run(&[&flags[..], &["2020-01-01T00:00:00Z"]].concat()).ends(1).says(&["run-at lies in the past"]);
    assert_eq!(shop.deployments().len(), 0);
}

#[test]
fn other_values_of_the_projects_variables_are_another_deployment() {
    let shop = Shop::new();
    let settings = |value: &str| {
        format!(
            "[deploy]\nversion = \"1.4.6\"\nto = [\"Development\"]\n\
             [edit-project-variables]\nLogLevel = \"{value}\""
        )
    };
    let shop_with = |value: &str| shop.handle("Web Shop", &settings(value), &build("1"));
    shop_with("one").passes();
    shop.settle();
    let before = shop.deployments().len();
    shop_with("one").passes().says(&["taken over"]);
    assert_eq!(shop.deployments().len(), before);
    shop_with("two").passes();
    assert_eq!(shop.deployments().len(), before + 1);
}

#[test]
fn a_lost_order_is_not_met_by_somebody_elses_deployment() {
    let shop = Shop::new();
    shop.run(&["create", "--project", "Quick Shop", "--version", "4.0.0"]).passes();
    // Our request is lost without a trace, and the same user deploys plainly meanwhile.
    script(
        &shop,
        json!({"match": {"method": "POST", "path": "/deployments/create"},
        "fault": {"kind": "reset", "carryOut": false}}),
    );
    shop.write("short.toml", "[connection]\nproject = \"Quick Shop\"\nread-limit = \"1s\"\n");
    let mut command = shop.command(&[
        "deploy",
        "--config",
        "short.toml",
        "--version",
        "4.0.0",
        "--to",
        "Development",
        "--force-redeployment",
        "--no-wait",
    ]);
    let child = command.stdout(std::process::Stdio::piped()).spawn().expect("it starts");
    shop.until(|| {
        shop.requests().iter().any(|it| it.method == "POST" && it.path.contains("/deployments/create"))
    });
    shop.somebody_deploys("Quick Shop", "4.0.0", "Development");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let forced = shop.deployments().len();
    assert_eq!(forced, 2, "the order was carried out for its own sake");
}

#[test]
fn a_later_automatic_phase_is_left_to_the_server_too() {
    let shop = Shop::new();
    let settings = "[create]\nversion = \"8.0.0\"\n[deploy]\nto = [\"Development\", \"Test\"]";
    shop.handle("Rolling Shop", settings, &build("1")).passes();
    let mut made = shop.deployments();
    made.retain(|it| it["environment"] == "Test" && it["tenant"].is_null());
    assert_eq!(made.len(), 1, "{made:?}");
}

#[test]
fn a_part_that_this_run_deployed_is_not_promoted_as_the_whole() {
    for keys in ["machines = [\"dev-01\"]", "skip-steps = [\"Smoke test\"]"] {
        let shop = Shop::new();
        let settings = format!(
            "[create]\nversion = \"1.9.0\"\n[deploy]\nto = [\"Development\"]\n{keys}\n\
             [[promote]]\nfrom = \"Development\"\nto = [\"Test\"]"
        );
        shop.handle("Web Shop", &settings, &build("1")).ends(1).says(&["left out machines or steps"]);
        assert_eq!(shop.deployments().len(), 1, "{keys}");
    }
}

#[test]
fn a_state_that_is_not_told_is_no_failure() {
    let shop = Shop::new();
    script(
        &shop,
        json!({"match": {"method": "GET", "path": "/progression$"}, "times": null,
        "fault": {"kind": "lacking", "fields": ["State"], "blank": true}}),
    );
    shop.run(&["deploy", "--project", "Web Shop", "--version", "1.4.6", "--to", "Development"])
        .passes()
        .says(&["taken over"]);
    assert_eq!(shop.deployments().len(), 0);
}

#[test]
fn one_machine_by_two_words_is_one_machine() {
    let shop = Shop::new();
    let id = shop.ask(shop.sandbox.api_key(), "GET", "Spaces-1/machines?partialName=dev-01", &Value::Null);
    let id = id["Items"][0]["Id"].as_str().expect("a machine").to_owned();
    let flags = [
        "deploy",
        "--project",
        "Web Shop",
        "--version",
        "1.4.6",
        "--to",
        "Development",
        "--machine",
        "dev-01",
    ];
    shop.run(&[&flags[..], &["--excluded-machine", &id]].concat()).ends(1).says(&["both named and excluded"]);
    assert_eq!(shop.deployments().len(), 0);
}
