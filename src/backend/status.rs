//! Where a deployment stands, as a look at it shows.

use std::time::Duration;

use jiff::Timestamp;

/// Where a deployment stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentStatus {
    /// What it means for a wait.
    pub phase: Phase,
    /// The server's own word for it.
    pub state: String,
    /// What the server says of a failure; empty where it says nothing.
    pub message: String,
    /// Whether warnings or errors were logged.
    pub warnings: bool,
    /// Whether it waits for a person's answer.
    pub needs_person: bool,
    /// The approvals outside of the server that it waits for; `None` = it waits for none.
    pub preconditions: Option<Vec<String>>,
    /// From start to end, where both are known.
    pub duration: Option<Duration>,
    /// For how long it has existed, by the server's clock, where the answer told.
    pub age: Option<Duration>,
    /// For how long it has been at work, by the server's clock, where the answer told. The time in the queue is
    /// none of it.
    pub at_work: Option<Duration>,
    /// When and in what time it will leave the queue because it is scheduled, both by the server's clock.
    pub scheduled: Option<Scheduled>,
}

/// When a deployment that is scheduled will begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheduled {
    /// The time.
    pub at: Timestamp,
    /// From now until then; never zero.
    pub within: Duration,
}

/// What a state means for a wait. Only [`Phase::Succeeded`] is a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It has not begun.
    Queued,
    /// It runs.
    Running,
    /// It is being cancelled.
    Cancelling,
    /// The server says that it finished successfully.
    Succeeded,
    /// It finished, and the server does not say successfully.
    Failed,
    /// It was cancelled.
    Cancelled,
    /// The server's own time limit ended it.
    TimedOut,
}

impl Phase {
    /// Whether nothing more will happen.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled | Self::TimedOut)
    }
}

/// The log of a deployment, as far as it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskLog {
    /// Its steps in order, each before what is below it.
    pub steps: Vec<StepLog>,
    /// How far the deployment is: 0 to 100, as the server estimates it.
    pub percent: u8,
    /// How many bytes it took to tell.
    pub size: usize,
}

/// The log of one step, as far as it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepLog {
    /// Stays the same from look to look.
    pub id: String,
    /// The step's name, and the machine's below it.
    pub name: String,
    /// How deep below the deployment: 1 for a step, 2 for a machine within it.
    pub depth: usize,
    /// The server's word for where it stands.
    pub state: String,
    /// Whether it has begun.
    pub begun: bool,
    /// Whether it has ended.
    pub ended: bool,
    /// Its lines so far, oldest first.
    pub lines: Vec<LogLine>,
    /// Whether these are its last lines only, since the whole log is too large to be read.
    pub is_cut: bool,
}

/// A line of a step's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The server's category, such as `Info` or `Error`.
    pub category: String,
    /// The text.
    pub text: String,
    /// Its number within the whole log; older servers do not tell.
    pub number: Option<u64>,
}

/// Why a deployment is still queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Queued {
    /// The task queue of the space is stopped, which holds up every deployment.
    Stopped,
    /// These tasks are before it, each in a word for people with a link.
    Behind(Vec<String>),
}

/// A question that a deployment asks a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The server's id of it.
    pub id: String,
    /// What it asks.
    pub title: String,
    /// The teams that may answer, by name; by id where the server does not tell the name.
    pub teams: Vec<String>,
    /// The answers that the form offers, in the server's words; empty where it cannot be answered this way.
    pub choices: Vec<String>,
    /// Whether it is a failing step that asks.
    pub about_failure: bool,
}
