//! Reaching the server: its address, who asks, the space, the project, and names that are not quite right.

use serde_json::json;

use crate::support::shop::{Ran, Shop, build, with};

/// What the tests ask for when only the way to the server matters: nothing new is made of it.
const READS: [&str; 8] =
    ["deploy", "--project", "Web Shop", "--version", "1.4.6", "--to", "Development", "--no-wait"];

/// The same with further arguments, told nothing of the server by the environment.
fn reads(shop: &Shop, more: &[&str]) -> std::process::Command {
    shop.bare(&[&READS[..], more].concat())
}

#[test]
fn the_address_may_end_with_api_or_a_slash() {
    let shop = Shop::new();
    for ending in ["", "/", "/api", "/api/", "/app#/Spaces-1/projects"] {
        let url = format!("{}{ending}", shop.sandbox.url());
        let ran = Ran::of(with(shop.command(&READS), "OCTOPUS_URL", url));
        if ending.contains('#') {
            ran.ends(2).says(&["connection.url has a query"]);
            continue;
        }
        ran.passes().says(&[&format!("({}/app#/Spaces-1/releases/", shop.sandbox.url())]);
    }
    assert!(shop.requests().iter().all(|it| it.path.starts_with("/api/Spaces-1/")));
}

#[test]
fn a_base_path_stays_in_front_of_every_request() {
    let shop = Shop::new();
    let url = format!("{}/octopus/api/", shop.sandbox.url());
    Ran::of(with(shop.command(&READS), "OCTOPUS_URL", url)).ends(1);
    assert!(shop.requests().iter().all(|it| it.path.starts_with("/octopus/api/Spaces-1/")));
}

#[test]
fn an_address_that_is_none_is_refused_before_a_request() {
    let shop = Shop::new();
    for (url, words) in [
        ("octopus.example", "connection.url is not an address"),
        ("ftp://octopus.example", "connection.url is not an address"),
        ("https://", "connection.url names no server"),
        ("https://me:secret@octopus.example", "connection.url holds a user name or password"),
        ("https://octopus.example?x=1", "connection.url has a query"),
    ] {
        Ran::of(with(shop.command(&READS), "OCTOPUS_URL", url)).ends(2).says(&[words]).never_says("secret@");
    }
    let nothing = Ran::of(reads(&shop, &[])).ends(2);
    nothing.says(&["no server is named", "set OCTOPUS_URL", "no credential is named", "set OCTOPUS_API_KEY"]);
}

#[test]
fn the_space_is_named_by_id_or_name_or_is_the_default_one() {
    let shop = Shop::new();
    for (space, requests) in [("Spaces-1", 0), ("default", 1), ("Default", 1), ("", 1)] {
        shop.forget();
        let command = with(shop.command(&READS), "OCTOPUS_SPACE", space);
        Ran::of(command).passes();
        let spaces = shop.requests().iter().filter(|it| it.path == "/api/spaces").count();
        assert_eq!(spaces, requests, "{space:?}");
    }
    let other =
        ["deploy", "--project", "Other Shpo", "--space", "Second", "--version", "1", "--to", "Development"];
    shop.run(&other).ends(1).says(&["there is no project 'Other Shpo'; the nearest is 'Other Shop'"]);
    shop.run(&[
        "deploy",
        "--project",
        "Web Shop",
        "--space",
        "Secnod",
        "--version",
        "1",
        "--to",
        "Development",
    ])
    .ends(1)
    .says(&["there is no space 'Secnod'; the nearest is 'Second'"]);
}

#[test]
fn the_project_is_named_by_id_slug_or_name() {
    let shop = Shop::new();
    let id = shop.project_id("Web Shop");
    for name in [id.as_str().unwrap(), "web-shop", "Web Shop", "web shop", "WEB SHOP"] {
        let mut arguments = READS;
        arguments[2] = name;
        shop.run(&arguments).passes();
    }
}

#[test]
fn the_channel_is_named_by_id_or_name() {
    let shop = Shop::new();
    let create = ["create", "--project", "Web Shop", "--package", "Deploy web:2.0.1", "--channel"];
    for (channel, version) in [("Hotfix", "2.0.5"), ("hotfix", "2.0.6"), ("Channels-2", "2.0.7")] {
        shop.run(&[&create[..], &[channel, "--version", version]].concat()).passes();
        assert_eq!(shop.release("Web Shop", version)["channel"], "Hotfix");
    }
}

