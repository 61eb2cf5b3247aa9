//! Deploys: takes over what an earlier try left, asks for the rest once, and never twice.

use futures_util::future::try_join;

use crate::backend::{Adopted, BackendError, Call, Deployment, NewDeployment, Notice};
use crate::model::{GuidedFailure, PromptedValue, TenantTarget};
use crate::octopus::deployment::DeploymentServerTask;
use crate::octopus::preview::Preview;
use crate::octopus::{self as api, ReleaseId, SpaceId};

use super::Octopus;
use super::adoption::{Decision, decide};
use super::aim::{Aim, PlaceHistory};
use super::asked::{Asked, orders};
use super::foresight::Foreseen;
use super::history::{Fate, Seen};
use super::place::{Place, release_id};
use super::search::Baseline;

impl Octopus {
    /// Deploys a release, or takes over what an earlier try of the same build left on the server. `foreseen` is
    /// what [`Octopus::foresee`] gave for it.
    ///
    /// # Errors
    ///
    /// The server refused, or it is not known whether it carried the request out. Deployments that were
    /// accepted before the error are named in it; they go on.
    pub async fn deploy(
        &self,
        new: &NewDeployment<'_>,
        foreseen: &Foreseen,
        call: Call<'_>,
    ) -> Result<Vec<Deployment>, BackendError> {
        let (taken, known) = match new.aim {
            Aim::Surveyed(standings) => self.adopt(new, standings, foreseen, call).await?,
            Aim::Fresh(_) if new.options.schedule.is_some_and(|it| it.run_at <= self.server_now()) => {
                let because =
                    "run-at lies in the past, and a new release has no deployment for that time".to_owned();
                return Err(BackendError::TooLate {
                    what: format!("deploying release {}", new.release.version),
                    because,
                });
            }
            Aim::Fresh(_) => (Vec::new(), Baseline::default()),
        };
        let (taken, mut done): (Vec<Place>, Vec<Deployment>) = taken.into_iter().unzip();
        for deployment in &done {
            (call.say)(Notice::Deployment(deployment.clone()));
        }
        call.ledger.accept(&done);
        let places = places_left(new, &taken);
        let sent = self.ask_for(new, places, &known, foreseen, call).await;
        let made = sent.as_ref().map_or_else(BackendError::accepted, Vec::as_slice);
        self.tell_of_missing_values(new, foreseen, made, call).await;
        match sent {
            Ok(sent) => {
                done.extend(sent);
                Ok(done)
            }
            Err(error) if done.is_empty() => Err(error),
            Err(error) => {
                done.extend(error.accepted().iter().cloned());
                Err(BackendError::PartWay { accepted: done, source: Box::new(error) })
            }
        }
    }

    /// Looks at the targets of `new` again.
    ///
    /// # Errors
    ///
    /// A question without an answer.
    pub async fn look_again(&self, new: &NewDeployment<'_>, call: Call<'_>) -> Result<Aim, BackendError> {
        let places = places_left(new, &[]);
        self.standings_at(new.project, &places, call).await.map(Aim::Surveyed)
    }

