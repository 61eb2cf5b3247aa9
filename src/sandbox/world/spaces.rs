//! The root document, the spaces, and the state of the server.

use serde_json::{Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::lookups::there;
use crate::sandbox::world::pages::page;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::Space;

/// `GET /api`.
pub(super) fn root(world: &mut World, _: &Call<'_>) -> Answer {
    let space = world.space_id().to_owned();
    Ok(Response::json(
        200,
        &json!({
            "Application": "Octopus Deploy",
            "Version": world.version,
            "ApiVersion": "3.0.0",
            "InstallationId": "6f0b2c1e-7d2a-4b57-9f0c-9d3a5a1b2c3d",
            "IsEarlyAccessProgram": false,
            "HasLongTermSupport": true,
            "Links": {
                "Self": "/api",
                "Spaces": "/api/spaces{/id}{?name,skip,ids,take,partialName}",
                "SpaceHome": "/api/{spaceId}",
                "Tasks": "/api/tasks{/id}{?skip,active,environment,tenant,project,name,states,take,ids,spaces}",
                "DashboardDynamic": format!("/api/{space}/dashboard/dynamic{{?projects,environments,includePrevious}}"),
                "CurrentUser": "/api/users/me",
                "ServerStatus": "/api/serverstatus",
                "Web": "/app",
            },
        }),
    ))
}

/// `GET /api/{spaceId}`.
pub(super) fn home(_: &mut World, call: &Call<'_>) -> Answer {
    let own = format!("/api/{}", call.space);
    Ok(Response::json(
        200,
        &json!({
            "Application": "Octopus Deploy",
            "Links": {
                "Self": own,
                "Projects": format!("{own}/projects{{/id}}{{?name,skip,ids,clone,take,partialName}}"),
                "Environments": format!("{own}/environments{{/id}}{{?name,skip,ids,take,partialName}}"),
                "Releases": format!("{own}/releases{{/id}}{{?skip,ignoreChannelRules,take,ids}}"),
                "Deployments":
                    format!("{own}/deployments{{/id}}{{?skip,take,ids,projects,environments,tenants,channels,taskState}}"),
                "DashboardDynamic": format!("{own}/dashboard/dynamic{{?projects,environments,includePrevious}}"),
                "Tasks": format!("{own}/tasks{{/id}}{{?skip,active,environment,tenant,project,name,states,take,ids}}"),
                "Tenants": format!("{own}/tenants{{/id}}{{?skip,projectId,name,tags,take,ids,partialName}}"),
                "Channels": format!("{own}/channels{{/id}}{{?skip,take,ids,partialName}}"),
                "Interruptions": format!("{own}/interruptions{{/id}}{{?skip,take,regarding,pendingOnly,ids}}"),
                "Feeds": format!("{own}/feeds{{/id}}{{?skip,take,ids,partialName,feedType}}"),
            },
        }),
    ))
}

fn document(space: &Space) -> Value {
    json!({
        "Id": space.id,
        "Name": space.name,
        "Slug": space.slug,
        "Description": "",
        "IsDefault": space.is_default,
        "TaskQueueStopped": space.queue_stopped,
        "Links": { "Self": format!("/api/spaces/{}", space.id), "SpaceHome": format!("/api/{}", space.id) },
    })
}

/// `GET /api/spaces`.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let name = call.query("partialName").or(call.query("name")).map(str::to_lowercase);
    let ids = call.list("ids");
    let wanted = |it: &&Space| {
        name.as_ref().is_none_or(|name| it.name.to_lowercase().contains(name))
            && (ids.is_empty() || ids.contains(&it.id))
    };
    let all: Vec<&Space> = world.spaces.iter().filter(wanted).collect();
    Ok(Response::json(200, &page(call, "Space", &all, |it| document(it))))
}

/// `GET /api/spaces/all`.
pub(super) fn all(world: &mut World, _: &Call<'_>) -> Answer {
    Ok(Response::json(200, &Value::Array(world.spaces.iter().map(document).collect())))
}

/// `GET /api/spaces/{id}`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let found = world.spaces.iter().find(|it| it.id == call.param(0));
    Ok(Response::json(200, &document(there(found, "space", call.param(0))?)))
}

/// `GET /api/serverstatus`.
pub(super) fn status(world: &mut World, _: &Call<'_>) -> Answer {
    Ok(Response::json(
        200,
        &json!({ "IsInMaintenanceMode": world.maintenance, "MaintenanceExpires": null, "IsDatabaseEncrypted": true }),
    ))
}

/// `GET /api/serverstatus/health`.
pub(super) fn health(_: &mut World, _: &Call<'_>) -> Answer {
    Ok(Response::json(200, &json!({ "IsHealthy": true })))
}

/// `GET /api/maintenanceconfiguration`.
pub(super) fn maintenance(world: &mut World, _: &Call<'_>) -> Answer {
    Ok(Response::json(200, &json!({ "Id": "maintenance", "IsInMaintenanceMode": world.maintenance })))
}

/// `GET /api/configuration/feature-toggles`: no toggle is on.
pub(super) fn feature_toggles(_: &mut World, _: &Call<'_>) -> Answer {
    Ok(Response::json(200, &json!({ "FeatureToggles": [] })))
}
