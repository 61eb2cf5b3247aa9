//! Previews of deployments, read before the first deployment is requested. They show a step to skip that does not
//! exist, and a prompted variable that no deployment asks for. The server only logs the first and runs the misspelt
//! step; it ignores the second.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::try_join_all;

use crate::backend::{BackendError, Cause, Context, Deployment, Notice};
use crate::model::{DeploymentOptions, EnvironmentName, PromptedValue, StepName};
use crate::octopus::preview::{Form as PreviewForm, Preview, PreviewTarget};
use crate::octopus::{self as api, DeploymentId, EnvironmentId, ReleaseId, TenantId};

use super::Octopus;
use super::deployment_targets::Deploying;
use super::errors::together;
use super::form::{Form, element};
use super::matching::unknown;
use super::place::{Place, release_id};
use super::preparation_inputs::PreparationInputs;
use super::process::required;
use super::progression::HISTORY;

/// How many previews are read in parallel.
const AT_ONCE: usize = 8;

/// The known previews of some targets of a release.
pub(super) struct KnownPreviews(Vec<(PreviewTarget, Arc<Preview>)>);

impl KnownPreviews {
    /// The steps to skip by the process's names, the only ones that the executions API accepts.
    pub(super) fn step_names(&self, options: &DeploymentOptions) -> Vec<String> {
        let exact = |name: &StepName| {
            let mut steps = self.0.iter().flat_map(|(_, it)| &it.steps_to_execute);
            let found = steps.find(|it| name.is(&it.action_name));
            found.map_or_else(|| name.to_string(), |it| it.action_name.clone())
        };
        options.skip_steps.iter().map(exact).collect()
    }

    /// The name of the variable with this name or label.
    pub(super) fn variable_name(&self, name: &str) -> String {
        let found = self.0.iter().find_map(|(_, it)| element(&it.form, name));
        found.map_or_else(|| name.to_owned(), |it| it.control.name.clone())
    }

    /// The form of a deployment to this place, if its preview is known.
    pub(super) fn form(&self, place: &Place, options: &DeploymentOptions) -> Option<Form> {
        let target = place.preview_target();
        let found = self.0.iter().find(|(it, _)| *it == target);
        found.map(|(_, preview)| Form::of(preview, options))
    }
}

