//! What reaches a promotion from outside: the clock, what performers report, and what people command.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::EnvironmentName;

use super::course::{Attempt, Person};

/// Something that a promotion is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// Time has passed.
    Tick,
    /// What became of an attempt.
    Report(Attempt, Report),
    /// What a person, or admission, wants.
    Command(Command),
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Report {
    /// It made this outside, and is only watched from now on.
    Reference(String),
    /// It waits for a person, who is asked this.
    Suspended(String),
    /// It no longer waits for a person.
    Resumed,
    /// What was asked for happened.
    Passed,
    /// It did not happen.
    Failed {
        /// Why.
        reason: String,
        /// Whether another try may succeed.
        again: bool,
    },
    /// It is not allowed, and nothing was done.
    Refused(String),
    /// It was stopped before it was done.
    Stopped(String),
    /// Nobody can tell what became of it.
    Unknown(String),
}

/// What a person, or admission, wants of a promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Approves.
    Approve {
        /// The approval that the person saw.
        of: Attempt,
        /// Who.
        by: Person,
    },
    /// Rejects.
    Reject {
        /// The approval that the person saw.
        of: Attempt,
        /// Who.
        by: Person,
        /// Why.
        reason: String,
    },
    /// Admission gives an entry its places.
    Grant(Attempt),
    /// Admission never gives an entry its places.
    Deny {
        /// The entry.
        of: Attempt,
        /// Why.
        reason: String,
    },
    /// Stops the promotion; clean-up still runs.
    Stop {
        /// Who.
        by: Person,
        /// Stops clean-up as well.
        now: bool,
        /// Why.
        reason: Option<String>,
    },
    /// Runs again what did not pass.
    Retry {
        /// Who.
        by: Person,
        /// The round that the person saw.
        round: u32,
    },
    /// Runs an environment and everything behind it again.
    Restart {
        /// Who.
        by: Person,
        /// The round that the person saw.
        round: u32,
        /// The environment.
        environment: EnvironmentName,
    },
    /// Says how an attempt ended of which nobody could tell.
    Settle {
        /// The attempt.
        of: Attempt,
        /// Who.
        by: Person,
        /// Whether it passed.
        passed: bool,
        /// How the person knows.
        reason: String,
    },
}

/// Why an input is not taken. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// It is about an attempt that is over.
    Late,
    /// The promotion has no such node, or the node is of another kind.
    NotHere,
    /// That person may not, or not now.
    NotAllowed(String),
    /// It is so already.
    Already,
    /// It is possible only when what it is about has ended.
    Busy,
    /// It was started again too often.
    TooOften,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late => f.write_str("it comes too late: what it is about is over"),
            Self::NotHere => f.write_str("this promotion does not have what it is about"),
            Self::NotAllowed(why) => f.write_str(why),
            Self::Already => f.write_str("it is so already"),
            Self::Busy => f.write_str("it is still at work; wait until it has ended, or terminate it first"),
            Self::TooOften => f.write_str("it was started again too often; start a new release"),
        }
    }
}
