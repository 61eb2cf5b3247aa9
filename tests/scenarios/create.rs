//! Creating a release: every option, and every refusal before and by the server.

use serde_json::json;

use crate::support::shop::{Ran, Shop, build, with};

/// Creates a release of a project with these further flags.
fn create(shop: &Shop, project: &str, flags: &[&str]) -> Ran {
    shop.run(&[&["create", "--project", project], flags].concat())
}

/// Runs `handle` with this `[create]` section for a build.
fn create_for(shop: &Shop, project: &str, keys: &str, build: &serde_json::Value) -> Ran {
    shop.handle(project, &format!("[create]\n{keys}"), build)
}

#[test]
fn a_release_gets_the_version_and_channel_that_were_asked_for() {
    let shop = Shop::new();
    create(&shop, "Web Shop", &["--version", "2.0.5", "--channel", "Hotfix"])
        .passes()
        .says(&["create: release 2.0.5 was created (http", "promenade: passed (exit code 0)"]);
    let body = shop.body_of("releases/create/v1");
    let hotfix = shop.channel_id("Web Shop", "Hotfix");
    assert_eq!(
        (&body["ProjectName"], &body["ReleaseVersion"], &body["ChannelName"], &body["IgnoreIfAlreadyExists"]),
        (&shop.project_id("Web Shop"), &json!("2.0.5"), &hotfix, &json!(false))
    );
    assert_eq!(shop.release("Web Shop", "2.0.5")["channel"], "Hotfix");
}

