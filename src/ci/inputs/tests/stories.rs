//! Inputs from every kind of CI server, to what was asked.

use std::collections::{BTreeMap, BTreeSet};

use crate::ci::inputs::*;
use crate::ci::invocation::*;
use crate::event::expression;
use crate::settings::Document;

fn environment(variables: &[(&str, &str)]) -> BTreeMap<String, String> {
    variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn asked(variables: &[(&str, &str)]) -> Result<(Command, Invocation), String> {
    read(&environment(variables), &BTreeSet::new()).asked.map_err(|it| it.to_string())
}

/// The settings that the inputs stand for.
fn settings(variables: &[(&str, &str)]) -> serde_json::Value {
    let (_, asked) = asked(variables).unwrap_or_else(|error| panic!("{error}"));
    Document::from_flags(&asked.given, false).expect("flags").root.to_json()
}

/// What is wrong, one problem a line.
#[track_caller]
fn wrong(variables: &[(&str, &str)]) -> String {
    asked(variables).map(|it| format!("{it:?}")).expect_err("a problem")
}

#[test]
fn every_kind_of_input_becomes_its_setting() {
    let promote = settings(&[
        ("PROMENADE_INPUT_COMMAND", "promote"),
        ("PROMENADE_INPUT_FROM", " Staging\n"),
        ("PROMENADE_INPUT_TO", "Production EU\nProduction US\n"),
        ("PROMENADE_INPUT_TENANT", "[\"Acme, Inc\"]"),
        ("PROMENADE_INPUT_TIME_LIMIT", "45m"),
        ("PROMENADE_INPUT_RUN_AT", "2026-12-01T22:00:00+01:00"),
        ("PROMENADE_INPUT_ON_TIMEOUT", "cancel"),
        ("PROMENADE_INPUT_WAIT", "True"),
        ("PROMENADE_INPUT_FAIL_BUILD", "false"),
        ("PROMENADE_INPUT_AGAIN", "true"),
        ("PROMENADE_INPUT_ALLOW_DOWNGRADE", "0"),
        ("PROMENADE_INPUT_OVERRIDE_FREEZE", "Christmas"),
        ("PROMENADE_INPUT_OVERRIDE_FREEZE_REASON", "urgent"),
        ("PROMENADE_INPUT_VARIABLE", "{\"Approver\": \"Ann\"}"),
        ("PROMENADE_INPUT_VARIABLE_ENV", "Token=TOKEN"),
        ("PROMENADE_INPUT_VARIABLE_FILE", "Notes=notes.txt"),
        ("PROMENADE_INPUT_WARNINGS_EXIT", "9"),
        ("PROMENADE_INPUT_VERIFY_TLS", "false"),
        ("PROMENADE_INPUT_API_KEY", "API-SECRET"),
        ("PROMENADE_INPUT_CLIENT_CERTIFICATE", "me.pem"),
        ("PROMENADE_INPUT_CLIENT_CERTIFICATE_KEY_FILE", "me.key"),
        ("PROMENADE_INPUT_CHANNEL", "  "),
        ("PROMENADE_INPUT_MACHINE", "[]"),
        ("PROMENADE_INPUT_EDIT_PROJECT_VARIABLE", "{}"),
    ]);
    let expected = serde_json::json!({
        "promote": [{
            "from": "Staging", "to": ["Production EU", "Production US"], "tenants": ["Acme, Inc"],
            "time-limit": "45m", "run-at": "2026-12-01T22:00:00+01:00", "on-timeout": "cancel",
            "wait": true, "fail-build": false, "again": true, "allow-downgrade": false,
            "freeze-override": { "freezes": ["Christmas"], "reason": "urgent" },
        }],
        "prompted-variables": {
            "Approver": "Ann", "Token": { "env": "TOKEN" }, "Notes": { "file": "notes.txt" },
        },
        "report": { "warnings-exit": 9 },
        "connection": {
            "verify-tls": false, "api-key": { "env": "PROMENADE_INPUT_API_KEY" },
            "client-certificate": { "certificate": "me.pem", "key": { "file": "me.key" } },
        },
    });
    assert_eq!(promote, expected);
}

#[test]
fn each_server_hands_the_same_inputs_over_in_its_own_way() {
    let expected = serde_json::json!({
        "deploy": { "to": ["Test", "Stage"], "force-redeployment": true },
        "prompted-variables": { "A": "1", "B": "x" },
    });
    let ways: [&[(&str, &str)]; 5] = [
        &[
            ("PROMENADE_INPUT_COMMAND", "deploy"),
            ("PROMENADE_INPUT_TO", "Test\nStage"),
            ("PROMENADE_INPUT_FORCE_REDEPLOYMENT", "true"),
            ("PROMENADE_INPUT_VARIABLE", "A=1\nB=x"),
        ],
        &[
            ("CI", "woodpecker"),
            ("PLUGIN_COMMAND", "deploy"),
            ("PLUGIN_TO", "[\"Test\",\"Stage\"]"),
            ("PLUGIN_FORCE_REDEPLOYMENT", "true"),
            ("PLUGIN_VARIABLE", "{\"A\":1,\"B\":\"x\"}"),
        ],
        &[
            ("CI", "true"),
            ("DRONE", "true"),
            ("PLUGIN_COMMAND", "deploy"),
            ("PLUGIN_TO", "Test,Stage"),
            ("PLUGIN_FORCE_REDEPLOYMENT", "true"),
            ("PLUGIN_VARIABLE", "{\"A\":\"1\",\"B\":\"x\"}"),
        ],
        &[
            ("BUILDKITE", "true"),
            (
                "BUILDKITE_PLUGIN_CONFIGURATION",
                r#"{"command": "deploy", "to": ["Test", "Stage"], "force-redeployment": true,
                    "variable": {"A": 1, "B": "x"}, "project": ""}"#,
            ),
        ],
        &[
            ("BITBUCKET_BUILD_NUMBER", "7"),
            ("PROMENADE_INPUT_COMMAND", "deploy"),
            ("PROMENADE_INPUT_TO_0", "Test"),
            ("PROMENADE_INPUT_TO_1", "Stage"),
            ("PROMENADE_INPUT_TO_COUNT", "2"),
            ("PROMENADE_INPUT_FORCE_REDEPLOYMENT", "true"),
            ("PROMENADE_INPUT_VARIABLE_0", "A=1"),
            ("PROMENADE_INPUT_VARIABLE_1", "B=x"),
            ("PROMENADE_INPUT_VARIABLE_COUNT", "2"),
        ],
    ];
    for way in ways {
        assert_eq!(settings(way), expected, "{way:?}");
    }
}

