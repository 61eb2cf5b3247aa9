//! For whom a release is deployed and promoted: each environment has its own tenants, each tenant its own release, and
//! nobody is left out without a word.

use serde_json::{Value, json};

use crate::support::shop::{Ran, Shop, build, project};

/// The built-in world, with these tenants of the Portal: a name, its tags and its environments.
fn portal(tenants: &[(&str, &[&str], &[&str])], history: Value) -> Shop {
    Shop::changed(|seed| {
        let tenant = |(name, tags, environments): &(&str, &[&str], &[&str])| json!({ "name": name, "tags": tags, "projects": { "Portal": environments } });
        seed["spaces"][0]["tenants"] = tenants.iter().map(tenant).collect();
        project(seed, "Portal")["history"] = history;
        project(seed, "Portal")["lifecycle"] = json!("Anywhere");
    })
}

const ALL: &[&str] = &["Development", "Test", "Production"];

fn deployed(environment: &str, tenant: &str, ago: &str) -> Value {
    json!({ "environment": environment, "tenant": tenant, "ago": ago })
}

#[test]
fn each_environment_has_the_tenants_that_are_linked_to_it() {
    let tenants: &[(&str, &[&str], &[&str])] = &[
        ("Acme", &["Region/EU"], ALL),
        ("Globex", &["Region/EU"], &["Development"]),
        ("Initech", &["Region/US"], &["Test"]),
    ];
    let words = |shop: &Shop| {
        let mut words = shop.deployments_in_words();
        words.sort();
        words.iter().map(|it| it.split(':').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = [
        "3.4.0 to Development for Acme",
        "3.4.0 to Development for Globex",
        "3.4.0 to Test for Acme",
        "3.4.0 to Test for Initech",
    ];
    let flags = ["--project", "Portal", "--version", "3.4.0", "--no-log"];
    let to = ["--to", "Development", "--to", "Test", "--tenant", "*"];
    // Of a release that is there already, and of a new one.
    let shop = portal(tenants, json!([]));
    shop.run(&[&["create"], &flags[..]].concat()).passes();
    shop.run(&[&["deploy"], &flags[..], &to].concat()).passes();
    assert_eq!(words(&shop), all);
    let shop = portal(tenants, json!([]));
    let settings =
        "[create]\nversion = \"3.4.0\"\n[deploy]\nto = [\"Development\", \"Test\"]\ntenants = [\"*\"]\n";
    shop.handle("Portal", settings, &build("1")).passes();
    assert_eq!(words(&shop), all);
    // Whom a tag means, likewise; and a promotion to two environments.
    let shop = portal(
        tenants,
        json!([{ "version": "3.0.0", "ago": "9d", "deployments": [
        deployed("Development", "Acme", "9d"), deployed("Development", "Globex", "8d"),
        deployed("Development", "Initech", "8d")] }]),
    );
    let promote = ["promote", "--project", "Portal", "--from", "Development", "--no-log"];
    let to = ["--to", "Test", "--to", "Production", "--tenant", "*"];
    shop.run(&[&promote[..], &to].concat()).passes();
    assert_eq!(
        words(&shop),
        ["3.0.0 to Production for Acme", "3.0.0 to Test for Acme", "3.0.0 to Test for Initech"]
    );
}

#[test]
fn a_tenant_that_was_named_and_is_not_linked_is_an_error_before_anything_is_sent() {
    let shop = portal(&[("Acme", &[], ALL), ("Globex", &[], &["Development"])], json!([]));
    shop.run(&["create", "--project", "Portal", "--version", "3.4.0"]).passes();
    shop.run(&["create", "--project", "Quick Shop", "--version", "1.0.0"]).passes();
    shop.forget();
    let run = |project: &str, version: &str, flags: &[&str]| {
        shop.run(&[&["deploy", "--project", project, "--version", version, "--no-log"], flags].concat())
    };
    let both = ["--to", "Development", "--to", "Test", "--tenant", "Acme", "--tenant", "Globex"];
    run("Portal", "3.4.0", &both)
        .ends(1)
        .says(&["tenant 'Globex' is not linked to environment 'Test' of project 'Portal'"]);
    run("Quick Shop", "1.0.0", &["--to", "Development", "--tenant", "Acme"])
        .ends(1)
        .says(&["tenant 'Acme' is not linked to project 'Quick Shop'"]);
    assert_eq!(shop.written(), []);
}

/// The built-in Portal, whose lifecycle wants Development before Test; Acme has 3.4.0 there.
fn in_development_for_acme() -> Shop {
    let shop = Shop::new();
    shop.run(&["create", "--project", "Portal", "--version", "3.4.0"]).passes();
    let deploy = ["deploy", "--project", "Portal", "--version", "3.4.0"];
    shop.run(&[&deploy[..], &["--to", "Development", "--tenant", "Acme"]].concat()).passes();
    shop.forget();
    shop
}

fn to_test(shop: &Shop, flags: &[&str]) -> Ran {
    let deploy = ["deploy", "--project", "Portal", "--version", "3.4.0", "--to", "Test", "--no-log"];
    shop.run(&[&deploy[..], flags].concat())
}

#[test]
fn who_is_barred_by_the_lifecycle_is_named_in_a_warning_or_fails_the_action_where_it_was_named() {
    let barred = "release 3.4.0 may not be deployed to Test for Globex yet: phase 'Development' is not complete for \
                  Globex; it needs a successful deployment to Development";
    let shop = in_development_for_acme();
    to_test(&shop, &["--tenant", "Acme", "--tenant", "Globex"]).ends(1).says(&["error: ", barred]);
    assert_eq!(shop.written(), []);
    for flags in [&["--tenant", "*"][..], &["--tenant-tag", "Region/EU", "--tenant-tag", "Region/US"]] {
        let shop = in_development_for_acme();
        to_test(&shop, flags).passes().says(&["warning: tenant 'Globex' is left out in Test: ", barred]);
        let made = shop.deployments_in_words();
        assert_eq!(made[1], "3.4.0 to Test for Acme: Success");
        assert!(!made.iter().any(|it| it.contains("Test for Globex")), "{made:?}");
    }
    let shop = in_development_for_acme();
    to_test(&shop, &["--tenant-tag", "Region/US"]).ends(1).says(&[
        "warning: tenant 'Globex' is left out in Test: ",
        "error: no tenant can be deployed to in Test",
    ]);
    assert_eq!(shop.written(), []);
}

#[test]
fn a_new_release_for_which_a_named_tenant_is_barred_goes_nowhere() {
    let shop = Shop::new();
    let settings = "[create]\nversion = \"3.4.0\"\n[deploy]\nto = [\"Development\", \"Test\"]\n";
    let named = format!("{settings}tenants = [\"Acme\"]\n");
    shop.handle("Portal", &named, &build("1"))
        .ends(1)
        .says(&["release 3.4.0 may not be deployed to Test for Acme yet: phase 'Development'"]);
    assert_eq!(shop.deployments().len(), 0);
    let shop = Shop::new();
    let all = format!("{settings}tenants = [\"*\"]\n");
    shop.handle("Portal", &all, &build("1")).passes().says(&["tenant 'Acme' is left out in Test"]);
    let made = shop.deployments_in_words();
    assert_eq!(
        made[..2],
        ["3.4.0 to Development for Acme: Success", "3.4.0 to Development for Globex: Success"]
    );
    assert!(
        !made.iter().any(|it| it.contains("Test for Acme") || it.contains("Test for Globex")),
        "{made:?}"
    );
}

#[test]
fn a_disabled_tenant_is_told_of() {
    let shop = Shop::changed(|seed| {
        seed["spaces"][0]["tenants"][1]["disabled"] = json!(true);
    });
    shop.run(&["create", "--project", "Portal", "--version", "3.4.0"]).passes();
    let deploy = ["deploy", "--project", "Portal", "--version", "3.4.0", "--to", "Development", "--no-log"];
    shop.run(&[&deploy[..], &["--tenant", "*"]].concat())
        .passes()
        .says(&["warning: tenant 'Globex' is left out in Development: tenant 'Globex' is disabled"]);
    shop.run(&[&deploy[..], &["--tenant", "Globex"]].concat())
        .ends(1)
        .says(&["error: tenant 'Globex' is disabled"]);
    assert_eq!(shop.deployments().len(), 1);
}

#[test]
fn a_tag_may_hold_a_comma_and_blanks_around_it_do_not_count() {
    let shop = Shop::changed(|seed| {
        seed["spaces"][0]["tagSets"][0]["tags"] = json!(["EU", "US", "US, East"]);
        seed["spaces"][0]["tenants"][1]["tags"] = json!(["Region/US, East", "Ring/Stable"]);
    });
    shop.run(&["create", "--project", "Portal", "--version", "3.4.0"]).passes();
    let deploy = ["deploy", "--project", "Portal", "--version", "3.4.0", "--to", "Development", "--no-log"];
    shop.run(&[&deploy[..], &["--tenant-tag", "region/US, East"]].concat()).passes();
    assert_eq!(shop.deployments_in_words(), ["3.4.0 to Development for Globex: Success"]);
    // One of the tags of each set that is named.
    let both = [
        "--again",
        "--tenant-tag",
        "Region/EU",
        "--tenant-tag",
        "Region/US, East",
        "--tenant-tag",
        "Ring/Early",
    ];
    shop.run(&[&deploy[..], &both].concat()).passes();
    assert_eq!(shop.deployments_in_words()[1..], ["3.4.0 to Development for Acme: Success"]);
}

/// Acme and Globex, each with a release of its own in Development.
fn two_releases() -> Shop {
    portal(
        &[("Acme", &["Region/EU"], ALL), ("Globex", &["Region/US"], ALL)],
        json!([
            { "version": "1.0.0", "ago": "9d", "deployments": [
                deployed("Development", "Acme", "9d"), deployed("Development", "Globex", "9d")] },
            { "version": "1.1.0", "ago": "5d", "deployments": [deployed("Development", "Acme", "5d")] },
            { "version": "2.0.0", "ago": "2d", "deployments": [] },
        ]),
    )
}

#[test]
fn a_tied_promotion_gives_each_tenant_what_that_tenant_got() {
    for tenants in [
        "tenants = [\"Acme\", \"Globex\"]",
        "tenants = [\"*\"]",
        "tenant-tags = [\"Region/EU\", \"Region/US\"]",
    ] {
        for deployed_for in
            ["tenants = [\"Acme\"]", "tenants = [\"Tenants-1\"]", "tenant-tags = [\"Region/EU\"]"]
        {
            let shop = two_releases();
            let settings = format!(
                "[deploy]\nversion = \"2.0.0\"\nto = [\"Development\"]\n{deployed_for}\n\
                 [[promote]]\nfrom = \"Development\"\nto = [\"Test\"]\n{tenants}\n"
            );
            shop.handle("Portal", &settings, &build("1")).passes();
            let mut made = shop.deployments_in_words();
            made.sort();
            assert_eq!(
                made,
                [
                    "1.0.0 to Test for Globex: Success",
                    "2.0.0 to Development for Acme: Success",
                    "2.0.0 to Test for Acme: Success"
                ],
                "{settings}"
            );
        }
    }
}

#[test]
fn a_chain_of_promotions_carries_each_tenants_own_release() {
    let shop = two_releases();
    let settings = "[[promote]]\nfrom = \"Development\"\nto = [\"Test\"]\ntenants = [\"*\"]\n\
                    [[promote]]\nfrom = \"Test\"\nto = [\"Production\"]\ntenants = [\"*\"]\n";
    shop.handle("Portal", settings, &build("1")).passes().never_says("skipped");
    let mut made = shop.deployments_in_words();
    made.sort();
    assert_eq!(
        made,
        [
            "1.0.0 to Production for Globex: Success",
            "1.0.0 to Test for Globex: Success",
            "1.1.0 to Production for Acme: Success",
            "1.1.0 to Test for Acme: Success",
        ]
    );
}

#[test]
fn a_promotion_without_tenants_from_where_there_are_some_says_so() {
    let shop = in_development_for_acme();
    shop.run(&["promote", "--project", "Portal", "--from", "Development", "--to", "Test"]).ends(1).says(&[
        "nothing to promote: Development was deployed to for tenants, and none are named",
        "what to do: name tenants",
    ]);
}
