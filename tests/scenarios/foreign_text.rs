//! Text that came from outside stays text, here and on the server, and takes no secret along; what is written the
//! wrong way is told with the reason. All through the real program.

use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;

use serde_json::json;

use crate::support::shop::{Ran, Shop, build, with};

/// Something that looks like an expression, like a template of the server's, and like a secret's name.
const FOREIGN: &str = "100% of %Environment.DEMO_SECRET%, $Build.Id$, #{Octopus.Project.Name} and ##{x}";
/// What the server is sent of it.
const ESCAPED: &str = "100% of %Environment.DEMO_SECRET%, $Build.Id$, ##{Octopus.Project.Name} and ##{x}";
const SECRET: &str = "hunter2hunter2";

/// A command of a run that knows a secret, since its settings name it, and has it in its environment.
fn knowing(shop: &Shop, arguments: &[&str]) -> Command {
    with(shop.command(arguments), "DEMO_SECRET", SECRET)
}

/// Runs `promenade step` with these inputs.
fn step(shop: &Shop, inputs: &[(&str, &str)]) -> Ran {
    let mut command = knowing(shop, &["step"]);
    command.envs(inputs.iter().map(|(name, value)| (format!("PROMENADE_INPUT_{name}"), value)));
    Ran::of(command)
}

/// What was sent as the notes of the only release that was asked for.
fn notes(shop: &Shop) -> String {
    shop.body_of("releases/create/v1")["ReleaseNotes"].as_str().expect("notes").to_owned()
}

#[test]
fn inputs_and_flags_are_no_expressions() {
    let shop = Shop::new();
    let created =
        [("COMMAND", "create"), ("PROJECT", "Quick Shop"), ("VERSION", "7.0.0"), ("NOTES", FOREIGN)];
    step(&shop, &created).passes();
    assert!(notes(&shop).starts_with(ESCAPED), "{}", notes(&shop));
    shop.forget();
    let create = ["create", "--project", "Quick Shop", "--version", "7.0.1", "--notes", FOREIGN];
    Ran::of(knowing(&shop, &create)).passes();
    assert!(notes(&shop).starts_with(ESCAPED), "{}", notes(&shop));
    shop.forget();
    // A name from outside is looked for as it was written, and is not there.
    let git = [
        ("COMMAND", "create"),
        ("PROJECT", "Infra"),
        ("VERSION", "7.0.0"),
        ("GIT_REF", "%Environment.DEMO_SECRET%"),
    ];
    step(&shop, &git).ends(1).never_says(SECRET);
    let deploy = ["deploy", "--project", "Quick Shop", "--version", "7.0.0", "--to", "$Build.Branch$"];
    Ran::of(knowing(&shop, &deploy)).ends(1).says(&["there is no environment '$Build.Branch$'"]);
}

#[test]
fn expressions_are_read_in_inputs_and_flags_where_somebody_asks_for_it() {
    let shop = Shop::new();
    shop.write(
        "event.json",
        &json!({"event": "build-completed", "build": {"id": "7", "branch": "a #{B}"}}).to_string(),
    );
    let given = [
        "--project",
        "Quick Shop",
        "--version",
        "7.0.0",
        "--notes",
        "$Build.Branch$ #{C}",
        "--event",
        "event.json",
    ];
    let create = [&["create", "--expressions"], &given[..]].concat();
    Ran::of(knowing(&shop, &create)).passes();
    // What is written into a flag came from outside, too.
    assert!(notes(&shop).starts_with("a ##{B} ##{C}"), "{}", notes(&shop));
    let inputs = [
        ("COMMAND", "create"),
        ("PROJECT", "Quick Shop"),
        ("VERSION", "7.0.1"),
        ("EXPRESSIONS", "true"),
        ("NOTES", "%Environment.OCTOPUS_API_KEY%"),
    ];
    step(&shop, &inputs)
        .ends(2)
        .says(&["create.notes: `%Environment.OCTOPUS_API_KEY%` holds a secret of this run"])
        .never_says(shop.sandbox.api_key());
}

