//! Deploys: takes over what an earlier try left, asks for the rest once, and never twice.

use futures_util::future::try_join_all;
use jiff::Timestamp;

use crate::backend::{Adopted, BackendError, Call, Deployment, NewDeployment, Notice};
use crate::model::{EnvironmentName, TenantName, TenantTarget};
use crate::octopus::deployment::DeploymentServerTask;
use crate::octopus::preview::PreviewTarget;
use crate::octopus::{self as api, EnvironmentId, SpaceId, TenantId};

use super::Octopus;
use super::adoption::{Decision, Evidence, decide};
use super::foresight::Foreseen;
use super::search::Baseline;
use super::survey::{Aim, Seen, Standing};

/// A target in ids and names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub(super) environment: EnvironmentId,
    pub(super) environment_name: EnvironmentName,
    pub(super) tenant: Option<(TenantId, String)>,
}

impl Place {
    /// Where a target that was looked at is.
    pub(super) fn of(standing: &Standing) -> Self {
        Self {
            environment: standing.environment.clone(),
            environment_name: standing.environment_name.clone(),
            tenant: standing.tenant.clone(),
        }
    }

    pub(super) fn target(&self) -> TenantTarget {
        let tenant = self.tenant.as_ref().map(|(_, name)| TenantName::new(name));
        TenantTarget { environment: self.environment_name.clone(), tenant }
    }

    pub(super) fn preview_target(&self) -> PreviewTarget {
        let tenant_id = self.tenant.as_ref().map(|(id, _)| id.clone());
        PreviewTarget { environment_id: self.environment.clone(), tenant_id }
    }

    pub(super) fn holds(&self, deployment: &api::deployment::Deployment) -> bool {
        deployment.environment_id == self.environment
            && deployment.tenant_id.as_ref() == self.tenant.as_ref().map(|(id, _)| id)
    }
}

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
        let (mut done, known) = match new.aim {
            Aim::Surveyed(standings) => self.adopt(new, standings, call).await?,
            Aim::Fresh(_) => (Vec::new(), Baseline::default()),
        };
        for deployment in &done {
            (call.say)(Notice::Deployment(deployment.clone()));
        }
        let taken: Vec<_> = done.iter().map(|it| it.target.clone()).collect();
        let places = places_left(new, &taken);
        let sent = self.ask_for(new, places, &known, foreseen, call).await;
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
        if new.options.notes.is_some() || !resolved.by_name {
            self.deploy_by_ids(new, &places, &resolved, known, foreseen, call).await
        } else {
            self.deploy_by_executions(new, places, &resolved, known, foreseen, call).await
        }
    }

    /// What is taken over, and the ids of everything that was there before we asked for anything.
    async fn adopt(
        &self,
        new: &NewDeployment<'_>,
        standings: &[Standing],
        call: Call<'_>,
    ) -> Result<(Vec<Deployment>, Baseline), BackendError> {
        let known = Baseline::of(standings);
        if new.options.again {
            return Ok((Vec::new(), known));
        }
        let particular = new.options.are_particular();
        let mut standings = standings.to_vec();
        let evidence = if particular && standings.iter().any(|it| !it.of_release.is_empty()) {
            self.fill_in_authors(&mut standings, call).await?;
            self.evidence(call).await?
        } else {
            Evidence::default()
        };
        let space = self.space(call).await?;
        let mut adopted = Vec::new();
        for standing in &standings {
            match decide(standing, particular, &evidence) {
                Decision::Adopt(seen, why) => {
                    self.note_place(new, &seen.deployment, &Place::of(standing), call).await;
                    adopted.push(self.adopted(&space, standing.target(), &seen, why))
                }
                Decision::DeployAnew(Some(because)) => {
                    (call.say)(Notice::DeployingAnew { target: standing.target(), because });
                }
                Decision::DeployAnew(None) => {}
            }
        }
        Ok((adopted, known))
    }

    /// Reads who asked for the deployments in question and with which comment; a progression does not tell.
    async fn fill_in_authors(&self, standings: &mut [Standing], call: Call<'_>) -> Result<(), BackendError> {
        let space = self.space(call).await?;
        let newest = |it: &Standing| it.of_release.first().map(|seen| seen.deployment.clone());
        let ids: Vec<_> = standings.iter().filter_map(newest).collect();
        let requests = api::deployment::by_ids(&space, &ids);
        let pages =
            try_join_all(requests.iter().map(|it| self.look("reading earlier deployments", it, call)))
                .await?;
        let documents: Vec<_> = pages.into_iter().flat_map(|it| it.items).collect();
        for seen in standings.iter_mut().filter_map(|it| it.of_release.first_mut()) {
            if let Some(document) = documents.iter().find(|it| it.id == seen.deployment) {
                seen.comments.clone_from(&document.comments);
                seen.by.clone_from(&document.deployed_by_id);
                seen.created = document.created.or(seen.created);
            }
        }
        Ok(())
    }

    async fn evidence(&self, call: Call<'_>) -> Result<Evidence, BackendError> {
        let Some(build) = call.build else {
            return Ok(Evidence::default());
        };
        let answer = self.client.look(&api::server::me(), call.until).await;
        let answer = answer.map_err(|error| BackendError::from_client("asking who we are", error))?;
        // The build's age is the same by both clocks, so the server's clock and that age give its start.
        let started = build
            .started_at
            .zip(answer.server_time)
            .map(|(started, server_now)| server_now - Timestamp::now().duration_since(started));
        Ok(Evidence { marker: Some(build.marker()), me: Some(answer.value.id), build_started: started })
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

/// The targets that nothing was taken over for.
pub(super) fn places_left(new: &NewDeployment<'_>, taken: &[TenantTarget]) -> Vec<Place> {
    let mut places: Vec<Place> = match new.aim {
        Aim::Surveyed(standings) => standings.iter().map(Place::of).collect(),
        Aim::Fresh(places) => places.clone(),
    };
    places.retain(|it| !taken.contains(&it.target()));
    places
}
