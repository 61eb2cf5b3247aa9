//! Promoting what is in one environment to others: which release is taken, and why another is not.

use serde_json::{Value, json};

use crate::support::shop::{Shop, build, project};

/// Promotes with these flags, and does not wait.
fn promote(shop: &Shop, project: &str, from: &str, to: &str, flags: &[&str]) -> crate::support::shop::Ran {
    let promote = ["promote", "--project", project, "--from", from, "--to", to, "--no-wait"];
    shop.run(&[&promote[..], flags].concat())
}

/// A world in which the Web Shop has this past.
fn past(history: Value) -> Shop {
    Shop::changed(|seed| project(seed, "Web Shop")["history"] = history)
}

/// A release of the past: its version, and where it was deployed how long ago.
fn release(version: &str, ago: &str, deployments: Value) -> Value {
    json!({ "version": version, "ago": ago, "deployments": deployments })
}

#[test]
fn the_latest_success_is_taken_and_what_it_replaces_is_said() {
    let shop = Shop::new();
    promote(&shop, "Web Shop", "Development", "Test", &[]).passes().says(&[
        "promote: release 1.4.6 is promoted: Deployments-",
        " is the latest success in Development",
        "promote: Test: it replaces 1.4.5",
        "promote: Test: deploying (ServerTasks-",
    ]);
    let body = shop.deployed();
    assert_eq!((&body["ReleaseVersion"], &body["EnvironmentNames"]), (&json!("1.4.6"), &json!(["Test"])));
}

#[test]
fn a_promotion_is_waited_for() {
    let shop = Shop::new();
    shop.run(&["promote", "--project", "web-shop", "--from", "Development", "--to", "Test"])
        .passes()
        .says(&["promote: Test: succeeded in "]);
}

#[test]
fn after_a_rollback_what_runs_is_taken_and_not_the_highest_version() {
    let shop = past(json!([
        release(
            "1.4.4",
            "9d",
            json!([{"environment": "Development", "ago": "9d"}, {"environment": "Development", "ago": "1d"}])
        ),
        release("1.4.5", "5d", json!([{"environment": "Development", "ago": "5d"}])),
    ]));
    promote(&shop, "Web Shop", "Development", "Test", &[]).passes().says(&["release 1.4.4 is promoted"]);
}

#[test]
fn a_newer_failure_does_not_hide_the_success_before_it() {
    // 1.4.5 succeeded and then failed: its success is what runs, and only the list of deployments shows it.
    let failed = json!({"environment": "Development", "ago": "1d", "outcome": "failed"});
    let shop = past(json!([
        release("1.4.4", "9d", json!([{"environment": "Development", "ago": "9d"}])),
        release("1.4.5", "5d", json!([{"environment": "Development", "ago": "5d"}, failed.clone()])),
    ]));
    promote(&shop, "Web Shop", "Development", "Test", &[]).passes().says(&["release 1.4.5 is promoted"]);
    let shop = past(json!([
        release("1.4.4", "9d", json!([{"environment": "Development", "ago": "9d"}])),
        release("1.4.5", "5d", json!([failed])),
    ]));
    promote(&shop, "Web Shop", "Development", "Test", &[]).passes().says(&["release 1.4.4 is promoted"]);
}

/// A past in which a release is followed by this many failures in Development.
fn followed_by_failures(count: u32) -> Shop {
    let both = json!([{"environment": "Development", "ago": "50d"}, {"environment": "Test", "ago": "49d"}]);
    let mut history = vec![
        release("0.9.0", "50d", both),
        release("1.0.0", "48d", json!([{"environment": "Development", "ago": "48d"}])),
        release("1.1.0", "42d", json!([{"environment": "Development", "ago": "40d"}])),
    ];
    for number in 1..=count {
        let hours = format!("{}h", 900 - number);
        let failed = json!([{"environment": "Development", "ago": hours, "outcome": "failed"}]);
        history.push(release(&format!("1.2.{number}"), &hours, failed));
    }
    past(Value::Array(history))
}

