//! What the world remembers: the stored things, plain, with their references by id.

use jiff::Timestamp;

use crate::sandbox::seed::{
    Answers, GuidedFailure, PreconditionSeed, PromptSeed, RuleSeed, StepSeed, TenantMode, VersionControlSeed,
};

/// An id as the server writes it, such as `Projects-21`.
pub(super) type Id = String;

#[derive(Debug, Clone)]
pub(super) struct Space {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) slug: String,
    pub(super) is_default: bool,
    pub(super) queue_stopped: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Environment {
    pub(super) id: Id,
    pub(super) space: Id,
    pub(super) name: String,
    pub(super) slug: String,
    pub(super) sort: usize,
    pub(super) guided_failure: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Machine {
    pub(super) id: Id,
    pub(super) space: Id,
    pub(super) name: String,
    pub(super) environments: Vec<Id>,
    pub(super) roles: Vec<String>,
    pub(super) tenants: Vec<Id>,
    pub(super) disabled: bool,
    pub(super) health: String,
}

#[derive(Debug, Clone)]
pub(super) struct Lifecycle {
    pub(super) id: Id,
    pub(super) space: Id,
    pub(super) name: String,
    pub(super) phases: Vec<Phase>,
}

#[derive(Debug, Clone)]
pub(super) struct Phase {
    pub(super) name: String,
    pub(super) automatic: Vec<Id>,
    pub(super) optional: Vec<Id>,
    /// How many environments must succeed; 0 means all.
    pub(super) minimum: usize,
    pub(super) is_optional: bool,
}

impl Phase {
    pub(super) fn targets(&self) -> impl Iterator<Item = &Id> {
        self.automatic.iter().chain(&self.optional)
    }
}

#[derive(Debug, Clone)]
pub(super) struct TagSet {
    pub(super) id: Id,
    pub(super) space: Id,
    pub(super) name: String,
    pub(super) tags: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Tenant {
    pub(super) id: Id,
    pub(super) space: Id,
    pub(super) name: String,
    pub(super) slug: String,
    /// In canonical form, `Region/EU`.
    pub(super) tags: Vec<String>,
    /// The environments that the tenant has of each project.
    pub(super) projects: Vec<(Id, Vec<Id>)>,
    pub(super) disabled: bool,
}

impl Tenant {
    pub(super) fn is_linked(&self, project: &str, environment: &str) -> bool {
        self.projects
            .iter()
            .any(|(it, environments)| it == project && environments.iter().any(|it| it == environment))
    }
}

#[derive(Debug, Clone)]
pub(super) struct Feed {
    pub(super) id: Id,
    pub(super) space: Id,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) packages: Vec<Package>,
}

#[derive(Debug, Clone)]
pub(super) struct Package {
    pub(super) id: String,
    /// Oldest first.
    pub(super) versions: Vec<String>,
    pub(super) any_version: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Project {
    pub(super) id: Id,
    pub(super) space: Id,
    pub(super) name: String,
    pub(super) slug: String,
    pub(super) lifecycle: Id,
    pub(super) mode: TenantMode,
    pub(super) version_control: Option<VersionControlSeed>,
    pub(super) disabled: bool,
    pub(super) version_template: String,
    pub(super) guided_failure: GuidedFailure,
    pub(super) allow_no_machines: bool,
    pub(super) answers: Answers,
    pub(super) queue_delay: f64,
    pub(super) steps: Vec<Step>,
    pub(super) variables: Vec<Variable>,
    pub(super) variables_version: u32,
    pub(super) preconditions: Vec<PreconditionSeed>,
}

impl Project {
    pub(super) fn variable_set(&self) -> Id {
        format!("variableset-{}", self.id)
    }

    pub(super) fn process(&self) -> Id {
        format!("deploymentprocess-{}", self.id)
    }

    pub(super) fn prompts(&self) -> impl Iterator<Item = (&Variable, &PromptSeed)> {
        self.variables.iter().filter_map(|it| Some((it, it.prompt.as_ref()?)))
    }
}

#[derive(Debug, Clone)]
pub(super) struct Variable {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) value: String,
    pub(super) sensitive: bool,
    pub(super) prompt: Option<PromptSeed>,
    /// The document as a client stored it; its unknown properties are given back.
    pub(super) stored: Option<serde_json::Value>,
}

#[derive(Debug, Clone)]
pub(super) struct Step {
    /// The id of the step's one action.
    pub(super) id: Id,
    pub(super) seed: StepSeed,
}

#[derive(Debug, Clone)]
pub(super) struct Channel {
    pub(super) id: Id,
    pub(super) space: Id,
    pub(super) project: Id,
    pub(super) name: String,
    pub(super) is_default: bool,
    pub(super) lifecycle: Option<Id>,
    pub(super) rules: Vec<RuleSeed>,
    pub(super) custom_fields: Vec<String>,
    pub(super) tenant_tags: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Freeze {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) projects: Vec<(Id, Vec<Id>)>,
    pub(super) tenants: Vec<Id>,
}

#[derive(Debug, Clone)]
pub(super) struct Release {
    pub(super) id: Id,
    pub(super) space: Id,
    pub(super) project: Id,
    pub(super) channel: Id,
    pub(super) version: String,
    pub(super) assembled: Timestamp,
    pub(super) notes: String,
    pub(super) packages: Vec<SelectedPackage>,
    pub(super) git_resources: Vec<SelectedGitResource>,
    pub(super) git: Option<GitSelection>,
    pub(super) custom_fields: Vec<(String, String)>,
    pub(super) defects: Vec<Defect>,
    /// Which state of the project's variables the release holds, and how often it was refreshed.
    pub(super) variables_version: u32,
    pub(super) snapshots: u32,
    pub(super) ignored_channel_rules: bool,
}

impl Release {
    pub(super) fn has_unresolved_defect(&self) -> bool {
        self.defects.iter().any(|it| !it.resolved)
    }

    /// What a client must send back to prove that it saw the latest snapshot.
    pub(super) fn snapshot_token(&self) -> String {
        format!("{}-{}", self.id, self.snapshots)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SelectedPackage {
    pub(super) step: String,
    pub(super) reference: String,
    pub(super) id: String,
    pub(super) version: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SelectedGitResource {
    pub(super) step: String,
    pub(super) name: String,
    pub(super) git_ref: String,
}

#[derive(Debug, Clone)]
pub(super) struct GitSelection {
    pub(super) git_ref: String,
    pub(super) commit: String,
}

#[derive(Debug, Clone)]
pub(super) struct Defect {
    pub(super) id: Id,
    pub(super) description: String,
    pub(super) resolved: bool,
}

/// What was asked of a deployment.
#[derive(Debug, Clone, Default)]
pub(super) struct Order {
    pub(super) release: Id,
    pub(super) environment: Id,
    pub(super) tenant: Option<Id>,
    pub(super) specific_machines: Vec<Id>,
    pub(super) excluded_machines: Vec<Id>,
    /// Ids of actions.
    pub(super) skipped: Vec<Id>,
    /// Names of steps to skip that the process does not have; the log warns of them.
    pub(super) unknown_skips: Vec<String>,
    pub(super) guided: bool,
    /// Values of prompted variables by the variable's name.
    pub(super) values: Vec<(String, String)>,
    pub(super) run_at: Option<Timestamp>,
    pub(super) expires: Option<Timestamp>,
    pub(super) force_download: bool,
    pub(super) force_redeployment: bool,
    pub(super) refresh_variables: bool,
    pub(super) comments: String,
    pub(super) freeze_reason: Option<String>,
    pub(super) overridden_freezes: Vec<String>,
    pub(super) priority: Option<String>,
    /// The route by which it came: `executions`, `legacy`, `automatic` or `history`.
    pub(super) route: &'static str,
}

#[derive(Debug, Clone)]
pub(super) struct Deployment {
    pub(super) id: Id,
    pub(super) space: Id,
    pub(super) project: Id,
    pub(super) channel: Id,
    pub(super) task: Id,
    pub(super) created: Timestamp,
    pub(super) deployed_by: Id,
    pub(super) order: Order,
    pub(super) machines: Vec<Id>,
}

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
