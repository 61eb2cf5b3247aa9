//! Interruptions: the questions to people, who may answer them, and the answers.

use serde_json::{Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::lookups::{place_of, stamp, there};
use crate::sandbox::world::pages::page;
use crate::sandbox::world::project_seed::Answers;
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::running::{Interruption, Question};
use crate::sandbox::world::state::World;
use crate::sandbox::world::users;

/// The buttons of a manual intervention.
const DECISIONS: [&str; 2] = ["Proceed", "Abort"];

impl World {
    /// Whether a user may take responsibility: anyone may if the interruption names no team.
    fn may_answer(&self, interruption: &Interruption, user: &str) -> bool {
        let teams = self.user(user).map(|it| it.teams.as_slice()).unwrap_or_default();
        interruption.teams.is_empty() || interruption.teams.iter().any(|it| teams.contains(it))
    }
}

fn form(interruption: &Interruption) -> Value {
    let notes = json!({ "Name": "Notes", "Control": { "Type": "TextArea", "Label": "Notes" }, "IsValueRequired": false });
    let buttons = |name: &str, texts: &[&str]| {
        let buttons: Vec<Value> = texts.iter().map(|it| json!({ "Text": it, "Value": it })).collect();
        json!({
            "Name": name,
            "Control": { "Type": "SubmitButtonGroup", "Buttons": buttons },
            "IsValueRequired": true,
        })
    };
    match &interruption.question {
        Question::ManualIntervention { instructions } => json!({
            "Values": { "Instructions": null, "Notes": interruption.notes, "Result": interruption.answer },
            "Elements": [
                {
                    "Name": "Instructions",
                    "Control": { "Type": "Paragraph", "Text": instructions },
                    "IsValueRequired": false,
                },
                notes,
                buttons("Result", &DECISIONS),
            ],
        }),
        Question::GuidedFailure { answers, .. } => json!({
            "Values": { "Notes": interruption.notes, "Guidance": interruption.answer },
            "Elements": [notes, buttons("Guidance", answers)],
        }),
    }
}

fn document(world: &World, call: &Call<'_>, interruption: &Interruption) -> Value {
    let task = world.task(&interruption.task);
    let related: Vec<&str> = match task {
        Some(it) => vec![&it.deployment, &it.id, &it.project, &it.environment],
        None => Vec::new(),
    };
    let kind = match interruption.question {
        Question::ManualIntervention { .. } => "ManualIntervention",
        Question::GuidedFailure { .. } => "GuidedFailure",
    };
    let own = format!("/api/{}/interruptions/{}", interruption.space, interruption.id);
    let mut document = json!({
        "Id": interruption.id,
        "SpaceId": interruption.space,
        "Title": interruption.title,
        "Type": kind,
        "IsPending": interruption.pending,
        "TaskId": interruption.task,
        "CorrelationId": format!("{}_X/step-{}", interruption.task, interruption.step + 1),
        "Created": stamp(interruption.created),
        "CanTakeResponsibility": interruption.pending && world.may_answer(interruption, &call.user),
        "HasResponsibility": interruption.responsible.as_deref() == Some(call.user.as_str()),
        "ResponsibleTeamIds": interruption.teams,
        "ResponsibleUserId": interruption.responsible,
        "IsLinkedToOtherInterruption": false,
        "RelatedDocumentIds": related,
        "PullRequests": [],
        "Form": form(interruption),
        "Links": { "Self": own, "Submit": format!("{own}/submit"), "Responsible": format!("{own}/responsible") },
    });
    let older = task.and_then(|it| world.project(&it.project)).is_some_and(|it| it.answers == Answers::Older);
    if older && let Some(fields) = document.as_object_mut() {
        fields.remove("Type");
    }
    document
}

/// `GET interruptions`, newest first.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let (regarding, ids) = (call.query("regarding"), call.list("ids"));
    let pending_only = call.flag("pendingOnly").unwrap_or(false);
    let concerns = |it: &Interruption| {
        let task = world.task(&it.task);
        let concerned = |id: &str| {
            it.task == id
                || task.is_some_and(|it| it.deployment == id || it.project == id || it.environment == id)
        };
        regarding.is_none_or(concerned)
    };
    let wanted = |it: &&Interruption| {
        it.space == call.space
            && concerns(it)
            && (!pending_only || it.pending)
            && (ids.is_empty() || ids.contains(&it.id))
    };
    let all: Vec<&Interruption> = world.interruptions.iter().rev().filter(wanted).collect();
    Ok(Response::json(200, &page(call, "Interruption", &all, |it| document(world, call, it))))
}

