//! What is certain of one request, one answer or one look says nothing of another.

use std::time::{Duration, Instant};

use promenade::sandbox::Script;
use serde_json::{Value, json};

use crate::support::shop::{Ran, Shop, project, restricted_user};

const DEPLOY: [&str; 8] =
    ["deploy", "--project", "Web Shop", "--version", "1.4.6", "--to", "Development", "--again"];
const POST: &str = "/deployments/create/untenanted/v1$";

fn script(shop: &Shop, verb: &str, path: &str, times: Option<u64>, fault: &Value) {
    let script = json!({ "match": { "method": verb, "path": path }, "times": times, "fault": fault });
    shop.sandbox.script(serde_json::from_value::<Script>(script).expect("a script"));
}

#[test]
fn a_refusal_of_the_second_request_says_nothing_of_the_first_whose_answer_was_lost() {
    for route in [POST, "/Spaces-1/deployments$"] {
        let shop = Shop::new();
        // It is carried out, but late: after the looks that show nothing.
        let late = json!({ "kind": "reset", "carryOut": { "afterMs": 30_000 } });
        script(&shop, "POST", route, Some(1), &late);
        script(&shop, "POST", route, Some(1), &json!({ "kind": "status", "status": 403 }));
        let notes: &[&str] = if route == POST { &[] } else { &["--notes", "n"] };
        shop.run(&[&DEPLOY[..], &["--no-wait", "--read-limit", "1s"], notes].concat())
            .ends(4)
            .says(&[
                "two looks found nothing",
                "an earlier try of deploying release 1.4.6 to Development got no answer, and it is not known whether \
                 it was carried out",
                "the server refused POST",
                "with 403",
            ]);
        assert_eq!(shop.written().len(), 2, "{route}");
    }
}

#[test]
fn a_write_that_is_held_back_beyond_the_limit_waits_for_the_limit() {
    let shop = Shop::new();
    let full = json!({ "kind": "status", "status": 429, "retryAfter": 3600 });
    script(&shop, "POST", POST, None, &full);
    let begun = Instant::now();
    let ran = shop.run(&[&DEPLOY[..], &["--time-limit", "4s"]].concat());
    assert!(begun.elapsed() >= Duration::from_secs(4), "{:?}\n{ran}", begun.elapsed());
    ran.ends(4)
        .says(&["rate limit left no room", "waiting until the time limit is over"])
        .never_says("trying again")
        .never_says("not known whether");
    assert_eq!(shop.written().len(), 1);
}

#[test]
fn prompted_values_that_cannot_be_checked_are_warned_of_and_missed_where_the_deployment_lacks_them() {
    let mut blind = "";
    let granted = ["DeploymentCreate", "DeploymentView", "ProjectView", "ReleaseView", "TaskView"];
    let shop = Shop::changed(|seed| {
        blind = restricted_user(seed, &granted);
        project(seed, "Asking Shop")["history"] = json!([{ "version": "1.0.0", "ago": "5d",
            "deployments": [{ "environment": "Development", "ago": "5d" }] }]);
    });
    let mut command = shop.command(&[
        "promote",
        "--project",
        "Asking Shop",
        "--from",
        "Development",
        "--to",
        "Test",
        "--no-wait",
        "--variable",
        "Approver=a",
        "--variable",
        "Token=t",
        "--variable",
        "Ticket=OPS-1",
    ]);
    command.env("OCTOPUS_API_KEY", blind);
    let ran = Ran::of(command).passes().says(&[
        "warning: whether the deployment asks for the prompted variables 'Approver', 'Ticket', 'Token' could not be \
         checked",
        "the deployment does not show the value of the prompted variable",
        "'Ticket'",
    ]);
    ran.never_says("does not show the value of the prompted variable 'Approver'");
}

#[test]
fn what_the_preview_does_not_tell_of_guided_failure_is_not_sent_as_off() {
    let run = |lacks: bool| {
        let shop = Shop::new();
        if lacks {
            let lacking = json!({ "kind": "lacking", "fields": ["UseGuidedFailureModeByDefault"] });
            script(&shop, "GET", "/deployments/preview/", None, &lacking);
        }
        shop.run(&[&DEPLOY[..], &["--no-wait", "--notes", "n"]].concat()).passes();
        shop.body_of("deployments")["UseGuidedFailure"].clone()
    };
    assert_eq!((run(false), run(true)), (json!(false), Value::Null));
}