#[test]
fn no_secret_goes_to_the_server_in_a_text() {
    let shop = Shop::new();
    let named = "[prompted-variables]\nPassword = { env = \"DEMO_SECRET\" }\n";
    let handle = |actions: &str| {
        shop.forget();
        let command = shop.handling("Quick Shop", &format!("{actions}{named}"), &build("7"));
        Ran::of(with(command, "DEMO_SECRET", SECRET)).never_says(SECRET)
    };
    handle("[create]\nversion = \"7.0.0\"\nnotes = \"%Environment.DEMO_SECRET%\"\n")
        .ends(2)
        .says(&["promenade.toml:5:9: create.notes: `%Environment.DEMO_SECRET%` holds a secret of this run"]);
    handle(&format!("[create]\nversion = \"{SECRET}\"\n"))
        .ends(2)
        .says(&["promenade.toml:4:11: create.version holds a secret of this run"]);
    assert!(shop.requests().is_empty(), "nothing is sent");
    handle(&format!("[create]\nversion = \"7.0.0\"\nnotes = \"all of {SECRET}!\"\n"))
        .passes()
        .says(&["warning: create.notes holds a secret of this run; it is sent with *** in its place"]);
    assert!(notes(&shop).starts_with("all of ***!"), "{}", notes(&shop));
    // A flag and a file of notes are texts, too.
    shop.forget();
    shop.write("notes.md", &format!("key {}", shop.sandbox.api_key()));
    let create = ["create", "--project", "Quick Shop", "--version", "7.0.1", "--notes-file", "notes.md"];
    shop.run(&create).passes().says(&["warning: create.notes-file holds a secret of this run"]);
    assert!(notes(&shop).starts_with("key ***"), "{}", notes(&shop));
    let key = shop.sandbox.api_key();
    shop.run(&["create", "--project", "Quick Shop", "--version", key])
        .ends(2)
        .says(&["--version: create.version holds a secret of this run"])
        .never_says(key);
    shop.run(&["create", "--project", key]).ends(2).says(&["--project: connection.project holds a secret"]);
}

#[test]
fn what_a_command_prints_is_a_secret_of_the_run_too() {
    let shop = Shop::new();
    let key = shop.sandbox.api_key();
    shop.write("key", key);
    let settings = "[connection]\nproject = \"Quick Shop\"\napi-key = { command = [\"cat\", \"key\"] }\n[create]\nversion = \"7.0.0\"\n";
    shop.write("p.toml", &format!("{settings}custom-fields = {{ A = \"{key}\" }}\n"));
    let run = || {
        let mut command = shop.command(&["create", "--config", "p.toml"]);
        command.env_remove("OCTOPUS_API_KEY");
        Ran::of(command).never_says(key)
    };
    run().ends(2).says(&["p.toml:6:23: create.custom-fields.A holds a secret of this run"]);
    assert!(shop.requests().is_empty(), "nothing is sent");
    shop.write("p.toml", &format!("{settings}notes = \"with {key}\"\n"));
    run().passes().says(&["warning: create.notes holds a secret"]);
    assert!(notes(&shop).starts_with("with ***"), "{}", notes(&shop));
}

#[test]
fn a_template_goes_through_where_the_settings_say_so() {
    let shop = Shop::new();
    let event = json!({"id": "7", "branch": "#{Octopus.Project.Name}"});
    let create = "[create]\nversion = \"7.0.0\"\nnotes = \"$Build.Branch$ #{Octopus.Project.Name}\"\n";
    shop.handle("Quick Shop", create, &event).passes();
    assert!(notes(&shop).starts_with("##{Octopus.Project.Name} #{Octopus.Project.Name}"), "{}", notes(&shop));
    shop.forget();
    shop.write(
        "event.json",
        &json!({"event": "build-completed", "status": "successful", "build": event}).to_string(),
    );
    let create = create.replace("7.0.0", "7.0.1");
    shop.write(
        "p.toml",
        &format!("server-templates = true\n[connection]\nproject = \"Quick Shop\"\n{create}"),
    );
    shop.run(&["handle", "--config", "p.toml", "--event", "event.json"]).passes();
    assert!(notes(&shop).starts_with("#{Octopus.Project.Name} #{"), "{}", notes(&shop));
}

