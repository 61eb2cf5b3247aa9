//! Tasks: their list and document, cancelling, and what a queued task waits for.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::activity;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::lookups::{place_of, stamp, there};
use crate::sandbox::world::pages::page;
use crate::sandbox::world::project_seed::Answers;
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::running::{Play, Question, Task, TaskState};
use crate::sandbox::world::state::World;

impl World {
    /// The kinds of the task's pending interruptions.
    fn pending_questions(&self, task: &Task) -> Vec<&'static str> {
        if !matches!(task.play, Play::Person { .. }) {
            return Vec::new();
        }
        let pending = self.interruptions.iter().filter(|it| it.task == task.id && it.pending);
        let kind = |question: &Question| match question {
            Question::ManualIntervention { .. } => "ManualIntervention",
            Question::GuidedFailure { .. } => "GuidedFailure",
        };
        pending.map(|it| kind(&it.question)).collect()
    }

    /// The unfinished tasks that a queued one waits for.
    fn before(&self, task: &Task) -> Vec<&Task> {
        if task.state != TaskState::Queued {
            return Vec::new();
        }
        let earlier = |it: &&Task| {
            it.id != task.id
                && it.target() == task.target()
                && (it.state != TaskState::Queued
                    || (it.queue_time, &it.created) < (task.queue_time, &task.created))
        };
        let mut found: Vec<&Task> =
            self.unfinished.iter().map(|it| &self.tasks[*it]).filter(earlier).collect();
        // Of tasks with the same queue time, the one with the lower index starts first.
        let own = place_of(&task.id, "ServerTasks-");
        let twins = self.unfinished.iter().map(|it| &self.tasks[*it]).filter(|it| {
            it.target() == task.target()
                && it.state == TaskState::Queued
                && (it.queue_time, it.created) == (task.queue_time, task.created)
                && place_of(&it.id, "ServerTasks-") < own
        });
        found.extend(twins);
        found
    }
}

/// A text for people, such as `12 seconds`.
pub(super) fn duration_text(task: &Task, now: Timestamp) -> String {
    let Some(started) = task.started else { return "0 seconds".to_owned() };
    let seconds = task.completed.unwrap_or(now).duration_since(started).as_secs();
    match seconds {
        0..2 => "less than a second".to_owned(),
        2..120 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds / 60),
    }
}

/// The task document.
pub(super) fn document(world: &World, task: &Task, now: Timestamp) -> Value {
    let questions = world.pending_questions(task);
    let preconditions: Vec<&String> = task.precondition.iter().collect();
    let completed = match task.completed {
        Some(at) => at.strftime("%A, %d %B %Y %H:%M").to_string(),
        None => format!("{}...", task.state.name()),
    };
    let mut document = json!({
        "Id": task.id,
        "SpaceId": task.space,
        "Name": "Deploy",
        "Description": task.description,
        "State": task.state.name(),
        "Completed": completed,
        "QueueTime": stamp(task.queue_time),
        "QueueTimeExpiry": task.expires.map(stamp),
        "StartTime": task.started.map(stamp),
        "LastUpdatedTime": stamp(task.updated),
        "CompletedTime": task.completed.map(stamp),
        "Duration": duration_text(task, now),
        "ErrorMessage": task.error,
        "IsCompleted": task.state.is_completed(),
        "FinishedSuccessfully": task.state == TaskState::Success,
        "HasBeenPickedUpByProcessor": task.started.is_some(),
        "HasPendingInterruptions": !questions.is_empty(),
        "PendingInterruptionTypes": questions,
        "HasPendingPreconditions": !preconditions.is_empty(),
        "PendingPreconditionTypes": preconditions,
        "HasWarningsOrErrors": task.warned || matches!(task.state, TaskState::Failed | TaskState::TimedOut),
        "CanRerun": false,
        "EstimatedRemainingQueueDurationSeconds": 0,
        "ServerNode": "node-1",
        "ProjectId": task.project,
        "Arguments": { "DeploymentId": task.deployment },
        "Links": {
            "Self": format!("/api/tasks/{}", task.id),
            "Web": format!("/app#/{}/tasks/{}", task.space, task.id),
            "Details": format!("/api/tasks/{}/details{{?verbose,tail,ranges}}", task.id),
            "Raw": format!("/api/tasks/{}/raw", task.id),
            "Cancel": format!("/api/tasks/{}/cancel", task.id),
            "Interruptions": format!("/api/{}/interruptions?regarding={}", task.space, task.id),
        },
    });
    if world.project(&task.project).is_some_and(|it| it.answers == Answers::Older)
        && let Some(fields) = document.as_object_mut()
    {
        for newer in
            ["PendingInterruptionTypes", "HasPendingPreconditions", "PendingPreconditionTypes", "ProjectId"]
        {
            fields.remove(newer);
        }
    }
    document
}

