//! Faults during the wait, and the ways in which a wait ends.

use std::process::Output;
use std::time::Duration;

use promenade::sandbox::Sandbox;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::bench::{PATIENCE, Ran, Story, at, run_all};
use super::{hold, stands};
use crate::support::signals::signal;

const DEPLOY: &str = "deploy --project Shop --version 1.1.0 --to Development";
/// It takes three seconds, so that looks before and after a fault see it run.
const SLOW: &str = "deploy --project Slow_Shop --version 1.1.0 --to Development";
const LOOK: &str = "/tasks$";

/// The fault that looks meet, for a while or for ever. For a while, the wait gets over all of them. For ever,
/// the deployment keeps running and nobody knows how it ends: no answer, at the time limit at the latest.
const FAULTS: &[&str] = &[
    r#"{"kind":"status","status":429,"retryAfter":1}"#,
    r#"{"kind":"status","status":500}"#,
    r#"{"kind":"status","status":502,"body":"html"}"#,
    r#"{"kind":"status","status":503,"body":"html"}"#,
    r#"{"kind":"status","status":503,"body":"empty"}"#,
    r#"{"kind":"status","status":200,"body":"html"}"#,
    r#"{"kind":"status","status":200,"body":"empty"}"#,
    r#"{"kind":"status","status":200,"body":"octopus"}"#,
    r#"{"kind":"truncated","cut":"connection"}"#,
    r#"{"kind":"truncated","cut":"json"}"#,
    r#"{"kind":"malformed"}"#,
    r#"{"kind":"oversized","mebibytes":17}"#,
    r#"{"kind":"reset"}"#,
    r#"{"kind":"hang"}"#,
    r#"{"kind":"refuse","ms":900}"#,
    // Refusals, as a server on its way up answers them, or a key that was revoked.
    r#"{"kind":"status","status":401}"#,
    r#"{"kind":"status","status":403}"#,
    r#"{"kind":"status","status":404}"#,
    r#"{"kind":"status","status":404,"body":"html"}"#,
    r#"{"kind":"status","status":302,"body":"html","headers":{"location":"/login"}}"#,
];

/// The disguises of an answer that is understood nevertheless.
const HARMLESS: &[&str] = &[
    r#"{"kind":"latency","ms":300}"#,
    r#"{"kind":"content-type","value":"text/html"}"#,
    r#"{"kind":"drip","ms":1,"bytes":128}"#,
    r#"{"kind":"camel-case"}"#,
];

fn story(command: &str, path: &str, fault: &str, skip: u64, times: Option<u64>) -> Story {
    let fault: Value = serde_json::from_str(fault).expect("the table holds JSON");
    let mut script = at(("GET", path), &fault, times);
    script["match"]["skip"] = json!(skip);
    Story::new(format!("{command}: {fault} at {path} from {skip}, {times:?} times"), command, script)
}

fn deployments(ran: &Ran) -> usize {
    ran.deployments().len()
}

#[tokio::test]
async fn a_wait_gets_over_whatever_passes() {
    let first = |fault: &&str| (story(DEPLOY, LOOK, fault, 0, Some(1)), stands(0, 1, 1));
    let later = |fault: &&str| (story(SLOW, LOOK, fault, 1, Some(3)), stands(0, 1, 1));
    let mut rows: Vec<_> = FAULTS.iter().chain(HARMLESS).map(first).collect();
    rows.extend(FAULTS.iter().chain(HARMLESS).map(later));
    rows.extend(HARMLESS.iter().map(|it| (story(DEPLOY, LOOK, it, 0, None), stands(0, 1, 1))));
    hold(rows, deployments).await;
}

#[tokio::test]
async fn a_wait_that_learns_nothing_ends_without_an_answer() {
    let all = |command: &str, fault: &&str, skip| {
        (story(command, LOOK, fault, skip, None).with("--time-limit 8s"), stands(4, 1, 1))
    };
    let mut rows: Vec<_> = FAULTS.iter().map(|it| all(DEPLOY, it, 0)).collect();
    // The same after it was seen to run: what was seen before does not count for the end.
    let telling = |it: &&&str| ["503", "401", "reset", "oversized"].iter().any(|word| it.contains(word));
    rows.extend(FAULTS.iter().filter(telling).map(|it| all(SLOW, it, 1)));
    hold(rows, deployments).await;
}