#[test]
fn a_success_behind_a_long_history_waits_for_four_requests_at_most() {
    for (failures, flags, expected) in
        [(0, &[][..], 3), (1, &[], 3), (12, &[], 4), (99, &[], 4), (12, &["--version", "1.0.0"], 4)]
    {
        let shop = followed_by_failures(failures);
        shop.delay_all(40);
        let version = if flags.is_empty() { "1.1.0" } else { "1.0.0" };
        promote(&shop, "Web Shop", "Development", "Test", flags)
            .passes()
            .says(&[&format!("release {version} is promoted"), "Test: it replaces 0.9.0"]);
        let all = shop.requests();
        let accepted = all.iter().position(|it| it.path.ends_with("/untenanted/v1")).unwrap();
        let paths: Vec<_> = all.iter().map(|it| format!("{:?} {} {}", it.at, it.method, it.path)).collect();
        assert_eq!(Shop::depth(&all[..=accepted]), expected, "{failures} {flags:?}: {paths:#?}");
    }
}

#[test]
fn a_success_older_than_all_that_a_progression_or_a_list_shows_is_found() {
    // A progression tells of a hundred releases for each environment at most.
    let shop = followed_by_failures(120);
    promote(&shop, "Web Shop", "Development", "Test", &[])
        .passes()
        .says(&["release 1.1.0 is promoted", "Test: it replaces 0.9.0"]);
    // A list shows the thirty newest first.
    let mut history = vec![release("1.0.0", "50d", json!([{"environment": "Development", "ago": "50d"}]))];
    for number in 1..=40 {
        let hours = format!("{}h", 900 - number);
        let version = format!("1.1.{number}");
        history.push(release(&version, &hours, json!([{"environment": "Development", "ago": hours}])));
    }
    let shop = past(Value::Array(history));
    promote(&shop, "Web Shop", "Development", "Test", &["--version", "1.0.0"])
        .passes()
        .says(&["release 1.0.0 is promoted: it was asked for"]);
}

#[test]
fn one_that_still_runs_is_not_taken() {
    let shop = Shop::slow();
    shop.run(&["create", "--project", "Web Shop", "--version", "1.5.0"]).passes();
    shop.somebody_deploys("Web Shop", "1.5.0", "Development");
    promote(&shop, "Web Shop", "Development", "Test", &[]).passes().says(&["release 1.4.6 is promoted"]);
}

#[test]
fn a_release_that_somebody_else_made_is_taken() {
    let shop = Shop::new();
    let body = json!({"SpaceId": "Spaces-1", "SpaceIdOrName": "Spaces-1", "ProjectName": "Web Shop",
        "ReleaseVersion": "1.6.0"});
    shop.ask(shop.sandbox.api_key(), "POST", "Spaces-1/releases/create/v1", &body);
    shop.somebody_deploys("Web Shop", "1.6.0", "Development");
    shop.settle();
    promote(&shop, "Web Shop", "Development", "Test", &[]).passes().says(&["release 1.6.0 is promoted"]);
}

#[test]
fn an_explicit_version_must_have_been_there() {
    let shop = Shop::new();
    promote(&shop, "Web Shop", "Development", "Test", &["--version", "1.4.5"])
        .passes()
        .says(&["release 1.4.5 is promoted: it was asked for, and Deployments-", "put it in Development"]);
    for version in ["1.4.6", "9.9.9"] {
        promote(&shop, "Web Shop", "Test", "Production", &["--version", version]).ends(1).says(&[
            &format!("promote: error: release {version} was not deployed successfully to Test"),
            "promote: what to do: deploy a release to the source environment first",
        ]);
    }
}

#[test]
fn this_builds_release_alone_can_be_asked_for() {
    let settings =
        "[[promote]]\nfrom = \"Development\"\nto = [\"Test\"]\nonly-this-build = true\nwait = false";
    let shop = Shop::new();
    let own = |id: &str, version: &str| json!({"id": id, "version": version});
    shop.handle("Web Shop", "[create]\nversion = \"1.4.7\"", &own("1", "1.4.7")).passes();
    shop.handle("Web Shop", settings, &own("1", "1.4.7")).ends(1).says(&[
        "promote: error: Development holds release 1.4.6, not this build's release 1.4.7",
        "promote: what to do: another build deployed in between; promote from that build, or leave out only-this-build",
    ]);
    let deploy = "[create]\nversion = \"1.4.8\"\n[deploy]\nto = [\"Development\"]";
    shop.handle("Web Shop", deploy, &own("2", "1.4.8")).passes();
    shop.handle("Web Shop", settings, &own("2", "1.4.8")).passes();
    // What carries no marker is a person's for all that is known.
    shop.handle("Web Shop", settings, &own("2", "1.4.6")).ends(1).says(&["this build did not make it"]);
    shop.handle("Web Shop", settings, &build("3")).ends(2).says(&["this build's release is not known"]);
}

