//! Faults at the looks after a lost answer. They decide whether anything may be sent again, so only what is
//! certainly an answer counts as one.

use serde_json::{Value, json};

use super::bench::{Ran, Story, at};
use super::{Stands, hold, stands};

const RELEASE: &str = "/projects/Projects-[0-9]+/releases/2.0.0$";
const DEPLOYMENTS: &str = "/releases/Releases-[0-9]+/deployments$";
const CREATE: &str = "create --project Shop --version 2.0.0";
const DEPLOY: &str = "deploy --project Shop --version 1.1.0 --to Development";

/// The fault that the first look meets; what must stand where the lost request was not carried out, and where
/// it was.
#[rustfmt::skip]
const ONCE: &[(&str, Stands, Stands)] = &[
    // The look is repeated until it is answered.
    (r#"{"kind":"status","status":429,"retryAfter":1}"#,         stands(0, 1, 2), stands(0, 1, 1)),
    (r#"{"kind":"status","status":500,"body":"html"}"#,          stands(0, 1, 2), stands(0, 1, 1)),
    (r#"{"kind":"status","status":200,"body":"html"}"#,          stands(0, 1, 2), stands(0, 1, 1)),
    (r#"{"kind":"status","status":200,"body":"empty"}"#,         stands(0, 1, 2), stands(0, 1, 1)),
    (r#"{"kind":"status","status":200,"body":"octopus"}"#,       stands(0, 1, 2), stands(0, 1, 1)),
    (r#"{"kind":"truncated","cut":"connection"}"#,               stands(0, 1, 2), stands(0, 1, 1)),
    (r#"{"kind":"camel-case"}"#,                                 stands(0, 1, 2), stands(0, 1, 1)),
    (r#"{"kind":"reset"}"#,                                      stands(0, 1, 2), stands(0, 1, 1)),
    (r#"{"kind":"hang"}"#,                                       stands(0, 1, 2), stands(0, 1, 1)),
    (r#"{"kind":"refuse","ms":600}"#,                            stands(0, 1, 2), stands(0, 1, 1)),
    // The server does not show what became of it, so nobody knows, and nothing is sent again.
    (r#"{"kind":"status","status":401}"#,                        stands(4, 0, 1), stands(4, 1, 1)),
    (r#"{"kind":"status","status":403}"#,                        stands(4, 0, 1), stands(4, 1, 1)),
    (r#"{"kind":"status","status":404,"body":"html"}"#,          stands(4, 0, 1), stands(4, 1, 1)),
    (r#"{"kind":"status","status":404,"body":"empty"}"#,         stands(4, 0, 1), stands(4, 1, 1)),
    (r#"{"kind":"status","status":302,"body":"html"}"#,          stands(4, 0, 1), stands(4, 1, 1)),
    (r#"{"kind":"oversized","mebibytes":17}"#,                   stands(4, 0, 1), stands(4, 1, 1)),
];

/// The fault that every look meets until the time limit: nobody knows, and nothing is sent again.
const EVERY_TIME: &[&str] = &[
    r#"{"kind":"status","status":503,"body":"html"}"#,
    r#"{"kind":"status","status":200,"body":"html"}"#,
    r#"{"kind":"status","status":200,"body":"octopus"}"#,
    r#"{"kind":"status","status":429,"retryAfter":60}"#,
    r#"{"kind":"malformed"}"#,
    r#"{"kind":"hang"}"#,
    r#"{"kind":"refuse","ms":60000}"#,
];

fn lost(carry_out: bool) -> Value {
    let fault = json!({ "kind": "reset", "carryOut": carry_out });
    at(("POST", "(/releases/create/v1|/untenanted/v1)$"), &fault, Some(1))
}

fn story(command: &str, look: &str, fault: &str, times: Option<u64>, carry_out: bool) -> Story {
    let fault: Value = serde_json::from_str(fault).expect("the table holds JSON");
    let name = format!("{command}: carried out {carry_out}, then {fault} at {look}");
    of_build(Story::new(name, command, json!([lost(carry_out), at(("GET", look), &fault, times)])))
}

/// A release is known again by its build alone.
fn of_build(story: Story) -> Story {
    if story.command.first().is_some_and(|it| it == "create") { story.of_build("7") } else { story }
}

fn once(command: &str, look: &str) -> Vec<(Story, Stands)> {
    let both = |(fault, not_done, done): &(&str, Stands, Stands)| {
        let story = |carry_out| story(command, look, fault, Some(1), carry_out);
        [(story(false), *not_done), (story(true), *done)]
    };
    ONCE.iter().flat_map(both).collect()
}

fn every_time(command: &str, look: &str) -> Vec<(Story, Stands)> {
    let both = |fault: &&str| {
        let story = |carry_out| story(command, look, fault, None, carry_out).with("--time-limit 8s");
        [(story(false), stands(4, 0, 1)), (story(true), stands(4, 1, 1))]
    };
    EVERY_TIME.iter().flat_map(both).collect()
}

fn deployments(ran: &Ran) -> usize {
    ran.deployments().len()
}

#[tokio::test]
async fn a_lost_release_is_made_again_only_after_two_answered_looks() {
    hold(once(CREATE, RELEASE), Ran::releases).await;
}

#[tokio::test]
async fn a_lost_deployment_is_asked_for_again_only_after_two_answered_looks() {
    hold(once(DEPLOY, DEPLOYMENTS), deployments).await;
}

#[tokio::test]
async fn without_an_answered_look_nothing_is_sent_again() {
    hold(every_time(CREATE, RELEASE), Ran::releases).await;
    hold(every_time(DEPLOY, DEPLOYMENTS), deployments).await;
}

/// "There is none", in the server's own words, is an answer; the second look may still find it.
#[tokio::test]
async fn one_look_that_shows_nothing_is_not_enough() {
    let none = r#"{"kind":"status","status":404}"#;
    let row = |carry_out, expected| (story(CREATE, RELEASE, none, Some(1), carry_out), expected);
    hold(vec![row(false, stands(0, 1, 2)), row(true, stands(0, 1, 1))], Ran::releases).await;
    // A list of deployments is never "not found" where there is none: the release itself is hidden then.
    let row = |carry_out, expected| (story(DEPLOY, DEPLOYMENTS, none, Some(1), carry_out), expected);
    hold(vec![row(false, stands(4, 0, 1)), row(true, stands(4, 1, 1))], deployments).await;
}

/// A list that cannot be read is asked for again. "There is none" that cannot be read is a refusal in nobody's
/// words, and no answer.
#[tokio::test]
async fn a_look_that_cannot_be_read_is_no_answer() {
    for garbled in [r#"{"kind":"truncated","cut":"json"}"#, r#"{"kind":"malformed"}"#] {
        let row = |carry_out, expected| (story(CREATE, RELEASE, garbled, Some(1), carry_out), expected);
        hold(vec![row(false, stands(4, 0, 1)), row(true, stands(0, 1, 1))], Ran::releases).await;
        let row = |carry_out, expected| (story(DEPLOY, DEPLOYMENTS, garbled, Some(1), carry_out), expected);
        hold(vec![row(false, stands(0, 1, 2)), row(true, stands(0, 1, 1))], deployments).await;
    }
}

/// Names have become ids before anything is sent, so that a lost answer can be looked for with what is known.
#[tokio::test]
async fn names_are_known_before_anything_is_sent() {
    let rows = |command: &str, look: &str, refused: Stands| -> Vec<(Story, Stands)> {
        [
            (r#"{"kind":"status","status":500,"body":"html"}"#, stands(0, 1, 1)),
            (r#"{"kind":"status","status":403}"#, refused),
        ]
        .map(|(fault, expected)| (story(command, look, fault, Some(1), true), expected))
        .into()
    };
    hold(rows(CREATE, "/projects$", stands(1, 0, 0)), Ran::releases).await;
    hold(rows(DEPLOY, "/environments/all$", stands(0, 1, 1)), deployments).await;
}

/// The release and its deployments are looked for with as much time between the looks as is promised.
#[tokio::test]
async fn two_looks_are_at_least_twice_the_read_limit_apart() {
    for (command, look) in [(CREATE, RELEASE), (DEPLOY, DEPLOYMENTS)] {
        let ran = super::run_all(vec![of_build(Story::new(command, command, lost(false)))]).await.remove(0);
        let looks: Vec<_> = ran.requests.iter().filter(|it| is_look(it, look)).collect();
        let again = ran.requests.iter().rfind(|it| it.method == "POST").expect("it was sent again");
        let (first, last) = (looks.first().expect("it looked"), looks.last().expect("it looked"));
        assert!(last.at - first.at >= std::time::Duration::from_secs(4), "{:?} {:?}", first.at, last.at);
        assert!(again.at > last.at && looks.len() <= 4, "{} looks", looks.len());
    }
}

fn is_look(request: &promenade::sandbox::ReceivedRequest, look: &str) -> bool {
    request.method == "GET" && regex::Regex::new(look).expect("a pattern").is_match(&request.path)
}
