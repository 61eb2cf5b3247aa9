//! Variables: `%Name%` of the build, `%Environment.NAME%` of the process.

use std::collections::BTreeMap;

use super::error::ExpressionError;
use super::property::property_names;
use super::scope::Scope;
use crate::text::nearest;

const ENVIRONMENT: &str = "environment.";

/// The value of a variable.
///
/// # Errors
/// A variable that is not defined, can mean several, or cannot be read.
pub(super) fn variable(name: &str, scope: &Scope<'_>) -> Result<String, ExpressionError> {
    match name.get(..ENVIRONMENT.len()).filter(|it| it.eq_ignore_ascii_case(ENVIRONMENT)) {
        Some(own) => of_process(name, name.get(own.len()..).unwrap_or_default(), scope),
        None => of_build(name, scope),
    }
}

fn of_process(name: &str, key: &str, scope: &Scope<'_>) -> Result<String, ExpressionError> {
    if scope.run.is_unreadable(key) {
        return Err(ExpressionError::new(
            format!("`%{name}%` has no value: the environment variable `{key}` is not Unicode text"),
            "set it again".to_owned(),
        ));
    }
    scope.environment.get(key).cloned().ok_or_else(|| {
        let remedy = match nearest(key, scope.environment.keys().map(String::as_str)) {
            Some(near) => format!("did you mean `%Environment.{near}%`?"),
            None => "set it for this process".to_owned(),
        };
        ExpressionError::new(
            format!("`%{name}%` has no value: the environment has no variable `{key}`"),
            remedy,
        )
    })
}

/// A variable of the build. Where none has exactly this name, upper and lower case do not count.
fn of_build(name: &str, scope: &Scope<'_>) -> Result<String, ExpressionError> {
    let none = BTreeMap::new();
    let variables = scope.event.map_or(&none, |it| &it.variables);
    if let Some(exact) = variables.get(name) {
        return Ok(exact.clone());
    }
    let alike: Vec<_> = variables.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).collect();
    match alike.as_slice() {
        [(_, one)] => Ok((*one).clone()),
        [] => Err(undefined(name, variables)),
        several => {
            let names: Vec<_> = several.iter().map(|(key, _)| format!("`%{key}%`")).collect();
            Err(ExpressionError::new(
                format!("`%{name}%` can mean several variables: {}", names.join(", ")),
                "write the name as the one that is meant is written".to_owned(),
            ))
        }
    }
}

fn undefined(name: &str, variables: &BTreeMap<String, String>) -> ExpressionError {
    let property = property_names().find(|it| it.eq_ignore_ascii_case(name));
    let remedy = match (property, nearest(name, variables.keys().map(String::as_str))) {
        (Some(property), _) => format!("the build's own property is written `${property}$`"),
        (None, Some(near)) => format!("did you mean `%{near}%`?"),
        (None, None) => format!(
            "have the event carry it under `variables`, or read the environment with `%Environment.{name}%`"
        ),
    };
    ExpressionError::new(format!("the variable `%{name}%` is not defined"), remedy)
}
