//! The published exit codes: each from a run that ends with it, and the table of the documents held to the code.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use promenade::ci::report::result::{RunResult, RunVerdict};

use crate::support::folder::{Folder, Told};
use crate::support::left_out;
use crate::support::program::{PROGRAM, Sandbox, scrubbed};
use crate::support::signals::signal;
use crate::support::tree;

const EVENT: &str = r#"{"event":"build-completed","status":"successful","build":{"id":"1"}}"#;

/// Runs settings for the project Web Shop, in a world of its own.
fn handle(time_scale: &str, settings: &str, more: &[&str]) -> Told {
    let (folder, command, _sandbox) = prepared(time_scale, settings, more);
    let told = { command }.output().expect("it starts").into();
    drop(folder);
    told
}

fn prepared(time_scale: &str, settings: &str, more: &[&str]) -> (Folder, Command, Sandbox) {
    let sandbox = Sandbox::start(&["--time-scale", time_scale]);
    let folder = Folder::new();
    folder.write("e.json", EVENT);
    folder
        .write("p.toml", format!("{settings}\n[connection]\nproject = \"Web Shop\"\nretry-limit = \"1s\"\n"));
    let mut command = folder.program(&["handle", "--config", "p.toml", "--event", "e.json"]);
    command.args(more);
    sandbox.introduce(&mut command);
    (folder, command, sandbox)
}

/// Creates a release of this version, and deploys it with these further keys.
fn deploying(version: &str, more: &str) -> String {
    format!("[create]\nversion = \"{version}\"\n[deploy]\nto = [\"Development\"]\n{more}\n")
}

/// A run for each code; `time-scale` 100 lets a deployment take half a second, and 1 nearly a minute.
fn stories() -> Vec<(u8, &'static str, String)> {
    vec![
        (0, "100", deploying("9.0.0", "")),
        (1, "100", deploying("9.0.0-broken", "")),
        (1, "100", deploying("9.0.0", "skip-steps = [\"Nobody\"]")),
        (2, "100", deploying("9.0.0", "colour = \"red\"")),
        (3, "1", deploying("9.0.0", "time-limit = \"2s\"")),
        (
            4,
            "1",
            "connection.url = \"http://127.0.0.1:9\"\n[deploy]\nto = [\"Development\"]\nversion = \"1\""
                .to_owned(),
        ),
        (3, "1", deploying("9.0.0", "time-limit = \"2s\"\non-timeout = \"cancel\"")),
        (6, "100", deploying("9.0.0-timeout", "")),
    ]
}

#[test]
fn every_code_is_the_end_of_a_run_and_json_says_the_same() {
    let schema =
        std::fs::read_to_string(tree::root().join("schemas/result.json")).expect("the schema is there");
    let schema = serde_json::from_str(&schema).expect("the schema is JSON");
    let schema = jsonschema::validator_for(&schema).expect("the schema is one");
    std::thread::scope(|scope| {
        for (code, time_scale, settings) in stories() {
            let schema = &schema;
            scope.spawn(move || {
                let settings = settings.replace("connection.url", "# url");
                let unreachable: &[&str] = if code == 4 { &["--url", "http://127.0.0.1:9"] } else { &[] };
                let told = handle(time_scale, &settings, unreachable);
                assert_eq!(told.code, i32::from(code), "{settings}: {}", told.all());
                let last = told.stdout.lines().last().unwrap_or_default();
                assert!(
                    last.starts_with("promenade: ") && last.ends_with(&format!("(exit code {code})")),
                    "{last}"
                );

                let told = handle(time_scale, &settings, &[unreachable, &["--json"]].concat());
                assert_eq!(told.code, i32::from(code), "{settings}: {}", told.all());
                let document = serde_json::from_str(&told.stdout).expect("exactly one document");
                assert!(schema.is_valid(&document), "it fits schemas/result.json: {document}");
                let result: RunResult = serde_json::from_value(document).expect("it is a result");
                assert_eq!((result.exit_code, result.verdict.exit_code()), (code, code));
                assert!(told.stderr.contains(&format!("(exit code {code})")), "words go to standard error");
            });
        }
    });
}

