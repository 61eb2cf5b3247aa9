//! Deploying a release: every option, every refusal, and the people who are asked on the way.

mod names;
mod people;

use serde_json::{Value, json};

use crate::support::shop::{Ran, Shop, build, with};

/// Deploys a project's release of the seed to Development anew, with further flags, and does not wait.
fn deploy(shop: &Shop, flags: &[&str]) -> Ran {
    let deploy = ["deploy", "--project", "Web Shop", "--version", "1.4.6", "--again", "--no-wait"];
    shop.run(&[&deploy[..], &["--to", "Development"], flags].concat())
}

/// Makes a release of a project without history.
fn made(project: &str, version: &str) -> Shop {
    made_in(Shop::new(), project, version)
}

fn made_in(shop: Shop, project: &str, version: &str) -> Shop {
    shop.run(&["create", "--project", project, "--version", version]).passes();
    shop.forget();
    shop
}

#[test]
fn a_deployment_is_waited_for_and_its_steps_are_told() {
    let shop = Shop::new();
    let arguments =
        ["deploy", "--project", "Web Shop", "--version", "1.4.6", "--to", "Development", "--again"];
    shop.run(&arguments).passes().says(&[
        "deploy: release 1.4.6 (http",
        "deploy: Development: deploying (ServerTasks-",
        "deploy: Development: succeeded in ",
        "deploy: Development | Step 2: Deploy web / dev-01 | Unpacking 1.4.6",
        "deploy: Development: Step 2: Deploy web: succeeded",
        "promenade: passed (exit code 0)",
    ]);
    let body = shop.deployed();
    assert_eq!(body["EnvironmentNames"], json!(["Development"]));
    assert_eq!(body["UseGuidedFailure"], Value::Null, "the server's own default");
}

#[test]
fn a_deployment_that_fails_warns_or_runs_out_of_the_servers_time_says_so() {
    for (version, code, words) in [
        ("1.5.0-broken", 1, "deploy: Development: failed in "),
        ("1.5.0-warning", 0, "with warnings"),
        ("1.5.0-timeout", 6, "deploy: Development: ran into the server's time limit"),
    ] {
        let shop = made("Web Shop", version);
        let run = ["deploy", "--project", "Web Shop", "--version", version, "--to", "Development"];
        shop.run(&run).ends(code).says(&[words]);
        shop.run(&[&run[..], &["--no-fail-build", "--again"]].concat())
            .passes()
            .says(&["passed with warnings"]);
        shop.run(&[&run[..], &["--no-fail-build", "--again", "--warnings-exit", "9"]].concat()).ends(9);
    }
}

#[test]
fn without_a_create_the_channels_latest_release_is_deployed() {
    let shop = Shop::new();
    let latest = ["deploy", "--project", "Web Shop", "--to", "Development", "--again", "--no-wait"];
    shop.run(&latest).passes().says(&["deploy: release 1.4.6 (http"]);
    shop.run(&[&latest[..], &["--channel", "Hotfix"]].concat())
        .ends(1)
        .says(&["deploy: error: channel 'Hotfix' of project 'Web Shop' has no release yet"]);
    shop.run(&["create", "--project", "Web Shop", "--version", "2.0.5", "--channel", "Hotfix"]).passes();
    shop.run(&latest).passes().says(&["deploy: release 1.4.6 (http"]);
    let hotfix = ["deploy", "--project", "Web Shop", "--channel", "Hotfix", "--to", "Test", "--no-wait"];
    shop.run(&hotfix).passes().says(&["deploy: release 2.0.5 (http"]);
}

