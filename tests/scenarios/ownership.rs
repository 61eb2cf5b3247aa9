//! Whose a release is, and whether it is what was asked for: by its marker and by what it holds, never by its age.

use promenade::sandbox::{Fault, Script};
use serde_json::{Value, json};

use crate::support::shop::{Ran, Shop, build, project, with, young};

/// Runs `handle` with this `[create]` section for a build.
fn create_for(shop: &Shop, project: &str, keys: &str, build: &Value) -> Ran {
    shop.handle(project, &format!("[create]\n{keys}"), build)
}

/// Makes a release by the server's own interface, as somebody else does, with these notes.
fn somebody_creates(shop: &Shop, version: &str, notes: &str) {
    let body = json!({"ProjectId": shop.project_id("Quick Shop"), "Version": version, "ReleaseNotes": notes,
        "SelectedPackages": []});
    shop.ask(shop.sandbox.api_key(), "POST", "Spaces-1/releases", &body);
}

fn fault(method: &str, path: &str, fault: Fault) -> Script {
    Script::on(method, path, fault).expect("a pattern")
}

fn lost() -> Script {
    let reset = json!({"match": {"method": "POST", "path": "/releases/create/v1$"}, "times": 1,
        "fault": {"kind": "reset", "carryOut": true}});
    serde_json::from_value(reset).expect("a script")
}

#[test]
fn a_number_that_another_build_takes_meanwhile_is_never_this_builds() {
    for notes in ["", "notes = \"n\""] {
        let shop = Shop::new();
        shop.sandbox.script(fault("POST", "releases/create/v1$", Fault::Latency { ms: 400 }));
        let ran = std::thread::scope(|scope| {
            let ran = scope.spawn(|| create_for(&shop, "Quick Shop", notes, &young("B1")));
            shop.until(|| shop.requests().iter().any(|it| it.method == "POST"));
            let taken = shop.written()[0].1["ReleaseVersion"].as_str().expect("a version").to_owned();
            somebody_creates(&shop, &taken, "theirs\n\n<!-- promenade build=,,,B2 -->");
            ran.join().unwrap()
        });
        ran.passes().says(&["was created"]).never_says("made by this build before");
        let versions = shop.release_versions("Quick Shop");
        let ours = shop.release("Quick Shop", versions.last().expect("a release"));
        assert!(ours["notes"].as_str().expect("notes").ends_with("<!-- promenade build=,,,B1 -->"), "{ours}");
    }
}

#[test]
fn a_release_with_another_builds_marker_or_none_is_not_this_builds_however_young() {
    let shop = Shop::new();
    create_for(&shop, "Quick Shop", "version = \"2.2.2\"\nnotes = \"n\"", &young("three")).passes();
    create_for(&shop, "Quick Shop", "version = \"2.2.2\"\nnotes = \"n\"", &young("four"))
        .ends(1)
        .says(&["release 2.2.2 of project 'Quick Shop' exists already, and this build did not make it"]);
    somebody_creates(&shop, "2.2.3", "by hand");
    create_for(&shop, "Quick Shop", "version = \"2.2.3\"", &young("four")).ends(1).says(&["did not make it"]);
    // Server, address and pipeline make the build as much as its id does.
    let of = |pipeline: &str| json!({"id": "three", "server": "github", "pipeline": pipeline});
    create_for(&shop, "Quick Shop", "version = \"2.2.4\"", &of("shop")).passes();
    create_for(&shop, "Quick Shop", "version = \"2.2.4\"", &of("shop"))
        .passes()
        .says(&["release 2.2.4 was made by this build before"]);
    create_for(&shop, "Quick Shop", "version = \"2.2.4\"", &of("other")).ends(1).says(&["did not make it"]);
    // Another try of it is the same build.
    let again = json!({"id": "three", "server": "github", "pipeline": "shop", "attempt": 2});
    create_for(&shop, "Quick Shop", "version = \"2.2.4\"", &again)
        .passes()
        .says(&["made by this build before"]);
}

#[test]
fn the_notes_of_one_build_sign_for_no_other() {
    let shop = Shop::new();
    for marker in ["<!-- promenade build=101 -->", "<!-- promenade build=,,,101 -->"] {
        let notes = format!("notes = '''Fix typo {marker}\n{marker}'''");
        create_for(&shop, "Quick Shop", &notes, &build("100")).passes();
        shop.run(&["create", "--project", "Quick Shop", "--notes", marker]).passes();
    }
    let before = shop.releases();
    create_for(&shop, "Quick Shop", "notes = \"n\"", &build("101"))
        .passes()
        .says(&["was created"])
        .never_says("before");
    assert_eq!(shop.releases(), before + 1);
}

