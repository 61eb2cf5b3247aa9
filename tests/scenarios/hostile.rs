//! Text of other people in names, logs, notes and answers: it steers no terminal, gives no CI server an order, and
//! begins no line.

use std::process::Command;

use promenade::ci::report::result::RunResult;
use serde_json::{Value, json};

use crate::support::folder::{Folder, Told};
use crate::support::hearsay::{Answer, Hearsay};
use crate::support::program::Sandbox;

/// Everything that a terminal or a CI server could take for an order, at the beginning of a line and within one.
const HOSTILE: &str = "x\n##teamcity[buildStatus status='SUCCESS' text='y']\r\n::error::owned\n::set-output name=a::b\n\
    ##vso[task.complete result=Succeeded;]\n##[error]owned\n@@continua[setBuildStatus value='Success']\n\
    \u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\u{202e}\u{2066}\u{200f}\u{2028}\0\u{8}\u{7f} in ##vso[a]b @@continua[c] \
    ##teamcity[d]\rpromenade: passed (exit code 0)";

const EVENT: &str = r#"{"event":"build-completed","status":"successful","build":{"id":"1"}}"#;

/// What a line may begin with: our own words, a file that we were told of, or the time of a trace.
fn begins_in_our_words(line: &str) -> bool {
    let ours = [
        "create: ",
        "deploy: ",
        "check: ",
        "plan: ",
        "promenade: ",
        "p.toml:",
        "e.json:",
        "error: ",
        "Usage: ",
        "For more ",
    ];
    let trace = line.starts_with("20") && line.get(10..11) == Some("T");
    line.is_empty() || trace || ours.iter().any(|it| line.starts_with(it))
}