#[test]
fn a_run_that_is_told_to_stop_is_cancelled_or_undecided_as_its_settings_say() {
    for (on_interrupt, code) in [("cancel", 5), ("leave", 3)] {
        let settings = deploying("9.0.0", &format!("on-interrupt = \"{on_interrupt}\""));
        let (_folder, mut command, _sandbox) = prepared("1", &settings, &[]);
        let mut process = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let begun = lines.find(|it| it.as_ref().is_ok_and(|it| it.contains("Development: deploying")));
        assert!(begun.is_some(), "it begins to deploy");
        signal("TERM", process.id());
        let last = lines.last().expect("there is a verdict").expect("it is text");
        assert_eq!(process.wait().expect("it ends").code(), Some(code), "{on_interrupt}: {last}");
        assert!(last.ends_with(&format!("(exit code {code})")), "{last}");
    }
}

#[test]
fn the_documents_say_what_the_code_does() {
    let page = std::fs::read_to_string(tree::root().join("docs/exit-codes.md")).expect("the page is there");
    let row = |line: &str| {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let code = cells.next()?.parse::<u8>().ok()?;
        let verdict = cells.next()?.trim_matches('`').to_owned();
        Some((verdict, code))
    };
    let (verdicts, releases) = page.split_once("| code | how the release ended |").expect("both tables");
    let ends: Vec<u8> = releases.lines().filter_map(row).map(|(_, code)| code).collect();
    assert_eq!(ends, [0, 1, 3, 4, 5], "a release ends with each of these, and with no other");
    let rows: Vec<_> = verdicts.lines().filter_map(row).collect();
    for (verdict, code) in &rows {
        let known: RunVerdict = serde_json::from_value(verdict.as_str().into()).expect("a verdict");
        assert_eq!(known.exit_code(), *code, "{verdict}");
    }
    let every = serde_json::to_string(&schemars::schema_for!(RunVerdict)).expect("JSON");
    assert_eq!(every.matches("\"const\":").count(), rows.len(), "every verdict has a row: {every}");
    for (verdict, code) in &rows {
        // 5 has a story of its own, as it takes a signal.
        let told = *code == 5 || stories().iter().any(|(it, _, _)| it == code);
        assert!(told, "{verdict} is the end of a run");
    }
    let help = Folder::new().run(&["--help"]).stdout;
    for (verdict, code) in rows {
        let told = help.contains(&format!("{code} {}", verdict.replace('-', " ")));
        assert!(told || code == 6, "--help tells {code} {verdict}: {help}");
    }
}

#[test]
fn warnings_and_tolerated_failures_pass_with_a_code_of_their_own_where_asked() {
    let tolerated = deploying("9.0.0-broken", "fail-build = false");
    let warned = deploying("9.0.0-warning", "");
    for settings in [&tolerated, &warned] {
        let told = handle("100", settings, &[]);
        assert_eq!(told.code, 0, "{}", told.all());
        assert!(told.stdout.ends_with("promenade: passed with warnings (exit code 0)\n"), "{}", told.stdout);
        let told = handle("100", settings, &["--warnings-exit", "77"]);
        assert_eq!(told.code, 77, "{}", told.all());
        let told = handle("100", &format!("{settings}\n[report]\nwarnings-exit = 9\n"), &["--json"]);
        assert_eq!(told.code, 9, "{}", told.all());
        let result: RunResult = serde_json::from_str(&told.stdout).expect("one document");
        assert_eq!((result.verdict, result.exit_code), (RunVerdict::Passed, 9));
        assert!(!result.warnings.is_empty(), "{result:?}");
    }
    // A plain pass and a failure that counts are not touched.
    assert_eq!(handle("100", &deploying("9.0.0", ""), &["--warnings-exit", "77"]).code, 0);
    assert_eq!(handle("100", &deploying("9.0.0-broken", ""), &["--warnings-exit", "77"]).code, 1);
}

#[test]
fn a_tolerated_failure_hides_no_bad_settings_and_is_told_all_the_same() {
    for bad in ["colour = \"red\"", "time-limit = \"soon\"", "notes = \"%Undefined%\""] {
        let settings = deploying("9.0.0", &format!("fail-build = false\n{bad}"));
        let told = handle("100", &settings.replace("[deploy]", "fail-build = false\n[deploy]"), &[]);
        assert_eq!(told.code, 2, "{bad}: {}", told.all());
    }
    let told = handle("100", &deploying("9.0.0-broken", "fail-build = false"), &[]);
    assert!(told.stdout.lines().any(|it| it.starts_with("deploy: Development: failed")), "{}", told.stdout);
}

