//! Names between documents: unknown ones, two of a kind, two for one place.

use super::support::{HOME, checked, connections, flow, problems};
use crate::document::{Format, Source};
use crate::flow::definition::read;

const GOOD: &str = "  - {environment: qa, dependsOn: [dev]}\n";

fn with(more: &str) -> Vec<String> {
    let good = flow(GOOD);
    let files = [("f.yaml", good.as_str()), ("home.yaml", HOME), ("more.yaml", more)];
    checked(&files).expect_err("there is a problem")
}

fn environment(name: &str, spec: &str) -> String {
    format!("apiVersion: promenade/v1\nkind: Environment\nmetadata: {{name: {name}}}\nspec: {spec}\n")
}

fn product(name: &str, spec: &str) -> String {
    format!("apiVersion: promenade/v1\nkind: Product\nmetadata: {{name: {name}}}\nspec: {spec}\n")
}

#[test]
fn an_environment_of_a_flow_has_a_document() {
    let near = flow("  - {environment: qa, dependsOn: [dev]}\n  - {environment: prd, dependsOn: [qa]}\n");
    assert_eq!(problems(&near), ["f.yaml:8:19: unknown environment `prd`; did you mean `prod`?"]);
    let far = flow("  - {environment: moon, dependsOn: [dev]}\n").replace("nment: dev", "nment: Dev");
    assert_eq!(
        problems(&far),
        [
            "f.yaml:5:23: unknown environment `Dev`; did you mean `dev`?",
            "f.yaml:7:19: unknown environment `moon`; add a document of kind Environment with this name; known are \
             `dev`, `qa` or `prod`",
            "f.yaml:7:37: `dev` is not a step of this flow, and not its trigger environment; did you mean `Dev`?",
        ]
    );
}

#[test]
fn a_flow_of_a_product_has_a_document() {
    assert_eq!(
        with(&product("other", "{flows: [ff, g], applications: [{name: a, octopus: {project: P}}]}")),
        [
            "more.yaml:4:16: unknown flow `ff`; add a document of kind PromotionFlow with this name; known are `f`",
            "more.yaml:4:20: unknown flow `g`; add a document of kind PromotionFlow with this name; known are `f`",
        ]
    );
}

#[test]
fn a_connection_is_one_of_the_settings() {
    assert_eq!(
        with(&environment("moon", "{octopus: {connection: mars}}")),
        [
            "more.yaml:4:30: unknown connection `mars`; add `[connections.mars]` to the settings; known are `default`, `eu` or \
          `same`"
        ]
    );
    assert_eq!(
        with(&environment("moon", "{octopus: {connection: defualt}}")),
        ["more.yaml:4:30: unknown connection `defualt`; did you mean `default`?"]
    );
}

#[test]
fn an_environment_without_a_connection_is_on_the_default_one_which_must_be_there() {
    let source = Source { name: "home.yaml", bytes: HOME.as_bytes(), format: Format::Yaml };
    let mut known = connections();
    known.remove(&"default".into());
    let found: Vec<_> = read(&[source], Some(&known)).expect_err("a problem").one_by_one().collect();
    assert_eq!(
        found[0],
        "home.yaml:4:17: environment `dev` is on the connection `default`, which the settings do not have; add \
         `connection` to it: `eu` or `same`"
    );
    // Without settings nothing is known of them.
    let unchecked = read(
        &[Source { bytes: environment("x", "{octopus: {connection: moon}}").as_bytes(), ..source }],
        None,
    );
    let notes: Vec<_> = unchecked.expect("no problem").notes.into_iter().map(|it| it.message).collect();
    assert_eq!(notes, ["without settings the names of connections are not checked"]);
}

