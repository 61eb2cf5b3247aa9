//! How releases are made, and where they are found again.

use serde_json::{Value, json};

use crate::sandbox::world::tests::{Bench, error_of};

fn packages(bench: &mut Bench, project: &str, version: &str) -> Vec<(String, String, String)> {
    let release = bench.get(&format!("/api/Spaces-1/projects/{project}/releases/{version}"));
    let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
    let all = release["SelectedPackages"].as_array().unwrap();
    all.iter()
        .map(|it| (text(it, "ActionName"), text(it, "PackageReferenceName"), text(it, "Version")))
        .collect()
}

fn assert_refused(answer: (u16, Value), word: &str) {
    assert_eq!(answer.0, 400, "{word}: {}", answer.1);
    assert!(answer.1["Errors"].to_string().contains(word), "{word}: {}", answer.1);
}

#[test]
fn a_second_release_of_a_version_is_refused_or_handed_back() {
    let mut bench = Bench::new();
    let (_, first) = bench.create("Web Shop", "1.4.7", json!({}));
    let (status, refused) = bench.create("Web Shop", "1.4.7", json!({ "IgnoreIfAlreadyExists": false }));
    assert_eq!(status, 400);
    assert!(error_of(&refused).contains("'1.4.7' already exists for this project"), "{refused}");
    let (status, again) =
        bench.create("Web Shop", "1.4.7", json!({ "IgnoreIfAlreadyExists": true, "Packages": ["*:1.4.7"] }));
    assert_eq!((status, again), (201, first));
    assert_eq!(bench.create("Quick Shop", "1.4.7", json!({})).0, 201, "another project's version is its own");
}

#[test]
fn without_a_version_every_call_makes_the_next_one() {
    let mut bench = Bench::new();
    let body = json!({ "SpaceId": "Spaces-1", "SpaceIdOrName": "Spaces-1", "ProjectName": "Web Shop" });
    let template = bench.get("/api/Spaces-1/deploymentprocesses/deploymentprocess-Projects-1/template");
    assert_eq!(
        (template["LastReleaseVersion"].as_str(), template["NextVersionIncrement"].as_str()),
        (Some("1.4.6"), Some("1.4.7"))
    );
    for version in ["1.4.7", "1.4.8"] {
        let (status, made) = bench.ask("POST", "/api/releases/create/v1", body.clone());
        assert_eq!((status, made["ReleaseVersion"].as_str()), (201, Some(version)));
    }
    let (_, masked) = bench.create("Web Shop", "1.4.i", json!({}));
    assert_eq!(masked["ReleaseVersion"], "1.4.9", "the answer names another version than was asked for");
    assert_refused(bench.create("Web Shop", "", json!({})), "blank");
    assert_refused(bench.create("Web Shop", &"1".repeat(350), json!({})), "349");
    assert_eq!(bench.create("Web Shop", &"1".repeat(349), json!({})).0, 201);
    assert_refused(bench.create("Web Shop", "one two", json!({})), "not a valid version");
}

