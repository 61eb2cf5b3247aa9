//! The same build again: what it takes over, what it does anew, and how few requests it all costs.

use serde_json::{Value, json};

use crate::support::shop::{Ran, Shop, build, with, young};

/// Deploys release 1.4.6 of the Web Shop with these keys, for a build.
fn deploy(shop: &Shop, keys: &str, build: &Value) -> Ran {
    let settings = format!("[deploy]\nversion = \"1.4.6\"\nto = [\"Development\"]\nwait = false\n{keys}");
    shop.handle("Web Shop", &settings, build)
}

#[test]
fn an_unfinished_deployment_is_taken_over() {
    let shop = Shop::slow();
    deploy(&shop, "again = true", &build("1")).passes();
    deploy(&shop, "", &build("1"))
        .passes()
        .says(&["deploy: Development: taken over, since it has not finished yet (ServerTasks-"]);
    assert_eq!(shop.deployments().len(), 1);
}

#[test]
fn a_success_that_is_still_the_latest_is_taken_over_without_its_old_log() {
    let shop = Shop::new();
    let settings = "[deploy]\nversion = \"1.4.6\"\nto = [\"Development\"]";
    shop.handle("Web Shop", settings, &build("1"))
        .passes()
        .says(&[
            "deploy: Development: taken over, since it succeeded and is still the latest there (",
            "deploy: Development: succeeded",
        ])
        .never_says("Step 1: Migrate");
    assert!(shop.requests().iter().all(|it| !it.path.ends_with("/details")));
    assert_eq!(shop.written(), []);
}

#[test]
fn a_success_that_was_replaced_is_deployed_anew_and_said_so() {
    let shop = Shop::new();
    shop.somebody_deploys("Web Shop", "1.4.5", "Development");
    shop.settle();
    deploy(&shop, "", &build("1")).passes().says(&[
        "deploy: Development: deploying again, since Deployments-8 of release 1.4.6 succeeded, and Deployments-11 of \
         release 1.4.5 came after it",
        "deploy: Development: deploying (",
    ]);
}

#[test]
fn what_did_not_succeed_is_deployed_anew_and_said_so() {
    for (outcome, words) in [("failed", "failed"), ("canceled", "was cancelled"), ("timedOut", "timed out")] {
        let shop = Shop::changed(|seed| {
            let past = &mut crate::support::shop::project(seed, "Web Shop")["history"][2];
            past["deployments"] =
                json!([{"environment": "Development", "ago": "2d", "took": 57, "outcome": outcome}]);
        });
        let words =
            format!("deploy: Development: deploying again, since Deployments-8 of release 1.4.6 {words}");
        deploy(&shop, "", &build("1")).passes().says(&[&words, "deploy: Development: deploying ("]);
        assert_eq!(shop.deployments().len(), 1);
    }
}

#[test]
fn again_deploys_anew_whatever_is_there() {
    let shop = Shop::new();
    deploy(&shop, "again = true", &build("1")).passes().never_says("taken over");
    shop.run(&[
        "deploy",
        "--project",
        "Web Shop",
        "--version",
        "1.4.6",
        "--to",
        "Development",
        "--again",
        "--no-wait",
    ])
    .passes();
    assert_eq!(shop.deployments().len(), 2);
}

#[test]
fn only_what_is_missing_is_asked_for() {
    let shop = Shop::new();
    shop.run(&["create", "--project", "Guided Shop", "--version", "1.0.0"]).passes();
    let run = [
        "deploy",
        "--project",
        "Guided Shop",
        "--version",
        "1.0.0",
        "--run-at",
        "2099-01-01T00:00:00Z",
        "--no-wait",
    ];
    shop.run(&[&run[..], &["--to", "Test"]].concat()).passes();
    shop.forget();
    shop.run(&[&run[..], &["--to", "Test", "--to", "Production"]].concat())
        .passes()
        .says(&["deploy: Test: taken over", "deploy: Production: deploying ("]);
    assert_eq!(shop.deployed()["EnvironmentNames"], json!(["Production"]));
}

#[test]
fn an_order_is_met_by_a_deployment_of_this_build_that_carried_it() {
    let shop = Shop::new();
    for (keys, made) in [("force-redeployment = true", 1), ("again = true", 3)] {
        // The success of the seed is there, and nobody knows that it carried the order.
        deploy(&shop, keys, &build("1")).passes().says(&[
            "deploy: Development: deploying again, since Deployments-",
            " succeeded, and is not known to have carried out this build's ",
        ]);
        shop.settle();
        deploy(&shop, keys, &build("1"))
            .passes()
            .says(&["deploy: Development: taken over, since it succeeded"]);
        assert_eq!(shop.deployments().len(), made, "{keys}");
        deploy(&shop, keys, &build("2")).passes().says(&["deploy: Development: deploying again"]);
        shop.settle();
        assert_eq!(shop.deployments().len(), made + 1, "{keys}");
    }
}

