//! Events that are worth reporting while an action runs. The caller words them for its reader.

use std::time::Duration;

use crate::model::{Release, ReleaseVersion, TenantTarget};

use super::{Adopted, Deployment, DeploymentStatus};

/// An event of a running action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A release was created, found or taken over.
    Release(Release),
    /// A promotion chose its release.
    Chosen {
        /// The release's version.
        version: ReleaseVersion,
        /// Why this release was chosen: which deployment, and when.
        because: String,
        /// What each target has now, if known.
        replaces: Vec<(TenantTarget, ReleaseVersion)>,
    },
    /// A deployment was requested or taken over.
    Deployment(Deployment),
    /// An earlier deployment to this target is not taken over, for this reason.
    DeployingAgain {
        /// The target.
        target: TenantTarget,
        /// The reason, as a clause.
        because: String,
    },
    /// A read request got no answer and is retried; the text names the request and the reason.
    Retrying(String),
    /// The answer to a mutating request was lost; promenade looks before it sends anything again.
    AnswerLost(String),
    /// Something that the user should know although nothing failed.
    Warning(String),
    /// A deployment changed its state.
    State {
        /// The deployment.
        deployment: Deployment,
        /// The new state, in the server's word.
        state: String,
    },
    /// A deployment has ended.
    Ended {
        /// The deployment.
        deployment: Deployment,
        /// Its final status.
        status: DeploymentStatus,
    },
    /// What a deployment is waiting for.
    WaitingFor {
        /// The deployment.
        deployment: Deployment,
        /// What it waits for, with a link where there is one.
        what: String,
    },
    /// A question to a person was answered with the configured answer.
    Answered {
        /// The deployment.
        deployment: Deployment,
        /// The question's title.
        question: String,
        /// The answer, in the server's own word.
        answer: String,
    },
    /// A step started or ended.
    ProcessStep {
        /// The deployment.
        deployment: Deployment,
        /// The step's name.
        name: String,
        /// Its state, in the server's word.
        state: String,
    },
    /// A line of a step's log.
    Log {
        /// The deployment.
        deployment: Deployment,
        /// The step the line belongs to, and the machine below it where there is one.
        step: String,
        /// The server's category, such as `Info`, `Warning` or `Error`.
        category: String,
        /// The text, which is foreign and may contain anything.
        text: String,
    },
    /// The progress of a deployment.
    Progress {
        /// The deployment.
        deployment: Deployment,
        /// In percent, 0 to 100, as the server estimates it.
        percent: u8,
        /// Time since the wait began.
        waited: Duration,
    },
}

/// Receives the notices.
pub type Say<'a> = dyn Fn(Notice) + Send + Sync + 'a;

impl Adopted {
    /// The reason as a clause.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Unfinished => "it has not finished yet",
            Self::StillCurrent => "it succeeded and is still the latest there",
            Self::AnswerLost => "this run's own request made it, and the answer was lost",
        }
    }
}
