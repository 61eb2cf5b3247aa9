//! Passes each request to its handler, after the rate limit, the credential, the permission and maintenance
//! mode.

use jiff::Timestamp;

use crate::sandbox::message::{Request, Response};
use crate::sandbox::world::access::authenticate;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::limits::Buckets;
use crate::sandbox::world::links;
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::routes::{PathParts, ROUTES, Route, RouteScope};
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::Id;

/// The answer to a request, whatever it is.
pub(super) fn answer(world: &mut World, request: &Request, now: Timestamp) -> Response {
    let user = authenticate(world, request, now);
    let caller = user.clone().unwrap_or_else(|_| "anonymous".to_owned());
    let level = world.buckets.as_mut().map(|it| it.take(&caller, now));
    let answer = match level {
        Some(level) if !level.allowed => Err(Buckets::refusal()),
        _ => dispatch(world, request, now, user),
    };
    let mut response = answer.unwrap_or_else(|refusal| refusal.response());
    if !world.base_path.is_empty() {
        links::put_under(&world.base_path, &mut response);
    }
    if let (Some(buckets), Some(level)) = (&world.buckets, level) {
        buckets.mark(level, &mut response);
    }
    response
}

fn dispatch(world: &mut World, request: &Request, now: Timestamp, user: Result<Id, Refusal>) -> Answer {
    let Some(path) = request.path.strip_prefix(&world.base_path) else {
        return Err(Refusal::unknown("route", &request.path));
    };
    let parts = PathParts::of(world, path);
    let (route, params) = route_of(request, &parts)?;
    let user = if route.reach == RouteScope::Open { Id::new() } else { user? };
    let space = parts.in_space.as_ref().map_or_else(Id::new, |(space, _)| space.clone());
    let in_space = matches!(route.reach, RouteScope::Space | RouteScope::NamedSpace);
    if in_space && !world.spaces.iter().any(|it| it.id == space) {
        return Err(Refusal::unknown("space", &space));
    }
    let call = Call { request, now, space, names_space: parts.names_space, params, user };
    if !route.permission.is_empty() {
        world.demand(&call, route.permission, "", "")?;
    }
    if route.reach != RouteScope::Open && request.method != "GET" {
        refuse_in_maintenance(world, &call)?;
    }
    (route.handler)(world, &call)
}

/// The route of a request, and the variable parts of its path.
fn route_of(request: &Request, parts: &PathParts) -> Result<(&'static Route, Vec<String>), Refusal> {
    let fitting = || ROUTES.iter().filter_map(|route| Some((route, parts.fit(route)?)));
    let found = fitting().find(|(route, _)| route.method == request.method);
    found.ok_or_else(|| match fitting().next() {
        Some(_) => Refusal {
            status: 405,
            message: format!("The method {} is not allowed for this resource.", request.method),
            errors: Vec::new(),
        },
        None => Refusal::unknown("route", &request.path),
    })
}

fn refuse_in_maintenance(world: &World, call: &Call<'_>) -> Result<(), Refusal> {
    if !world.maintenance || world.user(&call.user).is_some_and(|it| it.is_administrator()) {
        return Ok(());
    }
    Err(Refusal {
        status: 503,
        message: "The server is in maintenance mode: only administrators may change anything.".to_owned(),
        errors: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sandbox::message::Request;
    use crate::sandbox::world::tests::{Bench, DEVELOPER};

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

    /// Adds to `wrong` every property of the example that the answer lacks or has with another type. A
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
        let mut request = example!("1.2-token-exchange-request");
        assert_shape!("1.2-token-exchange-error", bench.ask("POST", "/token/v1", request.clone()).1);
        request["subject_token"] = json!("sandbox-subject-token");
        assert_shape!("1.2-token-exchange", bench.ask("POST", "/token/v1", request).1);
        assert_shape!("1.2-openid-configuration", bench.get("/.well-known/openid-configuration"));
        assert_shape!("2.2-project", bench.get("/api/Spaces-1/projects/web-shop"));
        assert_shape!("2.3-environment", bench.get("/api/Spaces-1/environments/Environments-4"));
        assert_shape!("2.3-machine", bench.get("/api/Spaces-1/machines/Machines-5"));
        assert_shape!("2.3-tenants", bench.get("/api/Spaces-1/tenants"));
        let channels = bench.get("/api/Spaces-1/projects/web-shop/channels?partialName=Hotfix");
        assert_shape!("2.4-channel", channels["Items"][0]);
        let tested = bench.ask("POST", "/api/Spaces-1/channels/rule-test", example!("2.4-rule-test-request"));
        assert_eq!(tested, (200, example!("2.4-rule-test")));
        assert_shape!(
            "2.5-process",
            bench.get("/api/Spaces-1/deploymentprocesses/deploymentprocess-Projects-1")
        );
        let template =
            bench.get("/api/Spaces-1/projects/infra/refs%2Fheads%2Fmain/deploymentprocesses/template");
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
        let (status, made) =
            bench.create("Web Shop", "1.4.7", json!({ "CustomFields": { "Ticket": "OPS-11" } }));
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
        let board =
            bench.get("/api/Spaces-1/dashboard/dynamic?projects=Projects-1&environments=Environments-1");
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
        let preview =
            bench.get(&format!("{own}/deployments/preview/Environments-1?includeDisabledSteps=true"));
        assert_shape!("2.9-preview", preview);
        let several =
            json!({ "DeploymentPreviews": [{ "EnvironmentId": "Environments-1", "TenantId": null }] });
        let (status, previews) = bench.ask("POST", &format!("{own}/deployments/previews"), several);
        assert_eq!((status, &previews[0]["Form"]), (200, &preview["Form"]));
        bench.begin("Careful Shop", "1.0.0");
        bench.pass(30);
        let asked = bench.get("/api/Spaces-1/interruptions?pendingOnly=true");
        assert_shape!("2.13-interruption", asked["Items"][0]);
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
        for path in [
            "/api/Default/projects",
            "/api/spaces/Default/projects",
            "/api/Spaces-77/projects",
            "/projects",
            "/",
        ] {
            assert_eq!(bench.ask("GET", path, Value::Null).0, 404, "{path}");
        }
        let of_second = bench.get("/api/Spaces-2/projects");
        assert_eq!(
            (of_second["TotalResults"].as_u64(), of_second["Items"][0]["Name"].as_str()),
            (Some(1), Some("Other Shop"))
        );
        assert_eq!(
            bench.ask("GET", "/api/Spaces-2/projects/Projects-1", Value::Null).0,
            404,
            "of another space"
        );
        let mut without = Bench::changed(|seed| seed["spaces"][0]["default"] = json!(false));
        assert_eq!(without.ask("GET", "/api/projects", Value::Null).0, 404, "there is no default space");
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
}
