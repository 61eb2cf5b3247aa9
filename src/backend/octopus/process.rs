//! The deployment process and the prompted variables of a project, and checks of the names that an action uses.

use std::sync::Arc;

use futures_util::future::join;

use crate::backend::{BackendError, Context};
use crate::model::{ProjectName, StepName};
use crate::octopus::process::Process;
use crate::octopus::{self as api, ProjectId};

use super::errors::together;
use super::matching::{same, unknown};
use super::needs::Needs;
use super::{Octopus, packages};

/// A variable whose value a deployment asks for.
#[derive(Debug, Clone)]
pub(super) struct Prompt {
    pub(super) name: String,
    /// The label of the question; settings may use it instead of the name.
    pub(super) label: String,
}

impl Octopus {
    /// The current deployment process of a project, at a git reference if it is kept in git.
    pub(super) async fn process(
        &self,
        project: &ProjectId,
        git_ref: Option<&str>,
        context: Context<'_>,
    ) -> Result<Arc<Process>, BackendError> {
        let key = (project.clone(), git_ref.map(str::to_owned));
        if let Some(known) = self.memory().processes.get(&key).cloned() {
            return Ok(known);
        }
        let space = self.space(context).await?;
        let request = api::process::of_project(&space, project, git_ref);
        let process = Arc::new(self.look("reading the deployment process", &request, context).await?);
        self.memory().processes.insert(key, process.clone());
        Ok(process)
    }

    /// Remembers a project's process before the project itself is known, under its guessed slug.
    pub(super) async fn seek_process(&self, name: &ProjectName, git_ref: Option<&str>, context: Context<'_>) {
        if let Some(guess) = self.guess(name) {
            // If this fails, it is read again later.
            drop(self.process(&guess, git_ref, context).await);
        }
    }

    /// Uses a process that was found by a guessed slug, if the guess was right. An empty process proves nothing: a
    /// server may answer a request by slug with one.
    pub(super) fn know_process(&self, name: &ProjectName, project: &ProjectId, git_ref: Option<&str>) {
        let mut memory = self.memory();
        let slug = memory.projects.get(&name.as_str().to_lowercase()).and_then(|it| ProjectId::new(&it.slug));
        let git_ref = git_ref.map(str::to_owned);
        let found = slug.and_then(|it| memory.processes.get(&(it, git_ref.clone())).cloned());
        if let Some(process) = found.filter(|it| !it.steps.is_empty()) {
            memory.processes.entry((project.clone(), git_ref)).or_insert(process);
        }
    }

    /// The variables that deployments of the project ask for now; `None` if not all of them can be known: a project in
    /// git keeps them there, and library sets have some of their own.
    pub(super) async fn prompts(
        &self,
        needs: &Needs<'_>,
        project: &ProjectId,
        context: Context<'_>,
    ) -> Result<Option<Vec<Prompt>>, BackendError> {
        let document = match ProjectId::recognise(needs.project.as_str().trim()) {
            Some(_) => self.project(&ProjectName::new(project.as_str()), context).await?,
            None => self.project(needs.project, context).await?,
        };
        let Some(set) = document.variable_set_id.clone().filter(|_| !document.is_in_git()) else {
            return Ok(None);
        };
        if document.included_library_variable_set_ids.as_ref().is_none_or(|it| !it.is_empty()) {
            return Ok(None);
        }
        let space = self.space(context).await?;
        let request = api::variable::get(&space, &set);
        let variables = self.look("reading the project's variables", &request, context).await?;
        let Some(variables) = variables.get("Variables").and_then(serde_json::Value::as_array) else {
            return Ok(None);
        };
        let prompt = |it: &serde_json::Value| {
            let label = it.get("Prompt").filter(|it| it.is_object())?.get("Label");
            Some(Prompt {
                name: it.get("Name")?.as_str()?.to_owned(),
                label: label.and_then(serde_json::Value::as_str).unwrap_or_default().to_owned(),
            })
        };
        Ok(Some(variables.iter().filter_map(prompt).collect()))
    }

    /// Checks the steps and prompted variables of a release to create, as far as the current process shows them.
    pub(super) async fn check_process(
        &self,
        needs: &Needs<'_>,
        project: &ProjectId,
        context: Context<'_>,
    ) -> Result<(), BackendError> {
        let mut errors = Vec::new();
        let steps = needs.steps();
        let variables = needs.variables();
        let process = async {
            if steps.is_empty() && needs.packages.is_empty() {
                return Ok(None);
            }
            self.know_process(needs.project, project, needs.git_ref());
            self.process(project, needs.git_ref(), context).await.map(Some)
        };
        let prompts = async {
            if variables.is_empty() { Ok(None) } else { self.prompts(needs, project, context).await }
        };
        let (process, prompts) = join(process, prompts).await;
        match process {
            Ok(Some(process)) => {
                errors.extend(packages::translated(needs.packages, &process).err());
                errors.extend(unknown_steps(&process, steps));
            }
            Ok(None) => {}
            // The server runs a misspelt step, so without the process nothing is started.
            Err(error) => errors.push(error),
        }
        match prompts {
            Ok(Some(known)) => errors.extend(unknown_variables(&known, &variables)),
            Ok(None) => {}
            Err(error) if error.is_transient() => errors.push(error),
            // The release itself is read before it is deployed, and a warning then names what could not be checked.
            Err(_) => {}
        }
        if errors.is_empty() { Ok(()) } else { Err(together(errors)) }
    }
}

/// The steps to skip that the process does not have, and those that must run.
fn unknown_steps(process: &Process, steps: &[StepName]) -> Vec<BackendError> {
    let mut errors = Vec::new();
    let mut missing = Vec::new();
    for step in steps {
        let mut named = process.actions().filter(|it| step.is(&it.name)).peekable();
        if named.peek().is_none() {
            missing.push(step.to_string());
        } else if named.any(|it| it.is_required) {
            errors.push(required(step));
        }
    }
    if !missing.is_empty() {
        let known = process.actions().map(|it| it.name.clone()).collect();
        errors.push(BackendError::NotInProcess { kind: "step", names: missing, known });
    }
    errors
}

/// The error for a step that must run.
pub(super) fn required(step: &StepName) -> BackendError {
    BackendError::Impossible(format!("step '{step}' is required and cannot be skipped"))
}

pub(super) fn unknown_variables(known: &[Prompt], variables: &[&String]) -> Vec<BackendError> {
    let asked = |name: &str| known.iter().any(|it| same(&it.name, name) || same(&it.label, name));
    let missing = variables.iter().filter(|it| !asked(it));
    let names = || known.iter().map(|it| it.name.clone());
    missing.map(|it| unknown("prompted variable", it, names())).collect()
}