#[test]
fn what_a_plugin_is_given_stands_above_the_environment_around_it() {
    let around = ("PROMENADE_INPUT_TO", "Test");
    let drone = [("DRONE", "true"), around, ("PLUGIN_COMMAND", "deploy"), ("PLUGIN_TO", "Stage")];
    assert_eq!(settings(&drone)["deploy"]["to"], serde_json::json!(["Stage"]));
    let blank = [("DRONE", "true"), around, ("PLUGIN_COMMAND", "deploy"), ("PLUGIN_TO", " ")];
    assert_eq!(settings(&blank)["deploy"]["to"], serde_json::json!(["Test"]));
}

#[test]
fn settings_of_other_programs_plugins_are_not_ours() {
    let (command, _) = asked(&[("PROMENADE_INPUT_COMMAND", "create"), ("PLUGIN_FROBNICATE", "x")])
        .expect("this is neither Drone nor Woodpecker");
    assert_eq!(command.name(), "create");
    for (variables, is) in [
        (&[("DRONE", "true"), ("PLUGIN_TO", "x")] as &[_], true),
        (&[("CI_SYSTEM_NAME", "woodpecker"), ("PLUGIN_TO", "x")], true),
        (&[("PROMENADE_INPUT_TO", "x")], true),
        (&[("DRONE", "true")], false),
        (&[("CI", "true"), ("PLUGIN_TO", "x")], false),
    ] {
        assert_eq!(is_plugin_call(0, &environment(variables)), is, "{variables:?}");
        assert!(!is_plugin_call(1, &environment(variables)));
    }
}

