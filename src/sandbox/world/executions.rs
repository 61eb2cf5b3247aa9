//! Deployments by the executions API: names in, tasks out.

use serde_json::{Value, json};

use crate::sandbox::world::World;
use crate::sandbox::world::admission::read_time;
use crate::sandbox::world::call::{Answer, Body, Call};
use crate::sandbox::world::commands::{cased, check_space, named_project};
use crate::sandbox::world::lifecycles::Whose;
use crate::sandbox::world::made::{Order, Release};
use crate::sandbox::world::project_seed::{Answers, TenantMode};
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::release_edits;
use crate::sandbox::world::state::{Id, Project};

/// `POST deployments/create/untenanted/v1`.
pub(super) fn untenanted(world: &mut World, call: &Call<'_>) -> Answer {
    let body = call.body()?;
    let (project, release) = subject(world, call, &body)?;
    let mut errors = Vec::new();
    let mut targets: Vec<(Id, Option<Id>)> = Vec::new();
    for name in body.texts("EnvironmentNames") {
        match world.find_environment(&call.space, &name) {
            Some(it) if targets.iter().any(|(known, _)| *known == it.id) => {}
            Some(it) => targets.push((it.id.clone(), None)),
            None => errors.push(format!("The environment '{name}' was not found.")),
        }
    }
    if !errors.is_empty() {
        return Err(Refusal::all_bad(errors));
    }
    deploy(world, call, &body, (&project, &release), &targets)
}

/// `POST deployments/create/tenanted/v1`.
pub(super) fn tenanted(world: &mut World, call: &Call<'_>) -> Answer {
    let body = call.body()?;
    let (project, release) = subject(world, call, &body)?;
    let name = body.filled("EnvironmentName");
    let name = name.ok_or_else(|| Refusal::bad("The EnvironmentName field is required."))?;
    let environment = world.find_environment(&call.space, &name).map(|it| it.id.clone());
    let environment =
        environment.ok_or_else(|| Refusal::bad(format!("The environment '{name}' was not found.")))?;
    if project.mode == TenantMode::Untenanted {
        return Err(Refusal::bad(format!("The project '{}' cannot be deployed for tenants.", project.name)));
    }
    let tenants = tenants(world, call, &body, (&project, &release), &environment)?;
    let targets: Vec<_> = tenants.into_iter().map(|it| (environment.clone(), Some(it))).collect();
    deploy(world, call, &body, (&project, &release), &targets)
}

/// The project and the release that are named.
fn subject(world: &World, call: &Call<'_>, body: &Body) -> Result<(Project, Release), Refusal> {
    check_space(world, call, body)?;
    let project = named_project(world, call, body)?;
    world.demand(call, "DeploymentCreate", &project.id, "")?;
    let version = body.filled("ReleaseVersion");
    let version = version.ok_or_else(|| Refusal::bad("The ReleaseVersion field is required."))?;
    // An id is not a version here, although other routes take it.
    let mut all = world.releases.iter().rev().filter(|it| it.project == project.id);
    let release = all.find(|it| it.version.eq_ignore_ascii_case(&version)).cloned();
    let missing =
        || Refusal::bad(format!("The release '{version}' of the project '{}' was not found.", project.name));
    let release = release.ok_or_else(missing)?;
    Ok((project, release))
}

/// The tenants that the body names by `Tenants` and `TenantTags`.
fn tenants(
    world: &World,
    call: &Call<'_>,
    body: &Body,
    (project, release): (&Project, &Release),
    environment: &Id,
) -> Result<Vec<Id>, Refusal> {
    let (names, tags) = (body.texts("Tenants"), body.texts("TenantTags"));
    let linked =
        world.tenants.iter().filter(|it| it.space == call.space && it.is_linked(&project.id, environment));
    let mut found: Vec<Id> = Vec::new();
    let mut errors = Vec::new();
    if names.iter().any(|it| it == "*") {
        let deployable = linked.clone().filter(|it| {
            !it.disabled && world.obstacle(release, environment, Whose::Only(Some(&it.id))).is_none()
        });
        found.extend(deployable.map(|it| it.id.clone()));
    } else {
        for name in &names {
            match world.find_tenant(&call.space, name) {
                Some(it) => found.push(it.id.clone()),
                None => errors.push(format!("The tenant '{name}' was not found.")),
            }
        }
    }
    for tag in tags.iter().filter(|it| !world.tag_exists(&call.space, it)) {
        errors.push(format!("The tenant tag '{tag}' was not found."));
    }
    if !tags.is_empty() {
        found.extend(linked.filter(|it| it.has_tags(&tags)).map(|it| it.id.clone()));
    }
    let mut unique: Vec<Id> = Vec::new();
    for id in found {
        if !unique.contains(&id) {
            unique.push(id);
        }
    }
    if errors.is_empty() { Ok(unique) } else { Err(Refusal::all_bad(errors)) }
}