/// The task of the path, in the path's space, or in any space if the path names none.
fn of_path<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a Task, Refusal> {
    let found = world.task(call.param(0)).filter(|it| !call.names_space || it.space == call.space);
    there(found, "task", call.param(0))
}

/// `GET tasks`, newest first.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let (ids, states, spaces) = (call.list("ids"), call.list("states"), call.list("spaces"));
    let state_is =
        |it: &Task| states.is_empty() || states.iter().any(|name| name.eq_ignore_ascii_case(it.state.name()));
    let is =
        |name: &str, value: &str| call.query(name).is_none_or(|wanted| wanted.eq_ignore_ascii_case(value));
    let flag = |name: &str, value: bool| call.flag(name).is_none_or(|wanted| wanted == value);
    let wanted = |it: &&Task| {
        (!call.names_space || it.space == call.space)
            && (spaces.is_empty() || spaces.contains(&it.space))
            && (ids.is_empty() || ids.contains(&it.id))
            && state_is(it)
            && is("project", &it.project)
            && is("environment", &it.environment)
            && is("tenant", it.tenant.as_deref().unwrap_or_default())
            && is("name", "Deploy")
            && flag("active", !it.state.is_completed())
            && flag("running", matches!(it.state, TaskState::Executing | TaskState::Cancelling))
            && flag("hasPendingInterruptions", matches!(it.play, Play::Person { .. }))
            && flag("hasWarningsOrErrors", it.warned || it.state == TaskState::Failed)
    };
    let all: Vec<&Task> = world.tasks.iter().rev().filter(wanted).collect();
    Ok(Response::json(200, &page(call, "Task", &all, |it| document(world, it, call.now))))
}

/// `GET tasks/{id}`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Answer {
    Ok(Response::json(200, &document(world, of_path(world, call)?, call.now)))
}

/// `GET tasks/{id}/details`.
pub(super) fn details(world: &mut World, call: &Call<'_>) -> Answer {
    let task = of_path(world, call)?;
    let view = activity::View::of(call);
    let mut body = activity::details(task, &view);
    body["Task"] = document(world, task, call.now);
    Ok(Response::json(200, &body))
}

