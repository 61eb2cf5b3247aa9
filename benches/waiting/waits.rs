//! Looks, requests and lost time of waits for deployments that take real seconds.
//!
//! All waits run side by side on one sandbox, each for a project of its own.

use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::journal::{Journal, ReceivedRequest, now};
use crate::peer;
use crate::program::{PROGRAM, Sandbox, scrubbed};

/// The process's own end comes on top of the answer that it waited for.
const SLACK: f64 = 0.25;

/// One wait to measure.
struct Wait {
    who: String,
    project: String,
    seconds: u64,
    history: bool,
    log: bool,
    /// Milliseconds between the looks of the TypeScript client.
    poll: Option<u64>,
}

/// What came of it.
struct Measured {
    looks: usize,
    /// Looks, reads of the log left out, and everything else after the deployment was accepted.
    requests: usize,
    log_reads: usize,
    /// Seconds from the task's end to the end of the process.
    lost: f64,
    /// Seconds from the last look's answer to the end of the process.
    after_look: f64,
    took: f64,
}

/// Prints the table; whether every figure is reached.
pub(crate) fn measure(seconds: &[u64]) -> bool {
    let modules = peer::modules();
    let waits = waits(seconds, modules.is_ok());
    let folder = tempfile::tempdir().expect("a folder");
    let seed = folder.path().join("seed.json");
    std::fs::write(&seed, world(&waits).to_string()).expect("the seed is written");
    let sandbox = Sandbox::start(&["--seed", seed.to_str().expect("a path of text")]);
    let journal = Journal::of(&sandbox.url);

    println!("\nwaits in real time, {} side by side on one sandbox", waits.len());
    println!(
        "  {:<46} {:>6} {:>6} {:>9} {:>6} {:>7} {:>11}",
        "", "took s", "looks", "requests", "log", "lost s", "after look"
    );
    let ends: Vec<f64> = thread::scope(|scope| {
        let started: Vec<_> = waits
            .iter()
            .map(|wait| {
                let mut command = match (wait.poll, &modules) {
                    (Some(poll), Ok(modules)) => {
                        let poll = poll.to_string();
                        peer::command(
                            modules,
                            &sandbox,
                            &["wait", &wait.project, "1.0.0", "Development", &poll],
                        )
                    }
                    _ => ours(&sandbox, wait),
                };
                // Side by side, but not in step with each other.
                thread::sleep(Duration::from_millis(130));
                scope.spawn(move || until_end(&mut command))
            })
            .collect();
        started.into_iter().map(|it| it.join().expect("the wait went well")).collect()
    });

    let all = journal.all();
    let mut reached = true;
    for (wait, end) in waits.iter().zip(ends) {
        let it = measured(wait, end, &all, &journal, &sandbox);
        let fits = wait.poll.is_some() || is_reached(wait, &it);
        reached &= fits;
        println!(
            "  {:<46} {:>6.1} {:>6} {:>9} {:>6} {:>7.2} {:>8.0} ms{}",
            wait.who,
            it.took,
            it.looks,
            it.requests,
            it.log_reads,
            it.lost,
            it.after_look * 1e3,
            if fits { "" } else { "  NOT REACHED" }
        );
    }
    if let Err(words) = modules {
        println!("  {words}");
    }
    reached
}

fn waits(seconds: &[u64], with_peer: bool) -> Vec<Wait> {
    let mut waits = Vec::new();
    for &seconds in seconds {
        for (history, log) in [(false, false), (false, true), (true, false), (true, true)] {
            let words = if history { "with history" } else { "no history" };
            let more = if log { ", log streamed" } else { "" };
            let project = format!("Shop {seconds} {words}{more}");
            waits.push(Wait {
                who: format!("promenade, {seconds} s, {words}{more}"),
                project,
                seconds,
                history,
                log,
                poll: None,
            });
        }
        for poll in [10_000, 1_000].into_iter().filter(|_| with_peer) {
            let project = format!("Shop {seconds} peer {poll}");
            let who = format!("TypeScript client, {seconds} s, a look every {} s", poll / 1000);
            waits.push(Wait { who, project, seconds, history: false, log: false, poll: Some(poll) });
        }
    }
    waits
}

