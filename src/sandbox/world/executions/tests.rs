//! What the executions API lets through, and what it refuses with which words.

use serde_json::{Value, json};

use crate::sandbox::world::tests::{Bench, DEVELOPER, error_of, merge};

/// A world in which 1.0.0 of this project exists.
fn with_release(project: &str) -> Bench {
    let mut bench = Bench::new();
    let (status, made) = bench.create(project, "1.0.0", json!({}));
    assert_eq!(status, 201, "{made}");
    bench
}

fn tenanted(bench: &mut Bench, project: &str, environment: &str, more: Value) -> (u16, Value) {
    let mut body = json!({ "SpaceId": "Spaces-1", "SpaceIdOrName": "Spaces-1", "ProjectName": project,
        "ReleaseVersion": "1.0.0", "EnvironmentName": environment });
    merge(&mut body, more);
    bench.ask("POST", "/api/spaces/Spaces-1/deployments/create/tenanted/v1", body)
}

fn count(made: &Value) -> usize {
    made["DeploymentServerTasks"].as_array().unwrap().len()
}

#[test]
fn the_routes_need_the_space_in_the_path_and_twice_in_the_body() {
    let mut bench = with_release("Quick Shop");
    let body = json!({ "SpaceId": "Spaces-1", "SpaceIdOrName": "Spaces-1", "ProjectName": "Quick Shop",
        "ReleaseVersion": "1.0.0", "EnvironmentNames": ["Development"] });
    let post = |bench: &mut Bench, path: &str, body: &Value| bench.ask("POST", path, body.clone()).0;
    assert_eq!(post(&mut bench, "/api/deployments/create/untenanted/v1", &body), 404);
    assert_eq!(post(&mut bench, "/api/Default/deployments/create/untenanted/v1", &body), 404);
    assert_eq!(post(&mut bench, "/api/Spaces-9/deployments/create/untenanted/v1", &body), 404);
    for field in ["SpaceId", "SpaceIdOrName"] {
        let mut without = body.clone();
        without.as_object_mut().unwrap().remove(field);
        let (status, refused) = bench.ask("POST", "/api/Spaces-1/deployments/create/untenanted/v1", without);
        assert_eq!(status, 400);
        assert_eq!(error_of(&refused), format!("The {field} field is required."));
    }
    assert_eq!(post(&mut bench, "/api/spaces/Spaces-1/deployments/create/untenanted/v1", &body), 200);
    assert_eq!(bench.ask("GET", "/api/Spaces-1/deployments/create/untenanted/v1", Value::Null).0, 405);
}

#[test]
fn property_names_match_ignoring_case() {
    let mut bench = with_release("Quick Shop");
    let body = json!({ "spaceId": "Spaces-1", "spaceIdOrName": "Spaces-1", "projectName": "quick-shop",
        "releaseVersion": "1.0.0", "environmentNames": ["DEVELOPMENT"] });
    let (status, made) = bench.ask("POST", "/api/Spaces-1/deployments/create/untenanted/v1", body);
    assert_eq!((status, count(&made)), (200, 1));
}

#[test]
fn an_empty_list_of_environments_deploys_nothing_and_is_no_error() {
    let mut bench = with_release("Quick Shop");
    let (status, made) = bench.deploy("Quick Shop", "1.0.0", &[], json!({}));
    assert_eq!((status, made), (200, json!({ "DeploymentServerTasks": [] })));
    let mut bench = with_release("Portal");
    let (status, made) =
        tenanted(&mut bench, "Portal", "Development", json!({ "Tenants": [], "TenantTags": [] }));
    assert_eq!((status, made), (200, json!({ "DeploymentServerTasks": [] })));
}

#[test]
fn one_environment_that_refuses_refuses_them_all() {
    let mut bench = with_release("Quick Shop");
    let before = bench.get("/api/Spaces-1/deployments")["TotalResults"].clone();
    for (environments, word) in [
        (["Development", "Production"].as_slice(), "Production yet"),
        (&["Development", "Producton"], "'Producton' was not found"),
        (&["Development", "Guided"], "not in the lifecycle"),
    ] {
        let (status, refused) = bench.deploy("Quick Shop", "1.0.0", environments, json!({}));
        assert_eq!(status, 400);
        assert!(error_of(&refused).contains(word), "{refused}");
    }
    assert_eq!(bench.get("/api/Spaces-1/deployments")["TotalResults"], before);
}

#[test]
fn an_optional_phase_may_be_passed_over() {
    let mut bench = with_release("Quick Shop");
    bench.begin_in("Quick Shop", "1.0.0", "Development");
    bench.pass(20);
    assert_eq!(bench.deploy("Quick Shop", "1.0.0", &["Production"], json!({})).0, 200);
}

