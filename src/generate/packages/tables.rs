//! Tables of inputs, and their names, for people.

use std::fmt::Write as _;

use super::words::{each, quoted, takers};
use crate::ci::inputs::{Input, InputKind};

/// A Markdown table for people.
pub(super) fn table(inputs: &[Input]) -> String {
    rows(inputs, "Input", |it| it.name.clone())
}

/// A Markdown table of the variables, for servers whose packages have no names of their own.
pub(super) fn variables(inputs: &[Input]) -> String {
    rows(inputs, "Variable", Input::variable)
}

pub(super) fn rows(inputs: &[Input], head: &str, name: impl Fn(&Input) -> String) -> String {
    let mut text =
        format!("\n| {head} | Value | Default | For | Meaning |\n| --- | --- | --- | --- | --- |\n");
    for input in inputs {
        let value = match &input.kind {
            InputKind::Switch => "`true` or `false`".to_owned(),
            InputKind::Text => "text".to_owned(),
            InputKind::Integer => "number".to_owned(),
            InputKind::Duration => "duration".to_owned(),
            InputKind::Time => "time".to_owned(),
            InputKind::Choice(values) => {
                values.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            }
            InputKind::List => "list".to_owned(),
            InputKind::Map => "names and values".to_owned(),
            InputKind::Secret => "secret".to_owned(),
        };
        let default = input.default.as_ref().map(|it| format!("`{it}`")).unwrap_or_default();
        let takers = takers(input).unwrap_or_else(|| "all".to_owned());
        let cells = [format!("`{}`", name(input)), value, default, takers, input.help.clone()];
        let _ = writeln!(text, "| {} |", cells.map(|it| it.replace('|', "\\|")).join(" | "));
    }
    text.push('\n');
    text
}

/// Quoted names with a comma behind each, as most languages write the items of a list.
pub(super) fn names(inputs: &[Input]) -> String {
    each(inputs, |it| format!("{},\n", quoted(&it.name)))
}
