//! Text of other people in the log of every CI server: it gives none of them an order, and no secret is in anything
//! that is left for one.
//!
//! What a server would obey is read by a grammar that knows nothing of promenade (`tests/support/grammar.rs`), and that
//! is first shown to find what was planted.

mod attack;
mod meant;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use promenade::ci::report::result::RunResult;
use serde_json::{Value, json};

use crate::support::folder::Folder;
use crate::support::grammar::left::{dotenv, exported, more_than_words, outputs};
use crate::support::grammar::{Order, lines, orders, steering};
use crate::support::left_out;
use crate::support::servers::{at_home, variables};
use crate::support::shop::{Ran, Shop, with};
use attack::{KEY, LOG, NAME, PLANTED};

/// The names of the output values.
const VALUES: [&str; 7] =
    ["deployment-ids", "environments", "exit-code", "release-url", "release-version", "task-ids", "verdict"];

/// Stands where Buildkite's agent would, and writes down what it is told and what it could read.
const AGENT: &str = "#!/bin/sh\nn=$(ls agent | wc -l)\nenv >\"agent/$n.env\"\n\
    printf '%s\\n' \"$@\" >\"agent/$n.arguments\"\ncat >\"agent/$n.input\"\n";

/// How a story ends.
#[derive(Debug, Clone, Copy)]
enum End {
    Passes,
    Fails,
    NeedsSomebody,
}

/// A world in which everybody's words are orders.
fn world() -> Value {
    let name = |what: &str| format!("{what} {NAME}");
    let steps = json!([{ "name": name("Step"), "seconds": 5, "log": [LOG, "x".repeat(5000)] }]);
    let with = |step: Value| {
        let mut steps = steps.as_array().cloned().unwrap_or_default();
        steps.push(step);
        Value::from(steps)
    };
    json!({
        "users": [{ "username": "ci", "apiKeys": [KEY], "teams": [], "permissions": [{ "permission": "*" }] }],
        "spaces": [{
            "name": "Default", "default": true,
            "environments": [{ "name": name("Test") }],
            "lifecycles": [{ "name": "All", "phases": [{ "name": name("One"), "environments": [name("Test")] }] }],
            "tenants": [{ "name": name("Acme"), "projects": { name("Passes"): [name("Test")] } }],
            "projects": [
                { "name": name("Passes"), "lifecycle": "All", "mode": "tenanted",
                  "steps": with(json!({ "name": name("Warn"), "seconds": 5, "outcome": "warning", "error": LOG })) },
                { "name": name("Fails"), "lifecycle": "All",
                  "steps": with(json!({ "name": name("Fail"), "seconds": 5, "outcome": "fail", "error": LOG })) },
                { "name": name("NeedsSomebody"), "lifecycle": "All",
                  "steps": with(json!({ "name": name("Ask"), "kind": "manualIntervention", "instructions": LOG })) },
            ],
        }],
    })
}

/// A run at a server, and everything that it left.
struct Story {
    shop: Shop,
    ran: Ran,
}

