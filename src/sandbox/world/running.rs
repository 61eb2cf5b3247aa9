//! What runs: tasks with their steps and lines, and the questions that stop them.

use jiff::Timestamp;

use crate::sandbox::world::state::Id;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TaskState {
    Queued,
    Executing,
    Cancelling,
    Success,
    Failed,
    Canceled,
    TimedOut,
}

impl TaskState {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Executing => "Executing",
            Self::Cancelling => "Cancelling",
            Self::Success => "Success",
            Self::Failed => "Failed",
            Self::Canceled => "Canceled",
            Self::TimedOut => "TimedOut",
        }
    }

    pub(super) fn is_completed(self) -> bool {
        matches!(self, Self::Success | Self::Failed | Self::Canceled | Self::TimedOut)
    }
}

/// What an unfinished task does until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Play {
    Queued,
    Precondition {
        until: Timestamp,
    },
    Step {
        at: usize,
        until: Timestamp,
    },
    /// A person is needed for the step.
    Person {
        at: usize,
    },
    Cancelling {
        until: Timestamp,
    },
    Over,
}

#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) id: Id,
    pub(super) space: Id,
    pub(super) project: Id,
    pub(super) environment: Id,
    pub(super) tenant: Option<Id>,
    pub(super) deployment: Id,
    pub(super) description: String,
    pub(super) state: TaskState,
    pub(super) play: Play,
    pub(super) created: Timestamp,
    /// When it may start at the earliest.
    pub(super) queue_time: Timestamp,
    pub(super) expires: Option<Timestamp>,
    pub(super) started: Option<Timestamp>,
    pub(super) completed: Option<Timestamp>,
    pub(super) updated: Timestamp,
    pub(super) error: String,
    pub(super) warned: bool,
    pub(super) precondition: Option<String>,
    pub(super) steps: Vec<StepRun>,
    /// Lines of the task itself, above its steps.
    pub(super) lines: Vec<Line>,
    pub(super) next_line: u32,
}

/// A node's word on how it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Pending,
    Running,
    Success,
    Warning,
    Failed,
    Skipped,
    Canceled,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Success => "Success",
            Self::Warning => "SuccessWithWarning",
            Self::Failed => "Failed",
            Self::Skipped => "Skipped",
            Self::Canceled => "Canceled",
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct StepRun {
    /// The action's id; none for what the server does by itself, as fetching packages.
    pub(super) action: Option<Id>,
    pub(super) title: String,
    pub(super) status: Status,
    pub(super) started: Option<Timestamp>,
    pub(super) ended: Option<Timestamp>,
    pub(super) tries: u32,
    pub(super) machines: Vec<MachineRun>,
}

#[derive(Debug, Clone)]
pub(super) struct MachineRun {
    pub(super) name: String,
    pub(super) status: Status,
    pub(super) started: Option<Timestamp>,
    pub(super) ended: Option<Timestamp>,
    pub(super) lines: Vec<Line>,
}

/// One line of a log; it is there from its time on.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) number: u32,
    pub(super) at: Timestamp,
    pub(super) category: &'static str,
    pub(super) text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    ManualIntervention {
        instructions: String,
    },
    /// The machine of this place in the step failed.
    GuidedFailure {
        machine: usize,
        answers: Vec<&'static str>,
    },
}

#[derive(Debug, Clone)]
pub(super) struct Interruption {
    pub(super) id: Id,
    pub(super) space: Id,
    pub(super) task: Id,
    pub(super) step: usize,
    pub(super) title: String,
    pub(super) question: Question,
    pub(super) created: Timestamp,
    pub(super) pending: bool,
    pub(super) teams: Vec<String>,
    pub(super) responsible: Option<Id>,
    pub(super) notes: Option<String>,
    pub(super) answer: Option<String>,
}