/// Checks the order for every target, then queues them all, or none.
fn deploy(
    world: &mut World,
    call: &Call<'_>,
    body: &Body,
    (project, release): (&Project, &Release),
    targets: &[(Id, Option<Id>)],
) -> Answer {
    let base = base_order(world, call, body, project, release)?;
    let guided = body.flag("UseGuidedFailure");
    let mut orders = Vec::new();
    let mut errors = Vec::new();
    for (environment, tenant) in targets {
        let order = Order {
            environment: environment.clone(),
            tenant: tenant.clone(),
            guided: guided.unwrap_or_else(|| world.guided_by_default(&project.id, environment)),
            ..base.clone()
        };
        match world.admit(call, &order) {
            Ok(()) => orders.push(order),
            Err(refusal) if refusal.status == 400 => errors.extend(refusal.errors),
            Err(refusal) => return Err(refusal),
        }
    }
    if !errors.is_empty() {
        return Err(Refusal::all_bad(errors));
    }
    if base.refresh_variables && !orders.is_empty() {
        release_edits::refresh_variables(world, &release.id);
    }
    let mut made: Vec<Value> = Vec::new();
    for order in orders {
        let at = world.place(order, &call.user, call.now);
        let task = &world.tasks[at];
        made.push(json!({ "DeploymentId": task.deployment, "ServerTaskId": task.id }));
    }
    Ok(cased(project.answers, 200, json!({ "DeploymentServerTasks": made })))
}

/// What the body asks for, whatever the target.
fn base_order(
    world: &World,
    call: &Call<'_>,
    body: &Body,
    project: &Project,
    release: &Release,
) -> Result<Order, Refusal> {
    let mut errors = Vec::new();
    let mut machines = |field: &str, refuse: bool| {
        let mut ids = Vec::new();
        for name in body.texts(field) {
            let mut all = world.machines.iter().filter(|it| it.space == call.space);
            match all.find(|it| it.name.eq_ignore_ascii_case(&name) || it.id == name) {
                Some(found) => ids.push(found.id.clone()),
                None if refuse => errors.push(format!("The machine '{name}' was not found.")),
                None => {}
            }
        }
        ids
    };
    let specific_machines = machines("SpecificMachineNames", true);
    let excluded_machines = machines("ExcludedMachineNames", project.answers == Answers::Strict);
    if !errors.is_empty() {
        return Err(Refusal::all_bad(errors));
    }
    let (mut skipped, mut unknown_skips) = (Vec::new(), Vec::new());
    for name in body.texts("SkipStepNames") {
        match project.steps.iter().find(|it| it.seed.name.eq_ignore_ascii_case(&name)) {
            Some(step) => skipped.push(step.id.clone()),
            None => unknown_skips.push(name),
        }
    }
    let time = |field: &str| body.filled(field).map(|it| read_time(field, &it)).transpose();
    let mut values = body.object("Variables").pairs();
    for (name, _) in &mut values {
        let labelled = project
            .prompts()
            .find(|(_, it)| it.label.as_ref().is_some_and(|it| it.eq_ignore_ascii_case(name)));
        if let Some((variable, _)) = labelled {
            name.clone_from(&variable.name);
        }
    }
    Ok(Order {
        release: release.id.clone(),
        specific_machines,
        excluded_machines,
        skipped,
        unknown_skips,
        values,
        run_at: time("RunAt")?,
        expires: time("NoRunAfter")?,
        force_download: body.flag("ForcePackageDownload").unwrap_or(false),
        force_redeployment: body.flag("ForcePackageRedeployment").unwrap_or(false),
        refresh_variables: body.flag("UpdateVariableSnapshot").unwrap_or(false),
        freeze_reason: body.text("DeploymentFreezeOverrideReason"),
        overridden_freezes: body.texts("DeploymentFreezeNames"),
        priority: body.filled("Priority"),
        route: "executions",
        ..Order::default()
    })
}

#[cfg(test)]
mod tests;