/// A server that is at its rate limit has not gone away: what was seen to run goes on.
#[tokio::test]
async fn a_wait_that_the_rate_limit_holds_back_to_its_end_is_undecided() {
    let row = |fault: &&str| (story(SLOW, LOOK, fault, 1, None).with("--time-limit 8s"), stands(3, 1, 1));
    let limits = [
        r#"{"kind":"status","status":429,"retryAfter":1}"#,
        r#"{"kind":"status","status":429,"retryAfter":0,"body":"html"}"#,
        r#"{"kind":"status","status":429,"retryAfter":3600}"#,
        r#"{"kind":"status","status":429,"retryAfter":18446744073709551615}"#,
    ];
    hold(limits.iter().map(row).collect(), deployments).await;
}

/// The log is a courtesy: without it the wait is no longer and ends the same.
#[tokio::test]
async fn a_log_that_cannot_be_read_changes_nothing() {
    let row = |fault: &&str| (story(DEPLOY, "/details$", fault, 0, None), stands(0, 1, 1));
    // The listener's going away takes the looks with it; that has its place above.
    hold(FAULTS.iter().filter(|it| !it.contains("refuse")).map(row).collect(), deployments).await;
}

/// The server's rate limit is on for a whole run, and lower than what the run would ask for: it holds back
/// before the limit is reached.
#[tokio::test]
async fn a_rate_limit_slows_a_run_and_fails_nothing() {
    let mut story = Story::new("rate limit", SLOW, Value::Null);
    story.seed["rateLimit"] = json!({ "perMinute": 120, "burst": 4 });
    let ran = run_all(vec![story]).await.remove(0);
    assert_eq!((ran.exit, deployments(&ran)), (Some(0), 1), "{}", ran.said);
    assert!(ran.requests.iter().all(|it| it.status != Some(429)), "the limit was reached");
    let ends = ran.requests.last().expect("it asked").at;
    // Four at once, as many as are asked side by side, and two a second: the others had to wait.
    let earned = 4.0 + ends.as_secs_f64() * 2.0;
    assert!(
        ran.requests.len() > 4 && ran.requests.len() as f64 <= earned + 1.0,
        "{} {ends:?}",
        ran.requests.len()
    );
}

