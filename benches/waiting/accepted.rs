//! Requests that wait for each other until a deployment is accepted.
//!
//! The sandbox holds every answer for a while, so that requests sent side by side overlap and only those
//! count that had to wait for one before.

use std::process::Command;

use serde_json::{Value, json};

use crate::journal::{Journal, ReceivedRequest};
use crate::peer;
use crate::program::{PROGRAM, Sandbox, scrubbed};

/// How long the sandbox holds an answer, in milliseconds.
const HELD: u64 = 40;

/// One row of the table.
struct Row {
    what: &'static str,
    at_most: usize,
    settings: &'static str,
    /// Deploys this first, which is not counted.
    before: &'static [&'static str],
    /// Counts from the end of the wait for the run's first deployment on.
    later: bool,
    /// So many releases failed in Development after the last one that succeeded there.
    failures: u32,
}

const ROWS: &[Row] = &[
    Row {
        what: "create and deploy, space by id",
        at_most: 3,
        settings: "[create]\nversion = \"9.1.0\"\n[deploy]\nto = [\"Development\"]\nwait = false\n",
        before: &[],
        later: false,
        failures: 0,
    },
    Row {
        what: "the same, space by name",
        at_most: 4,
        settings: "[connection]\nspace = \"Default\"\n[create]\nversion = \"9.2.0\"\n[deploy]\nto = [\"Development\"]\nwait = false\n",
        before: &[],
        later: false,
        failures: 0,
    },
    Row {
        what: "the same, release notes",
        at_most: 4,
        settings: "[create]\nversion = \"9.3.0\"\nnotes = \"Build 7\"\n[deploy]\nto = [\"Development\"]\nwait = false\n",
        before: &[],
        later: false,
        failures: 0,
    },
    Row {
        what: "the same, step versions",
        at_most: 4,
        settings: "[create]\nversion = \"9.4.0\"\npackages = [\"Deploy web:1.4.7\"]\n[deploy]\nto = [\"Development\"]\nwait = false\n",
        before: &[],
        later: false,
        failures: 0,
    },
    Row {
        what: "the same, a skipped step",
        at_most: 5,
        settings: "[create]\nversion = \"9.5.0\"\n[deploy]\nto = [\"Development\"]\nskip-steps = [\"Smoke test\"]\nwait = false\n",
        before: &[],
        later: false,
        failures: 0,
    },
    Row {
        what: "the same, deployment notes",
        at_most: 4,
        settings: "[create]\nversion = \"9.6.0\"\n[deploy]\nto = [\"Development\"]\nnotes = \"Build 7\"\nwait = false\n",
        before: &[],
        later: false,
        failures: 0,
    },
    Row {
        what: "the same, prompted variables",
        at_most: 5,
        settings: "[connection]\nproject = \"Asking Shop\"\n[create]\nversion = \"9.7.0\"\n[deploy]\nto = [\"Development\"]\nwait = false\n[prompted-variables]\nApprover = \"ann\"\n",
        before: &[],
        later: false,
        failures: 0,
    },
    Row {
        what: "promote, by the progression",
        at_most: 3,
        settings: "[[promote]]\nfrom = \"Development\"\nto = [\"Test\"]\nwait = false\n",
        before: &[],
        later: false,
        failures: 0,
    },
    Row {
        what: "promote, a success behind 30 failures",
        at_most: 4,
        settings: "[[promote]]\nfrom = \"Development\"\nto = [\"Test\"]\nwait = false\n",
        before: &[],
        later: false,
        failures: 30,
    },
    Row {
        what: "promote for a tenant, by the deployments",
        at_most: 4,
        settings: "[connection]\nproject = \"Portal\"\n[[promote]]\nfrom = \"Development\"\nto = [\"Test\"]\ntenants = [\"Acme\"]\nwait = false\n",
        before: &[
            "deploy",
            "--project",
            "Portal",
            "--version",
            "1.0.0",
            "--to",
            "Development",
            "--tenant",
            "Acme",
        ],
        later: false,
        failures: 0,
    },
    Row {
        what: "the second promote of a process",
        at_most: 2,
        settings: "[[promote]]\nfrom = \"Development\"\nto = [\"Test\"]\n[[promote]]\nfrom = \"Test\"\nto = [\"Production\"]\nwait = false\n",
        before: &[],
        later: true,
        failures: 0,
    },
];

/// Prints the table; whether every figure is reached.
pub(crate) fn measure() -> bool {
    println!("requests that wait for each other until the deployment is accepted");
    let mut reached = true;
    for row in ROWS {
        let count = chain_of(row);
        let fits = count.is_some_and(|it| it <= row.at_most);
        reached &= fits;
        let shown = count.map_or_else(|| "-".to_owned(), |it| it.to_string());
        println!("  {:<44} {shown:>3} (at most {})", row.what, row.at_most);
    }
    match peer::modules() {
        Err(words) => println!("  {words}"),
        Ok(modules) => {
            for (what, words) in [
                (
                    "TypeScript client: create and deploy",
                    ["create", "Web Shop", "9.9.0", "Development"].as_slice(),
                ),
                ("TypeScript client: promote", &["promote", "Web Shop", "Development", "Test"]),
            ] {
                let (sandbox, journal) = stage(0);
                let chain = run(&journal, &mut peer::command(&modules, &sandbox, words));
                println!("  {what:<44} {:>3}", longest_chain(&until_accepted(&chain, false)));
            }
        }
    }
    reached
}