#[test]
fn with_a_create_only_this_builds_release_is_deployed() {
    let settings = "[create]\nversion = \"$Build.Version$\"\nwhen = { event = \"stage-completed\" }\n\
                    [deploy]\nto = [\"Development\"]\nwait = false\nagain = true";
    let shop = Shop::new();
    // The create ran on an earlier event; its version leads to the release.
    shop.handle("Web Shop", settings, &json!({"id": "1", "version": "1.4.5"})).passes().says(&[
        "create: skipped: Create a release: it waits for the event stage-completed",
        "deploy: release 1.4.5",
    ]);
    shop.handle("Web Shop", settings, &json!({"id": "2", "version": "1.4.99"})).ends(1).says(&[
        "deploy: error: project 'Web Shop' has no release 1.4.99",
        "deploy: what to do: create the release first, or name one that exists",
    ]);
    let numberless = settings.replace("version = \"$Build.Version$\"", "notes = \"n\"");
    shop.handle("Web Shop", &numberless, &build("3"))
        .ends(1)
        .says(&["deploy: error: this build's release was not found", "give the create a version"]);
    assert_eq!(shop.deployments().len(), 1, "the latest of the channel is nobody's release here");
}

#[test]
fn several_environments_are_one_request() {
    let shop = made("Guided Shop", "1.0.0");
    let several = ["--to", "Test", "--to", "Production", "--to", "test", "--no-wait"];
    shop.run(&[&["deploy", "--project", "Guided Shop", "--version", "1.0.0"], &several[..]].concat())
        .passes()
        .says(&["deploy: Test: deploying (", "deploy: Production: deploying ("]);
    assert_eq!(shop.deployed()["EnvironmentNames"], json!(["Test", "Production"]));
    assert_eq!(shop.deployments().len(), 2);
}

#[test]
fn tenants_are_named_or_tagged_or_all() {
    for (flags, tenants, tags, made_for) in [
        (&["--tenant", "Acme"][..], json!(["Acme"]), json!([]), &["Acme"][..]),
        (
            &["--tenant", "acme", "--tenant", "Globex"],
            json!(["Acme", "Globex"]),
            json!([]),
            &["Acme", "Globex"],
        ),
        (&["--tenant-tag", "Region/US"], json!(["Globex"]), json!([]), &["Globex"]),
        (&["--tenant", "*"], json!(["Acme", "Globex"]), json!([]), &["Acme", "Globex"]),
    ] {
        let shop = made("Portal", "3.3.0");
        let run = ["deploy", "--project", "Portal", "--version", "3.3.0", "--to", "Development", "--no-wait"];
        let ran = shop.run(&[&run[..], flags].concat()).passes();
        let body = shop.body_of("deployments/create/tenanted/v1");
        let sent = |key: &str| body.get(key).cloned().filter(|it| !it.is_null()).unwrap_or(json!([]));
        assert_eq!(
            (&body["EnvironmentName"], sent("Tenants"), sent("TenantTags")),
            (&json!("Development"), tenants, tags)
        );
        let wanted: Vec<_> =
            made_for.iter().map(|it| format!("deploy: Development for {it}: deploying (")).collect();
        for line in &wanted {
            assert!(ran.out.contains(line.as_str()), "{line}\n{ran}");
        }
        assert_eq!(shop.deployments().len(), made_for.len());
    }
}

#[test]
fn tenants_of_a_new_release_are_known_before_it_is_deployed() {
    // By their own names, so that what is made can be compared with what was asked for.
    for (keys, tenants, tags) in [
        ("tenants = [\"*\"]", json!(["Acme", "Globex"]), json!([])),
        ("tenants = [\"Globex\"]\ntenant-tags = [\"Ring/Early\"]", json!(["Globex", "Acme"]), json!([])),
    ] {
        let shop = Shop::new();
        let settings =
            format!("[create]\nversion = \"3.3.0\"\n[deploy]\nto = [\"Development\"]\nwait = false\n{keys}");
        let ran = shop.handle("Portal", &settings, &build("1")).passes();
        for tenant in ["Acme", "Globex"] {
            let line = format!("deploy: Development for {tenant}: deploying (");
            assert!(ran.out.contains(&line), "{line}\n{ran}");
        }
        let body = shop.body_of("deployments/create/tenanted/v1");
        let sent = |key: &str| body.get(key).cloned().filter(|it| !it.is_null()).unwrap_or(json!([]));
        assert_eq!((sent("Tenants"), sent("TenantTags")), (tenants, tags));
    }
}

