//! Deploys by the older route, which alone carries comments: one request for each target, in ids.

use std::collections::HashMap;

use crate::backend::{BackendError, Call, Deployment, NewDeployment, Notice};
use crate::model::{DeploymentOptions, GuidedFailure, TenantTarget, marker};
use crate::octopus::deployment::{DeploymentServerTask, LegacyDeployment};
use crate::octopus::preview::Preview;
use crate::octopus::{self as api, FreezeId, MachineId, SpaceId};

use super::Octopus;
use super::asked::Asked;
use super::deployment::Place;
use super::foresight::{Foreseen, form_values, skipped_actions};
use super::names::{same, unknown};
use super::search::Baseline;
use super::sending::{Ask, part_way};
use super::settle::Sent;
use super::survey::release_id;

impl Octopus {
    /// Deploys with the comment that the options and the build ask for.
    pub(super) async fn deploy_with_comments(
        &self,
        new: &NewDeployment<'_>,
        taken: &[TenantTarget],
        known: &Baseline,
        foreseen: &Foreseen,
        call: Call<'_>,
    ) -> Result<Vec<Deployment>, BackendError> {
        let places = self.places_left(new, taken, call).await?;
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let space = self.space(call).await?;
        let machines = self.machine_ids(&space, new.options, call).await?;
        let freezes = self.freeze_ids(new.options, call).await?;
        // Everything is prepared before the first request that changes something.
        let previews = match self.previews(new, &places, foreseen, call).await {
            // Nobody asked for a comment: without one, a re-run of this build knows less of its own deployments.
            Err(BackendError::Refused { .. }) if new.options.notes.is_none() => {
                return self.deploy_by_executions(new, taken, known, call).await;
            }
            previews => previews?,
        };
        let mut bodies = Vec::new();
        for (place, preview) in places.iter().zip(&previews) {
            bodies.push(legacy_body(new, place, preview, &machines, call)?);
        }
        if new.options.refresh_variables {
            self.refresh_snapshot(&space, &new.release.id, call).await?;
        }
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

    pub(super) async fn machine_ids(
        &self,
        space: &SpaceId,
        options: &DeploymentOptions,
        call: Call<'_>,
    ) -> Result<HashMap<String, MachineId>, BackendError> {
        let wanted: Vec<_> = options.machines.iter().chain(&options.excluded_machines).collect();
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let all = self.look("looking up machines", &api::machine::list(space, None, None), call).await?.items;
        let known: HashMap<_, _> = all.iter().map(|it| (it.name.to_lowercase(), it.id.clone())).collect();
        match wanted.iter().find(|it| !known.contains_key(&it.as_str().to_lowercase())) {
            Some(missing) => Err(unknown("machine", missing.as_str(), all.into_iter().map(|it| it.name))),
            None => Ok(known),
        }
    }

    async fn freeze_ids(
        &self,
        options: &DeploymentOptions,
        call: Call<'_>,
    ) -> Result<Vec<FreezeId>, BackendError> {
        let Some(freeze) = &options.freeze_override else {
            return Ok(Vec::new());
        };
        let request = api::freeze::list(api::freeze::FreezeFilter::default());
        let all = self.look("looking up deployment freezes", &request, call).await?.deployment_freezes;
        let find = |name: &String| match all.iter().find(|it| same(&it.name, name)) {
            Some(found) => Ok(found.id.clone()),
            None => Err(unknown("deployment freeze", name, all.iter().map(|it| it.name.clone()))),
        };
        freeze.freezes.iter().map(find).collect()
    }
}

fn legacy_body(
    new: &NewDeployment<'_>,
    place: &Place,
    preview: &Preview,
    machines: &HashMap<String, MachineId>,
    call: Call<'_>,
) -> Result<LegacyDeployment, BackendError> {
    let options = new.options;
    let ids = |names: &[crate::model::MachineName]| -> Vec<MachineId> {
        names.iter().filter_map(|it| machines.get(&it.as_str().to_lowercase()).cloned()).collect()
    };
    let mut body = LegacyDeployment::new(release_id(&new.release.id)?, place.environment.clone());
    body.tenant_id = place.tenant.as_ref().map(|(id, _)| id.clone());
    body.comments = comments(new, preview, machines, call);
    body.force_package_download = options.force_package_download;
    body.force_package_redeployment = options.force_redeployment;
    body.specific_machine_ids = ids(&options.machines);
    body.excluded_machine_ids = ids(&options.excluded_machines);
    body.skip_actions = skipped_actions(preview, options);
    body.use_guided_failure = match options.guided_failure {
        GuidedFailure::Default => preview.use_guided_failure_mode_by_default,
        GuidedFailure::On => true,
        GuidedFailure::Off => false,
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

    fn is_signed(&self) -> bool {
        self.call.build.is_some()
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

    async fn accepted(
        &self,
        answer: Self::Answer,
        _only: Option<&[Place]>,
    ) -> Result<Vec<Deployment>, BackendError> {
        let task = DeploymentServerTask { deployment_id: answer.id, server_task_id: answer.task_id };
        let made = self.octopus.made(self.space, self.place.target(), &task, None);
        (self.call.say)(Notice::Deployment(made.clone()));
        Ok(vec![made])
    }
}
