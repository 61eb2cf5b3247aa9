//! The functions that change a value.

use regex::{NoExpand, Regex};

use super::error::ExpressionError;
use crate::text::{choices, nearest};

/// What can be done with a value, by the names that Octopus's own filters have.
pub(super) enum Function {
    /// Replaces every match of a regular expression by a text.
    Replace(Regex, String),
    ToLower,
    ToUpper,
    Trim,
}

const FUNCTIONS: [&str; 4] = ["Replace", "ToLower", "ToUpper", "Trim"];

impl Function {
    /// The value, changed.
    pub(super) fn of(&self, value: String) -> String {
        match self {
            Self::Replace(pattern, with) => pattern.replace_all(&value, NoExpand(with)).into_owned(),
            Self::ToLower => value.to_lowercase(),
            Self::ToUpper => value.to_uppercase(),
            Self::Trim => value.trim().to_owned(),
        }
    }

    /// Reads a function and its arguments, each in double quotes.
    pub(super) fn read(text: &str) -> Result<Self, ExpressionError> {
        let error = ExpressionError::new;
        let text = text.trim();
        let end = text.find(|it: char| it.is_whitespace() || it == '"').unwrap_or(text.len());
        let (name, mut rest) = text.split_at(end);
        let known = FUNCTIONS.iter().find(|it| it.eq_ignore_ascii_case(name)).copied();
        let Some(known) = known else {
            return Err(error(
                format!("there is no function `{name}`"),
                match nearest(name, FUNCTIONS) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known are {}", choices(FUNCTIONS)),
                },
            ));
        };
        let form = match known {
            "Replace" => "Replace \"pattern\" \"text\"",
            other => other,
        };
        let wrong =
            || error(format!("`{known}` does not have the arguments it needs"), format!("write `{form}`"));
        let mut arguments = Vec::new();
        while !rest.trim_start().is_empty() {
            let quoted = rest.trim_start().strip_prefix('"').and_then(|it| it.split_once('"'));
            let (argument, after) = quoted.ok_or_else(wrong)?;
            arguments.push(argument);
            rest = after;
        }
        match (known, arguments.as_slice()) {
            ("Replace", [pattern, with]) => {
                let pattern = Regex::new(pattern).map_err(|cause| {
                    let whole = cause.to_string();
                    let cause =
                        whole.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                    error(
                        format!("`{pattern}` is not a valid regular expression: {cause}"),
                        "correct it".to_owned(),
                    )
                })?;
                Ok(Self::Replace(pattern, (*with).to_owned()))
            }
            ("ToLower", []) => Ok(Self::ToLower),
            ("ToUpper", []) => Ok(Self::ToUpper),
            ("Trim", []) => Ok(Self::Trim),
            _ => Err(wrong()),
        }
    }
}
