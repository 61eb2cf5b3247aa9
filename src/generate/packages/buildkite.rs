//! The plugin of Buildkite.

use super::words::{described, open, quoted};
use crate::ci::inputs::{Input, InputKind};

pub(super) fn properties(inputs: &[Input]) -> String {
    let schema = |it: &Input| match &it.kind {
        InputKind::Switch => "type: boolean".to_owned(),
        InputKind::Integer => "type: integer".to_owned(),
        InputKind::List => "type: [string, array]\n  items:\n    type: string".to_owned(),
        InputKind::Map => "type: [string, object]\n  additionalProperties:\n    type: string".to_owned(),
        InputKind::Choice(values) => {
            let names: Vec<_> = values.iter().map(|(name, _)| quoted(name)).collect();
            format!("type: string\n  enum: [{}]", names.join(", "))
        }
        _ => "type: string".to_owned(),
    };
    open(inputs)
        .map(|it| format!("{}:\n  description: {}\n  {}\n", it.name, quoted(&described(it)), schema(it)))
        .collect()
}
