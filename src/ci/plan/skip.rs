//! Why an action does not run.

use std::fmt;

use crate::event::{Moment, Status};

/// Why an action does not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkipReason {
    /// It waits for another event.
    OtherEvent {
        /// The one it waits for.
        wanted: Moment,
        /// The one that came.
        got: Moment,
    },
    /// It waits for another stage.
    OtherStage {
        /// The one it waits for.
        wanted: String,
        /// The one that the event names.
        got: Option<String>,
    },
    /// It waits for another status.
    OtherStatus {
        /// The one it waits for.
        wanted: Status,
        /// The one that the event names.
        got: Option<Status>,
    },
    /// A condition does not hold; in words with both of its values.
    ConditionNotMet(String),
    /// Another action was asked for.
    NotAsked,
    /// An action before it failed in a way that counts.
    EarlierFailed,
    /// Names of another action mean nothing on the server, so that nothing is begun.
    OtherNamesInvalid,
    /// What this run was to bring to the source of the promotion did not come, which is tolerated; why.
    NothingToPromote(String),
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherEvent { wanted, got } => {
                write!(f, "it waits for the event {wanted}, and this is {got}")
            }
            Self::OtherStage { wanted, got: Some(got) } => {
                write!(f, "it waits for the stage \"{wanted}\", and this is \"{got}\"")
            }
            Self::OtherStage { wanted, got: None } => {
                write!(f, "it waits for the stage \"{wanted}\", and the event names no stage")
            }
            Self::OtherStatus { wanted, got: Some(got) } => {
                write!(f, "it waits for the status {wanted}, and this is {got}")
            }
            Self::OtherStatus { wanted, got: None } => {
                write!(f, "it waits for the status {wanted}, and the event names no status")
            }
            Self::ConditionNotMet(row) => write!(f, "a condition is not met: {row}"),
            Self::NotAsked => f.write_str("another action was asked for"),
            Self::EarlierFailed => f.write_str("an action before it failed"),
            Self::OtherNamesInvalid => {
                f.write_str("nothing is started, since names of another action are invalid")
            }
            Self::NothingToPromote(because) => f.write_str(because),
        }
    }
}
