//! The door: a build event in, a verdict out.
//!
//! A settings file, flags and environment become a [`Document`]; a document becomes settings; settings and a
//! build event become a plan: for each action, run or skip, with the reason. Everything here is pure.

pub mod event;
pub mod expression;
pub mod inputs;
pub mod manifest;
pub mod outputs;
pub mod plan;
pub mod report;
pub mod result;
pub mod run;
pub mod servers;
pub mod settings;
pub mod status;
pub mod summary;
pub mod trouble;

mod condition;

pub use event::{Build, BuildEvent, Moment, Status};
pub use plan::{Decision, Occasion, Plan, Planned, PlannedAction, SkipReason, SourceError, Sources, Work};
pub use settings::{ActionKind, ConnectionSettings, Document, Settings};
