//! Everything that leaves the process goes through here, so that no secret leaves with it.

mod bug;
mod end;
mod hiding;
mod lane;
mod progress;
mod report;
mod run;
mod server;
mod sink;
mod streams;
mod text;
mod trace;

pub(crate) use bug::hide_panics;
pub(crate) use run::RunPrinter;
pub(crate) use sink::{Manner, Output};
