//! What the checks of a folder find.

use std::collections::BTreeSet;

use super::definitions::Note;
use crate::document::{Origin, Problem};

/// Problems and notes, in no order yet.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) problems: Vec<Problem>,
    pub(super) notes: Vec<Note>,
}

impl Found {
    /// A problem, and its fix.
    pub(super) fn problem(&mut self, at: &Origin, message: impl Into<String>, remedy: impl Into<String>) {
        self.problems.push(Problem::new(at, message, remedy));
    }

    /// Something that is no problem and may surprise.
    pub(super) fn note(&mut self, at: &Origin, message: impl Into<String>) {
        self.notes.push(Note::new(at, message));
    }

    /// The notes in the order of their locations, each once.
    pub(super) fn notes(self) -> Vec<Note> {
        self.notes.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
    }
}