#[test]
fn a_key_comes_from_the_environment_a_file_or_a_command() {
    let shop = Shop::new();
    let (url, key) = (shop.sandbox.url(), shop.sandbox.api_key());
    shop.write("key", &format!("{key}\n"));
    let at = ["--url", url];
    Ran::of(with(reads(&shop, &[&at[..], &["--api-key-env", "MY_KEY"]].concat()), "MY_KEY", key)).passes();
    Ran::of(reads(&shop, &[&at[..], &["--api-key-file", "key"]].concat())).passes();
    shop.write("command.toml", "[connection]\napi-key = { command = [\"cat\", \"key\"] }\n");
    Ran::of(reads(&shop, &[&at[..], &["--config", "command.toml"]].concat())).passes();

    for (arguments, words) in [
        (
            ["--api-key-env", "MY_KEY"],
            "connection.api-key: the environment variable MY_KEY is not set, or empty",
        ),
        (["--api-key-file", "kye"], "connection.api-key: kye cannot be read"),
    ] {
        Ran::of(reads(&shop, &[&at[..], &arguments].concat())).ends(2).says(&[words]);
    }
    shop.write("literal.toml", &format!("[connection]\napi-key = \"{key}\"\n"));
    Ran::of(reads(&shop, &[&at[..], &["--config", "literal.toml"]].concat())).ends(2).never_says(key);
}

#[test]
fn a_wrong_key_is_refused_with_what_to_do() {
    let shop = Shop::new();
    Ran::of(with(shop.command(&READS), "OCTOPUS_API_KEY", "API-NOTTHISONE0000000000000000"))
        .ends(1)
        .says(&["401", "what to do:"])
        .never_says("NOTTHISONE");
}

#[test]
fn the_variables_of_octopus_and_of_its_older_tool_are_honoured() {
    let shop = Shop::new();
    let (url, key) = (shop.sandbox.url(), shop.sandbox.api_key());
    let older = with(with(reads(&shop, &[]), "OCTOPUS_CLI_SERVER", url), "OCTOPUS_CLI_API_KEY", key);
    Ran::of(older).passes();
    // The newer ones win, and flags win over both.
    let both = with(shop.command(&READS), "OCTOPUS_CLI_SERVER", "http://127.0.0.1:1");
    Ran::of(with(both, "OCTOPUS_CLI_API_KEY", "API-WRONG")).passes();
    let flags = with(reads(&shop, &["--url", url]), "OCTOPUS_URL", "http://127.0.0.1:1");
    Ran::of(with(flags, "OCTOPUS_API_KEY", key)).passes();
    let token = shop.token();
    let by_token = with(with(reads(&shop, &[]), "OCTOPUS_URL", url), "OCTOPUS_ACCESS_TOKEN", &token);
    Ran::of(by_token).passes().never_says(&token);
}

#[test]
fn a_user_name_and_password_are_refused_with_advice() {
    let shop = Shop::new();
    let advice = "user name and password are not supported; make an API key";
    for name in ["OCTOPUS_CLI_USERNAME", "OCTOPUS_CLI_PASSWORD"] {
        let command = with(reads(&shop, &["--url", shop.sandbox.url()]), name, "somebody");
        Ran::of(command).ends(2).says(&[advice]).never_says("somebody");
    }
    shop.write("password.toml", "[connection]\nusername = \"ann\"\npassword = \"tops3cret\"\n");
    let command = shop.command(&[&READS[..], &["--config", "password.toml"]].concat());
    Ran::of(command)
        .ends(2)
        .says(&["password.toml:2:", "user name and password are not supported"])
        .never_says("tops3cret");
    assert_eq!(shop.requests(), []);
}

#[test]
fn an_identity_token_is_exchanged_wherever_it_comes_from() {
    let shop = Shop::new();
    shop.write("jwt", "sandbox-subject-token\n");
    let account =
        ["--url", shop.sandbox.url(), "--oidc-service-account", "1c0f7e2a-5a0f-4a1e-9f0e-5c2f8f3b1d77"];
    let from =
        |more: &[&str]| with(reads(&shop, &[&account[..], more].concat()), "MY_JWT", "sandbox-subject-token");
    Ran::of(from(&["--oidc-token-env", "MY_JWT"])).passes();
    Ran::of(from(&["--oidc-token-file", "jwt"])).passes();
    shop.write(
        "oidc.toml",
        "[connection.oidc]\nservice-account = \"1c0f7e2a-5a0f-4a1e-9f0e-5c2f8f3b1d77\"\n\
         token = { command = [\"cat\", \"jwt\"] }\n",
    );
    Ran::of(from(&["--config", "oidc.toml"])).passes();
    assert!(shop.requests().iter().all(|it| !it.headers.iter().any(|(name, _)| name == "x-octopus-apikey")));
    shop.write("jwt", "another-token");
    Ran::of(from(&["--oidc-token-file", "jwt"])).ends(1).says(&["was refused"]).never_says("another-token");
}

