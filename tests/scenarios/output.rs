//! What the program says, and to whom: a reader that does not read takes neither limits nor signals away, and what
//! happens to be said holds no secret, hides nothing, and is told at every level where it matters.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use promenade::actions::Stop;
use promenade::backend::{Backend, Notice};
use promenade::ci::report::result::{DeploymentState, RunVerdict};
use promenade::ci::run::{Run, RunEvent, run};
use promenade::ci::{Files, Occasion, SourceError, Sources, plan};
use promenade::event::BuildEvent;
use promenade::event::expression::RunContext;
use promenade::model::ProjectName;
use promenade::octopus::{Client, Connection, Credential, Proxy};
use promenade::settings::{Document, Settings};
use serde_json::{Value, json};

use crate::support::folder::Folder;
use crate::support::program::{PROGRAM, Sandbox, scrubbed};
use crate::support::shop::{Ran, Shop, build, project, runtime};

/// Nothing here takes longer, however slow the machine; reaching it is a failure.
const PATIENCE: Duration = Duration::from_secs(60);

/// More than a pipe holds, told within a second.
const LINES: usize = 3000;

/// A shop in which a deployment of Web Shop tells much at once, and goes on for so many seconds after that.
fn talkative(seconds: u32) -> Shop {
    Shop::playing(1.0, |seed| {
        let log: Vec<_> = (0..LINES).map(|it| format!("line {it:05} {}", "x".repeat(60))).collect();
        project(seed, "Web Shop")["steps"] = json!([
            { "name": "Deploy web", "packages": [{ "id": "Shop.Web" }], "seconds": 1, "log": log },
            { "name": "Work", "seconds": seconds },
        ]);
        project(seed, "Web Shop")["queueDelay"] = json!(0);
    })
}

