//! `promenade step`: what a CI server's step asks for in its inputs, done by the real program.

use std::process::Command;

use insta::assert_snapshot;

use crate::support::program::{PROGRAM, scrubbed};
use crate::support::shop::{Ran, Shop};

/// The program with these arguments and variables, in the test's folder, told of the server as an input.
fn command(shop: &Shop, arguments: &[&str], prefix: &str, inputs: &[(&str, &str)]) -> Command {
    let mut command = shop.bare(arguments);
    let connection = [("URL", shop.sandbox.url()), ("API_KEY", shop.sandbox.api_key()), ("SPACE", "Default")];
    for (name, value) in connection {
        command.env(format!("{prefix}{name}"), value);
    }
    command.envs(inputs.iter().map(|(name, value)| (format!("{prefix}{name}"), value)));
    command
}

/// Runs `promenade step` with these inputs.
fn step(shop: &Shop, inputs: &[(&str, &str)]) -> Ran {
    Ran::of(command(shop, &["step"], "PROMENADE_INPUT_", inputs))
}

#[test]
fn a_step_creates_deploys_and_promotes_by_its_inputs() {
    let shop = Shop::new();
    let created =
        [("COMMAND", "create"), ("PROJECT", "Quick Shop"), ("VERSION", "7.0.0"), ("NOTES", "All\nnew\n")];
    step(&shop, &created).passes().says(&["7.0.0"]).never_says(shop.sandbox.api_key());
    assert_eq!(shop.release("Quick Shop", "7.0.0")["notes"], "All\nnew");
    let deployed =
        [("COMMAND", "deploy"), ("PROJECT", "Quick Shop"), ("VERSION", "7.0.0"), ("TO", "[\"Development\"]")];
    step(&shop, &deployed).passes();
    let promoted =
        [("COMMAND", "promote"), ("PROJECT", "Quick Shop"), ("FROM", "Development"), ("TO", "Test\n")];
    step(&shop, &promoted).passes();
    assert_eq!(shop.deployments_in_words(), ["7.0.0 to Development: Success", "7.0.0 to Test: Success"]);
}

#[test]
fn settings_may_stand_in_an_input() {
    let shop = Shop::new();
    let settings = "[connection]\nproject = \"Quick Shop\"\n[create]\nversion = \"7.0.0\"\n";
    let build = [("ContinuaCI.Version", "1"), ("ContinuaCI.Build.Id", "7")];
    let mut handle = command(
        &shop,
        &["step"],
        "PROMENADE_INPUT_",
        &[("SETTINGS", settings), ("STATUS", "successful"), ("SPACE", "Default")],
    );
    handle.envs(build);
    Ran::of(handle).passes();
    assert_eq!(shop.release("Quick Shop", "7.0.0")["version"], "7.0.0");
}

#[test]
fn drone_and_woodpecker_start_the_program_itself() {
    for (mark, to) in
        [(("DRONE", "true"), "Development,Test"), (("CI", "woodpecker"), "[\"Development\",\"Test\"]")]
    {
        let shop = Shop::new();
        let inputs = [("COMMAND", "create"), ("PROJECT", "Quick Shop"), ("VERSION", "7.0.0")];
        let mut create = command(&shop, &[], "PLUGIN_", &inputs);
        create.env(mark.0, mark.1);
        Ran::of(create).passes().never_says(shop.sandbox.api_key());
        let inputs =
            [("COMMAND", "plan"), ("TO", to), ("SETTINGS", "[connection]\nproject = \"Quick Shop\"\n")];
        let mut refused = command(&shop, &[], "PLUGIN_", &inputs);
        refused.env(mark.0, mark.1);
        Ran::of(refused).ends(2).says(&["PLUGIN_TO: `plan` takes no `to`"]);
        assert_eq!(shop.release("Quick Shop", "7.0.0")["version"], "7.0.0");
    }
    // Without the server's mark, a start without arguments is a person who looks for help.
    let mut lost = scrubbed(PROGRAM);
    lost.env("PLUGIN_COMMAND", "create");
    Ran::of(lost).ends(2).says(&["Usage: promenade"]);
}

