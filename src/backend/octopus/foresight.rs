//! What deployments would do, asked before the first of them is asked for: a step to skip that does not exist,
//! and a prompted variable that nobody asks for. The server only notes the one in its own log, and runs the
//! misspelt step; it disregards the other.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use secrecy::SecretString;

use crate::backend::{BackendError, Call, Deployment, NewDeployment, Notice};
use crate::model::{DeploymentOptions, EnvironmentName, PromptedValue, StepName};
use crate::octopus::deployment::PromptedValues;
use crate::octopus::preview::{Form, FormElement, Preview, PreviewTarget};
use crate::octopus::{self as api, DeploymentId, ReleaseId};

use super::Octopus;
use super::deployment::places_left;
use super::names::{same, unknown};
use super::place::{Place, release_id};
use super::progression::HISTORY;
use super::resolve::{required, together};

/// How many previews are asked for at once.
const AT_ONCE: usize = 8;

/// What deployments would do, as far as it was asked.
#[derive(Debug, Default)]
pub struct Foreseen {
    previews: Vec<(ReleaseId, PreviewTarget, Preview)>,
    /// The prompted variables of which nobody knows whether a deployment asks for them.
    unchecked: Vec<String>,
}

impl Foreseen {
    /// The steps to skip in the words of the process, which are all that the executions API knows.
    pub(super) fn step_names(&self, options: &DeploymentOptions) -> Vec<String> {
        let exact = |name: &StepName| {
            let mut steps = self.previews.iter().flat_map(|(_, _, it)| &it.steps_to_execute);
            let found = steps.find(|it| name.is(&it.action_name));
            found.map_or_else(|| name.to_string(), |it| it.action_name.clone())
        };
        options.skip_steps.iter().map(exact).collect()
    }

    /// The name of the variable that is meant by a name or a label.
    pub(super) fn variable_name(&self, name: &str) -> String {
        let found = self.previews.iter().find_map(|(_, _, it)| element(&it.form, name));
        found.map_or_else(|| name.to_owned(), |it| it.control.name.clone())
    }
}

