//! A CI server that offers promenade from `plugin.toml` alone: every field of every tab is filled in, and each
//! value is found in what the server received.

mod manifest;
mod rounds;
mod transport;

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Output};

use manifest::{Filled, Manifest};
use rounds::{INTERRUPTED, ROUNDS, Round, Truth};
use serde_json::{Value, json};

use crate::support::program::{PROGRAM, Sandbox, scrubbed};
use crate::support::signals::signal;

/// What shows that a value arrived.
#[derive(Debug)]
enum Proof {
    /// A body holds this text under this key, alone, within a longer text, or in a list.
    Sent(&'static str, &'static str),
    /// A body holds this truth under this key.
    SentTruth(&'static str, Truth),
    /// A request with this method had this in its path.
    Called(&'static str, &'static str),
    /// No request had this in its path.
    NotCalled(&'static str),
    /// This file, in the folder of the run, held this.
    Wrote(&'static str, &'static str),
}

/// An exchange with the sandbox's own routes.
fn call(sandbox: &Sandbox, method: &str, path: &str, body: &str) -> Value {
    let address = sandbox.url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).expect("the sandbox listens");
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}",
        body.len()
    );
    write!(stream, "{head}\r\n\r\n{body}").expect("the request is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the sandbox answers");
    let (_, body) = answer.split_once("\r\n\r\n").expect("an answer has a body");
    serde_json::from_str(body).unwrap_or(Value::Null)
}

fn requests(sandbox: &Sandbox) -> Vec<Value> {
    let all = call(sandbox, "GET", "/sandbox/requests", "");
    all.as_array().unwrap_or_else(|| panic!("no list of requests: {all}")).clone()
}

fn event_json(event: (&str, &str, &str)) -> String {
    let (moment, stage, status) = event;
    let given = |it: &str| if it.is_empty() { Value::Null } else { json!(it) };
    json!({
        "event": moment, "stage": given(stage), "status": given(status),
        "build": { "id": "host-7", "number": "7", "version": "1.4.6", "branch": "release/1" },
        "variables": { "Approver": "ann" },
    })
    .to_string()
}

/// The fields of a round and those of the connection that every round has.
fn with_connection<'a>(round: &Round, sandbox: &'a Sandbox, token: &'a str, key: &'a str) -> Vec<Filled<'a>> {
    let mut filled =
        vec![("connection", "url", sandbox.url.as_str()), ("connection", "project", round.project)];
    let own = ["access-token", "oidc.token"];
    if !round.filled.iter().any(|it| own.contains(&it.1)) {
        filled.push(("connection", "api-key", &sandbox.api_key));
    }
    filled.extend(round.filled.iter().map(|it| match it.2 {
        "TOKEN" => (it.0, it.1, token),
        "KEY" => (it.0, it.1, key),
        _ => *it,
    }));
    filled
}

/// An access token, as a CI server's own exchange would give it.
fn access_token(sandbox: &Sandbox) -> String {
    let body = json!({
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "audience": "1c0f7e2a-5a0f-4a1e-9f0e-5c2f8f3b1d77",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "subject_token": "sandbox-subject-token",
    });
    let answer = call(sandbox, "POST", "/token/v1", &body.to_string());
    answer["access_token"].as_str().unwrap_or_else(|| panic!("no token in {answer}")).to_owned()
}

/// Carries out actions by the command line; `%` stands for a space within a name.
fn prepare(sandbox: &Sandbox, commands: &[&str]) {
    for line in commands {
        let mut command = scrubbed(PROGRAM);
        sandbox.introduce(&mut command);
        let output = command.args(line.split(' ').map(|it| it.replace('%', " "))).output().expect("it runs");
        assert!(output.status.success(), "{line}: {}", words(&output));
    }
}

fn words(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Each value under a key, anywhere in a body.
fn under<'a>(body: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match body {
        Value::Object(object) => {
            for (name, value) in object {
                if name == key {
                    found.push(value);
                }
                under(value, key, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|it| under(it, key, found)),
        _ => {}
    }
}

fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::String(it) => it.contains(text),
        Value::Array(items) => items.iter().any(|it| holds(it, text)),
        Value::Object(fields) => fields.values().any(|it| holds(it, text)),
        _ => false,
    }
}

fn is_met(proof: &Proof, requests: &[Value], folder: &Path) -> bool {
    let mut found = Vec::new();
    let mut bodies = |key: &str| requests.iter().for_each(|it| under(&it["body"], key, &mut found));
    let path = |it: &Value| format!("{}?{}", it["path"].as_str().unwrap_or_default(), it["query"]);
    match proof {
        Proof::Sent(key, text) => {
            bodies(key);
            found.iter().any(|it| holds(it, text))
        }
        Proof::SentTruth(key, truth) => {
            bodies(key);
            found.iter().any(|it| **it == Value::Bool(matches!(truth, Truth::Yes)))
        }
        Proof::Called(method, part) => {
            requests.iter().any(|it| it["method"] == *method && path(it).contains(part))
        }
        Proof::NotCalled(part) => !requests.iter().any(|it| path(it).contains(part)),
        Proof::Wrote(file, part) => {
            std::fs::read_to_string(folder.join(file)).is_ok_and(|text| text.contains(part))
        }
    }
}