#[test]
fn two_documents_of_a_kind_have_two_names() {
    let again = format!(
        "{}---\n{}---\n{}",
        flow(GOOD).replace("name: f", "name: F").replace("codefresh.io/v1beta1", "promenade/v1"),
        environment("QA", "{octopus: {environment: Test}}"),
        product("Shop", "{applications: [{name: a, octopus: {project: P}}]}")
    );
    assert_eq!(
        with(&again),
        [
            "more.yaml:3:18: a second promotion flow `F`; the first is at f.yaml:3:18; rename one of them, or remove one",
            "more.yaml:11:18: a second environment `QA`; the first is at home.yaml:8:18; rename one of them, or remove \
             one",
            "more.yaml:16:18: a second product `Shop`; the first is at home.yaml:18:18; rename one of them, or remove one",
        ]
    );
}

#[test]
fn two_applications_of_a_product_have_two_names() {
    let spec = "{applications: [{name: a, octopus: {project: P}}, {name: A, octopus: {project: Q}}]}";
    assert_eq!(
        with(&product("other", spec)),
        [
            "more.yaml:4:64: a second application of the product `other`: `A`; the first is at more.yaml:4:30; rename one \
          of them, or remove one"
        ]
    );
}

#[test]
fn an_environment_of_a_flow_is_somewhere() {
    let nowhere = HOME.replacen("spec: {octopus: {}}", "spec: {}", 1);
    let good = flow(GOOD);
    let found = checked(&[("f.yaml", &good), ("home.yaml", &nowhere)]).expect_err("there is a problem");
    assert_eq!(
        found,
        [
            "home.yaml:3:18: environment `dev` of the flow `f` has no application of the product `shop`: it has no \
          `octopus`; add `octopus` to its `spec`; `octopus: {}` is the environment `dev` of the connection `default`"
        ]
    );
    // One that no flow needs may be nowhere as yet.
    let unused =
        HOME.replace("metadata: {name: prod}\nspec: {octopus: {}}", "metadata: {name: prod}\nspec: {}");
    assert!(unused != HOME && checked(&[("f.yaml", &good), ("home.yaml", &unused)]).is_ok());
}

#[test]
fn an_application_is_somewhere() {
    assert_eq!(
        with(&product("other", "{applications: [{name: a}]}")),
        [
            "more.yaml:4:23: no environment has the application `a`: it has no `octopus`; add `octopus: { project: … }` to \
          it"
        ]
    );
}

#[test]
fn two_environments_are_two_places() {
    for spec in [
        "{octopus: {environment: QA}}",
        "{octopus: {environment: qa, space: shop}}",
        "{octopus: {environment: qa, space: Shop, connection: same}}",
    ] {
        let found = with(&environment("test", spec));
        let [only] = found.as_slice() else { panic!("{spec}: {found:?}") };
        let begin = "more.yaml:4:31: environment `test` is where `qa` is (see home.yaml:8:18): the same connection, space \
                     and environment `";
        let end = "correct `octopus` of one of them, or remove one";
        assert!(only.starts_with(begin) && only.ends_with(end), "{spec}: {only}");
    }
    for spec in [
        "{octopus: {environment: Test}}",
        "{octopus: {environment: qa, space: Other}}",
        "{octopus: {environment: qa, connection: eu}}",
        "{octopus: {environment: qa, connection: same}}",
    ] {
        let good = flow(GOOD);
        let more = environment("test", spec);
        assert!(checked(&[("f.yaml", &good), ("home.yaml", HOME), ("more.yaml", &more)]).is_ok(), "{spec}");
    }
}

#[test]
fn two_products_are_two_places() {
    let other = |octopus: &str| {
        product("other", &format!("{{flows: [f], applications: [{{name: a, octopus: {octopus}}}]}}"))
    };
    assert_eq!(
        with(&other("{project: web shop}")),
        [
            "more.yaml:4:64: application `a` of the product `other` is where `web` of `shop` is (see home.yaml:21:25): the \
          same space, project `web shop` and tenants; correct `octopus` of one of them, or remove one"
        ]
    );
    for octopus in
        ["{project: Web Shop, tenants: [Acme]}", "{project: Web Shop, tenants: ['*']}", "{project: Other}"]
    {
        let (good, more) = (flow(GOOD), other(octopus));
        assert!(
            checked(&[("f.yaml", &good), ("home.yaml", HOME), ("more.yaml", &more)]).is_ok(),
            "{octopus}"
        );
    }
}