#[test]
fn tenants_that_cannot_be_meant_are_refused() {
    let shop = made("Portal", "3.3.0");
    let run = ["deploy", "--project", "Portal", "--version", "3.3.0", "--to", "Development"];
    for (flags, code, words) in [
        (&["--tenant", "Amce"][..], 1, "there is no tenant 'Amce'; the nearest is 'Acme'"),
        (
            &["--tenant", "Initech"],
            1,
            "tenant 'Initech' is not linked to environment 'Development' of project 'Portal'",
        ),
        (&["--tenant-tag", "Region/Mars"], 1, "there is no tenant tag 'Region/Mars'"),
        (&[], 1, "can only be deployed for tenants"),
        (
            &["--tenant", "*", "--tenant", "Acme"],
            2,
            "`*` means every tenant, and others are named in addition",
        ),
        (&["--tenant-tag", "EU"], 2, "`EU` is not a tenant tag"),
    ] {
        shop.run(&[&run[..], flags].concat()).ends(code).says(&[words]);
    }
    assert_eq!(shop.deployments_in_words(), [] as [&str; 0]);
}

#[test]
fn packages_can_be_fetched_and_deployed_again_by_force() {
    let shop = Shop::new();
    deploy(&shop, &["--force-package-download"]).passes();
    let body = shop.deployed();
    assert_eq!(
        (&body["ForcePackageDownload"], &body["ForcePackageRedeployment"]),
        (&json!(true), &json!(false))
    );
    shop.forget();
    deploy(&shop, &["--force-redeployment"]).passes();
    let body = shop.deployed();
    assert_eq!(
        (&body["ForcePackageDownload"], &body["ForcePackageRedeployment"]),
        (&json!(false), &json!(true))
    );
}

#[test]
fn machines_are_chosen_or_left_out() {
    let shop = Shop::new();
    deploy(&shop, &["--machine", "dev-01"]).passes();
    assert_eq!(shop.deployed()["SpecificMachineNames"], json!(["dev-01"]));
    shop.forget();
    deploy(&shop, &["--excluded-machine", "dev-01"]).passes();
    assert_eq!(shop.deployed()["ExcludedMachineNames"], json!(["dev-01"]));
    shop.settle();
    let ran_on: Vec<_> = shop.deployments().iter().map(|it| it["ranOn"].clone()).collect();
    assert_eq!(ran_on, [json!(["dev-01"]), json!(["dev-02"])]);
    deploy(&shop, &["--machine", "dev-1"])
        .ends(1)
        .says(&["deploy: error: there is no machine 'dev-1'; the nearest is 'dev-01'"]);
    deploy(&shop, &["--machine", "dev-01", "--excluded-machine", "DEV-01"])
        .ends(2)
        .says(&["`DEV-01` is in `machines` and in `excluded-machines`"]);
}

#[test]
fn steps_are_skipped_by_name_and_an_unknown_one_is_an_error() {
    let shop = Shop::new();
    deploy(&shop, &["--skip-step", "smoke test"]).passes();
    assert_eq!(shop.deployed()["SkipStepNames"], json!(["Smoke test"]), "the process's own word");
    assert_eq!(shop.deployments()[0]["skippedSteps"], json!(["Smoke test"]));
    deploy(&shop, &["--skip-step", "Smoke tset"]).ends(1).says(&[
        "deploy: error: the deployment process has no step 'Smoke tset'",
        "deploy: what to do: it has 'Migrate', 'Deploy web', 'Smoke test'",
    ]);
    assert_eq!(shop.deployments().len(), 1);
}

#[test]
fn guided_failure_has_three_states() {
    let shop = Shop::new();
    for (flags, sent) in [
        (&[][..], Value::Null),
        (&["--guided-failure", "default"], Value::Null),
        (&["--guided-failure", "on"], json!(true)),
        (&["--guided-failure", "off"], json!(false)),
    ] {
        shop.forget();
        deploy(&shop, flags).passes();
        assert_eq!(shop.deployed()["UseGuidedFailure"], sent, "{flags:?}");
    }
}

