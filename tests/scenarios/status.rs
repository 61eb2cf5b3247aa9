//! `promenade status`: what is where, told from the server's own records, and what is not known is said to be so.

use std::process::Command;

use promenade::backend::{Backend, Context, Scope};
use promenade::ci::report::status::{RecordedStateName, StatusResult, TargetReport};
use promenade::sandbox::{Fault, Script};
use serde_json::{Value, json};

use crate::support::shop::{Ran, Shop, project, with};
use crate::support::tree;

/// What `--json` tells, which fits the schema, and whose exit code is the process's.
#[track_caller]
fn told(ran: &Ran) -> StatusResult {
    let document: Value =
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("one document: {error}\n{ran}"));
    let schema =
        std::fs::read_to_string(tree::root().join("schemas/status.json")).expect("the schema is there");
    let schema = serde_json::from_str(&schema).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let misfits: Vec<_> = validator.iter_errors(&document).map(|it| it.to_string()).collect();
    assert!(misfits.is_empty(), "{misfits:?}\n{document}");
    let result: StatusResult = serde_json::from_value(document).expect("it is a status");
    assert_eq!(i32::from(result.exit_code), ran.code, "\n{ran}");
    result
}

fn status(shop: &Shop, arguments: &[&str]) -> Ran {
    shop.run(&[&["status"], arguments].concat())
}

/// The one target of this name.
#[track_caller]
fn at<'a>(result: &'a StatusResult, environment: &str, tenant: Option<&str>) -> &'a TargetReport {
    let targets = result.targets.as_ref().expect("targets");
    let mut found =
        targets.iter().filter(|it| it.environment == environment && it.tenant.as_deref() == tenant);
    let target = found.next().unwrap_or_else(|| panic!("{environment} for {tenant:?} is not in {targets:?}"));
    assert!(found.next().is_none(), "{environment} is told twice");
    target
}

fn version(it: &TargetReport) -> Option<&str> {
    it.now.as_ref()?.version.as_deref()
}

/// Each target as `environment[ for tenant]`, in order.
fn names(result: &StatusResult) -> Vec<String> {
    let name = |it: &TargetReport| match &it.tenant {
        Some(tenant) => format!("{} for {tenant}", it.environment),
        None => it.environment.clone(),
    };
    result.targets.iter().flatten().map(name).collect()
}

#[test]
fn the_release_in_each_environment_of_the_lifecycles_is_told_with_time_and_link() {
    let shop = Shop::new();
    let ran = status(&shop, &["--project", "web-shop"]).passes().says(&[
        "status: Development: release 1.4.6 since 20",
        "Z (Deployments-",
        "/app#/Spaces-1/tasks/ServerTasks-",
        "status: Test: release 1.4.5 since 20",
        "status: Production: release 1.4.4 since 20",
        "promenade: passed (exit code 0)",
    ]);
    assert!(!ran.out.contains("on its way") && !ran.out.contains("without success"), "{ran}");
    let result = told(&status(&shop, &["--project", "web-shop", "--json"]).passes());
    assert_eq!(result.project.as_deref(), Some("Web Shop"));
    let versions: Vec<_> =
        result.targets.iter().flatten().map(|it| (it.environment.as_str(), version(it))).collect();
    assert_eq!(
        versions,
        [("Development", Some("1.4.6")), ("Test", Some("1.4.5")), ("Production", Some("1.4.4"))]
    );
    let now = at(&result, "Test", None).now.as_ref().expect("a release");
    assert_eq!(now.state, RecordedStateName::Succeeded);
    assert!(now.url.starts_with(shop.sandbox.url()) && now.url.ends_with(&now.task), "{now:?}");
    assert!(now.ended.as_ref() < result.at.as_ref(), "{now:?} {:?}", result.at);
    assert_eq!(shop.written(), [], "questions only");
}

#[test]
fn an_environment_is_told_once_whatever_words_name_it() {
    let shop = Shop::new();
    let flags =
        ["--project", "Web Shop", "--environment", "test", "--environment", "Environments-2", "--json"];
    assert_eq!(names(&told(&status(&shop, &flags).passes())), ["Test"]);
}

#[test]
fn a_rollback_is_what_is_there_and_not_the_highest_version() {
    let shop = Shop::new();
    shop.somebody_deploys("Web Shop", "1.4.4", "Test");
    shop.settle();
    status(&shop, &["--project", "Web Shop", "--environment", "Test"])
        .passes()
        .says(&["Test: release 1.4.4 since"]);
}

