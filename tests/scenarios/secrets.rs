//! Keys, planted everywhere and searched for in everything that leaves the program.
//!
//! No switch turns redaction off, not even for tests: it could be turned by somebody else. Each search is first
//! shown to find what it searches for in a run of the same story to which the planted keys are no secrets, since it
//! was given others; there they are somebody's words like all others, and must be found in every output.

use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::support::folder::{Folder, Told};
use crate::support::hearsay::{Answer, Hearsay};
use crate::support::left_out;
use crate::support::program::{PROGRAM, Sandbox, scrubbed};

/// The planted secrets, one for each way into the program. They hold signs that encodings change.
const API_KEY: &str = "API-PLANTED5QW8ZXK2VNB7JHGF3DLS";
const PROMPTED_BY_VARIABLE: &str = "prompted/variable?0xB1tt3r&sweet";
const PROMPTED_BY_FILE: &str = "prompted \"file\" \\ 9vKq+Zt7Lm\u{fc}";
const PROXY_PASSWORD: &str = "proxy:p4ss~Wj2!nR8cTb";
const ACCESS_TOKEN: &str = "eyJhbGciOiJub25lIn0.cGxhbnRlZA.uT5rVw8xYz";
const IDENTITY_TOKEN: &str = "eyJraWQiOiJjaSJ9.eyJzdWIiOiJidWlsZCJ9.Hq3LkPd0Xs";
const EXCHANGED_TOKEN: &str = "eyJ0eXAiOiJhdCJ9.eyJzY29wZSI6Im9jdG8ifQ.Mf6GyNb4Ro";

/// A key of the same server that is planted nowhere.
const OTHER_KEY: &str = "API-OTHEROTHEROTHEROTHEROTHEROT";

/// A secret as texts may carry it.
fn spellings(secret: &str) -> Vec<String> {
    let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let every_byte: String = secret.bytes().map(|it| format!("%{it:02x}")).collect();
    let every_unit: String = secret.encode_utf16().map(|it| format!("\\u{it:04X}")).collect();
    let mut all = vec![
        secret.to_owned(),
        percent.replace("%20", "+"),
        percent,
        every_byte,
        every_unit,
        json!(secret).to_string(),
        STANDARD.encode(secret),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
    ];
    for before in ["ann:", "user:", "apikey:"] {
        all.push(STANDARD.encode(format!("{before}{secret}@host")));
        all.push(URL_SAFE_NO_PAD.encode(format!("{before}{secret}@host")));
    }
    all
}

/// What a search looks for: pieces of each spelling, so that half a key is found as well. The ends of a spelling are
/// left out, as the neighbours share them in base64.
fn pieces(secret: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    for spelling in spellings(secret) {
        let letters: Vec<char> = spelling.chars().collect();
        let inner = &letters[..letters.len() - 3];
        // Behind what stands before the secret in the longer encoded texts, and may be read by anybody.
        let start = if spelling.starts_with(secret) { 0 } else { 12 };
        pieces.extend(inner[start..].chunks_exact(14).map(String::from_iter));
    }
    pieces
}

/// The first piece of each of these secrets that a text holds.
fn found<'a>(text: &str, secrets: &[&'a str]) -> Vec<(&'a str, String)> {
    let holds = |secret: &&'a str| {
        let piece = pieces(secret).into_iter().find(|it| text.contains(it.as_str()))?;
        Some((*secret, piece))
    };
    secrets.iter().filter_map(holds).collect()
}

fn assert_silent(told: &Told, secrets: &[&str], what: &str) {
    let leaked = found(&told.all(), secrets);
    assert!(leaked.is_empty(), "{what} tells {leaked:?}:\n{}", told.all());
}

/// A world whose names and logs are full of the secrets, and a story in it that ends with a person being needed.
fn world(secrets: &[&str]) -> String {
    let all = secrets.join(" ");
    let log: Vec<_> = secrets.iter().flat_map(|it| spellings(it)).collect();
    let environment = format!("Test {all}");
    json!({
        "users": [{ "username": "ci", "apiKeys": [API_KEY, OTHER_KEY], "teams": [], "permissions": [{ "permission": "*" }] }],
        "spaces": [{
            "name": "Default", "default": true,
            "environments": [{ "name": environment }],
            "lifecycles": [{ "name": "All", "phases": [{ "name": "One", "environments": [environment] }] }],
            "projects": [{
                "name": format!("Shop {all}"), "lifecycle": "All",
                "promptedVariables": [
                    { "name": "Token", "secure": true, "required": true },
                    { "name": "Other", "secure": true },
                ],
                "steps": [
                    { "name": format!("Step {all}"), "seconds": 20, "log": log },
                    { "name": format!("Ask {all}"), "kind": "manualIntervention", "instructions": format!("Look at {all}") },
                ],
            }],
        }],
    })
    .to_string()
}

