//! Who takes a turn, and what a turn ends with.

use serde::{Deserialize, Serialize};

use crate::flow::admission::PromotionId;
use crate::flow::course::Person;
use crate::flow::input::{Input, Refusal};
use crate::flow::promotion::{Event, Promotion};

use super::error::StoreError;

/// Who takes a turn. The journal keeps it next to the first event that follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Time.
    Clock,
    /// The performer of an attempt. Its report counts only while it still holds the attempt.
    Performer {
        /// Its name, as it was given to [`Store::take`](super::Store::take).
        holder: String,
    },
    /// A watcher. Its report counts only if the attempt made what it looked at.
    Watcher {
        /// The reference that it looked at. The journal leaves it out: it has it where it was noted.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reference: String,
    },
    /// A person.
    Person {
        /// Who.
        by: Person,
        /// Whether a server confirmed the name.
        verified: bool,
    },
    /// Places became free.
    Admission,
}

impl Cause {
    /// The cause as the journal keeps it. What an attempt made may be long, and is watched for as long as it runs.
    pub(super) fn recorded(&self) -> Self {
        match self {
            Self::Watcher { .. } => Self::Watcher { reference: String::new() },
            other => other.clone(),
        }
    }
}

/// What stands in the journal next to the first event of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Recorded {
    /// Who took the turn.
    pub from: Cause,
    /// What the promotion was told; `None` = it was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Input>,
    /// The request by which the start is known again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

/// What a turn did.
#[derive(Debug, Clone, PartialEq)]
pub struct Turned {
    /// Where the promotion stands now.
    pub promotion: Promotion,
    /// What was decided; empty = nothing changed, and nothing was written.
    pub events: Vec<Event>,
    /// Other promotions that moved because of it, in the order in which they did.
    pub others: Vec<PromotionId>,
}

/// Why a turn was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TurnError {
    /// The store has no such promotion.
    #[error("there is no promotion {0}")]
    NoPromotion(PromotionId),
    /// The promotion does not take the input.
    #[error("{0}")]
    Refused(Refusal),
    /// The report is about an attempt that whoever reports no longer holds. Nothing of it counts.
    #[error("another process performs this attempt now")]
    NotYours,
    /// The promotion is in trouble and is driven no further until it is repaired.
    #[error("the promotion is in trouble: {0}; run `promenade release repair`")]
    Trouble(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TurnError {
    /// Whether nothing is left to do about it: the promotion has moved on, or what was reported concerns nobody any more.
    #[must_use]
    pub fn is_moot(&self) -> bool {
        match self {
            Self::NoPromotion(_) | Self::Refused(_) | Self::NotYours => true,
            Self::Trouble(_) | Self::Store(_) => false,
        }
    }

    /// What the user can do; `None` where the message says everything.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Store(error) => error.advice(),
            Self::NoPromotion(_) | Self::Refused(_) | Self::NotYours | Self::Trouble(_) => None,
        }
    }
}
