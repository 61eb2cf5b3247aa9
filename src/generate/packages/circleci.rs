//! The orb of CircleCI.

use super::words::{described, listed, open, quoted};
use crate::ci::inputs::Input;

pub(super) fn parameters(inputs: &[Input]) -> String {
    open(inputs)
        .map(|it| {
            let kind = listed(it).map_or("type: string".to_owned(), |it| format!("type: enum\n  enum: {it}"));
            format!("{}:\n  description: {}\n  {kind}\n  default: \"\"\n", it.name, quoted(&described(it)))
        })
        .collect()
}

pub(super) fn environment(inputs: &[Input]) -> String {
    open(inputs).map(|it| format!("{}: << parameters.{} >>\n", it.variable(), it.name)).collect()
}
