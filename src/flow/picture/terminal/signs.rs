//! The signs that lines and boxes on a terminal are made of.

use anstyle::{AnsiColor, Style};

use crate::flow::picture::state::State;

/// The signs of one kind of terminal.
pub(super) struct Signs {
    /// Lines by where they lead: 1 up, 2 down, 4 left, 8 right.
    lines: [&'static str; 16],
    pub(super) corners: [&'static str; 4],
    pub(super) arrow: &'static str,
    pub(super) ellipsis: &'static str,
    unicode: bool,
}

pub(super) const UP: usize = 1;
pub(super) const DOWN: usize = 2;
pub(super) const LEFT: usize = 4;
pub(super) const RIGHT: usize = 8;

impl Signs {
    pub(super) fn of(unicode: bool) -> Self {
        if unicode {
            Self {
                lines: [" ", "│", "│", "│", "─", "┘", "┐", "┤", "─", "└", "┌", "├", "─", "┴", "┬", "┼"],
                corners: ["┌", "┐", "└", "┘"],
                arrow: "►",
                ellipsis: "…",
                unicode,
            }
        } else {
            Self {
                lines: [" ", "|", "|", "|", "-", "+", "+", "+", "-", "+", "+", "+", "-", "+", "+", "+"],
                corners: ["+"; 4],
                arrow: ">",
                ellipsis: "...",
                unicode,
            }
        }
    }

    /// The sign of a line that leads to these sides.
    pub(super) fn line(&self, sides: usize) -> &'static str {
        self.lines[sides & 15]
    }

    /// The mark and the word of a state.
    pub(super) fn state(&self, state: State) -> String {
        let mark = if self.unicode { state.mark() } else { state.ascii_mark() };
        format!("{mark} {}", state.word())
    }
}

/// The colour of a state.
pub(super) fn style(state: State) -> Style {
    match state {
        State::Passed => AnsiColor::Green.on_default(),
        State::Running => AnsiColor::Blue.on_default(),
        State::NeedsPerson => AnsiColor::Yellow.on_default(),
        State::Failed | State::Refused => AnsiColor::Red.on_default(),
        State::Unknown => AnsiColor::Magenta.on_default(),
        State::Pending | State::Waiting | State::Cancelled | State::Skipped => Style::new().dimmed(),
    }
}
