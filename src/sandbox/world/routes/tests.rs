//! Paths, credentials, and the shape of every answer that the reference shows an example of.

use serde_json::{Value, json};

use crate::sandbox::exchange::Request;
use crate::sandbox::world::tests::{Bench, DEVELOPER, READER, start};

/// The example of the reference in this file of the test data.
macro_rules! example {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/data/octopus-api/",
            $name,
            ".json"
        )))
        .unwrap()
    };
}

/// Objects whose keys are data.
const MAPS: [&str; 10] = [
    "Arguments",
    "ChannelEnvironments",
    "LifecycleEnvironments",
    "CustomFields",
    "Deployments",
    "DisplaySettings",
    "FormValues",
    "ProjectEnvironmentScope",
    "ProjectEnvironments",
    "Values",
];

/// Adds to `wrong` every property of the example that the answer lacks, or has with another type. A
/// null on either side says nothing of the type.
fn compare(example: &Value, answer: &Value, place: &str, wrong: &mut Vec<String>) {
    match (example, answer) {
        (Value::Null, _) | (_, Value::Null) => {}
        (Value::Object(_), Value::Object(_)) if MAPS.iter().any(|it| place.ends_with(it)) => {}
        (Value::Object(example), Value::Object(answer)) => {
            for (name, value) in example {
                match answer.get(name) {
                    Some(own) => compare(value, own, &format!("{place}.{name}"), wrong),
                    None => wrong.push(format!("{place}.{name} is not there")),
                }
            }
        }
        (Value::Array(example), Value::Array(answer)) => {
            for (example, answer) in example.iter().zip(answer) {
                compare(example, answer, &format!("{place}[]"), wrong);
            }
        }
        (example, answer) => {
            if std::mem::discriminant(example) != std::mem::discriminant(answer) {
                wrong.push(format!("{place} is {answer}, where the example has {example}"));
            }
        }
    }
}

fn assert_like(name: &str, example: &Value, answer: &Value) {
    let mut wrong = Vec::new();
    compare(example, answer, name, &mut wrong);
    assert!(wrong.is_empty(), "{}\n{answer}", wrong.join("\n"));
}

macro_rules! assert_shape {
    ($name:literal, $answer:expr) => {
        assert_like($name, &example!($name), &$answer)
    };
}

#[test]
fn answers_have_the_shape_of_the_examples() {
    let mut bench = Bench::new();
    assert_shape!("1.3-spaces", bench.get("/api/spaces?partialName=Default&skip=0&take=2147483647"));
    assert_shape!("1.4-root", bench.get("/api"));
    assert_shape!("1.2-openid-configuration", bench.get("/.well-known/openid-configuration"));
    assert_shape!("2.2-project", bench.get("/api/Spaces-1/projects/web-shop"));
    assert_shape!("2.3-environment", bench.get("/api/Spaces-1/environments/Environments-4"));
    assert_shape!("2.3-machine", bench.get("/api/Spaces-1/machines/Machines-5"));
    assert_shape!("2.3-tenants", bench.get("/api/Spaces-1/tenants"));
    let channels = bench.get("/api/Spaces-1/projects/web-shop/channels?partialName=Hotfix");
    assert_shape!("2.4-channel", channels["Items"][0]);
    let tested = bench.ask("POST", "/api/Spaces-1/channels/rule-test", example!("2.4-rule-test-request"));
    assert_eq!(tested, (200, example!("2.4-rule-test")));
    assert_shape!("2.5-process", bench.get("/api/Spaces-1/deploymentprocesses/deploymentprocess-Projects-1"));
    let template = bench.get("/api/Spaces-1/projects/infra/refs%2Fheads%2Fmain/deploymentprocesses/template");
    assert_shape!("2.5-release-template", template);
    let versions = "/api/Spaces-1/feeds/feeds-builtin/packages/versions?packageId=Shop.Web&take=1&versionRange=[2.0,3.0)";
    assert_shape!("2.6-package-versions", bench.get(versions));
    assert_shape!("2.14-freezes", bench.get("/api/deploymentfreezes"));
    assert_shape!("2.14-server-status", bench.get("/api/serverstatus"));
    assert_shape!("2.14-user", bench.get("/api/users/me"));
    assert_shape!("2.14-artifacts", bench.get("/api/Spaces-1/artifacts?regarding=ServerTasks-1"));
}

