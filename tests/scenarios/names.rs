//! What words mean: found out once, for all actions of a run, before anything is changed.

use promenade::sandbox::{Fault, Script};
use serde_json::{Value, json};

use crate::support::shop::{Ran, Shop, build, project};

/// A create, and another action of this run with these keys.
fn with_create(keys: &str) -> String {
    format!("[create]\nversion = \"71.0.0\"\n{keys}")
}

/// Nothing was made, and nothing asked for.
#[track_caller]
fn untouched(shop: &Shop, project: &str) {
    assert_eq!(shop.written(), [], "something was changed");
    assert!(!shop.release_versions(project).contains(&"71.0.0".to_owned()), "a release was made");
}

#[test]
fn every_name_of_every_action_is_looked_up_before_the_first_is_begun() {
    for (name, keys, told) in [
        ("Quick Shop", "[deploy]\nto = [\"Nope\"]", "there is no environment 'Nope'"),
        ("Quick Shop", "[deploy]\nto = [\"Developmnt\"]", "the nearest is 'Development'"),
        ("Quick Shop", "[[promote]]\nfrom = \"Nope\"\nto = [\"Test\"]", "there is no environment 'Nope'"),
        ("Quick Shop", "[[promote]]\nfrom = \"Test\"\nto = [\"Nope\"]", "there is no environment 'Nope'"),
        (
            "Quick Shop",
            "[deploy]\nto = [\"Development\"]\nmachines = [\"nope\"]",
            "there is no machine 'nope'",
        ),
        (
            "Quick Shop",
            "[deploy]\nto = [\"Development\"]\nexcluded-machines = [\"dev-O1\"]",
            "there is no machine 'dev-O1'; the nearest is 'dev-01'",
        ),
        (
            "Quick Shop",
            "[deploy]\nto = [\"Development\"]\nskip-steps = [\"Nope\"]",
            "the deployment process has no step 'Nope'",
        ),
        (
            "Quick Shop",
            "[deploy]\nto = [\"Development\"]\nfreeze-override = { freezes = [\"Nope\"], reason = \"r\" }",
            "there is no deployment freeze 'Nope'",
        ),
        (
            "Asking Shop",
            "[deploy]\nto = [\"Development\"]\n[prompted-variables]\nAprover = \"ann\"",
            "there is no prompted variable 'Aprover'; the nearest is 'Approver'",
        ),
        ("Portal", "[deploy]\nto = [\"Development\"]\ntenants = [\"Acne\"]", "there is no tenant 'Acne'"),
        (
            "Portal",
            "[deploy]\nto = [\"Development\"]\ntenant-tags = [\"Region/UE\"]",
            "there is no tenant tag 'Region/UE'; the nearest is 'Region/EU'",
        ),
        (
            "Portal",
            "[deploy]\nto = [\"Development\"]\ntenants = [\"Initech\"]",
            "tenant 'Initech' is not linked to environment 'Development' of project 'Portal'",
        ),
        (
            "Quick Shop",
            "[deploy]\nto = [\"Development\"]\n[[promote]]\nfrom = \"Development\"\nto = [\"Tset\"]",
            "there is no environment 'Tset'; the nearest is 'Test'",
        ),
    ] {
        let shop = Shop::new();
        shop.handle(name, &with_create(keys), &build("1")).ends(1).says(&[told]);
        untouched(&shop, name);
    }
}

#[test]
fn a_channel_is_looked_up_before_the_release_is_made() {
    let shop = Shop::new();
    let command = |channel: &str| {
        let flags = ["create", "--project", "Web Shop", "--version", "71.0.0", "--channel", channel];
        shop.run(&flags)
    };
    command("Hotfx").ends(1).says(&["there is no channel 'Hotfx'; the nearest is 'Hotfix'"]);
    untouched(&shop, "Web Shop");
    command("default").passes();
    let body = shop.body_of("releases/create/v1");
    assert_eq!(body["ProjectName"], shop.project_id("Web Shop"));
    assert!(body["ChannelName"].as_str().is_some_and(|it| it.starts_with("Channels-")), "{body}");
}

