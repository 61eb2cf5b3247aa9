//! Which request goes to which handler: the three forms of a space's routes, credentials, permissions,
//! the rate limit.

use jiff::Timestamp;
use percent_encoding::percent_decode_str;

use crate::sandbox::message::{Request, Response};
use crate::sandbox::world::World;
use crate::sandbox::world::access::authenticate;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::limits::Buckets;
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::state::Id;
use crate::sandbox::world::{
    artifacts, channels, creating, dashboard, deployments, environments, executions, feeds, freezes,
    interruptions, legacy, lifecycles, links, oidc, previews, process, projects, release_edits, releases,
    spaces, tasks, teams, tenants, users, variables,
};

type Handler = fn(&mut World, &Call<'_>) -> Answer;

/// Under which paths a route is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The path as it is, without a credential.
    Open,
    /// The path as it is.
    System,
    /// `/api/Spaces-1/X`, `/api/spaces/Spaces-1/X`, and `/api/X` for the default space.
    Space,
    /// As `Space`, without the form for the default space.
    NamedSpace,
}

struct Route {
    method: &'static str,
    path: &'static str,
    reach: Reach,
    /// The permission that the caller needs at all; blank where the handler asks by itself.
    permission: &'static str,
    handler: Handler,
}

const fn open(method: &'static str, path: &'static str, handler: Handler) -> Route {
    Route { method, path, reach: Reach::Open, permission: "", handler }
}

const fn system(method: &'static str, path: &'static str, handler: Handler) -> Route {
    Route { method, path, reach: Reach::System, permission: "", handler }
}

const fn get(path: &'static str, permission: &'static str, handler: Handler) -> Route {
    Route { method: "GET", path, reach: Reach::Space, permission, handler }
}

const fn post(path: &'static str, permission: &'static str, handler: Handler) -> Route {
    Route { method: "POST", path, reach: Reach::Space, permission, handler }
}

const fn put(path: &'static str, permission: &'static str, handler: Handler) -> Route {
    Route { method: "PUT", path, reach: Reach::Space, permission, handler }
}

