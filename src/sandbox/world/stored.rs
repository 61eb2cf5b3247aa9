//! The documents that the world stores, as plain values that refer to each other by id.

use jiff::Timestamp;

use crate::sandbox::world::process_seed::{PromptSeed, StepSeed};
use crate::sandbox::world::project_seed::{
    Answers, GuidedFailure, PreconditionSeed, RuleSeed, TenantMode, VersionControlSeed,
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
    /// How many environments must succeed before the next phase; 0 means all.
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
    pub(super) release_notes_template: Option<String>,
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

    /// The precondition that a deployment to an environment, given by its name, waits for.
    pub(super) fn precondition_for(&self, environment: &str) -> Option<&PreconditionSeed> {
        self.preconditions.iter().find(|it| {
            it.environments.is_empty()
                || it.environments.iter().any(|it| it.eq_ignore_ascii_case(environment))
        })
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

impl Variable {
    /// A prompted variable.
    pub(super) fn prompted(id: Id, prompt: &PromptSeed) -> Self {
        Self {
            id,
            name: prompt.name.clone(),
            value: prompt.default.clone(),
            sensitive: prompt.secure,
            prompt: Some(prompt.clone()),
            stored: None,
        }
    }
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
