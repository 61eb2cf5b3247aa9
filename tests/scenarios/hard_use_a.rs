//! What hard use showed of releases that go on: another's release, a release made twice, a promotion that was left out.

use serde_json::{Value, json};

use crate::support::shop::{Shop, build, project};

const ALL: &[&str] = &["Development", "Test", "Production"];

/// The built-in world, with two tenants of the Portal that have a release in Development; where `fails` says so, Acme
/// has none there.
fn portal(fails: bool) -> Shop {
    Shop::changed(|seed| {
        seed["spaces"][0]["tenants"] = json!([
            {"name": "Acme", "tags": [], "projects": {"Portal": ALL}},
            {"name": "Globex", "tags": [], "projects": {"Portal": ALL}},
        ]);
        let portal = project(seed, "Portal");
        portal["lifecycle"] = json!("Anywhere");
        let deployed = |environment: &str, tenant: &str| json!({"environment": environment, "tenant": tenant, "ago": "9d"});
        let mut history = vec![json!({"version": "3.0.0", "ago": "9d",
            "deployments": [deployed("Development", "Globex"), deployed("Development", "Acme")]})];
        if fails {
            history[0]["deployments"].as_array_mut().expect("a list").pop();
        }
        portal["history"] = Value::Array(history);
    })
}

#[test]
fn another_builds_release_does_not_go_on_because_this_run_brought_it() {
    let shop = Shop::new();
    let settings = "[create]\nversion = \"9.9.9\"\n\
                    [[promote]]\nfrom = \"Development\"\nto = [\"Test\"]\n\
                    [[promote]]\nfrom = \"Test\"\nto = [\"Production\"]\nonly-this-build = true\n";
    shop.handle("Web Shop", settings, &build("1"))
        .ends(1)
        .says(&["release 1.4.6 is promoted", "Test holds release 1.4.6, not this build's release 9.9.9"]);
    assert_eq!(shop.deployments_in_words(), ["1.4.6 to Test: Success"]);
}

#[test]
fn a_version_that_was_deployed_by_name_is_not_this_builds() {
    let shop = Shop::new();
    let settings = "[create]\nversion = \"6.0.0\"\n\
                    [deploy]\nversion = \"1.4.5\"\nto = [\"Development\"]\nagain = true\n\
                    [[promote]]\nfrom = \"Development\"\nto = [\"Test\"]\nonly-this-build = true\n";
    shop.handle("Web Shop", settings, &build("1"))
        .ends(1)
        .says(&["Development holds release 1.4.5, not this build's release 6.0.0"]);
    assert_eq!(shop.deployments_in_words(), ["1.4.5 to Development: Success"]);
}

#[test]
fn every_action_that_feeds_a_promotion_has_to_be_waited_for() {
    let chain = |first: &str, second: &str| {
        format!(
            "[[promote]]\nfrom = \"Development\"\nto = [\"Test\"]\ntenants = [{first}]\nwait = false\n\
             [[promote]]\nfrom = \"Development\"\nto = [\"Test\"]\ntenants = [{second}]\n\
             [[promote]]\nfrom = \"Test\"\nto = [\"Production\"]\ntenants = [\"Acme\", \"Globex\"]\n"
        )
    };
    let shop = portal(false);
    shop.handle("Portal", &chain("\"Acme\"", "\"Globex\""), &build("1")).ends(2).says(&[
        "`from` is what \"Promote from Development to Test\" deploys to, and that is not waited for",
    ]);
    // Words do not tell whom `*` means; the server's ids do, before anything is sent.
    shop.handle("Portal", &chain("\"*\"", "\"Globex\""), &build("1")).ends(1).says(&[
        "`from` is what \"Promote from Development to Test\" deploys to, and that is not waited for",
    ]);
    assert_eq!(shop.deployments().len(), 0);
    // What the later one brings to all of them is what counts.
    shop.handle("Portal", &chain("\"Acme\"", "\"Acme\", \"Globex\""), &build("1")).passes();
}

#[test]
fn a_tolerated_failure_for_one_tenant_leaves_the_others_to_be_promoted() {
    let settings = |last: &str| {
        format!(
            "[[promote]]\nfrom = \"Development\"\nto = [\"Test\"]\ntenants = [\"Acme\"]\nfail-build = false\n\
             [[promote]]\nfrom = \"Development\"\nto = [\"Test\"]\ntenants = [\"Globex\"]\n\
             [[promote]]\nfrom = \"Test\"\nto = [\"Production\"]\ntenants = [{last}]\n"
        )
    };
    let shop = portal(true);
    shop.handle("Portal", &settings("\"*\""), &build("1")).passes().says(&[
        "promote: error: nothing to promote: no release was deployed successfully to Development for Acme",
        "warning: tenant 'Acme' is left out: nothing was deployed to Test in this run",
    ]);
    assert_eq!(
        shop.deployments_in_words(),
        ["3.0.0 to Test for Globex: Success", "3.0.0 to Production for Globex: Success"]
    );
    // Where nobody is left, it need not be carried out.
    let shop = portal(true);
    shop.handle("Portal", &settings("\"Acme\""), &build("1"))
        .passes()
        .says(&["nothing was deployed to Test in this run"]);
    assert_eq!(shop.deployments_in_words(), ["3.0.0 to Test for Globex: Success"]);
}