/// All routes; the first that fits a request answers it.
const ROUTES: &[Route] = &[
    open("GET", "api", spaces::root),
    open("GET", ".well-known/openid-configuration", oidc::discovery),
    open("POST", "token/v1", oidc::exchange),
    open("POST", "api/token/v1", oidc::exchange),
    open("GET", "api/serverstatus/health", spaces::health),
    system("GET", "api/spaces", spaces::list),
    system("GET", "api/spaces/all", spaces::all),
    system("GET", "api/spaces/{id}", spaces::get),
    system("GET", "api/users/me", users::me),
    system("GET", "api/users/me/permissions", users::my_permissions),
    system("GET", "api/users/{id}", users::get),
    system("GET", "api/users/{id}/permissions", users::permissions),
    system("GET", "api/teams", teams::list),
    system("GET", "api/teams/{id}", teams::get),
    system("GET", "api/serverstatus", spaces::status),
    system("GET", "api/maintenanceconfiguration", spaces::maintenance),
    system("GET", "api/configuration/feature-toggles", spaces::feature_toggles),
    system("GET", "api/deploymentfreezes", freezes::list),
    get("", "", spaces::home),
    get("users/{id}/permissions", "", users::permissions),
    get("teams", "TeamView", teams::list),
    get("teams/{id}", "TeamView", teams::get),
    get("projects", "ProjectView", projects::list),
    get("projects/all", "ProjectView", projects::all),
    get("projects/{id}", "ProjectView", projects::get),
    get("projects/{id}/releases", "ReleaseView", releases::of_project),
    get("projects/{id}/releases/{version}", "ReleaseView", releases::by_version),
    get("projects/{id}/channels", "ProjectView", channels::of_project),
    get("projects/{id}/channels/{id}/releases", "ReleaseView", releases::of_project_channel),
    get("projects/{id}/progression", "DeploymentView", dashboard::progression),
    get("progression/{id}", "DeploymentView", dashboard::progression),
    get("projects/{id}/deploymentprocesses", "ProcessView", process::of_project),
    get("projects/{id}/deploymentprocesses/template", "ProcessView", process::template_of_project),
    get("projects/{id}/{ref}/deploymentprocesses", "ProcessView", process::of_ref),
    get("projects/{id}/{ref}/deploymentprocesses/template", "ProcessView", process::template_of_ref),
    get("projects/{id}/deploymentsettings", "ProcessView", process::settings),
    get("projects/{id}/{ref}/deploymentsettings", "ProcessView", process::settings_of_ref),
    get("deploymentprocesses/{id}", "ProcessView", process::get),
    get("deploymentprocesses/{id}/template", "ProcessView", process::template),
    get("environments", "EnvironmentView", environments::list),
    get("environments/all", "EnvironmentView", environments::all),
    get("environments/v2", "EnvironmentView", environments::list_v2),
    get("environments/{id}", "EnvironmentView", environments::get),
    get("environments/{id}/machines", "MachineView", environments::machines_of),
    get("machines", "MachineView", environments::machines),
    get("machines/all", "MachineView", environments::all_machines),
    get("machines/{id}", "MachineView", environments::machine),
    get("lifecycles", "LifecycleView", lifecycles::list),
    get("lifecycles/all", "LifecycleView", lifecycles::all),
    get("lifecycles/{id}", "LifecycleView", lifecycles::get),
    get("tenants", "TenantView", tenants::list),
    get("tenants/all", "TenantView", tenants::all),
    get("tenants/{id}", "TenantView", tenants::get),
    get("tagsets", "TenantView", tenants::tag_sets),
    get("tagsets/all", "TenantView", tenants::all_tag_sets),
    get("channels", "ProjectView", channels::list),
    get("channels/all", "ProjectView", channels::all),
    post("channels/rule-test", "ProjectView", feeds::rule_test),
    get("channels/rule-test", "ProjectView", feeds::rule_test),
    post("channels/rule-test/v1", "ProjectView", feeds::rule_test),
    get("channels/rule-test/v1", "ProjectView", feeds::rule_test),
    get("channels/{id}", "ProjectView", channels::get),
    get("channels/{id}/releases", "ReleaseView", releases::of_channel),
    get("feeds", "FeedView", feeds::list),
    get("feeds/{id}", "FeedView", feeds::get),
    get("feeds/{id}/packages/versions", "FeedView", feeds::versions),
    get("feeds/{id}/packages/{id}/versions", "FeedView", feeds::versions_of),
    get("variables/{id}", "VariableView", variables::get),
    put("variables/{id}", "VariableView", variables::put),
    get("releases", "ReleaseView", releases::list),
    post("releases", "", creating::create_legacy),
    post("releases/create/v1", "", creating::create_v1),
    get("releases/{id}", "ReleaseView", releases::get),
    put("releases/{id}", "ReleaseView", release_edits::put),
    get("releases/{id}/deployments", "DeploymentView", deployments::of_release),
    get("releases/{id}/progression", "ReleaseView", lifecycles::release_progression),
    get("releases/{id}/deployments/template", "ReleaseView", previews::template),
    get("releases/{id}/deployments/preview/{id}", "ProcessView", previews::preview),
    get("releases/{id}/deployments/preview/{id}/{id}", "ProcessView", previews::preview),
    post("releases/{id}/deployments/previews", "ProcessView", previews::previews),
    post("releases/{id}/release-notes", "ReleaseView", release_edits::notes),
    post("releases/{id}/snapshot-variables", "ReleaseView", release_edits::snapshot_variables),
    get("releases/{id}/missingpackages", "ReleaseView", release_edits::missing_packages),
    get("releases/{id}/defects", "ReleaseView", release_edits::defects),
    post("releases/{id}/defects", "ReleaseView", release_edits::report_defect),
    post("releases/{id}/defects/resolve", "ReleaseView", release_edits::resolve_defects),
    get("deployments", "DeploymentView", deployments::list),
    post("deployments", "", legacy::create),
    post("deployments/v1", "", legacy::create_v1),
    post("deployments/override", "", legacy::create_overriding),
    Route {
        method: "POST",
        path: "deployments/create/untenanted/v1",
        reach: Reach::NamedSpace,
        permission: "",
        handler: executions::untenanted,
    },
    Route {
        method: "POST",
        path: "deployments/create/tenanted/v1",
        reach: Reach::NamedSpace,
        permission: "",
        handler: executions::tenanted,
    },
    get("deployments/{id}", "DeploymentView", deployments::get),
    get("dashboard", "DeploymentView", dashboard::dashboard),
    get("dashboard/dynamic", "DeploymentView", dashboard::dynamic),
    get("tasks", "TaskView", tasks::list),
    get("tasks/{id}", "TaskView", tasks::get),
    get("tasks/{id}/details", "TaskView", tasks::details),
    get("tasks/{id}/raw", "TaskView", tasks::raw),
    get("tasks/{id}/queued-behind", "TaskView", tasks::queued_behind),
    post("tasks/rerun/{id}", "TaskView", tasks::rerun),
    post("tasks/{id}/cancel", "TaskView", tasks::cancel),
    post("tasks/{id}/state", "TaskView", tasks::set_state),
    post("tasks/{id}/prioritize", "TaskView", tasks::prioritize),
    get("interruptions", "InterruptionView", interruptions::list),
    get("interruptions/{id}", "InterruptionView", interruptions::get),
    get("interruptions/{id}/responsible", "InterruptionView", interruptions::responsible),
    put("interruptions/{id}/responsible", "InterruptionView", interruptions::take_responsibility),
    post("interruptions/{id}/submit", "InterruptionView", interruptions::submit),
    get("artifacts", "ArtifactView", artifacts::list),
];

