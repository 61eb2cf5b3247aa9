//! The action of GitHub, Gitea and Forgejo.

use super::words::{described, each, quoted};
use crate::ci::inputs::Input;

pub(super) fn inputs(inputs: &[Input]) -> String {
    each(inputs, |it| format!("{}:\n  description: {}\n  required: false\n", it.name, quoted(&described(it))))
}

/// GitHub tells no step how its job stands, so the status is passed on.
pub(super) fn env(inputs: &[Input]) -> String {
    each(inputs, |it| {
        let value = match it.name.as_str() {
            "status" => "inputs.status || job.status".to_owned(),
            name => format!("inputs.{name}"),
        };
        format!("{}: ${{{{ {value} }}}}\n", it.variable())
    })
}
