//! The actions on a release, and their default time limit.

use std::time::Duration;

/// The time limit of an action if the settings give none.
pub const DEFAULT_TIME_LIMIT: Duration = Duration::from_secs(30 * 60);

/// An action that settings configure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActionKind {
    /// Create a release.
    Create,
    /// Deploy a release.
    Deploy,
    /// Promote a release.
    Promote,
}

impl ActionKind {
    /// Every action, in the order in which they run.
    pub const ALL: [Self; 3] = [Self::Create, Self::Deploy, Self::Promote];

    /// Its name: the key of its settings section, and its subcommand.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Deploy => "deploy",
            Self::Promote => "promote",
        }
    }
}
