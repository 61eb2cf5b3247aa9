//! Expressions in a setting's text: `$Build.Version$`, `%Variable%`, `%Environment.NAME%`, and functions of their
//! values: `$Build.Branch | Replace "[^0-9A-Za-z]+" "-"$`.
//!
//! `$$` and `%%` stand for the signs themselves. The value of an expression is not read again, so a branch or a
//! variable that contains `%…%`, by chance or by malice, stays text. No expression reveals a secret of the run.

mod error;
mod function;
mod property;
mod resolve;
mod scope;
mod syntax;
mod variable;

pub use error::ExpressionError;
pub use resolve::resolve;
pub(crate) use resolve::{check_text, is_open, resolve_text};
pub use scope::{Missing, RunContext, Scope};
pub use syntax::check;
pub(crate) use syntax::{is_in, names};
