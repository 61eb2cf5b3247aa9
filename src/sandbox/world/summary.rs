//! A summary of the world for tests: its releases, its deployments and their options.

use serde_json::{Value, json};

use crate::sandbox::world::lookups::stamp;
use crate::sandbox::world::made::{Deployment, Release};
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::Id;

/// All releases and deployments, those of the seed's history included (their `route` is `history`).
pub(super) fn summary(world: &World) -> Value {
    let releases: Vec<Value> = world.releases.iter().map(|it| release(world, it)).collect();
    let deployments: Vec<Value> = world.deployments.iter().map(|it| deployment(world, it)).collect();
    let made = world.deployments.iter().filter(|it| it.order.route != "history").count();
    json!({
        "releases": releases,
        "deployments": deployments,
        "counts": {
            "releases": world.releases.len(),
            "deployments": world.deployments.len(),
            "deploymentsSinceTheSeed": made,
            "unfinishedTasks": world.unfinished.len(),
            "interruptions": world.interruptions.len(),
            "pendingInterruptions": world.interruptions.iter().filter(|it| it.pending).count(),
        },
    })
}

fn project_name(world: &World, id: &str) -> String {
    world.project(id).map_or_else(String::new, |it| it.name.clone())
}

fn release(world: &World, release: &Release) -> Value {
    let packages: Vec<Value> = release
        .packages
        .iter()
        .map(|it| json!({ "step": it.step, "reference": it.reference, "id": it.id, "version": it.version }))
        .collect();
    let resources: Vec<Value> = release
        .git_resources
        .iter()
        .map(|it| json!({ "step": it.step, "name": it.name, "gitRef": it.git_ref }))
        .collect();
    let fields: Value =
        release.custom_fields.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({
        "id": release.id,
        "project": project_name(world, &release.project),
        "channel": world.channel(&release.channel).map(|it| it.name.as_str()),
        "version": release.version,
        "assembled": stamp(release.assembled),
        "notes": release.notes,
        "by": world.user(&release.made_by).map(|it| it.username.as_str()),
        "packages": packages,
        "gitResources": resources,
        "gitRef": release.git.as_ref().map(|it| it.git_ref.as_str()),
        "gitCommit": release.git.as_ref().map(|it| it.commit.as_str()),
        "customFields": fields,
        "ignoredChannelRules": release.ignored_channel_rules,
        "snapshots": release.snapshots,
        "unresolvedDefect": release.has_unresolved_defect(),
    })
}

fn deployment(world: &World, deployment: &Deployment) -> Value {
    let order = &deployment.order;
    let task = world.task(&deployment.task);
    let machine = |id: &Id| {
        world.machines.iter().find(|it| it.id == *id).map_or_else(|| id.clone(), |it| it.name.clone())
    };
    let machines = |ids: &[Id]| ids.iter().map(machine).collect::<Vec<_>>();
    let steps = world.release(&order.release).map(|it| it.steps.as_slice()).unwrap_or_default();
    let step =
        |id: &Id| steps.iter().find(|it| it.id == *id).map_or_else(|| id.clone(), |it| it.seed.name.clone());
    let variables: Value = order.values.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({
        "id": deployment.id,
        "task": deployment.task,
        "project": project_name(world, &deployment.project),
        "environment": world.environment_name(&order.environment),
        "tenant": order.tenant.as_deref().and_then(|it| world.tenant(it)).map(|it| it.name.as_str()),
        "version": world.release(&order.release).map(|it| it.version.as_str()),
        "state": task.map(|it| it.state.name()),
        "created": stamp(deployment.created),
        "completed": task.and_then(|it| it.completed).map(stamp),
        "by": world.user(&deployment.deployed_by).map(|it| it.username.as_str()),
        "route": order.route,
        "variables": variables,
        "comments": order.comments,
        "specificMachines": machines(&order.specific_machines),
        "excludedMachines": machines(&order.excluded_machines),
        "ranOn": machines(&deployment.machines),
        "skippedSteps": order.skipped.iter().map(step).collect::<Vec<_>>(),
        "unknownSkippedSteps": order.unknown_skips,
        "guidedFailure": order.guided,
        "runAt": order.run_at.map(stamp),
        "noRunAfter": order.expires.map(stamp),
        "forcePackageDownload": order.force_download,
        "forcePackageRedeployment": order.force_redeployment,
        "updateVariableSnapshot": order.refresh_variables,
        "freezes": order.overridden_freezes,
        "freezeReason": order.freeze_reason,
        "priority": order.priority,
    })
}