/// `GET tasks/{id}/raw`.
pub(super) fn raw(world: &mut World, call: &Call<'_>) -> Answer {
    let text = activity::raw(of_path(world, call)?, call.now);
    let headers = vec![("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())];
    Ok(Response { status: 200, headers, body: text.into_bytes() })
}

/// `GET tasks/{id}/queued-behind`.
pub(super) fn queued_behind(world: &mut World, call: &Call<'_>) -> Answer {
    let task = of_path(world, call)?;
    let before = world.before(task);
    Ok(Response::json(200, &page(call, "Task", &before, |it| document(world, it, call.now))))
}

/// `POST tasks/{id}/cancel`.
pub(super) fn cancel(world: &mut World, call: &Call<'_>) -> Answer {
    let task = of_path(world, call)?;
    world.demand(call, "TaskCancel", &task.project, &task.environment)?;
    let older = world.project(&task.project).is_some_and(|it| it.answers == Answers::Older);
    if task.state.is_completed() && !older {
        let id = &task.id;
        return Err(Refusal::bad(format!(
            "The task {id} cannot be canceled: it is already {}.",
            task.state.name()
        )));
    }
    let at = there(place_of(&task.id, "ServerTasks-"), "task", call.param(0))?;
    world.cancel(at, call.now);
    Ok(Response::json(200, &document(world, of_path(world, call)?, call.now)))
}

/// `POST tasks/{id}/state`: an administrator's word on how a task ended.
pub(super) fn set_state(world: &mut World, call: &Call<'_>) -> Answer {
    let task = of_path(world, call)?;
    world.demand(call, "TaskEdit", &task.project, &task.environment)?;
    let body = call.body()?;
    let state = match body.text("State").unwrap_or_default().as_str() {
        "Success" => TaskState::Success,
        "Failed" => TaskState::Failed,
        "Canceled" => TaskState::Canceled,
        "TimedOut" => TaskState::TimedOut,
        other => return Err(Refusal::bad(format!("A task cannot be set to the state '{other}'."))),
    };
    let at = there(place_of(&task.id, "ServerTasks-"), "task", call.param(0))?;
    let reason = body.filled("Reason").unwrap_or_else(|| "The state was set by an administrator.".to_owned());
    let error = if state == TaskState::Success { String::new() } else { reason };
    world.finish(at, state, &error, call.now);
    Ok(Response::json(200, &document(world, of_path(world, call)?, call.now)))
}

/// `POST tasks/{id}/prioritize`: moves a queued task before all others.
pub(super) fn prioritize(world: &mut World, call: &Call<'_>) -> Answer {
    let task = of_path(world, call)?;
    world.demand(call, "TaskEdit", &task.project, &task.environment)?;
    let at = there(place_of(&task.id, "ServerTasks-"), "task", call.param(0))?;
    if let Some(place) = world.unfinished.iter().position(|it| *it == at) {
        world.unfinished.remove(place);
        world.unfinished.insert(0, at);
    }
    Ok(Response::json(200, &document(world, of_path(world, call)?, call.now)))
}

/// `POST tasks/rerun/{id}`: only for tasks of the system, of which there are none.
pub(super) fn rerun(world: &mut World, call: &Call<'_>) -> Answer {
    let task = of_path(world, call)?;
    Err(Refusal::bad(format!("The task {} cannot be run again: create a new deployment.", task.id)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::sandbox::world::tests::Bench;

    /// How many tasks this query finds.
    fn count(bench: &mut Bench, query: &str) -> u64 {
        bench.get(&format!("/api/Spaces-1/tasks?{query}"))["TotalResults"].as_u64().unwrap()
    }

    #[test]
    fn each_filter_of_the_list_filters() {
        let mut bench = Bench::new();
        let all = count(&mut bench, "");
        let careful = bench.begin("Careful Shop", "1.0.0");
        let web = bench.begin("Web Shop", "1.4.7");
        bench.pass(20);
        let queued = bench.begin_in("Web Shop", "1.4.7", "Development");
        for (query, wanted) in [
            ("ids=", all + 3),
            ("take=2147483647", all + 3),
            (&format!("ids={careful},{web}"), 2),
            (&format!("ids={careful}&ids={queued}"), 2),
            ("ids=ServerTasks-4711", 0),
            ("active=true", 3),
            ("active=false", all),
            ("running=true", 2),
            ("states=Queued", 1),
            ("states=Queued,Executing", 3),
            ("hasPendingInterruptions=true", 1),
            ("project=Projects-1&active=true", 2),
            ("project=Projects-1&environment=Environments-2", 2),
            ("name=Deploy", all + 3),
            ("name=Health", 0),
            ("spaces=Spaces-2", 0),
            ("states=Failed", 1),
            ("hasWarningsOrErrors=true", 1),
        ] {
            assert_eq!(count(&mut bench, query), wanted, "{query}");
        }
        let newest = bench.get("/api/Spaces-1/tasks?take=1");
        assert_eq!(newest["Items"][0]["Id"], queued.as_str());
    }

    #[test]
    fn a_project_of_an_older_server_lacks_the_newer_fields() {
        let mut bench = Bench::new();
        let old = bench.begin("Old Shop", "1.0.0");
        let new = bench.begin("Web Shop", "1.4.7");
        for (task, there) in [(old, false), (new, true)] {
            assert_eq!(bench.task(&task).get("PendingInterruptionTypes").is_some(), there);
        }
    }

    #[test]
    fn an_administrator_may_set_the_state() {
        let mut bench = Bench::new();
        let task = bench.begin("Web Shop", "1.4.7");
        bench.pass(10);
        let path = format!("/api/Spaces-1/tasks/{task}/state");
        let body = json!({ "Id": task, "State": "Failed", "Reason": "the server was restarted" });
        let (status, set) = bench.ask("POST", &path, body);
        assert_eq!((status, set["ErrorMessage"].as_str()), (200, Some("the server was restarted")));
        bench.pass(100);
        assert_eq!(bench.state(&task), "Failed");
    }
}