#[test]
fn packages_are_picked_or_named() {
    let mut bench = Bench::new();
    let all = |versions: [&str; 3]| -> Vec<(String, String, String)> {
        let names = [("Migrate", ""), ("Migrate", "scripts"), ("Deploy web", "")];
        let own = |((step, reference), version): (&(&str, &str), &&str)| {
            ((*step).to_owned(), (*reference).to_owned(), (*version).to_owned())
        };
        names.iter().zip(&versions).map(own).collect()
    };
    bench.create("Web Shop", "10.0.0", json!({}));
    assert_eq!(packages(&mut bench, "web-shop", "10.0.0"), all(["2.0.0", "1.4.2", "2.1.0"]), "the latest");
    let named = json!({ "PackageVersion": "1.4.6", "Packages": ["Migrate:scripts:1.1.0", "shop.web:1.5.0"] });
    assert_eq!(bench.create("Web Shop", "10.0.1", named).0, 201);
    assert_eq!(packages(&mut bench, "web-shop", "10.0.1"), all(["1.4.6", "1.1.0", "1.5.0"]));
    let tagged = json!({ "PackagePrerelease": "rc", "Packages": ["Migrate:1.4.2", "Migrate:scripts:1.4.2"] });
    assert_eq!(bench.create("Web Shop", "10.0.2", tagged).0, 201);
    assert_eq!(packages(&mut bench, "web-shop", "10.0.2")[2].2, "2.1.0-rc.1");
    assert_refused(bench.create("Web Shop", "10.1.0", json!({ "Packages": ["Deploy web:9.9.9"] })), "9.9.9");
    assert_refused(bench.create("Web Shop", "10.1.0", json!({ "Packages": ["9.9.9"] })), "Step:Version");
    assert_refused(
        bench.create("Web Shop", "10.1.0", json!({ "PackagePrerelease": "alpha" })),
        "none was found",
    );
}

#[test]
fn a_channels_rules_hold_unless_they_are_ignored() {
    let mut bench = Bench::new();
    let hotfix =
        |version: &str| json!({ "ChannelName": "hotfix", "Packages": [format!("Deploy web:{version}")] });
    assert_refused(
        bench.create("Web Shop", "10.0.0", hotfix("1.5.0")),
        "version rule of the channel 'Hotfix'",
    );
    assert_refused(bench.create("Web Shop", "10.0.0", hotfix("2.1.0-rc.1")), "version rule");
    assert_eq!(bench.create("Web Shop", "10.0.0", hotfix("2.0.1")).0, 201);
    let mut ignoring = hotfix("1.5.0");
    ignoring["IgnoreChannelRules"] = json!(true);
    assert_eq!(bench.create("Web Shop", "10.0.1", ignoring).0, 201);
    assert_eq!(bench.create("Web Shop", "10.0.2", json!({ "ChannelName": "Channels-2" })).0, 201);
    assert_eq!(packages(&mut bench, "web-shop", "10.0.2")[2].2, "2.1.0", "picked within the rules");
    assert_refused(bench.create("Web Shop", "10.0.3", json!({ "ChannelName": "Hotfx" })), "channel 'Hotfx'");
    let (status, _) = bench.deploy("Web Shop", "10.0.0", &["Test"], json!({}));
    assert_eq!(status, 200, "the channel's own lifecycle begins with Test");
}

#[test]
fn a_channel_is_found_where_none_is_named() {
    let mut bench = Bench::changed(|seed| {
        let rule = json!([{ "versionRange": "[1.0,2.0)", "steps": ["Deploy web"] }]);
        seed["spaces"][0]["projects"][0]["channels"][0]["rules"] = rule;
    });
    let channel = |bench: &mut Bench, version: &str, package: &str| {
        let (status, made) =
            bench.create("Web Shop", version, json!({ "Packages": [format!("Deploy web:{package}")] }));
        assert_eq!(status, 201, "{made}");
        bench.get(&format!("/api/Spaces-1/projects/web-shop/releases/{version}"))["ChannelId"].clone()
    };
    assert_eq!(channel(&mut bench, "10.0.0", "1.5.0"), "Channels-1");
    assert_eq!(channel(&mut bench, "10.0.1", "2.0.1"), "Channels-2", "the only one that fits");
    let neither = bench.create("Web Shop", "10.0.2", json!({ "Packages": ["Deploy web:2.1.0-rc.1"] }));
    assert_refused(neither, "Channel 'Hotfix'");
}