#[test]
fn a_target_is_not_moved_backwards_unless_that_is_allowed() {
    let shop = past(json!([
        release("1.4.4", "9d", json!([{"environment": "Development", "ago": "1d"}])),
        release(
            "1.4.10",
            "8d",
            json!([{"environment": "Development", "ago": "8d"}, {"environment": "Test", "ago": "2d"}])
        ),
    ]));
    promote(&shop, "Web Shop", "Development", "Test", &[]).ends(1).says(&[
        "promote: error: Test has release 1.4.10; release 1.4.4 would move it backwards",
        "promote: what to do: set allow-downgrade = true",
    ]);
    assert_eq!(shop.written(), [], "nothing was deployed");
    promote(&shop, "Web Shop", "Development", "Test", &["--allow-downgrade"])
        .passes()
        .says(&["promote: Test: it replaces 1.4.10", "promote: Test: deploying ("]);
}

#[test]
fn nothing_to_promote_is_an_error_of_its_own() {
    let shop = Shop::new();
    promote(&shop, "Quick Shop", "Development", "Test", &[]).ends(1).says(&[
        "promote: error: nothing to promote: no release was deployed successfully to Development",
        "promote: what to do: deploy a release to the source environment first, and wait for its success",
    ]);
}

#[test]
fn an_environment_that_is_not_reachable_names_the_phase() {
    let shop = Shop::new();
    promote(&shop, "Web Shop", "Development", "Production", &[]).ends(1).says(&[
        "promote: error: release 1.4.6 may not be deployed to Production yet: phase 'Test' is not complete",
        "promote: what to do: deploy the release to the blocking phase first",
    ]);
    promote(&shop, "Web Shop", "Development", "Guided", &[])
        .ends(1)
        .says(&["promote: error: environment 'Guided' exists, but no lifecycle of this project contains it"]);
    promote(&shop, "Web Shop", "Devlopment", "Test", &[])
        .ends(1)
        .says(&["promote: error: there is no environment 'Devlopment'; the nearest is 'Development'"]);
    promote(&shop, "Web Shop", "Development", "development", &[])
        .ends(2)
        .says(&["`development` is promoted to itself"]);
}

#[test]
fn a_defect_and_a_freeze_are_errors_of_their_own() {
    let shop = past(json!([{
        "version": "1.4.6", "ago": "2d", "defect": "The basket forgets its goods",
        "deployments": [{"environment": "Development", "ago": "2d"}],
    }]));
    promote(&shop, "Web Shop", "Development", "Test", &[]).ends(1).says(&[
        "promote: error: release 1.4.6 is held back by an unresolved defect: The basket forgets its goods",
        "promote: what to do: resolve the defect on the release's page, or promote another release",
    ]);
    let shop = Shop::changed(|seed| {
        project(seed, "Frozen Shop")["history"] =
            json!([release("1.0.0", "2d", json!([{"environment": "Development", "ago": "2d"}]))]);
    });
    promote(&shop, "Frozen Shop", "Development", "Test", &[])
        .ends(1)
        .says(&["promote: error: a deployment freeze is in force: 'Year end'"]);
    let reason = ["--override-freeze", "Year end", "--override-freeze-reason", "OPS-11"];
    shop.forget();
    promote(&shop, "Frozen Shop", "Development", "Test", &reason).passes();
    assert_eq!(shop.deployed()["DeploymentFreezeOverrideReason"], "OPS-11");
}

#[test]
fn several_targets_are_promoted_to_side_by_side() {
    let shop = Shop::changed(|seed| {
        project(seed, "Quick Shop")["history"] =
            json!([release("1.0.0", "2d", json!([{"environment": "Development", "ago": "2d"}]))]);
    });
    promote(&shop, "Quick Shop", "Development", "Test", &["--to", "Pre-Production"])
        .passes()
        .says(&["promote: Test: deploying (", "promote: Pre-Production: deploying ("]);
    assert_eq!(shop.deployed()["EnvironmentNames"], json!(["Test", "Pre-Production"]));
}