#[test]
fn a_later_part_of_a_promotion_is_checked_against_what_is_there_when_it_is_sent() {
    let shop = Shop::changed(|seed| {
        let there = |tenant: &str| json!([{ "environment": "Test", "tenant": tenant, "ago": "5d" }]);
        let portal = project(seed, "Portal");
        portal["lifecycle"] = json!("Anywhere");
        portal["history"] = json!([
            { "version": "3.0.0", "ago": "9d", "deployments": there("Acme") },
            { "version": "3.1.0", "ago": "8d", "deployments": there("Globex") },
            { "version": "9.0.0", "ago": "1d" },
        ]);
    });
    let tenanted = "/deployments/create/tenanted/v1";
    script(&shop, "POST", tenanted, Some(1), &json!({ "kind": "latency", "ms": 4_000 }));
    let promote = ["promote", "--project", "Portal", "--from", "Test", "--to", "Production", "--no-wait"];
    let promote = [&promote[..], &["--tenant", "Acme", "--tenant", "Globex"]].concat();
    let ran = std::thread::scope(|scope| {
        let run = scope.spawn(|| shop.run(&promote));
        let first = loop {
            if let Some(first) = shop.requests().into_iter().find(|it| it.path.ends_with(tenanted)) {
                break first.body["Tenants"][0].clone();
            }
            assert!(!run.is_finished(), "it asked for nothing");
            std::thread::sleep(Duration::from_millis(20));
        };
        let other = if first == "Acme" { "Globex" } else { "Acme" };
        let body = json!({ "SpaceId": "Spaces-1", "SpaceIdOrName": "Spaces-1", "ProjectName": "Portal",
            "ReleaseVersion": "9.0.0", "EnvironmentName": "Production", "Tenants": [other] });
        shop.ask(shop.sandbox.api_key(), "POST", &format!("Spaces-1{tenanted}"), &body);
        run.join().expect("it ends")
    });
    ran.ends(1).says(&["accepted before this happened", "has release 9.0.0", "would move it backwards"]);
    assert_eq!(shop.deployments().len(), 2, "{:?}", shop.deployments_in_words());
}

#[test]
fn what_came_while_an_automatic_deployment_was_waited_for_is_not_moved_backwards() {
    let shop = Shop::changed(|seed| {
        let lifecycle = json!({ "name": "Half", "phases": [
            { "name": "Development", "environments": ["Development"] }, { "name": "Test", "automatic": ["Test"] }] });
        seed["spaces"][0]["lifecycles"].as_array_mut().unwrap().push(lifecycle);
        // Ten seconds, and it is still at work a minute later.
        seed["automaticDelay"] = json!(4_000);
        let rolling = project(seed, "Rolling Shop");
        rolling["lifecycle"] = json!("Half");
        rolling["steps"] = json!([
            { "name": "Deploy", "seconds": 5 }, { "name": "Bake", "seconds": 24_000, "environments": ["Test"] }]);
        rolling["history"] = json!([{ "version": "2.0.0", "ago": "9d",
            "deployments": [{ "environment": "Development", "ago": "9d" }] }]);
    });
    let of = ["--project", "Rolling Shop"];
    shop.run(&[&["create", "--version", "1.0.0"], &of[..]].concat()).passes();
    shop.run(&[&["deploy", "--version", "1.0.0", "--to", "Development"], &of[..]].concat()).passes();
    shop.forget();
    let promote = [&["promote", "--from", "Development", "--to", "Test", "--no-wait"], &of[..]].concat();
    let ran = std::thread::scope(|scope| {
        let run = scope.spawn(|| shop.run(&promote));
        let waits = |it: &promenade::sandbox::ReceivedRequest| {
            it.path.contains("/releases/") && it.path.ends_with("/deployments")
        };
        while !shop.requests().iter().any(waits) {
            assert!(!run.is_finished(), "it waits for nothing: {:?}", shop.requests());
            std::thread::sleep(Duration::from_millis(20));
        }
        shop.somebody_deploys("Rolling Shop", "2.0.0", "Test");
        run.join().expect("it ends")
    });
    ran.ends(1).says(&["Test has release 2.0.0; release 1.0.0 would move it backwards"]);
}