#[test]
fn a_quiet_run_and_one_without_a_log_still_tell_verdict_and_errors() {
    for (settings, more) in [
        (deploying("9.0.0-broken", "log = false").replace("[deploy]", "log = false\n[deploy]"), &[][..]),
        (deploying("9.0.0-broken", ""), &["--quiet"]),
    ] {
        let told = handle("100", &settings, more);
        assert_eq!(told.code, 1, "{}", told.all());
        assert!(told.stdout.contains("deploy: Development: failed"), "{}", told.stdout);
        assert!(told.stdout.ends_with("promenade: failed (exit code 1)\n"), "{}", told.stdout);
        assert!(!told.stdout.contains(" | "), "no step's log: {}", told.stdout);
        assert!(!told.stdout.contains("step "), "no progress: {}", told.stdout);
    }
    let refused = handle("100", &deploying("9.0.0", "skip-steps = [\"Nobody\"]"), &["--quiet"]);
    assert!(refused.stdout.contains("deploy: error: "), "{}", refused.stdout);
    let talkative = handle("100", &deploying("9.0.0-broken", ""), &[]);
    assert!(talkative.stdout.contains(" | ") && talkative.stdout.contains("step "), "{}", talkative.stdout);
}

#[test]
fn a_reader_that_goes_away_changes_nothing() {
    for (version, code) in [("9.0.0", 0), ("9.0.0-broken", 1)] {
        for more in [&[][..], &["--json"]] {
            let (_folder, mut command, _sandbox) = prepared("100", &deploying(version, ""), more);
            let mut process =
                command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
            // Both ends are closed before a word is said, as by `| head -0`.
            drop(process.stdout.take());
            drop(process.stderr.take());
            let status = process.wait().expect("it ends");
            assert_eq!(status.code(), Some(code), "{version} {more:?}: {status}");
        }
    }
    // Closed from the start, and a device that takes nothing.
    let settings = deploying("9.0.0", "again = true").replace("[deploy]", "skip-if-exists = true\n[deploy]");
    let (folder, _, sandbox) = prepared("100", &settings, &[]);
    for output in [">&-", "2>&-", ">&- 2>&-", ">/dev/full 2>&1"] {
        let line = format!("exec \"$0\" handle --config p.toml --event e.json {output}");
        let mut shell = scrubbed("sh");
        shell.args(["-c", &line, PROGRAM]).current_dir(folder.path());
        sandbox.introduce(&mut shell);
        let told = Told::by(&mut shell);
        assert_eq!(told.code, 0, "{output}: {}", told.all());
    }
    let pipe = format!("\"{PROGRAM}\" --help | head -1; \"{PROGRAM}\" completions bash | head -1");
    let told = Told::by(scrubbed("sh").args(["-c", &pipe]));
    assert!(!told.stderr.contains("panicked"), "{}", told.stderr);
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let settings = deploying("9.0.0", "");
    let plain = handle("100", &settings, &["--verbose"]);
    assert!(!plain.all().contains('\u{1b}'), "a pipe gets no escapes: {}", plain.all());
    let (_folder, mut command, _sandbox) = prepared("100", &settings, &[]);
    let cleared = Told::by(command.env("TERM", "xterm-256color").env("COLORTERM", "truecolor"));
    assert!(!cleared.all().contains('\u{1b}'), "{}", cleared.all());

    if Command::new("script").arg("--version").stdout(Stdio::null()).status().is_err() {
        return left_out("colours on a terminal", "there is no `script` (util-linux) to make a terminal");
    }
    let on_a_terminal = |variables: &[(&str, &str)]| {
        let (folder, _, sandbox) = prepared("100", &settings, &[]);
        let mut command = scrubbed("script");
        let line = format!("{PROGRAM} handle --config p.toml --event e.json 2>/dev/null");
        command.args(["-qec", &line, "/dev/null"]).current_dir(folder.path());
        command.env("TERM", "xterm-256color").envs(variables.iter().copied());
        sandbox.introduce(&mut command);
        let told = Told::by(&mut command);
        assert_eq!(told.code, 0, "{}", told.all());
        told.stdout
    };
    assert!(on_a_terminal(&[]).contains("\u{1b}[32m"), "success is green on a terminal");
    for off in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let told = on_a_terminal(&[off]);
        assert!(told.contains("passed") && !told.contains('\u{1b}'), "{off:?}: {told:?}");
    }
}