#[test]
fn with_other_machines_or_steps_it_is_another_deployment_whoever_asked_for_it() {
    for (keys, what) in
        [("machines = [\"dev-01\"]", "the machines"), ("skip-steps = [\"Smoke test\"]", "the skipped steps")]
    {
        let shop = Shop::new();
        let other = format!("was asked for with other options ({what})");
        deploy(&shop, keys, &young("1")).passes().says(&["deploy: Development: deploying again", &other]);
        shop.settle();
        // The same again is there, whichever build asks.
        deploy(&shop, keys, &young("1"))
            .passes()
            .says(&["deploy: Development: taken over, since it succeeded"]);
        deploy(&shop, keys, &build("2"))
            .passes()
            .says(&["deploy: Development: taken over, since it succeeded"]);
        assert_eq!(shop.deployments().len(), 1, "{keys}");
        // A part of it is not the whole, also in the same build.
        deploy(&shop, "", &young("1")).passes().says(&["deploy: Development: deploying again"]);
        assert_eq!(shop.deployments().len(), 2, "{keys}");
    }
}

#[test]
fn a_marker_in_the_comments_makes_an_order_this_builds() {
    let shop = Shop::new();
    let keys = "force-redeployment = true\nnotes = \"n\"";
    deploy(&shop, keys, &build("1")).passes().says(&["deploy: Development: deploying ("]);
    shop.settle();
    deploy(&shop, keys, &build("1")).passes().says(&["deploy: Development: taken over, since it succeeded"]);
    deploy(&shop, keys, &build("2")).passes().says(&["deploy: Development: deploying again"]);
    assert_eq!(shop.deployments().len(), 2);
}

#[test]
fn an_unfinished_one_with_the_order_is_this_builds_alone() {
    let shop = Shop::slow();
    deploy(&shop, "force-redeployment = true", &build("1")).passes().says(&["deploying again"]);
    deploy(&shop, "force-redeployment = true", &build("1"))
        .passes()
        .says(&["taken over, since it has not finished"]);
    let command = shop.handling("Web Shop", &later(), &young("2"));
    Ran::of(with(command, "OCTOPUS_API_KEY", "API-SANDBOXDEVELOPMENTONLYDEVE"))
        .passes()
        .says(&["deploying again"]);
    assert_eq!(shop.deployments().len(), 2);
}

fn later() -> String {
    "[deploy]\nversion = \"1.4.6\"\nto = [\"Development\"]\nwait = false\nforce-redeployment = true"
        .to_owned()
}

#[test]
fn a_release_of_this_build_is_taken_up_again_by_its_marker_alone() {
    let settings = "[create]\nversion = \"1.5.0\"\n[deploy]\nto = [\"Development\"]\nwait = false";
    let shop = Shop::new();
    shop.handle("Web Shop", settings, &young("1")).passes().says(&["create: release 1.5.0 was created"]);
    shop.handle("Web Shop", settings, &young("1"))
        .passes()
        .says(&["create: release 1.5.0 was made by this build before", "deploy: Development: taken over"]);
    assert_eq!(shop.deployments().len(), 1);
    // When it began does not matter, and another build that began before does not own it.
    shop.handle("Web Shop", settings, &build("1")).passes().says(&["was made by this build before"]);
    shop.handle("Web Shop", settings, &young("2")).ends(1).says(&["create: error: release 1.5.0 of project"]);
    let noted = settings.replace("[deploy]", "notes = \"n\"\n[deploy]").replace("1.5.0", "1.5.1");
    shop.handle("Web Shop", &noted, &build("1")).passes().says(&["create: release 1.5.1 was created"]);
    shop.handle("Web Shop", &noted, &build("1"))
        .passes()
        .says(&["release 1.5.1 was made by this build before"]);
    shop.handle("Web Shop", &noted, &build("2")).ends(1).says(&["and this build did not make it"]);
}

#[test]
fn a_promotion_is_taken_over_like_a_deployment() {
    let shop = Shop::slow();
    let settings = "[[promote]]\nfrom = \"Development\"\nto = [\"Test\"]\nwait = false";
    shop.handle("Web Shop", settings, &build("1")).passes().says(&["promote: Test: deploying ("]);
    shop.handle("Web Shop", settings, &build("1"))
        .passes()
        .says(&["promote: Test: taken over, since it has not finished yet"]);
    assert_eq!(shop.deployments().len(), 1);
}

const ACCEPTED: &str = "/deployments/create/untenanted/v1";
const CREATE_AND_DEPLOY: &str =
    "[create]\nversion = \"1.5.0\"\n[deploy]\nto = [\"Development\"]\nwait = false\n";
