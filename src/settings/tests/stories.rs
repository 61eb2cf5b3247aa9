//! Settings from text to problems.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::document::Origin;
use crate::model::{ActionKind, SecretSource};
use crate::settings::*;

const GOOD: &str = r#"[connection]
url = "https://octopus.example"
space = "Default"
project = "Web Shop"
api-key = { env = "OCTOPUS_API_KEY" }

[create]
version = "$Build.Version$"
when = { event = "build-completed", status = "successful" }

[deploy]
to = ["Development"]

[[promote]]
from = "Development"
to = ["Test"]

[[promote]]
from = "Test"
to = ["Production"]
wait = true
fail-build = true
time-limit = "45m"
on-timeout = "leave"

[prompted-variables]
Approver = "%Approver%"
Token = { env = "TOKEN" }

[conditions]
all = [{ left = "$Build.Branch$", op = "matches", right = "^release/", as = "text" }]
"#;

fn load_with(text: &str, environment: &[(&str, &str)]) -> Result<Settings, String> {
    let environment =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Document::parse(text.as_bytes(), "p.toml")
        .and_then(|it| Settings::load(&it, &environment))
        .map_err(|it| it.to_string())
}

fn load(text: &str) -> Result<Settings, String> {
    load_with(text, &[])
}

/// The problems of a text behind a good connection, one a line.
fn error_of(rest: &str) -> String {
    let connection = "connection = { url = \"http://o\", project = \"P\", api-key = { env = \"K\" } }\n";
    load(&format!("{connection}{rest}")).expect_err(rest)
}

#[test]
fn the_example_of_the_documentation_is_good() {
    let settings = load(GOOD).expect("good settings");
    let connection = &settings.connection().server;
    assert_eq!(connection.url, "https://octopus.example");
    assert_eq!(
        connection.credential,
        CredentialSource::ApiKey(SecretSource::Variable("OCTOPUS_API_KEY".into()))
    );
    assert_eq!((connection.proxy.clone(), connection.verify_tls), (Proxy::System, true));
    assert_eq!(connection.read_limit.as_secs(), 30);
}

#[test]
fn every_problem_is_reported_with_its_place_and_remedy() {
    let text = r#"[connection]
url = "octopus.example"
projcet = "Web"
api-key = "API-SECRET"
password = "hunter2"
[create]
wait = false
git-commit = "abc"
time-limit = "half an hour"
[deploy]
to = "Development"
guided-failure = "onn"
force-redeployment = "yes"
[[promote]]
to = []
[frobnicate]
"#;
    let error = load(text).expect_err("problems");
    for (place, words) in [
        ("p.toml:3:1: ", "unknown key `projcet` in `connection`; did you mean `project`?"),
        (
            "p.toml:4:11: ",
            "secrets do not belong in settings; put it into an environment variable and write `api-key = { env",
        ),
        ("p.toml:5:1: ", "user name and password are not supported"),
        ("p.toml:7:1: ", "leave it out"),
        ("p.toml:8:1: ", "`git-commit` needs `git-ref`"),
        ("p.toml:9:14: ", "`90s`, `30m` or `2h`"),
        ("p.toml:11:6: ", "deploy.to must be a list, and this is text; write it in brackets"),
        ("p.toml:12:18: ", "did you mean `on`?"),
        ("p.toml:13:22: ", "write `true` or `false` without quotes"),
        ("p.toml:14:1: ", "`from` is missing in `promote[1]`; add it; it is text"),
        ("p.toml:15:6: ", "promote[1].to is an empty list"),
        ("p.toml:16:2: ", "unknown key `frobnicate` here"),
    ] {
        let line = error.lines().find(|it| it.starts_with(place));
        assert!(line.is_some_and(|it| it.contains(words)), "{place}{words}\nis not in\n{error}");
    }
    assert!(!error.contains("SECRET") && !error.contains("hunter2"), "{error}");
}

