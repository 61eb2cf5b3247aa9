//! The status of a deployment, as a look shows it.

use std::time::Duration;

use jiff::Timestamp;

/// The status of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentStatus {
    /// The phase, which decides how a wait continues.
    pub phase: Phase,
    /// The server's own word for its state.
    pub state: String,
    /// The server's message about a failure; empty if there is none.
    pub message: String,
    /// Whether warnings or errors were logged.
    pub warnings: bool,
    /// Whether the deployment waits for a person's answer.
    pub needs_person: bool,
    /// The approvals outside the server that it waits for; `None` = none.
    pub preconditions: Option<Vec<String>>,
    /// Time from start to end, if both are known.
    pub duration: Option<Duration>,
    /// Its age by the server's clock, if the answer shows it.
    pub age: Option<Duration>,
    /// How long it has been running by the server's clock, if the answer shows it. Time in the queue does not count.
    pub at_work: Option<Duration>,
    /// If it is scheduled: when, and in how long, it will leave the queue by the server's clock.
    pub scheduled: Option<Scheduled>,
}

/// When a scheduled deployment will start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheduled {
    /// The time (UTC).
    pub at: Timestamp,
    /// Time left until then; never zero.
    pub within: Duration,
}

/// What a state means for a wait. Only [`Phase::Succeeded`] is a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It has not started.
    Queued,
    /// It runs.
    Running,
    /// It is being cancelled.
    Cancelling,
    /// It finished, and the server reports success.
    Succeeded,
    /// It finished, and the server does not report success.
    Failed,
    /// It was cancelled.
    Cancelled,
    /// The server's own time limit ended it.
    TimedOut,
}

impl Phase {
    /// Whether the state is final.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled | Self::TimedOut)
    }
}

/// The log of a deployment so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskLog {
    /// Its steps in order, each before what is below it.
    pub steps: Vec<StepLog>,
    /// The progress of the deployment in percent, 0 to 100, as the server estimates it.
    pub percent: u8,
    /// The size of the server's answer in bytes.
    pub size: usize,
}

/// The log of one step so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepLog {
    /// The server's id of the step; the same in every look.
    pub id: String,
    /// The step's name; below a step, the machine's.
    pub name: String,
    /// The depth below the deployment: 1 for a step, 2 for a machine within it.
    pub depth: usize,
    /// The server's word for its state.
    pub state: String,
    /// Whether it has started.
    pub begun: bool,
    /// Whether it has ended.
    pub ended: bool,
    /// Its lines so far, oldest first.
    pub lines: Vec<LogLine>,
    /// Whether these are only its last lines, because the whole log is too large.
    pub is_cut: bool,
}

/// A line of a step's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The server's category, such as `Info` or `Error`.
    pub category: String,
    /// The text.
    pub text: String,
    /// Its number within the whole log; `None` on older servers.
    pub number: Option<u64>,
}

/// The reason why a deployment is still queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Queued {
    /// The task queue of the space is stopped, which holds up every deployment.
    Stopped,
    /// These tasks are before it, each as a short text with a link.
    Behind(Vec<String>),
}

/// A question that a deployment asks a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The server's id of the question.
    pub id: String,
    /// What it asks.
    pub title: String,
    /// The teams that may answer, by name; by id if the server does not show the name.
    pub teams: Vec<String>,
    /// The answers that the form offers, in the server's words; empty if promenade cannot answer it.
    pub choices: Vec<String>,
    /// Whether a failing step asks.
    pub about_failure: bool,
}