#[test]
fn a_git_reference_is_for_version_controlled_projects_alone() {
    let mut bench = Bench::new();
    assert_refused(bench.create("Infra", "1.0.0", json!({})), "must be given");
    assert_refused(
        bench.create("Web Shop", "1.4.7", json!({ "GitRef": "refs/heads/main" })),
        "must not be given",
    );
    assert_refused(
        bench.create("Web Shop", "1.4.7", json!({ "GitCommit": "3f1c3f1c" })),
        "must not be given",
    );
    assert_refused(
        bench.create("Infra", "1.0.0", json!({ "GitRef": "refs/heads/mian" })),
        "'refs/heads/mian'",
    );
    let more = json!({ "GitRef": "main", "GitResources": ["Apply manifests:refs/tags/v1.4.7"] });
    assert_eq!(bench.create("Infra", "1.0.0", more).0, 201);
    let release = bench.get("/api/Spaces-1/projects/infra/releases/1.0.0");
    assert_eq!(release["VersionControlReference"]["GitRef"], "refs/heads/main");
    assert_eq!(release["VersionControlReference"]["GitCommit"].as_str().unwrap().len(), 40);
    assert_eq!(release["SelectedGitResources"][0]["GitReferenceResource"]["GitRef"], "refs/tags/v1.4.7");
}

#[test]
fn custom_fields_are_those_of_the_channel() {
    let mut bench = Bench::new();
    assert_refused(
        bench.create("Web Shop", "1.4.7", json!({ "CustomFields": { "Tikcet": "1" } })),
        "'Tikcet'",
    );
    assert_eq!(bench.create("Web Shop", "1.4.7", json!({ "CustomFields": { "Ticket": "OPS-11" } })).0, 201);
    let release = bench.get("/api/Spaces-1/projects/web-shop/releases/1.4.7");
    assert_eq!(release["CustomFields"], json!({ "Ticket": "OPS-11" }));
}

#[test]
fn the_older_route_wants_ids_and_every_package() {
    let mut bench = Bench::new();
    let mut body = json!({ "ProjectId": "Projects-1", "ChannelId": "Channels-1", "Version": "1.4.7", "ReleaseNotes": "Build 482",
        "SelectedPackages": [
            { "ActionName": "Migrate", "PackageReferenceName": "", "Version": "1.4.7" },
            { "ActionName": "Migrate", "PackageReferenceName": "scripts", "Version": "1.0.0" },
        ] });
    assert_refused(bench.ask("POST", "/api/Spaces-1/releases", body.clone()), "step 'Deploy web'");
    let web = json!({ "ActionName": "Deploy web", "PackageReferenceName": "", "Version": "1.4.7" });
    body["SelectedPackages"].as_array_mut().unwrap().push(web);
    let (status, made) = bench.ask("POST", "/api/Spaces-1/releases?ignoreChannelRules=false", body.clone());
    assert_eq!((status, made["ReleaseNotes"].as_str()), (201, Some("Build 482")), "{made}");
    assert_refused(bench.ask("POST", "/api/Spaces-1/releases", body), "already exists");
    assert_refused(bench.ask("POST", "/api/Spaces-1/releases", json!({})), "Version field");
}

#[test]
fn releases_are_found_newest_first() {
    let mut bench = Bench::new();
    bench.create("Web Shop", "1.4.3", json!({}));
    let all = bench.get("/api/Spaces-1/projects/Projects-1/releases");
    let versions: Vec<&str> =
        all["Items"].as_array().unwrap().iter().map(|it| it["Version"].as_str().unwrap()).collect();
    assert_eq!(versions, ["1.4.3", "1.4.6", "1.4.5", "1.4.4"], "by assembly, not by version");
    assert_eq!(bench.get("/api/Spaces-1/projects/web-shop/releases?searchByVersion=.5")["TotalResults"], 1);
    bench.create("Web Shop", "2.0.0+build.5", json!({}));
    assert_eq!(
        bench.get("/api/Spaces-1/projects/web-shop/releases/2.0.0%2Bbuild.5")["Version"],
        "2.0.0+build.5"
    );
    assert_eq!(bench.ask("GET", "/api/Spaces-1/projects/web-shop/releases/2.0.0", Value::Null).0, 404);
}

