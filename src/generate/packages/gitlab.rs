//! The component of GitLab.

use super::words::{described, described_as, each, listed, quoted};
use crate::ci::inputs::{Input, InputKind};

/// GitLab puts an input into the text of the component before it reads that as YAML: a text as it is, so that a line
/// break would end it there, and a list as JSON, in which a line break is none.
pub(super) fn is_gitlab_array(input: &Input) -> bool {
    input.kind.is_several() || ["settings", "notes"].contains(&input.name.as_str())
}

pub(super) fn inputs(inputs: &[Input]) -> String {
    each(inputs, |it| {
        let (kind, default) = match it.name.as_str() {
            // GitLab takes output values from the file that the job declares.
            "outputs-file" => ("string", "promenade.env"),
            _ if is_gitlab_array(it) => ("array", "[]"),
            _ => ("string", "\"\""),
        };
        let options = listed(it).map(|it| format!("  options: {it}\n")).unwrap_or_default();
        let description = match it.kind {
            InputKind::List => described_as(it, " A list."),
            InputKind::Map => described_as(it, " A list of NAME=VALUE."),
            _ if is_gitlab_array(it) => described_as(it, " A list of its parts, each a line or several."),
            _ => described(it),
        };
        let description = quoted(&description);
        format!("{}:\n  description: {description}\n  type: {kind}\n  default: {default}\n{options}", it.name)
    })
}

/// A value stands in a block of its own, whose indentation is said: there it is text, whatever signs it begins with.
/// GitLab puts no values of variables into a list, since it would put them into its JSON: promenade does.
pub(super) fn variables(inputs: &[Input]) -> String {
    each(inputs, |it| {
        let (variable, name) = (it.variable(), &it.name);
        if is_gitlab_array(it) {
            format!("{variable}_JSON:\n  value: |2-\n    $[[ inputs.{name} ]]\n  expand: false\n")
        } else {
            format!("{variable}: |2-\n  $[[ inputs.{name} ]]\n")
        }
    })
}
