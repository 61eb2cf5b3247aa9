//! Promotion flows as users know them: started, listed, shown and started again, through the real program.

use serde_json::json;

use crate::support::shop::{Ran, Shop, project};
use crate::support::trio::{
    SEQUENTIAL, document, failing_in, trigger, trio, trio_project, trio_with, went_to,
};

/// Far faster than written.
const FAST: f64 = 200.0;

fn list(shop: &Shop, more: &[&str]) -> Ran {
    shop.run(&[&["release", "list"], more].concat())
}

#[test]
fn the_quick_start_promotes_in_order_and_lists_its_flow_beside_a_manual_promotion() {
    let shop = trio(FAST);
    let ran = trigger(&shop, SEQUENTIAL, &["--wait"]).passes();
    ran.says(&[
        "demo-trioapp 1: started with 1.0.0 by ci",
        "dev: passed",
        "qa: deploying 1.0.0",
        "qa: passed",
        "prod: deploying 1.0.0",
        "prod: passed",
        "it passed",
        "promenade: passed (exit code 0)",
    ]);
    assert_eq!(went_to(&shop), ["qa", "prod"], "dev is never written to");
    shop.run(&["promote", "--product", "demo-trioapp", "--from", "dev", "--to", "staging", "--wait"])
        .passes();
    assert_eq!(went_to(&shop), ["qa", "prod", "staging"]);
    let lines = list(&shop, &[]).passes().out;
    let row = |name: &str| {
        let line = lines.lines().find(|it| it.contains(name));
        line.unwrap_or_else(|| panic!("{name} in {lines}")).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(row("demo-trioapp 2").ends_with("ci 1.0.0 Manual passed passed passed"), "{lines}");
    let first = format!("ci 1.0.0 {SEQUENTIAL} passed passed passed passed");
    assert!(row("demo-trioapp 1").ends_with(&first), "{lines}");
    let columns = lines.lines().next().expect("a head").split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(columns, "release date initiator version Promotion Flow dev qa staging prod status");
}

#[test]
fn filters_and_pages_show_what_was_asked_for() {
    let shop = trio(FAST);
    trigger(&shop, SEQUENTIAL, &["--wait"]).passes();
    let manual = ["promote", "--product", "demo-trioapp", "--from", "dev", "--to", "staging"];
    shop.run(&manual).passes().says(&["nobody drives it now: `promenade run` does"]);
    let names = |more: &[&str]| -> Vec<String> {
        let ran = list(&shop, &[&["--json"], more].concat()).passes();
        let value = document(&ran, "releases.json");
        let all = value["releases"].as_array().expect("releases").iter();
        all.map(|it| it["name"].as_str().expect("a name").to_owned()).collect()
    };
    let (first, second) = ("demo-trioapp 1".to_owned(), "demo-trioapp 2".to_owned());
    for (filter, expected) in [
        (&[][..], vec![&second, &first]),
        (&["--manual"], vec![&second]),
        (&["--flow", SEQUENTIAL], vec![&first]),
        (&["--unfinished"], vec![&second]),
        (&["--status", "passed"], vec![&first]),
        (&["--by", "ci"], vec![&second, &first]),
        (&["--by", "ann"], vec![]),
        (&["--version", "1.0.0"], vec![&second, &first]),
        (&["--version", "1"], vec![]),
        (&["--product", "other"], vec![]),
        (&["--since", "2100-01-01"], vec![]),
        (&["--until", "2100-01-01"], vec![&second, &first]),
    ] {
        assert_eq!(names(filter).iter().collect::<Vec<_>>(), expected, "{filter:?}");
    }
    let page = document(&list(&shop, &["--json", "--page-size", "1"]).passes(), "releases.json");
    let next = page["next"].as_str().expect("there is more");
    assert_eq!(names(&["--page-size", "1", "--after", next]), [first]);
    list(&shop, &["--after", "nonsense"]).ends(2).says(&["--after: `nonsense` is not a cursor"]);
}

#[test]
fn an_environment_with_two_dependencies_waits_for_both() {
    let shop = trio(FAST);
    trigger(&shop, "dependency-multi-env-promotion", &["--wait"]).passes();
    let mut order = went_to(&shop);
    assert_eq!(order.pop().as_deref(), Some("prod"));
    order.sort();
    assert_eq!(order, ["qa", "staging"]);
}

#[test]
fn environments_with_the_same_dependency_are_deployed_to_side_by_side() {
    let shop = trio(FAST);
    trigger(&shop, "parallel-multi-env-promotion", &["--wait"]).passes();
    let order = went_to(&shop);
    assert_eq!(order[0], "qa");
    let mut rest = order[1..].to_vec();
    rest.sort();
    assert_eq!(rest, ["prod", "prod-asia", "prod-eu"]);
}

#[test]
fn a_failure_ends_the_flow_and_a_retry_runs_again_what_did_not_pass() {
    let shop = trio_with(FAST, |seed| failing_in(seed, "prod"));
    let ran = trigger(&shop, SEQUENTIAL, &["--wait"]).ends(1);
    ran.says(&[
        "qa: passed",
        "prod: failed: the deployment to prod failed",
        "promenade release retry demo-trioapp 1",
    ]);
    assert_eq!(went_to(&shop), ["qa", "prod"]);
    let again = shop.run(&["release", "retry", "demo-trioapp", "1", "--wait"]).ends(1);
    again
        .says(&["ci: what did not pass runs again", "prod: deploying 1.0.0 (attempt 2)"])
        .never_says("qa: deploying");
    assert_eq!(went_to(&shop), ["qa", "prod", "prod"], "qa has passed");
    let shown = shop.run(&["release", "show", "demo-trioapp/latest"]).passes();
    shown.says(&[
        "✗ Failed",
        "status: failed",
        "qa: deploy passed",
        "prod: deploy (attempt 2) failed",
        "ci retried it",
    ]);
}

#[test]
fn a_failure_in_front_of_an_environment_keeps_it_untouched() {
    let shop = trio_with(FAST, |seed| failing_in(seed, "qa"));
    trigger(&shop, SEQUENTIAL, &["--wait"])
        .ends(1)
        .says(&["qa: failed: the deployment to qa failed", "prod: skipped"]);
    assert_eq!(went_to(&shop), ["qa"]);
    shop.run(&["release", "restart", "demo-trioapp/1", "qa", "--wait"]).ends(1);
    assert_eq!(went_to(&shop), ["qa", "qa"]);
}

#[test]
fn nothing_in_the_trigger_environment_is_no_success() {
    let shop = trio_with(FAST, |seed| project(seed, "Trio App")["history"] = json!([]));
    trigger(&shop, SEQUENTIAL, &["--wait"]).ends(1).says(&["dev has no release of trioapp"]);
    shop.run(&["release", "show", "demo-trioapp", "latest"]).ends(2);
}

#[test]
fn what_is_not_carried_out_yet_and_names_that_do_not_exist_start_nothing() {
    let shop = trio(FAST);
    let flow = "apiVersion: codefresh.io/v1beta1\nkind: PromotionFlow\nmetadata: {name: hooked}\nspec:\n  \
                triggerEnvironment: dev\n  steps:\n    - environment: qa\n      dependsOn: [dev]\n      \
                policy: {preAction: smoke-test}\n";
    shop.write("promotions/flows/hooked.yaml", flow);
    let product = "promotions/product.yaml";
    let text = std::fs::read_to_string(shop.folder.path().join(product)).expect("the product");
    shop.write(product, &text.replace("  flows:\n", "  flows:\n    - hooked\n"));
    let ran = trigger(&shop, "hooked", &["--wait"]).ends(2);
    assert!(ran.to_string().contains("smoke-test") || ran.to_string().contains("preAction"), "{ran}");
    trigger(&shop, "multi-env-sequential-promotio", &[])
        .ends(2)
        .says(&["did you mean `multi-env-sequential-promotion`?"]);
    trigger(&shop, SEQUENTIAL, &["--application", "other"])
        .ends(2)
        .says(&["has no application other; it has trioapp"]);
    trigger(&shop, SEQUENTIAL, &["--version", "9.9.9"]).ends(1).says(&["dev has release 1.0.0, not 9.9.9"]);
    assert_eq!(went_to(&shop), Vec::<String>::new());
}

#[test]
fn of_several_changed_applications_a_person_chooses() {
    let shop = trio_with(FAST, |seed| {
        let projects = seed["spaces"][0]["projects"].as_array_mut().expect("projects");
        projects.push(trio_project("Trio Api"));
    });
    let product = "promotions/product.yaml";
    let text = std::fs::read_to_string(shop.folder.path().join(product)).expect("the product");
    shop.write(product, &format!("{}    - {{name: api, octopus: {{project: Trio Api}}}}\n", text));
    let ran = trigger(&shop, SEQUENTIAL, &["--json"]).ends(2);
    let value = document(&ran, "release.json");
    let candidate = |name: &str| json!({ "application": name, "version": "1.0.0", "hasChanges": true });
    assert_eq!(value["candidates"], json!([candidate("trioapp"), candidate("api")]));
    trigger(&shop, SEQUENTIAL, &["--application", "api", "--wait"]).passes();
    trigger(&shop, SEQUENTIAL, &["--wait"]).passes().says(&["demo-trioapp 2: started"]);
}

#[test]
fn an_older_release_is_refused_unless_that_is_allowed() {
    let shop = trio(FAST);
    shop.run(&["create", "--project", "Trio App", "--version", "2.0.0", "--quiet"]).passes();
    shop.somebody_deploys("Trio App", "2.0.0", "dev");
    shop.settle();
    trigger(&shop, SEQUENTIAL, &["--wait"]).passes().says(&["started with 2.0.0"]);
    shop.somebody_deploys("Trio App", "1.0.0", "dev");
    shop.settle();
    let ran = trigger(&shop, SEQUENTIAL, &["--wait"]).ends(1);
    ran.says(&["started with 1.0.0", "qa: refused: ", "--allow-backwards"]);
    trigger(&shop, SEQUENTIAL, &["--wait", "--allow-backwards"]).passes();
    assert_eq!(went_to(&shop).len(), 2 + 2 + 2, "two to dev by somebody, two flows");
}

#[test]
fn flags_that_say_nothing_about_a_product_are_refused() {
    let shop = trio(FAST);
    let promote = |more: &[&str]| shop.run(&[&["promote", "--product", "demo-trioapp"], more].concat());
    promote(&["--from", "dev", "--to", "qa", "--tenant", "x"])
        .ends(2)
        .says(&["--tenant does not go with --product"]);
    promote(&["--from", "dev"]).ends(2).says(&["--to"]);
    promote(&["--from", "dev", "--to", "dev"]).ends(2);
    promote(&["--from", "dev", "--to", "nowhere"]).ends(2).says(&["unknown environment `nowhere`"]);
    shop.run(&["promote", "--from", "dev", "--to", "qa", "--allow-backwards"]).ends(2);
    assert_eq!(went_to(&shop), Vec::<String>::new());
}
