//! The pipe of Bitbucket Pipelines.

use super::words::{described, each};
use crate::ci::inputs::Input;

pub(super) fn variables(inputs: &[Input]) -> String {
    each(inputs, |it| format!("# {}\n- name: {}\n  default: \"\"\n", described(it), it.variable()))
}
