//! A line of the log, and how it is meant.

use crate::text::clean;

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How it is meant.
    pub tone: Tone,
    /// The text, without line breaks or other control characters.
    pub text: String,
    /// How many bytes of the text are promenade's own words before a message.
    head: usize,
    /// Whether it is printed at every level, whatever its tone.
    always: bool,
}

impl Line {
    /// A line.
    #[must_use]
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { tone, text: text.into(), head: 0, always: false }
    }

    /// The lines of a text that may be foreign. A text of several lines stays one message: each line of it begins
    /// with `head`.
    pub(super) fn of_text(tone: Tone, head: &str, text: &str) -> Vec<Self> {
        let head = format!("{head}: ");
        text.lines().map(|it| Self::of_message(tone, &head, it)).collect()
    }

    /// A line of a message, after words of ours that begin each line of it.
    pub(super) fn of_message(tone: Tone, head: &str, text: &str) -> Self {
        Self { head: head.len(), ..Self::new(tone, format!("{head}{}", clean(text))) }
    }

    /// The same line, printed even where an action's log is switched off.
    pub(super) fn always(self) -> Self {
        Self { always: true, ..self }
    }

    /// Our own words before the message; blank where the line is all ours.
    #[must_use]
    pub fn head(&self) -> &str {
        &self.text[..self.head]
    }

    /// The message's line without our words.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.text[self.head..]
    }

    /// Whether two lines that follow each other are of one message, so that they have to be searched for secrets
    /// together.
    #[must_use]
    pub fn is_of_one_message(&self, next: &Self) -> bool {
        self.head > 0 && self.tone == next.tone && self.always == next.always && self.head() == next.head()
    }

    /// Whether the line is printed even where an action's log is switched off.
    #[must_use]
    pub fn is_always_printed(&self) -> bool {
        self.always || self.tone.is_always_printed()
    }
}

/// How a line is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// What happens.
    Plain,
    /// A line of a step's log.
    Log,
    /// A good end.
    Good,
    /// Something to know, although nothing failed.
    Warning,
    /// A bad end, or an error.
    Bad,
}

impl Tone {
    /// Whether a line is printed even where an action's log is switched off.
    #[must_use]
    pub fn is_always_printed(self) -> bool {
        matches!(self, Self::Good | Self::Warning | Self::Bad)
    }
}