#[test]
fn only_releases_of_the_channel_are_promoted() {
    let mut hotfix = release("2.0.5", "1d", json!([{"environment": "Test", "ago": "1d"}]));
    hotfix["channel"] = json!("Hotfix");
    let deployed = json!([{"environment": "Development", "ago": "5d"}, {"environment": "Test", "ago": "4d"}]);
    let shop = past(json!([release("1.4.5", "5d", deployed), hotfix]));
    promote(&shop, "Web Shop", "Test", "Production", &["--channel", "Default"])
        .passes()
        .says(&["release 1.4.5 is promoted"]);
    promote(&shop, "Web Shop", "Test", "Production", &[]).passes().says(&["release 2.0.5 is promoted"]);
}

#[test]
fn the_options_of_a_deployment_are_those_of_a_promotion() {
    let shop = Shop::new();
    let flags = [
        "--machine",
        "test-01",
        "--skip-step",
        "Smoke test",
        "--guided-failure",
        "off",
        "--refresh-variables",
    ];
    promote(&shop, "Web Shop", "Development", "Test", &flags).passes();
    let body = shop.deployed();
    assert_eq!(
        (&body["SpecificMachineNames"], &body["SkipStepNames"]),
        (&json!(["test-01"]), &json!(["Smoke test"]))
    );
    assert_eq!((&body["UseGuidedFailure"], &body["UpdateVariableSnapshot"]), (&json!(false), &json!(true)));
    let notes = ["--notes", "n", "--again", "--run-at", "2099-01-01T00:00:00Z"];
    promote(&shop, "Web Shop", "Development", "Test", &notes).passes();
    let body = shop.body_of("deployments");
    assert_eq!((&body["Comments"], &body["QueueTime"]), (&json!("n"), &json!("2099-01-01T00:00:00Z")));
}

/// A world in which tenants have releases of their own.
fn tenanted() -> Shop {
    let at = |environment: &str, tenant: &str, ago: &str| json!({"environment": environment, "tenant": tenant, "ago": ago});
    Shop::changed(|seed| {
        project(seed, "Portal")["history"] = json!([
            release(
                "3.0.0",
                "9d",
                json!([
                    at("Development", "Acme", "9d"),
                    at("Development", "Globex", "8d"),
                    at("Test", "Acme", "7d")
                ])
            ),
            release("3.1.0", "5d", json!([at("Development", "Acme", "5d")])),
        ]);
    })
}

#[test]
fn each_tenant_gets_what_that_same_tenant_has() {
    let shop = tenanted();
    let ran = promote(&shop, "Portal", "Development", "Test", &["--tenant", "*"]).passes();
    let ran = ran.says(&["release 3.1.0 is promoted", "promote: Test for Acme: it replaces 3.0.0"]);
    ran.says(&["release 3.0.0 is promoted", "promote: Test for Globex: deploying ("]);
    let mut made = shop.deployments_in_words();
    made.iter_mut().for_each(|it| it.truncate(it.rfind(':').unwrap()));
    assert_eq!(made, ["3.1.0 to Test for Acme", "3.0.0 to Test for Globex"]);
    promote(&shop, "Portal", "Development", "Test", &["--tenant", "Initech"]).ends(1);
    promote(&shop, "Portal", "Test", "Production", &["--tenant", "Globex", "--version", "3.1.0"])
        .ends(1)
        .says(&["release 3.1.0 was not deployed successfully to Test for Globex"]);
}

#[test]
fn of_tenants_that_nobody_named_those_without_a_release_are_left_out() {
    let shop = tenanted();
    // Acme alone has been deployed to in Test.
    let globex = "promote: warning: tenant 'Globex' is left out: nothing to promote: no release was deployed \
                  successfully to Test for Globex";
    let all: &[&[&str]] =
        &[&["--tenant", "*"], &["--tenant-tag", "Ring/Early", "--tenant-tag", "Ring/Stable"]];
    for tenants in all {
        let shop = tenanted();
        let ran = promote(&shop, "Portal", "Test", "Production", tenants).passes();
        ran.says(&[
            globex,
            "release 3.0.0 is promoted",
            "Production for Acme: deploying (",
            "promenade: passed (exit code 0)",
        ]);
        assert_eq!(shop.deployments().len(), 1);
    }
    // One that was named must have something, also where a tag means it as well.
    let named: &[&[&str]] = &[
        &["--tenant", "Globex", "--tenant", "Acme"],
        &["--tenant", "globex", "--tenant-tag", "Ring/Early", "--tenant-tag", "Ring/Stable"],
    ];
    for tenants in named {
        promote(&shop, "Portal", "Test", "Production", tenants)
            .ends(1)
            .says(&["error: nothing to promote: no release was deployed successfully to Test for Globex"]);
    }
    // A version that some have.
    promote(&shop, "Portal", "Development", "Test", &["--tenant", "*", "--version", "3.1.0"]).passes().says(&[
        "tenant 'Globex' is left out: release 3.1.0 was not deployed successfully to Development for Globex",
        "Test for Acme: it replaces 3.0.0",
    ]);
    // And where none has anything there is nothing to do.
    promote(&shop, "Portal", "Production", "Test", &["--tenant", "*"])
        .ends(1)
        .says(&["error: nothing to promote: no release was deployed successfully to Production\n"])
        .never_says("is left out");
}

