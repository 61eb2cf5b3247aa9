//! Previews of a deployment: where the release may go, the steps with their machines, the form.

use serde_json::{Map, Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::lookups::there;
use crate::sandbox::world::made::{Order, Release};
use crate::sandbox::world::progression::TenantScope;
use crate::sandbox::world::project_seed::TenantMode;
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::releases;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::Machine;
use crate::sandbox::world::stored::{Id, Step};
use crate::sandbox::world::tenancy::tenancy_fits;

/// `GET releases/{id}/deployments/template`: by the lifecycle and by the caller's permissions.
pub(super) fn template(world: &mut World, call: &Call<'_>) -> Answer {
    let release = releases::of_path(world, call)?;
    let project = there(world.project(&release.project), "project", &release.project)?;
    let untenanted =
        if project.mode == TenantMode::Tenanted { Vec::new() } else { targets(world, call, release, None) };
    let linked =
        world.tenants.iter().filter(|it| !it.disabled && it.projects.iter().any(|(id, _)| *id == project.id));
    let mut promotions = Vec::new();
    for tenant in linked.filter(|_| project.mode != TenantMode::Untenanted) {
        let promote_to = targets(world, call, release, Some(&tenant.id));
        promotions.push(json!({ "Id": tenant.id, "Name": tenant.name, "PromoteTo": promote_to }));
    }
    Ok(Response::json(
        200,
        &json!({
            "PromoteTo": untenanted,
            "TenantPromotions": promotions,
            "IsDeploymentProcessModified": world.process_changed(release),
            "IsVariableSetModified": project.variables_version != release.variables_version,
            "IsLibraryVariableSetModified": false,
            "DeploymentNotes": null,
            "Links": {},
        }),
    ))
}

fn targets(world: &World, call: &Call<'_>, release: &Release, tenant: Option<&str>) -> Vec<Value> {
    let may = |it: &&Id| world.demand(call, "DeploymentCreate", &release.project, it).is_ok();
    let fits = |it: &&Id| tenancy_fits(world, &release.project, it, tenant).is_ok();
    if tenant.is_some_and(|it| world.channel_obstacle(release, it).is_some()) {
        return Vec::new();
    }
    let ids = world.deployable(release, TenantScope::Only(tenant));
    let own = format!("/api/{}/releases/{}", release.space, release.id);
    let document = |id: &Id| {
        json!({
            "Id": id,
            "Name": world.environment_name(id),
            "Links": { "Preview": format!("{own}/deployments/preview/{id}{{?includeDisabledSteps}}") },
        })
    };
    ids.iter().filter(may).filter(fits).map(document).collect()
}

/// `GET releases/{id}/deployments/preview/{environmentId}[/{tenantId}]`.
pub(super) fn preview(world: &mut World, call: &Call<'_>) -> Answer {
    let release = releases::of_path(world, call)?;
    let tenant = call.params.get(2).map(String::as_str);
    let disabled = call.flag("includeDisabledSteps").unwrap_or(false);
    Ok(Response::json(200, &document(world, release, call.param(1), tenant, disabled)?))
}

/// `POST releases/{id}/deployments/previews`: several at once, answered in the same order.
pub(super) fn previews(world: &mut World, call: &Call<'_>) -> Answer {
    let release = releases::of_path(world, call)?;
    let body = call.body()?;
    let disabled = body.flag("IncludeDisabledSteps").unwrap_or(false);
    let mut all = Vec::new();
    for wanted in body.objects("DeploymentPreviews") {
        let environment = wanted.text("EnvironmentId").unwrap_or_default();
        all.push(document(world, release, &environment, wanted.filled("TenantId").as_deref(), disabled)?);
    }
    Ok(Response::json(200, &Value::Array(all)))
}

fn document(
    world: &World,
    release: &Release,
    environment: &str,
    tenant: Option<&str>,
    with_disabled: bool,
) -> Result<Value, Refusal> {
    let project = there(world.project(&release.project), "project", &release.project)?;
    let known = world.environment(environment).filter(|it| it.space == release.space);
    there(known, "environment", environment)?;
    if let Some(id) = tenant {
        there(world.tenant(id), "tenant", id)?;
    }
    let order =
        Order { environment: environment.to_owned(), tenant: tenant.map(str::to_owned), ..Order::default() };
    let steps = world.applicable_steps(release, environment, tenant);
    let shown = steps.into_iter().filter(|it| with_disabled || !it.seed.disabled);
    let steps: Vec<Value> =
        shown.enumerate().map(|(at, step)| step_document(world, step, at + 1, &order)).collect();
    Ok(json!({
        "StepsToExecute": steps,
        "Form": form(world, release, environment),
        "UseGuidedFailureModeByDefault": world.guided_by_default(&project.id, environment),
        "Changes": [],
        "ChangesMarkdown": "",
        "Links": {},
    }))
}

fn step_document(world: &World, step: &Step, number: usize, order: &Order) -> Value {
    let machines = world.machines_for(step, order);
    let named = |it: &&Machine| json!({ "Id": it.id, "Name": it.name, "HealthStatus": it.health });
    json!({
        "ActionId": step.id,
        "ActionName": step.seed.name,
        "ActionNumber": number.to_string(),
        "Roles": step.seed.roles,
        "MachineNames": machines.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(),
        "Machines": machines.iter().map(named).collect::<Vec<_>>(),
        "CanBeSkipped": !step.seed.required,
        "IsDisabled": step.seed.disabled,
        "HasNoApplicableMachines": !step.seed.roles.is_empty() && machines.is_empty(),
        "UnavailableMachines": machines.iter().filter(|it| it.health == "Unavailable").map(named).collect::<Vec<_>>(),
        "ExcludedMachines": [],
    })
}

/// The form of the prompted variables; its elements have opaque names.
fn form(world: &World, release: &Release, environment: &str) -> Value {
    let mut values = Map::new();
    let mut elements = Vec::new();
    for (variable, prompt) in world.prompts_for(release, environment) {
        let kind = if variable.sensitive {
            "Sensitive"
        } else if prompt.options.is_empty() {
            "SingleLineText"
        } else {
            "Select"
        };
        elements.push(json!({
            "Name": variable.id,
            "IsValueRequired": prompt.required,
            "Control": {
                "Type": "VariableValue",
                "Name": variable.name,
                "Label": prompt.label,
                "Description": prompt.description,
                "IsSecure": variable.sensitive,
                "Required": prompt.required,
                "DisplaySettings": {
                    "Octopus.ControlType": kind,
                    "Octopus.SelectOptions": prompt.options.join("\n"),
                },
            },
        }));
        let value = if variable.sensitive { "" } else { variable.value.as_str() };
        values.insert(variable.id.clone(), Value::from(value));
    }
    json!({ "Elements": elements, "Values": values })
}
