//! Deployments by the older route: ids in, the deployment document out.

use serde_json::json;

use crate::sandbox::exchange::Response;
use crate::sandbox::world::admission::read_time;
use crate::sandbox::world::call::{Answer, Body, Call};
use crate::sandbox::world::deployments::document;
use crate::sandbox::world::made::Order;
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::state::Id;
use crate::sandbox::world::{World, there};

/// `POST deployments`.
pub(super) fn create(world: &mut World, call: &Call<'_>) -> Answer {
    let id = place(world, call, &call.body()?, Vec::new(), None)?;
    Ok(Response::json(201, &document(world, there(world.deployment(&id), "deployment", &id)?)))
}

/// `POST deployments/v1`: the same, wrapped.
pub(super) fn create_v1(world: &mut World, call: &Call<'_>) -> Answer {
    let id = place(world, call, &call.body()?, Vec::new(), None)?;
    wrapped(world, &id)
}

/// `POST deployments/override`: through deployment freezes, with a reason.
pub(super) fn create_overriding(world: &mut World, call: &Call<'_>) -> Answer {
    let body = call.body()?;
    let reason = body.filled("Reason");
    if reason.is_none() {
        return Err(Refusal::bad("A reason is needed to override a deployment freeze."));
    }
    let id = place(world, call, &body.object("CreateDeploymentCommand"), body.texts("FreezeIds"), reason)?;
    wrapped(world, &id)
}

fn wrapped(world: &World, id: &str) -> Answer {
    let found = there(world.deployment(id), "deployment", id)?;
    Ok(Response::json(201, &json!({ "Deployment": document(world, found) })))
}

fn place(
    world: &mut World,
    call: &Call<'_>,
    body: &Body,
    freezes: Vec<String>,
    reason: Option<String>,
) -> Result<Id, Refusal> {
    let mut errors = Vec::new();
    for field in ["ReleaseId", "EnvironmentId"] {
        if body.filled(field).is_none() {
            errors.push(format!("The {field} field is required."));
        }
    }
    let release = body.text("ReleaseId").unwrap_or_default();
    let environment = body.text("EnvironmentId").unwrap_or_default();
    let known = world.release(&release).filter(|it| it.space == call.space);
    if errors.is_empty() && known.is_none() {
        errors.push(format!("The release '{release}' was not found."));
    }
    if errors.is_empty() && world.environment(&environment).is_none_or(|it| it.space != call.space) {
        errors.push(format!("The environment '{environment}' was not found."));
    }
    let (Some(known), true) = (known, errors.is_empty()) else { return Err(Refusal::all_bad(errors)) };
    let machine = |id: &String| world.machines.iter().any(|it| it.space == call.space && it.id == *id);
    let specific_machines = body.texts("SpecificMachineIds");
    if let Some(id) = specific_machines.iter().find(|it| !machine(it)) {
        return Err(Refusal::bad(format!("The machine '{id}' was not found.")));
    }
    let time = |field: &str| body.filled(field).map(|it| read_time(field, &it)).transpose();
    // The form's values come by the opaque id of their element.
    let project = world.project(&known.project);
    let name_of = |element: &String| {
        let mut prompts = project.into_iter().flat_map(|it| it.prompts());
        prompts.find(|(it, _)| it.id == *element).map(|(it, _)| it.name.clone())
    };
    let pairs = body.object("FormValues").pairs();
    let order = Order {
        tenant: body.filled("TenantId"),
        specific_machines,
        excluded_machines: body.texts("ExcludedMachineIds"),
        skipped: body.texts("SkipActions"),
        guided: body.flag("UseGuidedFailure").unwrap_or(false),
        values: pairs.iter().filter_map(|(id, value)| Some((name_of(id)?, value.clone()))).collect(),
        run_at: time("QueueTime")?,
        expires: time("QueueTimeExpiry")?,
        force_download: body.flag("ForcePackageDownload").unwrap_or(false),
        force_redeployment: body.flag("ForcePackageRedeployment").unwrap_or(false),
        comments: body.text("Comments").unwrap_or_default(),
        freeze_reason: reason,
        overridden_freezes: freezes,
        priority: body.filled("Priority"),
        release,
        environment,
        route: "legacy",
        ..Order::default()
    };
    world.admit(call, &order)?;
    let at = world.place(order, &call.user, call.now);
    Ok(world.tasks[at].deployment.clone())
}