/// Each project takes its seconds and a little more, in three steps with a line every second or so; earlier
/// deployments took up to 15 % less or more.
fn world(waits: &[Wait]) -> Value {
    let projects: Vec<Value> = waits
        .iter()
        .enumerate()
        .map(|(at, wait)| {
            let whole = wait.seconds as f64 + 0.37 * (at % 5) as f64;
            let lines: Vec<String> = (0..wait.seconds / 3).map(|it| format!("line {it}")).collect();
            let step = |name: &str| json!({ "name": name, "seconds": whole / 3.0, "log": lines });
            let past = |(days, share): (u64, f64)| json!({ "environment": "Development", "ago": format!("{days}d"), "took": whole * share });
            let past: Vec<Value> = [(5, 0.87), (4, 1.12), (3, 0.95)].into_iter().map(past).collect();
            let deployments = if wait.history { past } else { Vec::new() };
            json!({
                "name": wait.project, "lifecycle": "Standard",
                "steps": [step("Fetch"), step("Deploy"), step("Check")],
                "history": [{ "version": "1.0.0", "ago": "9d", "deployments": deployments }],
            })
        })
        .collect();
    json!({
        "users": [{ "username": "ci", "serviceAccount": true, "apiKeys": ["API-MEASUREMEASUREMEASUREMEAS"], "permissions": [{ "permission": "*" }] }],
        "spaces": [{
            "name": "Default", "default": true,
            "environments": [{ "name": "Development" }],
            "lifecycles": [{ "name": "Standard", "phases": [{ "name": "Development", "environments": ["Development"] }] }],
            "projects": projects,
        }],
    })
}

fn ours(sandbox: &Sandbox, wait: &Wait) -> Command {
    let mut command = scrubbed(PROGRAM);
    sandbox.introduce(&mut command);
    command.args([
        "deploy",
        "--project",
        &wait.project,
        "--version",
        "1.0.0",
        "--to",
        "Development",
        "--again",
    ]);
    if !wait.log {
        command.arg("--no-log");
    }
    command
}

/// Runs to the end; the moment of it.
fn until_end(command: &mut Command) -> f64 {
    let output = command.output().expect("the program starts");
    let end = now();
    let words = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&words));
    end
}

fn measured(
    wait: &Wait,
    end: f64,
    all: &[ReceivedRequest],
    journal: &Journal,
    sandbox: &Sandbox,
) -> Measured {
    let task = task_of(wait, journal, sandbox);
    let id = task["ProjectId"].as_str().expect("an id");
    let deploys = |it: &&ReceivedRequest| {
        // promenade names the project by its id, the TypeScript client by its name.
        it.method == "POST"
            && it.path.contains("/deployments")
            && [id, &wait.project].iter().any(|name| it.words.contains(&format!("\"{name}\"")))
    };
    let accepted = all.iter().find(deploys).unwrap_or_else(|| panic!("{} was not deployed", wait.project));
    let id = task["Id"].as_str().expect("an id").to_owned();
    // A process that loses its connection comes back on another, where it asks for the same task.
    let mine: Vec<u64> = all
        .iter()
        .filter(|it| it.connection == accepted.connection || it.path.contains(&id) || it.words.contains(&id))
        .map(|it| it.connection)
        .collect();
    let after: Vec<&ReceivedRequest> =
        all.iter().filter(|it| mine.contains(&it.connection) && it.at > accepted.at).collect();
    let looks: Vec<&&ReceivedRequest> =
        after.iter().filter(|it| it.path.ends_with("/tasks") && it.words.contains(&id)).collect();
    let log_reads = after.iter().filter(|it| it.path.ends_with("/details")).count();
    let moment = |name: &str| {
        let at: jiff::Timestamp = task[name].as_str().expect("a text").parse().expect("a moment");
        at.as_millisecond() as f64 / 1e3
    };
    let last = looks.last().expect("it looked");
    Measured {
        looks: looks.len(),
        requests: after.len() - log_reads,
        log_reads,
        lost: end - moment("CompletedTime"),
        after_look: end - journal.moment(last.done),
        took: moment("CompletedTime") - moment("QueueTime"),
    }
}

/// The task document of the wait's deployment.
fn task_of(wait: &Wait, journal: &Journal, sandbox: &Sandbox) -> Value {
    let page = journal.ask(&format!("/api/{}/tasks?take=1000", sandbox.space), &sandbox.api_key);
    let words = format!("{} release", wait.project);
    let mut tasks = page["Items"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|it| it["Description"].as_str().is_some_and(|it| it.contains(&words)));
    // Newest first: the others are the past that the seed gave it.
    tasks.next().unwrap_or_else(|| panic!("no task of {}", wait.project)).clone()
}

fn is_reached(wait: &Wait, it: &Measured) -> bool {
    let prompt = it.after_look < SLACK;
    if wait.history {
        it.requests <= 20 && it.lost <= 5.0 && prompt
    } else {
        it.looks <= 45 && it.lost <= (it.took / 10.0).clamp(1.0, 10.0) + SLACK && prompt
    }
}