#[test]
fn the_markers_of_0_1_0_are_still_known() {
    let shop = Shop::new();
    somebody_creates(&shop, "2.0.0", "News\n\n<!-- promenade build=77 -->");
    create_for(&shop, "Quick Shop", "version = \"2.0.0\"\nnotes = \"News\"", &build("77"))
        .passes()
        .says(&["release 2.0.0 was made by this build before"])
        .never_says("warning");
}

#[test]
fn another_channel_is_another_release() {
    let shop = Shop::new();
    let of = |channel: &str, keys: &str| {
        let settings = format!("channel = \"{channel}\"\n[create]\nignore-channel-rules = true\n{keys}");
        shop.handle("Web Shop", &settings, &build("4"))
    };
    of("Default", "notes = \"n\"").passes();
    of("Hotfix", "notes = \"n\"").passes().says(&["was created"]);
    of("Hotfix", "notes = \"n\"").passes().says(&["was made by this build before"]);
    of("Default", "version = \"6.0.0\"").passes();
    of("Hotfix", "version = \"6.0.0\"").ends(1).says(&[
        "create: error: release 6.0.0 of project 'Web Shop' exists already and is not what was asked for: it is not of \
         channel 'Hotfix'",
        "create: what to do: give this build another version",
    ]);
    of("Hotfix", "version = \"6.0.0\"\nskip-if-exists = true").ends(1).says(&["not of channel 'Hotfix'"]);
}