#[test]
fn what_failed_after_it_and_what_left_something_out_are_told_beside_it() {
    let shop = Shop::new();
    let failed = told(&status(&shop, &["--project", "Broken Shop", "--json"]).passes());
    let development = at(&failed, "Development", None);
    assert_eq!(version(development), Some("1.0.0"));
    let [after] = development.failed.as_slice() else { panic!("{development:?}") };
    assert_eq!((after.version.as_deref(), after.state), (Some("1.1.0"), RecordedStateName::Failed));
    assert_eq!(at(&failed, "Test", None).now, None);
    status(&shop, &["--project", "Broken Shop"]).passes().says(&[
        "status: Development: release 1.0.0 since",
        "status: Development: without success since: release 1.1.0, failed at 20",
        "status: Test: nothing was deployed",
    ]);

    let deploy = ["deploy", "--project", "Web Shop", "--version", "1.4.5", "--to", "Development", "--no-log"];
    shop.run(&[&deploy[..], &["--machine", "dev-01"]].concat()).passes();
    let result = told(&status(&shop, &["--project", "Web Shop", "--json"]).passes());
    let development = at(&result, "Development", None);
    assert_eq!(version(development), Some("1.4.6"));
    let partial: Vec<_> = development.partial.iter().map(|it| it.version.as_deref()).collect();
    assert_eq!(partial, [Some("1.4.5")]);
    status(&shop, &["--project", "Web Shop"]).passes().says(&[
        "Development: release 1.4.6 since",
        "Development: in part since: release 1.4.5, succeeded at 20",
    ]);
}

#[test]
fn what_runs_and_what_is_scheduled_is_on_its_way() {
    let shop = Shop::slow();
    let deploy = ["deploy", "--project", "Web Shop", "--to", "Test", "--no-wait"];
    shop.run(&[&deploy[..], &["--version", "1.4.6"]].concat()).passes();
    let scheduled = ["--version", "1.4.4", "--run-at", "2099-12-24T22:00:00+01:00"];
    shop.run(&[&deploy[..], &scheduled].concat()).passes();
    let result = told(&status(&shop, &["--project", "Web Shop", "--json"]).passes());
    let test = at(&result, "Test", None);
    assert_eq!(version(test), Some("1.4.5"), "neither has ended");
    let mut coming: Vec<_> = test.unfinished.iter().map(|it| (it.version.as_deref(), it.state)).collect();
    coming.sort_by_key(|it| it.0.map(str::to_owned));
    assert_eq!(coming[0], (Some("1.4.4"), RecordedStateName::Scheduled));
    assert_eq!(coming[1].0, Some("1.4.6"));
    assert!(matches!(coming[1].1, RecordedStateName::Queued | RecordedStateName::Running), "{coming:?}");
    let ran = status(&shop, &["--project", "Web Shop"]).passes();
    ran.says(&["Test: on its way: release 1.4.4, scheduled for 2099-12-24T21:00:00Z (Deployments-"]);
}

#[test]
fn each_tenant_has_its_own_release_where_it_is_linked() {
    let shop = Shop::changed(|seed| {
        let deployed =
            |tenant: &str, ago: &str| json!({ "environment": "Development", "tenant": tenant, "ago": ago });
        project(seed, "Portal")["history"] = json!([
            { "version": "1.0.0", "ago": "9d", "deployments": [deployed("Acme", "9d"), deployed("Globex", "8d")] },
            { "version": "1.1.0", "ago": "5d", "deployments": [deployed("Acme", "5d")] },
        ]);
    });
    let result = told(&status(&shop, &["--project", "Portal", "--json"]).passes());
    assert_eq!(
        names(&result),
        [
            "Development for Acme",
            "Development for Globex",
            "Test for Acme",
            "Test for Globex",
            "Test for Initech",
            "Production for Acme",
            "Production for Globex"
        ]
    );
    assert_eq!(version(at(&result, "Development", Some("Acme"))), Some("1.1.0"));
    assert_eq!(version(at(&result, "Development", Some("Globex"))), Some("1.0.0"));
    assert_eq!(version(at(&result, "Test", Some("Initech"))), None);
    let of = |flags: &[&str]| {
        names(&told(&status(&shop, &[&["--project", "Portal", "--json"], flags].concat()).passes()))
    };
    assert_eq!(of(&["--tenant", "initech"]), ["Test for Initech"]);
    assert_eq!(of(&["--tenant-tag", "Region/US", "--environment", "Test"]), ["Test for Globex"]);
    assert_eq!(
        of(&["--tenant", "*", "--environment", "Production"]),
        ["Production for Acme", "Production for Globex"]
    );
}

