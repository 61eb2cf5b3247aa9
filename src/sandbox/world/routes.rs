//! Which request goes to which handler: the three forms of a space's routes, credentials, permissions,
//! the rate limit.

use jiff::Timestamp;
use percent_encoding::percent_decode_str;

use crate::sandbox::exchange::{Request, Response};
use crate::sandbox::world::World;
use crate::sandbox::world::access::authenticate;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::limits::Buckets;
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::state::Id;
use crate::sandbox::world::{
    artifacts, channels, creating, dashboard, deployments, environments, executions, feeds, freezes,
    interruptions, legacy, lifecycles, oidc, previews, process, projects, release_edits, releases, spaces,
    tasks, tenants, users, variables,
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
    system("GET", "api/serverstatus", spaces::status),
    system("GET", "api/maintenanceconfiguration", spaces::maintenance),
    system("GET", "api/configuration/feature-toggles", spaces::feature_toggles),
    system("GET", "api/deploymentfreezes", freezes::list),
    get("", "", spaces::home),
    get("users/{id}/permissions", "", users::permissions),
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
    get("projects/{id}/deploymentsettings", "ProjectView", process::settings),
    get("projects/{id}/{ref}/deploymentsettings", "ProjectView", process::settings_of_ref),
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
    get("releases/{id}/deployments/preview/{id}", "ReleaseView", previews::preview),
    get("releases/{id}/deployments/preview/{id}/{id}", "ReleaseView", previews::preview),
    post("releases/{id}/deployments/previews", "ReleaseView", previews::previews),
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
    if let (Some(buckets), Some(level)) = (&world.buckets, level) {
        buckets.mark(level, &mut response);
    }
    response
}

fn dispatch(world: &mut World, request: &Request, now: Timestamp, user: Result<Id, Refusal>) -> Answer {
    let place = Place::of(world, &request.path);
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
mod tests;