#[test]
fn all_wrong_names_are_told_together_and_are_tolerated_by_nobody() {
    let shop = Shop::new();
    let keys = "[deploy]\nto = [\"Nope\"]\nmachines = [\"nope\"]\nfail-build = false\n\
                [[promote]]\nfrom = \"Nope\"\nto = [\"Neither\"]\nfail-build = false\n";
    shop.handle("Quick Shop", &with_create(keys), &build("1")).ends(1).says(&[
        "create: skipped: Create a release: nothing is started, since names of another action are invalid",
        "deploy: error: there is no environment 'Nope'",
        "there is no machine 'nope'",
        "promote: error: there is no environment 'Neither'",
        "promenade: failed (exit code 1)",
    ]);
    untouched(&shop, "Quick Shop");
}

#[test]
fn an_excluded_machine_that_does_not_exist_is_never_passed_over() {
    let shop = Shop::new();
    for notes in [&[][..], &["--notes", "n"]] {
        let deploy =
            ["deploy", "--project", "Web Shop", "--version", "1.4.6", "--to", "Development", "--again"];
        let flags = [&deploy[..], &["--no-wait", "--excluded-machine", "dev-0l"], notes].concat();
        shop.run(&flags).ends(1).says(&["there is no machine 'dev-0l'; the nearest is 'dev-01'"]);
        assert_eq!(shop.deployments().len(), 0);
    }
}

#[test]
fn what_is_sent_is_the_servers_own_name_or_its_id_where_that_is_documented() {
    let shop = Shop::new();
    let flags =
        ["--version", "1.4.6", "--to", "environments-1", "--machine", "DEV-01", "--skip-step", "smoke TEST"];
    let deploy = ["deploy", "--project", "web-shop", "--again", "--no-wait"];
    shop.run(&[&deploy[..], &flags].concat()).passes();
    let body = shop.deployed();
    assert_eq!(body["ProjectName"], shop.project_id("Web Shop"));
    assert_eq!(body["EnvironmentNames"], json!(["Development"]));
    assert_eq!(body["SpecificMachineNames"], json!(["dev-01"]));
    assert_eq!(body["SkipStepNames"], json!(["Smoke test"]));
}

#[test]
fn two_words_for_one_target_are_one_target() {
    let shop = Shop::new();
    let keys = "[deploy]\nto = [\"Development\", \"Environments-1\", \"development\"]\n";
    shop.handle("Quick Shop", &with_create(keys), &build("1")).passes();
    assert_eq!(shop.deployments_in_words(), ["71.0.0 to Development: Success"]);
    // And of a release that is there already.
    let keys = "[deploy]\nversion = \"71.0.0\"\nagain = true\nto = [\"Environments-1\", \"Development\"]\n";
    shop.handle("Quick Shop", keys, &build("2")).passes();
    assert_eq!(shop.deployments().len(), 2);
    let promote = ["promote", "--project", "Quick Shop", "--from", "Development", "--to", "Environments-1"];
    shop.run(&promote).ends(1).says(&["'Development' is both source and target"]);
}

#[test]
fn a_promotion_is_tied_to_what_its_source_means_whatever_the_words() {
    for (to, from) in [
        ("Environments-1", "Environments-1"),
        ("Development", "Environments-1"),
        ("Environments-1", "development"),
    ] {
        let settings = format!(
            "[deploy]\nversion = \"1.4.6\"\nto = [\"{to}\"]\nagain = true\n\
             [[promote]]\nfrom = \"{from}\"\nto = [\"Test\"]\n"
        );
        let shop = Shop::new();
        shop.handle("Web Shop", &settings, &build("1"))
            .passes()
            .says(&["release 1.4.6 is promoted: this run deployed it to", "promote: Test: succeeded"]);
        // The re-run finds both, and does both.
        let again = settings.replace("again = true\n", "");
        shop.handle("Web Shop", &again, &build("1")).passes().never_says("skipped");
        // Nobody knows whether what is not waited for is there.
        let unawaited = settings.replace("again = true", "again = true\nwait = false");
        let told = "`from` is what \"Deploy to";
        let ran = shop.handle("Web Shop", &unawaited, &build("2"));
        let ran = ran.says(&[told, "and that is not waited for"]);
        assert!([1, 2].contains(&ran.code), "{ran}");
        assert_eq!(shop.deployments().len(), 2);
    }
}