#[test]
fn without_and_for_tenants_are_told_where_the_project_may_be_deployed_so() {
    let shop = Shop::new();
    let result = told(&status(&shop, &["--project", "Mixed", "--json"]).passes());
    let expected = ["Development", "Development for Acme", "Test", "Test for Acme", "Production"];
    assert_eq!(names(&result), expected);
    assert_eq!(version(at(&result, "Development", None)), Some("1.0.0"));
    assert_eq!(version(at(&result, "Development", Some("Acme"))), None);
}

#[test]
fn a_link_that_is_gone_takes_nothing_away_from_where_it_runs() {
    let shop = Shop::changed(|seed| {
        project(seed, "Portal")["history"] = json!([{ "version": "1.0.0", "ago": "9d", "deployments": [
            { "environment": "Production", "tenant": "Initech", "ago": "9d" }] }]);
    });
    let result =
        told(&status(&shop, &["--project", "Portal", "--environment", "Production", "--json"]).passes());
    assert_eq!(version(at(&result, "Production", Some("Initech"))), Some("1.0.0"));
}

#[test]
fn a_task_that_is_not_shown_is_unknown_and_never_absent() {
    let shop = Shop::new();
    let task = shop.somebody_deploys("Web Shop", "1.4.5", "Development");
    shop.settle();
    let made = shop.deployments();
    let id = made[0]["id"].as_str().expect("an id").to_owned();
    for (path, id) in [("/tasks$", task.as_str()), ("/progression$", id.as_str())] {
        let hidden: Fault =
            serde_json::from_value(json!({ "kind": "unlisted", "ids": [id] })).expect("a fault");
        shop.sandbox.script(Script::on("GET", path, hidden).expect("a pattern").for_ever());
    }
    let flags = ["--project", "Web Shop", "--environment", "Development"];
    let words = format!(
        "Development: the outcome of {id} of release 1.4.5 is not known: the server does not show its task"
    );
    status(&shop, &flags).ends(4).says(&[
        "status: Development: release 1.4.6 since",
        "status: warning: ",
        &words,
        "no answer (exit code 4)",
    ]);
    let result = told(&status(&shop, &[&flags[..], &["--json"]].concat()).ends(4));
    let [unknown] = at(&result, "Development", None).unknown.as_slice() else { panic!("{result:?}") };
    assert_eq!((unknown.id.as_str(), unknown.state), (id.as_str(), RecordedStateName::Unknown));
    assert_eq!(result.warnings.len(), 1);
}

#[test]
fn a_success_behind_more_failures_than_are_listed_is_found() {
    let shop = Shop::changed(|seed| {
        let at = |ago: &str, outcome: &str| json!([{ "environment": "Development", "ago": ago, "outcome": outcome }]);
        let mut history =
            vec![json!({ "version": "1.0.0", "ago": "48d", "deployments": at("48d", "success") })];
        for number in 1..=150 {
            let ago = format!("{}h", 900 - number);
            history.push(
                json!({ "version": format!("1.1.{number}"), "ago": ago, "deployments": at(&ago, "failed") }),
            );
        }
        project(seed, "Web Shop")["history"] = Value::Array(history);
    });
    status(&shop, &["--project", "Web Shop", "--environment", "Development"]).passes().says(&[
        "Development: release 1.0.0 since",
        "Development: without success since: release 1.1.150, failed at",
        " more before it",
    ]);
}

#[test]
fn names_that_do_not_exist_are_told_together() {
    let shop = Shop::new();
    let flags =
        ["--project", "Portal", "--environment", "Tset", "--tenant", "Acmee", "--tenant-tag", "Region/XX"];
    status(&shop, &flags)
        .ends(1)
        .says(&["status: error: "])
        .says(&["'Tset'"])
        .says(&["'Acmee'"])
        .says(&["Region/XX"]);
    let result = told(&status(&shop, &[&flags[..], &["--json"]].concat()).ends(1));
    assert_eq!((result.targets, result.problems.len()), (None, 1));
    status(&shop, &["--project", "Nope"]).ends(1).says(&["'Nope'"]);
    let initech = ["--project", "Portal", "--tenant", "Initech"];
    let to = |environment| status(&shop, &[&initech[..], &["--environment", environment]].concat());
    to("Test").passes();
    to("Production").ends(1).says(&["tenant 'Initech' is not linked to environment 'Production'"]);
    let other = status(&shop, &["--project", "Web Shop", "--tenant", "Initech"]).ends(1);
    other.says(&["tenant 'Initech' is not linked to project 'Web Shop'"]);
}

