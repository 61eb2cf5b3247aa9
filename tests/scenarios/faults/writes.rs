//! Faults at the requests that make releases and deployments.

use serde_json::{Value, json};

use super::bench::{Ran, Story, at};
use super::{Stands, hold, stands};

/// A request that makes something, and a command that sends it.
struct Write {
    name: &'static str,
    request: (&'static str, &'static str),
    command: &'static str,
    made: fn(&Ran) -> usize,
}

const CREATE: Write = Write {
    name: "create",
    request: ("POST", "/releases/create/v1$"),
    command: "create --project Shop --version 2.0.0",
    made: Ran::releases,
};
const DEPLOY: Write = Write {
    name: "deploy",
    request: ("POST", "/deployments/create/untenanted/v1$"),
    command: "deploy --project Shop --version 1.1.0 --to Development",
    made: deployments,
};
const PROMOTE: Write = Write {
    name: "promote",
    request: ("POST", "/deployments/create/untenanted/v1$"),
    command: "promote --project Shop --from Development --to Test",
    made: deployments,
};
/// Notes are carried by the older route alone.
const WITH_NOTES: Write = Write {
    name: "deploy with notes",
    request: ("POST", "/deployments$"),
    command: "deploy --project Shop --version 1.1.0 --to Development --notes hello",
    made: deployments,
};
/// Particular deployments are told from others by who asked for them.
const FORCED: Write = Write {
    name: "forced deploy",
    request: ("POST", "/deployments/create/untenanted/v1$"),
    command: "deploy --project Shop --version 1.1.0 --to Development --force-redeployment",
    made: deployments,
};
const TENANTED: Write = Write {
    name: "deploy for a tenant",
    request: ("POST", "/deployments/create/tenanted/v1$"),
    command: "deploy --project Tenanted_Shop --version 1.1.0 --to Development --tenant Acme",
    made: deployments,
};

fn deployments(ran: &Ran) -> usize {
    ran.deployments().len()
}

impl Write {
    fn story(&self, fault: &str, times: Option<u64>) -> Story {
        let fault: Value = serde_json::from_str(fault).expect("the table holds JSON");
        let story =
            Story::new(format!("{} {fault}", self.name), self.command, at(self.request, &fault, times));
        // A release is known again by its build alone.
        match self.name {
            "create" => story.of_build("7"),
            _ => story,
        }
    }
}

