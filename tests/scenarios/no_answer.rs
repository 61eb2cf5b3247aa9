//! What is an answer of the server and what is not, what counts as a warning, and errors that say what is behind them.

use promenade::sandbox::Script;
use serde_json::{Value, json};

use crate::support::shop::{Ran, Shop, with};

const DEPLOY: [&str; 7] = ["deploy", "--project", "Web Shop", "--version", "1.4.6", "--to", "Development"];

fn script(shop: &Shop, verb: &str, path: &str, times: Option<u64>, fault: &Value) {
    let script = json!({ "match": { "method": verb, "path": path }, "times": times, "fault": fault });
    shop.sandbox.script(serde_json::from_value::<Script>(script).expect("a script"));
}

fn status(status: u16, body: &str) -> Value {
    json!({ "kind": "status", "status": status, "body": body })
}

#[test]
fn a_page_or_a_redirect_in_place_of_an_answer_is_no_answer() {
    for (fault, code, words) in [
        (status(302, "html"), 4, "is a redirect (302)"),
        (status(403, "html"), 4, "got no answer"),
        (status(401, "empty"), 4, "got no answer"),
        (status(403, "octopus"), 1, "was refused"),
    ] {
        let shop = Shop::new();
        script(&shop, "GET", "/projects$", None, &fault);
        shop.run(&DEPLOY).ends(code).says(&[words, "what to do:"]);
        assert_eq!(shop.written(), [], "{fault}");
    }
}

#[test]
fn an_identity_token_that_cannot_be_had_is_no_answer() {
    let shop = Shop::new();
    let account = ["--oidc-service-account", "1c0f7e2a-5a0f-4a1e-9f0e-5c2f8f3b1d77"];
    let run = |source: &[&str]| {
        let arguments = [&DEPLOY[..], &["--url", shop.sandbox.url()], &account, source].concat();
        Ran::of(shop.bare(&arguments))
    };
    run(&["--oidc-token-file", "nowhere"]).ends(4).says(&["nowhere cannot be read"]);
    shop.write("empty", " \n");
    run(&["--oidc-token-file", "empty"]).ends(4).says(&["the identity token is empty"]);
    script(&shop, "POST", "/token/v1$", Some(1), &status(403, "html"));
    shop.write("jwt", "sandbox-subject-token");
    run(&["--oidc-token-file", "jwt"]).ends(4).says(&["could not be exchanged"]);
    // The server's own no.
    shop.write("other", "another-token");
    run(&["--oidc-token-file", "other"]).ends(1).says(&["was refused"]);
    assert_eq!(shop.written().iter().filter(|it| !it.0.ends_with("/token/v1")).count(), 0);
}

#[test]
fn what_is_only_worth_telling_is_no_warning_that_counts() {
    let again = [&DEPLOY[..], &["--again", "--warnings-exit", "7", "--read-limit", "1s"]].concat();
    let passes = |fault: (&str, &str, Option<u64>, Value), told: &str| {
        let shop = Shop::new();
        script(&shop, fault.0, fault.1, fault.2, &fault.3);
        shop.run(&again).ends(0).says(&[told, "promenade: passed (exit code 0)"]);
        assert_eq!(shop.deployments().len(), 1, "{told}");
    };
    passes(("GET", "/details$", None, status(403, "octopus")), "the end of the log could not be read");
    let lost = |carry_out: bool| json!({ "kind": "reset", "carryOut": carry_out });
    let deploys = "/deployments/create/untenanted/v1$";
    passes(("POST", deploys, Some(1), lost(true)), "the answer was lost");
    passes(("POST", deploys, Some(1), lost(false)), "two looks found nothing");
    let shop = Shop::new();
    shop.run(&["create", "--project", "Web Shop", "--warnings-exit", "7"])
        .ends(0)
        .says(&["create: warning: ", "promenade: passed (exit code 0)"]);
}

#[test]
fn a_server_from_before_the_routes_that_are_used_is_said_to_be_too_old() {
    for fault in [status(404, "html"), status(404, "octopus"), status(400, "octopus"), status(405, "empty")] {
        for (command, route) in [
            (&["create", "--project", "Web Shop", "--version", "9.0.0"][..], "/releases/create/v1$"),
            (&DEPLOY[..], "/deployments/create/untenanted/v1$"),
        ] {
            let words = ["the server is version 2022.2.8011", "upgrade the server to 2022.3.5512 or newer"];
            let run = |version: &str| {
                let shop = Shop::changed(|seed| seed["version"] = json!(version));
                script(&shop, "POST", route, Some(1), &fault);
                let more = ["--read-limit", "1s"];
                let again: &[&str] = if command == DEPLOY { &["--again", "--no-wait"] } else { &[] };
                (shop.run(&[command, &more, again].concat()), shop)
            };
            let (ran, shop) = run("2022.2.8011");
            ran.ends(1).says(&words);
            assert_eq!(shop.written().len(), 1, "it is certain that nothing was done: {fault}");
            let (ran, _) = run("2022.3.5512");
            ran.never_says("is version").never_says("upgrade");
        }
    }
}

#[test]
fn a_freeze_that_is_in_force_when_it_is_to_begin_is_named_with_what_to_do() {
    let shop = Shop::playing(1.0, |seed| {
        let freezes = seed["spaces"][0]["freezes"].as_array_mut().expect("freezes");
        freezes.push(json!({ "name": "Party", "startsIn": "2d", "endsIn": "4d",
                             "projects": { "Web Shop": ["Development"] } }));
    });
    let in_days = |days: i64| {
        let span = jiff::SignedDuration::from_hours(24 * days);
        jiff::Timestamp::now().checked_add(span).expect("a time").to_string()
    };
    let run = |days| shop.run(&[&DEPLOY[..], &["--again", "--no-wait", "--run-at", &in_days(days)]].concat());
    run(3).ends(1).says(&[
        "a deployment freeze will be in force at ",
        "'Party'",
        "set run-at to a time after the end of the freeze, or set freeze-override with a reason",
    ]);
    run(5).passes().never_says("freeze");
}

#[test]
fn a_server_that_is_exempt_from_the_proxy_is_spoken_to_directly() {
    let shop = Shop::new();
    let port = shop.sandbox.address().port();
    let run = |no_proxy: Option<&str>| {
        let hurry = ["--no-wait", "--retry-limit", "1s"];
        let command = shop.command(&[&DEPLOY[..], &hurry].concat());
        let command = with(command, "HTTP_PROXY", "http://ann:hunter2hunter2@127.0.0.1:9");
        Ran::of(match no_proxy {
            Some(list) => with(command, "NO_PROXY", list),
            None => command,
        })
    };
    for list in ["*", &format!("127.0.0.1:{port}"), "localhost,127.0.0.1", "127.0.0.0/8"] {
        run(Some(list)).passes();
    }
    for list in [None, Some("example.org"), Some("127.0.0.1:1")] {
        run(list).ends(4).says(&["by way of the proxy http://127.0.0.1:9)"]).never_says("hunter2");
    }
}