impl Octopus {
    /// Refuses names that the server would ignore, before any of these deployments is requested. Sends no request if
    /// the options have no such names. Returns the prompted variables that could not be checked.
    ///
    /// # Errors
    ///
    /// A step to skip that none of the deployments would run, a prompted variable that no deployment of the releases
    /// asks for, or no answer. If the credential may not read the prompted variables, that is a warning: the server
    /// itself refuses to deploy without one that it needs, but ignores a misspelt one.
    pub(super) async fn check_options(
        &self,
        all: &[Deploying<'_>],
        context: Context<'_>,
    ) -> Result<Vec<String>, BackendError> {
        let mut previews: Vec<Arc<Preview>> = Vec::new();
        for new in all {
            let options = new.options;
            if options.skip_steps.is_empty() && options.variables.is_empty() {
                return Ok(Vec::new());
            }
            match self.previews(new, &new.places(), context).await {
                Err(BackendError::Refused { source, .. }) if options.skip_steps.is_empty() => {
                    return Ok(unchecked(options.variables.keys().cloned().collect(), &source, context));
                }
                some => previews.extend(some?),
            }
        }
        for new in all {
            check_steps(&previews, new.options)?;
        }
        self.check_variables(all, &previews, context).await
    }

    /// The forms of deployments to these places, in the same order.
    pub(super) async fn forms(
        &self,
        new: &Deploying<'_>,
        places: &[Place],
        context: Context<'_>,
    ) -> Result<Vec<Form>, BackendError> {
        let previews = self.previews(new, places, context).await?;
        Ok(previews.iter().map(|it| Form::of(it, new.options)).collect())
    }

    /// The known previews of deployments to these places; sends no request.
    pub(super) fn known_previews(&self, new: &Deploying<'_>, places: &[Place]) -> KnownPreviews {
        let memory = self.memory();
        let of = |place: &Place| {
            let target = place.preview_target();
            let release = ReleaseId::new(&new.release.id)?;
            let known = memory.previews.get(&key(&release, &target)).cloned()?;
            Some((target, known))
        };
        KnownPreviews(places.iter().filter_map(of).collect())
    }

    /// Forgets the previews of a release: once its variables are refreshed, its deployments may ask for other values.
    pub(super) fn forget_previews(&self, release: &ReleaseId) {
        self.memory().previews.retain(|(of, ..), _| of != release);
    }

    /// The previews of the deployments to these places, in the same order; read once within a run.
    async fn previews(
        &self,
        new: &Deploying<'_>,
        places: &[Place],
        context: Context<'_>,
    ) -> Result<Vec<Arc<Preview>>, BackendError> {
        let targets: Vec<_> =
            places.iter().map(|it| (it.preview_target(), it.target().to_string())).collect();
        self.previews_of(&release_id(&new.release.id)?, &targets, context).await
    }

    async fn previews_of(
        &self,
        release: &ReleaseId,
        targets: &[(PreviewTarget, String)],
        context: Context<'_>,
    ) -> Result<Vec<Arc<Preview>>, BackendError> {
        let space = self.space(context).await?;
        let mut previews = Vec::new();
        for some in targets.chunks(AT_ONCE) {
            let answers = some.iter().map(async |(target, name)| {
                if let Some(known) = self.memory().previews.get(&key(release, target)).cloned() {
                    return Ok(known);
                }
                let request = api::preview::one(&space, release, target);
                let read =
                    self.look(&format!("previewing the deployment to {name}"), &request, context).await;
                let read = Arc::new(read?);
                self.memory().previews.insert(key(release, target), read.clone());
                Ok(read)
            });
            previews.extend(try_join_all(answers).await?);
        }
        Ok(previews)
    }

    /// Refuses a prompted variable that no deployment of the releases asks for. All actions share the variables, and a
    /// variable may be used only in another action's environment. Returns those that could not be checked.
    async fn check_variables(
        &self,
        all: &[Deploying<'_>],
        previews: &[Arc<Preview>],
        context: Context<'_>,
    ) -> Result<Vec<String>, BackendError> {
        let Some(new) = all.first() else { return Ok(Vec::new()) };
        let mut forms: Vec<_> = previews.iter().map(|it| it.form.clone()).collect();
        let unasked = |forms: &[PreviewForm]| {
            let asks = |name: &String| forms.iter().any(|it| element(it, name).is_some());
            let all: Vec<String> = new.options.variables.keys().filter(|it| !asks(it)).cloned().collect();
            all
        };
        let here = unasked(&forms);
        if here.is_empty() {
            return Ok(Vec::new());
        }
        match self.previews_elsewhere(new, context).await {
            Err(BackendError::Refused { source, .. }) => return Ok(unchecked(here, &source, context)),
            elsewhere => forms.extend(elsewhere?.iter().map(|it| it.form.clone())),
        }
        let names = forms.iter().flat_map(|it| &it.elements).map(|it| it.control.name.clone());
        let names: BTreeSet<_> = names.collect();
        let wrong = unasked(&forms);
        let wrong: Vec<_> =
            wrong.iter().map(|it| unknown("prompted variable", it, names.iter().cloned())).collect();
        if wrong.is_empty() { Ok(Vec::new()) } else { Err(together(wrong)) }
    }

    /// Warns about values that could not be checked and that the deployments do not show. This covers only values that
    /// may be shown: the server hides the others. One deployment of each environment is enough.
    pub(in crate::backend) async fn report_missing_values(
        &self,
        inputs: &PreparationInputs,
        made: &[Deployment],
        context: Context<'_>,
    ) {
        let new = inputs.deploying();
        let is_plain = |it: &&String| {
            let value = new.options.variables.get(*it);
            value.is_some_and(|it| matches!(it, PromptedValue::Plain(text) if !text.is_empty()))
        };
        let names: Vec<&String> = inputs.unchecked.iter().filter(is_plain).collect();
        let (false, Some(space)) = (names.is_empty(), self.known_space()) else { return };
        let mut seen: Vec<&EnvironmentName> = Vec::new();
        for deployment in made {
            if seen.contains(&&deployment.target.environment) {
                continue;
            }
            seen.push(&deployment.target.environment);
            let Some(id) = DeploymentId::new(&deployment.id) else { continue };
            // A warning about the unreadable ones was reported already.
            let Some(document) = self.glance(&api::deployment::get(&space, &id), context).await else {
                continue;
            };
            let Some(values) = document.form_values else { continue };
            let is_shown = |name: &String| {
                let value = new.options.variables.get(name).map(PromptedValue::expose);
                values.shown().any(|(_, shown)| Some(shown) == value)
            };
            let missing: Vec<_> = names.iter().copied().filter(|it| !is_shown(it)).collect();
            if !missing.is_empty() {
                (context.say)(Notice::Warning(format!(
                    "{}: the deployment does not show the value of {}; it may not have asked for it",
                    deployment.target,
                    quoted(missing)
                )));
            }
        }
    }

    /// The previews of a deployment of the release to each of the project's environments.
    async fn previews_elsewhere(
        &self,
        new: &Deploying<'_>,
        context: Context<'_>,
    ) -> Result<Vec<Arc<Preview>>, BackendError> {
        let places = new.places();
        let tenant_id = places.into_iter().find_map(|it| it.tenant).map(|(id, _)| id);
        let environments = self.progression(new.project, HISTORY, context).await?.answer.environments;
        let target = |id| PreviewTarget { environment_id: id, tenant_id: tenant_id.clone() };
        let targets: Vec<_> = environments.into_iter().map(|it| (target(it.id), it.name)).collect();
        self.previews_of(&release_id(&new.release.id)?, &targets, context).await
    }
}

/// The key of a remembered preview.
fn key(release: &ReleaseId, target: &PreviewTarget) -> (ReleaseId, EnvironmentId, Option<TenantId>) {
    (release.clone(), target.environment_id.clone(), target.tenant_id.clone())
}

/// Warns about prompted variables that could not be checked, and returns them.
fn unchecked(names: Vec<String>, refusal: &Cause, context: Context<'_>) -> Vec<String> {
    if !names.is_empty() {
        (context.say)(Notice::Warning(format!(
            "whether the deployment asks for {} could not be checked, and the server ignores a value that is not \
             asked for: {refusal}",
            quoted(&names)
        )));
    }
    names
}

fn quoted<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    let names: Vec<_> = names.into_iter().map(|it| format!("'{it}'")).collect();
    format!("the prompted variable{} {}", if names.len() == 1 { "" } else { "s" }, names.join(", "))
}

/// Refuses a step that none of the deployments would run, and one that must run.
fn check_steps(previews: &[Arc<Preview>], options: &DeploymentOptions) -> Result<(), BackendError> {
    let steps = || previews.iter().flat_map(|it| &it.steps_to_execute);
    let mut names = Vec::new();
    for name in &options.skip_steps {
        if steps().any(|it| name.is(&it.action_name) && !it.can_be_skipped) {
            return Err(required(name));
        }
        if !steps().any(|it| name.is(&it.action_name)) {
            names.push(name.to_string());
        }
    }
    if names.is_empty() {
        return Ok(());
    }
    let mut known: Vec<String> = Vec::new();
    for step in steps().filter(|it| !it.action_name.is_empty()) {
        if !known.contains(&step.action_name) {
            known.push(step.action_name.clone());
        }
    }
    Err(BackendError::NotInProcess { kind: "step", names, known })
}
