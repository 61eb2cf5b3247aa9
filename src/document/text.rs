//! A text with its provenance: whether expressions are read in it, and which parts of it came from outside.
//!
//! The settings file was written by a person who may deploy anyway. A build event, an input, a flag or a file of notes
//! may contain foreign text, such as the title of a pull request. Expressions in it are not read, and the code that
//! escapes templates later needs to know which parts are foreign.

use std::fmt;
use std::ops::Range;

/// A text, whether its expressions are still to be replaced, and which parts of it came from outside.
///
/// Its `Debug` form does not show it: it may be a misplaced secret.
#[derive(Clone, PartialEq)]
pub struct Text {
    text: String,
    has_expressions: bool,
    outside: Vec<Range<usize>>,
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }
}

impl Text {
    /// A literal text, in which nothing is read.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), has_expressions: false, outside: Vec::new() }
    }

    /// A text of the settings file, in which expressions are read.
    pub fn of_settings(text: impl Into<String>) -> Self {
        Self { has_expressions: true, ..Self::plain(text) }
    }

    /// A text from outside, in which expressions are read only if the user has enabled that.
    pub fn from_outside(text: impl Into<String>, has_expressions: bool) -> Self {
        let text = text.into();
        let outside = std::iter::once(0..text.len()).collect();
        Self { text, has_expressions, outside }
    }

    /// A text of finished pieces, in which nothing is read any more; each piece records whether it came from outside.
    pub fn of_pieces<'a>(pieces: impl IntoIterator<Item = (&'a str, bool)>) -> Self {
        let mut made = Self::plain("");
        for (text, is_outside) in pieces {
            let from = made.text.len();
            made.text.push_str(text);
            if is_outside && !text.is_empty() {
                made.outside.push(from..made.text.len());
            }
        }
        made
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether expressions are read in it.
    pub fn has_expressions(&self) -> bool {
        self.has_expressions
    }

    /// Whether a part of it came from outside.
    pub fn is_from_outside(&self) -> bool {
        !self.outside.is_empty()
    }

    /// The parts of it that came from outside, in bytes.
    pub fn outside(&self) -> &[Range<usize>] {
        &self.outside
    }
}