#[test]
fn what_to_do_is_said_or_follows_from_settings() {
    let (command, asked_for) = asked(&[("PROMENADE_INPUT_CONFIG", "p.toml")]).expect("handle");
    assert_eq!((command, asked_for.settings), (Command::Handle, SettingsSource::File("p.toml".into())));
    let (_, asked_for) = asked(&[("PROMENADE_INPUT_SETTINGS", "\n[deploy]\n")]).expect("handle");
    let text =
        SettingsSource::Inline { name: "PROMENADE_INPUT_SETTINGS".into(), text: "\n[deploy]\n".into() };
    assert_eq!(asked_for.settings, text);
    insta::assert_snapshot!(wrong(&[("PROMENADE_INPUT_TO", "Test")]), @"environment variable PROMENADE_INPUT_COMMAND: no command is given; set it to `create`, `deploy`, `promote`, `plan`, `check` or `event`, or give `config` or `settings`, for `handle`");
    insta::assert_snapshot!(wrong(&[("DRONE", "true")]), @"environment variable PLUGIN_COMMAND: no command is given; set it to `create`, `deploy`, `promote`, `plan`, `check` or `event`, or give `config` or `settings`, for `handle`");
    insta::assert_snapshot!(wrong(&[("PROMENADE_INPUT_COMMAND", "delpoy")]), @"environment variable PROMENADE_INPUT_COMMAND: unknown command `delpoy`; did you mean `deploy`? known are `handle`, `create`, `deploy`, `promote`, `plan`, `check` or `event`");
    let (_, plan) =
        asked(&[("PROMENADE_INPUT_COMMAND", "plan")]).expect("the working folder may have settings");
    assert_eq!(plan.settings, SettingsSource::DefaultFile);
    let (_, create) = asked(&[("PROMENADE_INPUT_COMMAND", "create")]).expect("an action needs no file");
    assert_eq!((create.settings, create.expressions), (SettingsSource::Nowhere, false));
}