#[test]
fn what_was_asked_for_otherwise_is_not_the_same_release() {
    let shop = Shop::new();
    let of = |project: &str, keys: &str| {
        create_for(&shop, project, &format!("version = \"7.0.0\"\n{keys}"), &build("5"))
    };
    of("Web Shop", "packages = [\"Deploy web:1.4.5\"]\ncustom-fields = { Ticket = \"A-1\" }").passes();
    of("Web Shop", "packages = [\"Shop.Web:1.4.5\"]\ncustom-fields = { Ticket = \"A-1\" }")
        .passes()
        .says(&["was made by this build before"]);
    of("Web Shop", "packages = [\"Deploy web:1.4.6\"]")
        .ends(1)
        .says(&["package 'Shop.Web' of step 'Deploy web' has version 1.4.5, not 1.4.6"]);
    of("Web Shop", "custom-fields = { Ticket = \"A-2\" }")
        .ends(1)
        .says(&["its custom field 'Ticket' is 'A-1', not 'A-2'"]);
    of("Web Shop", "notes = \"other\"").passes().says(&[
        "create: warning: release 7.0.0 has other notes than were asked for",
        "release 7.0.0 was made by this build before",
    ]);
    let commit = "3f1c2b4d5e6f708192a3b4c5d6e7f80912a3b4c5";
    of("Infra", &format!("git-ref = \"main\"\ngit-commit = \"{commit}\"")).passes();
    of("Infra", "git-ref = \"main\"").passes().says(&["was made by this build before"]);
    of("Infra", "git-ref = \"refs/heads/release/1.0\"")
        .ends(1)
        .says(&["its git reference is 'refs/heads/main', not 'refs/heads/release/1.0'"]);
    of("Infra", "git-ref = \"main\"\ngit-commit = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"")
        .ends(1)
        .says(&["its commit is '"]);
}

#[test]
fn after_a_lost_answer_a_marker_says_whose_it_is_and_without_one_nobody_knows() {
    let shop = Shop::new();
    shop.sandbox.script(lost());
    create_for(&shop, "Quick Shop", "version = \"2.0.0\"", &build("1")).passes();
    // Nothing signs for a run without a build.
    shop.sandbox.script(lost());
    shop.run(&["create", "--project", "Quick Shop", "--version", "2.0.1"])
        .ends(4)
        .says(&["create: what to do: release 2.0.1 is there now (http", "carries no build's marker"]);
    shop.sandbox.script(lost());
    shop.run(&["create", "--project", "Quick Shop", "--version", "2.0.2", "--skip-if-exists"])
        .passes()
        .says(&["release 2.0.2 exists and is used as it is"]);
    // The number is another build's by the time we look.
    let shop = Shop::new();
    let held = json!({"match": {"method": "POST", "path": "/releases/create/v1$"}, "times": 1,
        "fault": {"kind": "reset"}});
    shop.sandbox.script(serde_json::from_value(held).expect("a script"));
    somebody_creates(&shop, "2.0.0", "theirs\n\n<!-- promenade build=,,,8 -->");
    create_for(&shop, "Quick Shop", "version = \"2.0.0\"", &young("7")).ends(1).says(&["did not make it"]);
}

#[test]
fn a_create_that_failed_gives_its_release_to_nobody() {
    let shop = Shop::new();
    let settings =
        "[create]\nversion = \"1.4.5\"\nfail-build = false\n[deploy]\nto = [\"Development\"]\nwait = false";
    shop.handle("Web Shop", settings, &build("1")).ends(1).says(&[
        "create: error: release 1.4.5 of project 'Web Shop' exists already",
        "deploy: error: the create of this run did not succeed",
    ]);
    assert_eq!(shop.deployments().len(), 0);
    // On a later event the marker tells that the release is another build's.
    create_for(&shop, "Quick Shop", "version = \"2.5.0\"", &build("theirs")).passes();
    let later = "version = \"2.5.0\"\nwhen = { event = \"after-build-continued\" }";
    let deploy = "[deploy]\nto = [\"Development\"]\nwait = false";
    let of = |keys: &str, id: &str| {
        shop.handle("Quick Shop", &format!("[create]\n{later}\n{keys}{deploy}"), &build(id))
    };
    of("", "ours").ends(1).says(&["deploy: error: release 2.5.0 of project 'Quick Shop' exists already"]);
    assert_eq!(shop.deployments().len(), 0);
    of("skip-if-exists = true\n", "ours").passes();
    of("", "theirs").passes();
}

#[test]
fn a_mask_is_counted_on_and_found_again() {
    let shop = Shop::new();
    let create = |id: &str, keys: &str| {
        create_for(&shop, "Quick Shop", &format!("version = \"9.1.i\"\n{keys}"), &build(id))
    };
    create("m-1", "notes = \"n\"").passes().says(&["release 9.1.1 was created"]);
    create("m-1", "notes = \"n\"").passes().says(&["release 9.1.1 was made by this build before"]);
    create("m-2", "").passes().says(&["release 9.1.2 was created"]);
    assert_eq!(shop.written().last().expect("a request").1["ReleaseVersion"], "9.1.2");
    // By hand, without a build.
    let by_hand = ["create", "--project", "Quick Shop", "--version", "9.1.i"];
    shop.run(&by_hand)
        .passes()
        .says(&["warning: the release gets the next number", "release 9.1.3 was created"]);
    // On a later event the marker finds it.
    let settings = "[create]\nversion = \"9.1.i\"\nwhen = { event = \"after-build-continued\" }\n\
                    [deploy]\nto = [\"Development\"]\nwait = false";
    shop.handle("Quick Shop", settings, &build("m-1")).passes();
    assert_eq!(shop.deployed()["ReleaseVersion"], "9.1.1");
    // A number that somebody takes meanwhile is passed over.
    shop.sandbox.script(fault("POST", "releases/create/v1$", Fault::Latency { ms: 400 }));
    shop.forget();
    let ran = std::thread::scope(|scope| {
        let ran = scope.spawn(|| create("m-3", ""));
        shop.until(|| shop.requests().iter().any(|it| it.method == "POST"));
        somebody_creates(&shop, "9.1.4", "");
        ran.join().unwrap()
    });
    ran.passes().says(&["release 9.1.5 was created"]);
}

#[test]
fn the_projects_own_template_is_sent_with_the_marker_below_it() {
    let shop = Shop::changed(|seed| {
        for name in ["Quick Shop", "Infra"] {
            project(seed, name)["releaseNotesTemplate"] = json!("Built by us\n");
        }
    });
    create_for(&shop, "Quick Shop", "version = \"2.0.0\"", &build("1")).passes().never_says("warning");
    assert_eq!(shop.release("Quick Shop", "2.0.0")["notes"], "Built by us\n\n<!-- promenade build=,,,1 -->");
    create_for(&shop, "Infra", "version = \"2.0.0\"\ngit-ref = \"main\"", &build("1")).passes();
    assert_eq!(shop.release("Infra", "2.0.0")["notes"], "Built by us\n\n<!-- promenade build=,,,1 -->");
    assert!(shop.requests().iter().any(|it| it.path.ends_with("/main/deploymentsettings")));
    // Without a build nothing is signed, and the server takes its template.
    shop.forget();
    shop.run(&["create", "--project", "Quick Shop", "--version", "2.0.1"]).passes();
    assert_eq!(shop.body_of("releases/create/v1")["ReleaseNotes"], Value::Null);
    assert_eq!(shop.release("Quick Shop", "2.0.1")["notes"], "Built by us\n");
    // Where it may not be read there is no marker, and the first run says what a re-run will meet.
    let forbidden = json!({"match": {"method": "GET", "path": "/deploymentsettings$"}, "times": null,
        "fault": {"kind": "status", "status": 403}});
    shop.sandbox.script(serde_json::from_value(forbidden).expect("a script"));
    create_for(&shop, "Infra", "version = \"2.0.1\"\ngit-ref = \"main\"", &build("1")).passes().says(&[
        "create: warning: reading the template of release notes was refused, so the release carries no marker: a re-run \
         of this build will find it and not recognise it as its own",
        "create: release 2.0.1 was created",
    ]);
    assert_eq!(shop.release("Infra", "2.0.1")["notes"], "Built by us\n");
    create_for(&shop, "Infra", "version = \"2.0.1\"\ngit-ref = \"main\"", &build("1"))
        .ends(1)
        .says(&["did not make it"]);
    // The project in the database says it as well.
    create_for(&shop, "Quick Shop", "version = \"2.0.2\"", &build("1")).passes().never_says("warning");
    assert_eq!(shop.release("Quick Shop", "2.0.2")["notes"], "Built by us\n\n<!-- promenade build=,,,1 -->");
}

#[test]
fn a_release_is_found_by_its_marker_however_many_came_after_it() {
    let shop = Shop::new();
    create_for(&shop, "Quick Shop", "notes = \"n\"", &build("old")).passes();
    let ours = shop.release_versions("Quick Shop").pop().expect("a release");
    for number in 0..230 {
        somebody_creates(&shop, &format!("50.0.{number}"), "");
    }
    shop.forget();
    create_for(&shop, "Quick Shop", "notes = \"n\"", &build("old"))
        .passes()
        .says(&[&format!("release {ours} was made by this build before")]);
    let pages = shop.requests().iter().filter(|it| it.path.ends_with("/releases")).count();
    assert_eq!(pages, 3, "{:?}", shop.requests().iter().map(|it| it.path.clone()).collect::<Vec<_>>());
    let settings = "[create]\nwhen = { event = \"after-build-continued\" }\n[deploy]\nto = [\"Development\"]\nwait = false";
    shop.handle("Quick Shop", settings, &build("old")).passes();
    assert_eq!(shop.deployed()["ReleaseVersion"], json!(ours));
}

#[test]
fn a_next_number_that_is_taken_for_good_asks_for_a_version() {
    let shop = Shop::new();
    shop.run(&["create", "--project", "Web Shop", "--version", "1.4.3"]).passes();
    shop.run(&["create", "--project", "Web Shop"]).ends(1).says(&[
        "the next number for a release of project 'Web Shop', 1.4.4, is taken already",
        "what to do: give this build a version",
    ]);
}

#[test]
fn packages_are_named_by_step_or_package_and_the_release_is_compared() {
    let shop = Shop::new();
    let picked = |version: &str, step: &str, reference: &str| {
        let release = shop.release("Web Shop", version);
        let all = release["packages"].as_array().expect("packages").clone();
        let found = all.into_iter().find(|it| it["step"] == step && it["reference"] == reference);
        found.expect("the package")["version"].as_str().expect("a version").to_owned()
    };
    for (at, (package, step, reference)) in [
        ("Deploy web:Shop.Web:1.4.5", "Deploy web", ""),
        ("Deploy web:1.4.5", "Deploy web", ""),
        ("Shop.Web:1.4.5", "Deploy web", ""),
        ("*:Shop.Web:1.4.5", "Deploy web", ""),
        ("\"Deploy web\" = \"1.4.5\"", "Deploy web", ""),
        ("*:scripts:1.1.0", "Migrate", "scripts"),
        ("Migrate:scripts:1.1.0", "Migrate", "scripts"),
    ]
    .into_iter()
    .enumerate()
    {
        let version = format!("61.0.{at}");
        shop.run(&["create", "--project", "Web Shop", "--version", &version, "--package", package]).passes();
        let expected = if reference.is_empty() { "1.4.5" } else { "1.1.0" };
        assert_eq!(picked(&version, step, reference), expected, "{package}");
    }
    // A step that is switched off is in the process, and its package in no release.
    let shop = Shop::changed(|seed| {
        let steps = project(seed, "Web Shop")["steps"].as_array_mut().expect("steps");
        steps.iter_mut().find(|it| it["name"] == "Deploy web").expect("the step")["disabled"] = json!(true);
    });
    shop.run(&["create", "--project", "Web Shop", "--version", "62.0.0", "--package", "Deploy web:1.4.5"])
        .ends(1)
        .says(&[
            "create: error: release 62.0.0 was created (http",
            "with other packages than were asked for: 'Deploy web' is not among its packages",
        ]);
}

#[test]
fn package_ids_with_a_colon_are_written_with_a_backslash() {
    let shop = Shop::changed(|seed| {
        let shop = project(seed, "Web Shop");
        let steps = shop["steps"].as_array_mut().expect("steps");
        let web = steps.iter_mut().find(|it| it["name"] == "Deploy web").expect("the step");
        web["packages"][0]["id"] = json!("com.acme:shop");
        let feeds = seed["spaces"][0]["feeds"].as_array_mut().expect("feeds");
        feeds[0]["packages"]
            .as_array_mut()
            .expect("packages")
            .push(json!({"id": "com.acme:shop", "versions": ["1.0.0", "2.0.0"]}));
    });
    let create = |version: &str, package: &str| {
        shop.run(&["create", "--project", "Web Shop", "--version", version, "--package", package])
    };
    create("63.0.0", "com.acme:shop:1.0.0").ends(1).says(&[
        "the deployment process has no step or package 'com.acme:shop'",
        "what to do: it has",
        "'com.acme\\:shop'",
    ]);
    create("63.0.0", "com.acme\\:shop:1.0.0").passes();
    let release = shop.release("Web Shop", "63.0.0");
    let packages = release["packages"].as_array().expect("packages");
    assert!(packages.iter().any(|it| it["step"] == "Deploy web" && it["version"] == "1.0.0"), "{packages:?}");
}

#[test]
fn an_unknown_project_stays_one_on_the_second_run() {
    let shop = Shop::new();
    for _ in 0..2 {
        let command = shop.command(&["create", "--project", "Quick Shpo", "--version", "73.0.0"]);
        Ran::of(with(command, "PROMENADE_BUILD_ID", "1"))
            .ends(1)
            .says(&["there is no project 'Quick Shpo'; the nearest is 'Quick Shop'"]);
    }
}

#[test]
fn a_later_event_compares_the_release_with_what_its_create_asks() {
    let shop = Shop::new();
    let later = "when = { event = \"after-build-continued\" }";
    let deploy = "[deploy]\nto = [\"Test\"]\nwait = false";
    let of = |head: &str, keys: &str, more: &str| {
        let settings = format!("{head}[create]\nignore-channel-rules = true\n{keys}\n{more}");
        shop.handle("Web Shop", &settings, &build("5"))
    };
    // The create made it for another channel; then the settings changed.
    of("channel = \"Default\"\n", "version = \"6.0.0\"\nnotes = \"n\"", "").passes();
    let hotfix = "channel = \"Hotfix\"\n";
    for version in
        ["version = \"6.0.0\"", "version = \"6.0.i\"", "version = \"6.0.0\"\nskip-if-exists = true"]
    {
        of(hotfix, &format!("{version}\n{later}"), deploy).ends(1).says(&[
            "deploy: error: release 6.0.0 of project 'Web Shop' exists already and is not what was asked for: it is not \
             of channel 'Hotfix'",
        ]);
        let promote =
            "[[promote]]\nfrom = \"Development\"\nto = [\"Test\"]\nonly-this-build = true\nwait = false";
        of(hotfix, &format!("{version}\n{later}"), promote).ends(1).says(&["not of channel 'Hotfix'"]);
    }
    // Of two that this build made the one is taken that is what was asked for.
    of(hotfix, "version = \"6.0.1\"\nnotes = \"n\"", "").passes();
    of(hotfix, &format!("version = \"6.0.i\"\n{later}"), deploy).passes().says(&["release 6.0.1"]);
    // Its notes are not compared, and neither is their file needed then.
    of(hotfix, &format!("version = \"6.0.1\"\nnotes-file = \"gone.md\"\n{later}"), deploy)
        .passes()
        .never_says("warning");
    // What the create would ask for cannot be told on this event, and that is said.
    of(
        hotfix,
        &format!("version = \"6.0.1\"\ncustom-fields = {{ Ticket = \"%Environment.NOT_SET_HERE%\" }}\n{later}"),
        deploy,
    )
    .passes()
    .says(&["warning: the release of this build is taken as it is: what `[create]` asks for is not known on this event"]);
}
