//! What is asked of the world: recognising a server and making a plan stay free of input and output this way.

use std::path::Path;

use jiff::Timestamp;
use secrecy::SecretString;

use crate::event::expression::RunContext;
use crate::model::SecretSource;

/// Reads files that settings or the variables of a CI server name.
pub trait Files {
    /// The text of a file.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn text(&self, path: &Path) -> Result<String, SourceError>;
}

/// What a plan asks of the world: it reads what settings only name, and knows the run's secrets and the time.
pub trait Sources: RunContext + Files {
    /// The secret behind a source.
    ///
    /// # Errors
    /// Why it cannot be read; never any of its text.
    fn secret(&self, source: &SecretSource) -> Result<SecretString, SourceError>;

    /// The time.
    fn now(&self) -> Timestamp;
}

/// Why a source cannot be read. Neither text quotes what was read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}; {remedy}")]
pub struct SourceError {
    /// The message, without a full stop.
    pub message: String,
    /// What to do about it, without a full stop.
    pub remedy: String,
}

impl SourceError {
    /// Creates an error from a message and a fix.
    pub fn new(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { message: message.into(), remedy: remedy.into() }
    }
}