/// The next create is carried out, and its answer is lost.
fn lose_the_create(shop: &Shop) {
    script(
        shop,
        json!({"match": {"method": "POST", "path": "/releases/create/v1$"}, "times": 1,
        "fault": {"kind": "reset", "carryOut": true}}),
    );
}

fn script(shop: &Shop, fault: Value) {
    shop.sandbox.script(serde_json::from_value(fault).expect("a script"));
}

/// From now on answers to GET of these paths lack the packages of releases.
fn hide_packages(shop: &Shop, path: &str) {
    script(
        shop,
        json!({"match": {"method": "GET", "path": path}, "times": null,
        "fault": {"kind": "lacking", "fields": ["SelectedPackages"]}}),
    );
}

#[test]
fn a_counted_number_after_a_lost_create_is_not_counted_again() {
    for version in ["", "version = \"9.1.i\"\n"] {
        let shop = Shop::new();
        script(
            &shop,
            json!({"match": {"method": "GET", "path": "/deploymentsettings$"}, "times": null,
            "fault": {"kind": "status", "status": 403}}),
        );
        lose_the_create(&shop);
        let before = shop.releases();
        let mut arguments = vec!["create", "--project", "Web Shop"];
        if !version.is_empty() {
            arguments.extend(["--version", "9.1.i", "--skip-if-exists"]);
        }
        shop.run(&arguments).ends(4).says(&["is there now (http", "carries no build's marker"]);
        assert_eq!(shop.releases(), before + 1, "{version}");
    }
}

#[test]
fn what_an_answer_does_not_tell_of_a_release_of_ours_makes_no_second_one() {
    let settings = "[create]\npackages = [\"Deploy web:1.4.5\"]\n";
    // The release itself does not show them either, so it is not known whether it is what was asked for.
    let shop = Shop::new();
    lose_the_create(&shop);
    hide_packages(&shop, "/releases/[^/]+$");
    let before = shop.releases();
    shop.handle("Web Shop", settings, &build("1")).ends(4).says(&["the server does not show its packages"]);
    assert_eq!(shop.releases(), before + 1);
    // A list does not show them, and the release does.
    let shop = Shop::new();
    shop.handle("Web Shop", settings, &build("1")).passes().says(&["was created"]);
    let before = shop.releases();
    hide_packages(&shop, "/releases$");
    shop.handle("Web Shop", settings, &build("1")).passes().says(&["was made by this build before"]);
    assert_eq!(shop.releases(), before);
}

/// Makes a release by the server's own interface, as somebody else does.
fn somebody_creates(shop: &Shop, version: &str, notes: &str) {
    let body = json!({"ProjectId": shop.project_id("Quick Shop"), "Version": version, "ReleaseNotes": notes,
        "SelectedPackages": []});
    shop.ask(shop.sandbox.api_key(), "POST", "Spaces-1/releases", &body);
}

#[test]
fn a_bare_id_names_no_release_that_is_searched_for() {
    let shop = Shop::new();
    let theirs = "theirs\n\n<!-- promenade build=77 -->";
    somebody_creates(&shop, "9.1.1", theirs);
    shop.handle("Quick Shop", "[create]\nversion = \"9.1.i\"", &build("77"))
        .passes()
        .says(&["release 9.1.2 was created"]);
    somebody_creates(&shop, "2.0.0", theirs);
    let shop = Shop::new();
    somebody_creates(&shop, "2.0.0", theirs);
    let later = "[create]\nwhen = { event = \"after-build-continued\" }\n[deploy]\nto = [\"Development\"]";
    shop.handle("Quick Shop", later, &build("77")).ends(1).says(&["this build's release was not found"]);
    assert_eq!(shop.deployments().len(), 0);
    // Where the very version is asked for it is still known.
    shop.handle("Quick Shop", "[create]\nversion = \"2.0.0\"", &build("77"))
        .passes()
        .says(&["release 2.0.0 was made by this build before"]);
}

#[test]
fn the_cost_of_a_create_does_not_grow_with_the_age_of_the_project() {
    let shop = Shop::new();
    for number in 0..620 {
        somebody_creates(&shop, &format!("50.0.{number}"), "");
    }
    shop.forget();
    shop.handle("Quick Shop", "[create]\n", &build("1"))
        .passes()
        .says(&["was created"])
        .never_says("warning");
    let pages = shop.requests().iter().filter(|it| it.path.ends_with("/releases")).count();
    assert_eq!(pages, 5);
    // Of a later try nobody knows whether an older release is its own.
    shop.handle("Quick Shop", "[create]\n", &json!({"id": "2", "attempt": 2}))
        .passes()
        .says(&["warning: none of the newest releases is this build's"]);
    let later = "[create]\nwhen = { event = \"after-build-continued\" }\n[deploy]\nto = [\"Development\"]";
    shop.handle("Quick Shop", later, &build("3"))
        .ends(1)
        .says(&["none of the newest 500 releases carries this build's marker"]);
}