#[test]
fn an_unknown_input_is_named_with_the_nearest() {
    let error = wrong(&[
        ("CI", "woodpecker"),
        ("PLUGIN_COMMAND", "deploy"),
        ("PLUGIN_TIMELIMIT", "30m"),
        ("PROMENADE_INPUT_API_KYE", "API-SECRET"),
    ]);
    insta::assert_snapshot!(error, @r"
    environment variable PLUGIN_TIMELIMIT: there is no such input; did you mean `PLUGIN_TIME_LIMIT`?
    environment variable PROMENADE_INPUT_API_KYE: there is no such input; did you mean `PROMENADE_INPUT_API_KEY`?
    ");
    let error = wrong(&[("BUILDKITE_PLUGIN_CONFIGURATION", r#"{"command": "deploy", "time_limit": "30m"}"#)]);
    insta::assert_snapshot!(error, @"environment variable BUILDKITE_PLUGIN_CONFIGURATION.time_limit: there is no such input; did you mean `time-limit`?");
    let error = wrong(&[("BUILDKITE_PLUGIN_CONFIGURATION", "[]")]);
    assert!(error.contains("BUILDKITE_PLUGIN_CONFIGURATION: it is not a JSON object"), "{error}");
}

#[test]
fn what_does_not_fit_is_reported_all_at_once_with_its_variable() {
    let error = wrong(&[
        ("PROMENADE_INPUT_COMMAND", "create"),
        ("PROMENADE_INPUT_FROM", "Staging"),
        ("PROMENADE_INPUT_LOG", "yes"),
        ("PROMENADE_INPUT_PACKAGE", "[Web:1.0]"),
        ("PROMENADE_INPUT_CUSTOM_FIELD", "Ticket"),
        ("PROMENADE_INPUT_WARNINGS_EXIT", "nine"),
        ("PROMENADE_INPUT_CONFIG", "p.toml"),
        ("PROMENADE_INPUT_SETTINGS", "[deploy]"),
        ("PROMENADE_INPUT_EVENT", "event.json"),
        ("PROMENADE_INPUT_STATUS", "succesful"),
        ("PROMENADE_INPUT_STAGE", "Test"),
        ("GITHUB_ACTIONS", "true"),
        ("PROMENADE_INPUT_API_KEY", "API-SECRET"),
        ("PROMENADE_INPUT_API_KEY_ENV", "KEY"),
        ("PROMENADE_INPUT_URL_0", "http://a"),
    ]);
    assert!(!error.contains("SECRET"), "{error}");
    insta::assert_snapshot!(error, @r#"
    environment variable PROMENADE_INPUT_API_KEY_ENV: PROMENADE_INPUT_API_KEY says the same already; keep one of them
    environment variable PROMENADE_INPUT_CUSTOM_FIELD: an item is not `NAME=VALUE`; write a JSON object such as `{"NAME": "value"}`, or one `NAME=VALUE` a line
    environment variable PROMENADE_INPUT_FROM: `create` takes no `from`; leave it out; it is for `promote`
    environment variable PROMENADE_INPUT_LOG: it must be `true` or `false`; write one of them
    environment variable PROMENADE_INPUT_PACKAGE: it begins like a JSON list, and is none; write a JSON list such as `["a", "b"]`, or one item a line
    environment variable PROMENADE_INPUT_SETTINGS: settings are given in addition to `config`; keep one of them
    environment variable PROMENADE_INPUT_STAGE: `stage` means nothing with `event`, which says it; leave one of them out
    environment variable PROMENADE_INPUT_STATUS: unknown status `succesful`; did you mean `successful`? known are `successful`, `failed`, `cancelled`, `success`, `failure` or `cancelled`
    environment variable PROMENADE_INPUT_URL_0: it must be one value, and this is a list; write a single value
    environment variable PROMENADE_INPUT_WARNINGS_EXIT: it must be a whole number; write only digits
    "#);
    let unreadable = BTreeSet::from(["PROMENADE_INPUT_TO".to_owned(), "LANG".to_owned()]);
    let reading = read(&environment(&[("PROMENADE_INPUT_COMMAND", "deploy")]), &unreadable);
    insta::assert_snapshot!(reading.asked.expect_err("not Unicode"), @"environment variable PROMENADE_INPUT_TO: it is not Unicode text; write it again");
}

#[test]
fn secrets_are_named_and_never_told() {
    let reading = read(
        &environment(&[
            ("DRONE", "true"),
            ("PLUGIN_COMMAND", "deploy"),
            ("PLUGIN_ACCESS_TOKEN", "API-SECRET"),
            ("PROMENADE_INPUT_OIDC_TOKEN", "API-SECRET"),
            ("PROMENADE_INPUT_CLIENT_CERTIFICATE_KEY", " "),
        ]),
        &BTreeSet::new(),
    );
    assert_eq!(reading.secrets, ["PROMENADE_INPUT_OIDC_TOKEN", "PLUGIN_ACCESS_TOKEN"]);
    assert!(!format!("{reading:?}").contains("API-SECRET"), "{reading:?}");
    let error =
        wrong(&[("BUILDKITE_PLUGIN_CONFIGURATION", r#"{"command": "deploy", "api-key": "API-SECRET"}"#)]);
    assert!(!error.contains("SECRET"), "{error}");
    insta::assert_snapshot!(error, @"environment variable BUILDKITE_PLUGIN_CONFIGURATION.api-key: `api-key` is a secret, and secrets do not belong in a pipeline; name the variable that holds it with the same key and `-env` behind it");
}

#[test]
fn how_much_is_reported_is_known_even_where_something_is_wrong() {
    let reading = read(
        &environment(&[
            ("PROMENADE_INPUT_JSON", "true"),
            ("PROMENADE_INPUT_QUIET", "1"),
            ("PROMENADE_INPUT_TO", "x"),
        ]),
        &BTreeSet::new(),
    );
    assert_eq!((reading.json, reading.quiet, reading.verbose), (true, true, false));
    reading.asked.expect_err("no command");
}

#[test]
fn an_empty_list_or_map_counts_as_not_given() {
    // So Azure writes lists and maps that nobody gave, also to commands that take none.
    let nothing = [("PROMENADE_INPUT_TO", "[]"), ("PROMENADE_INPUT_VARIABLE", " {}\n")];
    asked(&[&[("PROMENADE_INPUT_COMMAND", "create")], &nothing[..]].concat()).expect("nothing is wrong");
    wrong(&[("PROMENADE_INPUT_COMMAND", "create"), ("PROMENADE_INPUT_TO", "[\"\"]")]);
    wrong(&[("PROMENADE_INPUT_COMMAND", "create"), ("PROMENADE_INPUT_VARIABLE", "[]")]);
}

#[test]
fn a_name_or_an_input_that_is_given_twice_is_no_guess() {
    let twice = [
        ("PROMENADE_INPUT_COMMAND", "deploy"),
        ("PROMENADE_INPUT_TO", "Test"),
        ("PROMENADE_INPUT_TO_0", "Production"),
        ("PROMENADE_INPUT_TO_COUNT", "1"),
        ("PROMENADE_INPUT_VARIABLE", "{\"A\": 1, \"A\": 2}"),
    ];
    insta::assert_snapshot!(wrong(&twice), @r"
    environment variable PROMENADE_INPUT_TO_0: PROMENADE_INPUT_TO says the same already; keep one of them
    environment variable PROMENADE_INPUT_VARIABLE: a name is given twice; keep one of them
    ");
    for (variable, env) in [("Approver=ann\nApprover=bob", ""), ("Approver=ann", "approver =BOB")] {
        let (_, asked) = asked(&[
            ("PROMENADE_INPUT_COMMAND", "deploy"),
            ("PROMENADE_INPUT_VARIABLE", variable),
            ("PROMENADE_INPUT_VARIABLE_ENV", env),
        ])
        .expect("each is well-formed");
        let error = Document::from_flags(&asked.given, asked.expressions).expect_err("twice").to_string();
        assert!(error.contains("pprover` is given twice; keep one of them"), "{error}");
    }
}

#[test]
fn expressions_are_read_in_inputs_where_somebody_asks_for_it() {
    let open = |given: &[(&str, &str)]| {
        let (_, asked) = asked(given).expect("good inputs");
        let document = Document::from_flags(&asked.given, asked.expressions).expect("good values");
        expression::is_open(document.root.get("create").and_then(|it| it.get("version")).expect("a version"))
    };
    let version = ("PROMENADE_INPUT_VERSION", "$Build.Version$");
    assert!(!open(&[("PROMENADE_INPUT_COMMAND", "create"), version]));
    assert!(open(&[("PROMENADE_INPUT_COMMAND", "create"), version, ("PROMENADE_INPUT_EXPRESSIONS", "true")]));
    let error = wrong(&[("PROMENADE_INPUT_COMMAND", "check"), ("PROMENADE_INPUT_EXPRESSIONS", "true")]);
    assert!(error.contains("`check` takes no `expressions`"), "{error}");
}

#[test]
fn json_that_no_server_has_put_values_into_is_filled_in_by_item() {
    let foreign = "Test\", \"Live\n$API_KEY $(Api.Key)";
    for (server, reference) in [(("GITLAB_CI", "true"), "$WHERE"), (("TF_BUILD", "True"), "$(Where)")] {
        let list = serde_json::json!(["Development", reference]).to_string();
        let map = serde_json::json!([format!("A={reference}"), "B=1\n2"]).to_string();
        let made = settings(&[
            server,
            ("WHERE", foreign),
            ("PROMENADE_INPUT_COMMAND", "deploy"),
            ("PROMENADE_INPUT_TO_JSON", &list),
            ("PROMENADE_INPUT_VARIABLE_JSON", &map),
            ("PROMENADE_INPUT_NOTES_JSON", "[\"one\\ntwo\\n\", \"[three]\"]"),
            ("PROMENADE_INPUT_TENANT_JSON", "[]"),
        ]);
        let expected = serde_json::json!({
            "deploy": { "to": ["Development", foreign], "notes": "one\ntwo\n[three]" },
            "prompted-variables": { "A": foreign, "B": "1\n2" },
        });
        assert_eq!(made, expected, "{server:?}");
    }
    let (_, asked) =
        asked(&[("PROMENADE_INPUT_SETTINGS_JSON", "[\"[create]\\nversion = \\\"1\\\"\\n\"]")]).unwrap();
    let text = "[create]\nversion = \"1\"".to_owned();
    assert_eq!(
        asked.settings,
        SettingsSource::Inline { name: "PROMENADE_INPUT_SETTINGS_JSON".to_owned(), text }
    );
}

#[test]
fn json_that_cannot_be_filled_in_is_reported() {
    let deploy =
        [("GITLAB_CI", "true"), ("PROMENADE_INPUT_COMMAND", "deploy"), ("PROMENADE_INPUT_TO", "Test")];
    for (variable, value, words) in [
        ("PROMENADE_INPUT_TENANT_JSON", "[\"$TENANT\"]", "$TENANT stands for a variable that is not there"),
        ("PROMENADE_INPUT_TENANT_JSON", "[\"a\"", "it is not JSON"),
        ("PROMENADE_INPUT_TENANT_JSON", "{\"a\": 1}", "it must be a list"),
        ("PROMENADE_INPUT_TO_JSON", "[\"Live\"]", "PROMENADE_INPUT_TO says the same already"),
        ("PROMENADE_INPUT_TOO_JSON", "[\"Live\"]", "there is no such input"),
    ] {
        let error = wrong(&[&deploy[..], &[(variable, value)]].concat());
        assert!(error.contains(words) && error.contains(variable), "{error}");
    }
}