#[test]
fn keys_that_mean_nothing_together_are_refused() {
    for (text, words) in [
        ("[create]\nnotes = 'a'\nnotes-file = 'b'", "keep one of them"),
        ("[create]\nskip-if-exists = true", "always free"),
        ("[create]\npackages = ['Web']", "`*:Version`"),
        ("[create]\ngit-resources = ['main']", "`Step:reference`"),
        ("[deploy]\nto = ['a', ' ']", "a name in `to` is blank"),
        ("[deploy]\nto = ['a']\ntenants = ['*', 'b']", "`*` means every tenant"),
        ("[deploy]\nto = ['a']\ntenants = ['*']\ntenant-tags = ['R/E']", "`*` means every tenant"),
        ("[deploy]\nto = ['a']\ntenant-tags = ['EU']", "`Set name/Tag name`"),
        ("[deploy]\nto = ['a']\nmachines = ['m']\nexcluded-machines = ['M']", "in `machines` and in"),
        ("[deploy]\nto = ['a']\nno-run-after = '2026-12-01T22:00:00Z'", "nothing without `run-at`"),
        (
            "[deploy]\nto = ['a']\nrun-at = '2026-12-01T22:00:00Z'\nno-run-after = '2026-12-01T23:00:00+02:00'",
            "is not after",
        ),
        ("[deploy]\nto = ['a']\nrun-at = '2026-12-01T22:00:00'", "not a time with an offset"),
        ("[deploy]\nto = ['a']\nwait = false\non-timeout = 'cancel'", "nothing with `wait = false`"),
        ("[deploy]\nto = ['a']\nwait = false\nwhen-person-needed = 'fail'", "nothing with `wait = false`"),
        ("[deploy]\nto = ['a']\ntime-limit = '0s'", "from 1s to 168h"),
        ("[deploy]\nto = ['a']\ntime-limit = '169h'", "from 1s to 168h"),
        ("[deploy]\nto = ['a']\nfreeze-override = { freezes = ['x'], reason = ' ' }", "reason is blank"),
        ("[deploy]\nto = ['a']\nfreeze-override = { freezes = ['x'] }", "`reason` is missing"),
        ("[deploy]\nto = ['a']\nfreeze-override = { freezes = [], reason = 'r' }", "empty list"),
        (
            "[deploy]\nto = ['a']\nwhen = { event = 'build-completed', stage = 'S' }",
            "not an event of a stage",
        ),
        ("[deploy]\nto = ['a']\nwhen = { event = 'before-stage-start', status = 'failed' }", "has no status"),
        ("[deploy]\nto = ['a']\nwhen = { event = 'build-created' }", "cannot be `build-created`"),
        ("[[promote]]\nfrom = 'a'\nto = ['A']", "promoted to itself"),
        ("[[promote]]\nfrom = ' '\nto = ['A']", "promote[1].from is blank"),
        ("[[promote]]\nfrom = 'a'\nto = ['b']\nversion = '1'\nonly-this-build = true", "keep one"),
        ("[promote]\nfrom = 'a'\nto = ['b']", "promote must be a list"),
        ("[prompted-variables]\nA = '1'\na = '2'", "given twice"),
        ("[prompted-variables]\nA = 1", "write it in quotes"),
        ("[prompted-variables]\nA = { command = ['x'] }", "unknown key `command`"),
        ("[prompted-variables]\nA = { env = 'x', file = 'y' }", "exactly one key"),
        ("[prompted-variables]\nA = '50% more'", "write `%%`"),
        (
            "[conditions]\nall = [{ left = 'a', op = 'matches', right = '(' }]",
            "not a valid regular expression",
        ),
        ("[conditions]\nall = [{ left = 'a', op = 'between', right = '9' }]", "write two"),
        ("[conditions]\nany = [{ left = 'a', op = 'is-empty', right = '9' }]", "leave `right` out"),
        ("[conditions]\nany = [{ left = 'a', op = 'equal', right = '9' }]", "did you mean `equals`?"),
        ("[conditions]\nany = [{ left = 'a', op = '%Op%', right = '9' }]", "cannot be `%Op%`"),
        ("[conditions]\nany = [{ left = 'a', op = 'less' }]", "needs a right side"),
        ("[report]\nwarnings-exit = 256", "write a number from 0 to 255"),
    ] {
        let error = error_of(text);
        assert!(error.contains(words) && error.lines().count() == 1, "{text}\ngave\n{error}");
    }
}

