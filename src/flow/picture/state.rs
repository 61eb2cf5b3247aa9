//! The states of a step in a picture: each has a word, a mark and a colour, so that no state is told by colour alone.

use serde::Serialize;

/// How far a step of a flow has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Not started.
    Pending,
    /// Being carried out.
    Running,
    /// Waiting for a time or for another release.
    Waiting,
    /// Waiting for a person to approve or decide.
    NeedsPerson,
    /// Ended with success.
    Passed,
    /// Ended with a failure, or at its time limit.
    Failed,
    /// Not carried out, because a rule or the server does not permit it.
    Refused,
    /// Stopped by a person, or replaced by a newer release.
    Cancelled,
    /// Not carried out, because it was not necessary.
    Skipped,
    /// Nobody knows: the answer was lost.
    Unknown,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::Pending,
        Self::Running,
        Self::Waiting,
        Self::NeedsPerson,
        Self::Passed,
        Self::Failed,
        Self::Refused,
        Self::Cancelled,
        Self::Skipped,
        Self::Unknown,
    ];

    /// The word for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "Not started",
            Self::Running => "Running",
            Self::Waiting => "Waiting",
            Self::NeedsPerson => "Needs a person",
            Self::Passed => "Passed",
            Self::Failed => "Failed",
            Self::Refused => "Refused",
            Self::Cancelled => "Cancelled",
            Self::Skipped => "Skipped",
            Self::Unknown => "No answer",
        }
    }

    /// The key in `--json`, in classes of SVG and in those of Mermaid.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::NeedsPerson => "needs-person",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
            Self::Unknown => "unknown",
        }
    }

    /// The mark in front of the word, one column wide.
    #[must_use]
    pub fn mark(self) -> char {
        match self {
            Self::Pending => '◌',
            Self::Running => '◔',
            Self::Waiting => '◷',
            Self::NeedsPerson => '◆',
            Self::Passed => '✓',
            Self::Failed => '✗',
            Self::Refused => '⊘',
            Self::Cancelled => '■',
            Self::Skipped => '»',
            Self::Unknown => '?',
        }
    }

    /// The colour of lines and shapes on light ground and on dark ground.
    pub(super) fn solid(self) -> (&'static str, &'static str) {
        match self {
            Self::Passed => ("#159c78", "#49cab5"),
            Self::Running => ("#2158bd", "#428df0"),
            Self::NeedsPerson => ("#f2b035", "#facf42"),
            Self::Waiting => ("#737a8c", "#8f96a8"),
            Self::Failed | Self::Refused => ("#a3180f", "#e84f30"),
            Self::Cancelled => ("#3f4249", "#c4c6cc"),
            Self::Unknown => ("#a23a86", "#d97fc0"),
            Self::Pending => ("#85878e", "#72757d"),
            Self::Skipped => ("#686a71", "#989ba2"),
        }
    }

    /// The colour of texts on light ground and on dark ground.
    pub(super) fn ink(self) -> (&'static str, &'static str) {
        match self {
            Self::Passed => ("#0a6650", "#74d8c6"),
            Self::Running => ("#1c4fae", "#8ebbf8"),
            Self::NeedsPerson => ("#7d4a00", "#fbd976"),
            Self::Waiting => ("#4e5566", "#b3b9c8"),
            Self::Failed | Self::Refused => ("#a3180f", "#ff9b86"),
            Self::Cancelled => ("#3f4249", "#d2d4d9"),
            Self::Unknown => ("#832b6b", "#e5a3d3"),
            Self::Pending | Self::Skipped => ("#686a71", "#989ba2"),
        }
    }

    /// The mark for a terminal that shows ASCII only.
    #[must_use]
    pub fn ascii_mark(self) -> char {
        match self {
            Self::Pending => '.',
            Self::Running => '>',
            Self::Waiting => '~',
            Self::NeedsPerson => '!',
            Self::Passed => '+',
            Self::Failed => 'x',
            Self::Refused => '/',
            Self::Cancelled => '#',
            Self::Skipped => '-',
            Self::Unknown => '?',
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_state_has_a_word_a_key_and_marks_of_its_own() {
        let told = |of: fn(State) -> String| State::ALL.map(of).into_iter().collect::<BTreeSet<_>>().len();
        assert_eq!(told(|it| it.word().into()), State::ALL.len());
        assert_eq!(told(|it| it.key().into()), State::ALL.len());
        assert_eq!(told(|it| it.mark().into()), State::ALL.len());
        assert_eq!(told(|it| it.ascii_mark().into()), State::ALL.len());
        assert!(State::ALL.iter().all(|it| it.ascii_mark().is_ascii_graphic()));
    }

    #[test]
    fn a_state_has_the_same_key_in_json_and_in_drawings() {
        for state in State::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.key());
        }
    }
}
