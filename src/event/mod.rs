//! Build events, and the language in which settings speak of them: expressions and conditions.

mod build_event;
pub(crate) mod condition;
pub mod expression;
mod moment;
mod wire;

pub use build_event::{Build, BuildEvent};
pub use moment::{Moment, Status, UnknownName};
pub(crate) use wire::schema;