/// The settings of the story; `connection` and `prompted` differ. What is sent names project and environment by id, as a
/// secret in a name is an error; the promotion, which never runs, is told of all the same.
fn settings(url: &str, secrets: &[&str], connection: &str, prompted: &str) -> String {
    let text = |text: String| toml::Value::String(text).to_string();
    let all = secrets.join(" ");
    let environment = text(format!("Test {all}"));
    format!(
        "[connection]\nurl = \"{url}\"\nproject = \"Projects-1\"\n{connection}\n\
         [create]\nnotes = {notes}\n\
         [[promote]]\nfrom = {environment}\nto = [\"Environments-1\"]\nwhen = {{ event = \"build-pending-promotion\" }}\n\
         [deploy]\nto = [\"Environments-1\"]\nnotes = {notes}\nwhen-person-needed = \"fail\"\ntime-limit = \"20s\"\n\
         [prompted-variables]\n{prompted}\n",
        notes = text(format!("Made with {all}")),
    )
}

const EVENT: &str = r#"{"event":"build-completed","status":"successful","build":{"id":"1"}}"#;

/// The commands whose outputs are searched; each tells the planted texts where they are no secrets.
const COMMANDS: [&[&str]; 8] = [
    &["handle", "--config", "p.toml", "--event", "e.json"],
    &["handle", "--config", "p.toml", "--event", "e.json", "--json"],
    &["handle", "--config", "p.toml", "--event", "e.json", "--quiet"],
    &["create", "--config", "p.toml", "--verbose"],
    &["plan", "--config", "p.toml", "--event", "e.json"],
    &["plan", "--config", "p.toml", "--event", "e.json", "--json"],
    &["check", "--config", "p.toml"],
    &["deploy", "--config", "p.toml", "--skip-step", "Nobody", "--version", "9.9.9"],
];

/// A certificate and its key for the client, as PEM.
fn certificate() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["client".to_owned()]).expect("a certificate");
    (made.cert.pem(), made.signing_key.serialize_pem())
}

/// The lines of a key that are worth planting.
fn inner_lines(key: &str) -> Vec<&str> {
    key.lines().filter(|it| it.len() > 30 && !it.starts_with("---")).collect()
}