fn assert_round(round: &Round, output: &Output, sandbox: &Sandbox, folder: &Path) {
    let received = requests(sandbox);
    let seen: Vec<_> =
        received.iter().map(|it| format!("{} {} {}", it["method"], it["path"], it["body"])).collect();
    let seen = seen.join("\n");
    let told = words(output);
    assert_eq!(output.status.code(), Some(round.exit), "{:?}\n{told}\n{seen}", round.filled);
    for proof in round.proofs {
        assert!(
            is_met(proof, &received, folder),
            "{proof:?} is not met by\n{seen}\n{:?}\n{told}",
            round.filled
        );
    }
}

/// A folder with the files that fields name, and the text of a key.
fn files() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    std::fs::write(folder.path().join("ca.pem"), pair.cert.pem()).expect("written");
    std::fs::write(folder.path().join("notes.md"), "Notes of a file").expect("written");
    (folder, pair.signing_key.serialize_pem())
}

#[test]
fn each_field_of_each_tab_reaches_the_server() {
    let manifest = Manifest::read();
    let sandbox = Sandbox::start(&["--time-scale", "300"]);
    let (folder, key) = files();
    let token = access_token(&sandbox);
    for round in ROUNDS {
        prepare(&sandbox, round.before);
        call(&sandbox, "DELETE", "/sandbox/requests", "");
        let written = manifest.write(&with_connection(round, &sandbox, &token, &key));
        let child = manifest.run(&written, &event_json(round.event), folder.path());
        assert_round(round, &child.wait_with_output().expect("it ends"), &sandbox, folder.path());
    }
    for round in INTERRUPTED {
        call(&sandbox, "DELETE", "/sandbox/requests", "");
        let written = manifest.write(&with_connection(round, &sandbox, &token, &key));
        let child = manifest.run(&written, &event_json(round.event), folder.path());
        assert_round(round, &interrupted(child), &sandbox, folder.path());
    }
}

/// Asks a run to stop as soon as it says that it is deploying.
fn interrupted(mut child: Child) -> Output {
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut said = String::new();
    while !said.contains(": deploying (") {
        assert!(lines.read_line(&mut said).expect("text") > 0, "it ended before it deployed:\n{said}");
    }
    signal("TERM", child.id());
    lines.read_to_string(&mut said).expect("text");
    let mut output = child.wait_with_output().expect("it ends");
    output.stdout = said.into_bytes();
    output
}

#[test]
fn no_field_of_the_manifest_is_left_out() {
    let rounds = ROUNDS.iter().chain(INTERRUPTED).flat_map(|it| it.filled);
    let mut filled: BTreeSet<(String, String)> =
        rounds.map(|(table, key, _)| ((*table).to_owned(), (*key).to_owned())).collect();
    // Every round has these.
    filled.extend(["url", "project", "api-key"].map(|it| ("connection".to_owned(), it.to_owned())));
    let fields = Manifest::read().fields();
    let missing: Vec<_> = fields.difference(&filled).collect();
    assert!(missing.is_empty(), "no round fills {missing:?}");
}

#[test]
fn each_declared_event_starts_what_waits_for_it_and_nothing_else() {
    let manifest = Manifest::read();
    let sandbox = Sandbox::start(&["--time-scale", "300"]);
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(manifest.events.len(), 6);
    for (at, wanted) in manifest.events.iter().enumerate() {
        let version = format!("6.{at}.0");
        let mut filled = vec![
            ("connection", "url", sandbox.url.as_str()),
            ("connection", "project", "Quick Shop"),
            ("connection", "api-key", sandbox.api_key.as_str()),
            ("create", "version", version.as_str()),
            ("create", "when.event", wanted.name.as_str()),
        ];
        if wanted.stage {
            filled.push(("create", "when.stage", "Package"));
        }
        if wanted.status {
            filled.push(("create", "when.status", "successful"));
        }
        let written = manifest.write(&filled);
        for event in &manifest.events {
            call(&sandbox, "DELETE", "/sandbox/requests", "");
            let stage = if event.stage { "Package" } else { "" };
            let status = if event.status { "successful" } else { "" };
            let child = manifest.run(&written, &event_json((&event.name, stage, status)), folder.path());
            let output = child.wait_with_output().expect("it ends");
            assert!(output.status.success(), "{}", words(&output));
            let created =
                is_met(&Proof::Called("POST", "/releases/create/v1"), &requests(&sandbox), folder.path());
            assert_eq!(
                created,
                event.name == wanted.name,
                "{} on {}: {}",
                wanted.name,
                event.name,
                words(&output)
            );
        }
    }
}

#[test]
fn a_host_can_tell_what_excludes_or_needs_what() {
    let manifest = Manifest::read();
    let refuses = |filled: &[Filled<'_>]| std::panic::catch_unwind(|| manifest.write(filled)).is_err();
    assert!(refuses(&[("deploy", "machines", "m")]), "`to` is required");
    assert!(refuses(&[("create", "notes", "a"), ("create", "notes-file", "b")]), "one of them");
    assert!(refuses(&[("create", "git-commit", "a")]), "it needs `git-ref`");
    assert!(refuses(&[("create", "nonsense", "a")]), "there is no such field");
    assert!(!refuses(&[("create", "notes", "a")]));
}
