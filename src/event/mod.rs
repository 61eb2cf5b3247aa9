//! Build events, and the language in which settings refer to them: expressions and conditions.

mod build_event;
pub(crate) mod condition;
pub mod expression;
mod moment;
mod wire;

pub use build_event::{Build, BuildEvent};
pub use moment::{Moment, Status, UnknownName};
pub(crate) use wire::schema;