#[test]
fn releases_and_deployments_have_the_shape_of_the_examples() {
    let mut bench = Bench::new();
    let (status, made) = bench.create("Web Shop", "1.4.7", json!({ "CustomFields": { "Ticket": "OPS-11" } }));
    assert_eq!(status, 201);
    assert_shape!("2.7-create-release-v1", made);
    let own = format!("/api/Spaces-1/releases/{}", made["ReleaseId"].as_str().unwrap());
    assert_shape!("2.7-release", bench.get(&own));
    assert_shape!("2.7-missing-packages", bench.get(&format!("{own}/missingpackages")));
    let (status, deployed) = bench.deploy("Web Shop", "1.4.7", &["Development"], json!({}));
    assert_eq!(status, 200);
    assert_shape!("2.10-deploy-v1", deployed);
    let task = deployed["DeploymentServerTasks"][0]["ServerTaskId"].as_str().unwrap().to_owned();
    let deployment = deployed["DeploymentServerTasks"][0]["DeploymentId"].as_str().unwrap().to_owned();
    assert_shape!("2.10-deployment", bench.get(&format!("/api/Spaces-1/deployments/{deployment}")));
    bench.pass(30);
    assert_shape!("2.12-task", bench.task(&task));
    assert_shape!(
        "2.12-task-details",
        bench.get(&format!("/api/Spaces-1/tasks/{task}/details?verbose=true&tail=50"))
    );
    bench.pass(60);
    assert_shape!("2.8-release-progression", bench.get(&format!("{own}/progression")));
    assert_shape!("2.8-deployment-template", bench.get(&format!("{own}/deployments/template")));
    let board = bench.get("/api/Spaces-1/dashboard/dynamic?projects=Projects-1&environments=Environments-1");
    assert_shape!("2.11-dashboard-item", board["Items"][0]);
    assert_shape!("2.11-project-progression", bench.get("/api/Spaces-1/projects/Projects-1/progression"));
    let defect = json!({ "ReleaseId": "x", "SpaceId": "Spaces-1", "Description": "It is slow" });
    assert_eq!(bench.ask("POST", &format!("{own}/defects"), defect).0, 200);
    assert_shape!("2.7-defects", bench.get(&format!("{own}/defects")));
    assert_shape!("2.1-collection", bench.get("/api/Spaces-1/deployments?take=2"));
    assert_shape!("2.1-error", bench.create("Web Shop", "1.4.7", json!({})).1);
}

#[test]
fn questions_have_the_shape_of_the_examples() {
    let mut bench = Bench::new();
    let (_, made) = bench.create("Asking Shop", "1.0.0", json!({}));
    let own = format!("/api/Spaces-1/releases/{}", made["ReleaseId"].as_str().unwrap());
    let preview = bench.get(&format!("{own}/deployments/preview/Environments-1?includeDisabledSteps=true"));
    assert_shape!("2.9-preview", preview);
    let several = json!({ "DeploymentPreviews": [{ "EnvironmentId": "Environments-1", "TenantId": null }] });
    let (status, previews) = bench.ask("POST", &format!("{own}/deployments/previews"), several);
    assert_eq!((status, &previews[0]["Form"]), (200, &preview["Form"]));
    bench.begin("Careful Shop", "1.0.0");
    bench.pass(30);
    let asked = bench.get("/api/Spaces-1/interruptions?pendingOnly=true");
    assert_shape!("2.13-interruption", asked["Items"][0]);
}

