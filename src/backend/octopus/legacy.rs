//! Deploys by the older route, which alone carries comments and ids: one request for each target.

use std::collections::HashMap;

use crate::backend::{BackendError, Call, Deployment, NewDeployment, Notice};
use crate::model::{GuidedFailure, Marker, marker};
use crate::octopus::deployment::{DeploymentServerTask, LegacyDeployment};
use crate::octopus::machine::Machine;
use crate::octopus::preview::Preview;
use crate::octopus::{self as api, FreezeId, MachineId, SpaceId};

use super::Octopus;
use super::asked::Asked;
use super::batch::Resolved;
use super::foresight::{Foreseen, form_values, skipped_actions};
use super::place::{Place, release_id};
use super::search::Baseline;
use super::sending::{Ask, part_way};
use super::settle::Sent;

impl Octopus {
    /// Deploys in ids, with the comment that the options and the build ask for.
    pub(super) async fn deploy_by_ids(
        &self,
        new: &NewDeployment<'_>,
        places: &[Place],
        resolved: &Resolved,
        known: &Baseline,
        foreseen: &Foreseen,
        call: Call<'_>,
    ) -> Result<Vec<Deployment>, BackendError> {
        let space = self.space(call).await?;
        let machines = self.machine_ids(new.options, call).await?;
        // Everything is prepared before the first request that changes something.
        let previews = match self.previews(new, places, foreseen, call).await {
            // Nobody asked for a comment: without one, a re-run of this build knows less of its own deployments. Where
            // only ids will do, there is no other way.
            Err(BackendError::Refused { .. }) if new.options.notes.is_none() && resolved.by_name => {
                return self
                    .deploy_by_executions(new, places.to_vec(), resolved, known, foreseen, call)
                    .await;
            }
            previews => previews?,
        };
        let mut bodies = Vec::new();
        for (place, preview) in places.iter().zip(&previews) {
            bodies.push(legacy_body(new, place, preview, resolved, &machines, call)?);
        }
        if new.options.refresh_variables {
            self.refresh_snapshot(&space, &new.release.id, call).await?;
        }
        let freezes: Vec<FreezeId> = resolved.freezes.iter().map(|it| it.id.clone()).collect();
        let mut done = Vec::new();
        for (place, body) in places.iter().zip(&bodies) {
            let environment = [place.environment_name.to_string()];
            let freezes = &freezes;
            let one = Legacy { octopus: self, space: &space, new, place, environment, body, freezes, call };
            let sent = self.ask(new, &one, known, call).await;
            done.extend(sent.map_err(|error| part_way(&done, error))?);
        }
        Ok(done)
    }
}

fn legacy_body(
    new: &NewDeployment<'_>,
    place: &Place,
    preview: &Preview,
    resolved: &Resolved,
    machines: &HashMap<String, MachineId>,
    call: Call<'_>,
) -> Result<LegacyDeployment, BackendError> {
    let options = new.options;
    let ids = |some: &[Machine]| some.iter().map(|it| it.id.clone()).collect();
    let mut body = LegacyDeployment::new(release_id(&new.release.id)?, place.environment.clone());
    body.tenant_id = place.tenant.as_ref().map(|(id, _)| id.clone());
    body.comments = comments(new, preview, machines, call);
    body.force_package_download = options.force_package_download;
    body.force_package_redeployment = options.force_redeployment;
    body.specific_machine_ids = ids(&resolved.machines);
    body.excluded_machine_ids = ids(&resolved.excluded);
    body.skip_actions = skipped_actions(preview, options);
    body.use_guided_failure = match options.guided_failure {
        GuidedFailure::Default => preview.use_guided_failure_mode_by_default,
        GuidedFailure::On => Some(true),
        GuidedFailure::Off => Some(false),
    };
    body.form_values = form_values(preview, options);
    body.queue_time = options.schedule.map(|it| it.run_at.to_string());
    body.queue_time_expiry = options.schedule.and_then(|it| it.no_run_after).map(|it| it.to_string());
    Ok(body)
}

/// What the user wrote, and below it the marker by which a re-run of this build knows its deployments, and what they
/// were asked for.
fn comments(
    new: &NewDeployment<'_>,
    preview: &Preview,
    machines: &HashMap<String, MachineId>,
    call: Call<'_>,
) -> Option<String> {
    let notes = new.options.notes.as_deref();
    let Some(build) = call.build else { return notes.map(marker::harmless) };
    let marks = Asked::new(new.options, machines, Some(preview)).marks();
    let marks: Vec<_> = marks.iter().map(|(key, value)| (*key, value.as_str())).collect();
    Some(build.sign(notes.unwrap_or_default(), &marks))
}

/// A request of the older route: one for each target.
struct Legacy<'a> {
    octopus: &'a Octopus,
    space: &'a SpaceId,
    new: &'a NewDeployment<'a>,
    place: &'a Place,
    environment: [String; 1],
    body: &'a LegacyDeployment,
    freezes: &'a [FreezeId],
    call: Call<'a>,
}

impl Ask for Legacy<'_> {
    type Answer = api::deployment::Deployment;

    fn environments(&self) -> &[String] {
        &self.environment
    }

    fn target(&self) -> String {
        self.place.target().to_string()
    }

    fn signature(&self) -> Option<Marker> {
        self.body.comments.as_deref().and_then(Marker::read)
    }

    async fn places(&self) -> Result<Vec<Place>, BackendError> {
        Ok(vec![self.place.clone()])
    }

    /// There is one target, so what is missing is all of it.
    async fn send(&self, _only: Option<&[Place]>) -> Result<Sent<Self::Answer>, api::Error> {
        let Some(freeze) = &self.new.options.freeze_override else {
            return self.octopus.write(&api::deployment::create(self.space, self.body), self.call).await;
        };
        let request = api::deployment::create_override(self.space, self.body, self.freezes, &freeze.reason);
        Ok(match self.octopus.write(&request, self.call).await? {
            Sent::Answered(wrapped) => Sent::Answered(wrapped.deployment),
            Sent::Lost(error) => Sent::Lost(error),
        })
    }

    fn named(&self, answer: &Self::Answer, _only: Option<&[Place]>) -> Vec<Deployment> {
        let task =
            DeploymentServerTask { deployment_id: answer.id.clone(), server_task_id: answer.task_id.clone() };
        vec![self.octopus.made(self.space, self.place.target(), &task, None)]
    }

    async fn accepted(
        &self,
        answer: Self::Answer,
        _only: Option<&[Place]>,
    ) -> Result<Vec<Deployment>, BackendError> {
        let task = DeploymentServerTask { deployment_id: answer.id, server_task_id: answer.task_id };
        let made = self.octopus.made_at(self.space, self.new, self.place, &task, self.call).await;
        (self.call.say)(Notice::Deployment(made.clone()));
        Ok(vec![made])
    }
}
