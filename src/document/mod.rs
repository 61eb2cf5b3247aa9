//! Reads text into a tree with locations, and reports every problem with its location and a fix.
//!
//! TOML, JSON and YAML become the same tree, so that one check and one wording of problems serve all three.

mod coerce;
mod json;
mod lines;
mod number;
mod problem;
mod read;
pub(crate) mod schema;
mod text;
mod toml;
mod tree;
mod validate;
mod value;
mod yaml;

pub use coerce::numbers_as_texts;
pub use problem::{Origin, Problem, Problems};
pub use read::{Format, Source, read, read_all};
pub(crate) use read::{parse_json, read_json, read_toml, what_can_be_read};
pub use text::Text;
pub use tree::{Entry, Node, Table, Value};
pub use validate::{Texts, validate};
pub(crate) use value::{Period, Span, Time};
