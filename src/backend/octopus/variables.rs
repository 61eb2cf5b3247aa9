//! Edits a project's own variables, as Continua's handler does before each action.
//!
//! Two builds race on the one set, the values stay afterwards, and an existing release keeps its snapshot until that is
//! refreshed. Prompted variables have none of these problems; this is for users who migrate from Continua.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::backend::{BackendError, Context, Notice};
use crate::model::{ProjectName, PromptedValue};
use crate::octopus::{self as api, SpaceId};

use super::Octopus;
use super::matching::{same, unknown};
use super::place::release_id;
use super::writing::Sent;

impl Octopus {
    /// Sets the unscoped values of a project's variables; a variable that the project lacks is an error.
    ///
    /// # Errors
    ///
    /// An unknown variable, a project whose variables are kept in git, a concurrent edit by another user, a refusal, or
    /// no answer.
    pub async fn edit_variables(
        &self,
        project: &ProjectName,
        values: &BTreeMap<String, PromptedValue>,
        context: Context<'_>,
    ) -> Result<(), BackendError> {
        let space = self.space(context).await?;
        let document = self.project(project, context).await?;
        let Some(set) = &document.variable_set_id else {
            return Err(BackendError::Impossible(format!(
                "the server does not name the variable set of '{project}'"
            )));
        };
        let doing = format!("editing the variables of project '{project}'");
        let mut variables = self.look(&doing, &api::variable::get(&space, set), context).await?;
        if !apply(&mut variables, values)? {
            return Ok(());
        }
        let names: Vec<_> = values.keys().map(String::as_str).collect();
        (context.say)(Notice::Warning(format!(
            "editing the variables {} of project '{project}' itself: the values stay there for every later release",
            names.join(", ")
        )));
        match self.write(&api::variable::put(&space, set, variables), context).await {
            Ok(Sent::Answered(_)) => Ok(()),
            // The document carries a version number, so a repeated or late write cannot overwrite another's.
            Ok(Sent::Lost(error)) => {
                let now = self.look(&doing, &api::variable::get(&space, set), context).await?;
                if apply(&mut now.clone(), values)? {
                    return Err(BackendError::from_client(doing, error));
                }
                Ok(())
            }
            Err(error) => Err(BackendError::from_client(doing, error)),
        }
    }

    /// Updates a release's snapshot of the project's variables.
    ///
    /// # Errors
    ///
    /// The server refuses, as it does when the process changed since the release, or does not answer.
    pub(super) async fn refresh_snapshot(
        &self,
        space: &SpaceId,
        release: &str,
        context: Context<'_>,
    ) -> Result<(), BackendError> {
        let release = release_id(release)?;
        let request = api::release::snapshot_variables(space, &release, None);
        self.forget_previews(&release);
        // Refreshing twice has the same effect as once, so the request is repeated until it is answered.
        let answer = self.write_repeatedly(&request, context).await;
        answer
            .map(drop)
            .map_err(|error| BackendError::from_client("refreshing the release's variables", error))
    }
}

/// Writes the values into the set's document; returns whether anything changed.
fn apply(document: &mut Value, values: &BTreeMap<String, PromptedValue>) -> Result<bool, BackendError> {
    let variables = document.get_mut("Variables").and_then(Value::as_array_mut);
    let Some(variables) = variables else {
        return Err(BackendError::Impossible("the server sent a variable set without variables".into()));
    };
    let name_of = |it: &Value| it.get("Name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let unscoped =
        |it: &Value| it.get("Scope").and_then(Value::as_object).is_none_or(serde_json::Map::is_empty);
    let known: Vec<String> = variables.iter().map(name_of).collect();
    let mut changed = false;
    for (name, value) in values {
        let Some(variable) = variables.iter_mut().find(|it| same(&name_of(it), name) && unscoped(it)) else {
            return Err(unknown("unscoped variable", name, known.into_iter()));
        };
        if variable.get("Value").and_then(Value::as_str) != Some(value.expose()) {
            variable["Value"] = Value::String(value.expose().to_owned());
            changed = true;
        }
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_unscoped_value_is_written_and_the_rest_is_kept() {
        let mut document = json!({"Version": 4, "Variables": [
            {"Id": "a", "Name": "Colour", "Value": "red", "Scope": {"Environment": ["Environments-1"]}},
            {"Id": "b", "Name": "Colour", "Value": "blue", "Scope": {}, "IsSensitive": false}]});
        let values = BTreeMap::from([("colour".to_owned(), PromptedValue::Plain("green".into()))]);
        assert!(apply(&mut document, &values).unwrap());
        assert_eq!(document["Variables"][0]["Value"], "red");
        assert_eq!(document["Variables"][1]["Value"], "green");
        assert_eq!(document["Version"], 4);
        assert!(!apply(&mut document, &values).unwrap(), "nothing is left to change");
        let values = BTreeMap::from([("Color".to_owned(), PromptedValue::Plain("x".into()))]);
        assert!(matches!(apply(&mut document, &values), Err(BackendError::Unknown { .. })));
    }
}
