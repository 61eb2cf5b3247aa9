//! Tasks with their steps and log lines, and the interruptions that stop them.

use jiff::Timestamp;

use crate::sandbox::world::made::Deployment;
use crate::sandbox::world::stored::Id;

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

/// What a task is doing, and until when.
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
    /// The step waits for a person.
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
    /// The earliest time at which it may start.
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

impl Task {
    /// The task of a new deployment.
    pub(super) fn queued(deployment: &Deployment, description: String, steps: Vec<StepRun>) -> Self {
        let (order, created) = (&deployment.order, deployment.created);
        Self {
            id: deployment.task.clone(),
            space: deployment.space.clone(),
            project: deployment.project.clone(),
            environment: order.environment.clone(),
            tenant: order.tenant.clone(),
            deployment: deployment.id.clone(),
            description,
            state: TaskState::Queued,
            play: Play::Queued,
            created,
            queue_time: order.run_at.unwrap_or(created).max(created),
            expires: order.expires,
            started: None,
            completed: None,
            updated: created,
            error: String::new(),
            warned: false,
            precondition: None,
            steps,
            lines: Vec::new(),
            next_line: 1,
        }
    }

    /// Starts the task.
    pub(super) fn begin(&mut self, now: Timestamp) {
        self.state = TaskState::Executing;
        self.started = Some(now);
        self.updated = now;
    }

    /// Ends the task; `error` is blank where there is none.
    pub(super) fn end(&mut self, state: TaskState, error: &str, now: Timestamp) {
        self.state = state;
        self.play = Play::Over;
        self.precondition = None;
        self.error = error.to_owned();
        self.completed = Some(now);
        self.updated = now;
    }

    /// Project, environment and tenant; only one task at a time deploys to them.
    pub(super) fn target(&self) -> (&str, &str, Option<&str>) {
        (&self.project, &self.environment, self.tenant.as_deref())
    }

    /// The number of the next log line.
    pub(super) fn line_number(&mut self) -> u32 {
        self.next_line += 1;
        self.next_line - 1
    }
}

/// The status of a step or machine in the activity log.
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
    /// The action's id; `None` for what the server does by itself, such as fetching packages.
    pub(super) action: Option<Id>,
    pub(super) title: String,
    pub(super) status: Status,
    pub(super) started: Option<Timestamp>,
    pub(super) ended: Option<Timestamp>,
    pub(super) tries: u32,
    pub(super) machines: Vec<MachineRun>,
}

impl StepRun {
    pub(super) fn new(action: Option<Id>, title: String, status: Status) -> Self {
        Self { action, title, status, started: None, ended: None, tries: 0, machines: Vec::new() }
    }

    /// Begins a try: the first on all these machines, another one where the last one failed.
    pub(super) fn begin(&mut self, machines: impl Iterator<Item = String>, now: Timestamp) {
        self.status = Status::Running;
        self.started = self.started.or(Some(now));
        self.tries += 1;
        if self.machines.is_empty() {
            self.machines = machines.map(|name| MachineRun::running(name, now)).collect();
            return;
        }
        for machine in self.machines.iter_mut().filter(|it| it.status == Status::Failed) {
            machine.status = Status::Running;
            machine.ended = None;
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct MachineRun {
    pub(super) name: String,
    pub(super) status: Status,
    pub(super) started: Option<Timestamp>,
    pub(super) ended: Option<Timestamp>,
    pub(super) lines: Vec<Line>,
}

impl MachineRun {
    fn running(name: String, now: Timestamp) -> Self {
        Self { name, status: Status::Running, started: Some(now), ended: None, lines: Vec::new() }
    }
}

/// One line of a log; it is visible from its time on.
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
    /// The machine of this index in the step failed.
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
