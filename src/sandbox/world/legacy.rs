//! Deployments by the older route: ids in, the deployment document out.

use serde_json::json;

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Answer, Body, Call, read_time};
use crate::sandbox::world::deployments::document;
use crate::sandbox::world::lookups::there;
use crate::sandbox::world::made::{Order, Release};
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::Id;

/// `POST deployments`.
pub(super) fn create(world: &mut World, call: &Call<'_>) -> Answer {
    let id = enqueue(world, call, &call.body()?, Vec::new(), None)?;
    Ok(Response::json(201, &document(world, there(world.deployment(&id), "deployment", &id)?)))
}

/// `POST deployments/v1`: the same, wrapped.
pub(super) fn create_v1(world: &mut World, call: &Call<'_>) -> Answer {
    let id = enqueue(world, call, &call.body()?, Vec::new(), None)?;
    wrapped(world, &id)
}

/// `POST deployments/override`: through deployment freezes, with a reason.
pub(super) fn create_overriding(world: &mut World, call: &Call<'_>) -> Answer {
    let body = call.body()?;
    let reason = body.filled("Reason");
    if reason.is_none() {
        return Err(Refusal::bad("A reason is needed to override a deployment freeze."));
    }
    let id = enqueue(world, call, &body.object("CreateDeploymentCommand"), body.texts("FreezeIds"), reason)?;
    wrapped(world, &id)
}

fn wrapped(world: &World, id: &str) -> Answer {
    let found = there(world.deployment(id), "deployment", id)?;
    Ok(Response::json(201, &json!({ "Deployment": document(world, found) })))
}

fn enqueue(
    world: &mut World,
    call: &Call<'_>,
    body: &Body,
    freezes: Vec<String>,
    reason: Option<String>,
) -> Result<Id, Refusal> {
    let (known, environment) = subject(world, call, body)?;
    let machine = |id: &String| world.machines.iter().any(|it| it.space == call.space && it.id == *id);
    let specific_machines = body.texts("SpecificMachineIds");
    if let Some(id) = specific_machines.iter().find(|it| !machine(it)) {
        return Err(Refusal::bad(format!("The machine '{id}' was not found.")));
    }
    let time = |field: &str| body.filled(field).map(|it| read_time(field, &it)).transpose();
    // The form's values are sent under the opaque ids of its elements.
    let name_of =
        |element: &String| known.prompts().find(|(it, _)| it.id == *element).map(|(it, _)| it.name.clone());
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
        release: known.id.clone(),
        environment,
        route: "legacy",
        ..Order::default()
    };
    world.admit(call, &order)?;
    let at = world.enqueue(order, &call.user, call.now);
    Ok(world.tasks[at].deployment.clone())
}

/// The release and the environment's id.
fn subject<'a>(world: &'a World, call: &Call<'_>, body: &Body) -> Result<(&'a Release, Id), Refusal> {
    let missing = ["ReleaseId", "EnvironmentId"].into_iter().filter(|it| body.filled(it).is_none());
    let errors: Vec<String> = missing.map(|it| format!("The {it} field is required.")).collect();
    if !errors.is_empty() {
        return Err(Refusal::all_bad(errors));
    }
    let id = body.text("ReleaseId").unwrap_or_default();
    let release = world.release(&id).filter(|it| it.space == call.space);
    let release = release.ok_or_else(|| Refusal::bad(format!("The release '{id}' was not found.")))?;
    let id = body.text("EnvironmentId").unwrap_or_default();
    if world.environment(&id).is_none_or(|it| it.space != call.space) {
        return Err(Refusal::bad(format!("The environment '{id}' was not found.")));
    }
    Ok((release, id))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::sandbox::world::tests::{Bench, assert_refused};

    #[test]
    fn the_older_deploy_route_carries_comments_and_answers_with_the_deployment() {
        let mut bench = Bench::new();
        let (_, made) = bench.create("Asking Shop", "1.0.0", json!({}));
        let release = made["ReleaseId"].as_str().unwrap().to_owned();
        let preview =
            bench.get(&format!("/api/Spaces-1/releases/{release}/deployments/preview/Environments-1"));
        let element = preview["Form"]["Elements"][0]["Name"].as_str().unwrap().to_owned();
        let action = preview["StepsToExecute"][0]["ActionId"].clone();
        let mut body =
            json!({ "ReleaseId": release, "EnvironmentId": "Environments-1", "Comments": "Build 482" });
        assert_refused(bench.ask("POST", "/api/Spaces-1/deployments", body.clone()), "'Approver'");
        body["FormValues"] = json!({ element.clone(): "ann" });
        body["SkipActions"] = json!([action]);
        let (status, made) = bench.ask("POST", "/api/Spaces-1/deployments", body.clone());
        assert_eq!((status, made["Comments"].as_str()), (201, Some("Build 482")), "{made}");
        assert_eq!(made["FormValues"], json!({ element: "ann" }));
        assert!(made["TaskId"].as_str().unwrap().starts_with("ServerTasks-"));
        let (status, wrapped) = bench.ask("POST", "/api/Spaces-1/deployments/v1", body.clone());
        assert_eq!((status, wrapped["Deployment"]["Comments"].as_str()), (201, Some("Build 482")));
        body["EnvironmentId"] = json!("Development");
        assert_refused(bench.ask("POST", "/api/Spaces-1/deployments", body), "'Development' was not found");
    }

    #[test]
    fn a_freeze_is_overridden_on_the_older_route_too() {
        let mut bench = Bench::new();
        bench.begin("Frozen Shop", "1.0.0");
        bench.pass(20);
        let release = bench.get("/api/Spaces-1/projects/frozen-shop/releases/1.0.0")["Id"].clone();
        let command = json!({ "ReleaseId": release, "EnvironmentId": "Environments-2" });
        assert_refused(bench.ask("POST", "/api/Spaces-1/deployments", command.clone()), "Year end");
        let mut body = json!({ "CreateDeploymentCommand": command, "FreezeIds": ["DeploymentFreezes-1"] });
        assert_refused(bench.ask("POST", "/api/Spaces-1/deployments/override", body.clone()), "reason");
        body["Reason"] = json!("the site is down");
        let (status, made) = bench.ask("POST", "/api/Spaces-1/deployments/override", body);
        assert_eq!(status, 201);
        assert_eq!(made["Deployment"]["EnvironmentId"], "Environments-2");
    }
}