#[test]
fn buildkite_hands_a_configuration_over() {
    let shop = Shop::new();
    let configuration = format!(
        r#"{{"command": "create", "url": "{}", "space": "Default", "project": "Quick Shop", "version": "7.0.0",
            "api-key-env": "KEY", "skip-if-exists": true}}"#,
        shop.sandbox.url()
    );
    let mut create = shop.bare(&["step"]);
    create.env("BUILDKITE_PLUGIN_CONFIGURATION", configuration).env("KEY", shop.sandbox.api_key());
    Ran::of(create).passes();
    assert_eq!(shop.release("Quick Shop", "7.0.0")["version"], "7.0.0");
}

#[test]
fn wrong_inputs_are_told_all_at_once_and_nothing_is_done() {
    let shop = Shop::new();
    let wrong = [("COMMAND", "deploy"), ("TIMELIMIT", "1h"), ("WAIT", "no"), ("TO", "Test")];
    let told = step(&shop, &wrong).ends(2);
    assert_snapshot!(told, @r#"
    environment variable PROMENADE_INPUT_TIMELIMIT: there is no such input; did you mean `PROMENADE_INPUT_TIME_LIMIT`?
    environment variable PROMENADE_INPUT_WAIT: it must be `true` or `false`; write one of them
    promenade: bad settings (exit code 2)
    "#);
    // What only the settings as a whole show is told with the variables too.
    let wrong = [("COMMAND", "deploy"), ("GUIDED_FAILURE", "onn"), ("TENANT", "Acme")];
    let told = step(&shop, &wrong).ends(2);
    assert_snapshot!(told, @r#"
    environment variable PROMENADE_INPUT_GUIDED_FAILURE: deploy.guided-failure cannot be `onn`; did you mean `on`? Known are `default`, `on` or `off`
    environment variable PROMENADE_INPUT_TENANT: `to` is missing in `deploy`; give the input `to`
    environment variable PROMENADE_INPUT_URL: no project is named; add `project = "…"` to `[connection]`, or give `--project`
    promenade: bad settings (exit code 2)
    "#);
    let told = step(&shop, &[("COMMAND", "deploy"), ("PROJECT", "Quick Shop")]).ends(2);
    assert_snapshot!(told, @r#"
    environment variable PROMENADE_INPUT_COMMAND: `to` is missing in `deploy`; give the input `to`
    promenade: bad settings (exit code 2)
    "#);
    let told = step(&shop, &[("SETTINGS", "[connection]\nprojcet = 'x'\n"), ("JSON", "true")]).ends(2);
    let result: serde_json::Value = serde_json::from_str(&told.out).expect("JSON");
    assert_eq!(result["problems"][0]["source"], "PROMENADE_INPUT_SETTINGS", "{result:#}");
    assert_eq!(shop.requests().len(), 0);
}

#[test]
fn no_secret_input_is_told() {
    let shop = Shop::new();
    let key = "API-PLANTED";
    // Everything that is told of is where a secret was put by mistake, beside its right place.
    for inputs in [
        &[("COMMAND", "API-PLANTED")] as &[_],
        &[("COMMAND", "deploy"), ("TIME_LIMIT", "API-PLANTED"), ("TO", "x"), ("PROJECT", "x")],
        &[("COMMAND", "deploy"), ("STATUS", "API-PLANTED"), ("TO", "x"), ("PROJECT", "x")],
        &[("COMMAND", "deploy"), ("GUIDED_FAILURE", "API-PLANTED"), ("TO", "x"), ("PROJECT", "x")],
        &[("CONFIG", "API-PLANTED")],
        &[("SETTINGS", "[connection]\nurl = API-PLANTED")],
        &[("COMMAND", "deploy"), ("PROJECT", "API-PLANTED"), ("TO", "x")],
    ] {
        for json in ["true", "false"] {
            let mut run = command(&shop, &["step"], "PROMENADE_INPUT_", inputs);
            run.env("PROMENADE_INPUT_API_KEY", key).env("PROMENADE_INPUT_JSON", json);
            let ran = Ran::of(run).never_says("PLANTED");
            assert_ne!(ran.code, 0, "{ran}");
        }
    }
}