#[test]
fn a_connection_needs_server_project_and_one_credential() {
    for (text, words) in [
        ("", "no server is named"),
        ("", "no project is named"),
        ("", "no credential is named"),
        ("[connection]\nspace = ' '", "connection.space is blank"),
        ("[connection]\nurl = 'https://u:p@o'", "holds a user name or password"),
        ("[connection]\nurl = 'https://o/?x'", "has a query"),
        ("[connection]\nurl = 'https://o:99999'", "its server's name or its port is invalid"),
        ("[connection]\nurl = 'https://octo pus'", "its server's name or its port is invalid"),
        ("[connection]\nproxy = 'http://[::1'", "connection.proxy is not an address: its server's name"),
        ("[connection]\nspace = ' '\nprojcet = 'P'", "connection.space is blank"),
        ("[connection]\nproxy = 'corp:8080'", "connection.proxy is not an address"),
        ("[connection]\napi-key = { env = 'A' }\naccess-token = { env = 'B' }", "more than one credential"),
        ("[connection]\nproject = '%Project%'", "expressions do not work in the connection"),
        ("[connection]\nread-limit = '%Limit%'", "connection.read-limit is not a duration"),
        ("[connection]\noidc = { service-account = 'x' }", "`token` is missing"),
        ("[connection]\napi-key = { env = 'A', file = 'b' }", "exactly one key"),
    ] {
        let error = load(text).expect_err(text);
        assert!(error.contains(words), "{text}\ngave\n{error}");
        assert!(!error.contains("u:p"), "{error}");
    }
}

#[test]
fn a_wrong_address_is_reported_together_with_every_other_mistake_of_the_connection() {
    let urls = [
        "octopus.example",
        "https://",
        "https://o:99999",
        "https://octo pus",
        "https://o?x",
        " ",
        "https://u:p@o",
    ];
    let others = [
        "read-limit = true",
        "read-limit = 'soon'",
        "verify-tls = 'no'",
        "space = 7",
        "colour = 'red'",
        "api-key = 'API-1'",
        "oidc = { token = { env = 'T' } }",
        "client-certificate = 'c.pem'",
        "proxy = 'corp:8080'",
    ];
    for (url, other) in urls.iter().flat_map(|url| others.iter().map(move |other| (url, other))) {
        let text = format!("[connection]\nproject = 'P'\nurl = '{url}'\n{other}\n");
        let variables: &[_] = if other.contains("api-key") { &[] } else { &[("OCTOPUS_API_KEY", "API-1")] };
        let error = load_with(&text, variables).expect_err(&text);
        let at = |line: &str| error.lines().filter(|it| it.contains(line)).count();
        assert_eq!((at(":3:"), at(":4:")), (1, 1), "{text}\ngave\n{error}");
    }
}

#[test]
fn the_environment_is_beneath_the_file() {
    let all = [
        ("OCTOPUS_URL", "http://env"),
        ("OCTOPUS_SPACE", "Spaces-2"),
        ("OCTOPUS_API_KEY", "API-1"),
        ("OCTOPUS_CLI_SERVER", "http://old"),
        ("OCTOPUS_CLI_API_KEY", "API-2"),
    ];
    let settings = load_with("[connection]\nproject = 'P'", &all).expect("good");
    assert_eq!(settings.connection().server.url, "http://env");
    assert_eq!(settings.connection().server.space.as_ref().map(|it| it.as_str()), Some("Spaces-2"));
    let key = |it: &Settings| it.connection().server.credential.clone();
    assert_eq!(key(&settings), CredentialSource::ApiKey(SecretSource::Variable("OCTOPUS_API_KEY".into())));

    let own = "[connection]\nproject = 'P'\nurl = 'http://file'\naccess-token = { file = 't' }";
    let settings = load_with(own, &all).expect("good");
    assert_eq!(settings.connection().server.url, "http://file");
    assert_eq!(key(&settings), CredentialSource::AccessToken(SecretSource::File("t".into())));

    let settings = load_with("[connection]\nproject = 'P'", &all[3..]).expect("good");
    assert_eq!(settings.connection().server.url, "http://old");
    assert_eq!(
        key(&settings),
        CredentialSource::ApiKey(SecretSource::Variable("OCTOPUS_CLI_API_KEY".into()))
    );

    let both = [("OCTOPUS_API_KEY", "a"), ("OCTOPUS_ACCESS_TOKEN", "b"), ("OCTOPUS_URL", "http://env")];
    let error = load_with("[connection]\nproject = 'P'", &both).expect_err("two credentials");
    assert!(error.contains("more than one credential"), "{error}");

    let password = [("OCTOPUS_CLI_USERNAME", "ann"), ("OCTOPUS_URL", "http://env")];
    let error = load_with("[connection]\nproject = 'P'", &password).expect_err("user name");
    assert!(error.contains("OCTOPUS_CLI_USERNAME: user name and password are not supported"), "{error}");
    load_with("[connection]\nproject = 'P'\napi-key = { env = 'K' }", &password).expect("a key is enough");
}

