//! Logs that are large, and logs that are too large to be read.

use promenade::sandbox::ReceivedRequest;
use serde_json::{Value, json};

use crate::support::shop::{Shop, project};

const DEPLOY: [&str; 7] = ["deploy", "--project", "Quick Shop", "--version", "8.0.0", "--to", "Development"];

/// A world in which the one step of a project takes so many seconds and logs these lines.
fn logging(scale: f64, seconds: u64, log: &[String]) -> Shop {
    let shop = Shop::playing(scale, |seed| {
        let step: Value = json!({ "name": "Talk", "seconds": seconds, "log": log });
        project(seed, "Quick Shop")["steps"] = json!([step]);
    });
    shop.run(&["create", "--project", "Quick Shop", "--version", "8.0.0"]).passes();
    shop
}

/// How much of each step's log was asked for, request by request; nothing for all of it.
fn tails(requests: &[ReceivedRequest]) -> Vec<Option<String>> {
    let tail = |it: &ReceivedRequest| it.query.iter().find(|it| it.0 == "tail").map(|it| it.1.clone());
    requests.iter().filter(|it| it.path.ends_with("/details")).map(tail).collect()
}

#[test]
fn of_a_log_that_is_too_large_the_last_lines_are_followed() {
    let lines: Vec<_> = (0..40).map(|it| format!("line number {it} of many")).collect();
    let shop = logging(2.0, 8, &lines);
    let fault = json!({ "match": { "method": "GET", "path": "/details$" }, "fault": { "kind": "oversized", "mebibytes": 17 } });
    shop.sandbox.script(serde_json::from_value(fault).expect("a script"));
    let ran = shop.run(&DEPLOY).passes();
    let ran = ran.says(&["line number 39 of many"]).never_says("warning");
    for line in &lines {
        assert_eq!(ran.to_string().matches(&format!("{line}\n")).count(), 1, "{line}\n{ran}");
    }
    let tails = tails(&shop.requests());
    assert_eq!(tails[0], None);
    assert!(tails.len() > 2 && tails[1..].iter().all(|it| it.as_deref() == Some("1000")), "{tails:?}");
}

#[test]
fn a_large_log_is_read_less_often() {
    // Some four megabytes from the beginning on, which are worth 16 s.
    let lines: Vec<_> = (0..40).map(|it| format!("{it} {}", "word ".repeat(20_000))).collect();
    let shop = logging(1.0, 8, &lines);
    let ran = shop.run(&DEPLOY).passes();
    let requests = shop.requests();
    let looks = requests.iter().filter(|it| it.path.ends_with("/tasks")).count();
    let reads = tails(&requests).len();
    assert!(looks > 4 && reads < looks, "{looks} looks, and {reads} times the log\n");
    assert!(ran.to_string().contains("| 39 word"), "the end is read nevertheless");
}
