//! Faults at the questions before anything is sent.

use serde_json::Value;

use super::bench::{Ran, Story, at};
use super::{Stands, hold, stands};

/// Every question that a command asks before it sends what makes something.
const QUESTIONS: &[(&str, &[&str])] = &[
    ("create --project Shop --space Default", &["/spaces$", "/projects$", "/template$"]),
    (
        "deploy --project Shop --version 1.1.0 --to Development --no-wait",
        &["/projects$", "/releases/1.1.0$", "/progression$"],
    ),
    (
        "deploy --project Camel_Shop --to Development --no-wait",
        &["/channels$", "/channels/.*/releases$|/releases$"],
    ),
    ("deploy --project Shop --version 1.1.0 --to Development --no-wait --notes hello", &["/preview/"]),
    ("deploy --project Shop --version 1.1.0 --to Development --no-wait --skip-step Deploy", &["/preview/"]),
    (
        "deploy --project Tenanted_Shop --version 1.1.0 --to Development --no-wait --tenant Acme",
        &["/environments/all$", "/tenants$", "/deployments/template$", "/deployments$", "/tasks$"],
    ),
    ("promote --project Shop --from Development --to Test --no-wait", &["/projects$", "/progression$"]),
    (
        "promote --project Tenanted_Shop --from Development --to Test --no-wait --tenant Acme",
        &["/environments/all$", "/tenants$", "/deployments$", "/deployments/template$"],
    ),
];