#[test]
fn a_token_is_renewed_during_a_long_wait() {
    let shop = Shop::playing(10.0, |_| {});
    shop.write("jwt", "sandbox-subject-token");
    let account = "2d1f8f3b-6b10-4b2f-8a1f-6d3f904c2e88";
    let arguments =
        ["deploy", "--project", "Web Shop", "--version", "1.4.6", "--to", "Development", "--again", "--url"];
    let oidc = ["--oidc-service-account", account, "--oidc-token-file", "jwt"];
    Ran::of(shop.bare(&[&arguments[..], &[shop.sandbox.url()], &oidc[..]].concat()))
        .passes()
        .says(&["deploy: Development: succeeded"])
        .never_says("trouble");
    let exchanges = shop.requests().iter().filter(|it| it.path.ends_with("/token/v1")).count();
    assert!((2..=6).contains(&exchanges), "{exchanges} exchanges in 6 s with tokens of 3 s");
}

#[test]
fn giving_up_on_encryption_or_its_proof_is_loud() {
    let shop = Shop::new();
    shop.run(&[&READS[..], &["--no-verify-tls"]].concat()).passes().says(&[
        "warning: connection.verify-tls is off: anybody between here and the server can read the credential",
    ]);
    shop.run(&[&READS[..], &["--no-verify-tls", "--quiet", "--json"]].concat())
        .passes()
        .says(&["warning: connection.verify-tls is off"]);
    let hurry = ["--retry-limit", "1s", "--connect-limit", "1s", "--time-limit", "2s"];
    let elsewhere = shop.command(&[&READS[..], &hurry[..]].concat());
    Ran::of(with(elsewhere, "OCTOPUS_URL", "http://octopus.invalid"))
        .ends(4)
        .says(&["warning: connection.url begins with http://: anybody between here and the server can read the credential"]);
    shop.run(&READS).passes().never_says("warning");
}

#[test]
fn a_name_that_contains_another_is_not_taken_for_it() {
    let shop = Shop::new();
    // The server searches by part of a name: 'Production' finds 'Pre-Production' first.
    let deploy = ["deploy", "--project", "Guided Shop", "--no-wait", "--notes", "n", "--to"];
    shop.run(&["create", "--project", "Guided Shop", "--version", "1.0.0"]).passes();
    shop.run(&[&deploy[..], &["Production"]].concat()).passes();
    shop.run(&[&deploy[..], &["pre-production"]].concat()).passes();
    let made = shop.deployments_in_words();
    let places: Vec<_> = made.iter().map(|it| it.split(':').next().unwrap()).collect();
    assert_eq!(places, ["1.0.0 to Production", "1.0.0 to Pre-Production"]);
    shop.run(&[&deploy[..], &["Prod"]].concat())
        .ends(1)
        .says(&["there is no environment 'Prod'; the nearest is 'Production'"]);
}

#[test]
fn unknown_names_of_a_new_release_are_named_with_the_nearest() {
    let shop = Shop::new();
    for (keys, words) in [
        ("to = [\"Develpment\"]", "there is no environment 'Develpment'; the nearest is 'Development'"),
        (
            "to = [\"Development\"]\nmachines = [\"dev-1\"]",
            "there is no machine 'dev-1'; the nearest is 'dev-01'",
        ),
        ("to = [\"Development\"]\ntenants = [\"Amce\"]", "there is no tenant 'Amce'; the nearest is 'Acme'"),
    ] {
        let project = if keys.contains("tenants") { "Portal" } else { "Web Shop" };
        let settings = format!("[create]\nversion = \"9.{}.0\"\n[deploy]\n{keys}", keys.len());
        shop.handle(project, &settings, &build("1")).ends(1).says(&[&format!("deploy: error: {words}")]);
    }
    assert_eq!(shop.deployments(), [] as [serde_json::Value; 0]);
}

#[test]
fn a_space_whose_queue_is_stopped_is_said_so() {
    let shop = Shop::new();
    let arguments = [
        "deploy",
        "--space",
        "Stopped",
        "--project",
        "Standing Shop",
        "--version",
        "1",
        "--to",
        "Development",
    ];
    shop.run(&arguments).ends(1).says(&["warning: the task queue of space 'Stopped' is stopped"]);
    assert_eq!(json!(shop.written()), json!([]));
}