fn deploying(shop: &Shop, more: &[&str]) -> Command {
    let deploy = ["deploy", "--project", "Web Shop", "--version", "1.4.6", "--to", "Development", "--again"];
    let mut command = shop.command(&[&deploy, more].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The end of a process that is to come, although nobody reads what it says.
fn end(child: &mut Child) -> ExitStatus {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("it can be asked") {
            return status;
        }
        if began.elapsed() > PATIENCE {
            child.kill().expect("it runs");
            panic!("it does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn rest(stream: Option<impl std::io::Read>) -> String {
    let mut text = String::new();
    stream.expect("a pipe").read_to_string(&mut text).expect("text");
    text
}

fn signal(name: &str, child: &Child) {
    crate::support::signals::signal(name, child.id());
}

/// Waits until more was told than a pipe holds: the whole log of the first step, which takes a second, was read.
fn told_much(shop: &Shop) {
    shop.until(|| {
        let requests = shop.requests();
        let sent = requests.iter().find(|it| it.path.ends_with("/untenanted/v1")).map(|it| it.at);
        let after = |at: Duration| sent.is_some_and(|sent| at > sent + Duration::from_millis(1500));
        requests.iter().any(|it| it.path.ends_with("/details") && it.status.is_some() && after(it.at))
    });
    std::thread::sleep(Duration::from_millis(200));
}

#[test]
fn the_time_limit_holds_although_nobody_reads() {
    let shop = talkative(120);
    let mut child = deploying(&shop, &["--time-limit", "6s"]).spawn().expect("it starts");
    assert_eq!(end(&mut child).code(), Some(3));
    let (out, error) = (rest(child.stdout.take()), rest(child.stderr.take()));
    assert!(out.len() > 60_000, "it had told more than a pipe holds: {}", out.len());
    assert!(error.contains("standard output was not read to its end"), "{error}");
}

#[test]
fn signals_are_heard_although_nobody_reads() {
    for (how, code) in [("leave", 3), ("cancel", 5)] {
        let shop = talkative(120);
        let mut child = deploying(&shop, &["--on-interrupt", how]).spawn().expect("it starts");
        told_much(&shop);
        signal("TERM", &child);
        assert_eq!(end(&mut child).code(), Some(code), "{how}");
        assert!(rest(child.stdout.take()).len() > 60_000, "it had told more than a pipe holds");
    }
}

#[test]
fn the_result_reaches_its_reader_although_nobody_reads_the_words() {
    let shop = talkative(120);
    let mut child = deploying(&shop, &["--time-limit", "6s", "--json"]).spawn().expect("it starts");
    let out = rest(child.stdout.take());
    assert_eq!(end(&mut child).code(), Some(3));
    let result: Value = serde_json::from_str(&out).expect("one whole document");
    assert_eq!(result["actions"][0]["deployments"][0]["state"], "out-of-time", "{result}");
    assert!(rest(child.stderr.take()).len() > 60_000, "it had told more than a pipe holds");
}

#[test]
fn a_slow_reader_gets_every_line_once() {
    let shop = talkative(1);
    let mut child = deploying(&shop, &[]).stderr(Stdio::null()).spawn().expect("it starts");
    let mut out = child.stdout.take().expect("a pipe");
    let (mut text, mut portion) = (Vec::new(), vec![0; 2048]);
    loop {
        std::thread::sleep(Duration::from_millis(10));
        match out.read(&mut portion).expect("it can be read") {
            0 => break,
            count => text.extend_from_slice(&portion[..count]),
        }
    }
    assert_eq!(end(&mut child).code(), Some(0));
    let text = String::from_utf8(text).expect("text");
    let lines: Vec<_> = text.lines().filter_map(|it| it.split_once("| line ")?.1.get(..5)).collect();
    let expected: Vec<_> = (0..LINES).map(|it| format!("{it:05}")).collect();
    assert_eq!(lines, expected);
    assert!(text.ends_with("promenade: passed (exit code 0)\n"), "{}", &text[text.len() - 200..]);
}

#[test]
fn both_streams_in_one_place_keep_their_order() {
    let shop = Shop::new();
    let mut command = scrubbed("sh");
    let line = "\"$0\" deploy --project 'Web Shop' --version 1.4.6 --to Development --verbose >both 2>&1";
    command.args(["-c", line, PROGRAM]).current_dir(shop.folder.path());
    command.env("OCTOPUS_URL", shop.sandbox.url()).env("OCTOPUS_API_KEY", shop.sandbox.api_key());
    let status = command.env("OCTOPUS_SPACE", shop.sandbox.space()).status().expect("a shell starts");
    assert_eq!(status.code(), Some(0));
    let both = std::fs::read_to_string(shop.folder.path().join("both")).expect("a file");
    let place = |words: &str| both.find(words).unwrap_or_else(|| panic!("{words} in {both}"));
    // The request that finds the release is traced on the other stream, and comes before what it found is told.
    assert!(place("promenade::octopus") < place("deploy: Development:"), "{both}");
    assert!(both.ends_with("(exit code 0)\n"), "{both}");
}

#[test]
fn ignored_signals_stay_ignored() {
    let shop = talkative(3);
    let mut command = scrubbed("sh");
    let line =
        "trap '' INT HUP; exec \"$0\" deploy --project 'Web Shop' --version 1.4.6 --to Development --again";
    command.args(["-c", line, PROGRAM]).current_dir(shop.folder.path()).stdout(Stdio::piped());
    command.env("OCTOPUS_URL", shop.sandbox.url()).env("OCTOPUS_API_KEY", shop.sandbox.api_key());
    let mut child = command.env("OCTOPUS_SPACE", shop.sandbox.space()).spawn().expect("a shell starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
    assert!(lines.any(|it| it.contains("Development: deploying")), "it begins");
    for name in ["INT", "HUP", "INT", "HUP"] {
        signal(name, &child);
    }
    let last = lines.last().expect("a last line");
    assert_eq!((end(&mut child).code(), last.as_str()), (Some(0), "promenade: passed (exit code 0)"));
}

#[test]
fn a_signal_that_is_not_ignored_is_heard_beside_those_that_are() {
    let shop = talkative(120);
    let mut command = scrubbed("sh");
    let line =
        "trap '' INT; exec \"$0\" deploy --project 'Web Shop' --version 1.4.6 --to Development --again";
    command.args(["-c", line, PROGRAM]).current_dir(shop.folder.path()).stdout(Stdio::piped());
    command.env("OCTOPUS_URL", shop.sandbox.url()).env("OCTOPUS_API_KEY", shop.sandbox.api_key());
    let mut child = command.env("OCTOPUS_SPACE", shop.sandbox.space()).spawn().expect("a shell starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
    assert!(lines.any(|it| it.contains("Development: deploying")), "it begins");
    signal("HUP", &child);
    assert!(lines.last().is_some_and(|it| it.contains("(exit code 3)")));
    assert_eq!(end(&mut child).code(), Some(3));
}

#[test]
fn a_take_over_is_told_at_every_level() {
    let shop = Shop::slow();
    let settings =
        |more: &str| format!("[deploy]\nversion = \"1.4.6\"\nto = [\"Development\"]\nwait = false\n{more}");
    shop.handle("Web Shop", &settings("again = true"), &build("1")).passes();
    let taken = ["deploy: Development: taken over, since it has not finished yet (ServerTasks-"];
    shop.handle("Web Shop", &settings("log = false"), &build("1")).passes().says(&taken);
    let mut quiet = shop.handling("Web Shop", &settings(""), &build("1"));
    quiet.arg("--quiet");
    Ran::of(quiet).passes().says(&taken);
    let mut json = shop.handling("Web Shop", &settings("log = false"), &build("1"));
    json.args(["--quiet", "--json"]);
    let json = Ran::of(json).passes().says(&taken);
    let result: Value = serde_json::from_str(&json.out).expect("one document");
    assert_eq!(result["actions"][0]["deployments"][0]["adopted"], "unfinished");
}

/// A world that says `words` in the log of a deployment.
fn saying(words: &str) -> Shop {
    Shop::changed(|seed| {
        project(seed, "Web Shop")["steps"] = json!([
            { "name": "Deploy web", "packages": [{ "id": "Shop.Web" }], "seconds": 10, "log": [words] },
        ]);
        project(seed, "Web Shop")["promptedVariables"] = json!([{ "name": "Approver" }]);
    })
}

#[test]
fn a_secret_that_a_console_wrapped_or_coloured_is_hidden() {
    const SECRET: &str = "tok-5QW8ZXK2VNB7JHGF3DLS";
    for between in ["\n", "\r\n", "\n    ", "\u{1b}[01;31m", "\0", "\r", "\u{200b}"] {
        let words = format!("before\nvalue {}{between}{} behind\nafter", &SECRET[..15], &SECRET[15..]);
        let shop = saying(&words);
        let told = |secret: &str| {
            let mut command = deploying(&shop, &["--variable-env", "Approver=TOKEN"]);
            command.env("TOKEN", secret).stdout(Stdio::piped());
            Ran::of(command)
        };
        let open = told("another-secret");
        assert!(open.out.contains(&SECRET[..15]) && open.out.contains(&SECRET[15..]), "{open}");
        let closed = told(SECRET);
        assert!(!closed.out.contains(&SECRET[..15]) && !closed.out.contains(&SECRET[15..]), "{closed}");
        closed.says(&["| before\n", "| value *** behind\n", "| after\n"]);
    }
}

#[test]
fn a_large_secret_costs_little_memory() {
    let folder = Folder::new();
    let line = |it: usize| format!("{it:05}{}\n", "aB3/+x".repeat(9));
    let key: String = (0..1000).map(line).collect();
    folder.write("key", &key);
    folder.write(
        "p.toml",
        "[connection]\nurl = \"http://127.0.0.1:9\"\nproject = \"Shop\"\napi-key = { file = \"key\" }\n\
         [deploy]\nto = [\"Test\"]\nversion = \"1\"\n",
    );
    let mut command = scrubbed("sh");
    // Room for the stacks and pools of threads, which are mostly not used; a gigabyte does not fit.
    let line = "ulimit -v 700000; exec \"$0\" check --offline --config p.toml";
    command.args(["-c", line, PROGRAM]).current_dir(folder.path());
    Ran::of(command).passes();
}

#[test]
fn invisible_characters_are_shown() {
    let shop = Shop::new();
    for sign in ['\u{200b}', '\u{2060}', '\u{ad}', '\u{feff}', '\u{180e}', '\u{e0041}', '\u{fe0f}'] {
        let place = format!("Develop{sign}ment");
        let ran = shop.run(&["deploy", "--project", "Web Shop", "--version", "1.4.6", "--to", &place]);
        let shown = format!("Develop\\u{{{:x}}}ment", u32::from(sign));
        ran.never_says(&place).says(&[&shown]);
    }
}

#[test]
fn a_sandbox_tells_its_own_key_whatever_the_environment_calls_secret() {
    let mut command = scrubbed(PROGRAM);
    command.args(["sandbox", "--listen", "127.0.0.1:0", "--json"]).stdout(Stdio::piped());
    let key = "API-SANDBOXSANDBOXSANDBOXSANDBO";
    let mut child = command.env("OCTOPUS_API_KEY", key).spawn().expect("it starts");
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
    signal("TERM", &child);
    assert_eq!(end(&mut child).code(), Some(0));
    let told: Value = serde_json::from_str(&line).expect("one document");
    assert_eq!(told["apiKey"], Sandbox::start(&[]).api_key.as_str(), "{line}");
    assert_eq!(told["apiKey"], key);
}

#[test]
fn a_sandbox_names_every_problem_of_its_seed() {
    let folder = Folder::new();
    folder.write(
        "bad.json",
        json!({ "users": [{ "username": 1, "permissions": [] }],
            "spaces": [{ "name": "One", "colour": "red" }, { "environments": [] }] })
        .to_string(),
    );
    let told = folder.run(&["sandbox", "--seed", "bad.json"]);
    assert_eq!(told.code, 2, "{}", told.all());
    let lines: Vec<_> = told.stderr.lines().collect();
    for place in ["users[0]", "spaces[0]", "spaces[1]"] {
        let named = lines.iter().any(|it| it.starts_with(&format!("promenade: bad.json: {place}")));
        assert!(named, "{place}: {}", told.stderr);
    }
    folder.write("bad.json", "{");
    let told = folder.run(&["sandbox", "--seed", "bad.json"]);
    assert!(told.code == 2 && told.stderr.starts_with("promenade: bad.json: "), "{}", told.all());
}

/// What settings name and nobody here needs.
struct Nothing;

impl RunContext for Nothing {
    fn redacted(&self, text: &str) -> String {
        text.to_owned()
    }

    fn is_unreadable(&self, _: &str) -> bool {
        false
    }
}

impl Files for Nothing {
    fn text(&self, _: &std::path::Path) -> Result<String, SourceError> {
        Err(SourceError::new("there is no file", "make it"))
    }
}

impl Sources for Nothing {
    fn secret(&self, _: &promenade::model::SecretSource) -> Result<secrecy::SecretString, SourceError> {
        Ok("nothing".to_owned().into())
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
}

#[test]
fn a_panic_in_an_action_ends_it_undecided_or_without_an_answer_and_names_what_goes_on() {
    for (at, verdict, deployments) in
        [("deployment", RunVerdict::Undecided, 1), ("line", RunVerdict::NoAnswer, 0)]
    {
        let shop = Shop::slow();
        let settings = "[connection]\nurl = \"http://o\"\nproject = \"Web Shop\"\napi-key = { env = \"K\" }\n\
            [deploy]\nversion = \"1.4.6\"\nto = [\"Development\"]\nagain = true\n\
            [[promote]]\nfrom = \"Test\"\nto = [\"Production\"]\n";
        let event = r#"{"event":"build-completed","status":"successful","build":{"id":"1"}}"#;
        let settings = Document::parse(settings.as_bytes(), "p.toml").expect("TOML");
        let settings = Settings::load(&settings, &Default::default()).expect("settings");
        let event = BuildEvent::parse(event.as_bytes(), "e.json").expect("an event");
        let plan =
            plan::plan(&settings, Occasion::Event(&event), &Default::default(), &Nothing).expect("a plan");
        let panicked = AtomicBool::new(false);
        let listener = |event: &RunEvent<'_>| {
            let is_it = match event {
                RunEvent::Notice { notice: Notice::State { .. }, .. } => at == "deployment",
                RunEvent::Notice { .. } => at == "line",
                _ => false,
            };
            assert!(!is_it || panicked.swap(true, Ordering::SeqCst), "planted");
        };
        let result = runtime().block_on(async {
            let key = Credential::ApiKey(shop.sandbox.api_key().to_owned().into());
            let mut connection = Connection::new(shop.sandbox.url(), key).expect("a URL");
            connection.endpoint.proxy = Proxy::None;
            let client = Client::new(connection).expect("a client");
            let backend = Backend::new(client, None, PATIENCE);
            let run_with = Run {
                backend: &backend,
                project: &ProjectName::new("Web Shop"),
                build: None,
                stop: &Stop::never(),
                warnings_exit: 0,
                listener: &listener,
            };
            run(&plan, run_with).await
        });
        assert_eq!((result.verdict, result.exit_code), (verdict, verdict.exit_code()), "{result:?}");
        let [deploy, promote] = result.actions.as_slice() else { panic!("{result:?}") };
        assert_eq!(deploy.verdict, Some(verdict));
        assert!(deploy.error.as_ref().is_some_and(|it| it.message.contains("a bug")), "{deploy:?}");
        let goes_on: Vec<_> = deploy.deployments.iter().map(|it| it.state).collect();
        assert_eq!(goes_on, vec![DeploymentState::NotAwaited; deployments], "{deploy:?}");
        assert_eq!(promote.reason.as_deref(), Some("an action before it failed"));
    }
}
