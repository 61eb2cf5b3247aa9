//! What the commands of the executions API have in common.

use serde_json::Value;

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Body, Call};
use crate::sandbox::world::project_seed::Answers;
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::Project;

/// Checks that an executions call names its space in both fields, and the same space as its path.
///
/// # Errors
///
/// 400, naming the missing or different field.
pub(super) fn check_space(world: &World, call: &Call<'_>, body: &Body) -> Result<(), Refusal> {
    let mut errors = Vec::new();
    for field in ["SpaceId", "SpaceIdOrName"] {
        let named = body.filled(field);
        let space = world.spaces.iter().find(|it| it.id == call.space);
        let is_same = |it: &String| {
            *it == call.space
                || field == "SpaceIdOrName" && space.is_some_and(|space| space.name.eq_ignore_ascii_case(it))
        };
        match named {
            None => errors.push(format!("The {field} field is required.")),
            Some(named) if !is_same(&named) => {
                errors.push(format!(
                    "{field} is '{named}', which is not the space {} of the path.",
                    call.space
                ));
            }
            Some(_) => {}
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Refusal::all_bad(errors)) }
}

/// The project that an executions call names: by name, slug or id.
///
/// # Errors
///
/// 400: no project is named, or it does not exist, or it is disabled.
pub(super) fn named_project(world: &World, call: &Call<'_>, body: &Body) -> Result<Project, Refusal> {
    let name =
        body.filled("ProjectName").ok_or_else(|| Refusal::bad("The ProjectName field is required."))?;
    let found = world.find_project(&call.space, &name).cloned();
    let project = found.ok_or_else(|| Refusal::bad(format!("The project '{name}' was not found.")))?;
    if project.disabled {
        return Err(Refusal::bad(format!("The project '{}' is disabled.", project.name)));
    }
    Ok(project)
}

/// The executions API's answer in the casing that the project's seed sets.
pub(super) fn cased(answers: Answers, status: u16, body: Value) -> Response {
    let body = if answers == Answers::CamelCase { camel_case(body) } else { body };
    Response::json(status, &body)
}

fn camel_case(value: Value) -> Value {
    let lower = |name: &str| {
        let mut letters = name.chars();
        letters.next().map_or_else(String::new, |it| it.to_ascii_lowercase().to_string() + letters.as_str())
    };
    match value {
        Value::Object(map) => map.into_iter().map(|(name, it)| (lower(&name), camel_case(it))).collect(),
        Value::Array(items) => items.into_iter().map(camel_case).collect(),
        other => other,
    }
}
