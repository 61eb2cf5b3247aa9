//! Artifacts: the files that the steps of a task leave, as the seed names them.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::lookups::stamp;
use crate::sandbox::world::pages::page;
use crate::sandbox::world::running::{Status, StepRun, Task};
use crate::sandbox::world::state::World;

/// `GET artifacts`: those of the task or deployment that `regarding` names, or all of the space.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let regarding = call.query("regarding");
    let wanted =
        |it: &&Task| it.space == call.space && regarding.is_none_or(|id| it.id == id || it.deployment == id);
    let all: Vec<Value> = world.tasks.iter().filter(wanted).flat_map(|it| of_task(world, it)).collect();
    Ok(Response::json(200, &page(call, "Artifact", &all, Clone::clone)))
}

fn of_task(world: &World, task: &Task) -> Vec<Value> {
    let left = |step: &StepRun| Some((step.ended?, files(world, task, step)?));
    let mut found = Vec::new();
    for (at, step) in task.steps.iter().enumerate() {
        let Some((ended, files)) = left(step) else { continue };
        let source = step.machines.first().map_or("Octopus Server", |it| it.name.as_str());
        for file in files {
            let number = found.len() + 1;
            found.push(document(
                task,
                &format!("{}_X/step-{}", task.id, at + 1),
                ended,
                (number, file, source),
            ));
        }
    }
    found
}

/// The artifacts that the seed names for this step; a step that did not succeed has none.
fn files<'a>(world: &'a World, task: &Task, step: &StepRun) -> Option<&'a [String]> {
    let worked = matches!(step.status, Status::Success | Status::Warning);
    let action = step.action.as_ref().filter(|_| worked)?;
    let release = world.release(&world.deployment(&task.deployment)?.order.release)?;
    let known = release.steps.iter().find(|it| it.id == *action)?;
    Some(&known.seed.artifacts)
}

fn document(task: &Task, node: &str, at: Timestamp, (number, file, source): (usize, &str, &str)) -> Value {
    let id = format!("Artifacts-{}{number:03}", task.id.trim_start_matches("ServerTasks-"));
    json!({
        "Id": id,
        "SpaceId": task.space,
        "Filename": file,
        "Source": source,
        "ServerTaskId": task.id,
        "Created": stamp(at),
        "LogCorrelationId": node,
        "Links": {
            "Self": format!("/api/{}/artifacts/{id}", task.space),
            "Content": format!("/api/{}/artifacts/{id}/content", task.space),
        },
    })
}
