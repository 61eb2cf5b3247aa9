//! What a run reports, one file for each form: lines of the log, the record for machines, the page of a CI server,
//! the values for later steps, and the problems of a build.

mod lines;
pub mod outputs;
pub mod problem;
pub mod result;
pub mod status;
pub mod summary;

pub use lines::*;