#[test]
fn a_deployment_for_a_tenant_is_none_without_tenants() {
    let shop = Shop::changed(|seed| {
        project(seed, "Mixed")["history"] = json!([
            release("1.0.0", "3d", json!([{"environment": "Development", "ago": "3d"}])),
            release("1.1.0", "2d", json!([{"environment": "Development", "tenant": "Acme", "ago": "1d"}])),
        ]);
    });
    promote(&shop, "Mixed", "Development", "Test", &[]).passes().says(&["release 1.0.0 is promoted"]);
    promote(&shop, "Mixed", "Development", "Test", &["--tenant", "Acme"])
        .passes()
        .says(&["release 1.1.0 is promoted"]);
}

const CHAIN: &str = "[create]\nversion = \"$Build.Version$\"\n[deploy]\nto = [\"Development\"]\n\
                     [[promote]]\nfrom = \"Development\"\nto = [\"Test\"]\n\
                     [[promote]]\nfrom = \"Test\"\nto = [\"Production\"]\n";

#[test]
fn a_run_promotes_what_it_deployed_itself() {
    let shop = Shop::new();
    shop.handle("Web Shop", CHAIN, &json!({"id": "1", "version": "1.5.0"})).passes().says(&[
        "create: release 1.5.0 was created",
        "deploy: Development: succeeded",
        "promote: release 1.5.0 is promoted: this run deployed it to Development",
        "promote: Test: it replaces 1.4.5",
        "promote: Test: succeeded",
        "promote: release 1.5.0 is promoted: this run deployed it to Test",
        "promote: Production: it replaces 1.4.4",
        "promote: Production: succeeded",
        "promenade: passed (exit code 0)",
    ]);
    let places: Vec<_> = shop.deployments().iter().map(|it| it["environment"].clone()).collect();
    assert_eq!(places, ["Development", "Test", "Production"]);
}

#[test]
fn what_was_not_successful_in_this_run_is_not_promoted() {
    let shop = Shop::new();
    let tolerant = CHAIN.replace("to = [\"Development\"]\n", "to = [\"Development\"]\nfail-build = false\n");
    shop.handle("Web Shop", &tolerant, &json!({"id": "1", "version": "1.5.0-broken"})).passes().says(&[
        "deploy: Development: failed",
        "promote: skipped: Promote from Development to Test: the deployment to Development in this run was not successful",
        "promote: skipped: Promote from Test to Production: nothing was deployed to Test in this run",
        "promenade: passed with warnings",
    ]);
    shop.handle("Web Shop", CHAIN, &json!({"id": "2", "version": "1.5.1-broken"}))
        .ends(1)
        .says(&["promote: skipped: Promote from Development to Test: an action before it failed"]);
    assert_eq!(shop.deployments().len(), 2);
}

#[test]
fn what_is_not_waited_for_cannot_be_promoted_in_the_same_run() {
    let shop = Shop::new();
    let hasty = CHAIN.replace("to = [\"Development\"]\n", "to = [\"Development\"]\nwait = false\n");
    shop.handle("Web Shop", &hasty, &json!({"id": "1", "version": "1.5.0"})).ends(2).says(&[
        "promenade.toml:9:8: ",
        "`from` is what \"Deploy to Development\" deploys to, and that is not waited for",
        "take `wait = false` away from it, or promote on a later event",
    ]);
    assert_eq!(shop.requests(), []);
}