#[test]
fn a_release_of_another_channel_is_not_deployed_and_not_promoted() {
    let shop = Shop::new();
    shop.run(&["create", "--project", "Web Shop", "--version", "72.0.0"]).passes();
    shop.forget();
    let run = |verb: &[&str], channel: &str| {
        let flags = ["--project", "Web Shop", "--version", "72.0.0", "--channel", channel, "--no-log"];
        shop.run(&[verb, &flags].concat())
    };
    let (deploy, promote) =
        (["deploy", "--to", "Development"], ["promote", "--from", "Development", "--to", "Test"]);
    run(&deploy, "Hotfix").ends(1).says(&["release 72.0.0 is of channel 'Default', not of 'Hotfix'"]);
    run(&deploy, "Nope").ends(1).says(&["there is no channel 'Nope'"]);
    assert_eq!(shop.written(), []);
    run(&deploy, "Default").passes();
    run(&promote, "Hotfix").ends(1).says(&["release 72.0.0 is of channel 'Default', not of 'Hotfix'"]);
    run(&promote, "Channels-1").passes();
}

/// Lets the server refuse to show deployments by their ids, which tells those of one request apart.
fn hide_new_deployments(shop: &Shop) {
    let refused: Fault =
        serde_json::from_value(json!({ "kind": "status", "status": 403 })).expect("a fault of the sandbox");
    let path = r"/deployments(\?|$)";
    shop.sandbox.script(Script::on("GET", path, refused).expect("a pattern").for_ever());
}

#[test]
fn a_promotion_of_what_cannot_be_told_apart_fails_and_is_not_skipped() {
    let shop = Shop::changed(|seed| project(seed, "Quick Shop")["lifecycle"] = json!("Anywhere"));
    let settings = "[create]\nversion = \"2.0.0\"\n[deploy]\nto = [\"Test\", \"Pre-Production\"]\n\
                    [[promote]]\nfrom = \"Test\"\nto = [\"Production\"]\n";
    hide_new_deployments(&shop);
    shop.handle("Quick Shop", settings, &build("1")).ends(1).says(&[
        "one of Test, Pre-Production",
        "promote: error: the server did not show which of the deployments",
    ]);
    assert_eq!(shop.deployments().len(), 2, "both were made, and nothing was promoted");
}

#[test]
fn a_check_looks_up_every_kind_of_name() {
    let shop = Shop::new();
    let settings = "[connection]\nproject = \"Portal\"\n[create]\nversion = \"1\"\npackages = [\"Nope:1.0.0\"]\n\
                    [deploy]\nto = [\"Development\"]\ntenant-tags = [\"Region/Nope\"]\nmachines = [\"nope\"]\n\
                    excluded-machines = [\"nope2\"]\nskip-steps = [\"Nope\"]\n\
                    freeze-override = { freezes = [\"Never\"], reason = \"r\" }\n\
                    [prompted-variables]\nNope = \"x\"\n";
    shop.write("k.toml", settings);
    let told = [
        "there is no tenant tag 'Region/Nope'",
        "there is no machine 'nope'",
        "there is no machine 'nope2'",
        "there is no deployment freeze 'Never'",
        "the deployment process has no step or package 'Nope'",
        "the deployment process has no step 'Nope'",
        "there is no prompted variable 'Nope'",
    ];
    shop.run(&["check", "--config", "k.toml"]).ends(2).says(&told);
    // A release that was made before may have a step that the process has no longer.
    shop.write(
        "k.toml",
        "[connection]\nproject = \"Portal\"\n[deploy]\nto = [\"Development\"]\nskip-steps = [\"Nope\"]\n",
    );
    shop.run(&["check", "--config", "k.toml"]).passes().says(&["an earlier release may have it"]);
}

/// How many requests waited for one another until the last write.
fn chain(shop: &Shop) -> usize {
    let all = shop.requests();
    let last = all.iter().rposition(|it| it.method == "POST").expect("something was asked for");
    Shop::depth(&all[..=last])
}