/// A world of its own for each row, in which tasks end almost at once.
fn stage(failures: u32) -> (Sandbox, Journal) {
    let folder = tempfile::tempdir().expect("a folder");
    let seed = folder.path().join("seed.json");
    std::fs::write(&seed, world(failures).to_string()).expect("the seed is written");
    let sandbox = Sandbox::start(&["--time-scale", "1000", "--seed", seed.to_str().expect("a path of text")]);
    let journal = Journal::of(&sandbox.url);
    (sandbox, journal)
}

/// The built-in world, with this many failures in the past of the Web Shop.
fn world(failures: u32) -> Value {
    let mut seed: Value =
        serde_json::from_str(include_str!("../../src/sandbox/world/seed.json")).expect("the seed is JSON");
    let projects = seed["spaces"][0]["projects"].as_array_mut().expect("projects");
    let shop = projects.iter_mut().find(|it| it["name"] == "Web Shop").expect("the Web Shop");
    let past = shop["history"].as_array_mut().expect("its past");
    past.extend((0..failures).map(|number| {
        let ago = format!("{}m", 1000 - number);
        let failed = json!([{ "environment": "Development", "ago": ago, "outcome": "failed" }]);
        json!({ "version": format!("1.5.{number}"), "ago": ago, "deployments": failed })
    }));
    seed
}

fn chain_of(row: &Row) -> Option<usize> {
    let (sandbox, journal) = stage(row.failures);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("promenade.toml");
    std::fs::write(&file, settings(row, &sandbox)).expect("the settings are written");
    if !row.before.is_empty() {
        prepare(row.before, &sandbox);
    }
    let mut command = scrubbed(PROGRAM);
    sandbox.introduce(&mut command);
    command.args(["handle", "--quiet", "--config"]).arg(&file).arg("--event").arg(event(folder.path()));
    let chain = until_accepted(&run(&journal, &mut command), row.later);
    (!chain.is_empty()).then(|| longest_chain(&chain))
}

/// Creates the release that is to stand somewhere, and deploys it.
fn prepare(words: &[&str], sandbox: &Sandbox) {
    let create = ["create", words[1], words[2], words[3], words[4]];
    for words in [create.as_slice(), words] {
        let mut command = scrubbed(PROGRAM);
        sandbox.introduce(&mut command);
        let output = command.args(words).output().expect("the program starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// The row's settings, with what it does not say of the connection.
fn settings(row: &Row, sandbox: &Sandbox) -> String {
    let own = row.settings.strip_prefix("[connection]\n").unwrap_or(row.settings);
    let mut head =
        format!("[connection]\nurl = \"{}\"\napi-key = {{ env = \"OCTOPUS_API_KEY\" }}\n", sandbox.url);
    let said = own.split('[').next().unwrap_or_default();
    for (key, value) in [("space", sandbox.space.as_str()), ("project", "Web Shop")] {
        if !said.contains(&format!("{key} = ")) {
            head.push_str(&format!("{key} = \"{value}\"\n"));
        }
    }
    head + own
}

fn event(folder: &std::path::Path) -> std::path::PathBuf {
    let file = folder.join("event.json");
    let event =
        json!({ "event": "build-completed", "status": "successful", "build": { "id": "7", "number": "7" } });
    std::fs::write(&file, event.to_string()).expect("the event is written");
    file
}

/// What the command sends while every answer is held back.
fn run(journal: &Journal, command: &mut Command) -> Vec<ReceivedRequest> {
    journal.script(
        &json!({ "times": null, "match": { "path": "^/api" }, "fault": { "kind": "latency", "ms": HELD } }),
    );
    journal.forget();
    let output = command.output().expect("the program starts");
    if !output.status.success() {
        println!("{}", String::from_utf8_lossy(&output.stdout));
        println!("{}", String::from_utf8_lossy(&output.stderr));
    }
    journal.all()
}

/// The requests up to the last accepted deployment; with `later` only those after the last look before it.
fn until_accepted(all: &[ReceivedRequest], later: bool) -> Vec<ReceivedRequest> {
    let deploys = |it: &ReceivedRequest| it.method == "POST" && it.path.contains("/deployments");
    let looks = |it: &ReceivedRequest| it.path.contains("/tasks");
    let Some(last) = all.iter().rposition(deploys) else { return Vec::new() };
    let from = if later { all[..last].iter().rposition(looks).map_or(0, |it| it + 1) } else { 0 };
    all[from..=last].to_vec()
}

/// The longest row of requests of which each began after the one before it was answered.
fn longest_chain(requests: &[ReceivedRequest]) -> usize {
    let mut by_end: Vec<&ReceivedRequest> = requests.iter().collect();
    by_end.sort_by(|a, b| a.done.total_cmp(&b.done));
    let (mut chain, mut free) = (0, f64::NEG_INFINITY);
    for request in by_end {
        if request.at >= free {
            chain += 1;
            free = request.done;
        }
    }
    chain
}
