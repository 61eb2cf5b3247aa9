//! Looks for deployments that a request made whose answer was lost.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::backend::{Adopted, BackendError, Call, Deployment, NewDeployment, Notice};
use crate::model::Marker;
use crate::octopus::deployment::DeploymentServerTask;
use crate::octopus::preview::Preview;
use crate::octopus::{self as api, DeploymentId, SpaceId, UserId};

use super::aim::PlaceHistory;
use super::asked::{Asked, Likeness};
use super::foresight::Foreseen;
use super::history::Seen;
use super::place::{Place, release_id};
use super::settle::Settled;
use super::{Octopus, unclear};

/// What was there before we asked for anything.
#[derive(Debug, Default)]
pub(super) struct Baseline {
    ids: HashSet<DeploymentId>,
    /// When the newest of them was created. A survey may leave out older deployments of the release.
    newest: Option<Timestamp>,
}

impl Baseline {
    pub(super) fn of(standings: &[PlaceHistory]) -> Self {
        let seen = || standings.iter().flat_map(|it| &it.history.0);
        Self {
            ids: seen().map(|it| it.deployment.clone()).collect(),
            newest: seen().filter_map(|it| it.created).max(),
        }
    }

    /// Whether a deployment came after all that was there before.
    fn is_followed_by(&self, deployment: &api::deployment::Deployment) -> bool {
        let is_newer = deployment.created.is_none() || deployment.created >= self.newest;
        !self.ids.contains(&deployment.id) && (self.newest.is_none() || is_newer)
    }
}

/// The targets of a request whose answer was lost.
pub(super) struct Search {
    /// Where nothing has appeared yet.
    pub(super) missing: Vec<Place>,
    /// What it made, as far as that has appeared.
    pub(super) found: Vec<Deployment>,
}

/// What a look has shown.
struct Appeared {
    /// What the request made.
    found: Vec<(Place, api::deployment::Deployment)>,
    /// Whether there is one of which the server does not tell whether the request made it.
    is_hidden: bool,
}

/// Which of the deployments that appeared were asked for the same. Where the request carried this build's marker, that
/// alone says so.
fn sorted_out(
    candidates: Vec<api::deployment::Deployment>,
    missing: &[Place],
    wanted: &[(Place, Asked)],
    signature: Option<&Marker>,
) -> Appeared {
    let mut appeared = Appeared { found: Vec::new(), is_hidden: false };
    for document in candidates {
        let open = |it: &&(Place, Asked)| missing.contains(&it.0) && it.0.holds(&document);
        let Some((place, asked)) = wanted.iter().find(open) else { continue };
        if appeared.found.iter().any(|(it, _)| it == place) {
            continue;
        }
        let seen = Seen::of(&document, None);
        let likeness = match (signature, &document.comments) {
            (Some(signature), Some(comments)) if Marker::read(comments).as_ref() == Some(signature) => {
                Likeness::Same
            }
            (Some(_), Some(comments)) if !comments.trim().is_empty() => Likeness::Other("the marker"),
            // Where there is no comment, ours may not be shown.
            (Some(_), _) => match asked.may_be_the_same(&seen) {
                Likeness::Other(what) => Likeness::Other(what),
                Likeness::Same | Likeness::Unknown(_) => Likeness::Unknown("the marker"),
            },
            (None, _) => asked.may_be_the_same(&seen),
        };
        match likeness {
            Likeness::Same => appeared.found.push((place.clone(), document)),
            Likeness::Other(_) => {}
            Likeness::Unknown(_) => appeared.is_hidden = true,
        }
    }
    appeared
}

