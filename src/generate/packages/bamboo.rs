//! The script of Bamboo.

use super::words::each;
use crate::ci::inputs::{Input, InputKind};

/// Bamboo hands a plan's variable `promenade_to` to scripts as `bamboo_promenade_to`, and hides the values of those
/// that are called secret.
pub(super) fn exports(inputs: &[Input]) -> String {
    each(inputs, |it| {
        let secret = if it.kind == InputKind::Secret { "_secret" } else { "" };
        let name = it.name.replace('-', "_");
        format!("export {}=\"${{bamboo_promenade_{name}{secret}-}}\"\n", it.variable())
    })
}