/// A request's path taken apart: the system's reading of it, and the space's.
struct Place {
    whole: Vec<String>,
    /// The space and the rest of the path.
    in_space: Option<(Id, Vec<String>)>,
    names_space: bool,
}

impl Place {
    fn of(world: &World, path: &str) -> Self {
        let decode = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        let whole: Vec<String> = path.split('/').filter(|it| !it.is_empty()).map(decode).collect();
        let texts: Vec<&str> = whole.iter().map(String::as_str).collect();
        let owned = |rest: &[&str]| rest.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        // Only an id names a space in a path; its name leads nowhere.
        let (in_space, names_space) = match texts.as_slice() {
            ["api", "spaces", space, rest @ ..] if is_space_id(space) && !rest.is_empty() => {
                (Some(((*space).to_owned(), owned(rest))), true)
            }
            ["api", space, rest @ ..] if is_space_id(space) => {
                (Some(((*space).to_owned(), owned(rest))), true)
            }
            ["api", first, rest @ ..] => {
                let default = world.spaces.iter().find(|it| it.is_default);
                let rest = owned(&[&[*first], rest].concat());
                (default.map(|it| (it.id.clone(), rest)), false)
            }
            _ => (None, false),
        };
        Self { whole, in_space, names_space }
    }

    /// The variable parts of the path where the route's own fits it.
    fn fit(&self, route: &Route) -> Option<Vec<String>> {
        let parts = match route.reach {
            Reach::Open | Reach::System => &self.whole,
            Reach::NamedSpace if !self.names_space => return None,
            Reach::Space | Reach::NamedSpace => &self.in_space.as_ref()?.1,
        };
        let pattern: Vec<&str> = route.path.split('/').filter(|it| !it.is_empty()).collect();
        if pattern.len() != parts.len() {
            return None;
        }
        let mut params = Vec::new();
        for (wanted, part) in pattern.iter().zip(parts) {
            if wanted.starts_with('{') {
                params.push(part.clone());
            } else if !wanted.eq_ignore_ascii_case(part) {
                return None;
            }
        }
        Some(params)
    }
}

fn is_space_id(text: &str) -> bool {
    text.strip_prefix("Spaces-").is_some_and(|it| !it.is_empty() && it.chars().all(|it| it.is_ascii_digit()))
}

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
    let place = Place::of(world, path);
    let fitting = || ROUTES.iter().filter_map(|route| Some((route, place.fit(route)?)));
    let Some((route, params)) = fitting().find(|(route, _)| route.method == request.method) else {
        return Err(match fitting().next() {
            Some(_) => Refusal {
                status: 405,
                message: format!("The method {} is not allowed for this resource.", request.method),
                errors: Vec::new(),
            },
            None => Refusal::unknown("route", &request.path),
        });
    };
    let user = if route.reach == Reach::Open { Id::new() } else { user? };
    let space = place.in_space.as_ref().map_or_else(Id::new, |(space, _)| space.clone());
    let in_space = matches!(route.reach, Reach::Space | Reach::NamedSpace);
    if in_space && !world.spaces.iter().any(|it| it.id == space) {
        return Err(Refusal::unknown("space", &space));
    }
    let call = Call { request, now, space, names_space: place.names_space, params, user };
    if !route.permission.is_empty() {
        world.demand(&call, route.permission, "", "")?;
    }
    let writes = route.reach != Reach::Open && request.method != "GET";
    if writes && world.maintenance && !world.user(&call.user).is_some_and(|it| it.is_administrator()) {
        return Err(Refusal {
            status: 503,
            message: "The server is in maintenance mode: only administrators may change anything.".to_owned(),
            errors: Vec::new(),
        });
    }
    (route.handler)(world, &call)
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