#[test]
fn looking_up_names_costs_one_round_of_requests_at_most() {
    let settings = |more: &str| {
        format!("[create]\nversion = \"2.0.0\"\n[deploy]\nto = [\"Development\"]\nwait = false\n{more}")
    };
    let run = |name: &str, more: &str, space: Option<&str>| {
        let shop = Shop::new();
        shop.delay_all(40);
        let mut command = shop.handling(name, &settings(more), &build("1"));
        if let Some(space) = space {
            command.env("OCTOPUS_SPACE", space);
        }
        Ran::of(command).passes();
        chain(&shop)
    };
    assert_eq!(run("Quick Shop", "", None), 3);
    assert_eq!(run("Quick Shop", "", Some("Default")), 4);
    assert_eq!(run("Quick Shop", "machines = [\"dev-01\"]\n", None), 3);
    // For tenants, the release itself tells who may have it now.
    assert_eq!(run("Portal", "tenants = [\"*\"]\n", None), 4);
    let shop = Shop::new();
    shop.delay_all(40);
    shop.run(&["promote", "--project", "Web Shop", "--from", "Development", "--to", "Test", "--no-wait"])
        .passes();
    assert_eq!(chain(&shop), 3);
}

#[test]
fn who_may_not_list_environments_knows_those_of_the_project() {
    let key = "API-NOENVIRONMENTSNOENVIRONMEN";
    let granted = ["DeploymentCreate", "DeploymentView", "ProjectView", "ReleaseView", "TaskView"];
    let shop = Shop::changed(|seed| {
        let permissions: Vec<Value> = granted.iter().map(|it| json!({ "permission": it })).collect();
        seed["users"].as_array_mut().unwrap().push(json!({
            "username": "narrow", "apiKeys": [key], "teams": [], "permissions": permissions }));
    });
    let run = |to: &str| {
        let promote = ["promote", "--project", "Web Shop", "--from", "Development", "--no-wait", "--to", to];
        let mut command = shop.command(&promote);
        command.env("OCTOPUS_API_KEY", key);
        Ran::of(command)
    };
    run("Tset").ends(1).says(&["there is no environment 'Tset'; the nearest is 'Test'"]);
    run("test").passes();
}

#[test]
fn a_name_means_what_is_called_so_and_not_what_has_it_for_its_slug() {
    // The slug of the Web Shop is `web-shop`, and here another project is called that.
    let shop = Shop::changed(|seed| {
        let projects = seed["spaces"][0]["projects"].as_array_mut().expect("projects");
        projects.push(json!({ "name": "web-shop", "lifecycle": "Standard",
            "steps": [{ "name": "Deploy", "seconds": 1 }] }));
    });
    let body = json!({ "SpaceId": "Spaces-1", "SpaceIdOrName": "Spaces-1", "ReleaseVersion": "9.9.9",
        "ProjectName": shop.project_id("web-shop") });
    shop.ask(shop.sandbox.api_key(), "POST", "Spaces-1/releases/create/v1", &body);
    shop.forget();
    let deploy =
        ["deploy", "--project", "web-shop", "--version", "9.9.9", "--to", "Development", "--no-wait"];
    shop.run(&deploy).passes();
    assert_eq!(shop.deployed()["ProjectName"], shop.project_id("web-shop"));
    assert_ne!(shop.project_id("web-shop"), shop.project_id("Web Shop"));
}

#[test]
fn where_a_name_could_mean_two_things_to_the_server_it_is_told_ids() {
    // Its name is the slug of another.
    let shop = Shop::changed(|seed| {
        let space = &mut seed["spaces"][0];
        let environments = space["environments"].as_array_mut().expect("environments");
        environments.extend([
            json!({ "name": "my-env", "slug": "renamed" }),
            json!({ "name": "My Env", "slug": "my-env" }),
        ]);
        let phase = &mut space["lifecycles"][3]["phases"][0]["environments"];
        phase.as_array_mut().expect("environments").extend([json!("my-env"), json!("My Env")]);
        project(seed, "Quick Shop")["lifecycle"] = json!("Anywhere");
    });
    shop.run(&["create", "--project", "Quick Shop", "--version", "1.0.0"]).passes();
    shop.forget();
    let run = |to: &str| {
        let deploy = ["deploy", "--project", "Quick Shop", "--version", "1.0.0", "--no-log", "--to", to];
        shop.run(&deploy).passes();
    };
    run("my-env");
    assert_eq!(shop.body_of("deployments")["EnvironmentId"], "Environments-6");
    assert_eq!(shop.deployments_in_words(), ["1.0.0 to my-env: Success"]);
    shop.forget();
    run("My Env");
    assert_eq!(shop.deployed()["EnvironmentNames"], json!(["My Env"]));
}