#[test]
fn a_defect_keeps_a_release_where_it_is() {
    let mut bench = Bench::new();
    bench.begin("Quick Shop", "1.0.0");
    bench.pass(20);
    let id = bench.get("/api/Spaces-1/projects/quick-shop/releases/1.0.0")["Id"].as_str().unwrap().to_owned();
    let own = format!("/api/Spaces-1/releases/{id}");
    let body = json!({ "ReleaseId": id, "SpaceId": "Spaces-1", "Description": "It is slow" });
    assert_eq!(bench.ask("POST", &format!("{own}/defects"), body).0, 200);
    assert_refused(bench.deploy("Quick Shop", "1.0.0", &["Production"], json!({})), "unresolved defect");
    assert_eq!(bench.get(&format!("{own}/progression"))["NextDeployments"], json!([]));
    let board = bench.get("/api/Spaces-1/projects/quick-shop/progression");
    assert_eq!(board["Releases"][0]["HasUnresolvedDefect"], true);
    assert_eq!(
        bench.deploy("Quick Shop", "1.0.0", &["Development"], json!({})).0,
        200,
        "where it already is"
    );
    assert_eq!(bench.ask("POST", &format!("{own}/defects/resolve"), json!({})).0, 200);
    assert_eq!(bench.deploy("Quick Shop", "1.0.0", &["Production"], json!({})).0, 200);
}

#[test]
fn the_older_deploy_route_carries_comments_and_answers_with_the_deployment() {
    let mut bench = Bench::new();
    let (_, made) = bench.create("Asking Shop", "1.0.0", json!({}));
    let release = made["ReleaseId"].as_str().unwrap().to_owned();
    let preview = bench.get(&format!("/api/Spaces-1/releases/{release}/deployments/preview/Environments-1"));
    let element = preview["Form"]["Elements"][0]["Name"].as_str().unwrap().to_owned();
    let action = preview["StepsToExecute"][0]["ActionId"].clone();
    let mut body =
        json!({ "ReleaseId": release, "EnvironmentId": "Environments-1", "Comments": "Build 482" });
    assert_refused(bench.ask("POST", "/api/Spaces-1/deployments", body.clone()), "'Approver'");
    body["FormValues"] = json!({ element.clone(): "ann" });
    body["SkipActions"] = json!([action]);
    let (status, made) = bench.ask("POST", "/api/Spaces-1/deployments", body.clone());
    assert_eq!((status, made["Comments"].as_str()), (201, Some("Build 482")), "{made}");
    assert_eq!(made["FormValues"], json!({ element: "ann" }));
    assert!(made["TaskId"].as_str().unwrap().starts_with("ServerTasks-"));
    let (status, wrapped) = bench.ask("POST", "/api/Spaces-1/deployments/v1", body.clone());
    assert_eq!((status, wrapped["Deployment"]["Comments"].as_str()), (201, Some("Build 482")));
    body["EnvironmentId"] = json!("Development");
    assert_refused(bench.ask("POST", "/api/Spaces-1/deployments", body), "'Development' was not found");
}

#[test]
fn a_freeze_is_overridden_on_the_older_route_too() {
    let mut bench = Bench::new();
    bench.begin("Frozen Shop", "1.0.0");
    bench.pass(20);
    let release = bench.get("/api/Spaces-1/projects/frozen-shop/releases/1.0.0")["Id"].clone();
    let command = json!({ "ReleaseId": release, "EnvironmentId": "Environments-2" });
    assert_refused(bench.ask("POST", "/api/Spaces-1/deployments", command.clone()), "Year end");
    let mut body = json!({ "CreateDeploymentCommand": command, "FreezeIds": ["DeploymentFreezes-1"] });
    assert_refused(bench.ask("POST", "/api/Spaces-1/deployments/override", body.clone()), "reason");
    body["Reason"] = json!("the site is down");
    let (status, made) = bench.ask("POST", "/api/Spaces-1/deployments/override", body);
    assert_eq!(status, 201);
    assert_eq!(made["Deployment"]["EnvironmentId"], "Environments-2");
}
