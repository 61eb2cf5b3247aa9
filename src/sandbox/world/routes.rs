//! The table of routes, and which of them a path fits, in the three forms of a space's routes.

use percent_encoding::percent_decode_str;

use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::Id;
use crate::sandbox::world::{
    artifacts, channels, creating, dashboard, deployments, environments, executions, feeds, freezes,
    interruptions, legacy, lifecycles, oidc, previews, process, projects, release_edits, releases, spaces,
    tasks, teams, tenants, users, variables,
};

type Handler = fn(&mut World, &Call<'_>) -> Answer;

/// The paths under which a route is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RouteScope {
    /// The path as it is; no credential is needed.
    Open,
    /// The path as it is.
    System,
    /// `/api/Spaces-1/X`, `/api/spaces/Spaces-1/X`, and `/api/X` for the default space.
    Space,
    /// As `Space`, without the form for the default space.
    NamedSpace,
}

/// A route and its handler.
pub(super) struct Route {
    pub(super) method: &'static str,
    path: &'static str,
    pub(super) reach: RouteScope,
    /// The permission that the caller needs in general; blank where the handler checks by itself.
    pub(super) permission: &'static str,
    pub(super) handler: Handler,
}

const fn open(method: &'static str, path: &'static str, handler: Handler) -> Route {
    Route { method, path, reach: RouteScope::Open, permission: "", handler }
}

const fn system(method: &'static str, path: &'static str, handler: Handler) -> Route {
    Route { method, path, reach: RouteScope::System, permission: "", handler }
}

const fn get(path: &'static str, permission: &'static str, handler: Handler) -> Route {
    Route { method: "GET", path, reach: RouteScope::Space, permission, handler }
}

const fn post(path: &'static str, permission: &'static str, handler: Handler) -> Route {
    Route { method: "POST", path, reach: RouteScope::Space, permission, handler }
}

const fn put(path: &'static str, permission: &'static str, handler: Handler) -> Route {
    Route { method: "PUT", path, reach: RouteScope::Space, permission, handler }
}

/// All routes; the first that fits a request answers it.
pub(super) const ROUTES: &[Route] = &[
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
        reach: RouteScope::NamedSpace,
        permission: "",
        handler: executions::untenanted,
    },
    Route {
        method: "POST",
        path: "deployments/create/tenanted/v1",
        reach: RouteScope::NamedSpace,
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

/// The parts of a request's path: all of them, and those within a space.
pub(super) struct PathParts {
    whole: Vec<String>,
    /// The space and the rest of the path.
    pub(super) in_space: Option<(Id, Vec<String>)>,
    pub(super) names_space: bool,
}

impl PathParts {
    pub(super) fn of(world: &World, path: &str) -> Self {
        let decode = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        let whole: Vec<String> = path.split('/').filter(|it| !it.is_empty()).map(decode).collect();
        let texts: Vec<&str> = whole.iter().map(String::as_str).collect();
        let owned = |rest: &[&str]| rest.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        // A path names a space by its id only, not by its name.
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

    /// The variable parts of the path if it fits the route's.
    pub(super) fn fit(&self, route: &Route) -> Option<Vec<String>> {
        let parts = match route.reach {
            RouteScope::Open | RouteScope::System => &self.whole,
            RouteScope::NamedSpace if !self.names_space => return None,
            RouteScope::Space | RouteScope::NamedSpace => &self.in_space.as_ref()?.1,
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