#[test]
fn what_is_given_twice_is_no_guess() {
    let shop = Shop::new();
    let deploy = ["deploy", "--project", "Quick Shop", "--version", "1.0.0", "--to", "Development"];
    for more in [
        &["--variable", "Approver=ann", "--variable", "Approver=bob"][..],
        &["--variable", "Approver=ann", "--variable-env", "approver=PATH"],
    ] {
        shop.run(&[&deploy, more].concat()).ends(2).says(&["pprover` is given twice; keep one of them"]);
    }
    let create =
        ["create", "--project", "Web Shop", "--package", "Deploy web:1.4.5", "--package", "Deploy web:1.4.6"];
    shop.run(&create)
        .ends(2)
        .says(&["--package: what `Deploy web:1.4.6` is about is given twice in `packages`"]);
    shop.write("event.json", "{\"event\": \"build-completed\",\n \"build\": {\"id\": \"1\", \"id\": \"2\"}}");
    shop.write("p.toml", "[connection]\nproject = \"Quick Shop\"\n[create]\n");
    shop.run(&["handle", "--config", "p.toml", "--event", "event.json"])
        .ends(2)
        .says(&["event.json:2:23: this key is given twice; keep one of them"]);
    assert!(shop.requests().is_empty(), "nothing is sent");
}

