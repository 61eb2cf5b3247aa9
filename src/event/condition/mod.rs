//! Conditions over a build event: what must hold for any action to run.

mod evaluate;
mod wire;

pub(crate) use evaluate::{Evaluation, evaluate, shape_problem};
pub(crate) use wire::{Condition, Conditions};
