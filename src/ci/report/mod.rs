//! What a run reports, one file for each form: lines of the log, the record for machines, the page of a CI server,
//! the values for later steps, and the problems of a build.

mod causes;
pub mod flows;
mod line;
mod lines;
mod notice;
pub mod outputs;
pub mod problem;
pub(crate) mod record;
pub mod releases;
pub mod result;
mod span;
pub mod status;
pub mod summary;
mod verdict;

pub use line::{Line, Tone};
pub use lines::{begins, lines, plain_error, verdict, would_run};
pub use outputs::Output;
pub use problem::BuildProblem;
pub use span::span;
