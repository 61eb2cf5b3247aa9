//! Decides which existing deployments are taken over.

use futures_util::future::try_join;

use crate::backend::{BackendError, Context, Deployment, Notice};
use crate::model::{DeploymentOptions, GuidedFailure, PromptedValue, TenantTarget};
use crate::octopus::{self as api, ReleaseId};

use super::Octopus;
use super::adoption::{Decision, decide};
use super::deployment_spec::{DeploymentSpec, Machines};
use super::deployment_targets::{Deploying, PlaceHistory};
use super::form::Form;
use super::history::{DeploymentState, KnownDeployment};
use super::place::{Place, release_id};
use super::requests::is_signed;

impl Octopus {
    /// The deployments that are taken over.
    pub(super) async fn adopt(
        &self,
        new: &Deploying<'_>,
        known: &[PlaceHistory],
        notices: &mut Vec<Notice>,
        context: Context<'_>,
    ) -> Result<Vec<(Place, Deployment)>, BackendError> {
        let release = release_id(&new.release.id)?;
        let now = self.server_now();
        let machines = self.machines_of(new.options, context).await?;
        let (forms, known) = try_join(
            self.forms_to_compare(new, known, context),
            self.with_comments(new, known, &release, context),
        )
        .await?;
        let mut adopted = Vec::new();
        for (there, form) in known.iter().zip(&forms) {
            let asked = DeploymentSpec::new(new.options, machines.clone(), form.as_ref());
            let target = there.target();
            match decide(&there.history, &release, &asked, context.build, now) {
                Decision::Adopt(seen, why) => {
                    notices.extend(cannot_compare_secrets(new.options, &seen));
                    adopted.push((
                        there.place.clone(),
                        self.adopted(new, &there.place, &seen, why, context).await?,
                    ));
                }
                Decision::Deploy(because) => {
                    notices.extend(because.map(|because| Notice::DeployingAgain { target, because }));
                }
                Decision::Unclear(because) => {
                    return Err(BackendError::Hidden { what: doing(new, &target), because });
                }
                Decision::TooLate(because) => {
                    return Err(BackendError::TooLate { what: doing(new, &target), because });
                }
            }
        }
        Ok(adopted)
    }

    async fn machines_of(
        &self,
        options: &DeploymentOptions,
        context: Context<'_>,
    ) -> Result<Machines, BackendError> {
        let ids = |some: Vec<api::machine::Machine>| some.into_iter().map(|it| it.id).collect();
        Ok(Machines {
            only: ids(self.machines(&options.machines, context).await?),
            excluded: ids(self.machines(&options.excluded_machines, context).await?),
        })
    }

    /// The same targets with the comments of the release's deployments, which are read if a marker in them matters and
    /// the list lacks them.
    async fn with_comments(
        &self,
        new: &Deploying<'_>,
        known: &[PlaceHistory],
        release: &ReleaseId,
        context: Context<'_>,
    ) -> Result<Vec<PlaceHistory>, BackendError> {
        let mut known = known.to_vec();
        if !is_signed(new.options, context) {
            return Ok(known);
        }
        let space = self.space(context).await?;
        let all = known.iter_mut().flat_map(|it| &mut it.history.0);
        let lacks = |it: &&mut KnownDeployment| {
            it.release == *release && it.document.as_ref().is_none_or(|it| it.comments.is_none())
        };
        for seen in all.filter(lacks) {
            let request = api::deployment::get(&space, &seen.deployment);
            seen.document = Some(self.look("reading a deployment", &request, context).await?);
        }
        Ok(known)
    }

    /// The forms of deployments to those targets that have an earlier one to compare, in the same order. If the
    /// credential may not read them, less can be compared.
    async fn forms_to_compare(
        &self,
        new: &Deploying<'_>,
        known: &[PlaceHistory],
        context: Context<'_>,
    ) -> Result<Vec<Option<Form>>, BackendError> {
        let release = release_id(&new.release.id)?;
        let has_form = !(new.options.variables.is_empty() && new.options.skip_steps.is_empty());
        let is_compared = |it: &PlaceHistory| {
            let earlier = it.history.of(&release);
            let runs = earlier
                .iter()
                .any(|it| matches!(it.fate, DeploymentState::Unfinished | DeploymentState::Unknown));
            runs && new.options.guided_failure == GuidedFailure::Default || has_form && !earlier.is_empty()
        };
        let places: Vec<_> = known.iter().filter(|it| is_compared(it)).map(|it| it.place.clone()).collect();
        let forms = match self.forms(new, &places, context).await {
            Err(BackendError::Refused { .. }) => Vec::new(),
            read => read?,
        };
        let of = |it: &PlaceHistory| {
            let at = places.iter().position(|place| *place == it.place)?;
            forms.get(at).cloned()
        };
        Ok(known.iter().map(of).collect())
    }
}

fn doing(new: &Deploying<'_>, target: &TenantTarget) -> String {
    format!("deploying release {} to {target}", new.release.version)
}

fn cannot_compare_secrets(options: &DeploymentOptions, seen: &KnownDeployment) -> Option<Notice> {
    options.variables.values().any(|it| matches!(it, PromptedValue::Secret(_))).then(|| {
        Notice::Warning(format!(
            "{} is taken over by its marker: whether it was given the same secret values cannot be compared; with again \
             = true promenade deploys again",
            seen.deployment
        ))
    })
}
