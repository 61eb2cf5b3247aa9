//! The door: a build event in, a verdict out.
//!
//! [Settings](crate::settings) and a [build event](crate::event) become a plan: for each action, run or skip, with the
//! reason. The plan is carried out, and what a run reports is put into the forms that people and CI servers read.

pub mod inputs;
pub mod invocation;
pub mod names;
pub mod plan;
pub mod report;
pub mod run;
pub mod servers;
mod sources;

pub use plan::{Decision, Occasion, Plan, Planned, PlannedAction, SkipReason, Work};
pub use sources::{Files, SourceError, Sources};
