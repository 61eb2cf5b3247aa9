//! Lifecycles, and a release's progression through its own.

use serde_json::{Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::deployments;
use crate::sandbox::world::lookups::there;
use crate::sandbox::world::made::{Deployment, Release};
use crate::sandbox::world::pages::page;
use crate::sandbox::world::progression::{PhaseProgress, Progress, TenantScope};
use crate::sandbox::world::releases;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::{Lifecycle, Phase};
use crate::sandbox::world::tasks;

/// `GET releases/{id}/progression`.
pub(super) fn release_progression(world: &mut World, call: &Call<'_>) -> Answer {
    let release = releases::of_path(world, call)?;
    let phases = world.phase_progress(release, TenantScope::Any);
    let phases: Vec<Value> = phases.iter().map(|it| phase_document(world, call, release, it)).collect();
    Ok(Response::json(
        200,
        &json!({
            "Phases": phases,
            "NextDeployments": world.next_deployments(release, TenantScope::Any),
            "NextDeploymentsMinimumRequired": 0,
        }),
    ))
}

/// One phase of a release's progression, with the deployments that it has seen, newest first.
fn phase_document(world: &World, call: &Call<'_>, release: &Release, reached: &PhaseProgress<'_>) -> Value {
    let phase = reached.phase;
    let of_phase =
        world.deployments.iter().rev().filter(|it| {
            it.order.release == release.id && phase.targets().any(|id| *id == it.order.environment)
        });
    let document = |it: &Deployment| {
        let task = world.task(&it.task)?;
        Some(json!({
            "Deployment": deployments::item(world, it),
            "Task": tasks::document(world, task, call.now),
        }))
    };
    json!({
        "Id": null,
        "Name": phase.name,
        "Blocked": reached.progress != Progress::Complete && release.has_unresolved_defect(),
        "Progress": reached.progress.name(),
        "Deployments": of_phase.filter_map(document).collect::<Vec<_>>(),
        "AutomaticDeploymentTargets": phase.automatic,
        "OptionalDeploymentTargets": phase.optional,
        "MinimumEnvironmentsBeforePromotion": phase.minimum,
        "IsOptionalPhase": phase.is_optional,
        "IsPriorityPhase": false,
    })
}

/// `GET lifecycles`.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let all: Vec<&Lifecycle> = world.lifecycles.iter().filter(|it| it.space == call.space).collect();
    Ok(Response::json(200, &page(call, "Lifecycle", &all, |it| document(it))))
}

/// `GET lifecycles/all`.
pub(super) fn all(world: &mut World, call: &Call<'_>) -> Answer {
    let all = world.lifecycles.iter().filter(|it| it.space == call.space);
    Ok(Response::json(200, &Value::Array(all.map(document).collect())))
}

/// `GET lifecycles/{id}`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let found = world.lifecycles.iter().find(|it| it.space == call.space && it.id == call.param(0));
    Ok(Response::json(200, &document(there(found, "lifecycle", call.param(0))?)))
}

fn document(lifecycle: &Lifecycle) -> Value {
    let phase = |it: &Phase| {
        json!({
            "Id": null,
            "Name": it.name,
            "AutomaticDeploymentTargets": it.automatic,
            "OptionalDeploymentTargets": it.optional,
            "MinimumEnvironmentsBeforePromotion": it.minimum,
            "IsOptionalPhase": it.is_optional,
        })
    };
    json!({
        "Id": lifecycle.id,
        "SpaceId": lifecycle.space,
        "Name": lifecycle.name,
        "Phases": lifecycle.phases.iter().map(phase).collect::<Vec<_>>(),
        "Links": { "Self": format!("/api/{}/lifecycles/{}", lifecycle.space, lifecycle.id) },
    })
}