#[test]
fn prompted_variables_are_sent_by_name_and_secret_ones_stay_secret() {
    let shop = made_in(Shop::new(), "Asking Shop", "1.0.0");
    shop.write("token", "file-secret-value\n");
    let run = ["deploy", "--project", "Asking Shop", "--version", "1.0.0", "--no-wait"];
    let dev = shop.run(&[&run[..], &["--to", "Development", "--variable", "Approver=ann"]].concat());
    dev.passes();
    assert_eq!(shop.deployed()["Variables"], json!({"Approver": "ann"}));
    shop.settle();
    for (flag, value) in [("--variable-env", "Token=MY_TOKEN"), ("--variable-file", "Token=token")] {
        shop.forget();
        let more = ["--to", "Test", "--again", "--variable", "Approver=a=b", flag, value];
        let command = shop.command(&[&run[..], &more[..]].concat());
        let ran = Ran::of(with(command, "MY_TOKEN", "file-secret-value")).passes();
        ran.never_says("file-secret-value");
        assert_eq!(shop.deployed()["Variables"], json!({"Approver": "a=b", "Token": "file-secret-value"}));
    }
    shop.run(&[&run[..], &["--to", "Development", "--again"]].concat()).ends(1).says(&[
        "The prompted variable 'Approver' is required for the deployment to Development, and has no value.",
    ]);
    shop.run(&[&run[..], &["--to", "Development", "--variable-env", "Token=NOWHERE"]].concat())
        .ends(2)
        .says(&["the value of prompted-variables.Token cannot be read", "NOWHERE is not set"]);
}

#[test]
fn a_deployment_can_begin_later_and_be_given_up() {
    let shop = Shop::new();
    let later = ["--run-at", "2099-01-01T00:00:00+01:00", "--no-run-after", "2099-01-01T02:00:00+01:00"];
    deploy(&shop, &later).passes();
    let body = shop.deployed();
    assert_eq!(
        (&body["RunAt"], &body["NoRunAfter"]),
        (&json!("2098-12-31T23:00:00Z"), &json!("2099-01-01T01:00:00Z"))
    );
    assert_eq!(shop.deployments()[0]["state"], "Queued");
    for (flags, words) in [
        (&["--no-run-after", "2099-01-01T02:00:00Z"][..], "`no-run-after` means nothing without `run-at`"),
        (&["--run-at", "2099-01-01 00:00"], "--run-at"),
        (
            &["--run-at", "2099-01-01T02:00:00Z", "--no-run-after", "2099-01-01T01:00:00Z"],
            "`no-run-after` is not after `run-at`",
        ),
    ] {
        deploy(&shop, flags).ends(2).says(&[words]);
    }
    let wait = [
        "deploy",
        "--project",
        "Web Shop",
        "--version",
        "1.4.5",
        "--to",
        "Development",
        "--time-limit",
        "2s",
    ];
    shop.run(&[&wait[..], &["--run-at", "2099-01-01T00:00:00Z"]].concat())
        .ends(2)
        .says(&["--run-at: `run-at` (2099-01-01T00:00:00Z) is later than the action's time limit of 2s"]);
}

#[test]
fn a_freeze_is_its_own_error_and_can_be_overridden_with_a_reason() {
    let shop = made("Frozen Shop", "1.0.0");
    let run = ["deploy", "--project", "Frozen Shop", "--version", "1.0.0", "--no-wait", "--to"];
    shop.run(&[&run[..], &["Development"]].concat()).passes();
    shop.settle();
    shop.run(&[&run[..], &["Test"]].concat()).ends(1).says(&[
        "deploy: error: a deployment freeze is in force: 'Year end'",
        "deploy: what to do: wait for the end of the freeze, or set freeze-override with a reason",
    ]);
    shop.forget();
    let reason = ["Test", "--override-freeze", "Year end", "--override-freeze-reason", "A fix for OPS-11"];
    shop.run(&[&run[..], &reason[..]].concat()).passes();
    let body = shop.deployed();
    assert_eq!(body["DeploymentFreezeNames"], json!(["Year end"]));
    assert_eq!(body["DeploymentFreezeOverrideReason"], "A fix for OPS-11");
    // The older route, which notes need, says it in ids.
    shop.forget();
    shop.run(&[&run[..], &reason[..], &["--again", "--notes", "n"]].concat()).passes();
    assert_eq!(shop.body_of("deployments/override")["Reason"], "A fix for OPS-11");
    shop.run(&[&run[..], &["Test", "--override-freeze", "Year end"]].concat()).ends(2);
}

