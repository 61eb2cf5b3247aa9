//! The same run in the log of each CI server: groups, a warning, a failure, output values and a summary.
//!
//! What is compared was read once by a person, line by line. `INSTA_UPDATE=always` takes over what is said now; then it
//! is to be read again.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use regex::Regex;
use serde_json::{Value, json};

use crate::support::servers::at_home;
use crate::support::shop::{Ran, Shop, with};

const SETTINGS: &str = r#"
[connection]
project = "Golden Shop"
[create]
version = "2.1.0"
notes = "100 %% ready: 'all' [of] it"
[deploy]
to = ["Development"]
[[promote]]
from = "Development"
to = ["Test"]
"#;

/// A project that warns in Development and fails in Test, faster than anybody looks.
fn golden(seed: &mut Value) {
    let projects = seed["spaces"][0]["projects"].as_array_mut().expect("projects");
    projects.push(json!({
        "name": "Golden Shop",
        "lifecycle": "Standard",
        "steps": [
            { "name": "Migrate", "seconds": 1, "log": ["100% of [tables]; it's done"],
              "environments": ["Development"], "outcome": "warning", "error": "The disk is 91% full" },
            { "name": "Deploy", "seconds": 1, "environments": ["Test"], "outcome": "fail",
              "error": "The site did not answer on port 443" },
        ],
    }));
}

/// Stands where Buildkite's agent would, and writes down what it is told.
const AGENT: &str = "#!/bin/sh\nprintf '$ buildkite-agent %s\\n' \"$*\" >>agent\ncat >>agent\necho >>agent\n";

/// What a server's log and files held, with everything that differs from run to run taken out.
fn log_of(server: &str, files: &[&str]) -> String {
    let shop = Shop::changed(golden);
    let folder = shop.folder.path();
    shop.write("promenade.toml", SETTINGS);
    shop.write("buildkite-agent", AGENT);
    let agent = folder.join("buildkite-agent");
    std::fs::set_permissions(&agent, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let mut command = shop.command(&["handle", "--config", "promenade.toml", "--status", "successful"]);
    at_home(&mut command, server, folder);
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", folder.display()));
    command.env("AGENT_TEMPDIRECTORY", folder).env("BASH_ENV", "bash-env");
    command.env("GITHUB_OUTPUT", "output").env("GITHUB_STEP_SUMMARY", "summary");
    if files.contains(&"values.env") {
        command.args(["--outputs-file", "values.env"]);
    }
    let ran = Ran::of(command).ends(1);
    assert_eq!(ran.err, "", "one log, in order");
    let mut whole = ran.out.clone();
    for file in files {
        let _ = write!(whole, "\n=== {file}\n{}", text(folder, file));
    }
    neutral(&whole, &shop)
}

/// A file of the run's folder; the summary's name may hold the run's own word.
fn text(folder: &std::path::Path, file: &str) -> String {
    let all = std::fs::read_dir(folder).expect("the folder is there");
    let names = all.map(|it| it.expect("an entry").path());
    let found = names
        .filter(|it| {
            it.file_name().is_some_and(|name| name == file) || it.extension().is_some_and(|it| it == "md")
        })
        .find(|it| file == "summary" || it.ends_with(file));
    let path = found.unwrap_or_else(|| panic!("{file} was not written"));
    std::fs::read_to_string(path).expect("text")
}

fn neutral(text: &str, shop: &Shop) -> String {
    let mut text = text.replace(shop.sandbox.url(), "https://octopus.example");
    text = text.replace(shop.sandbox.api_key(), "API-KEY");
    text = text.replace(&shop.folder.path().display().to_string(), "FOLDER");
    for (pattern, instead) in [
        ("[0-9a-f]{32}", "RUN"),
        (r"\b\d+\.\d s\b", "0.1 s"),
        (r"(section_(?:start|end)):\d+:", "$1:TIME:"),
        ("\u{1b}", "␛"),
        ("\r", "␍"),
    ] {
        text = Regex::new(pattern).expect("a pattern").replace_all(&text, instead).into_owned();
    }
    text
}

/// A test for each server, with the files that it is left.
macro_rules! reads_well {
    ($($server:ident: $files:expr;)*) => { $(
        #[test]
        fn $server() {
            let server = stringify!($server);
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path("../data/ci-servers/logs");
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.bind(|| insta::assert_snapshot!(server, log_of(server, &$files)));
        }
    )* };
}

reads_well! {
    azure: ["summary"];
    bamboo: ["values.env"];
    bitbucket: ["values.env"];
    buildbot: ["values.env"];
    buildkite: ["agent"];
    circleci: ["bash-env"];
    continua: [];
    drone: ["values.env"];
    forgejo: ["output", "summary"];
    gitea: ["output", "summary"];
    github: ["output", "summary"];
    gitlab: ["values.env"];
    jenkins: ["values.env"];
    shell: ["values.env"];
    teamcity: [];
    woodpecker: ["values.env"];
}

#[test]
fn what_cannot_be_left_for_the_server_is_told_and_fails_nothing() {
    let shop = Shop::new();
    let arguments = [
        "deploy",
        "--project",
        "Web Shop",
        "--to",
        "Development",
        "--outputs-file",
        "no/such/folder/values.env",
    ];
    let mut command = shop.command(&arguments);
    at_home(&mut command, "github", shop.folder.path());
    let ran = Ran::of(with(command, "GITHUB_OUTPUT", "no/such/folder/output")).passes();
    let words = "::warning::promenade: warning: no/such/folder/values.env cannot be written: ";
    ran.says(&[words, "::warning::promenade: warning: no/such/folder/output cannot be written: "]);
    // Buildkite's agent is not on every machine that sets its variables.
    let mut command = shop.command(&arguments[..5]);
    at_home(&mut command, "buildkite", shop.folder.path());
    Ran::of(command).passes().says(&["`buildkite-agent redactor` could not be started: "]);
}

#[test]
fn the_servers_own_program_sees_no_secret_of_ours_and_all_that_it_needs() {
    let shop = Shop::new();
    let folder = shop.folder.path();
    shop.write("buildkite-agent", "#!/bin/sh\nenv >>agent-environment\ncat >/dev/null\n");
    let agent = folder.join("buildkite-agent");
    std::fs::set_permissions(&agent, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let mut command = shop.bare(&["deploy", "--project", "Web Shop", "--to", "Development"]);
    command.args(["--url", shop.sandbox.url(), "--space", shop.sandbox.space(), "--api-key-env", "MY_KEY"]);
    at_home(&mut command, "buildkite", folder);
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", folder.display())).env("MY_KEY", shop.sandbox.api_key());
    command.env("BUILDKITE_AGENT_ACCESS_TOKEN", "agents-own-token");
    command.env("HTTPS_PROXY", "http://ann:hunter22@proxy.example:3128");
    Ran::of(command).passes().never_says(shop.sandbox.api_key());
    let seen = text(folder, "agent-environment");
    assert!(seen.contains("BUILDKITE_JOB_ID="), "the agent was asked: {seen}");
    assert!(!seen.contains(shop.sandbox.api_key()) && !seen.contains("MY_KEY"), "{seen}");
    for needed in ["BUILDKITE_AGENT_ACCESS_TOKEN=agents-own-token", "HTTPS_PROXY=http://ann:hunter22@"] {
        assert!(seen.contains(needed), "{needed} in {seen}");
    }
}