impl Story {
    fn told(server: &str, end: End, arguments: &[&str]) -> Self {
        let shop = Shop::changed(|seed| *seed = world());
        let plain = |text: String| toml::Value::String(text).to_string();
        // As people write these two signs in settings where expressions may stand.
        let text = |text: String| plain(text.replace('%', "%%").replace('$', "$$"));
        let tenants = if matches!(end, End::Passes) { text(format!("Acme {NAME}")) } else { String::new() };
        let settings = format!(
            "[connection]\nproject = {}\n[create]\nnotes = {}\n[deploy]\nto = [{}]\ntenants = [{tenants}]\nnotes = {}\n\
             when-person-needed = \"fail\"\n",
            plain(format!("{end:?} {NAME}")),
            text(LOG.to_owned()),
            text(format!("Test {NAME}")),
            text(LOG.to_owned()),
        );
        shop.write("p.toml", &settings.replace("tenants = []\n", ""));
        let always = ["handle", "--config", "p.toml", "--status", "successful"];
        let files = ["--outputs-file", "values", "--summary-file", "page.md"];
        let command = shop.command(&[&always[..], &files, arguments].concat());
        let ran = Ran::of(at(command, server, shop.folder.path()));
        let code = if matches!(end, End::Passes) { 0 } else { 1 };
        Self { shop, ran: ran.ends(code) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.shop.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Everything that was written, by the name of its file; what people wrote themselves is left out.
    fn files(&self) -> Vec<(String, String)> {
        let mut files = Vec::new();
        for folder in [self.path(""), self.path("agent")] {
            for entry in std::fs::read_dir(folder).expect("the folder is there") {
                let path = entry.expect("an entry").path();
                let name = path.file_name().and_then(|it| it.to_str()).expect("a plain name").to_owned();
                let own =
                    ["p.toml", "buildkite-agent", "teamcity.build.properties", "teamcity.config.parameters"];
                if path.is_file() && !own.contains(&name.as_str()) {
                    files.push((name, std::fs::read_to_string(&path).expect("text")));
                }
            }
        }
        files
    }

    /// The pages that the server would show.
    fn pages(&self) -> Vec<String> {
        let page =
            |name: &str, text: &str| name.ends_with(".md") || name == "summary" || text.starts_with("### ");
        self.files().into_iter().filter(|(name, text)| page(name, text)).map(|it| it.1).collect()
    }
}

/// The command as a step of a server, in whose folder everything lands.
fn at(mut command: Command, server: &str, folder: &Path) -> Command {
    at_home(&mut command, server, folder);
    let agent = folder.join("buildkite-agent");
    std::fs::write(&agent, AGENT).expect("the folder can be written");
    std::fs::set_permissions(&agent, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    std::fs::create_dir_all(folder.join("agent")).expect("the folder can be written");
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", folder.display()));
    command.env("AGENT_TEMPDIRECTORY", folder).env("BASH_ENV", folder.join("bash-env"));
    command.env("GITHUB_OUTPUT", folder.join("output")).env("GITHUB_STEP_SUMMARY", folder.join("summary"));
    command
}

/// Nobody but promenade speaks in this story.
fn assert_only_ours(server: &str, story: &Story, what: &str) {
    let log = story.ran.to_string();
    let what = format!("{server}, {what}");
    assert!(steering(server, &log).is_empty(), "{what}: {log}");
    let orders = orders(server, &log);
    for order in &orders {
        assert!(meant::is_ours(server, order, story.shop.folder.path()), "{what}: {order:?}\n{log}");
    }
    assert_eq!(meant::opened(server, &orders), meant::opens(server), "{what}: {orders:?}\n{log}");
    for (stream, text) in [("stdout", &story.ran.out), ("stderr", &story.ran.err)] {
        if text.starts_with('{') {
            let result: RunResult = serde_json::from_str(text).expect("one document");
            assert_eq!(result.actions.len(), 2, "{what}");
        } else {
            let foreign = |line: &&String| !meant::begins_in_our_words(server, line);
            let found = lines(text).into_iter().find(|it| foreign(&it));
            assert_eq!(found, None, "{what}, {stream}: it begins in foreign words:\n{text}");
        }
    }
    let pages = story.pages();
    assert_eq!(pages.len(), if meant::has_page(server) { 2 } else { 1 }, "{what}: {pages:?}");
    for page in pages {
        assert_eq!(more_than_words(&page, story.shop.sandbox.url()), [""; 0], "{what}");
    }
    assert_values(server, story, &what);
}

/// The values are promenade's, each once, and hold what they should.
fn assert_values(server: &str, story: &Story, what: &str) {
    let variable = |name: &str| format!("PROMENADE_{}", name.to_uppercase().replace('-', "_"));
    let named: Vec<_> = VALUES.iter().map(|it| variable(it)).collect();
    let text = story.text("values");
    assert_eq!(dotenv(&text).into_keys().collect::<Vec<_>>(), named, "{what}: {text}");
    assert_eq!(text.lines().count(), named.len(), "{what}: {text}");
    let check = |environments: &str| {
        let read: Value =
            serde_json::from_str(environments).unwrap_or_else(|e| panic!("{what}: {e}: {environments}"));
        assert!(read.is_object(), "{what}: {environments}");
    };
    if meant::has_own_outputs(server) {
        let values = outputs(&story.text("output"));
        assert_eq!(values.keys().collect::<Vec<_>>(), VALUES.iter().collect::<Vec<_>>(), "{what}");
        check(&values["environments"]);
    }
    if server == "circleci" {
        match exported(&story.path("bash-env")) {
            Some(variables) => {
                let ours: Vec<_> =
                    variables.keys().filter(|it| it.starts_with("PROMENADE_")).cloned().collect();
                assert_eq!(ours, named, "{what}");
                check(&variables["PROMENADE_ENVIRONMENTS"]);
                assert!(!story.path("owned").exists(), "{what}: a value was carried out");
            }
            None => left_out("a shell reads the values", "there is no bash"),
        }
    }
    if server == "buildkite" {
        let calls: Vec<_> =
            story.files().into_iter().filter(|(name, _)| name.ends_with(".arguments")).collect();
        for (_, arguments) in &calls {
            assert!(meant::is_agents(arguments), "{what}: {arguments}");
        }
        assert!(calls.len() >= 7, "{what}: {calls:?}");
    } else {
        assert!(!story.path("agent/0.env").exists(), "{what}: another server's program was run");
    }
}

/// The key is nowhere but where the server is told of it, so often.
fn assert_silent(server: &str, story: &Story, masks: usize, what: &str) {
    let log = story.ran.to_string();
    let told = orders(server, &log).into_iter().filter(|it| meant::masks(server, it)).count();
    let by_agent =
        story.files().into_iter().filter(|(name, text)| name.ends_with(".input") && text == KEY).count();
    assert_eq!(told + by_agent, masks, "{server}, {what}: {log}");
    let rest: Vec<_> = log.lines().filter(|it| !meant::mask_lines().contains(&(*it).to_owned())).collect();
    assert!(!rest.join("\n").contains(KEY), "{server}, {what}: {log}");
    for (name, text) in story.files() {
        let stdin = name.ends_with(".input") && text == KEY;
        assert!(stdin || !text.contains(KEY), "{server}, {what}, {name}: {text}");
    }
}

fn at_a_server(server: &str) {
    let found: Vec<_> = orders(server, PLANTED).into_iter().map(|it| it.name).collect();
    for planted in meant::planted(server) {
        assert!(
            found.contains(&(*planted).to_owned()),
            "{server}: {planted} would not be found, but {found:?}"
        );
    }
    assert!(!steering(server, PLANTED).is_empty(), "{server}");
    assert!(lines(PLANTED).iter().any(|it| !meant::begins_in_our_words(server, it)), "{server}");
    let masks = usize::from(meant::learns_secrets(server));
    for (end, arguments, masks) in [
        (End::Passes, &[][..], masks),
        (End::Fails, &[], masks),
        (End::Passes, &["--json"], masks),
        (End::Fails, &["--json", "--no-register-secrets"], 0),
        (End::NeedsSomebody, &["--no-register-secrets"], 0),
    ] {
        let story = Story::told(server, end, arguments);
        let what = format!("{end:?} {arguments:?}");
        assert_only_ours(server, &story, &what);
        assert_silent(server, &story, masks, &what);
        assert!(story.ran.to_string().contains("owned"), "{server}: the words are told all the same");
    }
}

/// A test for each server.
macro_rules! obeys_nobody_else {
    ($($server:ident)*) => {
        const SERVERS: [&str; 16] = [$(stringify!($server)),*];
        $(
        #[test]
        fn $server() {
            at_a_server(stringify!($server));
        }
        )*
    };
}

obeys_nobody_else! {
    azure bamboo bitbucket buildbot buildkite circleci continua drone forgejo gitea github gitlab jenkins shell teamcity
    woodpecker
}

#[test]
fn an_environment_gives_no_order() {
    let hostile = format!(" {}", NAME.replace('\n', " ")) + "##[error]x";
    for server in SERVERS {
        for arguments in [&["event", "--ci", server][..], &["event", "--json", "--ci", server]] {
            let folder = Folder::new();
            let mut command = folder.program(arguments);
            for (name, value) in variables(server, folder.path()) {
                command.env(name, value + &hostile);
            }
            command.env(format!("ContinuaCI.Variable.{hostile}").replace('=', ""), "x");
            let ran = Ran::of(command);
            let log = ran.to_string();
            assert!(log.contains("owned"), "{server}: its words are told: {log}");
            assert!(steering(server, &log).is_empty(), "{server}: {log}");
            let foreign = |it: &Order| !meant::is_ours(server, it, folder.path());
            assert_eq!(orders(server, &log).into_iter().find(foreign), None, "{server}: {log}");
            if arguments.contains(&"--json") {
                serde_json::from_str::<Value>(&ran.out).expect("one document");
            }
        }
    }
}

#[test]
fn a_file_may_be_called_as_an_order_is_spelt() {
    for (server, name, wanted) in [
        ("github", "::warning::x", "error"),
        ("buildkite", "--- x", "^^^"),
        ("azure", "##[error]x", "task.logissue"),
    ] {
        assert!(!orders(server, &format!("{name}:1:1: no")).is_empty(), "{server}: it would be found");
        let shop = Shop::new();
        shop.write(name, "x = 1\n");
        shop.write("p.toml", "[connection]\nproject = \"Shop\"\n");
        for (config, event) in [(name, "e.json"), ("p.toml", name)] {
            shop.write("e.json", "{}");
            let (config, event) = (format!("--config={config}"), format!("--event={event}"));
            let command = shop.command(&["handle", &config, &event]);
            let ran = Ran::of(with(at(command, server, shop.folder.path()), "NO_COLOR", "1")).ends(2);
            let log = ran.to_string();
            let found: Vec<_> = orders(server, &log).into_iter().map(|it| it.name).collect();
            let azures = ["[error]", "task.setvariable", "task.uploadsummary"];
            let ours = |it: &String| it == wanted || azures.contains(&it.as_str());
            assert!(!found.is_empty() && found.iter().all(ours), "{server}: {found:?}: {log}");
        }
    }
}

#[test]
fn what_is_planted_in_files_would_be_found() {
    let planted = outputs("verdict<<x\npassed\nx\nowned=1\nmore<<y\nz\ny\n");
    assert_eq!(planted.keys().collect::<Vec<_>>(), ["more", "owned", "verdict"]);
    assert_eq!(steering("github", "\u{1b}[2Ja\u{1b}[31mb\u{2028}\r"), ['\u{1b}', '\u{2028}', '\r']);
    for page in [
        "| <b>x</b> | | | | |",
        "| [x](<https://evil.example/>) | | | | |",
        "| [x](https://octo/y) | | | | |",
        "| https://evil.example | | | | |",
        "| www.evil.example | | | | |",
        "| a | b | | | | |",
        "| *a* | | | | |",
        "# a",
        "| `a` | | | | |",
    ] {
        assert_ne!(more_than_words(page, "https://octo"), [""; 0], "{page}");
    }
    let fine = "### promenade: failed\n\n| a\\|b | [1\\]](<https://octo/x>) | | | |\n- **x**: y \\* \\<\n";
    assert_eq!(more_than_words(fine, "https://octo"), [""; 0]);
}