fn flag(all: &[Flag], name: &str) -> Flag {
    all.iter().find(|it| it.name == name).unwrap_or_else(|| panic!("no flag {name}")).clone()
}

fn on_command_line((flag, value): (Flag, FlagValue)) -> FlagArgument {
    let origin = Origin::Flag(flag.name.clone());
    FlagArgument { flag, value, origin }
}

#[test]
fn flags_are_above_the_file() {
    let mut all = connection_flags();
    all.extend(flags(ActionKind::Promote));
    let given = [
        (flag(&all, "--url"), FlagValue::One("http://flag".into())),
        (flag(&all, "--api-key-file"), FlagValue::One("key".into())),
        (flag(&all, "--no-verify-tls"), FlagValue::Present),
        (flag(&all, "--from"), FlagValue::One("Test".into())),
        (flag(&all, "--no-wait"), FlagValue::Present),
        (flag(&all, "--machine"), FlagValue::Many(vec!["m1".into(), "m2".into()])),
        (flag(&all, "--override-freeze"), FlagValue::Many(vec!["f".into()])),
        (flag(&all, "--override-freeze-reason"), FlagValue::One("r".into())),
        (flag(&all, "--variable"), FlagValue::Many(vec!["Approver=Ann=1".into()])),
        (flag(&all, "--variable-env"), FlagValue::Many(vec!["Token=OTHER".into()])),
        (flag(&all, "--warnings-exit"), FlagValue::One("9".into())),
    ];
    let over = Document::from_flags(&given.map(on_command_line), false).expect("flags");
    let file = GOOD.replace("on-timeout = \"leave\"", "");
    let document = Document::parse(file.as_bytes(), "p.toml").expect("TOML").overlay(over);
    let settings = Settings::load(&document, &BTreeMap::new()).expect("good");
    let connection = settings.connection();
    let server = &connection.server;
    assert_eq!((server.url.as_str(), server.verify_tls), ("http://flag", false));
    assert_eq!(server.credential, CredentialSource::ApiKey(SecretSource::File("key".into())));
    assert_eq!(connection.project.as_str(), "Web Shop");
    assert_eq!(settings.warnings_exit(), 9);
    let json = settings.root.to_json();
    let promotion = serde_json::json!([{
        "from": "Test", "to": ["Production"], "wait": false, "fail-build": true, "time-limit": "45m",
        "machines": ["m1", "m2"], "freeze-override": { "freezes": ["f"], "reason": "r" },
    }]);
    assert_eq!(json["promote"], promotion);
    assert_eq!(
        json["prompted-variables"],
        serde_json::json!({ "Approver": "Ann=1", "Token": { "env": "OTHER" } })
    );
}

#[test]
fn a_wrong_flag_is_named() {
    let all = flags(ActionKind::Deploy);
    let broken = [(flag(&all, "--variable"), FlagValue::Many(vec!["A".into()]))].map(on_command_line);
    let error = Document::from_flags(&broken, false).expect_err("no `=`").to_string();
    assert!(error.starts_with("--variable: ") && error.contains("NAME=VALUE"), "{error}");
    let given = [(flag(&all, "--time-limit"), FlagValue::One("soon".into()))].map(on_command_line);
    let document = Document::from_flags(&given, false).expect("flags");
    let error = Settings::load(&document, &BTreeMap::new()).expect_err("no duration").to_string();
    assert!(error.contains("--time-limit: deploy.time-limit is not a duration"), "{error}");
}

#[test]
fn an_action_that_is_asked_for_on_its_own_is_never_nothing() {
    let connection = "connection = { url = \"http://o\", project = \"P\", api-key = { env = \"K\" } }";
    let asked = |kind| {
        let document = Document::parse(connection.as_bytes(), "p.toml")
            .expect("TOML")
            .with_section(kind, &Origin::Nowhere);
        Settings::load(&document, &BTreeMap::new()).map_err(|it| it.to_string())
    };
    let create = asked(ActionKind::Create).expect("a release needs no more");
    assert_eq!(sections(&create.root).map(|(kind, _)| kind).collect::<Vec<_>>(), [ActionKind::Create]);
    let error = asked(ActionKind::Deploy).expect_err("where to?");
    assert_eq!(error, "settings: `to` is missing in `deploy`; give `--to`");
    let error = asked(ActionKind::Promote).expect_err("from where, and where to?");
    assert_eq!(error.lines().count(), 2, "{error}");
    let good = Document::parse(GOOD.as_bytes(), "p.toml").expect("TOML");
    assert_eq!(good.clone().with_section(ActionKind::Promote, &Origin::Nowhere), good, "what is there stays");
}

