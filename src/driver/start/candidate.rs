//! An application that could be promoted.

use crate::model::{ApplicationName, ReleaseVersion};

/// An application that could be promoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The application.
    pub application: ApplicationName,
    /// The version that the trigger environment has.
    pub version: ReleaseVersion,
    /// Whether that is something else than what was promoted last, or, where nothing was, than what the first target
    /// environments have.
    pub has_changes: bool,
}