/// The fault that the question meets once; what must stand. Nothing was sent before, so what passes leaves no
/// trace, and what does not leaves nothing made.
#[rustfmt::skip]
const ONCE: &[(&str, Stands)] = &[
    (r#"{"kind":"latency","ms":200}"#,                         stands(0, 1, 1)),
    (r#"{"kind":"status","status":429,"retryAfter":1}"#,       stands(0, 1, 1)),
    (r#"{"kind":"status","status":500}"#,                      stands(0, 1, 1)),
    (r#"{"kind":"status","status":502,"body":"html"}"#,        stands(0, 1, 1)),
    (r#"{"kind":"status","status":503,"body":"empty"}"#,       stands(0, 1, 1)),
    (r#"{"kind":"status","status":200,"body":"html"}"#,        stands(0, 1, 1)),
    (r#"{"kind":"status","status":200,"body":"empty"}"#,       stands(0, 1, 1)),
    (r#"{"kind":"status","status":200,"body":"octopus"}"#,     stands(0, 1, 1)),
    (r#"{"kind":"content-type","value":"text/html"}"#,         stands(0, 1, 1)),
    (r#"{"kind":"truncated","cut":"connection"}"#,             stands(0, 1, 1)),
    (r#"{"kind":"truncated","cut":"json"}"#,                   stands(0, 1, 1)),
    (r#"{"kind":"malformed"}"#,                                stands(0, 1, 1)),
    (r#"{"kind":"camel-case"}"#,                               stands(0, 1, 1)),
    (r#"{"kind":"reset"}"#,                                    stands(0, 1, 1)),
    (r#"{"kind":"hang"}"#,                                     stands(0, 1, 1)),
    (r#"{"kind":"refuse","ms":500}"#,                          stands(0, 1, 1)),
    // Larger than anything that is ever read: no answer.
    (r#"{"kind":"oversized","mebibytes":17}"#,                 stands(4, 0, 0)),
    // An answer: no.
    (r#"{"kind":"status","status":401}"#,                      stands(1, 0, 0)),
    (r#"{"kind":"status","status":403}"#,                      stands(1, 0, 0)),
    (r#"{"kind":"status","status":404}"#,                      stands(1, 0, 0)),
    // The same from something that stands before the server: no answer.
    (r#"{"kind":"status","status":401,"body":"empty"}"#,       stands(4, 0, 0)),
    (r#"{"kind":"status","status":403,"body":"html"}"#,        stands(4, 0, 0)),
    (r#"{"kind":"status","status":404,"body":"text"}"#,        stands(4, 0, 0)),
    (r#"{"kind":"status","status":302,"body":"html"}"#,        stands(4, 0, 0)),
];

/// The fault that the question meets every time, for longer than it is repeated: no answer, and nothing made.
const EVERY_TIME: &[&str] = &[
    r#"{"kind":"status","status":500,"body":"html"}"#,
    r#"{"kind":"status","status":200,"body":"html"}"#,
    r#"{"kind":"status","status":200,"body":"octopus"}"#,
    r#"{"kind":"status","status":429,"retryAfter":3600}"#,
    r#"{"kind":"reset"}"#,
    r#"{"kind":"hang"}"#,
    r#"{"kind":"refuse","ms":60000}"#,
];

fn story(command: &str, question: &str, fault: &str, times: Option<u64>) -> Story {
    let fault: Value = serde_json::from_str(fault).expect("the table holds JSON");
    Story::new(format!("{command}: {fault} at {question}"), command, at(("GET", question), &fault, times))
}

/// All faults at the questions of one command, and a selection at those of the others, which are asked in the
/// same way.
fn everything(
    rows: impl Fn(&str, &str, &dyn Fn(&str) -> bool) -> Vec<(Story, Stands)>,
) -> Vec<(Story, Stands)> {
    let telling = |fault: &str| ["429", "html", "camel", "reset", "403"].iter().any(|it| fault.contains(it));
    let all =
        QUESTIONS.iter().flat_map(|(command, questions)| questions.iter().map(move |it| (*command, *it)));
    all.flat_map(|(command, question)| {
        let whole = command.starts_with("promote --project Shop");
        rows(command, question, &|fault| whole || telling(fault))
    })
    .collect()
}

fn made(ran: &Ran) -> usize {
    ran.releases() + ran.deployments().len()
}

#[tokio::test]
async fn what_passes_leaves_no_trace_and_what_does_not_makes_nothing() {
    let rows = |command: &str, question: &str, only: &dyn Fn(&str) -> bool| {
        let rows = ONCE.iter().filter(|(fault, _)| only(fault));
        let row = |(fault, expected): &(&str, Stands)| {
            // Who may not list environments knows those of the project by its progression. Who may not know where a
            // release may go leaves that to the server.
            let otherwise = match question {
                "/environments/all$" => fault.contains("403") && !fault.contains("html"),
                "/deployments/template$" => expected.exit == 1,
                _ => false,
            };
            let expected = if otherwise { stands(0, 1, 1) } else { *expected };
            (story(command, question, fault, Some(1)), expected)
        };
        rows.map(row).collect()
    };
    hold(everything(rows), made).await;
}

#[tokio::test]
async fn a_question_without_an_answer_makes_nothing() {
    let rows = |command: &str, question: &str, only: &dyn Fn(&str) -> bool| {
        let story = |fault| story(command, question, fault, None).with("--retry-limit 2s");
        EVERY_TIME.iter().filter(|it| only(it)).map(|fault| (story(fault), stands(4, 0, 0))).collect()
    };
    hold(everything(rows), made).await;
}

/// Each question is really asked: a fault that nothing meets would prove nothing.
#[tokio::test]
async fn every_question_of_the_table_is_asked() {
    for (command, questions) in QUESTIONS {
        let ran = super::run_all(vec![Story::new(*command, command, Value::Null)]).await.remove(0);
        assert_eq!(ran.exit, Some(0), "{command}: {}", ran.said);
        for question in *questions {
            let pattern = regex::Regex::new(question).expect("a pattern");
            let asked =
                |it: &promenade::sandbox::ReceivedRequest| it.method == "GET" && pattern.is_match(&it.path);
            let paths: Vec<_> = ran.requests.iter().map(|it| format!("{} {}", it.method, it.path)).collect();
            assert!(ran.requests.iter().any(asked), "{command}: {question} is not among {paths:#?}");
        }
    }
}