#[test]
fn notes_are_sent_by_the_older_route_with_all_else_in_ids() {
    let shop = Shop::new();
    let flags = [
        "--notes",
        "By hand",
        "--machine",
        "dev-01",
        "--excluded-machine",
        "dev-02",
        "--skip-step",
        "Migrate",
    ];
    deploy(&shop, &[&flags[..], &["--force-redeployment", "--guided-failure", "on"]].concat()).passes();
    let body = shop.body_of("deployments");
    assert_eq!(body["Comments"], "By hand");
    let ids = |key: &str, start: &str| {
        body[key].as_array().unwrap().iter().all(|it| it.as_str().unwrap().starts_with(start))
    };
    assert!(ids("SpecificMachineIds", "Machines-") && ids("ExcludedMachineIds", "Machines-"));
    assert!(body["EnvironmentId"].as_str().unwrap().starts_with("Environments-"));
    assert_eq!((&body["UseGuidedFailure"], &body["ForcePackageRedeployment"]), (&json!(true), &json!(true)));
    let made = shop.deployments().remove(0);
    assert_eq!(
        (&made["specificMachines"], &made["excludedMachines"]),
        (&json!(["dev-01"]), &json!(["dev-02"]))
    );
    assert_eq!(made["skippedSteps"], json!(["Migrate"]));
    deploy(&shop, &["--notes", "n", "--skip-step", "Migrat"]).ends(1).says(&["has no step 'Migrat'"]);
}

#[test]
fn notes_carry_the_builds_marker_and_prompted_values_under_the_forms_names() {
    let shop = made("Asking Shop", "1.0.0");
    let settings = "[deploy]\nversion = \"1.0.0\"\nto = [\"Development\"]\nwait = false\nnotes = \"$Build.Number$\"\n\
                    [prompted-variables]\nApprover = \"bob\"";
    shop.handle("Asking Shop", settings, &json!({"id": "77", "number": "482"})).passes();
    let body = shop.body_of("deployments");
    let comments = body["Comments"].as_str().unwrap();
    assert!(comments.starts_with("482\n\n<!-- promenade build=,,,77 does="), "{comments}");
    let values: Vec<_> = body["FormValues"].as_object().unwrap().iter().collect();
    assert_eq!(values.len(), 1);
    assert!(values[0].0 != "Approver" && values[0].1 == "bob", "{values:?}");
    assert_eq!(shop.deployments()[0]["variables"]["Approver"], "bob");
    let misspelt =
        settings.replace("Approver", "Aprover").replace("wait = false", "wait = false\nagain = true");
    shop.handle("Asking Shop", &misspelt, &json!({"id": "78", "number": "483"}))
        .ends(1)
        .says(&["there is no prompted variable 'Aprover'; the nearest is 'Approver'"]);
}

#[test]
fn notes_of_several_environments_are_one_request_each() {
    let shop = made("Quick Shop", "1.0.0");
    shop.run(&["deploy", "--project", "Quick Shop", "--version", "1.0.0", "--to", "Development"]).passes();
    shop.forget();
    let run = ["deploy", "--project", "Quick Shop", "--version", "1.0.0", "--no-wait", "--notes", "n"];
    shop.run(&[&run[..], &["--to", "Test", "--to", "Pre-Production"]].concat())
        .passes()
        .says(&["deploy: Test: deploying (", "deploy: Pre-Production: deploying ("]);
    assert_eq!(shop.written().len(), 2);
}

