//! Deployments as documents and lists.

use serde_json::{Map, Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::lookups::{stamp, there};
use crate::sandbox::world::made::Deployment;
use crate::sandbox::world::pages::page;
use crate::sandbox::world::releases;
use crate::sandbox::world::running::TaskState;
use crate::sandbox::world::seed::{FormValues, ListItems};
use crate::sandbox::world::state::World;

/// The deployment document; it carries neither the release's version nor the task's state.
pub(super) fn document(world: &World, deployment: &Deployment) -> Value {
    let order = &deployment.order;
    let space = &deployment.space;
    let project = world.project(&deployment.project);
    let name = format!("Deploy to {}", world.environment_name(&order.environment));
    let failed = world.task(&deployment.task).is_some_and(|it| it.state == TaskState::Failed);
    let deployed_by = world.user(&deployment.deployed_by).map(|it| it.username.as_str());
    json!({
        "Id": deployment.id,
        "SpaceId": space,
        "Name": name,
        "ProjectId": deployment.project,
        "ReleaseId": order.release,
        "ChannelId": deployment.channel,
        "EnvironmentId": order.environment,
        "TenantId": order.tenant,
        "TaskId": deployment.task,
        "Created": stamp(deployment.created),
        "DeployedBy": deployed_by,
        "DeployedById": deployment.deployed_by,
        "DeployedToMachineIds": deployment.machines,
        "FailureEncountered": failed,
        "ManifestVariableSetId": format!("variableset-{}", deployment.id),
        "DeploymentProcessId":
            project.map_or_else(String::new, |it| format!("{}-s-{}", it.process(), order.release)),
        "Comments": order.comments,
        "ForcePackageDownload": order.force_download,
        "ForcePackageRedeployment": order.force_redeployment,
        "UseGuidedFailure": order.guided,
        "SpecificMachineIds": order.specific_machines,
        "ExcludedMachineIds": order.excluded_machines,
        "SpecificTargetTagIds": [],
        "ExcludedTargetTagIds": [],
        "SkipActions": order.skipped,
        "FormValues": form_values(world, deployment),
        "QueueTime": order.run_at.map(stamp),
        "QueueTimeExpiry": order.expires.map(stamp),
        "Priority": order.priority.clone().unwrap_or_else(|| "LifecycleDefault".to_owned()),
        "DebugMode": "None",
        "Changes": [],
        "ChangesMarkdown": "",
        "Links": links(deployment),
    })
}

/// The values of the form, by the ids of its elements: the prompted variables. A sensitive variable has none,
/// not even a blank one.
fn form_values(world: &World, deployment: &Deployment) -> Map<String, Value> {
    let order = &deployment.order;
    let mut values = Map::new();
    if world.form_values != FormValues::Shown {
        return values;
    }
    let prompts = world.release(&order.release).into_iter().flat_map(|it| it.prompts());
    for variable in prompts.map(|(variable, _)| variable).filter(|it| !it.sensitive) {
        if let Some((_, value)) = order.values.iter().find(|(it, _)| it.eq_ignore_ascii_case(&variable.name))
        {
            values.insert(variable.id.clone(), json!(value));
        }
    }
    values
}

fn links(deployment: &Deployment) -> Value {
    let Deployment { id, space, project, task, order, .. } = deployment;
    json!({
        "Self": format!("/api/{space}/deployments/{id}"),
        "Task": format!("/api/tasks/{task}"),
        "Web": format!("/app#/{space}/tasks/{task}"),
        "Environment": format!("/api/{space}/environments/{}", order.environment),
        "Project": format!("/api/{space}/projects/{project}"),
        "Release": format!("/api/{space}/releases/{}", order.release),
        "Interruptions": format!("/api/{space}/interruptions?regarding={id}"),
    })
}

/// The fields that a short item of a list lacks: the options that the deployment was created with.
const NOT_IN_SHORT_ITEMS: [&str; 15] = [
    "Comments",
    "DebugMode",
    "DeployedToMachineIds",
    "ExcludedMachineIds",
    "ExcludedTargetTagIds",
    "ForcePackageDownload",
    "ForcePackageRedeployment",
    "FormValues",
    "Priority",
    "QueueTime",
    "QueueTimeExpiry",
    "SkipActions",
    "SpecificMachineIds",
    "SpecificTargetTagIds",
    "UseGuidedFailure",
];

/// The deployment as an item of a list.
pub(super) fn item(world: &World, deployment: &Deployment) -> Value {
    let mut item = document(world, deployment);
    if let (ListItems::Short, Some(fields)) = (world.list_items, item.as_object_mut()) {
        fields.retain(|name, _| !NOT_IN_SHORT_ITEMS.contains(&name.as_str()));
    }
    item
}

/// `GET deployments`, newest first.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let (projects, environments, tenants) =
        (call.list("projects"), call.list("environments"), call.list("tenants"));
    let (channels, ids, states) = (call.list("channels"), call.list("ids"), call.list("taskState"));
    let name = call.query("partialName").map(str::to_lowercase);
    let named = |it: &Deployment| {
        let full = format!("deploy to {}", world.environment_name(&it.order.environment).to_lowercase());
        name.as_ref().is_none_or(|name| full.contains(name))
    };
    let within = |list: &[String], id: &str| list.is_empty() || list.iter().any(|it| it == id);
    let wanted = |it: &&Deployment| {
        it.space == call.space
            && within(&ids, &it.id)
            && within(&projects, &it.project)
            && within(&environments, &it.order.environment)
            && (tenants.is_empty() || it.order.tenant.as_ref().is_some_and(|id| tenants.contains(id)))
            && within(&channels, &it.channel)
            && (states.is_empty() || within(&states, world.task(&it.task).map_or("", |it| it.state.name())))
            && named(it)
    };
    let all: Vec<&Deployment> = world.deployments.iter().rev().filter(wanted).collect();
    Ok(Response::json(200, &page(call, "Deployment", &all, |it| item(world, it))))
}

/// `GET releases/{id}/deployments`.
pub(super) fn of_release(world: &mut World, call: &Call<'_>) -> Answer {
    let release = releases::of_path(world, call)?;
    let all: Vec<&Deployment> =
        world.deployments.iter().rev().filter(|it| it.order.release == release.id).collect();
    Ok(Response::json(200, &page(call, "Deployment", &all, |it| item(world, it))))
}

/// `GET deployments/{id}`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let found = world.deployment(call.param(0)).filter(|it| it.space == call.space);
    Ok(Response::json(200, &document(world, there(found, "deployment", call.param(0))?)))
}