#[test]
fn packages_have_a_default_version_and_versions_of_their_own_in_every_form() {
    let shop = Shop::new();
    let packages = [
        "--package-version",
        "1.4.7",
        "--package",
        "\"Deploy web\" = \"2.0.1\"",
        "--package",
        "Migrate:scripts:1.0.0",
    ];
    create(&shop, "web-shop", &[&["--version", "3.0.0"], &packages[..]].concat()).passes();
    let body = shop.body_of("releases/create/v1");
    assert_eq!(body["PackageVersion"], "1.4.7");
    assert_eq!(body["Packages"], json!(["Migrate:scripts:1.0.0", "Deploy web:2.0.1"]));
    let of = |step: &str, reference: &str| {
        let release = shop.release("Web Shop", "3.0.0");
        let all = release["packages"].as_array().unwrap();
        let found = all.iter().find(|it| it["step"] == step && it["reference"] == reference).unwrap();
        found["version"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        [of("Migrate", ""), of("Migrate", "scripts"), of("Deploy web", "")],
        ["1.4.7", "1.0.0", "2.0.1"]
    );

    shop.forget();
    create(&shop, "infra", &["--version", "3.0.1", "--git-ref", "refs/heads/main", "--package", "*:1.4.2"])
        .passes();
    assert_eq!(shop.body_of("releases/create/v1")["Packages"], json!(["*:1.4.2"]));
    let reads_process = shop.requests().iter().any(|it| it.path.ends_with("/deploymentprocesses"));
    assert!(!reads_process, "a version for all of them names nothing that could be unknown");
}

#[test]
fn an_unknown_step_or_package_is_an_error_before_anything_is_created() {
    for (package, name) in [
        ("Deploy wbe:1.4.7", "Deploy wbe"),
        ("Migrate:script:1.4.2", "Migrate:script"),
        ("*:Shop.Wbe:1.4.7", "Shop.Wbe"),
        ("Smoke test:1.0.0", "Smoke test"),
    ] {
        let shop = Shop::new();
        create(&shop, "Web Shop", &["--version", "3.0.0", "--package", package]).ends(1).says(&[
            &format!("create: error: the deployment process has no step or package '{name}'"),
            "create: what to do: it has 'Migrate', 'Deploy web'",
        ]);
        assert_eq!(shop.written(), [], "{package}");
    }
    Shop::new()
        .run(&["create", "--project", "Web Shop", "--package", "Deploy web"])
        .ends(2)
        .says(&["`Deploy web` is not a package version"]);
}

#[test]
fn a_package_version_that_does_not_exist_or_breaks_a_rule_is_the_servers_refusal_in_full() {
    let shop = Shop::new();
    create(&shop, "Web Shop", &["--version", "3.0.0", "--package-version", "9.9.9"])
        .ends(1)
        .says(&["create: error: creating release 3.0.0 of project 'Web Shop' was refused", "9.9.9"]);
    let hotfix = ["--channel", "Hotfix", "--package", "Deploy web:1.4.7"];
    create(&shop, "Web Shop", &[&["--version", "3.0.1"], &hotfix[..]].concat()).ends(1).says(&["[2.0,3.0)"]);
    create(&shop, "Web Shop", &[&["--version", "3.0.2", "--ignore-channel-rules"], &hotfix[..]].concat())
        .passes();
    assert_eq!(shop.release("Web Shop", "3.0.2")["ignoredChannelRules"], true);
}

#[test]
fn notes_come_from_the_settings_or_from_a_file() {
    let shop = Shop::new();
    shop.write("notes.md", "# News\n\n$ 100 % faster");
    create(&shop, "Web Shop", &["--version", "3.0.0", "--notes", "Short"]).passes();
    create(&shop, "Web Shop", &["--version", "3.0.1", "--notes-file", "notes.md"]).passes();
    assert_eq!(shop.release("Web Shop", "3.0.0")["notes"], "Short");
    assert_eq!(shop.release("Web Shop", "3.0.1")["notes"], "# News\n\n$ 100 % faster");
    let both = ["--version", "3.0.2", "--notes", "a", "--notes-file", "notes.md"];
    create(&shop, "Web Shop", &both).ends(2).says(&["both `notes` and `notes-file` are given"]);
    create(&shop, "Web Shop", &["--version", "3.0.2", "--notes-file", "nots.md"])
        .ends(2)
        .says(&["`nots.md` cannot be read", "is relative to the working folder"]);
}

#[test]
fn a_build_marks_the_notes_that_it_writes() {
    let shop = Shop::new();
    create_for(&shop, "Web Shop", "version = \"3.0.0\"\nnotes = \"News\"", &build("77")).passes();
    assert_eq!(shop.release("Web Shop", "3.0.0")["notes"], "News\n\n<!-- promenade build=,,,77 -->");
}

#[test]
fn a_version_controlled_project_is_read_at_a_reference() {
    let shop = Shop::new();
    let git = ["--git-ref", "refs/heads/release/1.0", "--git-resource", "Apply manifests:refs/tags/v1"];
    create(&shop, "Infra", &[&["--version", "1.0.0"], &git[..]].concat()).passes();
    let release = shop.release("Infra", "1.0.0");
    assert_eq!(release["gitRef"], "refs/heads/release/1.0");
    assert_eq!(release["gitResources"][0]["gitRef"], "refs/tags/v1");
    let commit = "3f1c2b4d5e6f708192a3b4c5d6e7f80912a3b4c5";
    shop.forget();
    create(&shop, "Infra", &["--version", "1.0.1", "--git-ref", "refs/heads/main", "--git-commit", commit])
        .passes();
    assert_eq!(shop.body_of("releases/create/v1")["GitCommit"], commit);
    assert_eq!(shop.release("Infra", "1.0.1")["gitCommit"], commit);
    // The steps' packages are looked up in the process at that reference.
    shop.forget();
    create(
        &shop,
        "Infra",
        &["--version", "1.0.2", "--git-ref", "refs/heads/main", "--package", "Roll out:5.0"],
    )
    .passes();
    assert!(shop.requests().iter().any(|it| it.path.contains("/refs%2Fheads%2Fmain/deploymentprocesses")));
}

#[test]
fn a_wrong_reference_is_refused_with_what_to_do() {
    let shop = Shop::new();
    create(&shop, "Infra", &["--version", "1.0.0"]).ends(1).says(&[
        "create: error: project 'Infra' is kept in git, and no git-ref is given",
        "create: what to do: set git-ref to the branch or tag to read it from",
    ]);
    create(&shop, "Infra", &["--version", "1.0.0", "--git-ref", "refs/heads/mian"])
        .ends(1)
        .says(&["refs/heads/mian"]);
    create(&shop, "Web Shop", &["--version", "3.0.0", "--git-ref", "refs/heads/main"]).ends(1).says(&[
        "create: error: project 'Web Shop' is not kept in git, and a git-ref is given",
        "create: what to do: leave git-ref, git-commit and git-resources out",
    ]);
    create(&shop, "Infra", &["--version", "1.0.0", "--git-commit", "3f1c"])
        .ends(2)
        .says(&["`git-commit` needs `git-ref`"]);
}

#[test]
fn custom_fields_are_those_of_the_channel() {
    let shop = Shop::new();
    create(&shop, "Web Shop", &["--version", "3.0.0", "--custom-field", "Ticket=OPS-11"]).passes();
    assert_eq!(shop.release("Web Shop", "3.0.0")["customFields"], json!({"Ticket": "OPS-11"}));
    create(&shop, "Web Shop", &["--version", "3.0.1", "--custom-field", "Tikcet=OPS-11"])
        .ends(1)
        .says(&["Tikcet"]);
}

#[test]
fn a_release_that_exists_is_an_error_or_is_used_as_it_is() {
    let shop = Shop::new();
    create(&shop, "Web Shop", &["--version", "1.4.5"]).ends(1).says(&[
        "create: error: release 1.4.5 of project 'Web Shop' exists already, and this build did not make it",
        "create: what to do: give this build another version, or set skip-if-exists = true",
    ]);
    create(&shop, "Web Shop", &["--version", "1.4.5", "--skip-if-exists"])
        .passes()
        .says(&["create: release 1.4.5 exists and is used as it is"]);
}

#[test]
fn later_actions_go_on_with_a_release_that_is_used_as_it_is() {
    let shop = Shop::new();
    let settings = "[create]\nversion = \"1.4.5\"\nskip-if-exists = true\n\
                    [deploy]\nto = [\"Test\"]\nwait = false";
    shop.somebody_deploys("Web Shop", "1.4.6", "Test");
    shop.settle();
    shop.forget();
    shop.handle("Web Shop", settings, &build("1"))
        .passes()
        .says(&["create: release 1.4.5 exists and is used as it is", "deploy: Test: deploying ("]);
    assert_eq!(shop.deployed()["ReleaseVersion"], "1.4.5");
}

#[test]
fn without_a_version_the_release_gets_the_servers_next() {
    let shop = Shop::new();
    create(&shop, "Web Shop", &[]).passes().says(&[
        "create: warning: the release gets the next number, and without a build a second run would not recognise it",
        "create: release 1.4.7 was created",
        "promenade: passed (exit code 0)",
    ]);
    assert_eq!(shop.body_of("releases/create/v1")["ReleaseVersion"], "1.4.7");
}

#[test]
fn two_builds_that_read_the_same_next_number_get_two_releases() {
    let shop = Shop::new();
    // The first answer is held back until another build has taken the number.
    let slow = promenade::sandbox::Script::on(
        "GET",
        "/deploymentprocesses/template|/deploymentprocesses/.*/template",
        promenade::sandbox::Fault::Latency { ms: 1 },
    );
    shop.sandbox.script(slow.unwrap());
    let first = shop.command(&["create", "--project", "Web Shop"]);
    let second = shop.command(&["create", "--project", "Web Shop"]);
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| Ran::of(first));
        let second = scope.spawn(|| Ran::of(second));
        (first.join().unwrap(), second.join().unwrap())
    });
    let (first, second) = (first.passes(), second.passes());
    let both = format!("{first}{second}");
    assert!(both.contains("release 1.4.7 was created"), "{both}");
    assert!(both.contains("release 1.4.8 was created"), "{both}");
}

