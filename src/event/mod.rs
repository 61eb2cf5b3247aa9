//! Build events, and the language in which settings speak of them: expressions and conditions.

mod build_event;
pub(crate) mod condition;
pub mod expression;

pub(crate) use build_event::schema;
pub use build_event::{Build, BuildEvent, Moment, Status, UnknownName};
