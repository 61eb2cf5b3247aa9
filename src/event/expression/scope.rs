//! What expressions can see.

use std::collections::BTreeMap;

use crate::event::BuildEvent;

/// What expressions can see.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The build event; without one no property of a build has a value.
    pub event: Option<&'a BuildEvent>,
    /// The process's environment.
    pub environment: &'a BTreeMap<String, String>,
    /// What a known property gives that this event does not have.
    pub missing: Missing,
    /// Which texts hold a secret of this run, and which variables cannot be read.
    pub run: &'a dyn RunContext,
}

/// What expressions need from the run in addition to its event and its environment.
pub trait RunContext {
    /// The text with every secret of this run masked: another text where it holds one, and only there.
    fn redacted(&self, text: &str) -> String;

    /// Whether an environment variable of this name is set and is not Unicode text.
    fn is_unreadable(&self, variable: &str) -> bool;
}

/// What a known property gives that the event at hand does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// An error: an action must not continue with a blank.
    IsAnError,
    /// An empty text: a condition may test for it.
    IsEmpty,
}