#[test]
fn a_required_prompted_variable_is_named_when_it_is_missing() {
    let mut bench = with_release("Asking Shop");
    for variables in [json!({}), json!({ "Approver": " " }), json!({ "Aprover": "ann" })] {
        let (status, refused) =
            bench.deploy("Asking Shop", "1.0.0", &["Development"], json!({ "Variables": variables }));
        assert_eq!(status, 400);
        assert!(error_of(&refused).contains("'Approver'"), "{refused}");
    }
    let by_label = json!({ "Variables": { "who approves": "ann" } });
    assert_eq!(bench.deploy("Asking Shop", "1.0.0", &["Development"], by_label).0, 200);
    bench.pass(30);
    let more = json!({ "Variables": { "Approver": "ann" } });
    let (_, refused) = bench.deploy("Asking Shop", "1.0.0", &["Test"], more);
    assert!(error_of(&refused).contains("'Token'"), "only there it is asked for: {refused}");
    let more = json!({ "Variables": { "Approver": "ann", "Token": "s3cret" } });
    assert_eq!(bench.deploy("Asking Shop", "1.0.0", &["Test"], more).0, 200);
    let deployments = bench.get("/api/Spaces-1/deployments").to_string();
    assert!(deployments.contains("ann") && !deployments.contains("s3cret"));
    let last = bench.world.summary(bench.now)["deployments"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["variables"], json!({ "Approver": "ann", "Token": "s3cret" }));
}

#[test]
fn a_freeze_is_overridden_by_name_and_reason() {
    let mut bench = with_release("Frozen Shop");
    bench.begin_in("Frozen Shop", "1.0.0", "Development");
    bench.pass(20);
    let mut deploy = |more: Value| bench.deploy("Frozen Shop", "1.0.0", &["Test"], more);
    let (status, refused) = deploy(json!({}));
    assert_eq!(status, 400);
    assert!(error_of(&refused).contains("freeze 'Year end'"), "{refused}");
    let (status, refused) =
        deploy(json!({ "DeploymentFreezeNames": ["Year end"], "DeploymentFreezeOverrideReason": " " }));
    assert_eq!(status, 400);
    assert!(error_of(&refused).contains("reason"), "{refused}");
    let more = json!({ "DeploymentFreezeNames": ["year end"], "DeploymentFreezeOverrideReason": "the site is down" });
    assert_eq!(deploy(more).0, 200);
    let freezes = bench.get("/api/deploymentfreezes?environmentIds=Environments-2");
    assert_eq!(
        (freezes["Count"].as_u64(), freezes["DeploymentFreezes"][0]["Name"].as_str()),
        (Some(1), Some("Year end"))
    );
    assert_eq!(bench.get("/api/deploymentfreezes?environmentIds=Environments-1")["Count"], 0);
}

#[test]
fn tenants_decide_which_route_works() {
    let mut bench = with_release("Portal");
    let (status, refused) = bench.deploy("Portal", "1.0.0", &["Development"], json!({}));
    assert_eq!(status, 400);
    assert!(error_of(&refused).contains("only be deployed for tenants"), "{refused}");
    let mut bench = with_release("Quick Shop");
    let (status, refused) = tenanted(&mut bench, "Quick Shop", "Development", json!({ "Tenants": ["Acme"] }));
    assert_eq!(status, 400);
    assert!(error_of(&refused).contains("cannot be deployed for tenants"), "{refused}");
    let mut bench = Bench::new();
    let (status, _) = bench.create("Mixed", "2.0.0", json!({}));
    assert_eq!(status, 201);
    assert_eq!(bench.deploy("Mixed", "2.0.0", &["Development"], json!({})).0, 200);
    let more = json!({ "ReleaseVersion": "2.0.0", "Tenants": ["Acme"] });
    assert_eq!(tenanted(&mut bench, "Mixed", "Development", more).0, 200, "both ways");
}

#[test]
fn tenants_are_found_by_name_tag_and_star() {
    let mut bench = with_release("Portal");
    for (more, tenants) in [
        (json!({ "Tenants": ["acme", "GLOBEX"] }), 2),
        (json!({ "TenantTags": ["Region/EU"] }), 1),
        (json!({ "TenantTags": ["Region/EU", "Region/US"] }), 2),
        (json!({ "TenantTags": ["Region/EU", "Ring/Stable"] }), 0),
        (json!({ "Tenants": ["*"] }), 2),
    ] {
        let (status, made) = tenanted(&mut bench, "Portal", "Development", more.clone());
        assert_eq!((status, count(&made)), (200, tenants), "{more}");
    }
    for (more, word) in [
        (json!({ "Tenants": ["Acmee"] }), "'Acmee' was not found"),
        (json!({ "TenantTags": ["Region/XX"] }), "'Region/XX' was not found"),
        (json!({ "Tenants": ["Initech"] }), "not connected to the environment Development"),
    ] {
        let (status, refused) = tenanted(&mut bench, "Portal", "Development", more);
        assert_eq!(status, 400);
        assert!(error_of(&refused).contains(word), "{refused}");
    }
}