#[tokio::test]
async fn a_server_that_answers_in_camel_case_is_understood() {
    let deploy = "deploy --project Camel_Shop --version 1.1.0 --to Development";
    let whole = story(deploy, "", r#"{"kind":"camel-case"}"#, 0, None);
    hold(
        vec![(Story::new("its own", deploy, Value::Null), stands(0, 1, 1)), (whole, stands(0, 1, 1))],
        deployments,
    )
    .await;
}

/// What the server says of the end, and what it means for the build.
#[tokio::test]
async fn every_end_has_its_exit_code() {
    let deploy = |version: &str, more: &str| {
        let command = format!("deploy --project Shop --version {version} --to Development{more}");
        Story::new(command.clone(), &command, Value::Null)
    };
    let rows = vec![
        (deploy("1.1.0", ""), stands(0, 1, 1)),
        (deploy("1.1.0-broken", ""), stands(1, 1, 1)),
        (deploy("1.1.0-timeout", ""), stands(6, 1, 1)),
        (deploy("1.1.0-warning", ""), stands(0, 1, 1)),
        (deploy("1.1.0-warning", " --warnings-exit 9"), stands(9, 1, 1)),
        (deploy("1.1.0-broken", " --no-fail-build"), stands(0, 1, 1)),
        // Accepted, and disregarded from there on.
        (deploy("1.1.0-broken", " --no-wait"), stands(0, 1, 1)),
    ];
    hold(rows, deployments).await;
    // A refused request is a failure though nobody waits for the deployment.
    let early = "deploy --project Shop --version 1.1.0 --to Test --no-wait";
    hold(vec![(Story::new("refused", early, Value::Null), stands(1, 0, 1))], deployments).await;
}

/// At the time limit the deployment is left or cancelled; both are undecided, and the server tells them apart.
#[tokio::test]
async fn the_time_limit_leaves_or_cancels() {
    let story =
        |how: &str| Story::new(how, SLOW, Value::Null).with(&format!("--time-limit 2s --on-timeout {how}"));
    let ran = run_all(vec![story("leave"), story("cancel")]).await;
    let stood: Vec<_> = ran.iter().map(|it| (it.exit, it.deployments()[0]["state"].clone())).collect();
    assert_eq!(stood, [(Some(3), json!("Success")), (Some(3), json!("Canceled"))], "{ran:#?}");
}

/// The word to stop in the middle of the wait.
#[tokio::test]
async fn a_signal_leaves_or_cancels() {
    for (signal, how, exit, state) in [
        ("TERM", "leave", 3, "Success"),
        ("INT", "leave", 3, "Success"),
        ("TERM", "cancel", 5, "Canceled"),
        ("INT", "cancel", 5, "Canceled"),
    ] {
        let story = Story::new(how, SLOW, Value::Null).with(&format!("--on-interrupt {how}"));
        let ran = signalled(story, &[signal], has_looked).await;
        let stood = (ran.exit, deployments(&ran), &ran.deployments()[0]["state"]);
        assert_eq!(stood, (Some(exit), 1, &json!(state)), "{signal} {how}: {}", ran.said);
    }
}

/// The word to stop while the request that deploys has no answer yet: it is waited for a little, and what was
/// asked for is not hidden.
#[tokio::test]
async fn a_signal_during_the_request_is_undecided() {
    let hang = at(("POST", "/untenanted/v1$"), &json!({ "kind": "hang", "carryOut": true }), Some(1));
    let mut story = Story::new("hang", DEPLOY, hang);
    story.read_limit = "60s";
    let ran = signalled(story.clone(), &["TERM"], has_sent).await;
    assert_eq!((ran.exit, deployments(&ran), ran.sent()), (Some(3), 1, 1), "{}", ran.said);
    assert!(ran.said.contains("may have been done"), "{}", ran.said);
    // A second one ends the process at once.
    let ran = signalled(story, &["TERM", "TERM"], has_sent).await;
    assert_eq!((ran.exit, deployments(&ran)), (Some(3), 1), "{}", ran.said);
}

/// Somebody cancels it on the server.
#[tokio::test]
async fn a_deployment_that_somebody_cancels_is_told_from_one_that_failed() {
    let story = Story::new("cancelled", SLOW, Value::Null);
    let sandbox = story.stage().await;
    let child = story.program(&sandbox).spawn().expect("the program starts");
    until(&sandbox, has_looked).await;
    let task = sandbox.state()["deployments"].as_array().unwrap().last().unwrap()["task"].clone();
    let path = format!("/api/{}/tasks/{}/cancel", sandbox.space(), task.as_str().unwrap());
    post(&sandbox, &path).await;
    let ran = story.end(sandbox, ended(child).await).await;
    assert_eq!((ran.exit, deployments(&ran)), (Some(5), 1), "{}", ran.said);
}

/// An access token lives for a second here, and the wait for three; one is refused before its time besides.
#[tokio::test]
async fn an_access_token_is_renewed_during_the_wait() {
    let oidc = |name: &str, faults: Value| {
        let account = "--oidc-service-account 2d1f8f3b-6b10-4b2f-8a1f-6d3f904c2e88 --oidc-token-env JWT";
        let mut story = Story::new(name, SLOW, faults).with(account);
        story.environment =
            vec![("JWT".into(), "sandbox-subject-token".into()), ("OCTOPUS_API_KEY".into(), String::new())];
        story
    };
    let refused = at(("GET", LOOK), &json!({ "kind": "status", "status": 401 }), Some(1));
    let trouble =
        at(("POST", "/token"), &json!({ "kind": "status", "status": 503, "body": "html" }), Some(2));
    let rows = vec![
        (oidc("renewed", Value::Null), stands(0, 1, 1)),
        (oidc("refused before its time", refused), stands(0, 1, 1)),
        (oidc("an exchange in trouble", trouble), stands(0, 1, 1)),
    ];
    hold(rows, deployments).await;
}

/// A question to a person, with faults at the requests that answer it.
#[tokio::test]
async fn a_question_is_answered_once_whatever_gets_lost() {
    let ask = "deploy --project Asking_Shop --version 1.1.0 --to Development --when-person-needed proceed";
    let mut rows = vec![(Story::new("no fault", ask, Value::Null), stands(0, 1, 1))];
    for (method, path) in [("GET", "/interruptions$"), ("PUT", "/responsible$"), ("POST", "/submit$")] {
        for fault in [
            json!({ "kind": "reset" }),
            json!({ "kind": "reset", "carryOut": true }),
            json!({ "kind": "status", "status": 503, "body": "html", "carryOut": true }),
            json!({ "kind": "hang", "carryOut": true }),
            json!({ "kind": "malformed" }),
        ] {
            let name = format!("{fault} at {method} {path}");
            rows.push((Story::new(name, ask, at((method, path), &fault, Some(1))), stands(0, 1, 1)));
        }
    }
    hold(rows, deployments).await;
    let unasked = |how: &str, more: &str| {
        let command = format!(
            "deploy --project Asking_Shop --version 1.1.0 --to Development --when-person-needed {how}"
        );
        Story::new(how, &format!("{command}{more}"), Value::Null)
    };
    let rows = vec![
        (unasked("wait", " --time-limit 3s"), stands(3, 1, 1)),
        (unasked("fail", ""), stands(1, 1, 1)),
        (unasked("abort", ""), stands(1, 1, 1)),
    ];
    hold(rows, deployments).await;
}

/// A server that restarts: before anything is asked, and while the deployment runs.
#[tokio::test]
async fn a_restart_is_got_over() {
    for (command, skip) in [("create --project Shop --version 2.0.0", None), (DEPLOY, None), (SLOW, Some(2))]
    {
        let story = Story::new(command, command, Value::Null);
        let sandbox = story.stage().await;
        let away = Duration::from_millis(1500);
        if skip.is_none() {
            sandbox.go_away(away);
            sleep(Duration::from_millis(50)).await;
        }
        let child = story.program(&sandbox).spawn().expect("the program starts");
        if skip.is_some() {
            until(&sandbox, has_looked).await;
            sandbox.go_away(away);
        }
        let ran = story.end(sandbox, ended(child).await).await;
        let made = ran.releases() + ran.deployments().len();
        assert_eq!((ran.exit, made, ran.sent()), (Some(0), 1, 1), "{command}: {}", ran.said);
    }
}

fn has_looked(sandbox: &Sandbox) -> bool {
    sandbox.requests().iter().any(|it| it.path.ends_with("/tasks") && it.status == Some(200))
}

fn has_sent(sandbox: &Sandbox) -> bool {
    sandbox.requests().iter().any(|it| it.method == "POST")
}

async fn until(sandbox: &Sandbox, happened: fn(&Sandbox) -> bool) {
    let seen = async {
        while !happened(sandbox) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, seen).await.expect("it happens");
}

async fn ended(child: tokio::process::Child) -> Output {
    timeout(PATIENCE, child.wait_with_output()).await.expect("it ends").expect("it runs")
}

/// A run that is sent these signals as soon as something has happened.
async fn signalled(story: Story, signals: &[&str], happened: fn(&Sandbox) -> bool) -> Ran {
    let sandbox = story.stage().await;
    let child = story.program(&sandbox).spawn().expect("the program starts");
    until(&sandbox, happened).await;
    let id = child.id().expect("it runs");
    for name in signals {
        signal(name, id);
        sleep(Duration::from_millis(200)).await;
    }
    story.end(sandbox, ended(child).await).await
}

/// A request of somebody else.
async fn post(sandbox: &Sandbox, path: &str) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(sandbox.address()).await.expect("it listens");
    let (key, end) = (sandbox.api_key(), "connection: close\r\ncontent-length: 0\r\n\r\n");
    let request = format!("POST {path} HTTP/1.1\r\nhost: x\r\nx-octopus-apikey: {key}\r\n{end}");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