#[test]
fn tenants_of_two_applications_are_compared() {
    let pair = |one: &str, other: &str| {
        let application = |name: &str, it: &str| format!("{{name: {name}, octopus: {{project: P, {it}}}}}");
        let spec = format!("{{applications: [{}, {}]}}", application("a", one), application("b", other));
        let (good, more) = (flow(GOOD), product("other", &spec));
        checked(&[("f.yaml", &good), ("home.yaml", HOME), ("more.yaml", &more)])
            .err()
            .unwrap_or_default()
            .len()
    };
    for (one, other, expected) in [
        ("tenants: [Acme]", "tenants: [ACME, Globex]", 1),
        ("tenants: [Acme]", "tenants: [Globex]", 0),
        ("tenants: ['*']", "tenants: [Globex]", 1),
        ("tenants: [Globex]", "tenants: ['*']", 1),
        ("tenants: ['*']", "tenants: ['*']", 1),
        ("tenants: ['*']", "channel: c", 0),
        ("tenantTags: [Region/EU]", "tenantTags: [region/eu]", 1),
        ("tenantTags: [Region/EU]", "tenantTags: [Region/US]", 0),
        ("tenantTags: [Region/EU]", "tenants: ['*']", 1),
    ] {
        assert_eq!(pair(one, other), expected, "{one} {other}");
    }
}

#[test]
fn a_product_whose_flows_are_elsewhere_is_elsewhere() {
    let more = format!(
        "{}---\n{}---\n{}---\n{}",
        environment("eu-dev", "{octopus: {connection: eu}}"),
        environment("eu-prod", "{octopus: {connection: eu}}"),
        flow("  - {environment: eu-prod, dependsOn: [eu-dev]}\n")
            .replace("name: f", "name: eu")
            .replace(": dev", ": eu-dev"),
        product("other", "{flows: [eu], applications: [{name: a, octopus: {project: Web Shop}}]}")
    );
    let good = flow(GOOD);
    let files = [("f.yaml", good.as_str()), ("home.yaml", HOME), ("more.yaml", more.as_str())];
    assert_eq!(checked(&files).err(), None);
    // Without flows it may be promoted by hand, to any environment.
    let by_hand = more.replace("flows: [eu], ", "");
    let files = [("f.yaml", good.as_str()), ("home.yaml", HOME), ("more.yaml", by_hand.as_str())];
    assert_eq!(checked(&files).expect_err("a problem").len(), 1);
}

#[test]
fn tenants_are_all_or_some_and_tags_have_a_set() {
    assert_eq!(
        with(&product(
            "other",
            "{applications: [{name: a, octopus: {project: P, tenants: [Acme, '*'], tenantTags: [EU, Region/EU]}}]}"
        )),
        [
            "more.yaml:4:71: `*` already stands for every tenant; use it alone, or name tenants",
            "more.yaml:4:90: `EU` is not a tenant tag; write it as `Set name/Tag name`",
        ]
    );
}

#[test]
fn a_name_that_may_stand_where_nothing_could_be_read_is_not_unknown() {
    let good = flow("  - {environment: qa, dependsOn: [dev]}\n  - {environment: moon, dependsOn: [qa]}\n");
    let broken = "apiVersion: promenade/v1\nkind: Environment\nmetadata: {name: moon\n";
    let found =
        checked(&[("f.yaml", &good), ("home.yaml", HOME), ("x.yaml", broken)]).expect_err("a problem");
    assert!(matches!(found.as_slice(), [only] if only.starts_with("x.yaml:")), "{found:?}");
}