#[test]
fn settings_may_name_the_project_and_what_is_wrong_with_them_is_told() {
    let shop = Shop::new();
    status(&shop, &[]).ends(2).says(&["no project is named", "--project"]);
    assert_eq!(told(&status(&shop, &["--json"]).ends(2)).targets, None);
    status(&shop, &["--project", "Portal", "--tenant", "*", "--tenant", "Acme"])
        .ends(2)
        .says(&["stands for every"]);
    status(&shop, &["--project", "Portal", "--time-limit", "soon"]).ends(2).says(&["90s"]);
    shop.write("promenade.toml", "[connection]\nproject = \"Web Shop\"\n[deploy]\nto = [\"Development\"]\n");
    status(&shop, &[]).passes().says(&["promenade.toml in the working folder", "Development: release 1.4.6"]);
    status(&shop, &["--project", "Broken Shop"]).passes().says(&["Development: release 1.0.0"]);
    shop.write("other.toml", "[connection]\nproject = \"Quick Shop\"\n");
    status(&shop, &["--config", "other.toml"]).passes().says(&["Development: nothing was deployed"]);
    shop.write("other.toml", "[connection]\nprojekt = \"Quick Shop\"\n");
    status(&shop, &["--config", "other.toml"]).ends(2).says(&["other.toml:2", "projekt"]);
}

#[test]
fn a_server_that_does_not_answer_is_no_answer() {
    let shop = Shop::new();
    let hang: Fault = serde_json::from_value(json!({ "kind": "hang" })).expect("a fault");
    shop.sandbox.script(Script::on("GET", "/progression$", hang).expect("a pattern").for_ever());
    let flags = ["--project", "Web Shop", "--time-limit", "1s", "--json"];
    let result = told(&status(&shop, &flags).ends(4).says(&["status: error: ", "got no answer"]));
    assert_eq!(result.problems.len(), 1);
}

#[test]
fn quiet_tells_the_verdict_alone_and_no_text_tells_a_secret() {
    let shop = Shop::changed(|seed| {
        seed["spaces"][0]["tenants"][0]["name"] = json!("Sesame-4711");
        seed["spaces"][0]["tenants"][1]["name"] = json!("##vso[task.complete result=Failed]");
    });
    let quiet = status(&shop, &["--project", "Portal", "--quiet"]).passes();
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("promenade: passed (exit code 0)\n", ""));
    shop.write(
        "promenade.toml",
        "[connection]\nproject = \"Portal\"\n[prompted-variables]\nWord = { env = \"WORD\" }\n",
    );
    let run = |more: &[&str]| -> Ran {
        let command: Command = shop.command(&[&["status"], more].concat());
        Ran::of(with(command, "WORD", "Sesame-4711")).passes().never_says("Sesame-4711")
    };
    run(&[]).says(&["Development for ***"]).never_says("##vso[");
    assert!(names(&told(&run(&["--json"]))).contains(&"Test for ***".to_owned()));
}

#[test]
fn few_requests_wait_for_one_another() {
    let shop = Shop::new();
    shop.delay_all(20);
    shop.forget();
    status(&shop, &["--project", "Projects-1"]).passes();
    let asked = shop.requests();
    let paths: Vec<_> = asked.iter().map(|it| it.path.as_str()).collect();
    assert!(Shop::depth(&asked) <= 3, "{paths:?}");
    let progressions = paths.iter().filter(|it| it.ends_with("/progression")).count();
    assert_eq!(progressions, 1, "{paths:?}");
}

/// Compiles only while the future is `Send`, so that a server that uses the library can spawn it.
#[test]
fn the_future_of_an_overview_may_be_spawned() {
    fn assert_send<T: Send>(_: T) {}
    fn of_overview(backend: &Backend, scope: &Scope<'_>, context: Context<'_>) {
        assert_send(backend.overview(scope, context));
    }
    // It is never called: that it compiles is the test.
    let _ = of_overview;
}
