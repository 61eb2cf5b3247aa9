//! Looks for deployments that a request made whose answer was lost.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::backend::{Adopted, Call, Deployment, NewDeployment, Notice};
use crate::octopus::deployment::DeploymentServerTask;
use crate::octopus::{self as api, DeploymentId, SpaceId, UserId};

use super::deployment::Place;
use super::settle::Settled;
use super::survey::{Standing, release_id};
use super::{Octopus, unclear};

/// What was there before we asked for anything.
#[derive(Debug, Default)]
pub(super) struct Baseline {
    ids: HashSet<DeploymentId>,
    /// When the newest of them was created. A survey may leave out older deployments of the release.
    newest: Option<Timestamp>,
}

impl Baseline {
    pub(super) fn of(standings: &[Standing]) -> Self {
        let seen = || standings.iter().flat_map(|it| &it.of_release);
        Self {
            ids: seen().map(|it| it.deployment.clone()).collect(),
            newest: seen().filter_map(|it| it.created).max(),
        }
    }

    /// Whether a deployment came after all that was there before.
    fn is_followed_by(&self, deployment: &api::deployment::Deployment) -> bool {
        !self.ids.contains(&deployment.id) && (self.newest.is_none() || deployment.created >= self.newest)
    }
}

/// The targets of a request whose answer was lost.
pub(super) struct Search {
    /// Where nothing has appeared yet.
    pub(super) missing: Vec<Place>,
    /// What it made, as far as that has appeared.
    pub(super) found: Vec<Deployment>,
}

impl Octopus {
    /// Looks for what a request made whose answer was lost, until everything is found, or until what is
    /// missing may be asked for again.
    ///
    /// # Errors
    ///
    /// The server did not show it.
    pub(super) async fn look_for_lost(
        &self,
        new: &NewDeployment<'_>,
        search: &mut Search,
        known: &Baseline,
        sent: u32,
        call: Call<'_>,
    ) -> Result<Settled<()>, api::Error> {
        let space = self.required_space()?;
        let owner = self.owner(new, call).await?;
        let ours = |it: &api::deployment::Deployment| {
            known.is_followed_by(it) && (owner.is_none() || it.deployed_by_id == owner)
        };
        // Once a part of what was asked for is there, the rest is looked for with the same patience.
        while !search.missing.is_empty() {
            let look = || async {
                let found = self.appeared(&space, new, &search.missing, &ours, call).await?;
                Ok(Some(found).filter(|it| !it.is_empty()))
            };
            match self.settle(sent, call, look).await? {
                Settled::SendAgain => return Ok(Settled::SendAgain),
                Settled::Unclear => return Ok(Settled::Unclear),
                Settled::Found(some) => {
                    for (place, deployment) in some {
                        search.missing.retain(|it| *it != place);
                        search.found.push(self.taken_over(&space, &place, deployment, call));
                    }
                }
            }
        }
        Ok(Settled::Found(()))
    }

    /// Whose deployments a lost request can have made. It matters where deployments of the same release to the
    /// same target may differ.
    async fn owner(&self, new: &NewDeployment<'_>, call: Call<'_>) -> Result<Option<UserId>, api::Error> {
        if !new.options.are_particular() {
            return Ok(None);
        }
        Ok(Some(self.client.look(&api::server::me(), call.until).await?.value.id))
    }

    /// The deployments of the release to `missing` that were not there before we asked.
    async fn appeared(
        &self,
        space: &SpaceId,
        new: &NewDeployment<'_>,
        missing: &[Place],
        ours: &(impl Fn(&api::deployment::Deployment) -> bool + Sync),
        call: Call<'_>,
    ) -> Result<Vec<(Place, api::deployment::Deployment)>, api::Error> {
        let release = release_id(&new.release.id).map_err(|error| unclear(&error.to_string()))?;
        let request = api::deployment::of_release(space, &release, 1000);
        let listed = self.client.look(&request, call.until).await?.value.items;
        let mut found: Vec<(Place, api::deployment::Deployment)> = Vec::new();
        for deployment in listed.into_iter().filter(ours) {
            if let Some(place) = missing.iter().find(|it| it.holds(&deployment))
                && !found.iter().any(|(it, _)| it == place)
            {
                found.push((place.clone(), deployment));
            }
        }
        Ok(found)
    }

    /// A deployment that our own request made although its answer was lost.
    fn taken_over(
        &self,
        space: &SpaceId,
        place: &Place,
        deployment: api::deployment::Deployment,
        call: Call<'_>,
    ) -> Deployment {
        if let Some(project) = deployment.project_id {
            let ids = (project, deployment.environment_id);
            self.memory().places.insert(deployment.id.to_string(), ids);
        }
        let task = DeploymentServerTask { deployment_id: deployment.id, server_task_id: deployment.task_id };
        let made = self.made(space, place.target(), &task, Some(Adopted::AnswerLost));
        (call.say)(Notice::Deployment(made.clone()));
        made
    }
}
