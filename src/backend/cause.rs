//! The cause of a backend error: what went wrong in talking to a home of releases.

use crate::octopus;

/// What went wrong in talking to a home of releases.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The error of an Octopus server's client.
    #[error(transparent)]
    Octopus(#[from] octopus::Error),
    /// A reason in promenade's own words, if no error of a client lies below it.
    #[error("{0}")]
    Explained(String),
    /// The error of the tests' folder.
    #[cfg(test)]
    #[error("{0}")]
    Folder(String),
}

impl Cause {
    /// Whether the answer is not known, as opposed to a known refusal.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Octopus(error) => error.is_transient(),
            Self::Explained(_) => false,
            #[cfg(test)]
            Self::Folder(_) => true,
        }
    }

    /// Whether the server's rate limit lasts longer than the time that is left.
    #[must_use]
    pub fn was_held_back(&self) -> bool {
        match self {
            Self::Octopus(error) => error.was_held_back(),
            Self::Explained(_) => false,
            #[cfg(test)]
            Self::Folder(_) => false,
        }
    }

    /// Whether the request was withheld because its permit had expired or the stop signal had come. Nothing was sent.
    #[must_use]
    pub fn was_withheld(&self) -> bool {
        match self {
            Self::Octopus(error) => error.was_withheld(),
            Self::Explained(_) => false,
            #[cfg(test)]
            Self::Folder(_) => false,
        }
    }

    /// Whether it is certain that the home did nothing.
    #[must_use]
    pub fn was_not_processed(&self) -> bool {
        match self {
            Self::Octopus(error) => error.was_not_processed(),
            Self::Explained(_) => false,
            #[cfg(test)]
            Self::Folder(_) => false,
        }
    }

    /// Whether the server itself refused.
    #[must_use]
    pub fn is_a_no(&self) -> bool {
        match self {
            Self::Octopus(error) => error.is_a_no(),
            Self::Explained(_) => false,
            #[cfg(test)]
            Self::Folder(_) => false,
        }
    }

    /// The error of the Octopus client.
    ///
    /// # Errors
    ///
    /// The cause belongs to another home.
    pub(super) fn into_octopus(self) -> Result<octopus::Error, Self> {
        match self {
            Self::Octopus(error) => Ok(error),
            other => Err(other),
        }
    }

    /// The HTTP status of a refusal.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Octopus(error) => error.status(),
            Self::Explained(_) => None,
            #[cfg(test)]
            Self::Folder(_) => None,
        }
    }

    /// Advice for the reader of the build log.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        match self {
            Self::Octopus(error) => error.advice(),
            Self::Explained(_) => None,
            #[cfg(test)]
            Self::Folder(_) => None,
        }
    }
}
