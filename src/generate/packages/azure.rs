//! The template of Azure Pipelines.

use super::words::{described, each};
use crate::ci::inputs::{Input, InputKind};

/// Azure's names have no hyphens, since they could not be referred to without brackets.
pub(super) fn name(name: &str) -> String {
    let mut words = name.split('-');
    let mut joined = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        joined.extend(letters.next().into_iter().flat_map(char::to_uppercase).chain(letters));
    }
    joined
}

pub(super) fn parameters(inputs: &[Input]) -> String {
    each(inputs, |it| {
        let rest = match &it.kind {
            InputKind::List => "type: object\n  default: []".to_owned(),
            InputKind::Map => "type: object\n  default: {}".to_owned(),
            // Azure takes no blank among the values of a parameter, so that a choice could not be left open.
            _ => "type: string\n  default: \"\"".to_owned(),
        };
        format!("# {}\n- name: {}\n  {rest}\n", described(it), name(&it.name))
    })
}

/// The agent puts the values of variables into a step's environment, after lists have become JSON. So that it finds no
/// reference to one there, the sign that a reference begins with is written as JSON may write it; promenade reads it.
pub(super) fn env(inputs: &[Input]) -> String {
    each(inputs, |it| {
        let (variable, name) = (it.variable(), name(&it.name));
        if it.kind.is_several() {
            let json = format!("replace(convertToJson(parameters.{name}), '$(', '$\\u0028')");
            format!("{variable}_JSON: ${{{{ {json} }}}}\n")
        } else {
            format!("{variable}: ${{{{ parameters.{name} }}}}\n")
        }
    })
}
