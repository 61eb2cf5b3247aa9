//! Which of the deployments that are there are taken over for what is asked for.

use futures_util::future::try_join;

use crate::backend::{BackendError, Call, Deployment, Notice};
use crate::model::{DeploymentOptions, GuidedFailure, PromptedValue, TenantTarget};
use crate::octopus::{self as api, ReleaseId};

use super::Octopus;
use super::adoption::{Decision, decide};
use super::aim::{Deploying, PlaceHistory};
use super::asked::{Asked, Machines};
use super::form::Form;
use super::history::{Fate, Seen};
use super::place::{Place, release_id};
use super::requests::is_signed;

impl Octopus {
    /// What is taken over.
    pub(super) async fn adopt(
        &self,
        new: &Deploying<'_>,
        standings: &[PlaceHistory],
        notices: &mut Vec<Notice>,
        call: Call<'_>,
    ) -> Result<Vec<(Place, Deployment)>, BackendError> {
        let release = release_id(&new.release.id)?;
        let now = self.server_now();
        let machines = self.machines_of(new.options, call).await?;
        let (forms, standings) = try_join(
            self.forms_to_compare(new, standings, call),
            self.with_comments(new, standings, &release, call),
        )
        .await?;
        let mut adopted = Vec::new();
        for (standing, form) in standings.iter().zip(&forms) {
            let asked = Asked::new(new.options, machines.clone(), form.as_ref());
            let target = standing.target();
            match decide(&standing.history, &release, &asked, call.build, now) {
                Decision::Adopt(seen, why) => {
                    notices.extend(cannot_compare_secrets(new.options, &seen));
                    adopted.push((
                        standing.place.clone(),
                        self.adopted(new, &standing.place, &seen, why, call).await?,
                    ));
                }
                Decision::DeployAnew(because) => {
                    notices.extend(because.map(|because| Notice::DeployingAnew { target, because }));
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
        call: Call<'_>,
    ) -> Result<Machines, BackendError> {
        let ids = |some: Vec<api::machine::Machine>| some.into_iter().map(|it| it.id).collect();
        Ok(Machines {
            only: ids(self.machines(&options.machines, call).await?),
            excluded: ids(self.machines(&options.excluded_machines, call).await?),
        })
    }

    /// The same with the comments of the release's deployments, where a marker in them matters and a list told less than
    /// the documents themselves.
    async fn with_comments(
        &self,
        new: &Deploying<'_>,
        standings: &[PlaceHistory],
        release: &ReleaseId,
        call: Call<'_>,
    ) -> Result<Vec<PlaceHistory>, BackendError> {
        let mut standings = standings.to_vec();
        if !is_signed(new.options, call) {
            return Ok(standings);
        }
        let space = self.space(call).await?;
        let all = standings.iter_mut().flat_map(|it| &mut it.history.0);
        let lacks = |it: &&mut Seen| {
            it.release == *release && it.document.as_ref().is_none_or(|it| it.comments.is_none())
        };
        for seen in all.filter(lacks) {
            let request = api::deployment::get(&space, &seen.deployment);
            seen.document = Some(self.look("reading a deployment", &request, call).await?);
        }
        Ok(standings)
    }

    /// What deployments to those targets would ask for where an earlier one has to be compared with it, in the same order.
    /// Where the credential may not know, less can be told of the earlier ones.
    async fn forms_to_compare(
        &self,
        new: &Deploying<'_>,
        standings: &[PlaceHistory],
        call: Call<'_>,
    ) -> Result<Vec<Option<Form>>, BackendError> {
        let release = release_id(&new.release.id)?;
        let has_form = !(new.options.variables.is_empty() && new.options.skip_steps.is_empty());
        let is_compared = |it: &PlaceHistory| {
            let earlier = it.history.of(&release);
            let runs = earlier.iter().any(|it| matches!(it.fate, Fate::Unfinished | Fate::Unknown));
            runs && new.options.guided_failure == GuidedFailure::Default || has_form && !earlier.is_empty()
        };
        let places: Vec<_> =
            standings.iter().filter(|it| is_compared(it)).map(|it| it.place.clone()).collect();
        let forms = match self.forms(new, &places, call).await {
            Err(BackendError::Refused { .. }) => Vec::new(),
            read => read?,
        };
        let of = |it: &PlaceHistory| {
            let at = places.iter().position(|place| *place == it.place)?;
            forms.get(at).cloned()
        };
        Ok(standings.iter().map(of).collect())
    }
}

fn doing(new: &Deploying<'_>, target: &TenantTarget) -> String {
    format!("deploying release {} to {target}", new.release.version)
}

fn cannot_compare_secrets(options: &DeploymentOptions, seen: &Seen) -> Option<Notice> {
    options.variables.values().any(|it| matches!(it, PromptedValue::Secret(_))).then(|| {
        Notice::Warning(format!(
            "{} is taken over by its marker: whether it was given the same secret values cannot be compared; with again \
             = true promenade deploys anew",
            seen.deployment
        ))
    })
}