#[test]
fn refreshing_variables_changes_the_releases_snapshot() {
    let shop = Shop::new();
    deploy(&shop, &["--refresh-variables"]).passes();
    assert_eq!(shop.deployed()["UpdateVariableSnapshot"], true);
    assert_eq!(shop.release("Web Shop", "1.4.6")["snapshots"], 2);
    shop.forget();
    deploy(&shop, &["--refresh-variables", "--notes", "n"]).passes();
    let written = shop.written();
    assert!(written[0].0.ends_with("/snapshot-variables"), "{written:?}");
    assert_eq!(shop.release("Web Shop", "1.4.6")["snapshots"], 3);
}

#[test]
fn editing_the_projects_variables_is_loud_and_refreshes_the_snapshot() {
    let shop = Shop::new();
    deploy(&shop, &["--edit-project-variable", "LogLevel=Debug"]).passes().says(&[
        "deploy: warning: editing the variables LogLevel of project 'Web Shop' itself: the values stay there",
        "promenade: passed (exit code 0)",
    ]);
    let written = shop.written();
    assert!(written[0].0.starts_with("variables/"), "{written:?}");
    assert_eq!(shop.deployed()["UpdateVariableSnapshot"], true);
    let edited = written[0].1["Variables"].as_array().unwrap();
    assert!(edited.iter().any(|it| it["Name"] == "LogLevel" && it["Value"] == "Debug"));
    // The same again changes nothing, but the release may have been made before.
    shop.forget();
    deploy(&shop, &["--edit-project-variable", "LogLevel=Debug"]).passes().never_says("warning");
    assert_eq!(shop.written().len(), 1);
    deploy(&shop, &["--edit-project-variable", "LogLevle=Debug"])
        .ends(1)
        .says(&["there is no unscoped variable 'LogLevle'; the nearest is 'LogLevel'"]);
}

#[test]
fn edited_variables_are_not_seen_in_what_is_said() {
    let shop = Shop::new();
    let command =
        ["deploy", "--project", "Web Shop", "--version", "1.4.6", "--to", "Development", "--no-wait"];
    let edit = ["--edit-project-variable-env", "LogLevel=LEVEL"];
    let ran = Ran::of(with(shop.command(&[&command[..], &edit[..]].concat()), "LEVEL", "hidden-level"));
    ran.passes().never_says("hidden-level");
}

#[test]
fn the_lifecycles_refusal_names_the_phase_that_blocks() {
    let shop = made("Web Shop", "1.5.0");
    shop.run(&["deploy", "--project", "Web Shop", "--version", "1.5.0", "--to", "Production"]).ends(1).says(&[
        "deploy: error: release 1.5.0 may not be deployed to Production yet: phase 'Development' is not complete; \
         it needs a successful deployment to Development",
        "deploy: what to do: deploy the release to the blocking phase first, or change the lifecycle",
    ]);
    shop.run(&["deploy", "--project", "Web Shop", "--version", "1.5.0", "--to", "Guided"])
        .ends(1)
        .says(&["the lifecycle of its channel does not contain this environment"]);
}

#[test]
fn what_a_key_may_not_do_and_what_is_switched_off_is_refused() {
    let shop = Shop::new();
    let run = ["deploy", "--project", "Web Shop", "--version", "1.4.5", "--to", "Test", "--again"];
    Ran::of(with(shop.command(&run), "OCTOPUS_API_KEY", "API-SANDBOXDEVELOPMENTONLYDEVE"))
        .ends(1)
        .says(&["DeploymentCreate", "what to do: the account lacks a permission"]);
    shop.run(&["deploy", "--project", "Retired Shop", "--version", "0.1.0", "--to", "Development"])
        .ends(1)
        .says(&["The project 'Retired Shop' is disabled."]);
}

#[test]
fn not_waiting_still_reports_a_refused_request() {
    let shop = made("Web Shop", "1.5.0");
    shop.run(&["deploy", "--project", "Web Shop", "--version", "1.5.0", "--to", "Test", "--no-wait"]).ends(1);
    let ran = deploy(&shop, &["--no-log"]).passes();
    assert_eq!(ran.out.lines().count(), 2, "the verdicts alone: {ran}");
}