/// The fault that the request meets once; what must stand.
///
/// - A 429 is known to be unprocessed, so it is sent again at once: 2 requests.
/// - After every other fault it is not known. What was carried out is found by a look: 1 request. What was not
///   is sent again after two looks that show nothing: 2 requests.
/// - A late write (0.7 s, 1.5 s) comes before the second look, which is at least 4 s after the first, so it is
///   found: 1 request.
/// - A refusal in the server's own words is an answer: exit 1, 1 request. Nothing was done. In any other words it
///   says nothing: something may stand before the server that does not know what the server did.
#[rustfmt::skip]
const ONCE: &[(&str, Stands)] = &[
    // Answers that come, late or in an odd shape, and are understood.
    (r#"{"kind":"latency","ms":300}"#,                                                  stands(0, 1, 1)),
    (r#"{"kind":"content-type","value":"text/html"}"#,                                  stands(0, 1, 1)),
    (r#"{"kind":"drip","ms":1,"bytes":64}"#,                                            stands(0, 1, 1)),
    (r#"{"kind":"camel-case"}"#,                                                        stands(0, 1, 1)),
    // The rate limit.
    (r#"{"kind":"status","status":429,"retryAfter":1}"#,                                stands(0, 1, 2)),
    (r#"{"kind":"status","status":429,"body":"html"}"#,                                 stands(0, 1, 2)),
    (r#"{"kind":"status","status":429,"body":"empty","retryAfter":0}"#,                 stands(0, 1, 2)),
    // A server, or a proxy before it, in trouble.
    (r#"{"kind":"status","status":500}"#,                                               stands(0, 1, 2)),
    (r#"{"kind":"status","status":500,"carryOut":true}"#,                               stands(0, 1, 1)),
    (r#"{"kind":"status","status":500,"carryOut":{"afterMs":700}}"#,                    stands(0, 1, 1)),
    (r#"{"kind":"status","status":502,"body":"html"}"#,                                 stands(0, 1, 2)),
    (r#"{"kind":"status","status":502,"body":"html","carryOut":true}"#,                 stands(0, 1, 1)),
    (r#"{"kind":"status","status":503,"body":"html","retryAfter":1}"#,                  stands(0, 1, 2)),
    (r#"{"kind":"status","status":503,"body":"empty","carryOut":true}"#,                stands(0, 1, 1)),
    (r#"{"kind":"status","status":504,"body":"text","carryOut":{"afterMs":1500}}"#,     stands(0, 1, 1)),
    (r#"{"kind":"status","status":408,"body":"empty"}"#,                                stands(0, 1, 2)),
    // Answers that are none, though they say 200.
    (r#"{"kind":"status","status":200,"body":"html"}"#,                                 stands(0, 1, 2)),
    (r#"{"kind":"status","status":200,"body":"html","carryOut":true}"#,                 stands(0, 1, 1)),
    (r#"{"kind":"status","status":200,"body":"empty"}"#,                                stands(0, 1, 2)),
    (r#"{"kind":"status","status":201,"body":"empty","carryOut":true}"#,                stands(0, 1, 1)),
    (r#"{"kind":"status","status":204,"body":"empty","carryOut":true}"#,                stands(0, 1, 1)),
    (r#"{"kind":"status","status":200,"body":"octopus"}"#,                              stands(0, 1, 2)),
    (r#"{"kind":"status","status":200,"body":"text","carryOut":true}"#,                 stands(0, 1, 1)),
    // True answers that cannot be read.
    (r#"{"kind":"truncated","cut":"connection"}"#,                                      stands(0, 1, 1)),
    (r#"{"kind":"truncated","cut":"json"}"#,                                            stands(0, 1, 1)),
    (r#"{"kind":"malformed"}"#,                                                         stands(0, 1, 1)),
    (r#"{"kind":"oversized","mebibytes":17}"#,                                          stands(0, 1, 1)),
    // No answer at all: before the write, after it, and with the write seconds later.
    (r#"{"kind":"reset"}"#,                                                             stands(0, 1, 2)),
    (r#"{"kind":"reset","carryOut":true}"#,                                             stands(0, 1, 1)),
    (r#"{"kind":"reset","carryOut":{"afterMs":700}}"#,                                  stands(0, 1, 1)),
    (r#"{"kind":"hang"}"#,                                                              stands(0, 1, 2)),
    (r#"{"kind":"hang","carryOut":true}"#,                                              stands(0, 1, 1)),
    (r#"{"kind":"hang","carryOut":{"afterMs":2000}}"#,                                  stands(0, 1, 1)),
    (r#"{"kind":"refuse","ms":600}"#,                                                   stands(0, 1, 2)),
    (r#"{"kind":"refuse","ms":600,"carryOut":true}"#,                                   stands(0, 1, 1)),
    (r#"{"kind":"refuse","ms":600,"carryOut":{"afterMs":1000}}"#,                       stands(0, 1, 1)),
    // Refusals in the server's own words.
    (r#"{"kind":"status","status":401}"#,                                               stands(1, 0, 1)),
    (r#"{"kind":"status","status":403}"#,                                               stands(1, 0, 1)),
    (r#"{"kind":"status","status":404}"#,                                               stands(1, 0, 1)),
    // Refusals in other words, and a way to a log-in page.
    (r#"{"kind":"status","status":401,"body":"empty"}"#,                                stands(0, 1, 2)),
    (r#"{"kind":"status","status":403,"body":"html"}"#,                                 stands(0, 1, 2)),
    (r#"{"kind":"status","status":403,"body":"html","carryOut":true}"#,                 stands(0, 1, 1)),
    (r#"{"kind":"status","status":404,"body":"html"}"#,                                 stands(0, 1, 2)),
    (r#"{"kind":"status","status":405,"body":"empty","carryOut":true}"#,                stands(0, 1, 1)),
    (r#"{"kind":"status","status":409,"body":"html","carryOut":{"afterMs":700}}"#,      stands(0, 1, 1)),
    (r#"{"kind":"status","status":302,"body":"html","headers":{"location":"/login"}}"#, stands(0, 1, 2)),
    (r#"{"kind":"status","status":307,"body":"empty","carryOut":true}"#,                stands(0, 1, 1)),
];

/// The fault that the request meets every time; what must stand.
///
/// - It is sent twice at most, however often looks show nothing.
/// - What was carried out is found, so that it is not sent a second time.
#[rustfmt::skip]
const EVERY_TIME: &[(&str, Stands)] = &[
    (r#"{"kind":"status","status":500,"body":"html"}"#,                  stands(4, 0, 2)),
    (r#"{"kind":"status","status":200,"body":"html"}"#,                  stands(4, 0, 2)),
    (r#"{"kind":"status","status":503,"body":"empty","carryOut":true}"#, stands(0, 1, 1)),
    (r#"{"kind":"reset"}"#,                                              stands(4, 0, 2)),
    (r#"{"kind":"reset","carryOut":true}"#,                              stands(0, 1, 1)),
    (r#"{"kind":"hang"}"#,                                               stands(4, 0, 2)),
    (r#"{"kind":"hang","carryOut":true}"#,                               stands(0, 1, 1)),
    (r#"{"kind":"malformed"}"#,                                          stands(0, 1, 1)),
    // Longer than the time limit: it ends before anything is sent again.
    (r#"{"kind":"status","status":429,"retryAfter":3600}"#,              stands(4, 0, 1)),
    (r#"{"kind":"refuse","ms":60000}"#,                                  stands(4, 0, 1)),
    (r#"{"kind":"refuse","ms":60000,"carryOut":true}"#,                  stands(4, 1, 1)),
    (r#"{"kind":"refuse","ms":60000,"carryOut":{"afterMs":1000}}"#,      stands(4, 1, 1)),
];

/// A selection for the further ways in which deployments are asked for; the tables above hold for them too.
fn is_telling(fault: &str) -> bool {
    ["429,\"retry", "500,\"carry", "\"reset\"", "\"hang\",\"carry", "oversized", "403}"]
        .iter()
        .any(|it| fault.contains(it))
}

async fn once(write: &Write, only: fn(&str) -> bool) {
    let rows = ONCE.iter().filter(|(fault, _)| only(fault));
    hold(rows.map(|(fault, expected)| (write.story(fault, Some(1)), *expected)).collect(), write.made).await;
}

async fn every_time(write: &Write, only: fn(&str) -> bool) {
    let rows = EVERY_TIME.iter().filter(|(fault, _)| only(fault));
    let story = |fault| write.story(fault, None).with("--time-limit 20s");
    hold(rows.map(|(fault, expected)| (story(fault), *expected)).collect(), write.made).await;
}

#[tokio::test]
async fn a_release_is_made_once() {
    once(&CREATE, |_| true).await;
}

#[tokio::test]
async fn a_release_is_deployed_once() {
    once(&DEPLOY, |_| true).await;
}

#[tokio::test]
async fn a_release_is_promoted_once() {
    once(&PROMOTE, |_| true).await;
}

#[tokio::test]
async fn so_it_is_with_notes_with_options_and_for_a_tenant() {
    for write in [WITH_NOTES, FORCED, TENANTED] {
        once(&write, is_telling).await;
    }
}

#[tokio::test]
async fn a_server_that_always_fails_is_not_sent_more_and_more() {
    every_time(&CREATE, |_| true).await;
    every_time(&DEPLOY, |_| true).await;
}

#[tokio::test]
async fn so_it_is_in_every_way_of_deploying() {
    for write in [PROMOTE, WITH_NOTES, TENANTED] {
        every_time(&write, is_telling).await;
    }
}

/// What remains, as docs/waiting.md states it: a write that comes after the second look. For a release it does
/// no harm, as a version exists once.
#[tokio::test]
async fn a_write_after_the_second_look_is_the_window_that_remains() {
    let late = r#"{"kind":"hang","carryOut":{"afterMs":8500}}"#;
    hold(vec![(CREATE.story(late, Some(1)), stands(0, 1, 2))], CREATE.made).await;
    hold(vec![(DEPLOY.story(late, Some(1)), stands(0, 2, 2))], DEPLOY.made).await;
}

/// Without a build there is no marker, so nothing tells whose a release is that is there after a lost answer.
#[tokio::test]
async fn without_a_build_a_release_after_a_lost_answer_is_nobodys() {
    let lost = json!({ "kind": "reset", "carryOut": true });
    let story = Story::new("no build", CREATE.command, at(CREATE.request, &lost, Some(1)));
    hold(vec![(story, stands(4, 1, 1))], CREATE.made).await;
}

/// Several targets of one request: only what is missing is asked for again.
#[tokio::test]
async fn of_several_targets_none_is_asked_for_twice() {
    let two = "deploy --project Shop --version 1.1.0 --to Development --to Staging";
    let tenants =
        "deploy --project Tenanted_Shop --version 1.1.0 --to Development --tenant Acme --tenant Globex";
    let all = "deploy --project Tenanted_Shop --version 1.1.0 --to Development --tenant *";
    let mut rows = Vec::new();
    for (command, route) in [(two, "/untenanted/v1$"), (tenants, "/tenanted/v1$"), (all, "/tenanted/v1$")] {
        for (fault, expected) in [
            (json!({ "kind": "reset" }), stands(0, 2, 2)),
            (json!({ "kind": "reset", "carryOut": true }), stands(0, 2, 1)),
            (json!({ "kind": "hang", "carryOut": { "afterMs": 1500 } }), stands(0, 2, 1)),
        ] {
            let name = format!("{command} {fault}");
            rows.push((Story::new(name, command, at(("POST", route), &fault, Some(1))), expected));
        }
    }
    hold(rows, deployments).await;
}
