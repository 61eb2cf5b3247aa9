//! Where releases live: the four verbs, said in the words of the server that is used.

use crate::model::TenantTarget;

/// A deployment that the server has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// The server's id of the deployment, such as `Deployments-81`.
    pub id: String,
    /// The server's id of the task that carries it out, such as `ServerTasks-940`.
    pub task: String,
    /// Where it goes.
    pub target: TenantTarget,
    /// The page of the task, for people.
    pub url: String,
    /// Why this is not a new deployment; `None` = this run asked for it.
    pub adopted: Option<Adopted>,
}

/// Why a deployment that was there already is taken for ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adopted {
    /// It has not finished yet: an earlier try of this build asked for it, or somebody else did.
    Unfinished,
    /// It succeeded, and it is still the latest of its target.
    StillCurrent,
    /// The answer to our own request was lost, and this is what became of it.
    AnswerLost,
}
