//! The door: a build event in, a verdict out.
//!
//! [Settings](crate::settings) and a [build event](crate::event) become a plan: for each action, run or skip, with the
//! reason. Everything here is pure.

pub mod inputs;
pub mod manifest;
pub mod outputs;
pub mod plan;
pub mod report;
pub mod result;
pub mod run;
pub mod servers;
pub mod status;
pub mod summary;
pub mod trouble;

pub use plan::{Decision, Occasion, Plan, Planned, PlannedAction, SkipReason, SourceError, Sources, Work};
