//! Why a text has no value.

use std::fmt;

/// Why a text has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ExpressionError {
    /// The message. It never quotes a value.
    pub message: String,
    /// The fix.
    pub remedy: String,
    /// Whether the value is the problem, so that the message names the key instead.
    pub(super) is_secret: bool,
}

impl ExpressionError {
    pub(super) fn new(message: String, remedy: String) -> Self {
        Self { message, remedy, is_secret: false }
    }

    /// The message for the text under this key.
    pub(crate) fn message_for(&self, key: &str) -> String {
        if self.is_secret { format!("{key}: {}", self.message) } else { self.message.clone() }
    }
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.remedy)
    }
}