/// The index of the path's interruption.
fn place(world: &World, call: &Call<'_>) -> Result<usize, Refusal> {
    let at = place_of(call.param(0), "Interruptions-");
    let known = at.filter(|it| world.interruptions.get(*it).is_some_and(|it| it.space == call.space));
    there(known, "interruption", call.param(0))
}

/// `GET interruptions/{id}`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let at = place(world, call)?;
    Ok(Response::json(200, &document(world, call, &world.interruptions[at])))
}

/// `GET interruptions/{id}/responsible`.
pub(super) fn responsible(world: &mut World, call: &Call<'_>) -> Answer {
    let at = place(world, call)?;
    let user = world.interruptions[at].responsible.clone().unwrap_or_default();
    Ok(Response::json(200, &users::document(there(world.user(&user), "responsible user", call.param(0))?)))
}

/// `PUT interruptions/{id}/responsible`.
pub(super) fn take_responsibility(world: &mut World, call: &Call<'_>) -> Answer {
    let at = place(world, call)?;
    let interruption = &world.interruptions[at];
    demand_submit(world, call, interruption)?;
    if !interruption.pending {
        return Err(Refusal::bad("The interruption is no longer pending."));
    }
    if !world.may_answer(interruption, &call.user) {
        let user = world.user(&call.user).map_or("", |it| it.username.as_str());
        let teams = interruption.teams.join(", ");
        return Err(Refusal::forbidden(
            user,
            "InterruptionSubmit",
            &format!(" as a member of one of the teams {teams}"),
        ));
    }
    if interruption.responsible.as_ref().is_some_and(|it| *it != call.user) {
        return Err(Refusal::bad("Another user has already taken responsibility for this interruption."));
    }
    world.interruptions[at].responsible = Some(call.user.clone());
    Ok(Response::json(200, &users::document(there(world.user(&call.user), "user", &call.user)?)))
}

fn demand_submit(world: &World, call: &Call<'_>, interruption: &Interruption) -> Result<(), Refusal> {
    let task = world.task(&interruption.task);
    let (project, environment) = task.map_or(("", ""), |it| (it.project.as_str(), it.environment.as_str()));
    world.demand(call, "InterruptionSubmit", project, environment)
}

/// `POST interruptions/{id}/submit`.
pub(super) fn submit(world: &mut World, call: &Call<'_>) -> Answer {
    let at = place(world, call)?;
    let interruption = &world.interruptions[at];
    demand_submit(world, call, interruption)?;
    if !interruption.pending {
        return Err(Refusal::bad("The interruption is no longer pending."));
    }
    if interruption.responsible.as_deref() != Some(call.user.as_str()) {
        return Err(Refusal::bad(
            "Only the user who has taken responsibility for the interruption can submit it.",
        ));
    }
    let body = call.body()?;
    let (field, allowed) = match &interruption.question {
        Question::ManualIntervention { .. } => ("Result", DECISIONS.as_slice()),
        Question::GuidedFailure { answers, .. } => ("Guidance", answers.as_slice()),
    };
    let answer = body.filled(field).unwrap_or_default();
    let Some(answer) = allowed.iter().find(|it| it.eq_ignore_ascii_case(&answer)).copied() else {
        return Err(Refusal::bad(format!("{field} must be one of: {}.", allowed.join(", "))));
    };
    let stored = &mut world.interruptions[at];
    stored.pending = false;
    stored.notes = body.text("Notes");
    stored.answer = Some(answer.to_owned());
    world.answered(at, answer, call.now);
    Ok(Response::json(200, &document(world, call, &world.interruptions[at])))
}
