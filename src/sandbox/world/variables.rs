//! A project's variable set, which clients read, change and send back.

use serde_json::{Map, Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Answer, Body, Call};
use crate::sandbox::world::lookups::there;
use crate::sandbox::world::process_seed::PromptSeed;
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::{Project, Variable};

fn owner(world: &World, call: &Call<'_>) -> Result<usize, Refusal> {
    let owns = |it: &Project| it.space == call.space && it.variable_set() == call.param(0);
    there(world.projects.iter().position(owns), "variable set", call.param(0))
}

fn variable_document(variable: &Variable) -> Value {
    let prompt = variable.prompt.as_ref().map_or(Value::Null, |it| {
        json!({ "Label": it.label, "Description": it.description, "Required": it.required, "DisplaySettings": {} })
    });
    let value = if variable.sensitive { Value::Null } else { json!(variable.value) };
    let mut document = variable.stored.clone().unwrap_or_else(|| json!({ "Description": "", "Scope": {} }));
    document["Id"] = json!(variable.id);
    document["Name"] = json!(variable.name);
    document["Value"] = value;
    document["Type"] = json!(if variable.sensitive { "Sensitive" } else { "String" });
    document["IsEditable"] = json!(true);
    document["IsSensitive"] = json!(variable.sensitive);
    document["Prompt"] = prompt;
    document
}

fn document(world: &World, project: &Project) -> Value {
    let environments = world.environments.iter().filter(|it| it.space == project.space);
    let scopes: Vec<Value> = environments.map(|it| json!({ "Id": it.id, "Name": it.name })).collect();
    json!({
        "Id": project.variable_set(),
        "OwnerId": project.id,
        "SpaceId": project.space,
        "Version": project.variables_version,
        "Variables": project.variables.iter().map(variable_document).collect::<Vec<_>>(),
        "ScopeValues": { "Environments": scopes, "Machines": [], "Actions": [], "Roles": [], "Channels": [] },
        "Links": { "Self": format!("/api/{}/variables/{}", project.space, project.variable_set()) },
    })
}

/// `GET variables/{id}`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let at = owner(world, call)?;
    Ok(Response::json(200, &document(world, &world.projects[at])))
}

/// `PUT variables/{id}`: the whole set, with the version that the caller read.
pub(super) fn put(world: &mut World, call: &Call<'_>) -> Answer {
    let at = owner(world, call)?;
    let project = &world.projects[at];
    world.demand(call, "VariableEdit", &project.id, "")?;
    let body = call.body()?;
    let version = body.text("Version").and_then(|it| it.parse::<u32>().ok());
    if version != Some(project.variables_version) {
        return Err(Refusal::conflict(format!(
            "The variable set has the version {}, the request was made for {}.",
            project.variables_version,
            version.map_or_else(|| "none".to_owned(), |it| it.to_string())
        )));
    }
    let mut variables = Vec::new();
    for (number, sent) in body.objects("Variables").iter().enumerate() {
        let Some(name) = sent.filled("Name") else {
            return Err(Refusal::bad("Every variable needs a name."));
        };
        let old = sent.text("Id").and_then(|id| project.variables.iter().find(|it| it.id == id));
        variables.push(changed(
            sent,
            name,
            old,
            format!("5a7a0000-0001-4000-8000-{:0>6}{number:0>6}", version.unwrap_or(0)),
        ));
    }
    let project = &mut world.projects[at];
    project.variables = variables;
    project.variables_version += 1;
    Ok(Response::json(200, &document(world, &world.projects[at])))
}

/// A sent variable; a sensitive one that is sent without a value keeps its own.
fn changed(sent: &Body, name: String, old: Option<&Variable>, new_id: String) -> Variable {
    let sensitive =
        sent.flag("IsSensitive").unwrap_or(false) || sent.text("Type").as_deref() == Some("Sensitive");
    let kept = old.filter(|it| it.sensitive && sensitive).map(|it| it.value.clone());
    let prompt = sent.get("Prompt").is_some().then(|| {
        let prompt = sent.object("Prompt");
        let known = old.and_then(|it| it.prompt.clone());
        PromptSeed {
            name: name.clone(),
            label: prompt.text("Label"),
            description: prompt.text("Description").unwrap_or_default(),
            required: prompt.flag("Required").unwrap_or(false),
            secure: sensitive,
            default: String::new(),
            options: known.as_ref().map(|it| it.options.clone()).unwrap_or_default(),
            environments: known.map(|it| it.environments).unwrap_or_default(),
        }
    });
    let stored: Map<String, Value> = sent.0.clone();
    Variable {
        id: old.map_or(new_id, |it| it.id.clone()),
        value: sent.text("Value").or(kept).unwrap_or_default(),
        sensitive,
        prompt,
        stored: Some(Value::Object(stored)),
        name,
    }
}