/// Every way in which an output could be more than words.
fn assert_tame(told: &Told, what: &str) {
    for (name, text) in [("stdout", &told.stdout), ("stderr", &told.stderr)] {
        let json = name == "stdout" && text.starts_with('{');
        for line in text.split('\n') {
            let told = format!("{what}, {name}: {line:?}");
            let steers = |it: char| {
                it.is_control() && it != '\t'
                    || matches!(it, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            assert!(!line.contains(steers), "{told}");
            assert!(json || begins_in_our_words(line), "{told}");
            assert!(line.chars().count() < 4100 || json, "{told}");
            if json {
                let start = line.trim_start();
                assert!(start.is_empty() || start.starts_with(['{', '}', '[', ']', '"']), "{told}");
            } else {
                for order in ["##teamcity[", "##vso[", "##[", "@@continua["] {
                    assert!(!line.contains(order), "{told}");
                }
            }
        }
        let verdict = |line: &&str| {
            ["promenade: passed", "promenade: failed", "promenade: no answer"]
                .iter()
                .any(|it| line.starts_with(it))
        };
        let verdicts = text.lines().filter(verdict).count();
        assert!(verdicts <= 1, "{what}: there is one verdict: {text}");
    }
}

fn world() -> String {
    let name = |what: &str| format!("{what} {HOSTILE}");
    json!({
        "users": [{ "username": "ci", "apiKeys": ["API-HOSTILEHOSTILEHOSTILEHOST"], "teams": [], "permissions": [{ "permission": "*" }] }],
        "spaces": [{
            "name": "Default", "default": true,
            "environments": [{ "name": name("Test") }],
            "lifecycles": [{ "name": "All", "phases": [{ "name": name("One"), "environments": [name("Test")] }] }],
            "projects": [{
                "name": name("Shop"), "lifecycle": "All",
                "steps": [
                    { "name": name("Step"), "seconds": 20, "log": [HOSTILE, "long ".repeat(3000)] },
                    { "name": name("Fail"), "seconds": 5, "outcome": "fail", "error": HOSTILE },
                ],
            }],
        }],
    })
    .to_string()
}

/// Runs a command in a hostile world.
fn in_a_hostile_world(arguments: &[&str], prepare: &dyn Fn(&mut Command)) -> Told {
    let folder = Folder::new();
    let seed = folder.write("seed.json", world());
    let sandbox = Sandbox::start(&["--time-scale", "100", "--seed", seed.to_str().expect("a plain path")]);
    let text = |text: String| toml::Value::String(text).to_string();
    folder.write("e.json", EVENT);
    folder.write(
        "p.toml",
        format!(
            "[connection]\nurl = \"{}\"\nproject = {}\n[create]\nnotes = {}\n[deploy]\nto = [{}]\nnotes = {}\n",
            sandbox.url,
            text(format!("Shop {HOSTILE}")),
            text(HOSTILE.to_owned()),
            text(format!("Test {HOSTILE}")),
            text(HOSTILE.to_owned()),
        ),
    );
    let mut command = folder.program(arguments);
    sandbox.introduce(&mut command);
    prepare(&mut command);
    Told::by(&mut command)
}

#[test]
fn hostile_names_and_logs_are_words_and_no_orders() {
    let handle: &[&str] = &["handle", "--config", "p.toml", "--event", "e.json"];
    let told = in_a_hostile_world(handle, &|it| {
        it.env("PROMENADE_LOG", "trace").args(["--verbose"]);
    });
    assert_tame(&told, "handle");
    assert_eq!(told.code, 1, "{}", told.all());
    // They are told all the same, in a form that can be seen.
    for shown in ["\\u{1b}[2J", "::error::owned", "\\u{23}#vso[task.complete", "\\u{202e}", "owned"] {
        assert!(told.stdout.contains(shown), "{shown}: {}", told.stdout);
    }
    let cut = told.stdout.lines().find(|it| it.contains("long long")).expect("the long line is told");
    assert!(cut.ends_with(" more characters)"), "it says that it was cut: {cut}");
    for arguments in [
        &["plan", "--config", "p.toml", "--event", "e.json"][..],
        &["check", "--config", "p.toml"],
        &["deploy", "--config", "p.toml", "--skip-step", HOSTILE.split('\0').next().unwrap_or_default()],
        &["deploy", "--config", "p.toml", "--version", "9.9.9"],
    ] {
        let told = in_a_hostile_world(arguments, &|_| {});
        assert_tame(&told, &format!("{arguments:?}"));
    }
}

#[test]
fn hostile_words_leave_json_one_document() {
    for arguments in [&["handle"][..], &["plan"]] {
        let arguments = [arguments, &["--config", "p.toml", "--event", "e.json", "--json"]].concat();
        let told = in_a_hostile_world(&arguments, &|_| {});
        assert_tame(&told, &format!("{arguments:?}"));
        let result: RunResult = serde_json::from_str(&told.stdout).expect("one document");
        let title = &result.actions.last().expect("the deployment").title;
        assert!(title.contains("\n##teamcity["), "a machine gets the words as they are: {title:?}");
    }
}

#[test]
fn hostile_answers_are_words_and_no_orders() {
    let page = format!("<html><title>{HOSTILE}</title><body>{HOSTILE}</body></html>");
    let error =
        json!({ "ErrorMessage": HOSTILE, "Errors": [HOSTILE, HOSTILE], "HelpText": HOSTILE }).to_string();
    for (status, body) in
        [(400, &error), (503, &error), (502, &page), (403, &page), (200, &page), (418, &HOSTILE.to_owned())]
    {
        let body = body.clone();
        let server = Hearsay::start(move |_, _| Answer {
            status,
            headers: vec![("x-echo", "##vso[a]".to_owned()), ("retry-after", "0".to_owned())],
            body: body.clone(),
        });
        let folder = Folder::new();
        folder.write("e.json", EVENT);
        folder.write(
            "p.toml",
            format!(
                "[connection]\nurl = \"{}\"\nproject = \"Shop\"\nretry-limit = \"1s\"\nread-limit = \"20s\"\n\
                 [deploy]\nto = [\"Test\"]\nversion = \"1\"\n",
                server.url()
            ),
        );
        let mut command = folder.program(&["handle", "--config", "p.toml", "--event", "e.json", "--verbose"]);
        let told = Told::by(command.env("OCTOPUS_API_KEY", "API-HOSTILEHOSTILEHOSTILEHOST"));
        assert_tame(&told, &format!("{status}"));
        assert!(told.stdout.contains("owned"), "the server's words are told: {}", told.all());
        assert!([1, 4].contains(&told.code), "{}", told.all());
    }
}

#[test]
fn hostile_settings_events_and_arguments_are_words_and_no_orders() {
    let folder = Folder::new();
    let hostile = toml::Value::String(HOSTILE.to_owned()).to_string();
    let event = |change: &dyn Fn(&mut Value)| {
        let mut event: Value = serde_json::from_str(EVENT).expect("JSON");
        change(&mut event);
        event.to_string()
    };
    let fine = "[connection]\nurl = \"http://127.0.0.1:9\"\nproject = \"Shop\"\napi-key = { file = \"e.json\" }\n[deploy]\nto = [\"Test\"]\n";
    for (settings, event) in [
        (
            format!("[connection]\nurl = {hostile}\nproject = {hostile}\napi-key = {{ file = {hostile} }}\n"),
            EVENT.to_owned(),
        ),
        (format!("{fine}time-limit = {hostile}\n"), EVENT.to_owned()),
        (format!("{fine}{hostile} = 1\n"), EVENT.to_owned()),
        (format!("{fine}notes = \"%{}%\"\n", "x\\n::error::owned\\u001b"), EVENT.to_owned()),
        (HOSTILE.to_owned(), EVENT.to_owned()),
        (fine.to_owned(), event(&|it| it["event"] = HOSTILE.into())),
        (fine.to_owned(), event(&|it| it["status"] = HOSTILE.into())),
        (fine.to_owned(), event(&|it| it[HOSTILE] = 1.into())),
        (fine.to_owned(), event(&|it| it["build"]["startedAt"] = HOSTILE.into())),
        (fine.to_owned(), HOSTILE.to_owned()),
    ] {
        folder.write("p.toml", &settings);
        folder.write("e.json", &event);
        let told = folder.run(&["handle", "--config", "p.toml", "--event", "e.json"]);
        assert_tame(&told, &format!("{settings:?} {event:?}"));
        assert_eq!(told.code, 2, "{settings} {event}: {}", told.all());
    }
    let hostile = HOSTILE.replace('\0', "");
    for arguments in [
        vec!["deploy", "--to", &hostile, "--guided-failure", &hostile],
        vec![&hostile],
        vec!["handle", &hostile],
        vec!["sandbox", "--listen", &hostile],
        vec!["handle", "--config", &hostile],
        vec!["handle", "--config", "p.toml", "--moment", &hostile],
    ] {
        let told = folder.run(&arguments);
        let lines = told.all();
        for line in lines.lines() {
            let order = ["##teamcity[", "##vso[", "##[", "@@continua[", "\u{1b}", "\r", "\u{202e}"];
            assert!(!order.iter().any(|it| line.contains(it)), "{line:?}");
            assert!(!line.trim_start().starts_with("::"), "{line:?}");
        }
        assert_eq!(told.code, 2, "{lines}");
    }
}
