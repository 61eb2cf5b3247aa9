//! What is said of an input in every package.

use std::fmt::Write as _;

use crate::ci::inputs::{Input, InputKind};
use crate::ci::invocation::Command;

/// One entry for each input.
pub(super) fn each(inputs: &[Input], entry: impl Fn(&Input) -> String) -> String {
    inputs.iter().map(entry).collect()
}

/// The inputs that may stand in a pipeline's own text: all but secrets, whose variables are named instead.
pub(super) fn open(inputs: &[Input]) -> impl Iterator<Item = &Input> {
    inputs.iter().filter(|it| it.kind != InputKind::Secret)
}

/// What an input does, in one line for people: its help, how it is written, what holds without it, who takes it.
pub(super) fn described(input: &Input) -> String {
    let form = match input.kind {
        InputKind::List => " A JSON list, or one item a line.",
        InputKind::Map => " A JSON object, or one NAME=VALUE a line.",
        InputKind::Switch => " true or false.",
        _ => "",
    };
    described_as(input, form)
}

/// The same where it is written in this form.
pub(super) fn described_as(input: &Input, form: &str) -> String {
    let mut text = format!("{}{form}", input.help);
    if let Some(default) = &input.default {
        let _ = write!(text, " Default: {default}.");
    }
    if let Some(takers) = takers(input) {
        let _ = write!(text, " Only for {takers}.");
    }
    text
}

/// The commands that take an input that not all take.
pub(super) fn takers(input: &Input) -> Option<String> {
    // Nearly all are taken by what does something, so that is not worth a word.
    let doing = |it: &&Command| **it != Command::Event;
    let all = Command::ALL.iter().filter(doing).count();
    let names: Vec<_> = input.commands.iter().filter(doing).map(|it| it.name()).collect();
    (names.len() < all).then(|| names.join(", "))
}

/// A text as JSON and YAML both read it.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The values that an input may have, where these are few: of a switch and of a choice. Blank is as if not given.
pub(super) fn values(input: &Input) -> Option<Vec<&str>> {
    match &input.kind {
        InputKind::Switch => Some(vec!["", "true", "false"]),
        InputKind::Choice(values) => {
            Some(std::iter::once("").chain(values.iter().map(|(name, _)| name.as_str())).collect())
        }
        _ => None,
    }
}

/// The same as a list of JSON and YAML.
pub(super) fn listed(input: &Input) -> Option<String> {
    let values: Vec<_> = values(input)?.into_iter().map(quoted).collect();
    Some(format!("[{}]", values.join(", ")))
}