#[test]
fn no_output_tells_a_secret_that_the_server_repeats_in_every_name_and_log() {
    let (certificate, key) = certificate();
    let mut secrets = vec![API_KEY, PROMPTED_BY_VARIABLE, PROMPTED_BY_FILE, PROXY_PASSWORD];
    secrets.extend(inner_lines(&key));
    let folder = Folder::new();
    folder.write("e.json", EVENT);
    folder.write("cert.pem", certificate);
    folder.write("key.pem", &key);
    folder.write("prompted", format!("{PROMPTED_BY_FILE}\n"));
    let seed = folder.write("seed.json", world(&secrets));
    let run = |arguments: &[&str], secret: bool| {
        // A server of its own for each, as one story's deployment stands in another's way.
        let sandbox =
            Sandbox::start(&["--time-scale", "100", "--seed", seed.to_str().expect("a plain path")]);
        let (connection, prompted) = if secret {
            (
                "api-key = { env = \"KEY\" }\nclient-certificate = { certificate = \"cert.pem\", key = { file = \"key.pem\" } }",
                "Token = { env = \"TOKEN\" }\nOther = { file = \"prompted\" }",
            )
        } else {
            ("api-key = { env = \"KEY\" }", "Token = \"plain\"")
        };
        folder.write("p.toml", settings(&sandbox.url, &secrets, connection, prompted));
        let mut command = folder.program(arguments);
        command.env("PROMENADE_LOG", "trace").env("KEY", if secret { API_KEY } else { OTHER_KEY });
        if secret {
            command.env("TOKEN", PROMPTED_BY_VARIABLE);
            let password = utf8_percent_encode(PROXY_PASSWORD, NON_ALPHANUMERIC);
            command.env("HTTPS_PROXY", format!("http://ann:{password}@127.0.0.1:9"));
        }
        Told::by(&mut command)
    };
    for arguments in COMMANDS {
        let open = run(arguments, false);
        let missed = secrets.len() - found(&open.all(), &secrets).len();
        assert_eq!(missed, 0, "the search finds every secret in {arguments:?}: {}", open.all());
        let closed = run(arguments, true);
        assert_silent(&closed, &secrets, &format!("{arguments:?}"));
        assert!(closed.all().contains("***"), "{arguments:?} tells masks: {}", closed.all());
        // What hides the secrets does not hide the story.
        assert_eq!(closed.code, open.code, "{arguments:?}\n{}\n{}", closed.all(), open.all());
    }
    let whole = run(COMMANDS[0], false);
    for spelling in secrets.iter().flat_map(|it| spellings(it)) {
        assert!(whole.stdout.contains(&spelling), "every spelling is in the log: {spelling}");
    }
    assert!(whole.stdout.contains("a person is needed"), "{}", whole.stdout);
    for target in ["hyper_util::", "promenade::octopus"] {
        assert!(whole.stderr.contains(target), "the log at trace level tells of {target}: {}", whole.stderr);
    }
    let json = run(COMMANDS[1], true);
    let result: Value = serde_json::from_str(&json.stdout).expect("masks leave JSON whole");
    assert_eq!(result["verdict"], "failed");
}

/// How the server of the next story answers.
const REPLIES: [&str; 7] = ["refusal", "trouble", "page", "false page", "text", "redirect", "not quite JSON"];

fn reply(kind: &str, words: &str) -> Answer {
    // Long enough to be cut where the secret stands again.
    let first = words.split(' ').next().unwrap_or_default();
    let padded = format!("{first} {} {words}", "x ".repeat((290 - first.len()) / 2));
    let page = format!("<html><head><title>{words}</title></head><body>{padded}</body></html>");
    let error =
        json!({ "ErrorMessage": padded, "Errors": [words, "Two\nlines"], "HelpText": words }).to_string();
    let (status, body) = match kind {
        "refusal" => (400, error),
        "trouble" => (503, error),
        "page" => (502, page),
        "false page" => (200, page),
        "text" => (403, padded),
        "redirect" => (302, String::new()),
        _ => (200, format!("{{\"Id\": \"{padded}")),
    };
    let location = format!("https://elsewhere.example/{}?key={words}", words.replace([' ', '"'], "/"));
    let headers = vec![("x-echo", words.to_owned()), ("location", location), ("retry-after", "0".to_owned())];
    Answer { status, headers, body }
}

/// The server's part in an exchange of tokens; `None` for every other request.
fn exchange(url: &str, target: &str) -> Option<Answer> {
    let body = match target {
        "GET /.well-known/openid-configuration" => json!({ "token_endpoint": format!("{url}/token/v1") }),
        "POST /token/v1" => {
            json!({ "access_token": EXCHANGED_TOKEN, "token_type": "Bearer", "expires_in": "3600" })
        }
        _ => return None,
    };
    Some(Answer { status: 200, headers: Vec::new(), body: body.to_string() })
}

/// Deploys by a server that answers everything but an exchange of tokens in one way.
fn deploy(
    folder: &Folder,
    kind: &'static str,
    words: &str,
    connection: &str,
    prepare: &dyn Fn(&mut Command),
) -> Told {
    let words = words.to_owned();
    let server =
        Hearsay::start(move |url, target| exchange(url, target).unwrap_or_else(|| reply(kind, &words)));
    folder.write("e.json", EVENT);
    let url = server.url();
    // Only what passes is tried again, and need not be for long.
    let retry_limit = if ["refusal", "text", "redirect"].contains(&kind) { "60s" } else { "1s" };
    folder.write(
        "p.toml",
        format!(
            "[connection]\nurl = \"{url}\"\nproject = \"Shop\"\nread-limit = \"20s\"\nretry-limit = \"{retry_limit}\"\n{connection}\n\
             [deploy]\nto = [\"Test\"]\nversion = \"1\"\n[prompted-variables]\nToken = {{ env = \"TOKEN\" }}\n"
        ),
    );
    let mut command = folder.program(&["handle", "--config", "p.toml", "--event", "e.json", "--json"]);
    command.env("PROMENADE_LOG", "trace").env("TOKEN", "no planted one");
    prepare(&mut command);
    Told::by(&mut command)
}