impl Octopus {
    /// Looks for what a request made whose answer was lost, until everything is found, or until what is
    /// missing may be asked for again.
    ///
    /// # Errors
    ///
    /// The server did not show it.
    ///
    /// `signature` is the marker that the request carried.
    pub(super) async fn look_for_lost(
        &self,
        new: &NewDeployment<'_>,
        search: &mut Search,
        known: &Baseline,
        signature: Option<&Marker>,
        sent: u32,
        call: Call<'_>,
    ) -> Result<Settled<()>, api::Error> {
        let space = self.required_space()?;
        let me = self.client.look(&api::server::me(), call.until).await?.value.id;
        let wanted = self.wanted(new, &search.missing, call).await?;
        // Once a part of what was asked for is there, the rest is looked for with the same patience.
        while !search.missing.is_empty() {
            let look = || async {
                let candidates = self.appeared(&space, new, known, &me, call).await?;
                let found = sorted_out(candidates, &search.missing, &wanted, signature);
                Ok(Some(found).filter(|it| it.is_hidden || !it.found.is_empty()))
            };
            match self.settle(sent, call, look).await? {
                Settled::SendAgain => return Ok(Settled::SendAgain),
                Settled::Unclear => return Ok(Settled::Unclear),
                Settled::Found(some) => {
                    for (place, deployment) in some.found {
                        search.missing.retain(|it| *it != place);
                        search.found.push(self.taken_over(&space, &place, deployment, call));
                    }
                    if some.is_hidden {
                        return Ok(Settled::Unclear);
                    }
                }
            }
        }
        Ok(Settled::Found(()))
    }

    /// What was asked for at each of these places.
    async fn wanted(
        &self,
        new: &NewDeployment<'_>,
        places: &[Place],
        call: Call<'_>,
    ) -> Result<Vec<(Place, Asked)>, api::Error> {
        let machines = self.machine_ids(new.options, call).await.map_err(client_error)?;
        let previews = match self.previews(new, places, &Foreseen::default(), call).await {
            Ok(previews) => previews.into_iter().map(Some).collect(),
            Err(BackendError::Refused { .. }) => vec![None; places.len()],
            Err(error) => return Err(client_error(error)),
        };
        let asked = |preview: &Option<Preview>| Asked::new(new.options, &machines, preview.as_ref());
        Ok(places.iter().cloned().zip(previews.iter().map(asked)).collect())
    }

    /// The deployments of the release that this user asked for, and that were not there before.
    async fn appeared(
        &self,
        space: &SpaceId,
        new: &NewDeployment<'_>,
        known: &Baseline,
        me: &UserId,
        call: Call<'_>,
    ) -> Result<Vec<api::deployment::Deployment>, api::Error> {
        let release = release_id(&new.release.id).map_err(|error| unclear(&error.to_string()))?;
        let request = api::deployment::of_release(space, &release, 1000);
        let listed = self.client.look(&request, call.until).await?.value.items;
        let ours = |it: &api::deployment::Deployment| {
            known.is_followed_by(it) && it.deployed_by_id.as_ref().is_none_or(|it| it == me)
        };
        let mut ours: Vec<_> = listed.into_iter().filter(ours).collect();
        // A list may tell less than the document itself.
        for it in ours.iter_mut().filter(|it| it.is_short() || it.comments.is_none()) {
            *it = self.client.look(&api::deployment::get(space, &it.id), call.until).await?.value;
        }
        Ok(ours)
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
            let destination = super::Destination {
                project,
                environment: deployment.environment_id,
                tenant: deployment.tenant_id,
                release: deployment.release_id,
            };
            self.memory().places.insert(deployment.id.to_string(), destination);
        }
        let task = DeploymentServerTask { deployment_id: deployment.id, server_task_id: deployment.task_id };
        let made = self.made(space, place.target(), &task, Some(Adopted::AnswerLost));
        (call.say)(Notice::Deployment(made.clone()));
        call.ledger.accept(std::slice::from_ref(&made));
        made
    }
}

/// The client's error inside a look-up of a name, for a look that speaks of client errors only.
fn client_error(error: BackendError) -> api::Error {
    match error {
        BackendError::Refused { source, .. } | BackendError::NoAnswer { source, .. } => *source,
        other => unclear(&other.to_string()),
    }
}
