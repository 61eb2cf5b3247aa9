//! Lines and columns of a text.

use std::cell::Cell;
use std::sync::Arc;

use super::problem::Origin;

/// Converts byte offsets of a text into lines and columns.
pub(crate) struct Lines<'a> {
    text: &'a str,
    file: Arc<str>,
    starts: Vec<usize>,
    /// The last location, as offset and column: texts are read forwards, and counting the characters of a long line
    /// from its start each time would be quadratic.
    last: Cell<(usize, usize)>,
}

impl<'a> Lines<'a> {
    /// Finds the lines of a text; `file` is its name in locations.
    pub(crate) fn of(text: &'a str, file: &Arc<str>) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, file: Arc::clone(file), starts, last: Cell::new((0, 1)) }
    }

    /// The location of a byte; an offset after the end gives the end.
    pub(crate) fn origin(&self, offset: usize) -> Origin {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|it| *it <= offset);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let (last, last_column) = self.last.get();
        let (from, before) = if (start..=offset).contains(&last) { (last, last_column) } else { (start, 1) };
        let passed = self.text.get(from..offset).map_or(offset - from, |it| it.chars().count());
        let column = before + passed;
        self.last.set((offset, column));
        Origin::File { file: Arc::clone(&self.file), line, column }
    }
}