    /// Asks for deployments to these places: by the executions API, or by the older route, which alone carries
    /// comments, and takes ids where a name could mean two things.
    async fn ask_for(
        &self,
        new: &NewDeployment<'_>,
        places: Vec<Place>,
        known: &Baseline,
        foreseen: &Foreseen,
        call: Call<'_>,
    ) -> Result<Vec<Deployment>, BackendError> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let resolved = self.resolved(new.options, &places, call).await?;
        if is_signed(new, call) || !resolved.by_name {
            self.deploy_by_ids(new, &places, &resolved, known, foreseen, call).await
        } else {
            self.deploy_by_executions(new, places, &resolved, known, foreseen, call).await
        }
    }

    /// What is taken over, and everything that was there before we asked for anything.
    async fn adopt(
        &self,
        new: &NewDeployment<'_>,
        standings: &[PlaceHistory],
        foreseen: &Foreseen,
        call: Call<'_>,
    ) -> Result<(Vec<(Place, Deployment)>, Baseline), BackendError> {
        let known = Baseline::of(standings);
        let release = release_id(&new.release.id)?;
        let now = self.server_now();
        let space = self.space(call).await?;
        let machines = self.machine_ids(new.options, call).await?;
        let (previews, standings) = try_join(
            self.previews_to_compare(new, standings, foreseen, call),
            self.with_comments(new, standings, &release, call),
        )
        .await?;
        let mut adopted = Vec::new();
        for (standing, preview) in standings.iter().zip(&previews) {
            let asked = Asked::new(new.options, &machines, preview.as_ref());
            let target = standing.target();
            match decide(&standing.history, &release, &asked, call.build, now) {
                Decision::Adopt(seen, why) => {
                    if new.options.variables.values().any(|it| matches!(it, PromptedValue::Secret(_))) {
                        (call.say)(Notice::Warning(format!(
                            "{} is taken over by its marker: whether it was given the same secret values cannot be \
                             compared; with again = true promenade deploys anew",
                            seen.deployment
                        )));
                    }
                    let place = standing.place.clone();
                    self.note_place(new, &seen.deployment, &place, call).await;
                    adopted.push((place, self.adopted(&space, target, &seen, why)));
                }
                Decision::DeployAnew(Some(because)) => {
                    (call.say)(Notice::DeployingAnew { target, because });
                }
                Decision::DeployAnew(None) => {}
                Decision::Unclear(because) => {
                    return Err(BackendError::Hidden { what: doing(new, &target), because });
                }
                Decision::TooLate(because) => {
                    return Err(BackendError::TooLate { what: doing(new, &target), because });
                }
            }
        }
        Ok((adopted, known))
    }

    /// The same with the comments of the release's deployments, where a marker in them matters and a list told less than
    /// the documents themselves.
    async fn with_comments(
        &self,
        new: &NewDeployment<'_>,
        standings: &[PlaceHistory],
        release: &ReleaseId,
        call: Call<'_>,
    ) -> Result<Vec<PlaceHistory>, BackendError> {
        let mut standings = standings.to_vec();
        if !is_signed(new, call) {
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

    /// What deployments to those targets would do where an earlier one has to be compared with it, in the same order.
    /// Where the credential may not know, less can be told of the earlier ones.
    async fn previews_to_compare(
        &self,
        new: &NewDeployment<'_>,
        standings: &[PlaceHistory],
        foreseen: &Foreseen,
        call: Call<'_>,
    ) -> Result<Vec<Option<Preview>>, BackendError> {
        let release = release_id(&new.release.id)?;
        let has_form = !(new.options.variables.is_empty() && new.options.skip_steps.is_empty());
        let is_compared = |it: &PlaceHistory| {
            let earlier = it.history.of(&release);
            let runs = earlier.iter().any(|it| matches!(it.fate, Fate::Unfinished | Fate::Unknown));
            runs && new.options.guided_failure == GuidedFailure::Default || has_form && !earlier.is_empty()
        };
        let places: Vec<_> =
            standings.iter().filter(|it| is_compared(it)).map(|it| it.place.clone()).collect();
        let read = match self.previews(new, &places, foreseen, call).await {
            Err(BackendError::Refused { .. }) => Vec::new(),
            read => read?,
        };
        let mut read = places.into_iter().zip(read);
        let mut next = read.next();
        let of = |it: &PlaceHistory| {
            next.take_if(|(place, _)| *place == it.place).map(|(_, preview)| {
                next = read.next();
                preview
            })
        };
        Ok(standings.iter().map(of).collect())
    }

    pub(super) fn made(
        &self,
        space: &SpaceId,
        target: TenantTarget,
        task: &DeploymentServerTask,
        adopted: Option<Adopted>,
    ) -> Deployment {
        Deployment {
            id: task.deployment_id.to_string(),
            task: task.server_task_id.to_string(),
            target,
            url: self.page(space, "tasks", task.server_task_id.as_str()),
            adopted,
        }
    }

    fn adopted(&self, space: &SpaceId, target: TenantTarget, seen: &Seen, why: Adopted) -> Deployment {
        let task = DeploymentServerTask {
            deployment_id: seen.deployment.clone(),
            server_task_id: seen.task.clone(),
        };
        self.made(space, target, &task, Some(why))
    }

    pub(super) fn known_space(&self) -> Option<SpaceId> {
        self.memory().space.clone()
    }
}

/// Whether a deployment has a comment: because there are notes, or because this build's marker in it has to tell what
/// the server's own document does not: orders, prompted values, and whose a schedule is.
fn is_signed(new: &NewDeployment<'_>, call: Call<'_>) -> bool {
    let options = new.options;
    let is_hidden =
        !orders(options).is_empty() || !options.variables.is_empty() || options.schedule.is_some();
    options.notes.is_some() || call.build.is_some() && is_hidden
}

fn doing(new: &NewDeployment<'_>, target: &TenantTarget) -> String {
    format!("deploying release {} to {target}", new.release.version)
}

/// The targets that nothing was taken over for, compared by their ids: two may have one name.
pub(super) fn places_left(new: &NewDeployment<'_>, taken: &[Place]) -> Vec<Place> {
    let mut places: Vec<Place> = match new.aim {
        Aim::Surveyed(standings) => standings.iter().map(|it| it.place.clone()).collect(),
        Aim::Fresh(places) => places.clone(),
    };
    places.retain(|it| !taken.contains(it));
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        DeploymentOptions, EnvironmentName, ProjectName, Release, ReleaseOrigin, ReleaseVersion,
    };
    use crate::octopus::{EnvironmentId, TenantId};

    #[test]
    fn of_two_tenants_or_environments_with_one_name_the_second_is_left() {
        let place = |environment: u32, tenant: u32| Place {
            environment: EnvironmentId::new(format!("Environments-{environment}")).unwrap(),
            environment_name: EnvironmentName::new("Test"),
            tenant: TenantId::new(format!("Tenants-{tenant}")).map(|id| (id, "Acme".to_owned())),
        };
        let all = [place(1, 1), place(1, 2), place(2, 1)];
        let release = Release {
            id: "Releases-1".to_owned(),
            version: ReleaseVersion::new("1.0.0"),
            origin: ReleaseOrigin::New,
            url: String::new(),
        };
        let (project, options) = (ProjectName::new("Shop"), DeploymentOptions::default());
        let aim = Aim::Fresh(all.to_vec());
        let new = NewDeployment { project: &project, release: &release, aim: &aim, options: &options };
        assert_eq!(places_left(&new, &all[..1]), all[1..]);
        assert_eq!(places_left(&new, &[]), all);
    }
}