#[test]
fn no_error_tells_a_secret_that_the_server_answers_with() {
    let exchanged: &[&str] = &[IDENTITY_TOKEN, EXCHANGED_TOKEN];
    let credentials: [(&str, &[&str]); 4] = [
        ("api-key = { file = \"secret\" }", &[API_KEY]),
        ("access-token = { env = \"SECRET\" }", &[ACCESS_TOKEN]),
        ("oidc = { service-account = \"a\", token = { file = \"secret\" } }", exchanged),
        ("oidc = { service-account = \"a\", token = { command = [\"cat\", \"secret\"] } }", exchanged),
    ];
    // Side by side, as most of the time is spent on trying again.
    std::thread::scope(|scope| {
        for (connection, planted) in credentials {
            scope
                .spawn(move || REPLIES.iter().for_each(|kind| said_by_the_server(kind, connection, planted)));
        }
    });
}

/// One kind of answer to one kind of credential.
fn said_by_the_server(kind: &'static str, connection: &str, planted: &[&str]) {
    let words: Vec<_> = planted.iter().flat_map(|it| spellings(it)).collect();
    let words = words.join(" ");
    let folder = Folder::new();
    let run = |connection: &str, secret: &str| {
        folder.write("secret", secret);
        deploy(&folder, kind, &words, connection, &|it| {
            it.env("SECRET", secret);
        })
    };
    let what = format!("{kind} to {connection}");
    let open = run("api-key = { file = \"secret\" }", OTHER_KEY);
    assert!(!found(&open.all(), planted).is_empty(), "the search would find them, {what}: {}", open.all());
    let closed = run(connection, planted[0]);
    assert_silent(&closed, planted, &what);
    assert!(closed.all().contains("***"), "{what}: {}", closed.all());
    assert_eq!(closed.code, open.code, "{what}: {}", closed.all());
    assert!([1, 4].contains(&closed.code), "{what} ends with {}: {}", closed.code, closed.all());
}

#[test]
fn neither_arguments_nor_the_environment_of_children_hold_a_secret() {
    let (certificate, key) = certificate();
    let secrets = [API_KEY, ACCESS_TOKEN, PROMPTED_BY_VARIABLE, PROXY_PASSWORD, inner_lines(&key)[0]];
    let spy = "env > env.txt; tr '\\0' '\\n' < /proc/$PPID/cmdline > arguments.txt; cat secret";
    let spy = format!("{{ command = [\"sh\", \"-c\", {}] }}", toml::Value::String(spy.to_owned()));
    let by_certificate =
        "client-certificate = { certificate = \"cert.pem\", key = { env = \"CLIENT_KEY\" } }";
    for connection in [
        format!("api-key = {spy}\n{by_certificate}"),
        format!("oidc = {{ service-account = \"a\", token = {spy} }}\n{by_certificate}"),
    ] {
        let folder = Folder::new();
        folder.write("cert.pem", &certificate);
        folder.write("secret", IDENTITY_TOKEN);
        let told = deploy(&folder, "refusal", "no", &connection, &|it| {
            let proxy =
                format!("http://ann:{}@127.0.0.1:9", utf8_percent_encode(PROXY_PASSWORD, NON_ALPHANUMERIC));
            it.env("OCTOPUS_API_KEY", API_KEY).env("OCTOPUS_ACCESS_TOKEN", ACCESS_TOKEN);
            it.env("TOKEN", PROMPTED_BY_VARIABLE).env("ANOTHER_NAME", PROMPTED_BY_VARIABLE);
            it.env("CLIENT_KEY", &key).env("HTTPS_PROXY", proxy).env("NOT_SECRET", "seen");
        });
        assert_eq!(told.code, 1, "the credential was used: {}", told.all());
        let (environment, arguments) = (folder.read("env.txt"), folder.read("arguments.txt"));
        assert!(environment.contains("NOT_SECRET=seen") && environment.contains("PATH="), "{environment}");
        assert!(arguments.contains("handle"), "the arguments are promenade's: {arguments}");
        for text in [&environment, &arguments] {
            assert_eq!(found(text, &secrets), [], "{text}");
        }
        // Under names that nobody gave for secrets, and with values that nobody gave, the child sees them.
        let open = deploy(&folder, "refusal", "no", &format!("api-key = {spy}"), &|it| {
            for (at, secret) in secrets.iter().enumerate() {
                it.env(format!("NOT_NAMED_{at}"), secret);
            }
        });
        assert_eq!(open.code, 1, "{}", open.all());
        assert_eq!(
            found(&folder.read("env.txt"), &secrets).len(),
            secrets.len(),
            "the search would find them"
        );
    }
}

