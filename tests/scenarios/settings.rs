//! Wrong settings and events, through the real program: every problem at once, each with its place and its
//! remedy, exit code 2, and nothing done.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Output, Stdio};

use insta::assert_snapshot;

use crate::support::program::{PROGRAM, Sandbox, scrubbed};

/// Settings in which nearly everything is wrong.
const WRONG: &str = r#"[connection]
url = "octopus.example"
projcet = "Web Shop"
api-key = "API-PLANTED-SECRET"
password = "PLANTED-PASSWORD"

[create]
version = "1.0"
wait = false
notes = "50% done"

[deploy]
to = "Development"
guided-failure = "onn"
wait = false
on-timeout = "cancel"
time-limit = "30 minutes"

[[promote]]
to = ["Production"]
no-run-after = "2026-12-01T22:00:00"

[conditions]
all = [{ left = "$Build.Branch$", op = "matches", right = "(release" }]
"#;

/// What the program said and how it ended.
fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = scrubbed(PROGRAM);
    command.current_dir(folder).args(arguments).envs(variables.iter().copied());
    command.output().expect("the program runs")
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("the file is written");
    }
    folder
}

fn all_text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn every_problem_of_settings_and_event_is_told_at_once() {
    let event = "{\"event\": \"build-complete\",\n \"build\": {\"number\": 7}}";
    let folder = folder(&[("promenade.toml", WRONG), ("event.json", event)]);
    let output = run(folder.path(), &["handle", "--config", "promenade.toml", "--event", "event.json"], &[]);
    assert_eq!(output.status.code(), Some(2));
    let told = all_text(&output);
    assert!(!told.contains("PLANTED"), "{told}");
    assert_snapshot!(told, @r#"
    promenade: bad settings (exit code 2)
    promenade.toml:1:1: no project is named; add `project = "…"` to `[connection]`, or give `--project`
    promenade.toml:2:7: connection.url is not an address; begin it with `https://` or `http://`
    promenade.toml:3:1: unknown key `projcet` in `connection`; did you mean `project`?
    promenade.toml:4:11: connection.api-key is written here itself, and secrets do not belong in settings; put it into an environment variable and write `api-key = { env = "NAME" }`, or into a file and write `api-key = { file = "path" }`; if it was committed, revoke it
    promenade.toml:5:1: unknown key `password` in `connection`; user name and password are not supported; make an API key on the server and write `api-key = { env = "OCTOPUS_API_KEY" }`
    promenade.toml:9:1: `wait = false` in `create`: later actions need the release, so it is always waited for; leave it out
    promenade.toml:10:9: a `%` does not begin an expression; write `%%` for the sign itself, or close the expression with another `%`
    promenade.toml:13:6: deploy.to must be a list, and this is text; write it in brackets: `["…"]`
    promenade.toml:14:18: deploy.guided-failure cannot be `onn`; did you mean `on`? Known are `default`, `on` or `off`
    promenade.toml:16:1: `on-timeout` means nothing with `wait = false`; leave it out, or wait
    promenade.toml:17:14: deploy.time-limit is not a duration: `30 minutes`; write `90s`, `30m` or `2h`, from 1s to 168h (7 days)
    promenade.toml:19:1: `from` is missing in `promote[1]`; add it; it is text
    promenade.toml:21:1: `no-run-after` means nothing without `run-at`; add `run-at`, or leave it out
    promenade.toml:21:16: promote[1].no-run-after is not a time with an offset: `2026-12-01T22:00:00`; write it as `2026-12-01T22:00:00+01:00`
    promenade.toml:24:8: `(release` is not a valid regular expression: unclosed group; correct it; a `$` in it is written `$$`
    event.json:1:11: event cannot be `build-complete`; did you mean `build-completed`? Known are `build-created`, `before-build-queued`, `before-build-start`, `after-build-started`, `before-stage-start`, `sending-stage-to-agent`, `stage-completed`, `build-pending-promotion`, `before-build-continue`, `after-build-continued`, `build-stopping` or `build-completed`
    event.json:2:11: `id` is missing in `build`; add it; it is text
    "#);
}

#[test]
fn problems_are_told_to_machines_with_their_places() {
    let folder = folder(&[("p.toml", "[connection]\nprojcet = 'P'\nurl = 'http://o'\nspace = ' '")]);
    let output = run(
        folder.path(),
        &["plan", "--config", "p.toml", "--json", "--moment", "build-completed"],
        &[("ContinuaCI.Version", "1"), ("ContinuaCI.Build.Id", "7")],
    );
    assert_eq!(output.status.code(), Some(2));
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let schema =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/result.json")).unwrap();
    let schema = serde_json::from_str(&schema).expect("a schema");
    jsonschema::validate(&schema, &result).expect("it fits its schema");
    assert_eq!((result["verdict"].as_str(), result["exitCode"].as_u64()), (Some("bad-settings"), Some(2)));
    let places: Vec<_> = result["problems"]
        .as_array()
        .expect("problems")
        .iter()
        .map(|it| (it["source"].as_str(), it["line"].as_u64(), it["column"].as_u64()))
        .collect();
    assert!(places.contains(&(Some("p.toml"), Some(2), Some(1))), "{result:#}");
    assert!(places.contains(&(Some("p.toml"), Some(4), Some(9))), "{result:#}");
}

/// A sandbox, and settings that would create and deploy there on every event.
fn good(sandbox: &Sandbox) -> String {
    format!(
        "[connection]\nurl = \"{}\"\nproject = \"Quick Shop\"\napi-key = {{ env = \"KEY\" }}\n[create]\n\
         version = \"1.%Minor%.0\"\nfail-build = false\n[deploy]\nto = [\"Development\"]\nlog = false\n",
        sandbox.url
    )
}

fn requests(sandbox: &Sandbox) -> String {
    let address = sandbox.url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = std::net::TcpStream::connect(address).expect("the sandbox listens");
    write!(stream, "GET /sandbox/requests HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
        .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn an_undefined_expression_stops_everything_before_the_first_request() {
    let sandbox = Sandbox::start(&["--time-scale", "100"]);
    let with = |variables: &str| {
        let event =
            format!(r#"{{"event":"build-completed","status":"successful","build":{{"id":"7"}}{variables}}}"#);
        let folder = folder(&[("p.toml", &good(&sandbox)), ("e.json", &event)]);
        run(
            folder.path(),
            &["handle", "--config", "p.toml", "--event", "e.json"],
            &[("KEY", &sandbox.api_key)],
        )
    };
    // `fail-build = false` touches failures of an action, and never hides bad settings.
    let output = with(r#","variables":{"Miner":"4"}"#);
    assert_eq!(output.status.code(), Some(2), "{}", all_text(&output));
    assert!(
        all_text(&output)
            .contains("p.toml:6:11: the variable `%Minor%` is not defined; did you mean `%Miner%`?")
    );
    assert!(!requests(&sandbox).contains("\"path\""), "{}", requests(&sandbox));
    let output = with(r#","variables":{"Minor":"4"}"#);
    assert_eq!(output.status.code(), Some(0), "{}", all_text(&output));
    assert!(requests(&sandbox).contains("1.4.0"));
}

#[test]
fn flags_stand_over_the_file_and_the_file_over_the_environment() {
    let sandbox = Sandbox::start(&["--time-scale", "100"]);
    let nowhere = "http://127.0.0.1:1";
    let folder = folder(&[
        ("good.toml", &good(&sandbox).replace("%Minor%", "1")),
        ("bad.toml", &good(&sandbox).replace("%Minor%", "2").replace(&sandbox.url, nowhere)),
        ("e.json", r#"{"event":"build-completed","status":"successful","build":{"id":"7"}}"#),
    ]);
    let key = ("KEY", sandbox.api_key.as_str());
    let handle = |file: &str, more: &[&str], variables: &[(&str, &str)]| {
        let arguments =
            [&["handle", "--config", file, "--event", "e.json", "--retry-limit", "1s"], more].concat();
        let output = run(folder.path(), &arguments, variables);
        (output.status.code(), all_text(&output))
    };
    let environment = [key, ("OCTOPUS_URL", nowhere), ("OCTOPUS_API_KEY", "API-WRONG")];
    let (code, told) = handle("good.toml", &[], &environment);
    assert_eq!(code, Some(0), "the file over the environment: {told}");
    let (code, told) = handle("bad.toml", &["--url", &sandbox.url], &environment);
    assert_eq!(code, Some(0), "the flag over the file: {told}");
    let (code, told) = handle("bad.toml", &[], &environment);
    assert_ne!(code, Some(0), "nothing listens there: {told}");
}

#[test]
fn standard_input_is_read_only_when_asked_for() {
    let folder = folder(&[
        (
            "p.toml",
            "[connection]\nurl = 'http://127.0.0.1:1'\nproject = 'P'\napi-key = { env = 'K' }\n[deploy]\nto = ['a']\nwhen = { event = 'stage-completed' }",
        ),
        ("e.json", r#"{"event":"build-completed","status":"successful","build":{"id":"7"}}"#),
    ]);
    let start = |event: &str| {
        let mut command = scrubbed(PROGRAM);
        command.current_dir(folder.path()).args(["handle", "--config", "p.toml", "--event", event]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts")
    };
    // The pipe stays open and empty: whoever reads it would wait for ever.
    let mut child = start("e.json");
    let open = child.stdin.take();
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}", all_text(&output));
    drop(open);
    let mut child = start("-");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(br#"{"event":"nonsense","build":{"id":"7"}}"#).expect("written");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(2));
    assert!(all_text(&output).contains("1:10: event cannot be `nonsense`"), "{}", all_text(&output));
}

#[test]
fn what_is_too_large_is_refused() {
    let large = format!("# {}\n", "x".repeat(1024 * 1024));
    let event = r#"{"event":"build-completed","build":{"id":"7"}}"#;
    let folder = folder(&[("large.toml", &large), ("e.json", event), ("p.toml", "[deploy]\nto = ['a']")]);
    for (config, event) in [("large.toml", "e.json"), ("p.toml", "large.toml")] {
        let output = run(folder.path(), &["handle", "--config", config, "--event", event], &[]);
        assert_eq!(output.status.code(), Some(2));
        assert!(all_text(&output).contains("at most 1048576 are read"), "{}", all_text(&output));
    }
}

#[test]
fn without_an_event_and_a_known_server_it_says_what_to_do() {
    let text = "[connection]\nurl = 'http://127.0.0.1:1'\nproject = 'P'\napi-key = { env = 'K' }\n[deploy]\nto = ['a']";
    let folder = folder(&[("p.toml", text)]);
    let output = run(folder.path(), &["handle", "--config", "p.toml"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(all_text(&output).contains("no CI server is recognised"), "{}", all_text(&output));
}
