//! The recipe and the meta-runner of TeamCity.

use super::words::{described, each, quoted, values};
use crate::ci::inputs::{Input, InputKind};

/// The longest description that TeamCity takes in a recipe.
pub(super) const LONGEST_DESCRIPTION: usize = 250;

pub(super) fn inputs(inputs: &[Input]) -> String {
    each(inputs, |it| {
        let mut description = described(it);
        if description.chars().count() > LONGEST_DESCRIPTION {
            description = description.chars().take(LONGEST_DESCRIPTION - 1).collect();
            description.push('…');
        }
        let kind = match it.kind {
            InputKind::Secret => "type: password".to_owned(),
            _ => values(it).map_or("type: text".to_owned(), |values| {
                let options: String =
                    values.into_iter().map(|it| format!("\n      - {}", quoted(it))).collect();
                format!("type: select\n    options:{options}")
            }),
        };
        format!(
            "- env.{}:\n    label: {}\n    description: {}\n    required: false\n    default: \"\"\n    {kind}\n",
            it.variable(),
            quoted(&it.name),
            quoted(&description)
        )
    })
}

pub(super) fn params(inputs: &[Input]) -> String {
    each(inputs, |it| {
        let kind = match &it.kind {
            InputKind::Secret => "password".to_owned(),
            _ => values(it).map_or("text".to_owned(), |values| {
                let data: String = values
                    .into_iter()
                    .enumerate()
                    .map(|(at, it)| format!(" data_{}='{}'", at + 1, in_service_message(it)))
                    .collect();
                format!("select{data}")
            }),
        };
        let (label, description) = (in_service_message(&it.name), in_service_message(&described(it)));
        let spec = format!("{kind} label='{label}' description='{description}' display='normal'");
        format!("<param name=\"env.{}\" value=\"\" spec=\"{}\" />\n", it.variable(), in_xml(&spec))
    })
}

/// As a value stands in the specification of a parameter of TeamCity's.
pub(super) fn in_service_message(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for it in text.chars() {
        if matches!(it, '|' | '\'' | '[' | ']') {
            escaped.push('|');
        }
        escaped.push(it);
    }
    escaped
}

pub(super) fn in_xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