#[test]
fn each_tenant_has_its_own_way_through_the_lifecycle() {
    let mut bench = with_release("Portal");
    tenanted(&mut bench, "Portal", "Development", json!({ "Tenants": ["Acme"] }));
    bench.pass(60);
    let (status, made) = tenanted(&mut bench, "Portal", "Test", json!({ "Tenants": ["*"] }));
    assert_eq!((status, count(&made)), (200, 1), "Globex was not in Development yet");
    let (status, refused) = tenanted(&mut bench, "Portal", "Test", json!({ "Tenants": ["Globex"] }));
    assert_eq!(status, 400);
    assert!(error_of(&refused).contains("'Development'"), "{refused}");
}

#[test]
fn names_that_lead_nowhere_are_refused() {
    let mut bench = with_release("Web Shop");
    for (project, version, more, word) in [
        ("Web Shpo", "1.0.0", json!({}), "project 'Web Shpo'"),
        ("Web Shop", "1.0.1", json!({}), "release '1.0.1'"),
        ("Web Shop", "Releases-1", json!({}), "release 'Releases-1'"),
        ("Web Shop", "1.0.0", json!({ "SpecificMachineNames": ["dev-09"] }), "machine 'dev-09'"),
        ("Web Shop", "1.0.0", json!({ "RunAt": "tomorrow" }), "'tomorrow' of RunAt"),
        ("Web Shop", "1.0.0", json!({ "NoRunAfter": "2026-05-02T00:00:00Z" }), "together with RunAt"),
        ("Retired Shop", "0.1.0", json!({}), "is disabled"),
    ] {
        let (status, refused) = bench.deploy(project, version, &["Development"], more);
        assert_eq!(status, 400, "{word}");
        assert!(error_of(&refused).contains(word), "{word}: {refused}");
    }
}

#[test]
fn a_key_for_development_alone_names_the_missing_permission() {
    let mut bench = with_release("Quick Shop");
    bench.begin_in("Quick Shop", "1.0.0", "Development");
    bench.pass(20);
    bench.key = DEVELOPER.to_owned();
    assert_eq!(bench.deploy("Quick Shop", "1.0.0", &["Development"], json!({})).0, 200);
    let (status, refused) = bench.deploy("Quick Shop", "1.0.0", &["Production"], json!({}));
    assert_eq!(status, 403);
    let message = refused["ErrorMessage"].as_str().unwrap();
    assert!(message.contains("DeploymentCreate") && message.contains("'Production'"), "{message}");
    let release = bench.get("/api/Spaces-1/projects/quick-shop/releases/1.0.0")["Id"].clone();
    let template =
        bench.get(&format!("/api/Spaces-1/releases/{}/deployments/template", release.as_str().unwrap()));
    let names: Vec<&str> =
        template["PromoteTo"].as_array().unwrap().iter().map(|it| it["Name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Development"], "the template shows what the caller may do");
}

#[test]
fn some_projects_answer_in_camel_case() {
    let mut bench = Bench::new();
    let (_, made) = bench.create("Camel Shop", "1.0.0", json!({}));
    assert_eq!(made["releaseVersion"], "1.0.0");
    let (_, made) = bench.deploy("Camel Shop", "1.0.0", &["Development"], json!({}));
    assert!(made["deploymentServerTasks"][0]["serverTaskId"].is_string(), "{made}");
}

#[test]
fn a_refreshed_snapshot_stays_with_the_release() {
    let mut bench = with_release("Web Shop");
    let release = bench.get("/api/Spaces-1/projects/web-shop/releases/1.0.0");
    let own = format!("/api/Spaces-1/releases/{}", release["Id"].as_str().unwrap());
    let set = bench.get("/api/Spaces-1/variables/variableset-Projects-1");
    assert_eq!(bench.ask("PUT", "/api/Spaces-1/variables/variableset-Projects-1", set.clone()).0, 200);
    assert_eq!(
        bench.ask("PUT", "/api/Spaces-1/variables/variableset-Projects-1", set).0,
        409,
        "an old version"
    );
    assert_eq!(bench.get(&format!("{own}/deployments/template"))["IsVariableSetModified"], true);
    bench.deploy("Web Shop", "1.0.0", &["Development"], json!({ "UpdateVariableSnapshot": true }));
    assert_eq!(bench.get(&format!("{own}/deployments/template"))["IsVariableSetModified"], false);
    assert_ne!(bench.get(&own)["ProjectVariableSetSnapshotId"], release["ProjectVariableSetSnapshotId"]);
    let stale = json!({ "VariableSnapshotConcurrencyToken": release["VariableSnapshotConcurrencyToken"] });
    assert_eq!(bench.ask("POST", &format!("{own}/snapshot-variables"), stale).0, 409);
    assert_eq!(bench.ask("POST", &format!("{own}/snapshot-variables"), json!({})).0, 200);
}
