//! What the checks of a folder find.

use std::collections::BTreeSet;

use super::definitions::Note;
use crate::document::{Origin, Problem};
use crate::text::nearest;

/// After so many problems no nearest name is looked for.
const MOST_COMPARED: usize = 200;

/// Problems and notes, in no order yet.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) problems: Vec<Problem>,
    pub(super) notes: Vec<Note>,
}

impl Found {
    /// The nearest of these names. In a folder that is wrong as a whole none is looked for: comparing would take minutes.
    pub(super) fn nearest<'a>(
        &self,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        if self.problems.len() < MOST_COMPARED { nearest(name, known) } else { None }
    }

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