#[test]
fn a_number_that_somebody_takes_meanwhile_is_passed_over() {
    let shop = Shop::new();
    let held = promenade::sandbox::Script::on(
        "POST",
        "releases/create/v1$",
        promenade::sandbox::Fault::Latency { ms: 400 },
    );
    shop.sandbox.script(held.unwrap());
    let ran = std::thread::scope(|scope| {
        let ran = scope.spawn(|| create(&shop, "Web Shop", &[]));
        shop.until(|| shop.requests().iter().any(|it| it.method == "POST"));
        let body = json!({"ProjectId": shop.project_id("Web Shop"), "Version": "1.4.7", "SelectedPackages": [
            {"ActionName": "Migrate", "PackageReferenceName": "", "Version": "1.4.7"},
            {"ActionName": "Migrate", "PackageReferenceName": "scripts", "Version": "1.4.2"},
            {"ActionName": "Deploy web", "PackageReferenceName": "", "Version": "1.4.7"}]});
        shop.ask(shop.sandbox.api_key(), "POST", "Spaces-1/releases", &body);
        ran.join().unwrap()
    });
    ran.passes().says(&["create: release 1.4.8 was created"]);
}

#[test]
fn a_rerun_finds_its_numberless_release_by_the_marker_in_the_notes() {
    let shop = Shop::new();
    let first = create_for(&shop, "Web Shop", "notes = \"News\"", &build("77"));
    first.passes().says(&["create: release 1.4.7 was created"]).never_says("warning");
    create_for(&shop, "Web Shop", "notes = \"News\"", &build("77"))
        .passes()
        .says(&["create: release 1.4.7 was made by this build before"]);
    create_for(&shop, "Web Shop", "notes = \"News\"", &build("78"))
        .passes()
        .says(&["create: release 1.4.8 was created"]);
    // Without notes of its own the marker stands below the project's template.
    create_for(&shop, "Web Shop", "", &build("79")).passes().says(&["create: release 1.4.9 was created"]);
    create_for(&shop, "Web Shop", "", &build("79"))
        .passes()
        .says(&["create: release 1.4.9 was made by this build before"])
        .never_says("warning");
}

