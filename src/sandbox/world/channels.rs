//! Channels.

use serde_json::{Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::lookups::there;
use crate::sandbox::world::pages::page;
use crate::sandbox::world::projects;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::Channel;

fn document(world: &World, channel: &Channel) -> Value {
    let packages = |step: &String| {
        let project = world.project(&channel.project);
        let found = project.and_then(|it| it.steps.iter().find(|it| it.seed.name == *step));
        let uses = found.map(|it| it.seed.packages.as_slice()).unwrap_or_default();
        uses.iter()
            .map(|it| json!({ "DeploymentAction": step, "PackageReference": it.reference }))
            .collect::<Vec<_>>()
    };
    let rules = channel.rules.iter().enumerate().map(|(at, rule)| {
        json!({
            "Id": format!("{}-rule-{}", channel.id, at + 1),
            "VersionRange": rule.version_range,
            "Tag": rule.tag,
            "VersioningStrategy": null,
            "VersionTagRegex": null,
            "ActionPackages": rule.steps.iter().flat_map(packages).collect::<Vec<_>>(),
        })
    });
    let fields = channel.custom_fields.iter().map(|it| json!({ "FieldName": it, "Description": "" }));
    json!({
        "Id": channel.id,
        "SpaceId": channel.space,
        "Name": channel.name,
        "Description": "",
        "ProjectId": channel.project,
        "IsDefault": channel.is_default,
        "LifecycleId": channel.lifecycle,
        "Type": "Lifecycle",
        "Rules": rules.collect::<Vec<_>>(),
        "GitReferenceRules": [],
        "GitResourceRules": [],
        "TenantTags": channel.tenant_tags,
        "CustomFieldDefinitions": fields.collect::<Vec<_>>(),
        "Links": {
            "Self": format!("/api/{}/channels/{}", channel.space, channel.id),
            "Releases": format!("/api/{}/channels/{}/releases{{?skip,take,searchByVersion}}", channel.space, channel.id),
        },
    })
}

fn listed(world: &World, call: &Call<'_>, wanted: impl Fn(&Channel) -> bool) -> Answer {
    let name = call.query("partialName").map(str::to_lowercase);
    let ids = call.list("ids");
    let found = |it: &&Channel| {
        it.space == call.space
            && wanted(it)
            && name.as_ref().is_none_or(|name| it.name.to_lowercase().contains(name))
            && (ids.is_empty() || ids.contains(&it.id))
    };
    let all: Vec<&Channel> = world.channels.iter().filter(found).collect();
    Ok(Response::json(200, &page(call, "Channel", &all, |it| document(world, it))))
}

/// `GET projects/{id}/channels`.
pub(super) fn of_project(world: &mut World, call: &Call<'_>) -> Answer {
    let project = projects::of_path(world, call)?.id.clone();
    listed(world, call, |it| it.project == project)
}

/// `GET channels`.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Answer {
    listed(world, call, |_| true)
}

/// `GET channels/all`.
pub(super) fn all(world: &mut World, call: &Call<'_>) -> Answer {
    let all = world.channels.iter().filter(|it| it.space == call.space);
    Ok(Response::json(200, &Value::Array(all.map(|it| document(world, it)).collect())))
}

/// `GET channels/{id}`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let found = world.channel(call.param(0)).filter(|it| it.space == call.space);
    Ok(Response::json(200, &document(world, there(found, "channel", call.param(0))?)))
}