#[test]
fn a_page_says_how_many_there_are_and_where_the_next_is() {
    let mut bench = Bench::new();
    let first = bench.get("/api/Spaces-1/projects?take=5");
    let total = first["TotalResults"].as_u64().unwrap();
    assert_eq!(first["LastPageNumber"].as_u64(), Some(total.div_ceil(5) - 1));
    let mut seen = first["Items"].as_array().unwrap().len() as u64;
    let mut next = first["Links"]["Page.Next"].as_str().map(str::to_owned);
    while let Some(link) = next {
        let page = bench.get(&link);
        seen += page["Items"].as_array().unwrap().len() as u64;
        next = page["Links"]["Page.Next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, total);
    let all = bench.get("/api/Spaces-1/projects?skip=0&take=2147483647");
    assert_eq!(all["Items"].as_array().unwrap().len() as u64, total);
}

#[test]
fn names_are_found_by_a_part_of_them() {
    let mut bench = Bench::new();
    let names = |page: &Value| -> Vec<String> {
        page["Items"].as_array().unwrap().iter().map(|it| it["Name"].as_str().unwrap().to_owned()).collect()
    };
    for parameter in ["partialName", "NAME", "name"] {
        let found = bench.get(&format!("/api/Spaces-1/environments?{parameter}=Prod"));
        assert_eq!(names(&found), ["Pre-Production", "Production"], "{parameter}");
    }
    assert_eq!(names(&bench.get("/api/Spaces-1/environments/v2?ids=Environments-1,Environments-2")).len(), 2);
    assert_eq!(
        names(&bench.get("/api/Spaces-1/environments?ids=Environments-1&ids=Environments-2")).len(),
        2
    );
    assert_eq!(names(&bench.get("/api/Spaces-1/environments?ids=")).len(), 5, "an empty list is no filter");
    assert_eq!(bench.ask("GET", "/api/Spaces-1/projects/web-shop", Value::Null).0, 200);
    assert_eq!(bench.ask("GET", "/api/Spaces-1/projects/Web%20Shop", Value::Null).0, 404, "a name is no id");
}

#[test]
fn a_space_is_named_by_its_id_in_three_forms() {
    let mut bench = Bench::new();
    for path in [
        "/api/Spaces-1/projects",
        "/api/spaces/Spaces-1/projects",
        "/api/projects",
        "/api/Spaces-1/projects/",
    ] {
        assert_eq!(bench.ask("GET", path, Value::Null).0, 200, "{path}");
    }
    for path in
        ["/api/Default/projects", "/api/spaces/Default/projects", "/api/Spaces-77/projects", "/projects", "/"]
    {
        assert_eq!(bench.ask("GET", path, Value::Null).0, 404, "{path}");
    }
    let of_second = bench.get("/api/Spaces-2/projects");
    assert_eq!(
        (of_second["TotalResults"].as_u64(), of_second["Items"][0]["Name"].as_str()),
        (Some(1), Some("Other Shop"))
    );
    assert_eq!(bench.ask("GET", "/api/Spaces-2/projects/Projects-1", Value::Null).0, 404, "of another space");
    let mut without = Bench::changed(|seed| seed["spaces"][0]["default"] = json!(false));
    assert_eq!(without.ask("GET", "/api/projects", Value::Null).0, 404, "there is no default space");
}

#[test]
fn every_route_but_a_few_wants_a_credential() {
    let mut bench = Bench::new();
    for (key, status) in [("", 401), ("API-WRONG", 401), (READER, 200), (DEVELOPER, 200)] {
        bench.key = key.to_owned();
        assert_eq!(bench.ask("GET", "/api/Spaces-1/projects", Value::Null).0, status, "{key}");
        assert_eq!(bench.ask("GET", "/api/users/me", Value::Null).0, status, "{key}");
        assert_eq!(bench.ask("GET", "/api/", Value::Null).0, 200, "the root is open");
    }
    bench.key = READER.to_owned();
    let (status, refused) = bench.create("Web Shop", "9.0.0", json!({}));
    assert_eq!(status, 403);
    assert!(refused["ErrorMessage"].as_str().unwrap().contains("ReleaseCreate for project 'Web Shop'"));
    let permissions = bench.get("/api/users/me/permissions");
    assert!(permissions["SpacePermissions"]["ReleaseView"].is_array());
    assert!(permissions["SpacePermissions"]["ReleaseCreate"].is_null());
    bench.key = DEVELOPER.to_owned();
    let permissions = bench.get("/api/users/me/permissions");
    let restricted = &permissions["SpacePermissions"]["DeploymentCreate"][0]["RestrictedToEnvironmentIds"];
    assert!(restricted.as_array().unwrap().contains(&json!("Environments-1")), "{permissions}");
    assert_eq!(bench.ask("GET", "/api/users/Users-1/permissions", Value::Null).0, 403);
}

/// Asks with this header in place of a key.
fn with_bearer(bench: &mut Bench, token: &str) -> u16 {
    let headers = vec![("authorization".to_owned(), format!("Bearer {token}"))];
    let (method, path) = ("GET".to_owned(), "/api/users/me".to_owned());
    let request = Request { method, path, query: Vec::new(), headers, body: Vec::new() };
    bench.world.respond(&request, bench.now).status
}

#[test]
fn a_token_is_exchanged_holds_for_its_time_and_then_no_more() {
    let mut bench = Bench::new();
    let discovered = bench.get("/.well-known/openid-configuration");
    assert_eq!(discovered["token_endpoint"], "http://127.0.0.1:8065/token/v1");
    let mut request = example!("1.2-token-exchange-request");
    request["subject_token"] = json!("sandbox-subject-token");
    let (status, answer) = bench.ask("POST", "/token/v1", request.clone());
    assert_eq!(status, 200, "{answer}");
    assert_shape!("1.2-token-exchange", answer);
    assert_eq!(answer["expires_in"], "3600");
    let token = answer["access_token"].as_str().unwrap().to_owned();
    assert_eq!(with_bearer(&mut bench, &token), 200);
    bench.pass(3599);
    assert_eq!(with_bearer(&mut bench, &token), 200);
    bench.pass(1);
    assert_eq!(with_bearer(&mut bench, &token), 401);

    request["subject_token"] = json!("another");
    let (status, refused) = bench.ask("POST", "/api/token/v1", request.clone());
    assert_eq!(status, 400);
    assert_shape!("1.2-token-exchange-error", refused);
    request["subject_token"] = json!("sandbox-subject-token");
    request["audience"] = json!("nobody");
    assert_eq!(bench.ask("POST", "/token/v1", request.clone()).0, 400);
    request["audience"] = json!("2d1f8f3b-6b10-4b2f-8a1f-6d3f904c2e88");
    assert_eq!(bench.ask("POST", "/token/v1", request).1["expires_in"], 3, "a number, in the other reading");
}

#[test]
fn the_exchange_also_takes_a_form() {
    let mut bench = Bench::new();
    let body = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&audience=1c0f7e2a-5a0f-4a1e-9f0e-5c2f8f3b1d77\
                &subject_token=sandbox-subject-token&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt";
    let headers = vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    let (method, path) = ("POST".to_owned(), "/token/v1".to_owned());
    let request = Request { method, path, query: Vec::new(), headers, body: body.as_bytes().to_vec() };
    assert_eq!(bench.world.respond(&request, start()).status, 200);
}

#[test]
fn the_rate_limit_is_off_until_a_seed_sets_it() {
    let mut bench = Bench::new();
    for _ in 0..300 {
        assert_eq!(bench.ask("GET", "/api/users/me", Value::Null).0, 200);
    }
    let mut bench = Bench::changed(|seed| seed["rateLimit"] = json!({ "perMinute": 60, "burst": 5 }));
    let header = |response: &crate::sandbox::Response, name: &str| {
        response.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.clone())
    };
    for left in (0..5).rev() {
        let response = bench.send("GET", "/api/users/me", &Value::Null);
        assert_eq!(response.status, 200);
        assert!(header(&response, "octopus-ratelimit").unwrap().contains(&format!("r={left};")));
    }
    let response = bench.send("POST", "/api/Spaces-1/releases/create/v1", &json!({}));
    assert_eq!((response.status, header(&response, "retry-after").as_deref()), (429, Some("1")));
    bench.key = READER.to_owned();
    assert_eq!(bench.ask("GET", "/api/users/me", Value::Null).0, 200, "each caller has an own bucket");
    bench.key = bench.world.api_key().to_owned();
    bench.pass(1);
    assert_eq!(bench.ask("GET", "/api/users/me", Value::Null).0, 200);
    assert_eq!(bench.ask("GET", "/api/users/me", Value::Null).0, 429);
}

#[test]
fn maintenance_refuses_the_writes_of_others() {
    let mut bench = Bench::changed(|seed| seed["maintenance"] = json!(true));
    assert_eq!(bench.create("Web Shop", "1.4.7", json!({})).0, 201, "an administrator");
    bench.key = DEVELOPER.to_owned();
    assert_eq!(bench.create("Web Shop", "1.4.8", json!({})).0, 503);
    assert_eq!(bench.get("/api/serverstatus")["IsInMaintenanceMode"], true);
}

#[test]
fn hostile_requests_are_answered() {
    let mut bench = Bench::new();
    for (method, path, body) in [
        ("POST", "/api/Spaces-1/releases/create/v1", "not json"),
        ("POST", "/api/Spaces-1/releases/create/v1", "[1,2]"),
        ("POST", "/api/Spaces-1/releases/create/v1", "\u{0}"),
        ("GET", "/api/Spaces-1/tasks/ServerTasks-99999999999999999999999", ""),
        ("GET", "/api/Spaces-1/tasks/ServerTasks-0", ""),
        ("GET", "/api/Spaces-1/releases/%FF%FE", ""),
        ("GET", "/api/Spaces-1/deployments/..%2F..", ""),
        ("DELETE", "/api/Spaces-1/releases/Releases-1", ""),
    ] {
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: vec![("skip".to_owned(), "18446744073709551615".to_owned())],
            headers: vec![("x-octopus-apikey".to_owned(), bench.key.clone())],
            body: body.as_bytes().to_vec(),
        };
        let status = bench.world.respond(&request, bench.now).status;
        assert!((400..500).contains(&status), "{method} {path}: {status}");
    }
    let far = bench.get("/api/Spaces-1/projects?skip=18446744073709551615&take=18446744073709551615");
    assert_eq!(far["Items"], json!([]));
}