#[test]
fn the_servers_own_version_wins_over_the_one_that_was_asked_for() {
    let shop = Shop::new();
    let settings = "[create]\nversion = \"3.1.i\"\n[deploy]\nto = [\"Development\"]\nwait = false";
    shop.handle("Web Shop", settings, &build("1")).passes();
    let made = shop.release_versions("Web Shop").pop().unwrap();
    assert_eq!(shop.deployed()["ReleaseVersion"], made);
}

#[test]
fn a_project_that_is_switched_off_makes_no_release() {
    let shop = Shop::new();
    create(&shop, "Retired Shop", &["--version", "0.2.0"]).ends(1).says(&["disabled"]);
}

#[test]
fn an_unknown_project_is_named_with_the_nearest() {
    let shop = Shop::new();
    create(&shop, "Web Shpo", &["--version", "3.0.0", "--package", "Migrate:1.4.7"]).ends(1).says(&[
        "create: error: there is no project 'Web Shpo'; the nearest is 'Web Shop'",
        "create: what to do: check the spelling; names are compared whole, ignoring case",
    ]);
    create(&shop, "Web Shpo", &["--version", "3.0.0"])
        .ends(1)
        .says(&["create: error: there is no project 'Web Shpo'; the nearest is 'Web Shop'"]);
    create(&shop, "Web Shop", &["--version", "3.0.0", "--channel", "Hotfxi"])
        .ends(1)
        .says(&["create: error: there is no channel 'Hotfxi'; the nearest is 'Hotfix'"]);
    assert!(shop.releases() == Shop::new().releases(), "nothing was created");
}

#[test]
fn a_key_that_may_not_create_is_told_what_it_lacks() {
    let shop = Shop::new();
    let command = shop.command(&["create", "--project", "Web Shop", "--version", "3.0.0"]);
    Ran::of(with(command, "OCTOPUS_API_KEY", "API-SANDBOXREADONLYREADONLYREA")).ends(1).says(&[
        "was refused",
        "ReleaseCreate",
        "what to do:",
    ]);
}

#[test]
fn settings_that_mean_nothing_together_are_refused_before_a_request() {
    let shop = Shop::new();
    for (keys, words) in [
        ("wait = false", "`wait = false` in `create`: later actions need the release"),
        ("skip-if-exists = true", "`skip-if-exists` means nothing without `version`"),
        ("packages = [\"Web\"]", "`Web` is not a package version"),
        ("git-resources = [\"Web\"]", "`Web` is not a reference of a step"),
    ] {
        create_for(&shop, "Web Shop", keys, &build("1")).ends(2).says(&[words]);
    }
    assert_eq!(shop.requests(), []);
}
