//! Users and what they may do.

use serde_json::{Map, Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::accounts::User;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::lookups::there;
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::seed::GrantSeed;
use crate::sandbox::world::state::World;

/// The permissions that the routes of this server check.
const PERMISSIONS: &[&str] = &[
    "AdministerSystem",
    "ArtifactView",
    "DefectReport",
    "DefectResolve",
    "DeploymentCreate",
    "DeploymentView",
    "DeploymentFreezeAdminister",
    "EnvironmentView",
    "FeedView",
    "InterruptionSubmit",
    "InterruptionView",
    "LifecycleView",
    "MachineView",
    "ProcessView",
    "ProjectView",
    "ReleaseCreate",
    "ReleaseEdit",
    "ReleaseView",
    "TaskCancel",
    "TaskEdit",
    "TaskView",
    "TeamView",
    "TenantView",
    "VariableEdit",
    "VariableView",
];

/// The user document.
pub(super) fn document(user: &User) -> Value {
    json!({
        "Id": user.id,
        "Username": user.username,
        "DisplayName": user.display_name,
        "IsActive": true,
        "IsService": user.service_account,
        "IsRequestor": true,
        "EmailAddress": null,
        "Links": {
            "Self": format!("/api/users/{}", user.id),
            "Permissions": format!("/api/users/{}/permissions", user.id),
        },
    })
}

/// `GET /api/users/me`.
pub(super) fn me(world: &mut World, call: &Call<'_>) -> Answer {
    Ok(Response::json(200, &document(there(world.user(&call.user), "user", &call.user)?)))
}

/// `GET /api/users/{id}`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Answer {
    Ok(Response::json(200, &document(there(world.user(call.param(0)), "user", call.param(0))?)))
}

/// `GET /api/users/me/permissions`.
pub(super) fn my_permissions(world: &mut World, call: &Call<'_>) -> Answer {
    granted(world, there(world.user(&call.user), "user", &call.user)?)
}

/// `GET /api/users/{id}/permissions`; those of others are for administrators.
pub(super) fn permissions(world: &mut World, call: &Call<'_>) -> Answer {
    let asked = there(world.user(call.param(0)), "user", call.param(0))?;
    let caller = there(world.user(&call.user), "user", &call.user)?;
    if asked.id != caller.id && !caller.is_administrator() {
        return Err(Refusal::forbidden(&caller.username, "AdministerSystem", ""));
    }
    granted(world, asked)
}

fn granted(world: &World, user: &User) -> Answer {
    let teams = world.teams.iter().filter(|it| user.teams.contains(&it.id));
    let teams: Vec<Value> = teams.map(|it| json!({ "Id": it.id, "Name": it.name })).collect();
    let system: Vec<&str> = if user.is_administrator() { vec!["AdministerSystem"] } else { Vec::new() };
    Ok(Response::json(
        200,
        &json!({
            "Id": user.id,
            "SpacePermissions": space_permissions(world, user),
            "SystemPermissions": system,
            "Teams": teams,
            "IsPermissionsComplete": true,
            "IsTeamsComplete": true,
        }),
    ))
}

/// The permissions that a user has in spaces, each with the scopes of its grants.
fn space_permissions(world: &World, user: &User) -> Map<String, Value> {
    let mut permissions = Map::new();
    for name in PERMISSIONS.iter().filter(|name| !user.without.iter().any(|it| it == *name)) {
        let matching = user.grants.iter().filter(|it| match it.permission.as_str() {
            "*" => true,
            "*View" => name.ends_with("View"),
            own => own == *name,
        });
        let restrictions: Vec<Value> = matching.map(|it| restriction(world, it)).collect();
        if !restrictions.is_empty() {
            permissions.insert((*name).to_owned(), Value::Array(restrictions));
        }
    }
    permissions
}

fn restriction(world: &World, grant: &GrantSeed) -> Value {
    let projects = world.projects.iter().filter(|it| grant.projects.contains(&it.name));
    let environments = world.environments.iter().filter(|it| grant.environments.contains(&it.name));
    json!({
        "RestrictedToProjectIds": projects.map(|it| &it.id).collect::<Vec<_>>(),
        "RestrictedToEnvironmentIds": environments.map(|it| &it.id).collect::<Vec<_>>(),
        "RestrictedToTenantIds": [],
        "RestrictedToProjectGroupIds": [],
    })
}