impl Octopus {
    /// Refuses names that the server would pass over, before any of these deployments is asked for. Nothing is
    /// asked where the options have no such names.
    ///
    /// # Errors
    ///
    /// A step to skip that none of the deployments would run, a prompted variable that no deployment of the
    /// releases asks for, or no answer. Where the server does not let us know the prompted variables, that is
    /// a warning: the server itself refuses to deploy without one that it needs, but passes over a misspelt one.
    pub async fn foresee(&self, all: &[NewDeployment<'_>], call: Call<'_>) -> Result<Foreseen, BackendError> {
        let mut foreseen = Foreseen::default();
        for new in all {
            let options = new.options;
            if options.skip_steps.is_empty() && options.variables.is_empty() {
                return Ok(foreseen);
            }
            match self.foresee_one(new, call).await {
                Err(BackendError::Refused { source, .. }) if options.skip_steps.is_empty() => {
                    foreseen.unchecked =
                        unchecked(options.variables.keys().cloned().collect(), &source, call);
                    return Ok(foreseen);
                }
                some => foreseen.previews.extend(some?),
            }
        }
        let previews: Vec<&Preview> = foreseen.previews.iter().map(|(_, _, it)| it).collect();
        for new in all {
            check_steps(&previews, new.options)?;
        }
        foreseen.unchecked = self.check_variables(all, &previews, call).await?;
        Ok(foreseen)
    }

    async fn foresee_one(
        &self,
        new: &NewDeployment<'_>,
        call: Call<'_>,
    ) -> Result<Vec<(ReleaseId, PreviewTarget, Preview)>, BackendError> {
        let places = places_left(new, &[]);
        let release = release_id(&new.release.id)?;
        let previews = self.previews(new, &places, &Foreseen::default(), call).await?;
        let of = |(place, preview): (&Place, Preview)| (release.clone(), place.preview_target(), preview);
        Ok(places.iter().zip(previews).map(of).collect())
    }

    /// What the deployments to these places would do, in the same order; asked for where it is not foreseen.
    pub(super) async fn previews(
        &self,
        new: &NewDeployment<'_>,
        places: &[Place],
        foreseen: &Foreseen,
        call: Call<'_>,
    ) -> Result<Vec<Preview>, BackendError> {
        let targets: Vec<_> =
            places.iter().map(|it| (it.preview_target(), it.target().to_string())).collect();
        self.previews_of(new, &targets, foreseen, call).await
    }

    async fn previews_of(
        &self,
        new: &NewDeployment<'_>,
        targets: &[(PreviewTarget, String)],
        foreseen: &Foreseen,
        call: Call<'_>,
    ) -> Result<Vec<Preview>, BackendError> {
        let space = self.space(call).await?;
        let release = release_id(&new.release.id)?;
        let mut previews = Vec::new();
        for some in targets.chunks(AT_ONCE) {
            let answers = some.iter().map(async |(target, name)| {
                let mut known = foreseen.previews.iter();
                if let Some((_, _, it)) = known.find(|(id, place, _)| *id == release && place == target) {
                    return Ok(it.clone());
                }
                let request = api::preview::one(&space, &release, target);
                self.look(&format!("previewing the deployment to {name}"), &request, call).await
            });
            previews.extend(try_join_all(answers).await?);
        }
        Ok(previews)
    }

    /// Refuses a prompted variable that no deployment of the releases asks for. The variables are those of all
    /// actions, and one may be asked for in an environment of another action alone. Those that could not be checked
    /// are handed back.
    async fn check_variables(
        &self,
        all: &[NewDeployment<'_>],
        previews: &[&Preview],
        call: Call<'_>,
    ) -> Result<Vec<String>, BackendError> {
        let Some(new) = all.first() else { return Ok(Vec::new()) };
        let mut forms: Vec<_> = previews.iter().map(|it| it.form.clone()).collect();
        let unasked = |forms: &[Form]| {
            let asks = |name: &String| forms.iter().any(|it| element(it, name).is_some());
            let all: Vec<String> = new.options.variables.keys().filter(|it| !asks(it)).cloned().collect();
            all
        };
        let here = unasked(&forms);
        if here.is_empty() {
            return Ok(Vec::new());
        }
        match self.previews_elsewhere(new, call).await {
            Err(BackendError::Refused { source, .. }) => return Ok(unchecked(here, &source, call)),
            elsewhere => forms.extend(elsewhere?.into_iter().map(|it| it.form)),
        }
        let names = forms.iter().flat_map(|it| &it.elements).map(|it| it.control.name.clone());
        let names: BTreeSet<_> = names.collect();
        let wrong = unasked(&forms);
        let wrong: Vec<_> =
            wrong.iter().map(|it| unknown("prompted variable", it, names.iter().cloned())).collect();
        if wrong.is_empty() { Ok(Vec::new()) } else { Err(together(wrong)) }
    }

    /// Says which of the values that could not be checked the deployments themselves do not show. Only those that
    /// may be seen can be missed: the server hides the others. One deployment of each environment tells.
    pub(super) async fn tell_of_missing_values(
        &self,
        new: &NewDeployment<'_>,
        foreseen: &Foreseen,
        made: &[Deployment],
        call: Call<'_>,
    ) {
        let is_plain = |it: &&String| {
            let value = new.options.variables.get(*it);
            value.is_some_and(|it| matches!(it, PromptedValue::Plain(text) if !text.is_empty()))
        };
        let names: Vec<&String> = foreseen.unchecked.iter().filter(is_plain).collect();
        let (false, Some(space)) = (names.is_empty(), self.known_space()) else { return };
        let mut told: Vec<&EnvironmentName> = Vec::new();
        for deployment in made {
            if told.contains(&&deployment.target.environment) {
                continue;
            }
            told.push(&deployment.target.environment);
            let Some(id) = DeploymentId::new(&deployment.id) else { continue };
            // What cannot be read was warned of already.
            let Some(document) = self.glance(&api::deployment::get(&space, &id), call).await else {
                continue;
            };
            let Some(values) = document.form_values else { continue };
            let is_shown = |name: &String| {
                let value = new.options.variables.get(name).map(PromptedValue::expose);
                values.shown().any(|(_, shown)| Some(shown) == value)
            };
            let missing: Vec<_> = names.iter().copied().filter(|it| !is_shown(it)).collect();
            if !missing.is_empty() {
                (call.say)(Notice::Warning(format!(
                    "{}: the deployment does not show the value of {}; it may not have asked for it",
                    deployment.target,
                    quoted(missing)
                )));
            }
        }
    }

    /// What a deployment of the release to each of the project's environments would do.
    async fn previews_elsewhere(
        &self,
        new: &NewDeployment<'_>,
        call: Call<'_>,
    ) -> Result<Vec<Preview>, BackendError> {
        let places = places_left(new, &[]);
        let tenant_id = places.into_iter().find_map(|it| it.tenant).map(|(id, _)| id);
        let environments = self.progression(new.project, HISTORY, call).await?.answer.environments;
        let target = |id| PreviewTarget { environment_id: id, tenant_id: tenant_id.clone() };
        let targets: Vec<_> = environments.into_iter().map(|it| (target(it.id), it.name)).collect();
        self.previews_of(new, &targets, &Foreseen::default(), call).await
    }
}

/// Warns of prompted variables that could not be checked, and hands them back.
fn unchecked(names: Vec<String>, refusal: &api::Error, call: Call<'_>) -> Vec<String> {
    if !names.is_empty() {
        (call.say)(Notice::Warning(format!(
            "whether the deployment asks for {} could not be checked, and the server passes over a value that is not \
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
fn check_steps(previews: &[&Preview], options: &DeploymentOptions) -> Result<(), BackendError> {
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

/// The ids of those steps to skip that this deployment would run.
pub(super) fn skipped_actions(preview: &Preview, options: &DeploymentOptions) -> Vec<String> {
    let is_skipped = |name: &str| options.skip_steps.iter().any(|it| it.is(name));
    let skipped = preview.steps_to_execute.iter().filter(|it| is_skipped(&it.action_name));
    skipped.map(|it| it.action_id.clone()).collect()
}

/// The values of those prompted variables that this deployment asks for, under the names that its form gives
/// them.
pub(super) fn form_values(preview: &Preview, options: &DeploymentOptions) -> PromptedValues {
    let send = |(name, value): (String, PromptedValue)| (name, SecretString::from(value.expose().to_owned()));
    values_by_element(preview, options).map(send).collect()
}

/// The same as the options give them.
pub(super) fn values_by_element<'a>(
    preview: &'a Preview,
    options: &'a DeploymentOptions,
) -> impl Iterator<Item = (String, PromptedValue)> + 'a {
    let given = options.variables.iter();
    given.filter_map(|(name, value)| Some((element(&preview.form, name)?.name.clone(), value.clone())))
}

/// What a form asks for by this name, or else by this label.
fn element<'a>(form: &'a Form, name: &str) -> Option<&'a FormElement> {
    let elements = &form.elements;
    let by_name = elements.iter().find(|it| same(&it.control.name, name));
    by_name.or_else(|| elements.iter().find(|it| same(&it.control.label, name)))
}
