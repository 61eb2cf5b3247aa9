//! What lies below an error of the backend: what went wrong between us and a home of releases.

use crate::octopus;

/// What went wrong between us and a home of releases.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// With an Octopus server.
    #[error(transparent)]
    Octopus(#[from] octopus::Error),
    /// What is the matter, in our own words, where no error of a client lies below it.
    #[error("{0}")]
    Explained(String),
    /// With the folder of the tests.
    #[cfg(test)]
    #[error("{0}")]
    Folder(String),
}

impl Cause {
    /// True when the answer could not be learned, rather than learned to be no.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Octopus(error) => error.is_transient(),
            Self::Explained(_) => false,
            #[cfg(test)]
            Self::Folder(_) => true,
        }
    }

    /// True when the server answers, and takes no more requests until the time is over.
    #[must_use]
    pub fn was_held_back(&self) -> bool {
        match self {
            Self::Octopus(error) => error.was_held_back(),
            Self::Explained(_) => false,
            #[cfg(test)]
            Self::Folder(_) => false,
        }
    }

    /// True when the server itself said no.
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
    /// It is that of another home.
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

    /// What the reader of the build log can do about it.
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
