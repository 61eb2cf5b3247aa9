//! Text to a tree that knows its places, and what is wrong with it: every problem with its place and a remedy.
//!
//! TOML and JSON become the same tree, so that one check and one wording of problems serve both.

mod json;
mod lines;
mod problem;
mod read;
pub(crate) mod schema;
mod text;
mod toml;
mod tree;
mod validate;
mod value;

pub use problem::{Origin, Problem, Problems};
pub(crate) use read::{parse_json, read_json, read_toml};
pub(crate) use text::Text;
pub(crate) use tree::{Entry, Node, Table, Value};
pub(crate) use validate::{Texts, validate};
pub(crate) use value::{Span, Time};
