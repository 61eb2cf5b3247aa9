//! The events of a run: facts, which the listener words for its readers.

use crate::actions::{ActionError, Outcome};
use crate::backend::Notice;
use crate::ci::plan::{Planned, SkipReason};
use crate::ci::report::result::RunResult;

/// Something that happens while a plan is carried out.
///
/// Of each action either `Skipped` is reported; or `Began`, its notices, and then `Ended` or `Skipped`; or `Ended`
/// alone, where it turned out before its beginning that it cannot be carried out. `Finished` comes last.
#[derive(Debug, Clone, Copy)]
pub enum RunEvent<'a> {
    /// An action does not run. One that began before has changed nothing.
    Skipped {
        /// The action.
        action: &'a Planned,
        /// Why it does not run.
        because: &'a SkipReason,
    },
    /// An action begins.
    Began {
        /// The action.
        action: &'a Planned,
        /// Its place in the plan, from 0.
        at: usize,
    },
    /// Something happened while an action ran.
    Notice {
        /// The action.
        action: &'a Planned,
        /// What happened.
        notice: &'a Notice,
        /// Whether it is trouble that directly follows trouble.
        repeated: bool,
    },
    /// An action is over.
    Ended {
        /// The action.
        action: &'a Planned,
        /// Its outcome, or why it has none.
        result: &'a Result<Outcome, ActionError>,
    },
    /// Every action has ended or is skipped.
    Finished(&'a RunResult),
}

/// Whoever listens to a run.
pub type Listener<'a> = dyn Fn(&RunEvent<'_>) + Send + Sync + 'a;
