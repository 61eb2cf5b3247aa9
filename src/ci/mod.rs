//! The door: a build event in, a verdict out.
//!
//! A settings file, flags and environment become a [`Document`]; a document becomes settings; settings and a
//! build event become a plan: for each action, run or skip, with the reason. Everything here is pure.

pub mod event;
pub mod expression;
pub mod inputs;
pub mod plan;
pub mod report;
pub mod run;
pub mod servers;
pub mod settings;

mod check;
mod condition;
mod document;
mod problem;
pub(crate) mod schema;

pub use document::Document;
pub use event::{Build, BuildEvent, Moment, Status};
pub use plan::{Decision, Occasion, Plan, Planned, PlannedAction, SkipReason, SourceError, Sources, Work};
pub use problem::{Origin, Problem, Problems};
pub use report::{outputs, problem as trouble, result, status, summary};
pub use settings::{ActionKind, ConnectionSettings, Settings};
