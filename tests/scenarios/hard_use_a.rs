//! What hard use showed of releases that go on: another's release, a release made twice, a promotion that was left out.

use serde_json::{Value, json};

use crate::support::shop::{Shop, build, project};

const ALL: &[&str] = &["Development", "Test", "Production"];

/// The built-in world, with two tenants of the Portal that had this in Development before; each deployment to Test for
/// the first fails where `fails` says so.
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
            // Nothing of Acme's is in Development, so that its own promotion cannot be carried out.
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
    shop.handle("Portal", &settings("\"*\""), &build("1"))
        .passes()
        .says(&["did not succeed, which is tolerated"]);
    assert_eq!(
        shop.deployments_in_words(),
        ["3.0.0 to Test for Globex: Success", "3.0.0 to Production for Globex: Success",]
    );
    let shop = portal(true);
    shop.handle("Portal", &settings("\"*\""), &build("1"))
        .passes()
        .says(&["warning: tenant 'Acme' is left out: nothing was deployed to Test in this run"]);
    // Where nobody is left, it need not be carried out.
    let shop = portal(true);
    shop.handle("Portal", &settings("\"Acme\""), &build("1"))
        .passes()
        .says(&["nothing was deployed to Test in this run"]);
    assert_eq!(shop.deployments_in_words(), ["3.0.0 to Test for Globex: Success"]);
}
