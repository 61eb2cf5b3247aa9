//! What a run means for the build, and its exit code.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actions::Verdict;

/// What a run means for the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunVerdict {
    /// All is well, or what failed is tolerated.
    Passed,
    /// A deployment failed, or the server refused.
    Failed,
    /// Settings or event are invalid.
    BadSettings,
    /// The time limit was over, or the process was asked to stop, while deployments went on.
    Undecided,
    /// The server did not report the result.
    NoAnswer,
    /// A deployment was cancelled.
    Cancelled,
    /// The server's own time limit ended a deployment.
    TimedOut,
}

impl RunVerdict {
    /// Its name in a result.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::BadSettings => "bad-settings",
            Self::Undecided => "undecided",
            Self::NoAnswer => "no-answer",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed-out",
        }
    }

    /// Its name as people read it.
    #[must_use]
    pub fn words(self) -> String {
        self.name().replace('-', " ")
    }

    /// The exit code of a run with this verdict and without warnings. The numbers are published and stay.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::BadSettings => 2,
            Self::Undecided => 3,
            Self::NoAnswer => 4,
            Self::Cancelled => 5,
            Self::TimedOut => 6,
        }
    }
}

impl From<Verdict> for RunVerdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Passed => Self::Passed,
            Verdict::Undecided => Self::Undecided,
            Verdict::NoAnswer => Self::NoAnswer,
            Verdict::Cancelled => Self::Cancelled,
            Verdict::TimedOut => Self::TimedOut,
            Verdict::Failed => Self::Failed,
        }
    }
}