const PROMOTE: &str = "[[promote]]\nfrom = \"Development\"\nto = [\"Test\"]\nwait = false\n";

/// How many requests had to wait for one another until this one was sent.
fn in_a_row(shop: &Shop, end: &str) -> usize {
    let all = shop.requests();
    let last = all.iter().position(|it| it.method == "POST" && it.path.ends_with(end)).expect("it was sent");
    Shop::depth(&all[..=last])
}

#[test]
fn create_and_deploy_wait_for_three_requests_and_one_more_for_a_name() {
    for (space, expected) in [("Spaces-1", 3), ("Default", 4)] {
        let shop = Shop::new();
        shop.delay_all(40);
        let command = shop.handling("Web Shop", CREATE_AND_DEPLOY, &build("1"));
        Ran::of(with(command, "OCTOPUS_SPACE", space)).passes();
        assert_eq!(in_a_row(&shop, ACCEPTED), expected, "{:?}", shop.requests_until(ACCEPTED));
    }
}

#[test]
fn options_that_one_request_cannot_carry_wait_for_two_more_at_most() {
    for (keys, in_create, end) in [
        ("skip-steps = [\"Smoke test\"]\n", "", ACCEPTED),
        ("notes = \"n\"\n", "", "/deployments"),
        ("notes = \"n\"\nskip-steps = [\"Smoke test\"]\n", "", "/deployments"),
        ("", "packages = [\"Deploy web:1.4.7\"]\n", ACCEPTED),
    ] {
        let shop = Shop::new();
        shop.delay_all(40);
        let settings = CREATE_AND_DEPLOY.replace("[deploy]", &format!("{in_create}[deploy]"));
        shop.handle("Web Shop", &format!("{settings}{keys}"), &build("1")).passes();
        assert!(in_a_row(&shop, end) <= 5, "{keys}{in_create}{:?}", shop.requests_until(end));
    }
}

#[test]
fn a_promotion_waits_for_three_requests_however_its_project_is_named() {
    let shop = Shop::new();
    let id = shop.project_id("Web Shop");
    for project in ["Web Shop", "web-shop", id.as_str().unwrap()] {
        let shop = Shop::new();
        shop.delay_all(40);
        shop.handle(project, PROMOTE, &build("1")).passes();
        assert_eq!(in_a_row(&shop, ACCEPTED), 3, "{:?}", shop.requests_until(ACCEPTED));
    }
}

#[test]
fn the_second_promotion_of_a_process_waits_for_two_requests() {
    let shop = Shop::new();
    let two =
        format!("{PROMOTE}[[promote]]\nfrom = \"Pre-Production\"\nto = [\"Production\"]\nwait = false\n");
    let two = two.replace("Pre-Production", "Test");
    let two = two.replace("to = [\"Test\"]\nwait = false", "to = [\"Test\"]");
    shop.handle("Web Shop", &two, &build("1")).passes();
    let all: Vec<_> = shop.requests().iter().map(|it| format!("{} {}", it.method, it.path)).collect();
    let second = all.iter().rposition(|it| it.ends_with(ACCEPTED)).unwrap();
    // The progression and the lists of source and target go out side by side, and all names are known.
    let mut side_by_side: Vec<_> = all[second - 3..second].iter().map(String::as_str).collect();
    side_by_side.sort_unstable();
    let list = "GET /api/Spaces-1/deployments";
    assert_eq!(side_by_side, [list, list, "GET /api/Spaces-1/projects/Projects-1/progression"], "{all:?}");
    assert!(all[second - 4].ends_with("/details") || all[second - 4].ends_with("/tasks"), "{all:?}");
}

#[test]
fn a_promotion_for_tenants_waits_for_five_requests_at_most() {
    let at =
        |environment: &str, tenant: &str| json!({"environment": environment, "tenant": tenant, "ago": "3d"});
    let shop = Shop::changed(|seed| {
        crate::support::shop::project(seed, "Portal")["history"] = json!([
            {"version": "3.0.0", "ago": "9d",
             "deployments": [at("Development", "Acme"), at("Development", "Globex"), at("Test", "Acme")]},
        ]);
    });
    shop.delay_all(40);
    let settings = format!("{PROMOTE}tenants = [\"Acme\", \"Globex\"]\n");
    shop.handle("Portal", &settings, &build("1")).passes();
    let all = shop.requests();
    let accepted = all.iter().position(|it| it.path.ends_with("/tenanted/v1")).unwrap();
    let depth = Shop::depth(&all[..=accepted]);
    let paths: Vec<_> =
        all[..=accepted].iter().map(|it| format!("{:?} {} {}", it.at, it.method, it.path)).collect();
    // Names, lists, tasks, and then the release itself, which tells who may have it now.
    assert!(depth <= 5, "{depth}: {paths:#?}");
}