#[test]
fn no_option_takes_a_credential_and_none_that_was_written_down_is_repeated() {
    let folder = Folder::new();
    for command in ["handle", "create", "deploy", "promote", "check", "plan"] {
        let help = folder.run(&[command, "--help"]).stdout;
        assert!(help.contains("--api-key-env"), "{help}");
        for option in ["--api-key", "--access-token", "--password", "--token"] {
            let taken = help.split_whitespace().any(|word| word == option);
            assert!(!taken, "{command} has {option}: a credential would stand in the arguments");
            for arguments in [vec![command, option, API_KEY], vec![command, &format!("{option}={API_KEY}")]] {
                let told = folder.run(&arguments);
                assert_eq!(told.code, 2);
                assert_silent(&told, &[API_KEY], &format!("{command} {option}"));
            }
        }
    }
    folder.write("e.json", EVENT);
    for literal in [
        "api-key = \"KEY\"",
        "access-token = \"KEY\"",
        "api-key = { value = \"KEY\" }",
        "password = \"KEY\"",
        "oidc = { service-account = \"a\", token = \"KEY\" }",
        "url = \"https://ann:KEY@octopus.example\"",
        "url = \"https://octopus.example?apikey=KEY\"",
        "proxy = \"http://ann:KEY@proxy.example\"",
    ] {
        let literal = literal.replace("KEY", API_KEY);
        let url = if literal.starts_with("url") { "" } else { "url = \"https://octopus.example\"\n" };
        folder.write(
            "p.toml",
            format!("[connection]\n{url}project = \"Shop\"\n{literal}\n[deploy]\nto = [\"Test\"]\n"),
        );
        for arguments in [COMMANDS[0], COMMANDS[1], &["check", "--offline", "--config", "p.toml"]] {
            let told = folder.run(arguments);
            assert_eq!(told.code, 2, "{literal}: {}", told.all());
            assert_silent(&told, &[API_KEY], &literal);
            assert!(told.all().contains("p.toml:"), "the place is told: {}", told.all());
        }
    }
}

#[test]
fn no_terminal_shows_a_secret() {
    if Command::new("script").arg("--version").stdout(Stdio::null()).status().is_err() {
        return left_out(
            "a terminal shows no secret",
            "there is no `script` (util-linux) to make a terminal",
        );
    }
    let secrets = [API_KEY, PROMPTED_BY_VARIABLE];
    let folder = Folder::new();
    folder.write("e.json", EVENT);
    let seed = folder.write("seed.json", world(&secrets));
    let sandbox = Sandbox::start(&["--time-scale", "10", "--seed", seed.to_str().expect("a plain path")]);
    let prompted = "Token = { env = \"TOKEN\" }";
    folder.write("p.toml", settings(&sandbox.url, &secrets, "api-key = { env = \"KEY\" }", prompted));
    let shown = |key: &str, token: &str| {
        let mut command = scrubbed("script");
        command.args(["-qec", &format!("{PROGRAM} handle --config p.toml --event e.json"), "/dev/null"]);
        command.current_dir(folder.path()).env("TERM", "xterm-256color").env("KEY", key).env("TOKEN", token);
        Told::by(&mut command)
    };
    let open = shown(OTHER_KEY, "plain");
    assert!(open.stdout.contains('\u{1b}'), "it is a terminal: {}", open.stdout);
    assert_eq!(found(&open.stdout, &secrets).len(), 2, "the search would find them: {}", open.stdout);
    let closed = shown(API_KEY, PROMPTED_BY_VARIABLE);
    assert_silent(&closed, &secrets, "a terminal");
    assert!(closed.stdout.contains("***"));
}