#[test]
fn white_space_around_names_does_not_matter() {
    let shop = Shop::new();
    let create = ["create", "--project", "Quick Shop \r", "--version", "7.0.0\r", "--channel", "Default "];
    shop.run(&create).passes();
    shop.run(&create).ends(1).says(&["7.0.0 of project 'Quick Shop' exists already"]);
    shop.run(&["create", "--project", "Infra", "--version", "7.0.0", "--git-ref", "main\r"]).passes();
    shop.run(&["deploy", "--project", "Quick Shop", "--version", "7.0.0", "--to", " Development\r"]).passes();
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_file() {
    let shop = Shop::new();
    let mark = "\u{feff}";
    shop.write("p.toml", &format!("{mark}[connection]\nproject = \"Quick Shop\"\napi-key = {{ file = \"key\" }}\n[create]\nversion = \"7.0.0\"\nnotes-file = \"notes\"\n"));
    shop.write("e.json", &format!("{mark}{{\"event\": \"build-completed\", \"status\": \"successful\", \"build\": {{\"id\": \"7\"}}}}"));
    shop.write("notes", &format!("{mark}New"));
    shop.write("key", &format!("{mark}{}\r\n", shop.sandbox.api_key()));
    shop.run(&["handle", "--config", "p.toml", "--event", "e.json"]).passes();
    assert!(notes(&shop).starts_with("New"), "{:?}", notes(&shop));
}

#[test]
fn a_file_that_cannot_be_read_comes_with_one_advice_that_fits() {
    let shop = Shop::new();
    let create = |notes: &str| {
        shop.run(&["create", "--project", "Quick Shop", "--version", "7.0.0", "--notes-file", notes]).ends(2)
    };
    std::fs::write(shop.folder.path().join("utf16"), b"\xff\xfeN\0").expect("the file is written");
    let told = create("utf16").says(&[
        "--notes-file: the release notes `utf16` cannot be read: utf16 is not UTF-8; save it as UTF-8",
    ]);
    assert!(!told.to_string().contains("check the path"), "{told}");
    let told = create("missing")
        .says(&["missing cannot be read: No such file", "; check the path, which is relative"]);
    assert_eq!(told.to_string().matches("check the path").count(), 1, "{told}");
}

#[test]
fn marks_around_a_name_are_named_as_the_reason() {
    let shop = Shop::new();
    let deploy = ["deploy", "--project", "Web Shop", "--version", "1.4.6"];
    shop.run(&[&deploy[..], &["--to", "'Development'"]].concat()).ends(1).says(&[
        "the nearest is 'Development'",
        "the quotation marks are part of the name as it arrived; remove them",
    ]);
}

#[test]
fn a_schedule_beyond_the_time_limit_is_refused_before_anything_is_sent() {
    let shop = Shop::new();
    let later = ["--run-at", "2099-01-01T00:00:00Z", "--time-limit", "1h"];
    let deploy = ["deploy", "--project", "Quick Shop", "--version", "1.0.0", "--to", "Development"];
    shop.run(&[&deploy[..], &later].concat())
        .ends(2)
        .says(&["--run-at: `run-at` (2099-01-01T00:00:00Z) is later than the action's time limit of 1h"]);
    let promote = ["promote", "--project", "Quick Shop", "--from", "Development", "--to", "Test"];
    shop.run(&[&promote[..], &later].concat()).ends(2).says(&["is later than the action's time limit"]);
    assert!(shop.requests().is_empty(), "nothing is sent");
}

#[test]
fn a_variable_that_is_no_text_is_an_error_where_it_would_be_taken() {
    let shop = Shop::new();
    let no_text = std::ffi::OsStr::from_bytes(b"Sp\xe4ces-2");
    let create = ["create", "--project", "Quick Shop", "--version", "7.0.0"];
    for name in ["OCTOPUS_SPACE", "OCTOPUS_URL", "OCTOPUS_API_KEY"] {
        Ran::of(with(shop.command(&create), name, no_text)).ends(2).says(&[&format!(
            "environment variable {name}: it is not Unicode text; set it again, or leave it out"
        )]);
    }
    let space = [&create[..], &["--space", "Default"]].concat();
    Ran::of(with(shop.command(&space), "OCTOPUS_SPACE", no_text)).passes();
    // What a CI server would say of the build is not taken for not said.
    shop.write("p.toml", "[connection]\nproject = \"Quick Shop\"\n[create]\nversion = \"7.0.1\"\n[conditions]\nall = [{ left = \"$Build.Tag$\", op = \"is-empty\" }]\n");
    let mut command = shop.command(&["handle", "--config", "p.toml", "--status", "successful"]);
    command
        .envs([("GITLAB_CI", "true"), ("CI_PIPELINE_ID", "7"), ("CI_JOB_ID", "8")])
        .env("CI_COMMIT_TAG", no_text);
    Ran::of(command)
        .ends(2)
        .says(&["the environment variable CI_COMMIT_TAG, which says build.tag, is not Unicode text"]);
    assert_eq!(shop.release_versions("Quick Shop").iter().filter(|it| it.starts_with("7.")).count(), 1);
}

#[test]
fn settings_in_the_working_folder_are_taken_where_none_are_named() {
    let shop = Shop::new();
    let told = "the settings are those of promenade.toml in the working folder";
    shop.write(
        "event.json",
        &json!({"event": "build-completed", "status": "successful", "build": {"id": "7"}}).to_string(),
    );
    for command in [&["handle", "--event", "event.json"][..], &["plan", "--event", "event.json"], &["check"]]
    {
        shop.run(command)
            .ends(2)
            .says(&["no settings file is named, and the working folder has no promenade.toml"]);
    }
    shop.write("promenade.toml", "[connection]\nproject = \"Quick Shop\"\n[create]\nversion = \"7.0.0\"\n");
    shop.run(&["check"]).passes().says(&[told]);
    shop.run(&["plan", "--event", "event.json"]).passes().says(&[told, "create: would run"]);
    shop.run(&["handle", "--event", "event.json"]).passes().says(&[told]);
    step(&shop, &[("COMMAND", "plan"), ("EVENT", "event.json")]).passes().says(&[told]);
    // An action by itself takes it only where it is named.
    let create = ["create", "--project", "Quick Shop", "--version", "7.0.1"];
    assert!(!shop.run(&create).passes().to_string().contains(told));
    shop.write("promenade.toml", "[connection]\nprojcet = \"Quick Shop\"\n");
    shop.run(&["check"]).ends(2).says(&["promenade.toml:2:1: unknown key `projcet`"]);
}

#[test]
fn a_branch_becomes_a_version() {
    let shop = Shop::new();
    let settings =
        "[create]\nversion = '1.0.0-$Build.RefName | Replace \"[^0-9A-Za-z]+\" \"-\" | ToLower$'\n";
    let event = json!({"id": "7", "branch": "feature/ABC_123"});
    shop.handle("Quick Shop", settings, &event).passes();
    assert_eq!(shop.release("Quick Shop", "1.0.0-feature-abc-123")["version"], "1.0.0-feature-abc-123");
}