#[test]
fn no_flag_carries_a_credential() {
    let mut all = connection_flags();
    ActionKind::ALL.iter().for_each(|it| all.extend(flags(*it)));
    let secret =
        |it: &&Flag| ["key", "token", "password", "secret"].iter().any(|word| it.name.contains(word));
    // A switch carries nothing at all.
    let carries = |it: &&Flag| !matches!(it.kind, FlagKind::Switch(_));
    let secrets: Vec<_> = all.iter().filter(secret).filter(carries).collect();
    assert_eq!(secrets.len(), 8, "{secrets:?}");
    for flag in secrets {
        assert!(matches!(flag.kind, FlagKind::FromEnvironment | FlagKind::FromFile), "{flag:?}");
    }
}

#[test]
fn every_flag_has_a_name_of_its_own_and_help() {
    for kind in ActionKind::ALL {
        let mut all = connection_flags();
        all.extend(flags(kind));
        let mut names: Vec<_> = all.iter().map(|it| it.name.clone()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all.len());
        for flag in all {
            assert!(flag.help.len() > 10 && flag.help.ends_with('.'), "{flag:?}");
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        drop(Document::parse(&bytes, "p").and_then(|it| Settings::load(&it, &BTreeMap::new())));
    }

    #[test]
    fn no_scrambled_settings_make_it_panic_and_every_place_is_in_the_file(
        cuts in proptest::collection::vec((0_usize..GOOD.len(), "[\\[\\]{}=\"'a-c\n.,0-9]{0,3}"), 1..6)
    ) {
        let mut text = GOOD.to_owned();
        for (at, piece) in cuts {
            let at = at.min(text.len());
            if text.is_char_boundary(at) {
                text.replace_range(at..(at + piece.len()).min(text.len()), &piece);
            }
        }
        let problems = Document::parse(text.as_bytes(), "p").and_then(|it| Settings::load(&it, &BTreeMap::new()));
        let Err(problems) = problems else { return Ok(()) };
        let lines: Vec<&str> = text.split('\n').collect();
        for problem in problems.iter() {
            if let Origin::File { line, column, .. } = problem.origin {
                prop_assert!(line >= 1 && line <= lines.len(), "{problem:?}");
                prop_assert!(column >= 1 && column <= lines[line - 1].chars().count() + 1, "{problem:?}\n{text}");
            }
        }
    }

    #[test]
    fn one_unknown_key_is_exactly_one_problem(line in 0_usize..32, name in "x[a-z]{3,9}q") {
        let lines: Vec<&str> = GOOD.lines().collect();
        let at = line.min(lines.len());
        // Variables may have any name.
        let above = lines[..at].iter().rev().find(|it| it.starts_with('[')).copied().unwrap_or_default();
        prop_assume!(above != "[prompted-variables]");
        let mut with = lines.clone();
        let planted = format!("{name} = 1");
        with.insert(at, &planted);
        let error = load(&with.join("\n")).expect_err("an unknown key");
        prop_assert!(error.starts_with(&format!("p.toml:{}:1: unknown key `{name}`", at + 1)), "{error}");
        prop_assert_eq!(error.lines().count(), 1, "{}", error);
    }
}

#[test]
fn what_is_given_twice_is_reported() {
    for (text, words) in [
        ("[create]\npackages = ['Web:1', 'web :2']", "what `web :2` is about is given twice in `packages`"),
        ("[create]\npackages = ['\"Web\" = \"1\"', 'Web:2']", "given twice"),
        ("[create]\npackages = ['*:1', '*:2']", "given twice"),
        ("[create]\npackages = ['Web:Acme:1', 'Web:acme:2']", "given twice"),
        ("[create]\ngit-resources = ['S:main', 's: dev']", "given twice in `git-resources`"),
        ("[create]\ncustom-fields = { A = '1', a = '2' }", "`a` is given twice"),
        ("[prompted-variables]\nA = '1'\n'a ' = '2'", "`a ` is given twice"),
    ] {
        let error = error_of(text);
        assert!(error.contains(words), "{text}: {error}");
    }
    let connection = "connection = { url = \"http://o\", project = \"P\", api-key = { env = \"K\" } }\n";
    load(&format!("{connection}[create]\npackages = ['Web:1', 'Web:Acme:2', '*:3', '*:Acme:4']"))
        .expect("four things");
}

#[test]
fn a_flag_is_about_the_name_that_the_file_has_in_other_letters() {
    let given = FlagArgument {
        flag: flag(&flags(ActionKind::Deploy), "--variable"),
        value: FlagValue::Many(vec!["approver=bob".into()]),
        origin: Origin::Flag("--variable".into()),
    };
    let over = Document::from_flags(&[given], false).expect("flags");
    let document = Document::parse(GOOD.as_bytes(), "p.toml").expect("TOML").overlay(over);
    let settings = Settings::load(&document, &BTreeMap::new()).expect("one value for one name");
    let variables = settings.root.get("prompted-variables").expect("variables").to_json();
    assert_eq!(variables, serde_json::json!({ "approver": "bob", "Token": { "env": "TOKEN" } }));
}

#[test]
fn flags_are_text_and_the_file_has_expressions() {
    let with = |expressions: bool| {
        let given = |name: &str, value: &str| FlagArgument {
            flag: flag(&[flags(ActionKind::Create), connection_flags()].concat(), name),
            value: FlagValue::One(value.into()),
            origin: Origin::Flag(name.into()),
        };
        let given = [given("--notes", "100% of %PATH%"), given("--project", "%X%")];
        let over = Document::from_flags(&given, expressions).expect("flags");
        let document = Document::parse(GOOD.as_bytes(), "p.toml").expect("TOML").overlay(over);
        Settings::load(&document, &BTreeMap::new()).map_err(|it| it.to_string())
    };
    assert_eq!(with(false).expect("text").connection().project.as_str(), "%X%");
    let error = with(true).expect_err("expressions");
    assert!(error.contains("--notes: a `%` does not begin an expression"), "{error}");
    assert!(error.contains("--project: connection.project holds an expression"), "{error}");
}

#[test]
fn names_of_the_connection_are_trimmed() {
    let text = "connection = { url = \"http://o\", project = \"P \\r\", space = \" S\", channel = \"C\\n\", \
                api-key = { env = \"K\" } }";
    let settings = load(text).expect("good settings");
    let it = settings.connection();
    assert_eq!(it.project.as_str(), "P");
    assert_eq!((it.server.space.as_ref(), it.channel.as_ref()), (Some(&"S".into()), Some(&"C".into())));
}

#[test]
fn a_variable_that_is_no_text_is_not_taken_for_none() {
    let error_of = |rest: &str, lost: &[&str]| {
        let text = format!("[connection]\nproject = 'P'\n{rest}");
        let document = Document::parse(text.as_bytes(), "p.toml").expect("TOML");
        let lost = lost.iter().map(|it| (*it).to_owned()).collect();
        let environment = [("OCTOPUS_URL", "http://o"), ("OCTOPUS_API_KEY", "k")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Settings::load_where(&document, &environment, &lost).map(drop).map_err(|it| it.to_string())
    };
    for name in ["OCTOPUS_SPACE", "OCTOPUS_URL", "OCTOPUS_API_KEY"] {
        let error = error_of("", &[name]).expect_err(name);
        assert_eq!(
            error,
            format!("environment variable {name}: it is not Unicode text; set it again, or leave it out")
        );
    }
    for (rest, name) in [
        ("space = 'S'", "OCTOPUS_SPACE"),
        ("url = 'http://o'", "OCTOPUS_URL"),
        ("api-key = { env = 'K' }", "OCTOPUS_API_KEY"),
        ("", "OCTOPUS_CLI_SERVER"),
        ("", "HOME"),
    ] {
        assert_eq!(error_of(rest, &[name]), Ok(()), "{name} is not looked at");
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_text() {
    let text = format!("\u{feff}{GOOD}");
    load(&text).expect("good settings");
    let error = load(&text.replace("project", "projcet")).expect_err("a slip");
    assert!(error.contains("p.toml:4:1: unknown key"), "{error}");
}
